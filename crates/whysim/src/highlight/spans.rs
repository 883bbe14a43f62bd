//! From the strengths of rows to spans of text.

use std::ops::Range;

use super::{Mark, Marked, Options, Span};
use crate::text::{Origin, Token, Unit, group};

/// A word is marked if its strength is at least this share of the strongest word's: 85 to 99 % of
/// such words are aligned with the query's by people, and words that are weaker much less often.
const FLOOR: f64 = 0.1;

/// A word or a sentence, with the sum of its rows' strengths.
struct Piece {
    /// Code points.
    range: Range<usize>,
    strength: f64,
}

/// The spans to mark in a text, strongest first. rows: those of the text, in order.
pub(super) fn spans(text: &str, rows: &[Marked], options: &Options) -> Vec<Span> {
    let unit = match options.mark {
        Mark::Phrase => Unit::Word,
        Mark::Sentence => Unit::Sentence,
    };
    let pieces = pieces(text, rows, unit);
    let chars: Vec<char> = text.chars().collect();
    let all: f64 = pieces.iter().map(|piece| piece.strength.max(0.0)).sum();
    let mut found = match options.mark {
        Mark::Phrase => phrases(&pieces, &chars),
        Mark::Sentence => pieces,
    };
    found.retain(|piece| piece.strength > 0.0 && piece.strength >= options.least * all);
    found.sort_by(|x, y| y.strength.total_cmp(&x.strength));
    found.truncate(options.top);
    found.into_iter().map(|piece| span(&chars, &piece, all)).collect()
}

/// The words or sentences that rows lie in.
fn pieces(text: &str, rows: &[Marked], unit: Unit) -> Vec<Piece> {
    let tokens: Vec<Token> = rows.iter().map(|row| row.row.token.clone()).collect();
    let groups = group(text, &tokens, unit);
    let mut strengths = vec![0.0; groups.tokens.len()];
    groups.of.iter().zip(rows).for_each(|(&piece, row)| strengths[piece] += row.strength());
    let own = groups.tokens.into_iter().zip(strengths).filter(|(token, _)| token.origin == Origin::Text);
    own.map(|(token, strength)| Piece { range: token.start..token.end, strength }).collect()
}

/// Strong words, merged where they are neighbours, or where a single word is between them that does
/// not speak against it.
fn phrases(words: &[Piece], chars: &[char]) -> Vec<Piece> {
    let is_word = |word: &Piece| chars[word.range.clone()].iter().any(|c| c.is_alphanumeric());
    let words_alone = words.iter().filter(|word| is_word(word));
    let strongest = words_alone.map(|word| word.strength).fold(0.0, f64::max);
    let is_strong = |word: &Piece| is_word(word) && word.strength > 0.0 && word.strength >= FLOOR * strongest;
    let mut phrases: Vec<Piece> = Vec::new();
    // The word after the last phrase, and the strength of what has been passed over since.
    let (mut last, mut between) = (None, 0.0);
    for (i, word) in words.iter().enumerate() {
        if !is_strong(word) {
            between += word.strength;
            continue;
        }
        let joins = last.is_some_and(|last: usize| match &words[last + 1..i] {
            [] => true,
            [one] => one.strength >= 0.0 && joins(&chars[one.range.clone()]),
            _ => false,
        });
        match phrases.last_mut().filter(|_| joins) {
            Some(phrase) => {
                phrase.range.end = word.range.end;
                phrase.strength += between + word.strength;
            }
            None => phrases.push(Piece { range: word.range.clone(), strength: word.strength }),
        }
        (last, between) = (Some(i), 0.0);
    }
    phrases
}

/// Whether a phrase may go on after this: after a word, or what joins words.
fn joins(chars: &[char]) -> bool {
    chars.iter().all(|c| c.is_alphanumeric() || ['-', '‐', '–', '/', '&', '\'', '’', '+'].contains(c))
}

