//! Compact numbers: true ones, with as many decimals as the largest needs, and bars where there is
//! no room for numbers.

/// The number format of one heatmap's cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    /// Digits after the point; None for exponents, where those would be too many.
    pub decimals: Option<usize>,
    /// The largest absolute value.
    limit: f64,
}

/// How to write values that round to zero; zeros would hide the others.
pub(crate) const NOTHING: &str = "·";

/// How to write values that are within their standard error of nothing.
pub(crate) const UNCLEAR: &str = "~";

impl Figures {
    /// Two digits of the largest: `.34`, `-.086`, `1.2`. From 0.001 to 9950; beyond that with
    /// exponents: `9e-4`.
    pub fn short(limit: f64) -> Self {
        // .995 and above would round to 1.00, a column too wide.
        let power = if limit.is_normal() { (limit.abs() / 0.995).log10().floor() as i32 } else { -1 };
        let decimals = match power {
            -3..=0 => Some(1 + power.unsigned_abs() as usize),
            1..=3 => Some(0),
            _ => None,
        };
        Self { decimals, limit: limit.abs() }
    }

    /// The value itself, without the zero before its point.
    pub fn cell(self, value: f64) -> String {
        match self.decimals {
            Some(decimals) => fixed(value, decimals),
            None if value.is_finite() && value.abs() >= self.least() => format!("{value:.0e}"),
            None => NOTHING.into(),
        }
    }

    /// The smallest value that is shown with an exponent.
    fn least(self) -> f64 {
        self.limit / 20.0
    }

    /// Columns of the widest number within the limit.
    pub fn room(self) -> usize {
        let least = if self.decimals.is_none() { self.least() } else { self.limit };
        [self.limit, least].map(|value| self.cell(-value).chars().count()).into_iter().fold(4, usize::max)
    }

    /// The value in at most [`Figures::room`] columns. One beyond the limit loses decimals, and
    /// then has an exponent.
    pub fn within(self, value: f64) -> String {
        let fewer = (0..self.decimals.unwrap_or(0)).rev().map(|decimals| fixed(value, decimals));
        let mut forms = [self.cell(value)].into_iter().chain(fewer).chain([format!("{value:.0e}")]);
        forms.find(|figure| figure.chars().count() <= self.room()).unwrap_or_else(|| "…".into())
    }
}

/// With this many decimals, and without the zero before the point.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let digits = text.trim_start_matches('-');
    if !digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        return NOTHING.into();
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    format!("{sign}{}", digits.strip_prefix('0').unwrap_or(digits))
}

