//! What each token of a passage adds to its similarity to a query, as text and as JSON.

use super::figures::plain;
use super::json::laid_out;
use super::label::{self, Align, columns, pad};
use crate::relevance::{Relevance, Relevant};
use crate::similarity::Similarity;
use crate::text::Origin;

/// The strongest rows of every passage and the parts of its score, as plain text. Special tokens
/// are in the sums only. top: how many rows to list.
pub fn relevance(all: &[Relevance], similarity: Similarity, top: usize) -> String {
    let name = match similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    };
    let part = |(i, one): (usize, &Relevance)| passage(i + 1, one, name, top);
    all.iter().enumerate().map(part).collect::<Vec<_>>().join("\n")
}

/// A list with one object per passage:
///
/// ```text
/// {"score", "tokens": [{"text", "start", "end", "special", "relevance"}], "reference", "error",
///  "bound"}
/// ```
pub fn relevance_json(all: &[Relevance]) -> String {
    // Serialisation cannot fail: all keys are strings, and all values are text or numbers that JSON
    // supports.
    laid_out(&serde_json::to_string(all).unwrap_or_default())
}

fn passage(number: usize, one: &Relevance, name: &str, top: usize) -> String {
    let own = |row: &&Relevant| row.token.origin == Origin::Text;
    let mut strongest: Vec<&Relevant> = one.tokens.iter().filter(own).collect();
    strongest.sort_by(|x, y| y.relevance.abs().total_cmp(&x.relevance.abs()));
    strongest.truncate(top);
    let row = |value: f64, what: &str| format!("{:>11}  {what}\n", plain(value));
    let mut out = format!("passage {number}  {name} {}\n", plain(one.score));
    if let Some(cut) = one.truncated {
        out += &format!("warning: the model read {} of its {} tokens\n", cut.read, cut.of);
    }
    let width = strongest.iter().map(|row| columns(&label::name(&row.token))).max().unwrap_or(0);
    let largest = strongest.first().map_or(0.0, |row| row.relevance.abs());
    for token in strongest {
        let bar = (f64::from(token.relevance.abs() / largest) * 20.0).round() as usize;
        let sign = if token.relevance < 0.0 { "-" } else { "#" };
        let name = pad(&label::name(&token.token), width, Align::Left);
        let error = token.standard_error.filter(|&error| error > 0.0);
        let error = error.map_or(String::new(), |error| format!("± {:<8}", plain(f64::from(error))));
        out += row(f64::from(token.relevance), format!("{error}{name}  {}", sign.repeat(bar)).trim_end()).as_str();
    }
    let sum: f64 = one.tokens.iter().map(|row| f64::from(row.relevance)).sum();
    out += &row(sum, &format!("all {} rows", one.tokens.len()));
    if one.reference != 0.0 {
        out += &row(one.reference, "the passage's reference");
    }
    let removed = one.tokens.iter().any(|row| row.standard_error.is_some());
    let of = if removed { "rounding" } else { "the numerical integration" };
    out + &row(-one.error, &format!("remainder: minus the error of {of}, at most {}", plain(one.bound)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convergence::Convergence;
    use crate::relevance::Record;
    use crate::text::Token;

    fn one() -> Relevance {
        let token = |text: &str, relevance| Relevant {
            standard_error: None,
            token: Token { text: text.into(), start: 0, end: 3, origin: Origin::Text },
            relevance,
        };
        let tokens = vec![token("the", 0.02), token("\u{1b}[31mcat", 0.5), token("never", -0.25)];
        let (score, reference) = (0.371, 0.1);
        Relevance(Record {
            score,
            reference,
            tokens,
            error: -0.001,
            bound: 0.002,
            truncated: None,
            convergence: Convergence::default(),
        })
    }

    #[test]
    fn the_strongest_come_first_and_nothing_controls_the_terminal() {
        let text = relevance(&[one(), one()], Similarity::Cos, 2);
        assert!(text.starts_with("passage 1  cosine 0.3710\n") && text.contains("passage 2"), "{text}");
        assert!(text.find("cat").unwrap() < text.find("never").unwrap() && !text.contains("  the\n"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("0.1000  the passage's reference"), "{text}");
        assert!(text.contains("0.2700  all 3 rows") && text.contains("at most 0.0020"), "{text}");
    }

    #[test]
    fn json_has_the_keys_that_it_says() {
        let value: serde_json::Value = serde_json::from_str(&relevance_json(&[one()])).unwrap();
        let keys: Vec<&String> = value[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["bound", "error", "reference", "score", "tokens"]);
        let keys: Vec<&String> = value[0]["tokens"][1].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["end", "relevance", "special", "start", "text"]);
    }
}
