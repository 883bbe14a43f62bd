//! Groups tokens into words and sentences by deciding which rows of a decomposition to sum.
//!
//! Tangents are linear, so a group's row is exactly the sum of its tokens' rows; only the grouping
//! has to be decided. Boundaries are Unicode's (UAX #29), in the text as the user wrote it,
//! independent of the tokenizer's own marks. `sentences.rs` says where a full stop ends no
//! sentence.

use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::sentences::sentences;
use super::{Origin, Token, Unit};

/// Rows after grouping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The groups, in text order, each with a name and position like a token's.
    pub tokens: Vec<Token>,
    /// For every input token, the index of its group: `[tokens]`.
    pub of: Vec<usize>,
}

impl Groups {
    /// The tokens that make up each group, `[groups][tokens]`.
    pub(crate) fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.tokens.len()];
        self.of.iter().enumerate().for_each(|(token, &group)| members[group].push(token));
        members
    }
}

/// Groups the tokens of a text.
///
/// A token belongs to the segment that contains its first non-whitespace character. Special and
/// prompt tokens stay alone. A token without such a character (tokenizers make some from a space,
/// or from nothing) joins the next text token, or else the previous one, or else stays alone. Every
/// token is in exactly one group.
pub fn group(text: &str, tokens: &[Token], unit: Unit) -> Groups {
    if unit == Unit::Token {
        return Groups { tokens: tokens.to_vec(), of: (0..tokens.len()).collect() };
    }
    let chars: Vec<char> = text.chars().collect();
    let segments = segments(text, unit);
    let homes = homes(&chars, tokens, &segments);
    let mut groups = Groups { tokens: Vec::new(), of: Vec::with_capacity(tokens.len()) };
    let mut of_segment = HashMap::new();
    for (token, home) in tokens.iter().zip(homes) {
        let next = groups.tokens.len();
        let index = home.map_or(next, |segment| *of_segment.entry(segment).or_insert(next));
        if index == next {
            groups.tokens.push(home.map_or_else(|| token.clone(), |segment| empty_at(&segments[segment])));
        }
        if home.is_some() {
            // The segment is the core of the span; a token that crosses its edge extends the span.
            let span = trimmed(&chars, token);
            let row = &mut groups.tokens[index];
            if !span.is_empty() {
                (row.start, row.end) = (row.start.min(span.start), row.end.max(span.end));
            }
        }
        groups.of.push(index);
    }
    for index in of_segment.into_values() {
        let row = &mut groups.tokens[index];
        row.text = chars[row.start..row.end].iter().collect();
    }
    groups
}

/// The words or sentences of a text that is not tokenized.
pub(crate) fn segment(text: &str, unit: Unit) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let row = |span: Range<usize>| Token { text: chars[span.clone()].iter().collect(), ..empty_at(&span) };
    segments(text, unit).into_iter().map(row).collect()
}

/// A row over `span` whose text is filled in later.
fn empty_at(span: &Range<usize>) -> Token {
    Token { text: String::new(), start: span.start, end: span.end, origin: Origin::Text }
}

/// The text's words or sentences in code points, without surrounding whitespace and without
/// all-whitespace ones.
fn segments(text: &str, unit: Unit) -> Vec<Range<usize>> {
    let pieces: Vec<&str> = match unit {
        Unit::Sentence => sentences(text),
        Unit::Word | Unit::Token => text.split_word_bounds().collect(),
    };
    let mut at = 0;
    let mut found = Vec::new();
    for piece in pieces {
        let length = piece.chars().count();
        let before = length - piece.trim_start().chars().count();
        let inner = piece.trim().chars().count();
        if inner > 0 {
            found.push(at + before..at + before + inner);
        }
        at += length;
    }
    found
}

/// The token's span clipped to the text, without surrounding whitespace; empty if nothing remains.
fn trimmed(chars: &[char], token: &Token) -> Range<usize> {
    let end = token.end.min(chars.len());
    let start = token.start.min(end);
    let seen = |c: &char| !c.is_whitespace();
    let Some(first) = chars[start..end].iter().position(seen) else { return start..start };
    let last = chars[start..end].iter().rposition(seen).unwrap_or(first);
    start + first..start + last + 1
}

