//! A text as its tokens in place: every character as the user wrote it, and every token once.

use super::unit_name;
use crate::explanation::Side;
use crate::render::label::{escape, name, safe_in_place};
use crate::text::{Origin, Token, Unit};

/// The text cut into the rows of `side`; hidden unless `by` is `shown`.
pub(super) fn passage(side: &Side, by: Unit, shown: Unit) -> String {
    let chars: Vec<char> = side.text.chars().collect();
    let written = |from: usize, to: usize| -> String {
        let to = to.min(chars.len());
        escape(&safe_in_place(&chars[from.min(to)..to].iter().collect::<String>()))
    };
    let in_text = |token: &Token| token.origin == Origin::Text && token.start < token.end;
    let last = side.tokens.iter().rposition(in_text);
    let hidden = if by == shown { "" } else { " hidden" };
    let mut out = format!("<div class=\"ws-passage\" dir=\"auto\" data-by=\"{}\"{hidden}>", unit_name(by));
    let mut at = 0;
    for (i, token) in side.tokens.iter().enumerate() {
        if in_text(token) && token.start > at {
            out += &written(at, token.start);
        }
        let content = if in_text(token) { written(at.max(token.start), token.end) } else { String::new() };
        out += &match content.trim() {
            // A byte-level tokenizer can split one character into several tokens: the first shows
            // it, the others are dots.
            "" if content.is_empty() && in_text(token) => row(i, "ws-row ws-tag", "·"),
            // Special tokens have no place in the text; a line break has one, but it cannot be
            // pointed at.
            "" => row(i, "ws-row ws-tag", &escape(&name(token))) + &content,
            _ => row(i, "ws-row", &content),
        };
        if in_text(token) {
            at = at.max(token.end);
        }
        if last == Some(i) {
            out += &rest(side, &written(at, usize::MAX));
        }
    }
    if last.is_none() {
        out += &rest(side, &written(0, usize::MAX));
    }
    out + "</div>"
}

fn row(i: usize, class: &str, content: &str) -> String {
    format!("<span class=\"{class}\" data-i=\"{i}\" role=\"button\" tabindex=\"-1\">{content}</span>")
}

/// The text after the last token: unread if the text is longer than the model's limit.
fn rest(side: &Side, written: &str) -> String {
    match side.truncated {
        Some(_) => format!("<span class=\"ws-unread\" title=\"not read by the model\">{written}</span>"),
        None => written.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Truncated;
    use crate::explanation::sample::garden;

    /// The visible text: the passage without its tags, special tokens included.
    fn seen(passage: &str) -> String {
        passage.split('<').map(|piece| piece.split_once('>').map_or("", |(_, text)| text)).collect()
    }

    #[test]
    fn the_text_stays_as_it_was_written() {
        let mut side = garden().a.clone();
        side.text = "  The dog runs after  the kitten in the yard. And more".into();
        side.truncated = Some(Truncated { read: 12, of: 14 });
        for token in side.tokens.iter_mut().filter(|t| t.start < t.end) {
            (token.start, token.end) = (token.start + 2, token.end + 2);
        }
        let html = passage(&side, Unit::Token, Unit::Token);
        assert_eq!(seen(&html), format!("&lt;s&gt;{}&lt;/s&gt;", side.text));
        assert_eq!(html.matches("data-i=").count(), side.tokens.len());
        assert!(html.contains("ws-unread"));
    }

    #[test]
    fn tokens_that_share_a_character_all_stay() {
        let text = |start, end| Token { text: "x".into(), start, end, origin: Origin::Text };
        let side =
            Side {
                text: "a👩b".into(), tokens: vec![text(0, 1), text(1, 2), text(1, 2), text(2, 9)], truncated: None
            };
        let html = passage(&side, Unit::Token, Unit::Word);
        assert_eq!(seen(&html), "a👩·b");
        assert!(html.contains(" hidden"));
    }

    #[test]
    fn a_token_of_white_space_can_be_pointed_at() {
        let token = Token { text: "\n".into(), start: 1, end: 2, origin: Origin::Text };
        let side = Side { text: "a\nb".into(), tokens: vec![token], truncated: None };
        assert_eq!(seen(&passage(&side, Unit::Token, Unit::Token)), "a↵\nb");
    }
}
