//! An explanation in a terminal: heatmap, strongest pairs, ledger.

mod heatmap;
mod paint;
mod texts;

use super::color::Theme;
use super::figures::plain;
use super::label::{Align, columns, cut, list_names, pad};
use super::ledger::{addends, kind, meaning, recipe, row, similarity, variation_line, warnings};
use super::shown::Shown;
use crate::Explanation;
use crate::explanation::{Listed, TopPair, View};
pub(super) use paint::Paint;

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
    /// Of which rows.
    pub listed: Listed,
    /// What to show; None for [`Explanation::default_view`].
    pub view: Option<View>,
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
        Self { width: 100, color: Color::None, theme: Theme::Dark, top: 8, listed: Listed::Text, view: None }
    }
}

/// The explanation as lines of at most `options.width` columns: the texts, in colours by what each
/// token adds to the score; the heatmap, of a long text its strongest rows; lists; the ledger. No
/// control characters from the texts reach the terminal.
pub fn terminal(e: &Explanation, options: &Terminal) -> String {
    let width = options.width.max(40);
    let paint = Paint { color: options.color, theme: options.theme };
    let shown = Shown::new(e, options.view);
    let parts = [
        head(e, width, paint),
        heatmap::heatmap(&shown, width, paint),
        strongest(&shown, width, options, paint),
        texts::strongest(e, width, options, paint),
        ledger(e, width, paint),
    ];
    let lines: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.join("\n")).collect();
    lines.join("\n\n") + "\n"
}

/// Score, texts and warnings.
fn head(e: &Explanation, width: usize, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.bold(&format!("{} {}", similarity(e), plain(e.score)))];
    let relevance = e.relevance();
    for (name, side, relevance) in [("A", &e.a, &relevance.a), ("B", &e.b, &relevance.b)] {
        lines.extend(texts::text(side, relevance, name, width, paint));
    }
    let warn = |warning: String| wrap(&format!("warning: {warning}"), width, "", 0);
    lines.extend(warnings(e).into_iter().flat_map(warn).map(|line| paint.bold(&line)));
    lines
}

fn strongest(shown: &Shown, width: usize, options: &Terminal, paint: Paint) -> Vec<String> {
    let e = shown.e;
    let (a, b) = (list_names(&e.a.tokens, e.by), list_names(&e.b.tokens, e.by));
    let pairs = e.top(options.top, shown.view, options.listed);
    let names = pairs.iter().filter_map(|pair| Some((pair, a.get(pair.a)?, b.get(pair.b)?))).collect::<Vec<_>>();
    let room = names.iter().map(|(_, a, _)| columns(a)).max().unwrap_or(0).min((width - 16) / 2);
    let line = |(pair, a, b): &(&TopPair, &String, &String)| {
        let error =
            shown.error(pair.a, pair.b).map_or(String::new(), |error| format!(" ± {}", plain(f64::from(error))));
        let (a, b) = (pad(a, room, Align::Right), cut(b, width - 16 - room - columns(&error)));
        format!("{:>11}{error}  {a} × {b}", plain(f64::from(pair.value)))
    };
    let title = match shown.view {
        View::Attribution => "strongest pairs",
        View::Interaction => "strongest interaction",
    };
    let has_others = e.a.counted().iter().chain(&e.b.counted()).any(|&counted| !counted);
    let whose = match options.listed {
        Listed::Text if has_others => format!(", of the texts' own {}s", row(e)),
        _ => String::new(),
    };
    let title = format!("{title}, A × B{whose}");
    let title = if names.is_empty() { Vec::new() } else { wrap(&title, width, "", 0) };
    title.iter().map(|title| paint.bold(title)).chain(names.iter().map(line)).collect()
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
    lines.extend(variation_line(e).iter().flat_map(|line| wrap(line, width, "", 0)));
    lines.extend(wrap(&format!("{}: {}", kind(e), meaning(e)), width, "", 0));
    lines.extend(wrap(&recipe(e).join(", "), width, "", 0).iter().map(|line| paint.dim(line)));
    lines
}

