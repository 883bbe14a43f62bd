//! What is seen where nothing runs: in notebooks that are not trusted, in documents, in mail.
//!
//! Colours and sizes are inline and of the plainest kind, since whatever removes scripts may remove
//! style sheets, attributes and newer properties too.

use super::Html;
use super::passage::{Ink, Look, Tags, passage};
use super::rows::limit;
use crate::Explanation;
use crate::explanation::{Relevances, Side, View};
use crate::render::color::Theme;
use crate::render::figures::{typeset, typeset_minus};
use crate::render::label::escape;
use crate::render::ledger::{row, similarity, warnings};
use crate::render::svg::{Svg, svg};

/// Larger pictures would make a notebook's file several times as large: they take some 270 bytes a
/// cell.
const MOST_CELLS: usize = 600;

/// The ground of pages without a script, light or dark as the reader's; white where nothing but
/// plain colours is left.
pub(in crate::render) const READERS: &str = "background-color:#ffffff;color:#16191f;padding:16px;\
     background-color:light-dark(#ffffff,#15181e);color:light-dark(#16191f,#eceff4)";

/// The ground of a still picture. It brings its own, since it cannot know on which it will stand.
pub(super) fn ground(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "background-color:#ffffff;color:#16191f;padding:16px;print-color-adjust:exact",
        Theme::Dark => "background-color:#15181e;color:#eceff4;padding:16px;print-color-adjust:exact",
    }
}

/// Both texts, what their colours say, and the heatmap of a small pair.
pub(super) fn still(e: &Explanation, view: View, theme: Theme) -> String {
    let look = Html { view: Some(view), theme: Some(theme) };
    let cells = e.a.tokens.len() * e.b.tokens.len();
    let picture = if cells <= MOST_CELLS {
        let drawn = svg(e, &Svg { theme, view: Some(view), ..Svg::default() });
        let alt = format!("Heatmap: {} of the two texts", view_name(view));
        format!(
            "<div><img alt=\"{alt}\" style=\"max-width:100%\" src=\"data:image/svg+xml;charset=utf-8,{}\"></div>",
            in_url(&drawn)
        )
    } else {
        "<p>The matrix is drawn by a script: trust the notebook, or open the page in a browser that runs it.</p>".into()
    };
    sides(e, &look, Tags::Shown) + &picture
}

/// The two texts alone, coloured by what each row adds to the score, with the score: an element
/// for reports and documents. It has no script, no style sheet and no ids, so that it can stand in
/// whatever takes HTML; the numbers are shown when rows are pointed at. `options.view` changes
/// nothing: both views colour texts by relevance.
pub fn texts(e: &Explanation, options: &Html) -> String {
    // Without a theme, the document's own ground and ink.
    let ground = options.theme.map_or("print-color-adjust:exact", ground);
    let warnings: String =
        warnings(e).iter().map(|warning| format!("<div>{}</div>", escape(&typeset_minus(warning)))).collect();
    format!(
        "<div class=\"whysim-texts\" style=\"{ground}\"><div><b>{}</b> {}</div>{warnings}{}</div>\n",
        typeset(e.score),
        similarity(e),
        sides(e, options, Tags::Left)
    )
}

fn sides(e: &Explanation, options: &Html, tags: Tags) -> String {
    let Relevances { a, b } = e.relevance();
    let limits = [limit(&a, &e.a), limit(&b, &e.b)];
    let side = |(name, side, values, limit): (&str, &Side, &[f64], f64)| {
        let ink = Ink { values, limit, theme: options.theme };
        let text = passage(side, Look { ink: Some(ink), tags });
        format!("<div style=\"margin-top:10px\"><b>{name}</b>{text}</div>")
    };
    let texts: String = [("A", &e.a, &a[..], limits[0]), ("B", &e.b, &b[..], limits[1])].map(side).concat();
    format!("{texts}<div style=\"margin-top:10px;font-size:13px\">{}</div>", key(e, limits))
}

/// What the colours say.
fn key(e: &Explanation, limits: [f64; 2]) -> String {
    let [a, b] = limits.map(typeset);
    let scales = if a == b { format!("±{a}") } else { format!("±{a} in A, ±{b} in B") };
    format!(
        "Colours: what each {} adds to the score, orange above and blue below zero, on a scale of {scales}.",
        row(e)
    )
}

fn view_name(view: View) -> &'static str {
    match view {
        View::Attribution => "attributions",
        View::Interaction => "interaction",
    }
}

/// A document as the rest of a URL in an attribute. Colons are of its namespaces, which look like
/// addresses to whoever checks that a page fetches nothing.
fn in_url(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 5 / 4);
    for c in document.chars() {
        match c {
            '%' | '#' | '<' | '>' | '"' | '\'' | '&' | '{' | '}' | ':' => {
                out.push_str(&format!("%{:02X}", u32::from(c)))
            }
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn texts_stand_alone() {
        let e = garden();
        let html = texts(&e, &Html::default());
        for word in ["<script", "<style", "<button", "class=\"ws-tag", " id=", "&lt;s&gt;"] {
            assert!(!html.contains(word), "{word} in {html}");
        }
        assert!(
            html.contains(&typeset(e.score)) && html.contains("background-color:#d36614") && !html.contains(";color:"),
            "{html}"
        );
        let dark = texts(&e, &Html { theme: Some(Theme::Dark), view: None });
        assert!(dark.contains("#15181e") && dark.contains(";color:"));
    }

    #[test]
    fn a_picture_is_as_safe_as_its_text_and_large_ones_are_left_out() {
        let mut e = garden();
        e.a.tokens[1].text = "\"><script>&#'%{{".into();
        let html = still(&e, View::Interaction, Theme::Light);
        let picture = html.split_once("src=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(picture.starts_with("data:image/svg+xml;charset=utf-8,%3Csvg") && picture.ends_with("/svg%3E "));
        assert!(!picture.contains(['<', '#', '&', '{']));
        assert!(!still(&sized(60), View::Attribution, Theme::Light).contains("<img"));
    }
}
