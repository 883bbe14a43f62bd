//! Parts of a text as texts, for embedders whose tokens are not known.

use std::ops::Range;

use crate::text::{Token, Unit, segment};

/// A text with its words or sentences.
pub(crate) struct Parts<'a> {
    pub text: &'a str,
    /// The players.
    pub rows: Vec<Token>,
    /// Each with what follows it up to the next, `[players]`.
    pieces: Vec<String>,
    /// What stands before and behind them and is always kept.
    around: [String; 2],
}

impl<'a> Parts<'a> {
    pub(crate) fn of(text: &'a str, unit: Unit) -> Self {
        Self::among(text, segment(text, unit), 0..text.chars().count())
    }

    /// The words of a part of a text, in code points, with the rest always kept.
    pub(crate) fn within(text: &'a str, part: Range<usize>) -> Self {
        let mut rows = segment(text, Unit::Word);
        rows.retain(|row| part.start <= row.start && row.end <= part.end);
        Self::among(text, rows, part)
    }

    fn among(text: &'a str, rows: Vec<Token>, part: Range<usize>) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let end = |i: usize| rows.get(i + 1).map_or(part.end, |next: &Token| next.start);
        let pieces = (0..rows.len()).map(|i| chars[rows[i].start..end(i)].iter().collect()).collect();
        let around = [&chars[..part.start], &chars[part.end..]].map(|chars| chars.iter().collect());
        Self { text, rows, pieces, around }
    }

    /// The text with only these players kept, and what is around them: as it was written if all
    /// are, and without surrounding white space otherwise.
    pub(crate) fn keep(&self, kept: &[bool]) -> String {
        if kept.iter().all(|kept| *kept) {
            return self.text.to_owned();
        }
        let pieces = self.pieces.iter().zip(kept).filter(|(_, kept)| **kept);
        let pieces: String = pieces.map(|(piece, _)| piece.as_str()).collect();
        let [before, behind] = &self.around;
        format!("{before}{}{behind}", pieces.trim()).trim().to_owned()
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
        let parts = Parts::within("One two. Three four! Five.", 9..20);
        assert_eq!(parts.keep(&[false, true, true]), "One two. four! Five.");
        assert_eq!(parts.keep(&[true, false, false]), "One two. Three Five.");
        assert_eq!(parts.keep(&[false; 3]), "One two.  Five.");
    }
}
