//! English contractions, written out: `can't`, `cannot` and `can not` are the same words.

/// Words after which `'s` is `is` (or `has`), and no possessive.
const SUBJECTS: &[&str] = &["it", "he", "she", "that", "there", "here", "what", "who", "where", "how"];

/// Verbs that are often negated without an apostrophe. `dont` is missing: it is a French word.
const PLAIN: &[&str] =
    &["ca", "wo", "does", "did", "is", "are", "was", "were", "could", "would", "should", "has", "have", "had", "must"];

/// The words of one word in lower case, as they are written out; one word for most.
pub(super) fn pieces(word: &str) -> Vec<String> {
    let [first, second] = match split(word) {
        Some(pieces) => pieces,
        None => return vec![word.to_owned()],
    };
    vec![first.to_owned(), second.to_owned()]
}

fn split(word: &str) -> Option<[&str; 2]> {
    if word == "cannot" {
        return Some(["can", "not"]);
    }
    if word == "let's" {
        return Some(["let", "us"]);
    }
    let bare = || word.strip_suffix("nt").filter(|verb| PLAIN.contains(verb));
    match word.strip_suffix("n't").or_else(bare) {
        Some("ca") => return Some(["can", "not"]),
        Some("wo") => return Some(["will", "not"]),
        Some("sha") => return Some(["shall", "not"]),
        Some(verb) if !matches!(verb, "" | "ai") => return Some([verb, "not"]),
        _ => {}
    }
    let (subject, verb) = word.split_once('\'')?;
    let verb = match verb {
        "m" => "am",
        "re" => "are",
        "ve" => "have",
        "ll" => "will",
        "s" if SUBJECTS.contains(&subject) => "is",
        _ => return None,
    };
    (!subject.is_empty()).then_some([subject, verb])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contractions_are_written_out_and_other_words_are_not() {
        let cases = [
            ("can't", "can not"),
            ("cannot", "can not"),
            ("cant", "can not"),
            ("won't", "will not"),
            ("shan't", "shall not"),
            ("isn't", "is not"),
            ("i'm", "i am"),
            ("they've", "they have"),
            ("it's", "it is"),
            ("let's", "let us"),
            ("anna's", "anna's"),
            ("ain't", "ain't"),
            ("dont", "dont"),
            ("n't", "n't"),
            ("want", "want"),
            ("l'eau", "l'eau"),
        ];
        for (word, written) in cases {
            assert_eq!(pieces(word).join(" "), written);
        }
    }
}
