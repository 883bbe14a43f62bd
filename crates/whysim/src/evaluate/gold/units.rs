//! From the model's tokens to the units of the gold alignment.

use std::collections::HashSet;
use std::ops::Range;

use crate::pairs::gold::Units;
use crate::text::Token;

/// For every unit the positions of its tokens among the text's own; None if the model read no token
/// of some unit, as where it cut the text off.
///
/// A token belongs to the units that hold its first character that is not blank, or the next one
/// after it where it has none of its own.
pub(super) fn members<'t>(units: &Units, own: impl Iterator<Item = &'t Token>) -> Option<Vec<Vec<usize>>> {
    let chars: Vec<char> = units.text.chars().collect();
    let place = |token: &Token| {
        let rest = chars.get(token.start..).unwrap_or_default();
        rest.iter().position(|c| !c.is_whitespace()).map(|skipped| token.start + skipped)
    };
    let places: Vec<Option<usize>> = own.map(place).collect();
    let inside = |spans: &Vec<Range<usize>>| -> Vec<usize> {
        let within = |at: usize| spans.iter().any(|span| span.contains(&at));
        (0..places.len()).filter(|&token| places[token].is_some_and(within)).collect()
    };
    let all: Vec<Vec<usize>> = units.spans.iter().map(inside).collect();
    all.iter().all(|tokens| !tokens.is_empty()).then_some(all)
}

/// Words that carry little meaning by themselves: two units that share only these are not alike.
const STOP_WORDS: [&str; 98] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "being", "both", "but", "by", "can", "could", "did", "do", "does", "down", "each", "for", "from", "had",
    "has", "have", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "may",
    "me", "might", "more", "most", "must", "my", "no", "not", "of", "off", "on", "or", "our", "out", "over", "s",
    "shall", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "those", "to", "too", "under", "up", "us", "very", "was", "we", "were", "what", "when", "which",
    "who", "will", "with", "would", "you", "your",
];

/// The content words of a unit: in small letters, without punctuation around them, without the stop
/// words.
pub(super) fn content_words(unit: &str) -> HashSet<String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let content = |word: &String| !word.is_empty() && STOP_WORDS.binary_search(&word.as_str()).is_err();
    unit.split_whitespace().map(bare).filter(content).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Origin;

    #[test]
    fn tokens_go_to_the_units_of_their_first_character() {
        // Words 0..2, 3..4 and 5..7; the units {ab, de}, {c} and {ab}.
        let units = Units { text: "ab c de".into(), spans: vec![vec![0..2, 5..7], vec![3..4], vec![0..2]] };
        // Among them a token with a leading blank, one made of a blank alone, and one without
        // characters.
        let token = |(start, end)| Token { text: String::new(), start, end, origin: Origin::Text };
        let tokens = [(0, 1), (1, 2), (2, 4), (4, 5), (5, 5), (5, 7), (7, 7)].map(token);
        let expected = vec![vec![0, 1, 3, 4, 5], vec![2], vec![0, 1]];
        assert_eq!(members(&units, tokens.iter()), Some(expected));
        assert_eq!(members(&units, tokens[..2].iter()), None, "the model read no token of `c`");
    }

    #[test]
    fn content_words_have_neither_case_nor_punctuation() {
        assert!(STOP_WORDS.is_sorted());
        let words = content_words("The \"Dog\" , and it's U.S. -- of ÉTÉ");
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_unstable();
        assert_eq!(words, ["dog", "it's", "u.s", "été"]);
    }
}
