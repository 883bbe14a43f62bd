//! Compact numbers: one unit for a whole heatmap, stated once, and no uninformative digits.

/// The number format of one heatmap's cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    /// The value that 1 stands for.
    pub unit: f64,
    /// Digits after the point.
    pub decimals: usize,
}

/// How to write values that round to zero; zeros would hide the others.
pub(crate) const NOTHING: &str = "·";

/// How to write values that are within their standard error of nothing.
pub(crate) const UNCLEAR: &str = "~";

impl Figures {
    /// At most four columns: `.34`, `-.06`, `1.2`, `-1.2`.
    pub fn short(limit: f64) -> Self {
        if (1.0..9.95).contains(&limit) {
            return Self { unit: 1.0, decimals: 1 };
        }
        // .995 and above would round to 1.00, a column too wide.
        Self { unit: power_of_ten(limit / 0.995) * 10.0, decimals: 2 }
    }

    /// At most two columns: ` 3`, `-3`. The unit is a ninth of the limit. With a power of ten, most
    /// cells would round to zero in a heatmap whose limit is just above one.
    pub fn brief(limit: f64) -> Self {
        Self { unit: if limit.is_normal() { limit.abs() / 9.0 } else { 1.0 }, decimals: 0 }
    }

    /// The value in the unit.
    pub fn cell(self, value: f64) -> String {
        let text = format!("{:.*}", self.decimals, value / self.unit);
        let digits = text.trim_start_matches('-');
        if !digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            return NOTHING.into();
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        format!("{sign}{}", digits.strip_prefix('0').unwrap_or(digits))
    }

    /// The value in at most `room` columns. A value beyond the limit loses decimals, and ends at
    /// the largest number that has room.
    pub fn within(self, value: f64, room: usize) -> String {
        let fewer = (0..=self.decimals).rev().map(|decimals| Self { decimals, ..self }.cell(value));
        let sign = if value < 0.0 { "-" } else { "" };
        let most = sign.to_owned() + &"9".repeat(room.saturating_sub(sign.len()));
        fewer.into_iter().find(|figure| figure.chars().count() <= room).unwrap_or(most)
    }
}

/// The largest power of ten that is not above `limit`; 1 if there is none.
fn power_of_ten(limit: f64) -> f64 {
    if limit.is_normal() { 10f64.powi(limit.abs().log10().floor() as i32) } else { 1.0 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fit_their_columns_at_every_magnitude() {
        for exponent in -12..12 {
            for mantissa in [1.0, 1.01, 3.4, 9.4, 9.5, 9.949, 9.951, 9.96, 9.99, 9.9999] {
                let limit = mantissa * 10f64.powi(exponent);
                for value in [limit, -limit, limit / 3.0, -limit / 7.0] {
                    let (short, brief) = (Figures::short(limit).cell(value), Figures::brief(limit).cell(value));
                    assert!(short.chars().count() <= 4, "{limit} {value} {short}");
                    assert!(brief.chars().count() <= 2, "{limit} {value} {brief}");
                }
                assert_ne!(Figures::short(limit).cell(limit), NOTHING);
                assert_eq!(Figures::brief(limit).cell(-limit), "-9");
            }
        }
    }

    #[test]
    fn cells_read_as_expected() {
        let cos = Figures::short(0.34);
        assert_eq!(cos.unit, 1.0);
        assert_eq!([0.342, -0.061, 0.004, 0.0, -0.004].map(|v| cos.cell(v)), [".34", "-.06", "·", "·", "·"]);
        assert_eq!(Figures::short(0.034).cell(0.034), ".34");
        assert_eq!(Figures::short(0.034).unit, 0.1);
        assert_eq!(Figures::short(2.5).cell(-2.51), "-2.5");
        assert_eq!(Figures::short(0.0).cell(0.0), "·");
    }

    #[test]
    fn what_is_beyond_the_limit_still_fits() {
        let short = Figures::short(0.034);
        assert_eq!(
            [0.02, 0.5, -1.234, 150.0, -1e9].map(|v| short.within(v, 4)),
            [".20", "5.00", "-12", "1500", "-999"]
        );
        let brief = Figures::brief(0.9);
        assert_eq!([0.5, 7.0, -3.0, f64::NAN].map(|v| brief.within(v, 2)), ["5", "70", "-9", NOTHING]);
    }

    #[test]
    fn plain_numbers() {
        assert_eq!([1.44006, -0.0000047, 0.0, 12345.67].map(plain), ["1.4401", "-4.7e-6", "0", "12345.7"]);
    }
}
