//! An alignment: which rows of the two texts belong together, as lines of text and as JSON.

use serde::Serialize;

use super::figures::plain;
use super::json::laid_out;
use super::label::{Align, columns, cut, list_names, pad};
use crate::Explanation;
use crate::explanation::AlignedPair;

/// The aligned rows as lines of at most `width` columns, with their entries in the view.
pub fn alignment(e: &Explanation, pairs: &[AlignedPair], width: usize) -> String {
    let width = width.max(40);
    let (a, b) = (list_names(&e.a.tokens, e.by), list_names(&e.b.tokens, e.by));
    let names: Vec<(&AlignedPair, &String, &String)> =
        pairs.iter().filter_map(|pair| Some((pair, a.get(pair.a)?, b.get(pair.b)?))).collect();
    let room = names.iter().map(|(_, a, _)| columns(a)).max().unwrap_or(0).min((width - 16) / 2);
    let line = |(pair, a, b): &(&AlignedPair, &String, &String)| {
        let (a, b) = (pad(a, room, Align::Right), cut(b, width - 16 - room));
        format!("{:>11}  {a} × {b}\n", plain(f64::from(pair.value)))
    };
    let title = if names.is_empty() { "nothing is aligned\n" } else { "aligned, A × B\n" };
    title.to_owned() + &names.iter().map(line).collect::<String>()
}

/// The explanation as JSON, with the key `alignment` after all others: the aligned rows.
pub fn alignment_json(e: &Explanation, pairs: &[AlignedPair]) -> String {
    #[derive(Serialize)]
    struct Form<'a> {
        #[serde(flatten)]
        explanation: &'a Explanation,
        alignment: &'a [AlignedPair],
    }
    laid_out(&serde_json::to_string(&Form { explanation: e, alignment: pairs }).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};
    use crate::explanation::{AlignOptions, View};
    use crate::text::Unit;

    #[test]
    fn lines_fit_the_width_and_name_the_rows() {
        for e in [garden(), sized(1), sized(60)] {
            let pairs = e.align(&AlignOptions::default());
            for width in [0, 40, 100] {
                let text = alignment(&e, &pairs, width);
                assert_eq!(text.lines().count(), pairs.len() + 1);
                assert!(text.lines().all(|line| columns(line) <= width.max(40)), "{text}");
            }
        }
        let text = alignment(&garden(), &garden().align(&AlignOptions::default()), 100);
        assert!(text.starts_with("aligned") && text.contains("dog × dog") && text.contains("kitten × cat"), "{text}");
        assert_eq!(alignment(&garden(), &[], 100), "nothing is aligned\n");
        let sentences = garden().by(Unit::Sentence);
        let pairs = sentences.align(&AlignOptions { view: View::Attribution, ..AlignOptions::default() });
        let text = alignment(&sentences, &pairs, 100);
        assert!(text.contains("1: The dog runs") && text.contains("× 1: Outside in"), "{text}");
        // Rows of another explanation.
        alignment(&sized(1), &garden().align(&AlignOptions::default()), 100);
    }

    #[test]
    fn json_reads_back_as_the_explanation_and_holds_the_rows() {
        let e = garden();
        let pairs = e.align(&AlignOptions::default());
        let text = alignment_json(&e, &pairs);
        assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), e);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let listed = value["alignment"].as_array().unwrap();
        assert_eq!(listed.len(), pairs.len());
        assert_eq!(listed[0]["a"].as_u64(), Some(pairs[0].a as u64));
        assert_eq!(listed[0]["weight"].as_f64(), Some(1.0));
    }
}
