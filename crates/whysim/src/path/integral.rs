//! The integrals of eqs. (1) and (6).

use whysim_core::{Precision, Real};

use super::adaptive::{Limits, Refined, refine};
use super::blocks::{Path, ROWS};
use super::curves::{All, Along, Each, at, doubled};
use super::function::Function;
use super::quadrature::{Quadrature, Rule, Steps};
use super::sums::{Groups, total};
use crate::error::Result;
use crate::progress::go_on;

/// Contributions, and the nodes that they were computed at.
pub(crate) struct Contributions {
    /// V, [K, D].
    pub rows: Vec<f64>,
    pub quadrature: Quadrature,
}

/// Products of contributions with given vectors.
pub(crate) struct Products {
    /// `c . V_s` for every cotangent and token, [C, S].
    pub rows: Vec<f64>,
    pub quadrature: Quadrature,
    /// `sum V - (F(x) - F(r))` at these nodes, `[D]`.
    pub residual: Vec<f64>,
}

impl<F: Function> Path<'_, F> {
    /// V of the groups `members`, eq. (1).
    pub(crate) fn contributions(
        &self,
        members: &[Vec<usize>],
        rule: Rule,
        steps: Steps,
        limits: Limits,
        precision: Precision,
    ) -> Result<Contributions> {
        let groups = Groups::new(self.line, members);
        if let (Rule::GaussLegendre, Steps::Adaptive { .. }, true) =
            (rule, steps, self.function.contracts(&groups.moving))
        {
            // All tangents together cost little more than the one that the search needs, so its
            // trials double as the result.
            let each = Each { path: self, groups: &groups, precision };
            let Refined { quadrature, sums } = refine(&each, self.ends, limits)?;
            return Ok(Contributions { rows: groups.all(&total(sums), self.function.dim()), quadrature });
        }
        let quadrature = match steps {
            Steps::Fixed(count) => Quadrature::new(rule, count),
            Steps::Adaptive { .. } => self.nodes(rule, steps, limits)?.0,
        };
        let sums = self.tangents(&groups, &quadrature, precision)?;
        Ok(Contributions { rows: groups.all(&sums, self.function.dim()), quadrature })
    }

    /// The products of V with cotangents [C, D], eq. (6).
    pub(crate) fn products(
        &self,
        cotangents: &[F::Real],
        rule: Rule,
        steps: Steps,
        limits: Limits,
    ) -> Result<Products> {
        let (quadrature, residual) = self.nodes(rule, steps, limits)?;
        Ok(Products { rows: self.along(cotangents, &quadrature)?, residual, quadrature })
    }

    /// The products of V with a single cotangent. Nodes are chosen by the products' sum, since
    /// `c . (F(x) - F(r))` is known.
    pub(crate) fn product(&self, cotangent: &[F::Real], rule: Rule, steps: Steps, limits: Limits) -> Result<Products> {
        let curve = Along { path: self, cotangent };
        let dot = |x: &[f64]| vec![cotangent.iter().zip(x).map(|(c, x)| c.to_f64() * x).sum::<f64>()];
        let ends = self.ends.map(dot);
        let ends = [ends[0].as_slice(), &ends[1]];
        let (quadrature, sums) = match (rule, steps) {
            (_, Steps::Fixed(count)) => at(&curve, Quadrature::new(rule, count))?,
            (Rule::Riemann, Steps::Adaptive { .. }) => doubled(&curve, ends, limits)?,
            (Rule::GaussLegendre, Steps::Adaptive { .. }) => {
                let Refined { quadrature, sums } = refine(&curve, ends, limits)?;
                (quadrature, total(sums))
            }
        };
        let residual = vec![sums.iter().sum::<f64>() - (ends[1][0] - ends[0][0])];
        Ok(Products { rows: sums, quadrature, residual })
    }

    /// `J = integral of J_F(x(a))`, [D, S, H].
    ///
    /// D is far smaller than S H, so D cotangents are the cheapest way to the whole Jacobian.
    pub(crate) fn jacobian(&self, quadrature: &Quadrature) -> Result<Vec<F::Real>> {
        let (size, block) = (self.line.difference().len(), (ROWS / self.line.tokens()).max(1));
        let mut sums = vec![F::Real::default(); self.function.dim() * size];
        for (&node, &weight) in quadrature.nodes.iter().zip(&quadrature.weights) {
            let weight = F::Real::of(weight);
            self.function.jacobian(self.line.points(&[node]), block, |first, rows| {
                sums[first * size..].iter_mut().zip(&rows).for_each(|(sum, v)| *sum += weight * *v);
                self.progress.advance((rows.len() / size) as u64);
                go_on(self.progress)
            })?;
        }
        Ok(sums)
    }

    /// The rule for the given steps, and its error in eq. (2): `sum V - (F(x) - F(r))`.
    pub(crate) fn nodes(&self, rule: Rule, steps: Steps, limits: Limits) -> Result<(Quadrature, Vec<f64>)> {
        let all = All { path: self };
        let (quadrature, sum) = match (rule, steps) {
            (_, Steps::Fixed(count)) => at(&all, Quadrature::new(rule, count))?,
            (Rule::Riemann, Steps::Adaptive { .. }) => doubled(&all, self.ends, limits)?,
            (Rule::GaussLegendre, Steps::Adaptive { .. }) => {
                let Refined { quadrature, sums } = refine(&all, self.ends, limits)?;
                (quadrature, total(sums))
            }
        };
        let residual = sum.iter().zip(self.ends[0]).zip(self.ends[1]).map(|((sum, q), e)| sum - (e - q)).collect();
        Ok((quadrature, residual))
    }
}