fn span(chars: &[char], piece: &Piece, all: f64) -> Span {
    let Range { start, end } = piece.range;
    let (before, text) = (&chars[..start], &chars[start..end]);
    let bytes = |chars: &[char]| chars.iter().map(|c| c.len_utf8()).sum::<usize>();
    let units = |chars: &[char]| chars.iter().map(|c| c.len_utf16()).sum::<usize>();
    Span {
        start,
        end,
        bytes: [bytes(before), bytes(before) + bytes(text)],
        utf16: [units(before), units(before) + units(text)],
        text: text.iter().collect(),
        score: piece.strength,
        share: if all > 0.0 { piece.strength / all } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relevance::Relevant;

    /// A row for each word, with these strengths.
    fn rows(text: &str, strengths: &[f32]) -> Vec<Marked> {
        let tokens = crate::text::segment(text, Unit::Word);
        assert_eq!(tokens.len(), strengths.len(), "{tokens:?}");
        let row =
            |(token, &relevance)| Marked { row: Relevant { token, relevance, standard_error: None }, matched: None };
        tokens.into_iter().zip(strengths).map(row).collect()
    }

    fn marked(text: &str, strengths: &[f32], options: &Options) -> Vec<String> {
        spans(text, &rows(text, strengths), options).into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn neighbours_make_a_phrase_and_the_strongest_comes_first() {
        let text = "Grind the beans. Then pour hot water over the beans, slowly";
        let strengths = [0.2, 0.01, 0.3, 0.0, 0.0, 0.5, 0.4, 0.5, 0.0, 0.01, 0.3, -0.1, 0.2];
        let options = Options { least: 0.0, top: 9, ..Options::default() };
        assert_eq!(marked(text, &strengths, &options), ["pour hot water", "Grind the beans", "beans", "slowly"]);
        let few = Options { top: 1, ..options.clone() };
        assert_eq!(marked(text, &strengths, &few).len(), 1);
        let strong = Options { least: 0.5, ..options };
        assert_eq!(marked(text, &strengths, &strong), ["pour hot water"]);
    }

    #[test]
    fn no_phrase_goes_over_a_stop_or_a_word_that_speaks_against_it() {
        let options = Options { least: 0.0, ..Options::default() };
        assert_eq!(marked("hot. water", &[1.0, 0.0, 1.0], &options), ["hot", "water"]);
        assert_eq!(marked("hot not water", &[1.0, -0.1, 1.0], &options), ["hot", "water"]);
        assert_eq!(marked("hot and very cold", &[1.0, 0.0, 0.0, 1.0], &options), ["hot", "cold"]);
        // A stop alone is no span, however strong.
        assert_eq!(marked("hot !", &[0.5, 1.0], &options), ["hot"]);
        assert!(marked("hot tea", &[0.0, -1.0], &options).is_empty());
    }

    #[test]
    fn sentences_are_marked_whole_with_their_shares() {
        let text = "One cat. Two dogs!";
        let options = Options { mark: Mark::Sentence, least: 0.3, ..Options::default() };
        let found = spans(text, &rows(text, &[0.1, 0.2, 0.0, 0.2, 0.6, -0.1]), &options);
        let shown: Vec<(&str, f64)> = found.iter().map(|span| (span.text.as_str(), span.share)).collect();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].0, "Two dogs!");
        assert!((shown[0].1 - 0.7).abs() < 1e-6);
    }

    #[test]
    fn positions_are_in_code_points_bytes_and_utf_16() {
        let text = "é😀 hot tea";
        let found = spans(text, &rows(text, &[0.0, 0.0, 1.0, 1.0]), &Options::default());
        let span = &found[0];
        assert_eq!((span.start, span.end, span.text.as_str()), (3, 10, "hot tea"));
        assert_eq!(&text[span.bytes[0]..span.bytes[1]], "hot tea");
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[span.utf16[0]..span.utf16[1]]).unwrap(), "hot tea");
    }
}
