//! How contributions were made, and how sure they are if they were sampled.

use serde::{Deserialize, Serialize};

use super::{Explanation, View};
use crate::names::named;

/// How contributions were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By integrating Jacobians along a path from a reference.
    #[default]
    Path,
    /// By removing parts of the texts.
    Removal,
}

named!(Method, "method", [("path", Path), ("removal", Removal)]);

/// Standard errors of sampled numbers. All zero where every subset was embedded.
///
/// After [`Explanation::by`] they are upper limits, since the sampling errors of a group's rows are
/// not independent: sums over the rows of a group, and for the interaction the error of the
/// attribution and the mean errors of its row, of its column and of the matrix, added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardError {
    /// Of `A_ij`, [rows of A][rows of B].
    pub matrix: Vec<Vec<f32>>,
    /// Of `I_ij`, [rows of A][rows of B].
    pub interaction: Vec<Vec<f32>>,
    /// Of what each row of A adds to the score, `V_i . e_b / n`, [rows of A].
    pub a: Vec<f32>,
    /// Of what each row of B adds to the score, [rows of B].
    pub b: Vec<f32>,
}

/// A number this many standard errors from zero is told apart from nothing.
const CLEAR: f32 = 2.0;

/// Whether a value is within two standard errors of nothing: another sample might have given it the
/// other sign.
pub fn is_unclear(value: f32, standard_error: f32) -> bool {
    value.abs() < CLEAR * standard_error
}

impl Explanation {
    /// The standard errors of a view's matrix, [rows of A][rows of B]; None for contributions by a
    /// path.
    pub fn uncertainty(&self, view: View) -> Option<&Vec<Vec<f32>>> {
        self.standard_error.as_ref().map(|error| match view {
            View::Attribution => &error.matrix,
            View::Interaction => &error.interaction,
        })
    }
}
