mod browser;

use super::*;
use crate::explanation::Truncated;
use crate::explanation::sample::{garden, sized};

/// The JSON between the script tags.
fn embedded(page: &str) -> serde_json::Value {
    let after = page.split_once("<script type=\"application/json\" class=\"ws-data\">").unwrap().1;
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

/// What is left of a fragment where scripts and style sheets are removed with their contents.
fn without_scripts(mut html: &str) -> String {
    let mut out = String::new();
    let next =
        |html: &str| ["style", "script"].iter().filter_map(|tag| Some((html.find(&format!("<{tag}"))?, *tag))).min();
    while let Some((at, tag)) = next(html) {
        out.push_str(&html[..at]);
        html = html[at..].split_once(&format!("</{tag}>")).unwrap().1;
    }
    out + html
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
    assert_eq!(without_scripts(&page).matches("<img").count(), 1);
    assert!(!page.contains("<img src=x") && !page.contains("<!-- \""));
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
    let data = embedded(&page);
    assert_eq!(data["explanations"][0]["a"]["text"], evil);
    // The script makes elements of these.
    assert!(!data["settings"]["levels"][0]["texts"]["a"].as_str().unwrap().contains("<img"));
}

#[test]
fn nothing_is_fetched_and_no_place_is_left_empty() {
    let page = html(&garden(), &Html::default()).replace("src=\"data:", "");
    for network in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(network), "{network}");
    }
    assert!(!page.contains("{{") && !page.contains("}}</"));
}

#[test]
fn without_scripts_every_text_is_there_once_and_nothing_is_dead() {
    let mut e = garden();
    e.a.text = "The dog runs. After the kitten in the yard.".into();
    let seen = without_scripts(&fragment(&e, &Html::default()));
    assert_eq!(seen.matches("ws-passage").count(), 2);
    for dead in ["<button", "<canvas", "role=\"button\"", "tabindex", " hidden"] {
        assert!(!seen.contains(dead), "{dead} in {seen}");
    }
    // Colours and ground are inline.
    assert!(seen.contains("style=\"background-color:#ffffff") && seen.contains("background-color:#f"), "{seen}");
    assert!(seen.contains("data:image/svg+xml") && seen.contains("adds to the score"));
}

#[test]
fn a_bare_element_has_nothing_inline_and_its_script_waits() {
    let mut e = garden();
    e.a.text = "<img src=x onerror=alert(1)> style=\"".into();
    let bare = bare(&e, &Html::default());
    assert_eq!(bare.matches("<script").count(), 1);
    assert!(embedded(&bare)["explanations"][0]["a"]["text"] == *e.a.text);
    let seen = without_scripts(&bare);
    for inline in ["<style", " style=", "<img", " onerror=\"", "{{"] {
        assert!(!seen.contains(inline), "{inline} in {seen}");
    }
    assert!(drawing().contains("globalThis.whysim") && !script().contains("globalThis"));
    for script in [drawing(), script()] {
        for forbidden in ["eval(", "new Function", "{{"] {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn fragments_share_a_page() {
    let fragment = fragment(&garden(), &Html::default());
    assert!(!fragment.contains(" id=\""));
    assert!(!fragment.contains("<html") && !fragment.contains("<body"));
    for rule in STYLE.split('}').map(str::trim).filter(|rule| !rule.is_empty()) {
        let selectors = rule.rsplit_once('{').unwrap().0;
        let selectors = selectors.rsplit("*/").next().unwrap();
        let selectors = selectors.rsplit('{').next().unwrap();
        // Commas within parentheses are of one selector.
        let mut depth = 0;
        let within = |c: char| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ',' && depth == 0
        };
        for selector in selectors.split(within) {
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
fn both_views_are_there_and_the_chosen_one_is_first() {
    for (e, view, first) in [
        (garden(), None, "interaction"),
        (sized(5), None, "attribution"),
        (garden(), Some(View::Attribution), "attribution"),
        (sized(5), Some(View::Interaction), "interaction"),
    ] {
        let page = html(&e, &Html { view, ..Html::default() });
        assert!(page.contains(&format!("<div class=\"whysim\" data-view=\"{first}\" style")));
        let data = embedded(&page);
        assert_eq!(data["settings"]["view"], first);
        assert_eq!(data["settings"]["views"], json!(["attribution", "interaction"]));
        let level = &data["settings"]["levels"][0];
        assert_eq!(level["views"]["interaction"]["border"], false);
        assert_eq!(level["views"]["attribution"]["border"], !e.exact);
        assert_eq!(level["counted"]["a"].as_array().unwrap().len(), e.a.tokens.len());
        assert_eq!(data["explanations"][0]["relevance"]["b"].as_array().unwrap().len(), e.b.tokens.len());
        let largest = e.effects().a.iter().chain(&e.effects().b).fold(0.0_f64, |most, value| most.max(value.abs()));
        assert!(level["main"].as_f64().unwrap() <= largest && level["main"].as_f64().unwrap() > 0.0);
        assert!(page.contains(" % interaction"));
    }
}

#[test]
fn a_theme_can_be_fixed() {
    let page = html(&garden(), &Html { theme: Some(Theme::Dark), ..Html::default() });
    assert!(page.contains(" data-theme=\"dark\" style=\"background-color:#15181e"));
    assert_eq!(embedded(&page)["settings"]["theme"], "dark");
    assert!(embedded(&html(&garden(), &Html::default()))["settings"]["theme"].is_null());
}

#[test]
fn a_page_of_many_pairs_repeats_neither_texts_nor_style() {
    let bare = bare(&garden(), &Html::default());
    assert!(!bare.contains("ws-passage\" dir=\"auto\" style") && !bare.contains("data:image") && bare.len() < 30_000);
}

#[test]
fn scripts_are_packed_and_keep_every_line_that_runs() {
    assert_eq!(packed("  a;\n\n    // why\n  /// what\n    b(\"// not\"); // end\n"), "a;\nb(\"// not\"); // end\n");
    let page = html(&garden(), &Html::default());
    assert!(page.contains("new Pair(root);") && !page.contains("One explanation on a page"));
}

#[test]
fn every_part_of_the_program_has_its_place() {
    for (name, _) in PARTS {
        assert_eq!(SCRIPT.matches(&format!("{{{{{name}}}}}")).count(), 1, "{name}");
    }
    assert_eq!(SCRIPT.matches("{{").count(), PARTS.len() + 1);
    assert!(SCRIPT.contains("{{start}}"));
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
