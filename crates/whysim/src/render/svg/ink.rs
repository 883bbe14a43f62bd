//! Text and its colours.

use unicode_width::UnicodeWidthChar;

use crate::render::color::Theme;
use crate::render::label::{escape, safe};

/// The colours of everything that is not a cell.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub ground: &'static str,
    pub strong: &'static str,
    pub weak: &'static str,
    pub line: &'static str,
}

impl Ink {
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self { ground: "#ffffff", strong: "#16191f", weak: "#59616d", line: "#d5d9df" },
            Theme::Dark => Self { ground: "#15181e", strong: "#eceff4", weak: "#a3abb8", line: "#3a414d" },
        }
    }
}

/// A text element at its baseline.
pub(super) fn text(x: f64, y: f64, style: &str, content: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>\n", escape(&safe(content)))
}

/// The text's width in units of the font size, estimated generously for DejaVu Sans.
pub(super) fn em(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.30,
        ' ' | 'I' | 'f' | 't' | 'r' | '.' | ',' | ':' | ';' | '!' | '(' | ')' | '[' | ']' | '/' | '-' | '·' => 0.40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
        '<' | '>' | '+' | '=' | '_' | '#' => 0.84,
        'A'..='Z' => 0.72,
        c => match c.width() {
            None | Some(0) => 0.0,
            Some(1) => 0.63,
            Some(_) => 1.05,
        },
    }
}

/// As much of the text as fits in `room`, in units of the font size, with `…` if something was cut
/// off.
pub(super) fn fit(text: &str, room: f64) -> String {
    if em(text) <= room {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1.0);
    for grapheme in unicode_segmentation::UnicodeSegmentation::graphemes(text, true) {
        used += em(grapheme);
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out + "…"
}
