//! Two decompositions become an [`Explanation`]: one small product, and its ledger.
//!
//! Where one text is much shorter than the other, the longer one needs no decomposition (`across`).

mod across;
pub(crate) mod sampling;

use whysim_core::{kernel, parallel};

use crate::convergence::Convergence;
use crate::decomposition::{Decomposition, Recipe};
use crate::error::{Error, Result};
use crate::explanation::{Border, Explanation, Method, Record, Side, StandardError, Terms};
use crate::similarity::{Similarity, dot, norm, product, wide};
use crate::text::Reference;

impl Decomposition {
    /// Why this text (A) and `other` (B) are as similar as they are: eqs. (3) to (5) of the method.
    ///
    /// # Errors
    /// If the two were not made with the same recipe.
    pub fn explain(&self, other: &Self, similarity: Similarity) -> Result<Explanation> {
        let norms = Norms::of(self, other, similarity)?;
        let matrix = products(&self.contributions, &other.contributions, self.embedding.len(), norms.n);
        let border = border(self, other, &norms);
        let convergence = [self.convergence(), other.convergence()];
        let sizes = [size(self), size(other)];
        let quadrature_bound =
            bound([self.residual, other.residual], &norms) + rounding(self.embedding.len(), sizes, norms.n);
        let standard_error = self.recipe.removal.map(|_| sampling::standard_error(self, other, &norms));
        Ok(Ledger {
            recipe: &self.recipe,
            similarity,
            norms,
            matrix,
            border,
            convergence,
            quadrature_bound,
            standard_error,
        }
        .explanation([side(self), side(other)]))
    }

    /// The matrix of [`Decomposition::explain`] alone, eq. (3): `A_ij`, row-major `[rows of this
    /// text, rows of other]`.
    ///
    /// # Errors
    /// If the two were not made with the same recipe.
    pub fn matrix(&self, other: &Self, similarity: Similarity) -> Result<Vec<f32>> {
        let Norms { n, .. } = Norms::of(self, other, similarity)?;
        Ok(products(&self.contributions, &other.contributions, self.embedding.len(), n))
    }
}

/// Everything in an explanation except the texts.
struct Ledger<'a> {
    recipe: &'a Recipe,
    similarity: Similarity,
    norms: Norms,
    /// Row-major, [rows of A, rows of B].
    matrix: Vec<f32>,
    border: Border,
    /// Of A and of B.
    convergence: [Convergence; 2],
    /// A bound on the ledger's quadrature error.
    quadrature_bound: f64,
    standard_error: Option<StandardError>,
}

impl Ledger<'_> {
    fn explanation(self, [a, b]: [Side; 2]) -> Explanation {
        let terms = self.norms.terms();
        let border = self.border;
        let total = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
        let sum: f64 = total(&self.matrix);
        let all = sum + total(&border.a) + total(&border.b) + border.corner;
        let entries = self.matrix.iter().chain(&border.a).chain(&border.b);
        let magnitude: f64 = entries.map(|v| f64::from(v.abs())).sum();
        let recipe = self.recipe;
        // Word vectors alone have no reference but zero.
        let texts = [&self.norms.a, &self.norms.b];
        let has_no_references = texts.iter().all(|text| text.reference.iter().all(|&v| v == 0.0));
        Explanation(Record {
            model: recipe.model.name.clone(),
            layer: recipe.layer,
            layers: recipe.layers,
            similarity: self.similarity,
            exact: recipe.is_exact() || has_no_references,
            by: recipe.unit,
            method: recipe.method(),
            rule: recipe.rule_name(),
            reference: recipe.reference_name(),
            removal: recipe.removal.map(|game| game.rule),
            standard_error: self.standard_error,
            precision: recipe.precision,
            steps: self.convergence.map(|text| text.steps),
            gaps: self.convergence.map(|text| text.gap),
            tolerances: self.convergence.map(|text| text.tolerance),
            score: terms.ab,
            sum,
            error: all - terms.ab,
            // Each entry was rounded to f32.
            bound: self.quadrature_bound + f64::from(f32::EPSILON) * magnitude,
            terms,
            matrix: self.matrix.chunks(b.tokens.len().max(1)).map(<[f32]>::to_vec).collect(),
            border,
            a,
            b,
        })
    }
}

/// The embeddings of a pair and the norm n that everything is divided by.
pub(crate) struct Norms {
    a: Embeddings,
    b: Embeddings,
    /// [`product`] of their divisors.
    pub n: f64,
}

impl Norms {
    /// # Errors
    /// If the two were not made with the same recipe.
    pub(crate) fn of(a: &Decomposition, b: &Decomposition, similarity: Similarity) -> Result<Self> {
        a.recipe.check(&b.recipe)?;
        check_sizes(a, b)?;
        Ok(Self::new(Embeddings::of(a), Embeddings::of(b), similarity))
    }

