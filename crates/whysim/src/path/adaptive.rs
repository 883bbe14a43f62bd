//! Adaptive quadrature with a known, not estimated, error.
//!
//! With g(a) = dF(x(a))/da, the integral of g over any piece [s, t] of the path is F(x(t)) -
//! F(x(s)), by the fundamental theorem. So each piece (panel) has its own completeness gap. A panel
//! with a large gap is refined: with more nodes while that helps, otherwise by halving. Paths
//! through deep encoders are smooth almost everywhere and steep in a few short stretches; there,
//! uniform rules of any order need many more nodes.
//!
//! Gauss-Legendre converges geometrically, `gap(N) ~ gap(0) q^N`, where g is analytic (Trefethen,
//! SIAM Review 2008). One trial therefore predicts how many nodes are enough: without any node the
//! gap is the whole difference of F, and the trial reveals q.

use super::quadrature::{Quadrature, Rule};
use crate::error::Result;

/// Fewest nodes of a panel.
const FEWEST: usize = 6;
/// Panels with more nodes than this are halved.
const MOST: usize = 32;

/// The goals of the refinement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The target gap, in units of F.
    pub tolerance: f64,
    /// The gap that rounding alone can cause; no panel is refined below it.
    pub noise: f64,
    /// The maximum number of nodes in total.
    pub nodes: usize,
}

impl Limits {
    /// The same for a curve that is `factor` times as large.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self { tolerance: self.tolerance * factor, noise: self.noise * factor, ..self }
    }
}

/// The curve along the path, as seen by the refinement.
pub(crate) trait Curve {
    /// F(x(a)) at each a.
    fn values(&self, at: &[f64]) -> Vec<Vec<f64>>;

    /// Nodes in the first trial. Use more if a successful trial is the whole work, and a failed one
    /// is wasted.
    fn first(&self) -> usize {
        FEWEST
    }

    /// The sum over the nodes of each rule.
    ///
    /// # Errors
    /// When the work is to stop.
    fn sums(&self, rules: &[Quadrature]) -> Result<Vec<Vec<f64>>>;

    /// The part of a sum that is the sum of g = dF(x(a))/da.
    fn slope(&self, sums: &[f64]) -> Vec<f64> {
        sums.to_vec()
    }

    /// `| sum of g - (F(to) - F(from)) |`.
    fn gap(&self, sums: &[f64], [from, to]: [&[f64]; 2]) -> f64 {
        let slope = self.slope(sums);
        slope.iter().zip(from).zip(to).map(|((g, from), to)| (g - (to - from)).powi(2)).sum::<f64>().sqrt()
    }
}

/// A rule that meets the tolerance, and the sums over its panels' nodes.
pub(crate) struct Refined {
    pub quadrature: Quadrature,
    /// In the order of the panels.
    pub sums: Vec<Vec<f64>>,
}

/// A piece of the path with its own Gauss-Legendre rule.
#[derive(Clone)]
struct Panel {
    from: (f64, Vec<f64>),
    to: (f64, Vec<f64>),
    nodes: usize,
    /// Its nodes' sums, and its gap.
    sums: Vec<f64>,
    gap: f64,
    /// Nodes and gap of the previous trial.
    before: (usize, f64),
}

