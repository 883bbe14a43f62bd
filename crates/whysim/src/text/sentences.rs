//! Sentences: Unicode's (UAX #29), without those that end with an abbreviation.
//!
//! Unicode ends a sentence at every full stop before a capital letter, "Dr. Smith" included. A list
//! of abbreviations says where it does not. Those that end sentences as often as not, such as
//! "etc." and "Inc.", are not in it.

use unicode_segmentation::UnicodeSegmentation;

use super::function_words;

/// Titles, which a name follows: English, German, French, Spanish and Portuguese, Italian, Dutch.
/// Without full stops.
const TITLES: &str = "Dr Mr Mrs Ms Mx Prof St Rev Hon Gen Col Maj Capt Lt Sgt Cmdr Adm Gov Sen Rep Pres Supt Messrs Mt Ft \
                      Hr Hrn Fr Frl Dipl Ing Mme Mmes Mlle Mlles Mgr Sr Sra Srta Dra Dña Lic Ud Uds Sto Sta Exmo Exma \
                      Sig Sigg Dott Avv Dhr Mevr Drs Jhr dr prof sr sra sig dott dhr mevr";

/// In the middle of a sentence: the same languages. In lower case, without full stops.
const BEFORE_WORDS: &str = "vs eg ie cf viz approx al zb dh ua bzw ca ggf vgl evtl inkl exkl geb gest sog bspw env av pex pej pes \
                            bijv nl";

/// Before a number only.
const BEFORE_NUMBERS: &str = "no nos nr nrn nro núm num fig figs abb vol bd eq eqs sec ch chap art arts pp p pg pág pag págs s \
                              tab kap ziff abs pt rn blz tel ed est op";

/// The sentences of a text, which together are all of it, spaces between them included.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for piece in text.split_sentence_bounds() {
        if end > start && !goes_on(&text[start..end], piece) {
            found.push(&text[start..end]);
            start = end;
        }
        end += piece.len();
    }
    if end > start {
        found.push(&text[start..end]);
    }
    found
}

/// Whether a sentence goes on after a full stop.
fn goes_on(before: &str, after: &str) -> bool {
    let before_stop = before.trim_end();
    let is_one_line = !before[before_stop.len()..].contains(['\n', '\r', '\u{2028}', '\u{2029}']);
    let Some(stem) = before_stop.strip_suffix('.').filter(|_| is_one_line) else { return false };
    let Some(first) = after.trim_start().chars().next() else { return false };
    let last = last_word(stem);
    let written: String = last.chars().filter(|c| *c != '.').collect();
    let word = written.to_lowercase();
    let is_in = |list: &str, word: &str| list.split_whitespace().any(|one| one == word);
    let is_enumerator = stem.trim() == last && word.chars().count() <= 3 && word.chars().all(char::is_numeric);
    is_enumerator
        || (first.is_numeric() && is_in(BEFORE_NUMBERS, &word))
        || (first.is_alphanumeric() && (is_in(TITLES, &written) || is_in(BEFORE_WORDS, &word)))
        || (first.is_uppercase() && is_initial(last) && is_name(&stem[..stem.len() - last.len()], last, after))
}

/// What stands behind the last space, without opening brackets and quotation marks.
fn last_word(stem: &str) -> &str {
    let word = stem.rsplit(char::is_whitespace).next().unwrap_or(stem);
    word.trim_start_matches(|c: char| !c.is_alphanumeric())
}

/// A single capital letter, or several with full stops between them, as of names.
fn is_initial(word: &str) -> bool {
    word.split('.').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    })
}

/// Whether initials stand in a name: before no function word, with which a sentence would begin,
/// and behind nothing, a capitalised word or a function word ("by J. Smith", but "vitamin C").
fn is_name(before: &str, initials: &str, after: &str) -> bool {
    let after = after.trim_start();
    let next: String = after.chars().take_while(|c| c.is_alphabetic()).collect();
    let is_followed_by_initial = next.chars().count() == 1 && after[next.len()..].starts_with('.');
    if is_followed_by_initial {
        return true;
    }
    let leads = |word: &str| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        letters.starts_with(char::is_uppercase) || function_words::is_any(letters)
    };
    let previous = before.split_whitespace().next_back();
    !function_words::is_any(&next.to_lowercase()) && (initials.contains('.') || previous.is_none_or(leads))
}

#[cfg(test)]
mod tests {
    use super::sentences;

    /// Sentences are written with `|` between them.
    fn check(written: &str) {
        let text = written.replace('|', "");
        assert_eq!(sentences(&text).join("|"), written);
        assert_eq!(sentences(&text).concat(), text);
    }

    #[test]
    fn abbreviations_end_no_sentence() {
        for written in [
            "Dr. Smith called. |He was late.",
            "Mr. and Mrs. Jones met Prof. Lee in St. Louis. |Nobody knew.",
            "Use a name, e.g. Anna. |Others, i.e. Bob, did not.",
            "See Fig. 3 Section B and No. 5 Main Street. |No. |I do not.",
            "It was Apollo vs. Artemis. |They (cf. Smith 2020) agree.",
            "John F. Kennedy met J. K. Rowling and J.R.R. Tolkien. |It was fun.",
            "A book by J. Smith of the U.S. Navy. |It was fun in the U.S. |They left.",
            "We had a plan B. |Then we had none. |Take vitamin C. |It helps.",
            "Herr Dr. Müller wohnt z.B. Berlin gegenüber. |Vgl. Abb. 2 Seite 4. |Gut.",
            "M. Dupont et Mme. Durand sont venus. |Ils dorment.",
            "El Sr. García y la Sra. López llegaron. |Nada más.",
            "Il Sig. Rossi e il Dott. Bianchi. |Fine.",
            "Dhr. Jansen komt, bijv. Maandag. |Ja.",
            "Lee et al. Proved it. |Yes.",
        ] {
            check(written);
        }
    }

    #[test]
    fn everything_else_ends_as_unicode_has_it() {
        for written in [
            "",
            "One. |Two! |Three? |Four",
            "We sell pens, paper, etc. |Prices are low.",
            "It was made by Acme Inc. |Nobody bought it.",
            "He said I am. |Anna left.",
            "It took 5 ms. |The rest took me. |Bananas have no vitamin D. |Oranges do.",
            "The doctor is called Dr.\n|Smith is another.",
            "1. First of all. |2. Second.",
            "It was 1999. |Then came 2000.",
            "猫が寝る。|犬が走る。",
            "Wait...|What? |",
        ] {
            let text = written.replace('|', "");
            assert_eq!(sentences(&text).concat(), text);
            let expected: Vec<&str> = written.split('|').filter(|one| !one.is_empty()).collect();
            assert_eq!(sentences(&text), expected, "{written}");
        }
    }
}
