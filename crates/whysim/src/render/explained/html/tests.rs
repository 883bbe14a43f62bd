use super::*;
use crate::explanation::Truncated;
use crate::explanation::sample::{garden, sized};

fn pairs() -> Vec<Explained> {
    let pair = |number: usize, gold: Option<f64>| Explained { name: None, number, gold, explanation: garden() };
    vec![pair(1, Some(0.5)), pair(2, None), Explained { explanation: sized(7), ..pair(3, Some(0.25)) }]
}

#[test]
fn style_and_script_are_there_once_and_data_for_every_pair() {
    let page = explained_html(&pairs(), &ExplainedPage::default());
    assert_eq!(page.matches("<template>").count(), 3);
    assert_eq!(page.matches("class=\"ws-data\"").count(), 3);
    assert_eq!(page.matches("class HeatMap").count(), 1);
    assert_eq!(page.matches(".whysim .ws-body").count(), OF_PAIR.matches(".whysim .ws-body").count());
    assert!(page.contains("3 of 3") && page.contains("against 2 gold scores"));
    assert!(!page.contains("{{") && !page.contains("http://") && !page.contains("https://"));
}

#[test]
fn errors_can_be_sorted_by_where_there_is_gold() {
    let page = explained_html(&pairs(), &ExplainedPage::default());
    let error = garden().score - 0.5;
    assert!(page.contains(&format!("data-error=\"{error:e}\"")) && page.contains("value=\"miss-down\""));
    assert_eq!(page.matches(" data-miss=").count(), 2);
    let without: Vec<Explained> = pairs().into_iter().map(|pair| Explained { gold: None, ..pair }).collect();
    let page = explained_html(&without, &ExplainedPage::default());
    assert!(!page.contains("miss-down") && !page.contains(" data-error=") && !page.contains("gold scores"));
}

#[test]
fn no_text_breaks_out() {
    let evil = "</template></script><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\u{1b}{{pairs}}";
    let mut pairs = pairs();
    pairs[0].name = Some(evil.into());
    pairs[0].explanation.a.text = evil.into();
    pairs[0].explanation.model = evil.into();
    pairs[0].explanation.a.tokens.iter_mut().for_each(|token| token.text = evil.into());
    let options = ExplainedPage { title: Some(evil.into()), note: Some(evil.into()), view: None };
    let page = explained_html(&pairs, &options);
    // One for the pairs' script, one for the page's; and for each pair its data.
    assert_eq!(page.matches("<script").count(), 2 + pairs.len());
    assert_eq!(page.matches("</template>").count(), pairs.len());
    for wrong in ["<img", "\u{1b}"] {
        assert_eq!(page.find(wrong).map(|at| &page[at.saturating_sub(200)..at]), None);
    }
}

#[test]
fn words_are_listed_where_there_are_enough_pairs_with_gold() {
    let many: Vec<Explained> = (0..12).flat_map(|_| pairs()).filter(|pair| pair.gold.is_some()).collect();
    let page = explained_html(&many, &ExplainedPage::default());
    assert!(page.contains("Words that go with errors") && page.contains("data-find=\"kitten\""));
    assert!(!explained_html(&pairs(), &ExplainedPage::default()).contains("Words that go with errors"));
}

#[test]
fn warnings_are_in_the_list() {
    let mut pairs = pairs();
    pairs[1].explanation.b.truncated = Some(Truncated { read: 5, of: 9 });
    let page = explained_html(&pairs, &ExplainedPage::default());
    assert!(page.contains("<span class=\"warn\">text B is too long") && page.contains("warned-down"));
}
