//! Token names that are safe and faithful on every screen: nothing invisible, no terminal commands.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::text::{Origin, Token, Unit};

/// Makes a character visible: line breaks and tabs become arrows; control, hidden and reordering
/// characters become their code point (few fonts have Unicode's pictures for control characters).
fn visible(c: char, out: &mut String) {
    match c {
        '\n' => out.push('↵'),
        '\t' => out.push('⇥'),
        // Controls; line and paragraph separators; bidirectional marks, embeddings and isolates;
        // the byte-order mark and the specials block; noncharacters, which XML forbids.
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e001f}' => code_point(c, out),
        c if c as u32 & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => code_point(c, out),
        c => out.push(c),
    }
}

fn code_point(c: char, out: &mut String) {
    out.push_str(&format!("‹U+{:04X}›", c as u32));
}

/// The text on one line, with everything invisible made visible.
pub(crate) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| visible(c, &mut out));
    out
}

/// The same for running text, where line breaks, tabs and direction marks keep their function.
pub(crate) fn safe_in_place(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
                out.push(c);
            }
            '\r' => {}
            c => visible(c, &mut out),
        }
    }
    out
}

/// The name of a row: its visible text without surrounding spaces; a lone space becomes `␣`.
pub(crate) fn name(token: &Token) -> String {
    let trimmed = token.text.trim_matches(' ');
    match (trimmed.is_empty(), token.text.is_empty()) {
        (true, true) => "∅".into(),
        (true, false) => "␣".into(),
        _ => safe(trimmed),
    }
}

/// The names of rows as pictures have room for them, with everything invisible made visible: a
/// sentence is its number in the text and its first words. `[tokens]`
pub fn row_names(tokens: &[Token], by: Unit) -> Vec<String> {
    /// Terminal columns of a sentence's words.
    const ROOM: usize = 26;
    if by != Unit::Sentence {
        return tokens.iter().map(name).collect();
    }
    let brief = |name: String| match name.split_once(": ") {
        Some((number, words)) => format!("{number}: {}", first_words(words, ROOM)),
        None => name,
    };
    list_names(tokens, by).into_iter().map(brief).collect()
}

/// The names of rows in lists, which do not show positions and have room: a sentence after its
/// number in the text, anything else with `#2`, `#3`, … after repeated ones. [tokens]
pub(crate) fn list_names(tokens: &[Token], by: Unit) -> Vec<String> {
    if by != Unit::Sentence {
        return numbered(tokens);
    }
    let mut number = 0;
    let of = |token: &Token| {
        number += usize::from(token.origin == Origin::Text);
        if token.origin == Origin::Text { format!("{number}: {}", name(token)) } else { name(token) }
    };
    tokens.iter().map(of).collect()
}

/// As many whole words as fit in `room` columns, with `…` if some were left out; of a longer first
/// word, its beginning.
fn first_words(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for word in text.split(' ') {
        if columns(&out) + columns(word) + 2 > room {
            break;
        }
        out += word;
        out.push(' ');
    }
    if out.is_empty() { cut(text, room) } else { out + "…" }
}

/// Names with `#2`, `#3`, … after repeated ones, for lists that do not show positions. [tokens]
pub(crate) fn numbered(tokens: &[Token]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let number = |token: &Token| -> String {
        let name = name(token);
        let count = seen.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { name } else { format!("{name}#{count}") }
    };
    tokens.iter().map(number).collect()
}

/// The width of a text in terminal columns.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// At most `room` columns of the text, with `…` if something was cut off. It never splits a
/// character.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        let next = columns(grapheme);
        if used + next + 1 > room {
            break;
        }
        used += next;
        out.push_str(grapheme);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// The text padded to exactly `room` columns, aligned left or right.
pub(crate) fn pad(text: &str, room: usize, side: Align) -> String {
    let text = cut(text, room);
    let space = " ".repeat(room.saturating_sub(columns(&text)));
    match side {
        Align::Left => text + &space,
        Align::Right => space + &text,
    }
}

/// Alignment within the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Escapes text for XML and HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_commands_a_terminal_or_breaks_xml_is_left() {
        let shown: String = ('\u{0}'..=char::MAX).map(|c| safe(&c.to_string())).collect();
        assert!(!shown.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
        assert!(!shown.chars().any(|c| c as u32 & 0xfffe == 0xfffe));
        assert_eq!(safe("a\u{1b}[31m\u{202e}"), "a‹U+001B›[31m‹U+202E›");
        assert_eq!(safe_in_place("a\r\n\u{7}b"), "a\n‹U+0007›b");
    }

    #[test]
    fn columns_are_exact_for_wide_and_combining_text() {
        for text in ["plain", "日本語", "e\u{301}te\u{301}", "👩🏽", "ab日本", ""] {
            for room in 0..9 {
                assert_eq!(columns(&pad(text, room, Align::Left)), room, "{text} {room}");
            }
        }
        assert_eq!(cut("kittens", 4), "kit…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn sentences_are_their_number_and_first_words() {
        let token = |text: &str, origin| Token { text: text.into(), start: 0, end: 0, origin };
        let long = "The dog runs after the kitten in the yard.";
        let tokens = [
            token("[CLS]", Origin::Special),
            token("It rains.", Origin::Text),
            token(long, Origin::Text),
            token("日本語日本語日本語日本語日本語", Origin::Text),
        ];
        let names = row_names(&tokens, Unit::Sentence);
        assert_eq!(names, ["[CLS]", "1: It rains.", "2: The dog runs after the …", "3: 日本語日本語日本語日本語…"]);
        assert_eq!(row_names(&tokens, Unit::Word)[2], long);
        assert_eq!(list_names(&tokens, Unit::Sentence)[..3], ["[CLS]", "1: It rains.", &format!("2: {long}")]);
    }

    #[test]
    fn names() {
        let token = |text: &str| Token { text: text.into(), start: 0, end: 0, origin: Origin::Text };
        assert_eq!([" dog", " ", "", "\n"].map(|t| name(&token(t))), ["dog", "␣", "∅", "↵"]);
        assert_eq!(numbered(&["the", "cat", "the"].map(token)), ["the", "cat", "the#2"]);
    }
}
