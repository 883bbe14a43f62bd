use super::*;
use crate::explanation::Truncated;
use crate::explanation::sample::{garden, sized};

/// The JSON between the script tags.
fn embedded(page: &str) -> serde_json::Value {
    let after = page.split_once("<script type=\"application/json\" class=\"ws-data\">").unwrap().1;
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn both_levels_are_embedded_to_the_last_digit() {
    let e = garden();
    let data = embedded(&html(&e));
    let back = |i: usize| serde_json::from_str::<Explanation>(&data["explanations"][i].to_string()).unwrap();
    assert_eq!(back(0), e);
    assert_eq!(back(1), e.by(Unit::Word));
    assert!(html(&e).contains("0.3424"));
}

#[test]
fn no_text_breaks_out() {
    let mut e = garden();
    let evil = "</script><script>alert(1)</script><!-- \"'&\u{2028}\u{0}\u{1b}{{data}} <img src=x onerror=alert(2)>";
    e.a.text = evil.into();
    (e.model, e.rule, e.reference) = (evil.into(), evil.into(), evil.into());
    for token in &mut e.a.tokens {
        token.text = evil.into();
    }
    let page = html(&e);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!-- \""));
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
    assert_eq!(embedded(&page)["explanations"][0]["a"]["text"], evil);
}

#[test]
fn nothing_is_fetched_and_no_place_is_left_empty() {
    let page = html(&garden());
    for network in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(network), "{network}");
    }
    assert!(!page.contains("{{") && !page.contains("}}</"));
}

#[test]
fn fragments_share_a_page() {
    let fragment = fragment(&garden());
    assert!(!fragment.contains(" id=\""));
    assert!(!fragment.contains("<html") && !fragment.contains("<body"));
    for rule in STYLE.split('}').map(str::trim).filter(|rule| !rule.is_empty() && !rule.starts_with('@')) {
        let selectors = rule.split('{').next().unwrap();
        let selectors = selectors.rsplit("*/").next().unwrap();
        for selector in selectors.split(',') {
            assert!(selector.trim().starts_with(".whysim"), "{selector} is not scoped");
        }
    }
}

#[test]
fn sentences_are_offered_where_there_are_several() {
    let units = |e: &Explanation| views(e).iter().map(|view| view.by).collect::<Vec<_>>();
    assert_eq!(units(&garden()), [Unit::Token, Unit::Word]);
    assert_eq!(units(&garden().by(Unit::Word)), [Unit::Word]);
    let mut two = garden();
    two.a.text = "The dog runs. After the kitten in the yard.".into();
    assert_eq!(units(&two), [Unit::Token, Unit::Word, Unit::Sentence]);
}

#[test]
fn warnings_and_odd_sizes() {
    let mut e = sized(60);
    e.b.truncated = Some(Truncated { read: 60, of: 99 });
    assert!(html(&e).contains("60 of 99"));
    e.a.tokens.clear();
    e.matrix.clear();
    html(&e);
}
