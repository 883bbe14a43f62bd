//! Renders explanations: one file per format, none of which depends on a model.
//!
//! | form | for |
//! |---|---|
//! | [`json()`] | programs; reads back into an [`Explanation`](crate::Explanation) |
//! | [`terminal()`] | a first look, with or without colours |
//! | [`svg()`], `png()` and `pdf()` (feature `png`) | papers and slides |
//! | [`relevance()`], [`relevance_json()`] | what tokens add to the similarity to a query |
//! | [`highlight()`] and its `_json`, `_html`, `_fragment`; [`marked()`] | what answers a query |
//! | [`alignment()`], [`alignment_json()`] | which rows of the two texts belong together |
//! | [`comparison()`], [`overview()`], and the same `_json` | what moves between two models |
//! | [`contrast()`], [`contrast_json()`] | which contrast tests pass, and why others fail |
//! | [`margin()`] and its `_html`, `_fragment`, `_json` | why one text outranks another for a query |
//! | `search()`, `search_json()`, `search_html()` (feature `index`) | what a search found |
//! | [`duplicates()`] and its `_html`, `_csv`, `_json` | texts that say the same, and differ |
//! | [`explained()`], [`explained_html()`] | many explained pairs, and words that go with errors |
//! | [`html()`], [`fragment()`] | exploring a pair, as a page or in a notebook |
//!
//! A page of one's own, with a strict content security policy, shows [`html::bare`] and
//! [`highlight_bare`], with the styles and the script that belong to them.
//!
//! [`row_names`] are the names that all of them give rows.
//!
//! All but JSON, which holds everything, show one [`View`](crate::explanation::View): the
//! attributions, or the interaction with the main effects beside it.

mod alignment;
pub mod color;
mod compare;
mod contrast;
mod document;
mod duplicates;
mod explained;
mod figures;
mod highlight;
pub mod html;
pub mod json;
mod label;
mod ledger;
mod margin;
#[cfg(feature = "png")]
mod outline;
#[cfg(feature = "png")]
pub mod pdf;
#[cfg(feature = "png")]
pub mod png;
mod relevance;
pub mod report;
#[cfg(feature = "index")]
mod search;
mod shown;
pub mod svg;
mod table;
pub mod terminal;

pub use alignment::{alignment, alignment_json};
pub use compare::{comparison, comparison_json, overview, overview_json};
pub use contrast::{contrast, contrast_json};
pub use duplicates::{duplicates, duplicates_csv, duplicates_html, duplicates_json};
pub use explained::{ExplainedPage, explained, explained_html};
pub use highlight::{
    HIGHLIGHT_STYLE, highlight, highlight_bare, highlight_fragment, highlight_html, highlight_json, marked,
};
pub use html::{Html, fragment, html};
pub use json::json;
pub use label::row_names;
pub use margin::{margin, margin_fragment, margin_html, margin_json};
#[cfg(feature = "png")]
pub use outline::missing_letters;
#[cfg(feature = "png")]
pub use pdf::pdf;
#[cfg(feature = "png")]
pub use png::png;
pub use relevance::{relevance, relevance_json};
#[cfg(feature = "index")]
pub use search::{search, search_html, search_json};
pub use svg::{Svg, svg};
pub use terminal::{Terminal, terminal};
