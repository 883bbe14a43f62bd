//! From the strengths of rows to spans of text.

use std::ops::Range;

use super::{Mark, Marked, Options, Span};
use crate::text::{Origin, Token, Unit, function_words, group};

/// A word is marked if its strength is at least this share of the strongest word's: 85 to 99 % of
/// such words are aligned with the query's by people, and words that are weaker much less often.
const FLOOR: f64 = 0.1;

/// A word or a sentence, with the sum of its rows' strengths.
struct Piece {
    /// Code points.
    range: Range<usize>,
    strength: f64,
}

/// The least strength of a span, as a difference of cosines: anything below answers nothing.
const LEAST: f64 = 0.01;

/// The spans to mark in a text, strongest first. rows: those of the text, in order; one: what a
/// cosine of 1 is in the units of the score.
pub(super) fn spans(text: &str, rows: &[Marked], one: f64, options: &Options) -> Vec<Span> {
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
    found.retain(|piece| piece.strength > 0.0 && piece.strength >= (options.least * all).max(LEAST * one));
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
/// not speak against it; without function words at their ends, unless nothing else is strong.
fn phrases(words: &[Piece], chars: &[char]) -> Vec<Piece> {
    let runs = runs(words, chars);
    let text = |word: &Piece| chars[word.range.clone()].iter().collect::<String>().to_lowercase();
    let texts: Vec<String> = words.iter().map(text).collect();
    let little = function_words::of(texts.iter().map(String::as_str));
    let says = |&i: &usize| !little.contains(texts[i].as_str());
    let trimmed = |run: &Range<usize>| {
        let (first, last) = (run.clone().find(says)?, run.clone().rev().find(says)?);
        Some(first..last + 1)
    };
    let trimmed: Vec<Range<usize>> = runs.iter().filter_map(trimmed).collect();
    let runs = if trimmed.is_empty() { runs } else { trimmed };
    let phrase = |run: Range<usize>| Piece {
        range: words[run.start].range.start..words[run.end - 1].range.end,
        strength: words[run].iter().map(|word| word.strength).sum(),
    };
    runs.into_iter().map(phrase).collect()
}

/// Runs of words that belong together, by their positions.
fn runs(words: &[Piece], chars: &[char]) -> Vec<Range<usize>> {
    let is_word = |word: &Piece| chars[word.range.clone()].iter().any(|c| c.is_alphanumeric());
    let strongest = words.iter().filter(|word| is_word(word)).map(|word| word.strength).fold(0.0, f64::max);
    let is_strong = |word: &Piece| is_word(word) && word.strength > 0.0 && word.strength >= FLOOR * strongest;
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (i, _) in words.iter().enumerate().filter(|(_, word)| is_strong(word)) {
        let joins = runs.last().is_some_and(|run| match &words[run.end..i] {
            [] => true,
            [one] => one.strength >= 0.0 && joins(&chars[one.range.clone()]),
            _ => false,
        });
        match runs.last_mut().filter(|_| joins) {
            Some(run) => run.end = i + 1,
            None => runs.push(i..i + 1),
        }
    }
    runs
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
        spans(text, &rows(text, strengths), 1.0, options).into_iter().map(|span| span.text).collect()
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
    fn function_words_are_no_ends_of_phrases() {
        let options = Options { least: 0.0, top: 9, ..Options::default() };
        assert_eq!(marked("a plane is on the roof", &[1.0, 1.0, 1.0, -0.1, 0.5, 0.4], &options), ["plane", "roof"]);
        assert_eq!(marked("cup of tea", &[1.0, 0.5, 1.0], &options), ["cup of tea"]);
        // Where nothing else is strong they are all there is.
        assert_eq!(marked("who is it", &[1.0, 1.0, 0.5], &options), ["who is it"]);
    }

    #[test]
    fn what_adds_next_to_nothing_is_not_marked() {
        let options = Options { least: 0.0, ..Options::default() };
        assert!(marked("yellow", &[0.005], &options).is_empty());
        assert_eq!(spans("yellow", &rows("yellow", &[0.005]), 0.1, &options).len(), 1);
        assert!(spans("yellow", &rows("yellow", &[5.0]), 1000.0, &options).is_empty());
    }

    #[test]
    fn sentences_are_marked_whole_with_their_shares() {
        let text = "One cat. Two dogs!";
        let options = Options { mark: Mark::Sentence, least: 0.3, ..Options::default() };
        let found = spans(text, &rows(text, &[0.1, 0.2, 0.0, 0.2, 0.6, -0.1]), 1.0, &options);
        let shown: Vec<(&str, f64)> = found.iter().map(|span| (span.text.as_str(), span.share)).collect();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].0, "Two dogs!");
        assert!((shown[0].1 - 0.7).abs() < 1e-6);
    }

    #[test]
    fn positions_are_in_code_points_bytes_and_utf_16() {
        let text = "é😀 hot tea";
        let found = spans(text, &rows(text, &[0.0, 0.0, 1.0, 1.0]), 1.0, &Options::default());
        let span = &found[0];
        assert_eq!((span.start, span.end, span.text.as_str()), (3, 10, "hot tea"));
        assert_eq!(&text[span.bytes[0]..span.bytes[1]], "hot tea");
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[span.utf16[0]..span.utf16[1]]).unwrap(), "hot tea");
    }
}
