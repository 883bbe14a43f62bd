//! Whether a change of words is a change of negation: by lists of words in English, German, French
//! and Spanish. What is not in the lists is not seen.

/// Words that negate by themselves.
const NEGATIONS: &[&str] = &[
    // English
    "not", "no", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "without", "cannot", "hardly",
    // German; `kein` with all its endings is seen by its beginning
    "nicht", "nie", "niemals", "niemand", "nichts", "nirgends", "ohne", "weder", // French
    "ne", "pas", "jamais", "aucun", "aucune", "rien", "sans", "ni", "non", // Spanish
    "nunca", "jamás", "nada", "nadie", "ningún", "ninguno", "ninguna", "sin", "tampoco",
];

/// Words that come or go with a negation and say nothing by themselves.
const CARRIERS: &[&str] = &[
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "am",
    "can",
    "could",
    "will",
    "would",
    "should",
    "has",
    "have",
    "had",
    "must",
    "may",
    "a",
    "an",
    "the",
    "any",
    "some",
    "anything",
    "something",
    "ever",
    "always",
    "with",
    "ein",
    "eine",
    "einen",
    "einem",
    "einer",
    "eines",
    "mit",
    "immer",
    "un",
    "une",
    "de",
    "des",
    "du",
    "avec",
    "toujours",
    "una",
    "con",
    "siempre",
    "algo",
    "alguien",
];

/// Words that come or go with a negation, next to it or elsewhere in the sentence: `no longer`,
/// `not … any more`, `nicht mehr`, `kein … mehr`, `ne … plus`, `ya no`.
const COMPANIONS: &[&str] = &[
    // English
    "any", "more", "anymore", "longer", "yet", "either", "already", "still", // German
    "mehr", "noch", "schon", "bereits", "gar", // French
    "plus", "encore", "déjà", // Spanish
    "ya", "más", "todavía", "aún",
];

/// Words that begin with `un` and negate nothing.
const PLAIN: &[&str] = &["under", "until", "unless", "unit", "unite", "union", "unter", "unten"];

/// Whether two runs of words in lower case, one in place of the other, differ in a negation and
/// say the same otherwise, as far as lists and beginnings of words tell: one of them negates, and
/// the other does not.
pub(super) fn differs(a: &[&str], b: &[&str]) -> bool {
    if let ([a], [b]) = (a, b)
        && (is_opposite(a, b) || is_opposite(b, a))
    {
        return true;
    }
    let [left, right] = [a, b].map(|words| words.iter().filter_map(|word| rest(word)).collect::<Vec<&str>>());
    let [of_a, of_b] = [a, b].map(|words| words.iter().any(|word| is_negation(word)));
    of_a != of_b && left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| alike(a, b))
}

/// Whether words that came, went or changed belong to a negation that stands elsewhere.
pub(super) fn accompanies(a: &[&str], b: &[&str]) -> bool {
    let mut both = a.iter().chain(b).peekable();
    both.peek().is_some() && both.all(|word| COMPANIONS.contains(word))
}

pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't") || word.starts_with("kein") || elided(word).is_some()
}

/// What a word says beside its negation; None if that is nothing.
fn rest(word: &str) -> Option<&str> {
    let bare = elided(word).unwrap_or(word);
    let says =
        !CARRIERS.contains(&bare) && !COMPANIONS.contains(&bare) && !NEGATIONS.contains(&bare) && !is_negation(bare);
    says.then_some(bare)
}

/// The verb behind a French `n'`.
fn elided(word: &str) -> Option<&str> {
    word.strip_prefix("n'").filter(|rest| !rest.is_empty())
}

fn is_opposite(word: &str, other: &str) -> bool {
    let bare = other.strip_prefix("un").or(other.strip_prefix("non"));
    bare == Some(word) && word.chars().count() > 3 && !PLAIN.contains(&other)
}

/// Whether two words are the same but for an ending, as `likes` and `like` are.
fn alike(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let [a, b] = [a, b].map(|word| word.chars().count() - shared);
    (a == 0 && b == 0) || (shared >= 3 && a <= 3 && b <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negation_comes_with_its_verb_and_article() {
        let cases: [(&[&str], &[&str]); 13] = [
            (&["is"], &["isn't"]),
            (&["likes"], &["does", "not", "like"]),
            (&[], &["never"]),
            (&["a"], &["no"]),
            (&["ein"], &["kein"]),
            (&["est"], &["n'est", "pas"]),
            (&["fair"], &["unfair"]),
            (&["with"], &["without"]),
            (&["can"], &["can", "not"]),
            (&[], &["no", "longer"]),
            (&["still"], &["no", "longer"]),
            (&["noch"], &["nicht", "mehr"]),
            (&[], &["ya", "no"]),
        ];
        for (a, b) in cases {
            assert!(differs(a, b) && differs(b, a), "{a:?} {b:?}");
        }
    }

    #[test]
    fn other_words_are_not_negations() {
        let cases: [(&[&str], &[&str]); 9] = [
            (&["likes"], &["does", "not", "hate"]),
            // Both negate.
            (&["no", "longer", "works"], &["does", "not", "work", "any", "more"]),
            (&["never"], &["did", "not"]),
            (&[], &["noch"]),
            (&[], &["any", "more"]),
            (&["red"], &["blue"]),
            (&["is"], &["was"]),
            (&["less"], &["unless"]),
            (&[], &["a"]),
        ];
        for (a, b) in cases {
            assert!(!differs(a, b) && !differs(b, a), "{a:?} {b:?}");
        }
    }
}
