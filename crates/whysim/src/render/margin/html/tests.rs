use super::*;
use crate::explanation::Truncated;
use crate::explanation::sample::garden;
use crate::margin::sample;

#[test]
fn the_texts_are_as_they_were_written_and_their_rows_say_what_they_add() {
    let m = sample(&garden(), 0.25);
    let html = margin_fragment(&m, ["this", "that"]);
    assert!(html.contains("Why this outranks that") && html.contains(&format!(">{}<", signed(m.margin))));
    let passages: Vec<String> = html.split("<p class=\"ws-passage\" dir=\"auto\">").skip(1).map(seen).collect();
    assert_eq!(passages, [&*m.better.a.text, &m.better.b.text, &m.worse.b.text]);
    assert!(html.contains(&format!("title=\"{}\"", signed(m.better_rows[3]).replace('-', "−"))));
    let others = margin_fragment(&sample(&garden(), -0.25), ["this", "that"]);
    assert!(others.contains("Why this does not outrank that"));
}

/// The visible text up to the paragraph's end.
fn seen(html: &str) -> String {
    let text = html.split("</p>").next().unwrap();
    text.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

#[test]
fn nothing_breaks_out_and_the_script_is_there_once() {
    let evil = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\u{1b}{{pairs}}";
    let mut e = garden();
    e.b.text = evil.into();
    e.model = evil.into();
    e.b.tokens.iter_mut().for_each(|token| token.text = evil.into());
    e.b.truncated = Some(Truncated { read: 5, of: 9 });
    let page = margin_html(&sample(&e, 0.1), [evil, "that"]);
    // The data of each pair, and one script.
    assert_eq!((page.matches("<script").count(), page.matches("class HeatMap").count()), (3, 1));
    assert!(!page.contains("<img") && !page.contains('\u{1b}') && !page.contains("http"));
    // Both texts are cut, each under its name; and each pair says it once more.
    assert_eq!(page.matches("5 of 9").count(), 4);
}
