//! Why one text outranks another for a query: in words, as JSON and as a page.

mod html;

use super::figures::{plain, signed};
use super::json::laid_out;
use super::label::{cut, name, safe};
use crate::margin::Margin;
use crate::text::{Origin, Token};
pub use html::{margin_fragment, margin_html};

/// Columns that a name may take.
const ROOM: usize = 44;

/// The rows of a text, each with what it adds to the margin.
type Rows<'a> = Vec<(&'a Token, f64)>;

fn rows<'a>(tokens: &'a [Token], values: &[f64]) -> Rows<'a> {
    tokens.iter().zip(values.iter().copied()).collect()
}

/// The margin as JSON that parses back into an equal [`Margin`].
pub fn margin_json(m: &Margin) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(m).unwrap_or_default())
}

/// A margin as plain text. names: what the better and the worse text are called; top: how many rows
/// of each text to list.
pub fn margin(m: &Margin, names: [&str; 2], top: usize) -> String {
    let [better, worse] = names.map(|name| cut(&safe(name), ROOM));
    let scores = [m.better.score, m.worse.score].map(plain);
    let verb = verb(m);
    let mut out = format!("why {better} {verb} {worse}: {} - {} = {}\n", scores[0], scores[1], signed(m.margin));
    let parts: [(String, Rows<'_>); 3] = [
        ("words of the query".into(), rows(&m.better.a.tokens, &m.query)),
        (format!("words of {better}"), rows(&m.better.b.tokens, &m.better_rows)),
        (format!("words of {worse}"), rows(&m.worse.b.tokens, &m.worse_rows)),
    ];
    for (title, rows) in parts {
        out += &format!("  {title}\n{}", listed(rows, top));
    }
    let references = if m.better.exact { String::new() } else { format!("references {}, ", signed(m.text_references)) };
    out + &format!("  {references}error {}, at most {}\n", signed(m.error), plain(m.bound))
}

/// What the first text does to the second.
fn verb(m: &Margin) -> &'static str {
    if m.margin < 0.0 { "does not outrank" } else { "outranks" }
}

/// Sorts rows by how much they add, to either side, with special and prompt tokens last. -> how
/// many rows are the text's own.
fn strongest_first(rows: &mut Rows<'_>) -> usize {
    let is_special = |token: &Token| token.origin != Origin::Text;
    rows.sort_by(|x, y| is_special(x.0).cmp(&is_special(y.0)).then(y.1.abs().total_cmp(&x.1.abs())));
    rows.iter().filter(|(token, _)| !is_special(token)).count()
}

/// The rows that add most, to either side. Special tokens are among the others.
fn listed(mut rows: Rows<'_>, top: usize) -> String {
    let top = top.min(strongest_first(&mut rows));
    let line = |(token, value): &(&Token, f64)| format!("{:>11}  {}\n", signed(*value), cut(&name(token), ROOM));
    let mut out: String = rows.iter().take(top).map(line).collect();
    if rows.len() > top {
        let rest: f64 = rows[top..].iter().map(|(_, value)| value).sum();
        out += &format!("{:>11}  ({} others)\n", signed(rest), rows.len() - top);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_rows_are_listed_and_the_others_summed() {
        let token = |text: &str| Token { text: text.into(), start: 0, end: 1, origin: Origin::Text };
        let tokens = ["a", "b", "c", "d"].map(token);
        let text = listed(rows(&tokens, &[0.125, -0.5, 0.25, 0.0625]), 2);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines, ["-0.5000  b", "+0.2500  c", "+0.1875  (2 others)"]);
        let mut special = tokens.clone();
        special[1].origin = Origin::Special;
        let text = listed(rows(&special, &[0.125, -0.5, 0.25, 0.0625]), 9);
        assert!(text.contains("-0.5000  (1 others)") && !text.contains(" b\n"), "{text}");
    }
}
