//! Parts of a text as texts, for embedders whose tokens are not known.

use crate::text::{Token, Unit, segment};

/// A text with its words or sentences.
pub(crate) struct Parts<'a> {
    text: &'a str,
    /// The players.
    pub rows: Vec<Token>,
    /// Each with what follows it up to the next, `[players]`.
    pieces: Vec<String>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(text: &'a str, unit: Unit) -> Self {
        let rows = segment(text, unit);
        let chars: Vec<char> = text.chars().collect();
        let end = |i: usize| rows.get(i + 1).map_or(chars.len(), |next: &Token| next.start);
        let pieces = (0..rows.len()).map(|i| chars[rows[i].start..end(i)].iter().collect()).collect();
        Self { text, rows, pieces }
    }

    /// The text with only these players kept: as it was written if all are, and without surrounding
    /// white space otherwise.
    pub(crate) fn keep(&self, kept: &[bool]) -> String {
        if kept.iter().all(|kept| *kept) {
            return self.text.to_owned();
        }
        let pieces = self.pieces.iter().zip(kept).filter(|(_, kept)| **kept);
        pieces.map(|(piece, _)| piece.as_str()).collect::<String>().trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_as_it_was_written() {
        let parts = Parts::of("  Don't drink  the coffee. ", Unit::Word);
        let words: Vec<&str> = parts.rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(words, ["Don't", "drink", "the", "coffee", "."]);
        assert_eq!(parts.keep(&[true; 5]), "  Don't drink  the coffee. ");
        assert_eq!(parts.keep(&[true, false, true, true, true]), "Don't the coffee.");
        assert_eq!(parts.keep(&[false, true, false, false, false]), "drink");
        assert_eq!(parts.keep(&[false; 5]), "");
        let parts = Parts::of("One two. 三。 Four!", Unit::Sentence);
        assert_eq!(parts.keep(&[true, false, true]), "One two. Four!");
    }
}