/// The heights of [`block`], in eighths of the limit.
const BLOCKS: [&str; 9] = [NOTHING, "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// A value as a bar in at most two columns: `▄` is half of the limit, `-█` all of it below zero. A
/// digit would be taken for the number.
pub(crate) fn block(value: f64, limit: f64) -> String {
    let share = if limit > 0.0 && value.is_finite() { (value / limit).clamp(-1.0, 1.0) } else { 0.0 };
    let height = (8.0 * share.abs()).round() as usize;
    let sign = if share < 0.0 && height > 0 { "-" } else { "" };
    format!("{sign}{}", BLOCKS[height])
}

/// A plain number with four decimals, or in scientific notation if those would all be zero.
pub(crate) fn plain(value: f64) -> String {
    match value {
        0.0 => "0".into(),
        v if v.abs() < 5e-4 => format!("{v:.1e}"),
        v if v.abs() < 1000.0 => format!("{v:.4}"),
        v => format!("{v:.1}"),
    }
}

/// The same with a sign before positive numbers too.
pub(crate) fn signed(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", plain(value))
}

/// [`plain`] with real minus signs, for typeset output.
pub(crate) fn typeset(value: f64) -> String {
    plain(value).replace('-', "−")
}

/// Text with real minus signs before its numbers and in their exponents, for typeset output.
/// Hyphens of words and names stay.
pub(crate) fn typeset_minus(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let before = |at: usize, back: usize| at.checked_sub(back).and_then(|place| letters.get(place)).copied();
    let is_minus = |at: usize| {
        let starts = before(at, 1).is_none_or(|c| c.is_whitespace() || "(≤≥±".contains(c));
        let in_exponent = before(at, 1) == Some('e') && at >= 2 && is_digit(at - 2);
        is_digit(at + 1) && (starts || in_exponent)
    };
    letters.iter().enumerate().map(|(at, &c)| if c == '-' && is_minus(at) { '−' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_the_values_at_every_magnitude() {
        for exponent in -12..12 {
            for mantissa in [1.0, 1.01, 3.4, 9.4, 9.5, 9.949, 9.951, 9.96, 9.99, 9.9999] {
                let limit = mantissa * 10f64.powi(exponent);
                let figures = Figures::short(limit);
                for value in [limit, -limit, limit / 3.0, -limit / 7.0] {
                    let figure = figures.cell(value);
                    assert!(
                        figure.chars().count() <= figures.room() && figures.room() <= 6,
                        "{limit} {value} {figure}"
                    );
                    assert_eq!(figures.within(value), figure);
                    let read: f64 = figure.parse().unwrap();
                    let digit = figures.decimals.map_or(value.abs() / 2.0, |n| 0.501 * 10f64.powi(-(n as i32)));
                    assert!((read - value).abs() <= digit, "{limit} {value} {figure}");
                }
            }
        }
    }

    #[test]
    fn cells_read_as_expected() {
        let cells =
            |limit: f64, values: &[f64]| values.iter().map(|&v| Figures::short(limit).cell(v)).collect::<Vec<_>>();
        assert_eq!(cells(0.44, &[0.442, -0.061, 0.004, 0.0, -0.004]), [".44", "-.06", "·", "·", "·"]);
        assert_eq!(cells(0.086, &[0.086, -0.0214, 0.0004]), [".086", "-.021", "·"]);
        assert_eq!(cells(0.0096, &[0.0096, -0.0012]), [".0096", "-.0012"]);
        assert_eq!(cells(0.00086, &[0.00086, -0.00007, 0.00001]), ["9e-4", "-7e-5", "·"]);
        assert_eq!(cells(2.5, &[-2.51]), ["-2.5"]);
        assert_eq!(cells(123.4, &[-123.4, 9.7]), ["-123", "10"]);
        assert_eq!(cells(0.0, &[0.0, f64::NAN]), ["·", "·"]);
    }

    #[test]
    fn what_is_beyond_the_limit_is_still_true() {
        let short = Figures::short(0.034);
        assert_eq!(
            [0.02, 0.5, -1.234, 150.0, -123456.0, -1e12].map(|v| short.within(v)),
            [".020", ".500", "-1.23", "150.0", "-1e5", "-1e12"]
        );
        assert_eq!(Figures::short(0.34).within(-1e12), "…");
    }

    #[test]
    fn bars_show_shares_of_the_limit() {
        let shares = [1.0, -1.0, 0.5, -0.13, 0.05, 7.0, -3.0, f64::NAN];
        assert_eq!(shares.map(|v| block(v * 0.086, 0.086)), ["█", "-█", "▄", "-▁", "·", "█", "-█", "·"]);
        assert_eq!(block(1.0, 0.0), "·");
    }

    #[test]
    fn numbers_have_real_minus_signs_and_words_their_hyphens() {
        let text = "e5-2-v1.5: -0.5 of (-2.0e-4), gaps 3.3e-4, at 1-2, MiniLM-L6";
        assert_eq!(typeset_minus(text), "e5-2-v1.5: −0.5 of (−2.0e−4), gaps 3.3e−4, at 1-2, MiniLM-L6");
        assert_eq!(typeset_minus("-.5 -"), "-.5 -");
    }

    #[test]
    fn plain_numbers() {
        assert_eq!([1.44006, -0.0000047, 0.0, 12345.67].map(plain), ["1.4401", "-4.7e-6", "0", "12345.7"]);
    }
}
