//! Words that say little by themselves: articles, pronouns, prepositions, auxiliaries. Negations
//! are not among them.

use std::collections::HashSet;

/// By language, the most usual one first.
const LISTS: [&str; 4] = [
    "a am an and are as at be been being but by can could did do does for from had has have he her here him his how i if \
     in into is it its may me might must my of on or our shall she should so than that the their them then there these \
     they this those to us was we were what when where which who whom whose why will with would you your",
    "aber als am an auf aus bei bin bist da das dass dein deine dem den der des die dies diese dieser dieses du durch ein \
     eine einem einen einer eines er es euch für hat hatte habe haben ich ihm ihn ihr ihre im in ist kann können mein \
     meine mich mir mit nach oder sein seine sich sie sind so um und uns unser unsere von vor war waren warum was wenn wer \
     werden wie wir wird wo wurde zu zum zur über",
    "a ai au aux avec c ce ces cet cette comme comment d dans de des du elle elles en est et eux il ils j je l la le les \
     leur leurs lui m ma mais me mes mon même nos notre nous on ont ou où par pour pourquoi qu quand que qui quoi s sa se \
     ses son sont sur t ta te tes ton tu un une vos votre vous y à était été être",
    "a al como con cuando cuál cómo de del donde e el ella ellas ellos en entre era es esa ese eso esta estas este esto \
     estos está están fue ha han hay la las le les lo los me mi mis nos nosotros o para pero por porque que quien qué se \
     ser si sobre son su sus también te tu tus un una unas uno unos y yo él",
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
    }
}
