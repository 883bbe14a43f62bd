//! Why one text outranks another, as a page or as an element of one.
//!
//! Texts, lists and ledger are plain HTML; the script is that of the two pairs.

use super::{ROOM, rows as zipped, strongest_first, verb};
use crate::explanation::{Explanation, Method, Side};
use crate::margin::Margin;
use crate::render::color::Theme;
use crate::render::figures::{signed, typeset, typeset_minus};
use crate::render::html::{Heading, Html, READERS, STYLE, bare, fill, page, script};
use crate::render::label::{cut, escape, name, safe, safe_in_place};
use crate::render::ledger::{kind, row, similarity, warnings};
use crate::text::Token;

const FRAGMENT: &str = include_str!("fragment.html");
const OWN: &str = include_str!("style.css");

/// Rows of each text that are listed.
const LISTED: usize = 6;

/// A margin as a self-contained page. names: what the better and the worse text are called.
pub fn margin_html(m: &Margin, names: [&str; 2]) -> String {
    page(&title(m, names), Heading::Own, filled(m, names, "h1"))
}

/// The same as an element that can be embedded in any page, any number of times: the query and both
/// texts, coloured by what each row adds to the margin, the ledger, and both pairs to explore.
pub fn margin_fragment(m: &Margin, names: [&str; 2]) -> String {
    filled(m, names, "h2")
}

/// heading: the element of the title.
fn filled(m: &Margin, names: [&str; 2], heading: &str) -> String {
    let largest = |rows: &[&Vec<f64>]| rows.iter().copied().flatten().fold(0.0, |most: f64, v| most.max(v.abs()));
    // The query's rows have what they add to one text less what they add to the other: far less.
    let (of_query, of_texts) = (largest(&[&m.query]), largest(&[&m.better_rows, &m.worse_rows]));
    let [better, worse] = names.map(|name| escape(&cut(&safe(name), ROOM)));
    let unit = row(&m.better);
    let summary = |name: &str, score: f64| format!("The query with {name}: {}", typeset(score));
    let texts = [
        text(
            &format!("The query: what each {unit} has for {better} more than for {worse}"),
            &m.better.a,
            &m.query,
            of_query,
        ),
        text(&format!("In {better}"), &m.better.b, &m.better_rows, of_texts),
        text(&format!("In {worse}"), &m.worse.b, &m.worse_rows, of_texts),
    ];
    let parts = [
        ("style", format!("{STYLE}\n{OWN}")),
        ("ground", READERS.to_owned()),
        ("heading", heading.to_owned()),
        ("legend", format!("Orange speaks for {better}, blue for {worse}. The query has a scale of its own.")),
        ("title", escape(&title(m, names))),
        ("margin", signed(m.margin).replace('-', "−")),
        ("similarity", similarity(&m.better).to_owned()),
        ("kind", kind(&m.better).to_owned()),
        ("warnings", warned(m, &[better.clone(), worse.clone()])),
        ("texts", texts.concat()),
        ("ledger", ledger(m, &better)),
        ("first", summary(&better, m.better.score)),
        ("second", summary(&worse, m.worse.score)),
        ("better", bare(&m.better, &Html::default())),
        ("worse", bare(&m.worse, &Html::default())),
        ("script", script()),
    ];
    fill(FRAGMENT, &parts)
}

fn title(m: &Margin, names: [&str; 2]) -> String {
    let [better, worse] = names.map(|name| cut(&safe(name), ROOM));
    format!("Why {better} {} {worse}", verb(m))
}

/// names: escaped.
fn warned(m: &Margin, names: &[String; 2]) -> String {
    // Text A is the query in both.
    let of = |e: &Explanation, name: &String| -> Vec<String> {
        let named = |line: String| escape(&typeset_minus(&line)).replace("text A", "the query").replace("text B", name);
        warnings(e).into_iter().map(named).collect()
    };
    let mut all = [of(&m.better, &names[0]), of(&m.worse, &names[1])].concat();
    all.dedup();
    all.iter().map(|line| format!("<div class=\"ws-warning\">{line}</div>")).collect()
}

