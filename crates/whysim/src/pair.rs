//! Two decompositions become an [`Explanation`]: one small product, and its ledger.

use rayon::prelude::*;

use crate::array::kernel;
use crate::decomposition::{Decomposition, Recipe, norm};
use crate::error::{Error, Result};
use crate::explanation::{Border, Explanation, Side, Similarity, Terms};
use crate::text::Reference;

impl Decomposition {
    /// Why this text (A) and `other` (B) have the similarity they have: eqs. (3) to (5) of the method.
    ///
    /// # Errors
    /// When the two were not made by one recipe.
    pub fn explain(&self, other: &Self, similarity: Similarity) -> Result<Explanation> {
        let Norms { a, b, n } = Norms::of(self, other, similarity)?;
        let matrix = matrix(self, other, n);
        let border = border(self, other, &a, &b, n);
        let terms = Terms {
            ab: product(&a.embedding, &b.embedding) / n,
            a_ref: product(&a.embedding, &b.reference) / n,
            ref_b: product(&a.reference, &b.embedding) / n,
            ref_ref: product(&a.reference, &b.reference) / n,
        };
        let total = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
        let sum: f64 = matrix.iter().map(|row| total(row)).sum();
        let all = sum + total(&border.a) + total(&border.b) + border.corner;
        let entries = matrix.iter().flatten().chain(&border.a).chain(&border.b);
        let magnitude = entries.map(|v| f64::from(v.abs())).sum();
        let recipe = &self.recipe;
        Ok(Explanation {
            model: recipe.model.name.clone(),
            layer: recipe.layer,
            layers: recipe.layers,
            similarity,
            exact: recipe.model.exact && recipe.reference == Reference::Pad,
            by: recipe.unit,
            rule: recipe.rule.to_string(),
            reference: recipe.reference.to_string(),
            precision: recipe.precision,
            steps: [self.steps, other.steps],
            gaps: [self.gap, other.gap],
            score: terms.ab,
            sum,
            error: all - terms.ab,
            bound: bound([self, other], [&a, &b], n, magnitude),
            terms,
            a: side(self),
            b: side(other),
            matrix,
            border,
        })
    }

    /// The matrix of [`Decomposition::explain`] alone, eq. (3): `A_ij`, row-major `[rows of this text, rows of other]`.
    ///
    /// # Errors
    /// When the two were not made by one recipe.
    pub fn matrix(&self, other: &Self, similarity: Similarity) -> Result<Vec<f32>> {
        let Norms { n, .. } = Norms::of(self, other, similarity)?;
        Ok(products(&self.contributions, &other.contributions, self.embedding.len(), n))
    }
}

/// The embeddings of a pair and the norm n that everything is divided by.
pub(crate) struct Norms {
    a: Embeddings,
    b: Embeddings,
    /// `|e_a| |e_b|` for cosine, 1 for dot.
    pub n: f64,
}

impl Norms {
    /// # Errors
    /// When the two were not made by one recipe.
    pub(crate) fn of(a: &Decomposition, b: &Decomposition, similarity: Similarity) -> Result<Self> {
        a.recipe.check(&b.recipe)?;
        check_sizes(a, b)?;
        let normalizes = a.recipe.normalizes;
        let (a, b) = (Embeddings::of(a), Embeddings::of(b));
        let n = match similarity {
            Similarity::Dot if !normalizes => 1.0,
            _ => norm(&a.embedding) * norm(&b.embedding),
        };
        // Only an embedding of length 0 has no direction: an exact model gives it to a text that equals its reference. Its
        // contributions are 0 too, and so is every attribution.
        Ok(Self { a, b, n: if n == 0.0 { 1.0 } else { n } })
    }
}

/// Decompositions are also read from files, so their sizes are not to be taken for granted.
fn check_sizes(a: &Decomposition, b: &Decomposition) -> Result<()> {
    let dim = a.embedding.len();
    let whole = |d: &Decomposition| {
        [d.embedding.len(), d.reference.len()] == [dim; 2] && d.contributions.len() == d.tokens.len() * dim
    };
    if dim > 0 && whole(a) && whole(b) {
        return Ok(());
    }
    Err(Error::Recipe("their numbers of rows or of dimensions do not fit together".into()))
}

