//! Quadrature on [0, 1]: nodes and weights that sum to 1.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::names::named;

/// Where to sample the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Gauss-Legendre: N nodes integrate polynomials of degree 2N - 1 exactly. With adaptive steps
    /// the path is split where it is steep, into panels that each have a Gauss-Legendre rule.
    #[default]
    GaussLegendre,
    /// The right Riemann sum, a = 1/N, 2/N, …, 1: the rule of the papers' own implementation.
    Riemann,
}

named!(Rule, "rule", [("gauss-legendre", GaussLegendre), ("riemann", Riemann)]);

/// The number of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Steps {
    /// This many.
    Fixed(usize),
    /// As many as needed to bring the relative completeness gap under `tolerance`, at most `limit`.
    /// If the path is split into panels, the sum of their gaps is under the tolerance.
    Adaptive {
        /// The largest acceptable relative gap.
        tolerance: f64,
        /// The maximum number of nodes, even if the tolerance is not met.
        limit: usize,
    },
}

impl Default for Steps {
    fn default() -> Self {
        Self::Adaptive { tolerance: 1e-3, limit: 256 }
    }
}

/// The maximum number of nodes: far more than any path needs, and few enough to compute their
/// weights.
const MOST_STEPS: usize = 1 << 16;

impl Steps {
    /// The largest acceptable gap, where one was asked for.
    pub fn tolerance(self) -> Option<f64> {
        match self {
            Self::Fixed(_) => None,
            Self::Adaptive { tolerance, .. } => Some(tolerance),
        }
    }

    /// Checks that the values are in range.
    pub(crate) fn check(self) -> Result<()> {
        let (name, count) = match self {
            Self::Fixed(count) => ("steps", count),
            Self::Adaptive { tolerance, .. } if !(tolerance > 0.0 && tolerance.is_finite()) => {
                return Err(out_of_range("tolerance", "a positive number", tolerance));
            }
            Self::Adaptive { limit, .. } => ("limit of steps", limit),
        };
        if (1..=MOST_STEPS).contains(&count) {
            return Ok(());
        }
        Err(out_of_range(name, &format!("1 to {MOST_STEPS}"), count))
    }
}

fn out_of_range(option: &'static str, expected: &str, got: impl ToString) -> Error {
    Error::Option { option, expected: expected.into(), got: got.to_string() }
}

/// Nodes and weights of a rule: `integral of g over [0, 1] ~ sum_n weights_n g(nodes_n)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quadrature {
    /// Points in [0, 1].
    pub nodes: Vec<f64>,
    /// Their weights; the sum is 1.
    pub weights: Vec<f64>,
}

impl Quadrature {
    /// The rule with `steps` nodes (at least one).
    pub fn new(rule: Rule, steps: usize) -> Self {
        let steps = steps.max(1);
        match rule {
            Rule::GaussLegendre => gauss_legendre(steps),
            Rule::Riemann => Self {
                nodes: (1..=steps).map(|n| n as f64 / steps as f64).collect(),
                weights: vec![1.0 / steps as f64; steps],
            },
        }
    }
}

/// Roots of the Legendre polynomial P_N by Newton's method from Tricomi's estimate, with weights
/// `2 / ((1 - z^2) P'_N(z)^2)`, both mapped from [-1, 1] to [0, 1].
fn gauss_legendre(steps: usize) -> Quadrature {
    let (mut nodes, mut weights) = (vec![0.0; steps], vec![0.0; steps]);
    let count = steps as f64;
    for n in 0..steps.div_ceil(2) {
        let mut z = (std::f64::consts::PI * (n as f64 + 0.75) / (count + 0.5)).cos();
        // Convergence is quadratic: five steps from the estimate reach the last bit; more do no
        // harm.
        for _ in 0..10 {
            let (value, slope) = legendre(steps, z);
            z -= value / slope;
        }
        let (_, slope) = legendre(steps, z);
        let weight = 1.0 / ((1.0 - z * z) * slope * slope);
        (nodes[n], nodes[steps - 1 - n]) = (0.5 * (1.0 - z), 0.5 * (1.0 + z));
        (weights[n], weights[steps - 1 - n]) = (weight, weight);
    }
    Quadrature { nodes, weights }
}

/// P_N(z) and its derivative, by the three-term recurrence.
fn legendre(degree: usize, z: f64) -> (f64, f64) {
    let (mut last, mut value) = (1.0, z);
    for k in 2..=degree {
        let k = k as f64;
        (last, value) = (value, ((2.0 * k - 1.0) * z * value - (k - 1.0) * last) / k);
    }
    let slope = degree as f64 * (last - z * value) / (1.0 - z * z);
    (value, slope)
}