/// Gauss-Legendre panels on [0, 1] whose gaps add up to at most the tolerance, or as close to it as
/// the node limit allows. ends: F at 0 and 1.
///
/// The sum of the panels' gaps bounds the total gap and, unlike it, cannot be small by
/// cancellation.
pub(crate) fn refine(curve: &impl Curve, ends: [&[f64]; 2], limits: Limits) -> Result<Refined> {
    let [from, to] = ends.map(<[f64]>::to_vec);
    let first = Panel::new((0.0, from), (1.0, to), curve.first().min(limits.nodes));
    let mut panels = measure(curve, vec![first])?;
    while panels.iter().map(|p| p.gap).sum::<f64>() > limits.tolerance {
        let share = (limits.tolerance / panels.len() as f64).max(limits.noise);
        panels.sort_by(|p, q| q.gap.total_cmp(&p.gap));
        let mut room = limits.nodes.saturating_sub(panels.iter().map(|p| p.nodes).sum());
        let mut refines = |p: &Panel| {
            let more = p.refined_nodes(share).saturating_sub(p.nodes);
            let fits = p.gap > share && more <= room;
            room -= if fits { more } else { 0 };
            fits
        };
        let (refined, kept): (Vec<Panel>, Vec<Panel>) = panels.into_iter().partition(&mut refines);
        panels = kept;
        if refined.is_empty() {
            break;
        }
        let halved: Vec<f64> = refined.iter().filter(|p| p.raised(share).is_none()).map(Panel::middle).collect();
        let mut middles = if halved.is_empty() { Vec::new() } else { curve.values(&halved) }.into_iter();
        let mut next = Vec::new();
        for panel in refined {
            if let Some(nodes) = panel.raised(share) {
                next.push(Panel { before: (panel.nodes, panel.gap), nodes, ..panel });
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
    fn new(from: (f64, Vec<f64>), to: (f64, Vec<f64>), nodes: usize) -> Self {
        // Without any node the gap is the whole difference.
        let all = from.1.iter().zip(&to.1).map(|(from, to)| (to - from).powi(2)).sum::<f64>().sqrt();
        Self { from, to, nodes, sums: Vec::new(), gap: 0.0, before: (0, all) }
    }

    /// The number of nodes expected to bring the gap under `share`, if that beats halving the
    /// panel.
    fn raised(&self, share: f64) -> Option<usize> {
        let (nodes, gap) = self.before;
        // How much the logarithm of the gap falls per node.
        let rate = (gap / self.gap).ln() / (self.nodes - nodes) as f64;
        // One extra node, since the rate was measured with only a few.
        let more = 1.0 + (self.gap / share).ln() / rate;
        let raised = self.nodes as f64 + more.ceil();
        (rate > 0.0 && raised <= MOST as f64).then_some(raised as usize)
    }

    fn middle(&self) -> f64 {
        0.5 * (self.from.0 + self.to.0)
    }

    /// Nodes of each half.
    fn half_nodes(&self) -> usize {
        (self.nodes / 2).max(FEWEST)
    }

    /// Total nodes after refinement.
    fn refined_nodes(&self, share: f64) -> usize {
        self.raised(share).unwrap_or(2 * self.half_nodes())
    }

    fn halves(self, middle: (f64, Vec<f64>)) -> [Self; 2] {
        let nodes = self.half_nodes();
        [Self::new(self.from, middle.clone(), nodes), Self::new(middle, self.to, nodes)]
    }

    /// Its rule: nodes within its piece, weights that sum to its width.
    fn rule(&self) -> Quadrature {
        let width = self.to.0 - self.from.0;
        let mut rule = Quadrature::new(Rule::GaussLegendre, self.nodes);
        rule.nodes.iter_mut().for_each(|a| *a = self.from.0 + width * *a);
        rule.weights.iter_mut().for_each(|w| *w *= width);
        rule
    }
}

/// Computes the panels' sums and gaps.
fn measure(curve: &impl Curve, mut panels: Vec<Panel>) -> Result<Vec<Panel>> {
    let rules: Vec<Quadrature> = panels.iter().map(Panel::rule).collect();
    for (panel, sums) in panels.iter_mut().zip(curve.sums(&rules)?) {
        panel.gap = curve.gap(&sums, [&panel.from.1, &panel.to.1]);
        panel.sums = sums;
    }
    Ok(panels)
}

/// Concatenates the panels' rules.
fn composite(mut panels: Vec<Panel>) -> Refined {
    panels.sort_by(|p, q| p.from.0.total_cmp(&q.from.0));
    let mut all = Quadrature { nodes: Vec::new(), weights: Vec::new() };
    for rule in panels.iter().map(Panel::rule) {
        all.nodes.extend(rule.nodes);
        all.weights.extend(rule.weights);
    }
    Refined { quadrature: all, sums: panels.into_iter().map(|panel| panel.sums).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F(a) = (arctan((a - 0.3) / width), a^2): steep around 0.3.
    struct Step {
        width: f64,
    }

    impl Curve for Step {
        fn values(&self, at: &[f64]) -> Vec<Vec<f64>> {
            at.iter().map(|a| vec![((a - 0.3) / self.width).atan(), a * a]).collect()
        }

        fn sums(&self, rules: &[Quadrature]) -> Result<Vec<Vec<f64>>> {
            let bell = |a: f64| self.width / (self.width.powi(2) + (a - 0.3).powi(2));
            let sum = |rule: &Quadrature| {
                let nodes = rule.nodes.iter().zip(&rule.weights);
                nodes.fold(vec![0.0, 0.0], |sum, (a, w)| vec![sum[0] + w * bell(*a), sum[1] + w * 2.0 * a])
            };
            Ok(rules.iter().map(sum).collect())
        }
    }

    fn refined(curve: &Step, tolerance: f64, noise: f64, nodes: usize) -> Refined {
        let ends = curve.values(&[0.0, 1.0]);
        refine(curve, [&ends[0], &ends[1]], Limits { tolerance, noise, nodes }).unwrap()
    }

    /// |sum of g - (F(1) - F(0))|.
    fn gap(curve: &Step, rule: &Quadrature) -> f64 {
        let ends = curve.values(&[0.0, 1.0]);
        curve.gap(&curve.sums(std::slice::from_ref(rule)).unwrap()[0], [&ends[0], &ends[1]])
    }

    #[test]
    fn a_steep_stretch_gets_the_nodes() {
        let curve = Step { width: 1e-3 };
        let Refined { quadrature: rule, sums } = refined(&curve, 1e-6, 0.0, 1000);
        assert!(gap(&curve, &rule) <= 1e-6);
        let total = sums.iter().map(|sum| sum[0]).sum::<f64>();
        assert!(
            (total - curve.sums(std::slice::from_ref(&rule)).unwrap()[0][0]).abs() < 1e-12,
            "sums are the rule's own"
        );
        assert!((rule.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12 && rule.nodes.is_sorted());
        let uniform = Quadrature::new(Rule::GaussLegendre, rule.nodes.len());
        assert!(gap(&curve, &uniform) > 1e3 * gap(&curve, &rule), "{} nodes", rule.nodes.len());
    }

    #[test]
    fn a_smooth_curve_stays_one_panel() {
        let rule = refined(&Step { width: 3.0 }, 1e-6, 0.0, 1000).quadrature;
        assert_eq!(rule, Quadrature::new(Rule::GaussLegendre, rule.nodes.len()));
        assert!(rule.nodes.len() <= 8);
    }

    #[test]
    fn the_limit_holds_and_the_noise_ends_the_search() {
        for limit in [1, 3, 4, 7, 8, 20, 50] {
            let rule = refined(&Step { width: 1e-4 }, 1e-12, 0.0, limit).quadrature;
            assert!(rule.nodes.len() <= limit, "{} nodes of {limit}", rule.nodes.len());
        }
        let rule = refined(&Step { width: 1e-1 }, 1e-300, 1e-6, 10_000).quadrature;
        assert!(rule.nodes.len() < 200);
    }
}
