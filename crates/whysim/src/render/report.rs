//! An evaluation's report: tables for a terminal, JSON, and a page with plots.

mod html;
mod plot;
mod table;

use super::label::safe;
use crate::report::{Estimate, Report};

pub use html::html;

/// The report as JSON with full precision; it parses back into an equal [`Report`].
pub fn json(report: &Report) -> String {
    super::json::laid_out(&serde_json::to_string(report).unwrap_or_default())
}

/// Tables, for a terminal or a plain text file.
pub fn terminal(report: &Report) -> String {
    let mut out = head(report);
    for table in table::tables(report) {
        out.push('\n');
        out.push_str(&table.text());
    }
    out
}

/// What was evaluated, in a few lines.
fn head(report: &Report) -> String {
    let s = &report.setting;
    let kind = if s.exact { "exact" } else { "off the shelf" };
    format!("{}, {kind}\n{}\n", safe(&s.model), recipe(report))
}

/// How the attributions were computed and tested.
fn recipe(report: &Report) -> String {
    let s = &report.setting;
    let pairs = match s.pairs {
        // Gold alignments alone have their numbers in their own tables.
        0 => String::new(),
        all => format!("{all} pairs, {} of them sampled, ", s.sample),
    };
    format!(
        "layer {} of {}, {}, reference {}, removal {}, value {}; {pairs}seed {}",
        s.layer,
        s.layers,
        name(&s.similarity),
        safe(&s.reference),
        name(&s.removal),
        name(&s.value),
        s.seed
    )
}

/// The name of a choice, as in JSON.
fn name(choice: &impl serde::Serialize) -> String {
    serde_json::to_string(choice).unwrap_or_default().trim_matches('"').to_owned()
}

/// A number and its interval in one cell.
fn cell(estimate: &Option<Estimate>) -> String {
    match estimate {
        Some(e) => format!("{} [{}, {}]", short(e.value), short(e.low), short(e.high)),
        None => "–".into(),
    }
}

/// Three decimals, or scientific notation if those would all be zero.
fn short(value: f64) -> String {
    match value {
        v if v != 0.0 && v.abs() < 5e-4 => format!("{v:.0e}"),
        v => format!("{v:.3}"),
    }
}
