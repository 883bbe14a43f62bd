//! The tables of a report, the same in the terminal and on the page.

use super::cell;
use crate::render::label::{Align, columns, pad, safe};
use crate::report::{Alignment, Completeness, Curves, Estimate, Faithfulness, LayerAgreement, Plausibility, Report};

/// A titled table.
pub(super) struct Table {
    pub title: &'static str,
    /// What the numbers are, in one sentence.
    pub caption: String,
    pub names: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Aligned columns, the first one flush left.
    pub fn text(&self) -> String {
        let rows = || self.rows.iter().map(|row| row.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<Vec<&str>> = std::iter::once(self.names.clone()).chain(rows()).collect();
        let width = |i: usize| all.iter().filter_map(|row| row.get(i)).map(|cell| columns(cell)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let line = |row: &Vec<&str>| {
            let side = |i: usize| if i == 0 { Align::Left } else { Align::Right };
            let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| pad(cell, width, side(i)));
            format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        format!("{}: {}\n{}", self.title, self.caption, all.iter().map(line).collect::<String>())
    }
}

/// One table for every part that was measured.
pub(super) fn tables(report: &Report) -> Vec<Table> {
    let parts = [predictive(report), agreement(report), accuracy(report), insertion(report), sums(report)];
    let golden = report.alignment.iter().flatten().map(alignment);
    parts.into_iter().chain([pointing(report), sanity(report)]).flatten().chain(golden).collect()
}

fn predictive(report: &Report) -> Option<Table> {
    let predictive = report.predictive.as_ref()?;
    let row =
        |(name, of): (&str, &crate::report::Correlations)| vec![name.into(), cell(&of.spearman), cell(&of.pearson)];
    Some(Table {
        title: "Predictive",
        caption: format!("correlation of the similarity with the gold scores of {} pairs", report.setting.pairs),
        names: vec!["similarity", "Spearman", "Pearson"],
        rows: [("cosine", &predictive.cos), ("dot product", &predictive.dot)].map(row).into(),
    })
}

fn agreement(report: &Report) -> Option<Table> {
    let agreement = report.agreement.as_ref()?;
    let mut rows = vec![vec!["similarities".into(), cell(&agreement.spearman), "–".into(), "–".into()]];
    let row = |l: &LayerAgreement| {
        vec![format!("attributions at layer {}", l.layer), cell(&l.spearman), cell(&l.pearson), cell(&l.centred)]
    };
    rows.extend(agreement.layers.iter().map(row));
    let caption = format!(
        "with {}: similarities differ by {} on average; attributions between tokens, on {} pairs",
        safe(&agreement.against),
        cell(&agreement.difference),
        report.setting.sample
    );
    Some(Table { title: "Agreement", caption, names: vec!["of", "Spearman", "Pearson", "Pearson, centred"], rows })
}

fn accuracy(report: &Report) -> Option<Table> {
    let all = report.accuracy.as_ref()?;
    let row = |c: &Completeness| {
        let nodes = if c.nodes.fract() == 0.0 { format!("{}", c.nodes) } else { format!("{:.1}", c.nodes) };
        let errors = [1, 3, 5, 6].map(|q| format!("{:.1e}", c.quantiles[q]));
        let within = c.within_bound.map_or("–".into(), |n| n.to_string());
        [c.layer.to_string(), c.rule.clone(), nodes].into_iter().chain(errors).chain([within]).collect()
    };
    Some(Table {
        title: "Accuracy",
        caption: format!("absolute error of the ledger over {} pairs, which should be 0", report.setting.sample),
        names: vec!["layer", "rule", "N", "10 %", "median", "90 %", "most", "in bound"],
        rows: all.iter().map(row).collect(),
    })
}

fn insertion(report: &Report) -> Option<Table> {
    let area =
        |c: &Option<Curves>, of: fn(&Curves) -> &Option<Estimate>| c.as_ref().map_or("–".into(), |c| cell(of(c)));
    let row = |f: &Faithfulness| {
        let orders = [&f.first_order, &f.second_order];
        let areas = orders.map(|c| [area(c, |c| &c.area), area(c, |c| &c.raw_area)]).concat();
        std::iter::once(f.method.clone()).chain(areas).collect()
    };
    let all = report.faithfulness.as_ref().filter(|all| all.iter().any(|f| f.first_order.is_some()))?;
    Some(Table {
        title: "Insertion and deletion",
        caption: "area between the curves with the most and with the least important tokens kept; more is better"
            .into(),
        names: vec!["method", "1st order", "1st, raw", "2nd order", "2nd, raw"],
        rows: all.iter().map(row).collect(),
    })
}

fn sums(report: &Report) -> Option<Table> {
    let row = |f: &Faithfulness| {
        let of = |of: fn(&crate::report::Coalitions) -> &Option<Estimate>| {
            f.coalitions.as_ref().map_or("–".into(), |c| cell(of(c)))
        };
        vec![f.method.clone(), of(|c| &c.r2), of(|c| &c.r2_line), of(|c| &c.spearman), cell(&f.differences)]
    };
    let measured = |f: &Faithfulness| f.coalitions.is_some() || f.differences.is_some();
    let all = report.faithfulness.as_ref().filter(|all| all.iter().any(measured))?;
    Some(Table {
        title: "Subsets",
        caption: "attributions inside random subsets against their value, and single ones against second differences"
            .into(),
        names: vec!["method", "R2", "R2 of a line", "Spearman", "Kendall, differences"],
        rows: all.iter().map(row).collect(),
    })
}

fn pointing(report: &Report) -> Option<Table> {
    let pointing = report.pointing.as_ref()?;
    let mut rows: Vec<Vec<String>> = pointing.methods.iter().map(|m| vec![m.method.clone(), cell(&m.share)]).collect();
    rows.push(vec!["chance".into(), cell(&pointing.chance)]);
    let games = pointing.chance.map_or(0, |chance| chance.n);
    let caption = format!("share of the positive attributions between matching sentences, {games} shuffled texts");
    Some(Table { title: "Pointing", caption, names: vec!["method", "share"], rows })
}

fn sanity(report: &Report) -> Option<Table> {
    let all = report.sanity.as_ref()?;
    let name = |from: usize| match from {
        from if from == report.setting.layers => "none".into(),
        from => format!("{from} and later"),
    };
    Some(Table {
        title: "Sanity",
        caption: "Spearman of the attributions with those of the trained weights, as layers are randomised".into(),
        names: vec!["randomised layers", "attributions", "Jacobian alone"],
        rows: all.iter().map(|r| vec![name(r.from), cell(&r.attribution), cell(&r.jacobian)]).collect(),
    })
}

fn alignment(a: &Alignment) -> Table {
    let known = |layer: Option<usize>| layer.map_or("–".into(), |layer| layer.to_string());
    let row = |p: &Plausibility| {
        let view = p.view.map_or("–".into(), |view| view.to_string());
        let marks = [&p.precision, &p.unlike, &p.mutual, &p.transport].map(cell);
        [p.method.clone(), view, known(p.layer)].into_iter().chain(marks).collect()
    };
    let left_out = match a.left_out {
        0 => String::new(),
        n => format!("; {n} more pairs have units of which the model reads nothing"),
    };
    let caption = format!(
        "what people aligned in {} pairs of {}, by average precision, the same where no content word is shared, and F1 \
         of the alignment by mutual best and by optimal transport{left_out}",
        a.pairs,
        safe(&a.gold)
    );
    Table {
        title: "Alignment",
        caption,
        names: vec!["method", "view", "layer", "precision", "unlike units", "F1, mutual", "F1, transport"],
        rows: a.methods.iter().map(row).collect(),
    }
}