    /// The four similarities of the ledger.
    fn terms(&self) -> Terms {
        let Self { a, b, n } = self;
        Terms {
            ab: dot(&a.embedding, &b.embedding) / n,
            a_ref: dot(&a.embedding, &b.reference) / n,
            ref_b: dot(&a.reference, &b.embedding) / n,
            ref_ref: dot(&a.reference, &b.reference) / n,
        }
    }

    fn new(a: Embeddings, b: Embeddings, similarity: Similarity) -> Self {
        let n = product([&a, &b].map(|text| similarity.divisor(norm(&text.embedding), text.length)));
        Self { a, b, n }
    }
}

/// Decompositions may come from files, so their sizes are checked.
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
#[derive(Clone)]
struct Embeddings {
    embedding: Vec<f64>,
    reference: Vec<f64>,
    /// What `Normalize` divides by; None without one.
    length: Option<f64>,
}

impl Embeddings {
    fn of(text: &Decomposition) -> Self {
        Self { embedding: wide(&text.embedding), reference: wide(&text.reference), length: text.normalized() }
    }
}

impl Recipe {
    fn method(&self) -> Method {
        if self.removal.is_some() { Method::Removal } else { Method::Path }
    }

    /// The quadrature rule, or the mean over coalitions.
    fn rule_name(&self) -> String {
        self.removal.map_or_else(|| self.rule.to_string(), |game| game.index.to_string())
    }

    /// The reference, or what the empty text is worth.
    fn reference_name(&self) -> String {
        self.removal.map_or_else(|| self.reference.to_string(), |game| game.empty.to_string())
    }

    /// Whether the reference's embedding is zero by the model's construction.
    fn is_exact(&self) -> bool {
        self.model.exact && self.reference == Reference::Pad && self.removal.is_none()
    }

    fn check(&self, other: &Self) -> Result<()> {
        let differ = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
            Err(Error::Recipe(format!("their {what} differ ({a:?} and {b:?})")))
        };
        if self.model.fingerprint != other.model.fingerprint || self.model.exact != other.model.exact {
            return differ("models", &self.model.name, &other.model.name);
        }
        if self.removal != other.removal {
            return differ("methods", &self.removal, &other.removal);
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

/// Multiplications from which a matrix is worth more than one thread.
const LARGE: usize = 1 << 22;

/// `x_i . y_j / n`, [rows of x, rows of y]. In f64, so that sums of entries are as exact as the
/// vectors are. x, y: rows of `dim`.
pub(crate) fn products(x: &[f32], y: &[f32], dim: usize, n: f64) -> Vec<f32> {
    let wide_y = wide(y);
    let rows = |x: &[f32]| kernel::dots(&wide(x), dim, &wide_y, None).into_iter().map(|v| (v / n) as f32);
    if x.len() / dim * y.len() < LARGE {
        return rows(x).collect();
    }
    let chunks: Vec<&[f32]> = x.chunks(16 * dim).collect();
    parallel::gather(chunks.len(), |i| rows(chunks[i]).collect::<Vec<f32>>()).concat()
}

fn border(a: &Decomposition, b: &Decomposition, norms: &Norms) -> Border {
    Border {
        a: products(&a.contributions, &b.reference, a.reference.len(), norms.n),
        b: products(&b.contributions, &a.reference, a.reference.len(), norms.n),
        corner: dot(&norms.a.reference, &norms.b.reference) / norms.n,
    }
}

/// With d = sum V + q - e of each text (its residual): the ledger's error is `(d_a.e_b + e_a.d_b +
/// d_a.d_b) / n`, so by Cauchy-Schwarz at most `(|d_a| |e_b| + |e_a| |d_b| + |d_a| |d_b|) / n`.
fn bound([da, db]: [f64; 2], norms: &Norms) -> f64 {
    let [ea, eb] = [&norms.a, &norms.b].map(|e| norm(&e.embedding));
    (da * eb + ea * db + da * db) / norms.n
}

/// The sizes of all vectors of a text together: `sum_i |V_i| + |e| + |q|`.
pub(crate) fn size(text: &Decomposition) -> f64 {
    let rows = text.contributions.chunks_exact(text.embedding.len().max(1));
    rows.chain([&text.embedding[..], &text.reference]).map(|row| norm(&wide(row))).sum()
}

/// A bound on what rounding adds to a ledger in f64. `x . y` of D terms is off by at most
/// `D u |x| |y|` (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), and sums of
/// such products by little more. sizes: [`size`] of both texts; n: what products are divided by.
pub(crate) fn rounding(dim: usize, sizes: [f64; 2], n: f64) -> f64 {
    const SUMS: f64 = 4.0;
    SUMS * dim as f64 * f64::EPSILON * sizes[0] * sizes[1] / n
}

fn side(text: &Decomposition) -> Side {
    Side { text: text.text.clone(), tokens: text.tokens.clone(), truncated: text.truncated }
}
