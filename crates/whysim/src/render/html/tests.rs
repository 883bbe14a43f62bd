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
    let data = embedded(&html(&e, &Html::default()));
    let back = |i: usize| serde_json::from_str::<Explanation>(&data["explanations"][i].to_string()).unwrap();
    assert_eq!(back(0), e);
    assert_eq!(back(1), e.by(Unit::Word));
    assert!(html(&e, &Html::default()).contains("0.3424"));
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
    let page = html(&e, &Html::default());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!-- \""));
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
    assert_eq!(embedded(&page)["explanations"][0]["a"]["text"], evil);
}

#[test]
fn nothing_is_fetched_and_no_place_is_left_empty() {
    let page = html(&garden(), &Html::default());
    for network in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(network), "{network}");
    }
    assert!(!page.contains("{{") && !page.contains("}}</"));
}

#[test]
fn fragments_share_a_page() {
    let fragment = fragment(&garden(), &Html::default());
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
    let units = |e: &Explanation| levels(e).iter().map(|level| level.by).collect::<Vec<_>>();
    assert_eq!(units(&garden()), [Unit::Token, Unit::Word]);
    assert_eq!(units(&garden().by(Unit::Word)), [Unit::Word]);
    let mut two = garden();
    two.a.text = "The dog runs. After the kitten in the yard.".into();
    assert_eq!(units(&two), [Unit::Token, Unit::Word, Unit::Sentence]);
}

#[test]
fn both_views_are_there_and_the_chosen_one_is_pressed() {
    for (e, view, first) in [
        (garden(), None, "interaction"),
        (sized(5), None, "attribution"),
        (garden(), Some(View::Attribution), "attribution"),
        (sized(5), Some(View::Interaction), "interaction"),
    ] {
        let page = html(&e, &Html { view });
        for name in ["attribution", "interaction"] {
            let button = format!("data-view=\"{name}\" aria-pressed=\"{}\">{name}</button>", name == first);
            assert!(page.contains(&button), "{button}");
        }
        assert!(page.contains(&format!("<div class=\"whysim\" data-view=\"{first}\">")));
        let data = embedded(&page);
        assert_eq!(data["settings"]["view"], first);
        let level = &data["settings"]["levels"][0];
        assert_eq!(level["views"]["interaction"]["border"], false);
        assert_eq!(level["views"]["attribution"]["border"], !e.exact);
        assert_eq!(level["counted"]["a"].as_array().unwrap().len(), e.a.tokens.len());
        let largest = e.effects().a.iter().chain(&e.effects().b).fold(0.0_f64, |most, value| most.max(value.abs()));
        assert!(level["main"].as_f64().unwrap() <= largest && level["main"].as_f64().unwrap() > 0.0);
        assert!(page.contains(" % interaction"));
    }
}

#[test]
fn warnings_and_odd_sizes() {
    let mut e = sized(60);
    e.b.truncated = Some(Truncated { read: 60, of: 99 });
    assert!(html(&e, &Html::default()).contains("60 of 99"));
    e.a.tokens.clear();
    e.matrix.clear();
    html(&e, &Html::default());
}
