//! Contrast tests: does a model see what a reader sees at once?
//!
//! A test is three texts: the similarity of the anchor with the closer text must exceed that with
//! the farther one, by more than a margin if the test has one. The farther text usually shares the
//! anchor's words and turns its meaning round; the closer one says the same in other words. Where a
//! test fails, the margin between the two pairs ([`Decomposition::margin`]) is taken apart by
//! words: which of them made the wrong text win.
//!
//! [`Decomposition::margin`]: crate::Decomposition::margin

mod failure;
mod read;
mod report;
mod run;

use serde::{Deserialize, Serialize};

pub use failure::{Failure, Tipping};
pub use read::{builtin, parsed, read};
pub use report::{Category, Outcome, Report};
pub use run::run;

/// The category of a test that names none.
pub const UNNAMED: &str = "other";

/// Three texts, and what a model must say of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// What kind of contrast it is, such as `negation`.
    #[serde(default = "unnamed")]
    pub category: String,
    /// The text that the two others are compared with.
    pub anchor: String,
    /// The text that must be more similar to the anchor.
    pub closer: String,
    /// The text that must be less similar to it.
    pub farther: String,
    /// By how much more than this; 0 or more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub margin: f64,
    /// A remark for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn unnamed() -> String {
    UNNAMED.to_owned()
}

fn is_zero(margin: &f64) -> bool {
    *margin == 0.0
}
