//! Explained pairs as JSON lines: an explanation's JSON on each, with its number, name and gold
//! score.

use std::path::Path;

use serde::Deserialize;

use super::Explained;
use crate::error::{Error, Result};

/// One line for each pair.
pub fn to_lines(pairs: &[Explained]) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    pairs.iter().map(|pair| serde_json::to_string(pair).unwrap_or_default() + "\n").collect()
}

/// The keys that a line has beside an explanation's.
#[derive(Deserialize)]
struct Beside {
    name: Option<String>,
    pair: Option<usize>,
    gold: Option<f64>,
}

/// Reads what [`to_lines`] wrote; explanations without the additional keys are numbered by their
/// lines. Empty lines are left out. place: the file, for errors.
///
/// # Errors
/// If a line is no explanation; the error names it.
pub fn from_lines(text: &str, place: &Path) -> Result<Vec<Explained>> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let one = |(line, number): (&str, usize)| {
        let wrong = |e: serde_json::Error| Error::malformed(place, format!("line {number} is no explanation: {e}"));
        let beside: Beside = serde_json::from_str(line).map_err(wrong)?;
        // Read by itself: through a flattened field every f32 would be an f64 on its way.
        let explanation = serde_json::from_str(line).map_err(wrong)?;
        Ok(Explained { name: beside.name, number: beside.pair.unwrap_or(number), gold: beside.gold, explanation })
    };
    lines.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn lines_read_back_to_the_same_bits() {
        let mut odd = garden();
        odd.a.text = "line\nbreak \u{2028} \"quoted\"".into();
        let pairs = [
            Explained { name: Some("a\nb".into()), number: 3, gold: Some(0.1 + 0.2), explanation: odd },
            Explained { name: None, number: 4, gold: None, explanation: sized(9) },
        ];
        let text = to_lines(&pairs);
        assert_eq!(text.lines().count(), 2);
        assert_eq!(from_lines(&text, Path::new("x.jsonl")).unwrap(), pairs);
        // Plain explanations do too.
        let plain = format!("\n{}\n\n", serde_json::to_string(&garden()).unwrap());
        let read = from_lines(&plain, Path::new("x.jsonl")).unwrap();
        assert_eq!((read.len(), read[0].number, &read[0].explanation), (1, 2, &garden()));
    }

    #[test]
    fn what_is_no_explanation_is_named_by_its_line() {
        let text =
            to_lines(&[Explained { name: None, number: 1, gold: None, explanation: garden() }]) + "{\"score\": 1}\n";
        let error = from_lines(&text, Path::new("x.jsonl")).unwrap_err().to_string();
        assert!(error.contains("x.jsonl") && error.contains("line 2 is no explanation"), "{error}");
    }
}
