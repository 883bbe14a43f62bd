//! Words that say little by themselves: articles, pronouns, prepositions, auxiliaries. Negations
//! are not among them.

use std::collections::HashSet;

/// By language, the most usual one first.
const LISTS: [&str; 4] = [
    "a about after all also am an and any are as at be because been before being both but by can could did do does \
     done down each for from had has have having he her here him his how i if in into is it its just may me might \
     mine must my of off on or other our out over own same shall she should since so some such than that the their \
     them then there these they this those to too under up us was we were what when where which while who whom \
     whose why will with would you your yours",
    "aber als am an auch auf aus bei bin bis bist da das dass dein deine dem den denn der des dich die dies diese \
     dieser dieses dir du durch ein eine einem einen einer eines er es euch euer für gegen habe haben hat hatte \
     hatten ich ihm ihn ihnen ihr ihre im in ist kann können man mein meine mich mir mit muss müssen nach noch oder \
     schon sein seine sich sie sind so soll sollen um und uns unser unsere unter von vor wann war waren warum was \
     wenn wer werden wie wir wird wo wurde wurden zu zum zur über",
    "a ai au aussi aux avaient avait avec avez avoir avons c car ce ces cet cette comme comment d dans de des donc \
     dont du elle elles en est et eux fait il ils j je l la le les leur leurs lui m ma mais me mes mon même nos \
     notre nous on ont ou où par peut pour pourquoi qu quand que qui quoi s sa se ses si son sont sous sur t ta te \
     tes ton tous tout toute toutes tu un une vos votre vous y à étaient était été être",
    "a al aquí como con cual cuando cuál cómo de del desde donde e el ella ellas ellos en entre era eran es esa ese \
     eso esta estas este esto estos está están fue ha haber había han hasta hay la las le les lo los me mi mis nos \
     nosotros o para pero por porque que quien qué se ser si sido sino sobre son su sus también te tu tus tú un una \
     unas uno unos y yo él",
];

/// The function words of a text's language, which is the one whose list holds most of its words.
pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> HashSet<&'static str> {
    let lists = LISTS.map(|list| list.split_whitespace().collect::<HashSet<_>>());
    let mut counts = [0; LISTS.len()];
    for word in words {
        let word = word.to_lowercase();
        counts.iter_mut().zip(&lists).for_each(|(count, list)| *count += usize::from(list.contains(word.as_str())));
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let language = counts.iter().position(|&count| count == most).unwrap_or_default();
    lists.into_iter().nth(language).unwrap_or_default()
}

/// Whether a word in lower case is a function word of one of the languages.
pub(crate) fn is_any(word: &str) -> bool {
    LISTS.iter().any(|list| list.split_whitespace().any(|one| one == word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_language_is_that_of_most_words() {
        let of = |text: &'static str| super::of(text.split(' '));
        // "Pour" and "war" are function words elsewhere.
        let english = of("Pour the water after the war");
        assert!(english.contains("the") && !english.contains("pour") && !english.contains("war"));
        assert!(of("Der Hund war in dem Haus").contains("war"));
        assert!(of("Le chien est dans la maison").contains("est"));
        assert!(of("El perro está en la casa").contains("está"));
        assert!(!of("x y z").contains("not"));
        assert!(["the", "avec", "porque", "wurde"].into_iter().all(super::is_any));
        assert!(["", "invoice", "th", "the a", "not", "nicht"].into_iter().all(|word| !super::is_any(word)));
    }
}
