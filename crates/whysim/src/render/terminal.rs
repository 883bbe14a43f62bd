//! An explanation in a terminal: heatmap, strongest pairs, ledger.

mod heatmap;
mod paint;

use super::color::Theme;
use super::figures::plain;
use super::label::{Align, columns, cut, numbered, pad, safe};
use super::ledger::{addends, kind, meaning, recipe, similarity, warnings};
use crate::Explanation;
use crate::explanation::View;
use paint::Paint;

/// How to draw in a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The terminal's number of columns; below 40 it is treated as 40.
    pub width: usize,
    /// The colours that it supports.
    pub color: Color,
    /// The background that it has, if colours are used.
    pub theme: Theme,
    /// How many of the strongest pairs to list.
    pub top: usize,
}

/// The colours that a terminal supports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// None: plain text, for files and pipes.
    #[default]
    None,
    /// The 256-colour palette.
    Ansi256,
    /// 24-bit colours.
    TrueColor,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { width: 100, color: Color::None, theme: Theme::Dark, top: 8 }
    }
}

/// The explanation as lines of at most `options.width` columns. No control characters from the
/// texts reach the terminal.
pub fn terminal(e: &Explanation, options: &Terminal) -> String {
    let width = options.width.max(40);
    let paint = Paint { color: options.color, theme: options.theme };
    let parts = [
        head(e, width, paint),
        heatmap::heatmap(e, width, paint),
        strongest(e, width, options.top, paint),
        ledger(e, width, paint),
    ];
    let lines: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.join("\n")).collect();
    lines.join("\n\n") + "\n"
}

/// Score, texts and warnings.
fn head(e: &Explanation, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold(&format!("{} {}", similarity(e), plain(e.score)))];
    for (name, side) in [("A", &e.a), ("B", &e.b)] {
        // The reader knows a long text; two lines are enough to identify it.
        let text = cut(&safe(side.text.trim()), 2 * (width - 3) - 12);
        lines.extend(wrap(&text, width, name, 3));
    }
    let warn = |warning: String| wrap(&format!("warning: {warning}"), width, "", 0);
    lines.extend(warnings(e).into_iter().flat_map(warn).map(|line| paint.bold(&line)));
    lines
}

fn strongest(e: &Explanation, width: usize, k: usize, paint: Paint) -> Vec<String> {
    let (a, b) = (numbered(&e.a.tokens), numbered(&e.b.tokens));
    let pairs = e.top(k, View::Attribution);
    let names = pairs.iter().filter_map(|pair| Some((pair, a.get(pair.a)?, b.get(pair.b)?))).collect::<Vec<_>>();
    let room = names.iter().map(|(_, a, _)| columns(a)).max().unwrap_or(0).min((width - 16) / 2);
    let line = |(pair, a, b): &(&crate::explanation::TopPair, &String, &String)| {
        let (a, b) = (pad(a, room, Align::Right), cut(b, width - 16 - room));
        format!("{:>11}  {a} × {b}", plain(f64::from(pair.value)))
    };
    let title = (!names.is_empty()).then(|| paint.bold("strongest pairs, A × B"));
    title.into_iter().chain(names.iter().map(line)).collect()
}

fn ledger(e: &Explanation, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold("what the score is made of")];
    for (i, addend) in addends(e).iter().enumerate() {
        let sign = if i == 0 { ' ' } else { '+' };
        let hint = wrap(&addend.hint, width - 28, "", 0).into_iter().map(|line| paint.dim(&line));
        let name = format!("{sign}{:>10}  {}", plain(addend.value), pad(addend.name, 15, Align::Left));
        lines.extend(hint.enumerate().map(|(i, hint)| pad(if i == 0 { &name } else { "" }, 28, Align::Left) + &hint));
    }
    lines.push(format!("={:>10}  {}", plain(e.score), paint.bold("score")));
    lines.push(String::new());
    lines.extend(wrap(&format!("{}: {}", kind(e), meaning(e)), width, "", 0));
    lines.extend(wrap(&recipe(e).join(", "), width, "", 0).iter().map(|line| paint.dim(line)));
    lines
}

/// Wraps the text to lines of `width` columns, the first starting with `name` and the others with
/// `indent` spaces.
fn wrap(text: &str, width: usize, name: &str, indent: usize) -> Vec<String> {
    let room = width.saturating_sub(indent).max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut rest = word.to_owned();
        let last = lines.last().map_or(0, |line| columns(line));
        if last > 0 && last + 1 + columns(&rest) > room {
            lines.push(String::new());
        } else if last > 0 {
            rest.insert(0, ' ');
        }
        // A word wider than a line, such as a Chinese sentence, may be split at any character.
        for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(rest.as_str(), true) {
            if lines.last().is_some_and(|line| columns(line) + columns(grapheme) > room) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(grapheme);
            }
        }
    }
    let first = |i: usize| if i == 0 { pad(name, indent, Align::Left) } else { " ".repeat(indent) };
    lines.iter().enumerate().map(|(i, line)| first(i) + line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Truncated;
    use crate::explanation::sample::{garden, sized};
    use crate::text::Unit;

    #[test]
    fn plain_text_fits_the_width_at_every_size() {
        let explanations =
            [garden(), garden().by(Unit::Word), garden().by(Unit::Sentence), sized(1), sized(5), sized(60)];
        for e in &explanations {
            for width in [0, 40, 57, 80, 120, 200] {
                let text = terminal(e, &Terminal { width, ..Terminal::default() });
                for line in text.lines() {
                    assert!(columns(line) <= width.max(40), "{width}: {line:?}");
                }
            }
        }
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let e = garden();
        let plain = terminal(&e, &Terminal::default());
        for color in [Color::Ansi256, Color::TrueColor] {
            let painted = terminal(&e, &Terminal { color, ..Terminal::default() });
            let mut bare = String::new();
            let mut parts = painted.split("\u{1b}[");
            bare.push_str(parts.next().unwrap());
            parts.for_each(|part| bare.push_str(part.split_once('m').unwrap().1));
            assert_eq!(bare, plain);
        }
        assert!(!plain.contains('\u{1b}'));
    }

    #[test]
    fn no_escape_sequence_of_a_text_comes_through() {
        let mut e = sized(5);
        let evil = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\n";
        (e.a.text, e.model, e.rule) = (evil.into(), evil.into(), evil.into());
        e.reference = evil.into();
        e.a.tokens.iter_mut().for_each(|token| token.text = evil.into());
        let text = terminal(&e, &Terminal::default());
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')));
    }

    #[test]
    fn ledger_and_warning_are_there() {
        let mut e = garden();
        e.a.truncated = Some(Truncated { read: 12, of: 40 });
        let text = terminal(&e, &Terminal::default());
        for part in
            ["cosine 0.", "warning: text A", "1.4", "A · reference", "approximate: ", "layer 11 of 12", "dog × dog"]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(terminal(&sized(5), &Terminal::default()).contains("exact: "));
    }

    #[test]
    fn a_result_whose_parts_do_not_fit_each_other_is_still_drawn() {
        let mut e = sized(5);
        e.matrix.truncate(2);
        e.b.tokens.clear();
        e.matrix[0].push(f32::NAN);
        terminal(&e, &Terminal::default());
    }
}