/// The embeddings e and q that the ledger is written in.
struct Embeddings {
    embedding: Vec<f64>,
    reference: Vec<f64>,
}

impl Embeddings {
    fn of(text: &Decomposition) -> Self {
        Self { embedding: wide(&text.embedding), reference: wide(&text.reference) }
    }
}

impl Recipe {
    fn check(&self, other: &Self) -> Result<()> {
        let differ = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
            Err(Error::Recipe(format!("their {what} differ ({a:?} and {b:?})")))
        };
        if self.model.fingerprint != other.model.fingerprint || self.model.exact != other.model.exact {
            return differ("models", &self.model.name, &other.model.name);
        }
        if self.layer != other.layer {
            return differ("layers", &self.layer, &other.layer);
        }
        if self.rule != other.rule {
            return differ("quadrature rules", &self.rule, &other.rule);
        }
        if self.reference != other.reference {
            return differ("references", &self.reference, &other.reference);
        }
        if self.unit != other.unit {
            return differ("rows", &self.unit, &other.unit);
        }
        if self.precision != other.precision {
            return differ("precisions", &self.precision, &other.precision);
        }
        Ok(())
    }
}

/// Products of numbers above which a matrix is worth more than one thread.
const LARGE: usize = 1 << 22;

/// `A_ij = V^a_i . V^b_j / n`, [rows of A][rows of B].
fn matrix(a: &Decomposition, b: &Decomposition, n: f64) -> Vec<Vec<f32>> {
    let entries = products(&a.contributions, &b.contributions, a.embedding.len(), n);
    entries.chunks(b.tokens.len().max(1)).map(<[f32]>::to_vec).collect()
}

/// `x_i . y_j / n`, [rows of x, rows of y]. In f64, so that sums of entries are as exact as the vectors are. x, y: rows of `dim`.
pub(crate) fn products(x: &[f32], y: &[f32], dim: usize, n: f64) -> Vec<f32> {
    let wide_y = wide(y);
    let rows = |x: &[f32]| kernel::dots(&wide(x), dim, &wide_y, None).into_iter().map(|v| (v / n) as f32);
    if x.len() / dim * y.len() < LARGE {
        return rows(x).collect();
    }
    x.par_chunks(16 * dim).flat_map_iter(rows).collect()
}

fn border(a: &Decomposition, b: &Decomposition, ea: &Embeddings, eb: &Embeddings, n: f64) -> Border {
    Border {
        a: products(&a.contributions, &b.reference, a.reference.len(), n),
        b: products(&b.contributions, &a.reference, a.reference.len(), n),
        corner: product(&ea.reference, &eb.reference) / n,
    }
}

/// With d = sum V + q - e of each text (its residual): the ledger's error is `(d_a.e_b + e_a.d_b + d_a.d_b) / n`, so by
/// Cauchy-Schwarz at most `(|d_a| |e_b| + |e_a| |d_b| + |d_a| |d_b|) / n`, plus the rounding of the entries to f32.
fn bound(texts: [&Decomposition; 2], e: [&Embeddings; 2], n: f64, magnitude: f64) -> f64 {
    let [da, db] = texts.map(|text| text.residual);
    let [ea, eb] = e.map(|e| norm(&e.embedding));
    (da * eb + ea * db + da * db) / n + f64::from(f32::EPSILON) * magnitude
}

fn product(x: &[f64], y: &[f64]) -> f64 {
    kernel::dots(x, x.len(), y, None).iter().sum()
}

fn wide(x: &[f32]) -> Vec<f64> {
    kernel::vectorised(
        #[inline(always)]
        || x.iter().map(|&v| f64::from(v)).collect(),
    )
}

fn side(text: &Decomposition) -> Side {
    Side { text: text.text.clone(), tokens: text.tokens.clone(), truncated: text.truncated }
}
