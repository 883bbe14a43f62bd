//! The frame that pages of results share.

use super::html::fill;
use super::label::escape;

const FRAME: &str = include_str!("document.html");
const STYLE: &str = include_str!("document.css");

/// A self-contained page, light or dark as the reader's system is. style: what it has beyond the
/// common style; main: HTML.
pub(super) fn document(title: &str, style: &str, main: String) -> String {
    fill(FRAME, &[("title", escape(title)), ("style", format!("{STYLE}{style}")), ("main", main)])
}
