//! A text as its tokens in place: every character as the user wrote it, and every token once.

use crate::explanation::Side;
use crate::render::color::Theme;
use crate::render::figures::signed;
use crate::render::label::{escape, name, safe_in_place};
use crate::text::{Origin, Token};

/// What a passage shows beside its text.
#[derive(Clone, Copy, Default)]
pub(super) struct Look<'a> {
    /// The colours of its rows; None where a script gives them.
    pub ink: Option<Ink<'a>>,
    pub tags: Tags,
}

/// Whether tokens that have no place in the text are shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tags {
    #[default]
    Shown,
    /// The text alone.
    Left,
}

/// Colours that need neither a style sheet nor a script.
#[derive(Clone, Copy)]
pub(super) struct Ink<'a> {
    /// [rows]
    pub values: &'a [f64],
    /// The end of the colour scale.
    pub limit: f64,
    /// None: on whatever ground there is.
    pub theme: Option<Theme>,
}

/// The text cut into the rows of `side`.
pub(super) fn passage(side: &Side, look: Look) -> String {
    let chars: Vec<char> = side.text.chars().collect();
    let written = |from: usize, to: usize| -> String {
        let to = to.min(chars.len());
        escape(&safe_in_place(&chars[from.min(to)..to].iter().collect::<String>()))
    };
    let in_text = |token: &Token| token.origin == Origin::Text && token.start < token.end;
    let last = side.tokens.iter().rposition(in_text);
    let style = look.ink.map_or("", |_| " style=\"white-space:pre-wrap;line-height:1.9\"");
    let mut out = format!("<div class=\"ws-passage\" dir=\"auto\"{style}>");
    let mut at = 0;
    for (i, token) in side.tokens.iter().enumerate() {
        if in_text(token) && token.start > at {
            out += &written(at, token.start);
        }
        let content = if in_text(token) { written(at.max(token.start), token.end) } else { String::new() };
        out += &match content.trim() {
            _ if look.tags == Tags::Left && (content.trim().is_empty()) => content,
            // A byte-level tokenizer can split one character into several tokens: the first shows
            // it, the others are dots.
            "" if content.is_empty() && in_text(token) => row(i, "ws-row ws-tag", "·", look.ink),
            // Special tokens have no place in the text; a line break has one, but it cannot be
            // pointed at.
            "" => row(i, "ws-row ws-tag", &escape(&name(token)), look.ink) + &content,
            _ => row(i, "ws-row", &content, look.ink),
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

fn row(i: usize, class: &str, content: &str, ink: Option<Ink>) -> String {
    let Some(ink) = ink else { return format!("<span class=\"{class}\" data-i=\"{i}\">{content}</span>") };
    let value = ink.values.get(i).copied().unwrap_or_default();
    let tag = if class.ends_with("ws-tag") { "border:1px solid #a3abb8;font-size:11px;padding:1px 3px;" } else { "" };
    format!(
        "<span class=\"{class}\" title=\"{}\" style=\"{tag}{}\">{content}</span>",
        signed(value).replace('-', "−"),
        ink.style(value)
    )
}

impl Ink<'_> {
    fn style(&self, value: f64) -> String {
        match self.theme {
            Some(theme) => theme.fixed(value, self.limit),
            None => Theme::see_through(value, self.limit),
        }
    }
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
        let html = passage(&side, Look::default());
        assert_eq!(seen(&html), format!("&lt;s&gt;{}&lt;/s&gt;", side.text));
        assert_eq!(html.matches("data-i=").count(), side.tokens.len());
        assert!(html.contains("ws-unread"));
        let alone = passage(&side, Look { tags: Tags::Left, ..Look::default() });
        assert_eq!(seen(&alone), side.text);
    }

    #[test]
    fn tokens_that_share_a_character_all_stay() {
        let text = |start, end| Token { text: "x".into(), start, end, origin: Origin::Text };
        let side =
            Side {
                text: "a👩b".into(), tokens: vec![text(0, 1), text(1, 2), text(1, 2), text(2, 9)], truncated: None
            };
        assert_eq!(seen(&passage(&side, Look::default())), "a👩·b");
    }

    #[test]
    fn a_token_of_white_space_can_be_pointed_at() {
        let token = Token { text: "\n".into(), start: 1, end: 2, origin: Origin::Text };
        let side = Side { text: "a\nb".into(), tokens: vec![token], truncated: None };
        assert_eq!(seen(&passage(&side, Look::default())), "a↵\nb");
        assert_eq!(seen(&passage(&side, Look { tags: Tags::Left, ..Look::default() })), "a\nb");
    }

    #[test]
    fn colours_are_of_one_theme_or_for_any_ground() {
        let side = garden().a.clone();
        let values: Vec<f64> = (0..side.tokens.len()).map(|i| i as f64 - 2.0).collect();
        let html = |theme| {
            let ink = Some(Ink { values: &values, limit: 9.0, theme });
            passage(&side, Look { ink, ..Look::default() })
        };
        let dark = Theme::Dark.color(7.0, 9.0).hex();
        assert!(html(Some(Theme::Dark)).contains(&format!("background-color:{dark};")));
        assert!(!html(Some(Theme::Dark)).contains("light-dark"));
        assert!(html(None).contains(&format!("style=\"{}\"", Theme::see_through(7.0, 9.0))));
        assert!(html(None).contains("title=\"+7.0000\"") && html(None).contains("title=\"−2.0000\""));
    }
}