/// A text and the rows of it that add most. title: escaped.
fn text(title: &str, side: &Side, rows: &[f64], largest: f64) -> String {
    let mut listed = zipped(&side.tokens, rows);
    let own = strongest_first(&mut listed);
    let item = |(token, value): &(&Token, f64)| {
        let share = if largest > 0.0 { 100.0 * value.abs() / largest } else { 0.0 };
        let side = if *value < 0.0 { "ws-below" } else { "ws-above" };
        format!(
            "<li><span class=\"ws-meter {side}\"><span style=\"inline-size:{share:.0}%\"></span></span> <span \
             class=\"ws-number\">{}</span> <span class=\"ws-quoted\" dir=\"auto\">{}</span></li>",
            signed(*value).replace('-', "−"),
            escape(&cut(&name(token), ROOM))
        )
    };
    let more = match own.saturating_sub(LISTED) {
        0 => String::new(),
        left => format!("<li class=\"ws-others\">and {left} more</li>"),
    };
    let items = listed.iter().take(LISTED.min(own)).map(item).collect::<String>() + &more;
    format!(
        "<section><h3>{title}</h3><div class=\"ws-both\"><p class=\"ws-passage\" dir=\"auto\">{}</p>\
         <ul style=\"list-style-type:none;padding-left:0\">{items}</ul></div>\
         </section>",
        coloured(side, rows, largest)
    )
}

/// A text whose rows are coloured by their values, and say them when pointed at.
fn coloured(side: &Side, rows: &[f64], largest: f64) -> String {
    let chars: Vec<char> = side.text.chars().collect();
    let written = |from: usize, to: usize| {
        let to = to.min(chars.len());
        escape(&safe_in_place(&chars[from.min(to)..to].iter().collect::<String>()))
    };
    let (mut out, mut at) = (String::new(), 0);
    for (token, &value) in side.tokens.iter().zip(rows).filter(|(token, _)| token.start < token.end) {
        if token.start < at {
            continue;
        }
        out += &format!(
            "{}<span style=\"{}\" title=\"{}\">{}</span>",
            written(at, token.start),
            Theme::adaptive(value, largest),
            signed(value).replace('-', "−"),
            written(token.start, token.end)
        );
        at = token.end;
    }
    out + &written(at, usize::MAX)
}

/// The margin as the sum of its parts. better: the first text's name, escaped.
fn ledger(m: &Margin, better: &str) -> String {
    let term = |sign: &str, value: f64, name: &str, hint: &str| {
        format!(
            "<div class=\"ws-term\"><span class=\"ws-sign\">{sign}</span> <span class=\"ws-value\">{}</span> \
             <span class=\"ws-what\">{name}</span> <span class=\"ws-hint\">{hint}</span></div>",
            typeset(value)
        )
    };
    let scores = format!("{} − {}", typeset(m.better.score), typeset(m.worse.score));
    let mut out = term("", m.margin, "margin", &scores);
    let words: f64 = m.better_rows.iter().chain(&m.worse_rows).sum();
    let hint = format!("of both texts: what they add to the score of {better} more than to the other");
    out += &term("=", words, &format!("{}s", row(&m.better)), &hint);
    if !m.better.exact {
        let hint = format!("what the query has with the reference of {better} more than with the other's");
        out += &term("+", m.text_references, "references", &hint);
    }
    let most = typeset(m.bound);
    let remainder = match m.better.method {
        Method::Path => format!("minus the error of the numerical integration, which is at most {most}"),
        Method::Removal => format!("what the means over combinations leave over, beside {most} of rounding at most"),
    };
    out + &term("+", -m.error, "remainder", &remainder)
}

#[cfg(test)]
mod tests;
