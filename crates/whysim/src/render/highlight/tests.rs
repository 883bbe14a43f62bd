use super::*;
use crate::convergence::Convergence;
use crate::highlight::{Record, Window};
use crate::render::terminal::Color;

/// "Hot tea <b> & cold coffee" with the tea and the coffee marked.
fn one() -> Highlight {
    let text = "Hot tea\n<b> & cold \u{1b}[31mcoffee";
    let span = |start: usize, end: usize, score: f64| Span {
        start,
        end,
        bytes: [start, end],
        utf16: [start, end],
        text: text[start..end].into(),
        score,
        share: 2.0 * score,
    };
    Highlight(Record {
        score: 0.4321,
        spans: vec![span(14, 30, 0.3), span(0, 7, 0.1)],
        text: text.into(),
        tokens: Vec::new(),
        reference: 0.0,
        error: 0.0,
        bound: 0.0,
        windows: Vec::new(),
        window: None,
        convergence: Convergence::default(),
    })
}

#[test]
fn without_colours_signs_mark_and_nothing_controls_the_terminal() {
    let text = highlight(&[Some(one()), None, Some(one())], Similarity::Cos, &Terminal::default());
    assert!(
        text.starts_with("passage 1  cosine 0.4321\n  **Hot tea**\n  <b> & **cold ‹U+001B›[31mcoffee**\n"),
        "{text}"
    );
    assert!(text.contains("\n     0.3000   60 %  cold") && text.contains("passage 3"), "{text}");
    assert!(!text.contains('\u{1b}'));
    let nothing = Highlight(Record { spans: Vec::new(), ..one().0 });
    assert!(highlight(&[Some(nothing)], Similarity::Dot, &Terminal::default()).contains("nothing to mark"));
}

#[test]
fn a_span_has_one_colour_per_line_and_lines_keep_to_the_width() {
    let options = Terminal { color: Color::Ansi256, width: 40, ..Terminal::default() };
    let text = highlight(&[Some(one())], Similarity::Cos, &options);
    assert!(text.contains("m\u{1b}[0m") || text.contains("Hot tea\u{1b}[0m"), "{text:?}");
    let mut long = one().0;
    long.spans.clear();
    long.text = "word ".repeat(60);
    let plain = highlight(&[Some(Highlight(long))], Similarity::Cos, &Terminal { width: 50, ..Terminal::default() });
    assert!(plain.lines().all(|line| columns(line) <= 50) && plain.lines().count() > 6, "{plain}");
}

#[test]
fn only_the_window_that_carried_the_score_is_shown() {
    let window = |start, end| Window { start, end, score: 0.4 };
    let record = Record { windows: vec![window(0, 8), window(8, 30)], window: Some(1), ..one().0 };
    let spans = vec![record.spans[0].clone()];
    let text = highlight(&[Some(Highlight(Record { spans, ..record }))], Similarity::Cos, &Terminal::default());
    assert!(text.contains("window 2 of 2, characters 8 to 30") && text.contains("  … <b> &"), "{text}");
    assert!(!text.contains("Hot"), "{text}");
}

#[test]
fn html_marks_and_escapes() {
    let html = marked(&one());
    assert!(html.contains(">Hot tea</mark>\n&lt;b&gt; &amp; <mark "), "{html}");
    assert!(html.contains("title=\"0.3000 of the score, 60 % of what answers the query\""), "{html}");
    let page = highlight_html("<script>tea", &[Some(one())], Similarity::Cos);
    assert!(page.starts_with("<!doctype html>") && !page.contains("<script>"), "{page}");
}

#[test]
fn a_bare_element_keeps_its_styles_as_data() {
    let query = "a\" style=\"b";
    let whole = highlight_fragment(query, &[Some(one())], Similarity::Cos);
    let bare = highlight_bare(query, &[Some(one())], Similarity::Cos);
    assert!(!bare.contains(" style=\"") && !bare.contains("<style"), "{bare}");
    // All but the ground of the element that stands alone.
    assert_eq!(bare.matches(" data-style=\"").count() + 1, whole.matches(" style=\"").count());
    assert!(bare.contains("<mark title=") && bare.contains("&quot; style=&quot;"), "{bare}");
}

#[test]
fn json_has_the_keys_that_it_says() {
    let value: serde_json::Value = serde_json::from_str(&highlight_json(&[Some(one()), None])).unwrap();
    let keys: Vec<&String> = value[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bound", "error", "reference", "score", "spans", "text", "tokens"]);
    assert!(value[1].is_null());
    let keys: Vec<&String> = value[0]["spans"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bytes", "end", "score", "share", "start", "text", "utf16"]);
}
