//! The words of a text, with what their form says of them.

use std::collections::HashSet;

use super::contraction::pieces;
use crate::text::{Token, Unit, segment};

/// A word, or a mark.
pub(super) struct Word {
    /// Where it stands. The two words of a contraction have one token.
    pub token: Token,
    /// In lower case, with typographic apostrophes made plain, and a number in letters in digits:
    /// `two` and `2` are the same word.
    pub folded: String,
    /// Whether it is a number, in digits or in letters, or a sign of one.
    pub is_number: bool,
    /// Whether it looks like a name.
    pub is_name: bool,
    /// Whether it has no letter and no digit, and is no sign of a number.
    pub is_mark: bool,
}

/// Numbers in letters, in English, German, French and Spanish. What is an article or another word,
/// too, is left out.
const NUMBERS: &[(&str, &[&str])] = &[
    ("2", &["two", "zwei", "deux", "dos"]),
    ("3", &["three", "drei", "trois", "tres"]),
    ("4", &["four", "vier", "quatre", "cuatro"]),
    ("5", &["five", "fünf", "cinq", "cinco"]),
    ("6", &["six", "sechs", "seis"]),
    ("7", &["seven", "sieben", "sept", "siete"]),
    ("8", &["eight", "acht", "huit", "ocho"]),
    ("9", &["nine", "neun", "neuf", "nueve"]),
    ("10", &["ten", "zehn", "dix", "diez"]),
    ("11", &["eleven", "elf", "onze"]),
    ("12", &["twelve", "zwölf", "douze", "doce"]),
    ("20", &["twenty", "zwanzig", "vingt", "veinte"]),
    ("100", &["hundred", "hundert", "cien"]),
    ("1000", &["thousand", "tausend", "mille"]),
    ("1000000", &["million", "millionen", "millions", "millones"]),
];

/// Marks that change the number that they touch.
const SIGNS: &[char] = &['%', '‰', '°', '$', '€', '£', '¥', '<', '>', '≤', '≥', '±', '≠'];

/// The words and marks of a text, by Unicode's word boundaries.
pub(super) fn words(text: &str) -> Vec<Word> {
    let chars: Vec<char> = text.chars().collect();
    let starts: HashSet<usize> = segment(text, Unit::Sentence).iter().map(|sentence| sentence.start).collect();
    let mut words: Vec<Word> = Vec::new();
    // A quotation mark or a bracket before the first word of a sentence leaves it the first.
    let mut begins = true;
    for token in segment(text, Unit::Word) {
        begins |= starts.contains(&token.start);
        let has_letter = token.text.chars().any(char::is_alphanumeric);
        let folded = token.text.to_lowercase().replace('’', "'");
        let number = NUMBERS.iter().find(|(_, letters)| letters.contains(&folded.as_str()));
        let folded = number.map_or(folded, |(digits, _)| (*digits).to_owned());
        let is_sign = !has_letter && is_sign(&chars, &token);
        let digits = token.text.chars().any(char::is_numeric);
        let upper = token.text.chars().next().is_some_and(char::is_uppercase);
        for (nth, folded) in pieces(&folded).into_iter().enumerate() {
            words.push(Word {
                is_number: digits || is_sign || number.is_some(),
                is_name: upper && !begins && nth == 0 && folded != "i" && !folded.starts_with("i'"),
                is_mark: !has_letter && !is_sign,
                folded,
                token: token.clone(),
            });
        }
        begins = (begins && !has_letter) || words.last().is_some_and(|word| matches!(word.folded.as_str(), ":" | "•"));
    }
    if is_shouted(&words) {
        words.iter_mut().for_each(|word| word.is_name = false);
    }
    words
}

/// Whether so many words are capitalised, as in titles, that it says nothing.
fn is_shouted(words: &[Word]) -> bool {
    let letters = |word: &&Word| word.folded.chars().any(char::is_alphabetic);
    let all = words.iter().filter(letters).count();
    all > 3 && 2 * words.iter().filter(|word| word.is_name).count() > all
}

/// Whether a mark belongs to a number: it touches one, or as a plus or a minus stands right before
/// one and after none.
fn is_sign(chars: &[char], token: &Token) -> bool {
    let before = token.start.checked_sub(1).and_then(|at| chars.get(at)).copied();
    let after = chars.get(token.end).copied();
    let is_digit = |c: Option<char>| c.is_some_and(char::is_numeric);
    match token.text.as_str() {
        "-" | "−" | "+" => is_digit(after) && !before.is_some_and(char::is_alphanumeric),
        text => text.chars().all(|c| SIGNS.contains(&c)) && (is_digit(before) || is_digit(after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, which: fn(&Word) -> bool) -> Vec<String> {
        words(text).into_iter().filter(which).map(|word| word.token.text).collect()
    }

    #[test]
    fn numbers_have_digits_letters_and_signs() {
        let text = "It fell by 10.5% to -3 in ten days, covid-19 or 10-12, (+4) $5.";
        assert_eq!(of(text, |w| w.is_number), ["10.5", "%", "-", "3", "ten", "19", "10", "12", "+", "4", "$", "5"]);
        assert_eq!(of(text, |w| w.is_mark), [",", "-", "-", ",", "(", ")", "."]);
    }

    #[test]
    fn names_are_capitalised_inside_a_sentence() {
        assert_eq!(of("We saw Anna in Rome. \"The cat,\" I said.", |w| w.is_name), ["Anna", "Rome"]);
        assert_eq!(of("How To Make Good Coffee At Home", |w| w.is_name), [""; 0]);
    }
}
