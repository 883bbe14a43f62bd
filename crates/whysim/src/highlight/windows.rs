//! Windows of a passage that is longer than what the model reads at once.

use std::ops::Range;

use crate::text::Places;

/// How much of a window the next one repeats: what stands at a border is whole in one of the two.
const OVERLAP: f64 = 0.25;

/// The parts of a text that fit into what the model reads, in code points. They cover all its
/// tokens, begin and end between words where there are any, and overlap. One if the text fits.
pub(super) fn windows(chars: &[char], places: &Places) -> Vec<Range<usize>> {
    let Places { tokens, room } = places;
    let (all, room) = (tokens.len(), (*room).max(1));
    if all <= room {
        return std::iter::once(0..chars.len()).collect();
    }
    // The last token, at or before this one and after another, that begins a word.
    let word = |at: usize, after: usize| {
        let begins = |&i: &usize| tokens[i].start == 0 || chars[tokens[i].start - 1].is_whitespace();
        (after + 1..=at).rev().find(begins).unwrap_or(at)
    };
    let mut found = Vec::new();
    let mut start = 0;
    loop {
        let end = if start + room >= all { all } else { word(start + room, start + room / 2) };
        found.push(tokens[start].start..tokens[end - 1].end);
        if end == all {
            return found;
        }
        let back = (OVERLAP * room as f64) as usize;
        start = word((end - back).max(start + 1), start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of two tokens of two letters each.
    fn places(words: usize, room: usize) -> (Vec<char>, Places) {
        let chars: Vec<char> = "abcd ".repeat(words).chars().collect();
        let tokens = (0..words).flat_map(|word| [5 * word..5 * word + 2, 5 * word + 2..5 * word + 4]).collect();
        (chars, Places { tokens, room })
    }

    #[test]
    fn windows_cover_everything_fit_and_overlap() {
        for (words, room) in [(1, 1), (3, 2), (10, 7), (50, 16), (50, 17), (7, 1), (9, 100)] {
            let (chars, places) = places(words, room);
            let found = windows(&chars, &places);
            assert_eq!(found[0].start, 0, "{words} {room}");
            for token in &places.tokens {
                let is_in = |window: &Range<usize>| window.start <= token.start && token.end <= window.end;
                assert!(found.iter().any(is_in), "{words} {room}: {token:?}");
            }
            for window in &found {
                let inside =
                    places.tokens.iter().filter(|token| window.start <= token.start && token.end <= window.end);
                assert!(inside.count() <= room, "{words} {room}");
                if room > 3 {
                    assert_eq!(window.start % 5, 0, "{words} {room}");
                }
            }
            for two in found.windows(2) {
                assert!(two[0].start < two[1].start && two[1].start <= two[0].end + 1, "{words} {room}");
                assert!(room < 8 || two[1].start < two[0].end, "{words} {room}");
            }
        }
    }
}
