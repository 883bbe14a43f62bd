//! Whether an integration reached what was asked of it, and what helps where it did not.

use serde::{Deserialize, Serialize};
use whysim_core::Precision;

/// What the numerical integration of one text came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// The relative completeness gap.
    pub gap: f64,
    /// Quadrature nodes used, or texts embedded.
    pub steps: usize,
    /// The largest gap that was acceptable; None where none was asked for: with a fixed number of
    /// nodes, and by removal.
    pub tolerance: Option<f64>,
    /// How tangents were multiplied with weights: rounding widens the gap.
    pub precision: Precision,
    /// Whether the layer is one of the last two, where few nodes are enough.
    pub late: bool,
}

/// What rounding to bfloat16 adds to a gap, at most of what was measured; a tolerance is about the
/// quadrature.
const ROUNDING: f64 = 5e-3;

/// By how much more nodes should be allowed.
const MORE: usize = 4;

impl Convergence {
    /// Whether the tolerance was reached; None where none was asked for.
    pub fn reached(&self) -> Option<bool> {
        let rounding = match self.precision {
            Precision::Float32 => 0.0,
            Precision::BFloat16 => ROUNDING,
        };
        self.tolerance.map(|tolerance| self.gap <= tolerance + rounding)
    }

    /// A tolerance is a wish; that it was not fulfilled must be said, and what helps. None where it
    /// was. `which`: what was integrated, for example `text A`.
    pub fn shortfall(&self, which: &str) -> Option<String> {
        let tolerance = self.tolerance.filter(|_| self.reached() == Some(false))?;
        let more = format!("allow more nodes (max steps {}, some {MORE} times the time)", MORE * self.steps);
        let advice = if self.gap < 1e-5 {
            "single precision hardly allows less: use a larger tolerance".to_owned()
        } else if self.gap > 0.01 && !self.late {
            // In early layers of some models the gap falls so slowly that more nodes alone are poor
            // advice.
            format!("use a later layer, which needs far fewer nodes, or {more}")
        } else {
            format!("{more}, or a larger tolerance")
        };
        let (gap, steps) = (self.gap, self.steps);
        let nodes = if steps == 1 { "node" } else { "nodes" };
        Some(format!(
            "the completeness gap of {which} is {gap:.1e} after {steps} quadrature {nodes}, above the tolerance of \
             {tolerance:e}; {advice}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(gap: f64, tolerance: Option<f64>) -> Convergence {
        Convergence { gap, steps: 8, tolerance, precision: Precision::Float32, late: false }
    }

    #[test]
    fn a_tolerance_that_was_missed_is_told_with_what_helps() {
        assert_eq!((of(0.5, None).reached(), of(0.5, None).shortfall("A")), (None, None));
        assert_eq!((of(1e-4, Some(1e-3)).reached(), of(1e-4, Some(1e-3)).shortfall("A")), (Some(true), None));
        let told = |one: Convergence| one.shortfall("text A").unwrap();
        assert!(
            told(of(0.3, Some(1e-3))).contains(
                "of text A is 3.0e-1 after 8 quadrature nodes, above the tolerance of 1e-3; use a later layer"
            )
        );
        assert!(
            told(Convergence { late: true, ..of(0.3, Some(1e-3)) })
                .ends_with("(max steps 32, some 4 times the time), or a larger tolerance")
        );
        assert!(told(of(1e-6, Some(1e-8))).contains("single precision"));
        let rounded = Convergence { precision: Precision::BFloat16, ..of(4e-3, Some(1e-3)) };
        assert_eq!(rounded.reached(), Some(true));
    }
}
