//! A report as a self-contained page: plots, followed by every table.

use super::plot::{Axis, Dots, Plot, Scale, Series};
use super::recipe;
use super::table::{Table, tables};
use crate::render::document::document;
use crate::render::html::fill;
use crate::render::label::{escape, safe};
use crate::report::{Completeness, Curves, Estimate, Faithfulness, Report};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// A page with plots, without network access or scripts.
pub fn html(report: &Report) -> String {
    let mut body = String::new();
    for table in tables(report) {
        let plots = match table.title {
            "Accuracy" => accuracy(report),
            "Insertion and deletion" => insertion(report),
            "Subsets" => subsets(report),
            "Pointing" => pointing(report),
            "Sanity" => sanity(report),
            _ => String::new(),
        };
        body.push_str(&section(&table, &plots));
    }
    let kind = if report.setting.exact { "exact" } else { "off the shelf" };
    let parts = [
        ("model", escape(&safe(&report.setting.model))),
        ("kind", kind.to_owned()),
        ("recipe", escape(&recipe(report))),
        ("body", body),
    ];
    document("Evaluation", STYLE, fill(PAGE, &parts))
}

fn section(table: &Table, plots: &str) -> String {
    let row = |cell: &str, cells: &mut dyn Iterator<Item = &str>| {
        let cells: String = cells.map(|text| format!("<{cell}>{}</{cell}>", escape(text))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let head = row("th", &mut table.names.iter().copied());
    let rows: String = table.rows.iter().map(|cells| row("td", &mut cells.iter().map(String::as_str))).collect();
    let whole = format!("<div class=\"wide\"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>");
    // Long tables are included, but collapsed so that they do not hide what follows.
    let whole = match table.rows.len() {
        0..=8 => whole,
        n => format!("<details><summary>all {n} rows</summary>{whole}</details>"),
    };
    let (title, caption) = (table.title, escape(&table.caption));
    format!("<section><h2>{title}</h2><p>{caption}</p><div class=\"plots\">{plots}</div>{whole}</section>\n")
}

/// One plot per layer: the median error and the 10 to 90 % band against the number of nodes.
fn accuracy(report: &Report) -> String {
    let all = report.accuracy.as_deref().unwrap_or_default();
    let errors = || Axis::powers("|error|", all.iter().flat_map(|c| [c.quantiles[1], c.quantiles[5]]));
    let mut ticks: Vec<f64> = all.iter().filter(|c| c.rule != "adaptive").map(|c| c.nodes).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    let ends = || {
        let nodes = all.iter().map(|c| c.nodes);
        let (least, most) = (nodes.clone().fold(f64::INFINITY, f64::min), nodes.fold(1.0, f64::max));
        [least / 1.1, most * 1.1]
    };
    let series = |layer: usize, class, rule: &str| {
        let of = all.iter().filter(|c| c.layer == layer && c.rule == rule).collect::<Vec<&Completeness>>();
        let points = of.iter().map(|c| (c.nodes, c.quantiles[3])).collect();
        let band = of.iter().map(|c| (c.nodes, c.quantiles[1], c.quantiles[5])).collect();
        Series { class, name: rule.to_owned(), points, band: if of.len() > 1 { band } else { Vec::new() } }
    };
    let mut layers: Vec<usize> = all.iter().map(|c| c.layer).collect();
    layers.dedup();
    let kinds = [("two", "riemann"), ("one", "gauss-legendre"), ("rest", "adaptive")];
    let plot = |&layer: &usize| Plot {
        title: format!("layer {layer}"),
        x: Axis {
            name: "nodes N".into(),
            scale: Scale::Log,
            ends: ends(),
            ticks: ticks.iter().map(|&n| (n, n.to_string())).collect(),
        },
        y: errors(),
        series: kinds.map(|(class, rule)| series(layer, class, rule)).into(),
    };
    let plots: String = layers.iter().map(|layer| plot(layer).svg()).collect();
    plots + &legend(&[("one", "Gauss-Legendre"), ("two", "right Riemann sum"), ("rest", "adaptive, the default")])
}

/// One plot per method and order.
fn insertion(report: &Report) -> String {
    let all = report.faithfulness.as_deref().unwrap_or_default();
    let mut out = String::new();
    for (name, of) in ORDERS {
        out.push_str(&format!("<h3>{name}</h3>"));
        let values = || all.iter().filter_map(of).flat_map(|c| c.most.iter().chain(&c.least).copied());
        for f in all {
            let Some(c) = of(f) else { continue };
            let line = |class, name: &str, values: &[f64]| {
                let steps = values.len().saturating_sub(1).max(1) as f64;
                let points = values.iter().enumerate().map(|(t, &v)| (t as f64 / steps, v)).collect();
                Series { class, name: name.into(), points, band: Vec::new() }
            };
            let series =
                vec![line("two", "least important kept", &c.least), line("one", "most important kept", &c.most)];
            let x = Axis::linear("share of tokens kept", [0.0, 1.0].into_iter());
            out.push_str(&Plot { title: f.method.clone(), x, y: Axis::linear("value", values()), series }.svg());
        }
    }
    out + &legend(&[("one", "the most important tokens kept"), ("two", "the least important tokens kept")])
}

type OfOrder = fn(&Faithfulness) -> Option<&Curves>;

const ORDERS: [(&str, OfOrder); 2] = [
    ("First order: by the tokens' own scores", |f| f.first_order.as_ref()),
    ("Second order: by attributions among the tokens kept", |f| f.second_order.as_ref()),
];

fn subsets(report: &Report) -> String {
    type Of = fn(&Faithfulness) -> Option<Estimate>;
    let all = report.faithfulness.as_deref().unwrap_or_default();
    let parts: [(&str, Of); 2] = [
        ("sums inside subsets: Spearman", |f| f.coalitions.as_ref().and_then(|c| c.spearman)),
        ("second differences: Kendall", |f| f.differences),
    ];
    let rows = |of: Of| all.iter().map(|f| (f.method.clone(), of(f))).collect::<Vec<_>>();
    let measured = parts.into_iter().filter(|(_, of)| all.iter().any(|f| of(f).is_some()));
    measured.map(|(title, of)| Dots { title: title.into(), rows: rows(of) }.svg()).collect()
}

fn pointing(report: &Report) -> String {
    let Some(pointing) = &report.pointing else { return String::new() };
    let methods = pointing.methods.iter().map(|m| (m.method.clone(), m.share));
    let rows = methods.chain([("chance".to_owned(), pointing.chance)]).collect();
    Dots { title: "share in matching sentences".into(), rows }.svg()
}

/// Both correlations against the number of randomised layers.
fn sanity(report: &Report) -> String {
    let all = report.sanity.as_deref().unwrap_or_default();
    let layers = report.setting.layers;
    let series = |class, name: &str, of: fn(&crate::report::Randomized) -> &Option<Estimate>| {
        let known = all.iter().filter_map(|r| of(r).map(|e| ((layers - r.from.min(layers)) as f64, e)));
        let points = known.clone().map(|(x, e)| (x, e.value)).collect();
        Series { class, name: name.into(), points, band: known.map(|(x, e)| (x, e.low, e.high)).collect() }
    };
    let both =
        vec![series("two", "Jacobian alone", |r| &r.jacobian), series("one", "attributions", |r| &r.attribution)];
    let values = both.iter().flat_map(|s| s.band.iter().flat_map(|&(_, low, high)| [low, high])).collect::<Vec<_>>();
    let every = layers.div_ceil(8).max(1);
    let x = Axis {
        name: "randomised layers, from the last".into(),
        scale: Scale::Linear,
        ends: [0.0, layers as f64],
        ticks: (0..=layers).step_by(every).map(|n| (n as f64, n.to_string())).collect(),
    };
    let y = Axis::linear("Spearman", values.into_iter().chain([0.0, 1.0]));
    let plot = Plot { title: "rank correlation with the trained weights".into(), x, y, series: both };
    plot.svg() + &legend(&[("one", "attributions"), ("two", "the Jacobian's part alone")])
}

fn legend(names: &[(&str, &str)]) -> String {
    let item = |(class, name): &(&str, &str)| {
        let line = format!("<line class=\"line {class}\" x1=\"1\" x2=\"25\" y1=\"6\" y2=\"6\"/>");
        let dot = format!("<circle class=\"dot {class}\" cx=\"13\" cy=\"6\" r=\"3\"/>");
        format!("<span><svg width=\"26\" height=\"12\" aria-hidden=\"true\">{line}{dot}</svg> {name}</span>")
    };
    format!("<p class=\"legend\">{}</p>", names.iter().map(item).collect::<String>())
}

#[cfg(test)]
mod tests {
    use crate::render::report::short;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 0.12345, -1.5, 3e-5].map(short), ["0.000", "0.123", "-1.500", "3e-5"]);
    }
}
