//! Function words of English, German, French and Spanish: they stand in most texts, and that they
//! carry similarity says nothing.

/// Words by language, with single spaces; what stands in an earlier line is not repeated.
const WORDS: &[&str] = &[
    // English
    "a an the since while because this that these those and or but nor if than then as of in on at to",
    "from by for with without about into over under after before up down out off i you he she it we they",
    "me him her us them my your his its our their mine yours is am are was were be been being do does did",
    "done has have had having can could will would shall should may might must not no yes so too very",
    "there here what which who whom whose when where why how all any some each both more most other such",
    "only own same just also",
    // German
    "der die das den dem des ein eine einen einem einer eines und oder aber denn wenn als wie von im zu",
    "zum zur mit ohne für auf aus bei nach vor über unter durch gegen um bis ich du er sie es wir ihr",
    "mich mir dich dir ihn ihm uns euch ihnen mein dein sein unser euer ist bin bist sind war waren wird",
    "werden wurde wurden hat habe haben hatte hatten kann können muss müssen soll sollen nicht kein keine",
    "keinen auch nur noch schon sehr dass sich man wer wo wann warum dieser diese dieses",
    // French
    "le la les un une au aux et ou mais donc ni car si que qui quoi dont où ce cet cette ces mon ma mes",
    "ton ta tes son sa ses notre nos votre vos leur leurs je tu il elle nous vous ils elles se ne pas",
    "plus en y dans sur sous avec sans pour par de est sont était étaient être été ai avons avez ont",
    "avait avaient avoir fait peut très aussi même tout tous toute toutes",
    // Spanish
    "el lo los las unos unas una o pero sino porque como del al con sin para por sobre entre hasta desde",
    "yo tú él ella nosotros ellos ellas te mi su mis tus sus era eran ser sido fue ha han había haber hay",
    "sí ya muy más también este esta estos estas ese esa eso aquí donde cuando quien cual",
];

/// Whether a word in lower case is a function word.
pub(super) fn is_function(word: &str) -> bool {
    WORDS.iter().any(|line| line.split(' ').any(|one| one == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_words_are_told_from_others() {
        assert!(["the", "nicht", "avec", "porque"].into_iter().all(is_function));
        assert!(["", "invoice", "th", "the a"].into_iter().all(|word| !is_function(word)));
    }
}
