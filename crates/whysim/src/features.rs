//! Feature pairs: attributions between hidden features of one text and hidden features of the
//! other.
//!
//! ```text
//! A_(i,g),(j,h) = (x - r)^a_ig (J^a)^T_.ig (J^b)_.jh (x - r)^b_jh / n
//! J = integral of J_F, [D, S, H]
//! ```
//!
//! This has rank D: each text stores its factor `(x - r)_ih J_.ih`, [S, H, D], and only the
//! requested slice is multiplied out. Summed over features, a factor is V.

use whysim_core::{Precision, Real};

use crate::decomposition::ends::Ends;
use crate::decomposition::{Decomposition, Options};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::pair::{Norms, products};
use crate::progress::{Counted, Part, Progress};
use crate::similarity::Similarity;

/// A text's feature factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The decomposition that the factors sum to, with the same rows.
    pub decomposition: Decomposition,
    /// `(x - r)_ih J_.ih`, [rows, H, D] row-major.
    pub factors: Vec<f32>,
    /// H.
    pub hidden: usize,
}

impl Encoder {
    /// Decomposes a text by tokens and hidden features. Memory: rows x H x D numbers; time: D
    /// cotangents per node, sharing one evaluation of the values.
    ///
    /// # Errors
    /// As [`Encoder::decompose`].
    pub fn features(&self, text: &str, options: &Options) -> Result<Features> {
        self.features_as(text, options, &())
    }

    /// As [`Encoder::features`], with `progress` told of every cotangent at a node and asked
    /// between them whether to stop.
    ///
    /// # Errors
    /// As there, and [`Error::Interrupted`] when `progress` says to stop.
    pub fn features_with_progress(&self, text: &str, options: &Options, progress: &dyn Progress) -> Result<Features> {
        self.features_as(text, options, progress)
    }
}

impl<T: Real> Encoder<T> {
    /// [`Encoder::features`] with any number type.
    #[doc(hidden)]
    pub fn features_as(&self, text: &str, options: &Options, progress: &dyn Progress) -> Result<Features> {
        if options.removal.is_some() {
            let expected = "left out for feature attributions, which come from a Jacobian".into();
            return Err(Error::Option { option: "removal", expected, got: "removal".into() });
        }
        let ends = Ends::of(self, text, options, "to decompose")?;
        let suffix = ends.suffix(self);
        let path = ends.path(&suffix, progress);
        let (quadrature, steps) = {
            let _part = Part::begin(progress, "searching for nodes", None, Counted::Steps);
            let (quadrature, _) = path.nodes(options.rule, options.steps, ends.limits(options))?;
            let steps = quadrature.nodes.len();
            (quadrature, steps)
        };
        let jacobian = {
            let _part = Part::of_steps(progress, "features", steps * self.dim());
            path.jacobian(&quadrature)?
        };
        let (tokens, members) = ends.members(text, options.unit);
        let factors = factors(&ends, &jacobian, &members, self.hidden());
        let rows = factors.chunks_exact(self.hidden() * self.dim());
        let values: Vec<f64> = rows.flat_map(|row| over_features(row, self.dim())).map(f64::from).collect();
        // Reverse mode does no rounding.
        let options = &Options { precision: Precision::default(), ..options.clone() };
        let recipe = ends.recipe(self, options);
        let parts = ends.parts(recipe, text, tokens, &values, (steps, options.steps));
        let decomposition = Decomposition::new(parts).finite("to decompose")?;
        Ok(Features { decomposition, factors, hidden: self.hidden() })
    }
}

/// [rows, H, D] from the Jacobian [D, S, H].
fn factors<T: Real>(ends: &Ends<T>, jacobian: &[T], members: &[Vec<usize>], hidden: usize) -> Vec<f32> {
    let difference = ends.line.difference();
    let (size, dim) = (difference.len(), jacobian.len() / difference.len());
    let mut factors = vec![0f32; members.len() * hidden * dim];
    for (members, out) in members.iter().zip(factors.chunks_exact_mut(hidden * dim)) {
        for &s in members {
            for (h, out) in out.chunks_exact_mut(dim).enumerate() {
                let at = s * hidden + h;
                for (d, out) in out.iter_mut().enumerate() {
                    *out += (difference[at] * jacobian[d * size + at]).to_f64() as f32;
                }
            }
        }
    }
    factors
}

/// One row's factor [H, D], summed over H in f64.
fn over_features(row: &[f32], dim: usize) -> Vec<f32> {
    let mut sums = vec![0f64; dim];
    for feature in row.chunks_exact(dim) {
        sums.iter_mut().zip(feature).for_each(|(sum, &v)| *sum += f64::from(v));
    }
    sums.into_iter().map(|v| v as f32).collect()
}

impl Features {
    /// The feature-pair attributions between row i of this text (A) and row j of `other` (B):
    /// [H, H] row-major, A's features by B's. They sum to the matrix's entry (i, j).
    ///
    /// # Errors
    /// If a row does not exist, or the recipes differ.
    pub fn block(&self, i: usize, other: &Self, j: usize, similarity: Similarity) -> Result<Vec<f32>> {
        let norms = Norms::of(&self.decomposition, &other.decomposition, similarity)?;
        let (a, b) = (self.row(i)?, other.row(j)?);
        Ok(products(a, b, self.dim(), norms.n))
    }

    /// The attribution of every feature of every row of this text to the whole of `other`:
    /// [rows, H] row-major. Summed over H, it is the sum of the matrix's row.
    ///
    /// # Errors
    /// If the recipes differ.
    pub fn marginal(&self, other: &Self, similarity: Similarity) -> Result<Vec<f32>> {
        let norms = Norms::of(&self.decomposition, &other.decomposition, similarity)?;
        let dim = self.dim();
        let mut total = vec![0f64; dim];
        for row in other.decomposition.contributions.chunks_exact(dim) {
            total.iter_mut().zip(row).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        let entry = |feature: &[f32]| feature.iter().zip(&total).map(|(&f, t)| f64::from(f) * t).sum::<f64>() / norms.n;
        Ok(self.factors.chunks_exact(dim).map(|feature| entry(feature) as f32).collect())
    }

    fn dim(&self) -> usize {
        self.decomposition.embedding.len()
    }

    /// Row i's factor, [H, D].
    fn row(&self, i: usize) -> Result<&[f32]> {
        let size = self.hidden * self.dim();
        self.factors.get(i * size..(i + 1) * size).ok_or_else(|| Error::Option {
            option: "row",
            expected: format!("below {}", self.decomposition.tokens.len()),
            got: i.to_string(),
        })
    }
}
