//! The curves used to choose nodes, and the result of a rule along each.

use whysim_core::{Precision, Real};

use super::adaptive::{Curve, Limits};
use super::blocks::Path;
use super::function::Function;
use super::quadrature::{Quadrature, Rule};
use super::sums::{Groups, add, total, weighted};
use crate::error::Result;

/// A rule's nodes and its sum.
pub(super) fn at<C: Curve>(curve: &C, quadrature: Quadrature) -> Result<(Quadrature, Vec<f64>)> {
    let sum = total(curve.sums(std::slice::from_ref(&quadrature))?);
    Ok((quadrature, sum))
}

/// Doubles the nodes of the right Riemann sum until the gap is under the tolerance.
pub(super) fn doubled<C: Curve>(curve: &C, ends: [&[f64]; 2], limits: Limits) -> Result<(Quadrature, Vec<f64>)> {
    let mut steps = 1;
    loop {
        let (quadrature, sum) = at(curve, Quadrature::new(Rule::Riemann, steps))?;
        if steps >= limits.nodes || curve.gap(&sum, ends) <= limits.tolerance {
            return Ok((quadrature, sum));
        }
        steps = (steps * 2).min(limits.nodes);
    }
}

/// F along the line.
pub(super) struct All<'a, 'b, F: Function> {
    pub path: &'a Path<'b, F>,
}

impl<F: Function> Curve for All<'_, '_, F> {
    fn values(&self, at: &[f64]) -> Vec<Vec<f64>> {
        self.path.values(at)
    }

    fn sums(&self, rules: &[Quadrature]) -> Result<Vec<Vec<f64>>> {
        let nodes: Vec<f64> = rules.iter().flat_map(|rule| rule.nodes.iter().copied()).collect();
        let slopes = self.path.slopes(&nodes)?;
        let mut rest = slopes.as_slice();
        let mut sum = |rule: &Quadrature| {
            let (own, later) = rest.split_at(rule.nodes.len() * self.path.function.dim());
            rest = later;
            weighted(own, &rule.weights)
        };
        Ok(rules.iter().map(&mut sum).collect())
    }
}

/// The same, with the tangents of all groups.
pub(super) struct Each<'a, 'b, F: Function> {
    pub path: &'a Path<'b, F>,
    pub groups: &'a Groups,
    pub precision: Precision,
}

impl<F: Function> Curve for Each<'_, '_, F> {
    fn values(&self, at: &[f64]) -> Vec<Vec<f64>> {
        self.path.values(at)
    }

    /// At the default tolerance, 6 nodes suffice for half of the sentences under all-MiniLM-L6-v2,
    /// and 7 for all but 3 %.
    fn first(&self) -> usize {
        7
    }

    fn sums(&self, rules: &[Quadrature]) -> Result<Vec<Vec<f64>>> {
        rules.iter().map(|rule| self.path.tangents(self.groups, rule, self.precision)).collect()
    }

    /// The groups cover everything that moves, so they add up to all rows.
    fn slope(&self, sums: &[f64]) -> Vec<f64> {
        let mut slope = vec![0.0; self.path.function.dim()];
        sums.chunks_exact(slope.len()).for_each(|v| add(&mut slope, v));
        slope
    }
}

/// `c . F` along the line, with each row's contribution to its slope.
pub(super) struct Along<'a, 'b, F: Function> {
    pub path: &'a Path<'b, F>,
    /// c, `[D]`.
    pub cotangent: &'a [F::Real],
}

impl<F: Function> Curve for Along<'_, '_, F> {
    fn values(&self, at: &[f64]) -> Vec<Vec<f64>> {
        let dot = |x: Vec<f64>| vec![self.cotangent.iter().zip(x).map(|(c, x)| c.to_f64() * x).sum()];
        self.path.values(at).into_iter().map(dot).collect()
    }

    fn sums(&self, rules: &[Quadrature]) -> Result<Vec<Vec<f64>>> {
        rules.iter().map(|rule| self.path.along(self.cotangent, rule)).collect()
    }

    fn slope(&self, sums: &[f64]) -> Vec<f64> {
        vec![sums.iter().sum()]
    }
}
