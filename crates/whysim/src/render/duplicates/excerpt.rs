//! Two texts in a line each, so that what differs can be seen.

use crate::duplicates::{Difference, Kind, MISSING};
use crate::render::label::{cut, safe};

/// Columns before the first difference, where the beginning is left out.
const BEFORE: usize = 30;

/// Columns from the end within which the first difference is too far right.
const LATE: usize = 24;

/// Both texts with a sign where words are missing, from a place on at which they differ within
/// `room` columns.
pub(super) fn excerpts(texts: [&str; 2], differences: &[Difference], room: usize) -> [String; 2] {
    let [a, b] = [0, 1].map(|side| safe(signed(texts[side], differences, side).trim()));
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    if shared + LATE <= room {
        return [cut(&a, room), cut(&b, room)];
    }
    [a, b].map(|text| {
        let rest: String = text.chars().skip(shared.saturating_sub(BEFORE)).collect();
        cut(&format!("…{rest}"), room)
    })
}

/// A text with a sign where it lacks words. side: 0 if it is A, 1 if it is B.
fn signed(text: &str, differences: &[Difference], side: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    for gap in differences.iter().filter_map(|one| gap(one, side)) {
        let to = gap.clamp(at, chars.len());
        out.extend(&chars[at..to]);
        out += &if to == 0 { format!("{MISSING} ") } else { format!(" {MISSING}") };
        at = to;
    }
    out.extend(&chars[at..]);
    out
}

/// Where a text lacks words that the other has. Words that only moved are not missing.
pub(super) fn gap(one: &Difference, side: usize) -> Option<usize> {
    let own = if side == 0 { &one.a } else { &one.b };
    one.gap.filter(|_| own.is_none() && one.kind != Kind::Order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::differences;

    fn of(a: &str, b: &str, room: usize) -> [String; 2] {
        excerpts([a, b], &differences(a, b), room)
    }

    #[test]
    fn missing_words_have_a_sign() {
        assert_eq!(of("It is here.", "It is not here.", 90), ["It is ∅ here.", "It is not here."]);
        assert_eq!(of("Never go", "Go", 90), ["Never go", "∅ Go"]);
        assert_eq!(of("It rained at night", "At night it rained", 90), ["It rained at night", "At night it rained"]);
    }

    #[test]
    fn a_late_difference_is_seen() {
        let long = "All work and no play makes Jack a dull boy. ".repeat(3);
        let [a, b] = of(&format!("{long}It took 10 days."), &format!("{long}It took 12 days."), 60);
        assert!(a.starts_with('…') && a.ends_with("It took 10 days.") && b.ends_with("It took 12 days."), "{a}\n{b}");
        let [a, b] = of(&format!("{long}Yes."), &format!("{long}Yes. And no."), 60);
        assert!(a.ends_with("Yes. ∅") && a != b, "{a}\n{b}");
    }
}
