//! Adaptive quadrature whose error is not estimated but known.
//!
//! With g(a) = dF(x(a))/da, the integral of g over any piece [s, t] of the path is F(x(t)) - F(x(s)), by the fundamental theorem.
//! So each piece (panel) has a completeness gap of its own. A panel is refined where its gap is large: with more nodes while that
//! helps, else by halving. Paths through deep encoders are smooth almost everywhere and steep in a few short stretches, where
//! uniform rules of any order need many more nodes.

use super::quadrature::{Quadrature, Rule};
use crate::error::Result;

/// Nodes of the first panel.
const FEWEST: usize = 6;
/// Nodes of a panel beyond which it is halved.
const MOST: usize = 32;
/// More nodes help if doubling them made the gap this much smaller.
const GAIN: f64 = 8.0;

/// The curve along the path, as the refinement sees it.
pub(crate) trait Curve {
    /// F(x(a)) at each a.
    fn values(&self, at: &[f64]) -> Result<Vec<Vec<f64>>>;
    /// g(a) = dF(x(a))/da at each a.
    fn slopes(&self, at: &[f64]) -> Result<Vec<Vec<f64>>>;
}

/// A piece of the path with a Gauss-Legendre rule of its own.
#[derive(Clone)]
struct Panel {
    from: (f64, Vec<f64>),
    to: (f64, Vec<f64>),
    nodes: usize,
    gap: f64,
    /// The gap with half the nodes.
    before: Option<f64>,
}

/// Gauss-Legendre panels on [0, 1] whose gaps add up to at most `tolerance` (in units of F), or as near to it as `limit` nodes in all
/// allow. `noise`: the gap that rounding alone can make; no panel is refined below it.
///
/// The sum of the panels' gaps bounds the gap of the whole, and unlike it cannot be small by cancellation.
pub(crate) fn refine(curve: &impl Curve, tolerance: f64, noise: f64, limit: usize) -> Result<Quadrature> {
    let mut ends = curve.values(&[0.0, 1.0])?;
    let (to, from) = ((1.0, ends.swap_remove(1)), (0.0, ends.swap_remove(0)));
    let mut panels = measure(curve, vec![Panel { from, to, nodes: FEWEST.min(limit), gap: 0.0, before: None }])?;
    while panels.iter().map(|p| p.gap).sum::<f64>() > tolerance {
        let share = (tolerance / panels.len() as f64).max(noise);
        panels.sort_by(|p, q| q.gap.total_cmp(&p.gap));
        let mut room = limit.saturating_sub(panels.iter().map(|p| p.nodes).sum());
        let mut refines = |p: &Panel| {
            let more = p.refined_nodes().saturating_sub(p.nodes);
            let fits = p.gap > share && more <= room;
            room -= if fits { more } else { 0 };
            fits
        };
        let (refined, kept): (Vec<Panel>, Vec<Panel>) = panels.into_iter().partition(&mut refines);
        panels = kept;
        if refined.is_empty() {
            break;
        }
        let halved: Vec<f64> = refined.iter().filter(|p| !p.raises()).map(Panel::middle).collect();
        let mut middles = curve.values(&halved)?.into_iter();
        let mut next = Vec::new();
        for panel in refined {
            if panel.raises() {
                next.push(Panel { nodes: 2 * panel.nodes, before: Some(panel.gap), ..panel });
            } else if let Some(value) = middles.next() {
                let middle = (panel.middle(), value);
                next.extend(panel.halves(middle));
            }
        }
        panels.extend(measure(curve, next)?);
    }
    Ok(composite(panels))
}

impl Panel {
    /// Whether more nodes are the way to refine it, and not halving.
    fn raises(&self) -> bool {
        2 * self.nodes <= MOST && self.before.is_none_or(|before| self.gap * GAIN < before)
    }

    fn middle(&self) -> f64 {
        0.5 * (self.from.0 + self.to.0)
    }

    /// Nodes of its halves.
    fn half_nodes(&self) -> usize {
        (self.nodes / 2).max(FEWEST)
    }

    /// Nodes that it will have in all once refined.
    fn refined_nodes(&self) -> usize {
        if self.raises() { 2 * self.nodes } else { 2 * self.half_nodes() }
    }

    fn halves(self, middle: (f64, Vec<f64>)) -> [Self; 2] {
        let nodes = self.half_nodes();
        let left = Self { from: self.from, to: middle.clone(), nodes, gap: 0.0, before: None };
        [left, Self { from: middle, to: self.to, nodes, gap: 0.0, before: None }]
    }

