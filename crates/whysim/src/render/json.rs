//! JSON: the whole explanation, with full precision.

use crate::Explanation;

/// The explanation as JSON that parses back into an equal [`Explanation`]. Each field, token and
/// matrix row has its own line.
pub fn json(e: &Explanation) -> String {
    // Writing plain structs to memory cannot fail: every map key is a string.
    laid_out(&serde_json::to_string(e).unwrap_or_default())
}

/// Breaks compact JSON into lines: objects down to the second level, and arrays of arrays or of
/// objects.
pub(super) fn laid_out(compact: &str) -> String {
    let mut out = String::with_capacity(compact.len() * 5 / 4);
    let mut broken: Vec<bool> = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = compact.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                let nested = matches!(chars.peek(), Some('{' | '['));
                broken.push(if c == '[' { nested } else { broken.len() < 2 });
                out.push(c);
                new_line(&mut out, &broken, "");
            }
            '}' | ']' => {
                if broken.pop() == Some(true) {
                    new_line(&mut out, &vec![true; broken.len()], "");
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, &broken, " ");
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out.push('\n');
    out
}

/// A new line at the depth of the innermost container if that one is broken; `otherwise` if not.
fn new_line(out: &mut String, broken: &[bool], otherwise: &str) {
    if broken.last() == Some(&false) {
        out.push_str(otherwise);
    } else {
        out.push('\n');
        out.push_str(&"  ".repeat(broken.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Truncated;
    use crate::explanation::sample::{garden, sized};
    use crate::similarity::Similarity;
    use crate::text::Unit;

    #[test]
    fn reads_back_equal_and_holds_what_serde_holds() {
        let mut odd = sized(5);
        odd.a.text = "\"quo\\ted\\\"{[,:]}\u{1b}\n日本\u{2028}</script>".into();
        odd.a.truncated = Some(Truncated { read: 5, of: 9 });
        odd.similarity = Similarity::Dot;
        (odd.matrix[1][1], odd.score, odd.error) = (f32::MIN_POSITIVE, 1.0 / 3.0, -1e-300);
        for e in [garden(), garden().by(Unit::Word), odd] {
            let text = json(&e);
            assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), e);
            let compact: serde_json::Value = serde_json::from_str(&serde_json::to_string(&e).unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), compact);
        }
    }

    #[test]
    fn every_f32_reads_back() {
        let mut e = sized(3);
        let mut bits = 1u32;
        for _ in 0..2000 {
            bits = bits.wrapping_mul(1664525).wrapping_add(1013904223);
            let value = f32::from_bits(bits);
            if value.is_finite() {
                e.matrix[0][0] = value;
                assert_eq!(serde_json::from_str::<Explanation>(&json(&e)).unwrap().matrix[0][0], value);
            }
        }
    }

    #[test]
    fn fields_come_in_the_documented_order() {
        let text = json(&garden());
        let keys: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  \"").and_then(|rest| rest.split_once('"')).map(|(key, _)| key))
            .collect();
        let expected = "model layer layers similarity exact by method rule reference precision steps gaps tolerances score sum error bound \
                        terms a b matrix border converged relevance effects interaction";
        assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
        assert!(text.contains("\n  \"steps\": [16, 16],\n"));
        assert_eq!(text.lines().filter(|line| line.starts_with("    [")).count(), 24);
    }
}