/// Wraps the text to lines of `width` columns, the first starting with `name` and the others with
/// `indent` spaces.
pub(super) fn wrap(text: &str, width: usize, name: &str, indent: usize) -> Vec<String> {
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
    use crate::explanation::sample::{garden, rectangle, sized};
    use crate::text::Unit;

    const VIEWS: [Option<View>; 3] = [None, Some(View::Attribution), Some(View::Interaction)];

    #[test]
    fn plain_text_fits_the_width_at_every_size() {
        let explanations =
            [garden(), garden().by(Unit::Word), garden().by(Unit::Sentence), sized(1), sized(5), sized(60)];
        for e in &explanations {
            for (width, view) in [0, 40, 57, 80, 120, 200].into_iter().flat_map(|width| VIEWS.map(|view| (width, view)))
            {
                let text = terminal(e, &Terminal { width, view, ..Terminal::default() });
                for line in text.lines() {
                    assert!(columns(line) <= width.max(40), "{width}: {line:?}");
                }
            }
        }
    }

    #[test]
    fn of_a_passage_the_strongest_rows_are_shown_at_every_width() {
        let mut e = rectangle(14, 200);
        e.b.tokens[120].text = "answer".into();
        e.matrix[5][120] = 2.0;
        for view in [View::Attribution, View::Interaction] {
            for width in [80, 100, 160] {
                let text = terminal(&e, &Terminal { width, view: Some(view), ..Terminal::default() });
                let heatmap = text.split("\n\n").nth(1).unwrap();
                assert!(heatmap.contains("rows: B, columns: A") && heatmap.contains("40 strongest of 200 tokens of B"));
                let row = heatmap.lines().find(|line| line.contains("… answer")).unwrap();
                // The name and its mark, and a number for each row of A, beside the main effect.
                let cells = row.replace('-', " -").split_whitespace().count() - 2;
                assert_eq!(cells, if view == View::Attribution { 14 } else { 15 }, "{width}\n{heatmap}");
                assert!(heatmap.lines().count() < 60 && text.lines().all(|line| columns(line) <= width));
            }
        }
        e.by = Unit::Word;
        assert!(terminal(&e, &Terminal::default()).contains("40 strongest of 200 rows of B"));
        let whole = terminal(&rectangle(40, 14), &Terminal::default());
        assert!(whole.contains("rows: A, columns: B") && !whole.contains("strongest of"));
    }

    #[test]
    fn sentences_are_numbers_above_the_matrix_and_full_in_lists() {
        let e = garden().by(Unit::Sentence);
        let text = terminal(&e, &Terminal { width: 160, ..Terminal::default() });
        assert!(text.contains("1: The dog runs after the kitten in the yard. × 1: Outside in the garden"), "{text}");
        // Three columns, of which the special ones have the tallest names.
        let heatmap = text.split("\n\n").nth(1).unwrap();
        assert_eq!(heatmap.lines().count(), 1 + "</s>".len() + 3, "{heatmap}");
        assert!(heatmap.lines().any(|line| line.trim_start().starts_with("1: The dog runs")));
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let e = garden();
        for (color, view) in [Color::Ansi256, Color::TrueColor].into_iter().flat_map(|c| VIEWS.map(|view| (c, view))) {
            let plain = terminal(&e, &Terminal { view, ..Terminal::default() });
            assert!(!plain.contains('\u{1b}'));
            let painted = terminal(&e, &Terminal { color, view, ..Terminal::default() });
            let mut bare = String::new();
            let mut parts = painted.split("\u{1b}[");
            bare.push_str(parts.next().unwrap());
            parts.for_each(|part| bare.push_str(part.split_once('m').unwrap().1));
            assert_eq!(bare, plain);
        }
    }

    #[test]
    fn no_escape_sequence_of_a_text_comes_through() {
        let mut e = sized(5);
        let evil = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r\n";
        (e.a.text, e.model, e.rule) = (evil.into(), evil.into(), evil.into());
        e.reference = evil.into();
        e.a.tokens.iter_mut().for_each(|token| token.text = evil.into());
        let text = VIEWS.map(|view| terminal(&e, &Terminal { view, ..Terminal::default() })).concat();
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
        let mut nan = garden();
        nan.matrix[3][3] = f32::NAN;
        for view in VIEWS {
            terminal(&e, &Terminal { view, ..Terminal::default() });
            terminal(&nan, &Terminal { view, ..Terminal::default() });
        }
    }

    #[test]
    fn the_interaction_has_the_main_effects_beside_it() {
        let e = garden();
        let drawn = |view| terminal(&e, &Terminal { view, ..Terminal::default() });
        let text = drawn(Some(View::Interaction));
        assert_eq!(text, drawn(None));
        for part in
            ["strongest interaction", "main: main effects", "mean of all pairs", " % interaction", "120 pairs with"]
        {
            assert!(text.contains(part), "{part}\n{text}");
        }
        // The dog's row: its main effect, and beyond it what the dog has with the other dog.
        let (i, j) = (2, 11);
        let row = text.lines().find(|line| line.trim_start().starts_with("dog ")).unwrap();
        let figures: Vec<&str> = row.split_whitespace().skip(1).collect();
        let number = |figure: &str| if figure == "·" { 0.0 } else { figure.parse::<f64>().unwrap() };
        assert!((number(figures[0]) - e.effects().a[i]).abs() < 0.0051);
        assert!((number(figures[1 + j]) - f64::from(e.interaction()[i][j])).abs() < 0.0051);
        // However small: with more decimals, never in other units.
        let mut small = garden();
        small.matrix.iter_mut().flatten().for_each(|value| *value /= 40.0);
        let text = terminal(&small, &Terminal { width: 160, ..Terminal::default() });
        let row = text.lines().find(|line| line.trim_start().starts_with("dog ")).unwrap();
        let figures: Vec<&str> = row.split_whitespace().skip(1).collect();
        assert!((number(figures[0]) - small.effects().a[i]).abs() < 0.00051);
        assert!(
            (number(figures[1 + j]) - f64::from(small.interaction()[i][j])).abs() < 0.00051
                && number(figures[1 + j]) != 0.0
        );
        assert!(!drawn(Some(View::Attribution)).contains("main:"));
    }
}