    /// Its rule: nodes in its piece, weights that sum to its width.
    fn rule(&self) -> Quadrature {
        let width = self.to.0 - self.from.0;
        let mut rule = Quadrature::new(Rule::GaussLegendre, self.nodes);
        rule.nodes.iter_mut().for_each(|a| *a = self.from.0 + width * *a);
        rule.weights.iter_mut().for_each(|w| *w *= width);
        rule
    }
}

/// Fills in the panels' gaps: | rule's sum of g - (F(to) - F(from)) |.
fn measure(curve: &impl Curve, mut panels: Vec<Panel>) -> Result<Vec<Panel>> {
    let rules: Vec<Quadrature> = panels.iter().map(Panel::rule).collect();
    let at: Vec<f64> = rules.iter().flat_map(|rule| rule.nodes.iter().copied()).collect();
    let mut slopes = curve.slopes(&at)?.into_iter();
    for (panel, rule) in panels.iter_mut().zip(&rules) {
        let mut rest: Vec<f64> = panel.from.1.iter().zip(&panel.to.1).map(|(from, to)| from - to).collect();
        for (weight, slope) in rule.weights.iter().zip(slopes.by_ref()) {
            rest.iter_mut().zip(slope).for_each(|(rest, g)| *rest += weight * g);
        }
        panel.gap = rest.iter().map(|v| v * v).sum::<f64>().sqrt();
    }
    Ok(panels)
}

/// The panels' rules side by side.
fn composite(mut panels: Vec<Panel>) -> Quadrature {
    panels.sort_by(|p, q| p.from.0.total_cmp(&q.from.0));
    let mut all = Quadrature { nodes: Vec::new(), weights: Vec::new() };
    for rule in panels.iter().map(Panel::rule) {
        all.nodes.extend(rule.nodes);
        all.weights.extend(rule.weights);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F(a) = (arctan((a - 0.3) / width), a^2): steep around 0.3.
    struct Step {
        width: f64,
    }

    impl Curve for Step {
        fn values(&self, at: &[f64]) -> Result<Vec<Vec<f64>>> {
            Ok(at.iter().map(|a| vec![((a - 0.3) / self.width).atan(), a * a]).collect())
        }

        fn slopes(&self, at: &[f64]) -> Result<Vec<Vec<f64>>> {
            let bell = |a: f64| self.width / (self.width.powi(2) + (a - 0.3).powi(2));
            Ok(at.iter().map(|&a| vec![bell(a), 2.0 * a]).collect())
        }
    }

    /// |sum of g - (F(1) - F(0))|.
    fn gap(curve: &Step, rule: &Quadrature) -> f64 {
        let ends = curve.values(&[0.0, 1.0]).unwrap();
        let slopes = curve.slopes(&rule.nodes).unwrap();
        let rest = |d: usize| {
            let sum: f64 = rule.weights.iter().zip(&slopes).map(|(w, g)| w * g[d]).sum();
            sum - (ends[1][d] - ends[0][d])
        };
        rest(0).hypot(rest(1))
    }

    #[test]
    fn a_steep_stretch_gets_the_nodes() {
        let curve = Step { width: 1e-3 };
        let rule = refine(&curve, 1e-6, 0.0, 1000).unwrap();
        assert!(gap(&curve, &rule) <= 1e-6);
        assert!((rule.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12 && rule.nodes.is_sorted());
        let uniform = Quadrature::new(Rule::GaussLegendre, rule.nodes.len());
        assert!(gap(&curve, &uniform) > 1e3 * gap(&curve, &rule), "{} nodes", rule.nodes.len());
    }

    #[test]
    fn a_smooth_curve_stays_one_panel() {
        let rule = refine(&Step { width: 3.0 }, 1e-6, 0.0, 1000).unwrap();
        assert_eq!(rule, Quadrature::new(Rule::GaussLegendre, rule.nodes.len()));
        assert!(rule.nodes.len() <= 8);
    }

    #[test]
    fn the_limit_holds_and_the_noise_ends_the_search() {
        for limit in [1, 3, 4, 7, 8, 20, 50] {
            let rule = refine(&Step { width: 1e-4 }, 1e-12, 0.0, limit).unwrap();
            assert!(rule.nodes.len() <= limit, "{} nodes of {limit}", rule.nodes.len());
        }
        let rule = refine(&Step { width: 1e-1 }, 1e-300, 1e-6, 10_000).unwrap();
        assert!(rule.nodes.len() < 200);
    }
}