/// For every token its segment, or None if it stays alone. [tokens]
fn homes(chars: &[char], tokens: &[Token], segments: &[Range<usize>]) -> Vec<Option<usize>> {
    let own = |token: &Token| {
        let span = trimmed(chars, token);
        let segment = segments.partition_point(|segment| segment.end <= span.start);
        (token.origin == Origin::Text && !span.is_empty() && segment < segments.len()).then_some(segment)
    };
    let own: Vec<Option<usize>> = tokens.iter().map(own).collect();
    let mut next = None;
    let mut following = vec![None; tokens.len()];
    for i in (0..tokens.len()).rev() {
        next = own[i].or(next);
        following[i] = next;
    }
    let mut previous = None;
    let mut home = |i: usize| {
        previous = own[i].or(previous);
        if tokens[i].origin == Origin::Text { following[i].or(previous) } else { None }
    };
    (0..tokens.len()).map(&mut home).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, start: usize, end: usize) -> Token {
        Token { text: text.into(), start, end, origin: Origin::Text }
    }

    fn special(text: &str) -> Token {
        Token { text: text.into(), start: 0, end: 0, origin: Origin::Special }
    }

    fn texts(groups: &Groups) -> Vec<&str> {
        groups.tokens.iter().map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn pieces_join_into_the_word_as_it_was_written() {
        let text = "The KITTENS don't, OK?";
        let tokens = [
            special("[CLS]"),
            token("the", 0, 3),
            token("kit", 4, 7),
            token("##tens", 7, 11),
            token("don", 12, 15),
            token("'", 15, 16),
            token("t", 16, 17),
            token(",", 17, 18),
            token("ok", 19, 21),
            token("?", 21, 22),
            special("[SEP]"),
        ];
        let words = group(text, &tokens, Unit::Word);
        assert_eq!(texts(&words), ["[CLS]", "The", "KITTENS", "don't", ",", "OK", "?", "[SEP]"]);
        assert_eq!(words.of, [0, 1, 2, 2, 3, 3, 3, 4, 5, 6, 7]);
        assert_eq!((words.tokens[2].start, words.tokens[2].end), (4, 11));
    }

    #[test]
    fn sentences_leave_out_the_space_between_them() {
        let text = "One two. Three!  ";
        let tokens =
            [special("<s>"), token("One", 0, 3), token(" two", 3, 7), token(".", 7, 8), token(" Three", 8, 14)];
        let sentences = group(text, &tokens, Unit::Sentence);
        assert_eq!(texts(&sentences), ["<s>", "One two.", "Three!"]);
        assert_eq!(sentences.of, [0, 1, 1, 1, 2]);
    }

    #[test]
    fn tokens_without_a_character_join_the_next_then_the_previous_then_stay_alone() {
        let tokens = [token("", 0, 0), token("a", 1, 2), token("▁", 2, 3), token("b", 3, 4), token("", 4, 4)];
        let words = group(" a b", &tokens, Unit::Word);
        assert_eq!((texts(&words), &words.of), (vec!["a", "b"], &vec![0, 0, 1, 1, 1]));
        let alone = group("  ", &[special("<s>"), token("▁", 0, 2)], Unit::Word);
        assert_eq!((texts(&alone), &alone.of), (vec!["<s>", "▁"], &vec![0, 1]));
    }

    #[test]
    fn a_token_over_two_words_goes_to_the_first_and_widens_it() {
        let words = group("a, b", &[token("a,", 0, 2), token("b", 3, 4)], Unit::Word);
        assert_eq!((texts(&words), &words.of), (vec!["a,", "b"], &vec![0, 1]));
    }

    #[test]
    fn bytes_of_one_emoji_are_one_word_and_prompts_stay_alone() {
        let prompt = Token { text: "query:".into(), start: 0, end: 0, origin: Origin::Prompt };
        let tokens = [prompt, token("ð", 0, 1), token("Ł", 0, 1), token("x", 2, 3)];
        let words = group("👩\u{200d}x", &tokens, Unit::Word);
        assert_eq!(words.of[1], words.of[2]);
        assert_eq!(words.tokens[0].origin, Origin::Prompt);
    }

    /// A cheap generator: the same odd texts in every run.
    fn random(state: &mut u64, below: usize) -> usize {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 33) as usize % below
    }

    #[test]
    fn every_token_has_one_group_in_text_order_for_odd_texts() {
        let odd: Vec<char> =
            "aB9 \t\n\r.,!?'-_ß\u{301}\u{200d}👩👦🏽🇩🇪日本語ع\u{202e}ה한\u{0}\u{1b}\u{feff}\u{a0}。".chars().collect();
        let mut state = 7;
        for _ in 0..2000 {
            let length = random(&mut state, 24);
            let text: String = (0..length).map(|_| odd[random(&mut state, odd.len())]).collect();
            let (mut at, mut tokens) = (0, vec![special("[CLS]")]);
            while at < length {
                let end = (at + random(&mut state, 4)).min(length + 1);
                tokens.push(token("?", at, end));
                at = end + random(&mut state, 2);
            }
            tokens.push(special("[SEP]"));
            for unit in [Unit::Token, Unit::Word, Unit::Sentence] {
                check(&text, &tokens, &group(&text, &tokens, unit), unit);
            }
        }
    }

    fn check(text: &str, tokens: &[Token], groups: &Groups, unit: Unit) {
        assert_eq!(groups.of.len(), tokens.len());
        let mut seen = vec![0; groups.tokens.len()];
        groups.of.iter().for_each(|&g| seen[g] += 1);
        assert!(seen.iter().all(|&n| n > 0), "a group without a token: {text:?}");
        assert!(groups.of.windows(2).all(|w| w[0] <= w[1]), "out of order: {text:?} {groups:?}");
        for (token, &g) in tokens.iter().zip(&groups.of) {
            assert_eq!(token.origin, groups.tokens[g].origin);
        }
        if unit != Unit::Token {
            for row in groups.tokens.iter().filter(|row| row.origin == Origin::Text && row.text != "?") {
                let written: String = text.chars().skip(row.start).take(row.end - row.start).collect();
                assert_eq!(row.text, written);
                assert_eq!(row.text, row.text.trim());
            }
        }
    }
}
