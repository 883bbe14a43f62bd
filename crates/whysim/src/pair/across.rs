//! Explains a pair by decomposing only the shorter text.
//!
//! Once V^a of the shorter text is known, its products with the other text's contributions need one
//! cotangent for each row of V^a, and no V^b (method, eq. 6):
//!
//! ```text
//! A_ij = integral of  [ J_F(x^b(t))^T V^a_i ] o (x^b - r^b), summed over row j, / n
//! and the same for q_a . V^b_j / n
//! ```
//!
//! The integral and its nodes are the same, so the numbers agree to rounding. The completeness gap
//! is measured for every cotangent c: with `rho_c = sum_j c . V^b_j - c . (e_b - q_b)`, the
//! ledger's error is `d_a . e_b / n + sum_c rho_c / n`.

use whysim_core::{Precision, Real, parallel};

use super::{Border, Embeddings, Ledger, Norms, products, rounding, side, size};
use crate::convergence::Convergence;
use crate::decomposition::ends::Ends;
use crate::decomposition::{Decomposition, Options};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::explanation::{Explanation, Side};
use crate::path::Function;
use crate::progress::{Counted, Part, Progress};
use crate::similarity::{Similarity, dot, norm, wide};

impl Encoder {
    /// Why the texts A and B are similar. Each is read with its own options; only their prompts may
    /// differ.
    ///
    /// To rounding, the numbers are the same as from decomposing both texts and
    /// [`Decomposition::explain`]. It is faster if one text is much shorter than the other, like a
    /// query and a passage. To pair one text with many others, decompose it once instead.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming the text, and if the options are incompatible.
    pub fn explain(&self, texts: [&str; 2], options: [&Options; 2], similarity: Similarity) -> Result<Explanation> {
        self.explain_with_progress(texts, options, similarity, &())
    }

    /// As [`Encoder::explain`], with `progress` told of every tangent or cotangent at a node, or of
    /// every part of a text that is embedded, and asked between them whether to stop.
    ///
    /// # Errors
    /// As there, and [`Error::Interrupted`] when `progress` says to stop.
    pub fn explain_with_progress(
        &self,
        texts: [&str; 2],
        options: [&Options; 2],
        similarity: Similarity,
        progress: &dyn Progress,
    ) -> Result<Explanation> {
        if options.iter().any(|options| options.removal.is_some()) {
            let [a, b] = self.decompose_pair_with_progress(texts, options, progress)?;
            return a.explain(&b, similarity);
        }
        let _part = Part::begin(progress, "attributing the similarity", None, Counted::Steps);
        let ends = parallel::try_map(2, |i| Ends::of(self, texts[i], options[i], ["A", "B"][i]))?;
        let decompose = |i: usize| ends[i].decompose(self, texts[i], options[i], ["A", "B"][i], progress);
        let pair = |i: usize, order| {
            let long = Long { text: texts[1 - i], ends: &ends[1 - i], options: options[1 - i], progress };
            across(self, &decompose(i)?, &long, similarity, order)
        };
        match self.shorter(texts, options, [&ends[0], &ends[1]]) {
            None => {
                let both = parallel::try_map(2, decompose)?;
                both[0].explain(&both[1], similarity)
            }
            Some(0) => pair(0, Order::ShortIsA),
            Some(_) => pair(1, Order::ShortIsB),
        }
    }

    /// The text to decompose alone, if that takes fewer multiplications than decomposing both.
    fn shorter(&self, texts: [&str; 2], options: [&Options; 2], ends: [&Ends<f32>; 2]) -> Option<usize> {
        // Only tangents can be rounded.
        if options.iter().any(|options| options.precision != Precision::Float32) {
            return None;
        }
        let members = [0, 1].map(|i| ends[i].members(texts[i], options[i].unit).1);
        // One cotangent for each row of the other text, and one for its reference.
        let [a, b] = [0, 1].map(|i| ends[i].suffix(self).costs(&members[i], members[1 - i].len() + 1));
        let [across_b, across_a] = [a[0] + b[1], a[1] + b[0]].map(|cost| WORTH * cost);
        let ways = [(a[0] + b[0], None), (across_b, Some(0)), (across_a, Some(1))];
        ways.into_iter().min_by(|x, y| x.0.total_cmp(&y.0)).and_then(|(_, way)| way)
    }
}

/// The factor by which cotangents must save multiplications to be worth it: fewer of them run at a
/// time, and with a fixed number of nodes they add a search that decompositions do not need.
const WORTH: f64 = 1.25;

/// Which text of the pair is shorter.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    ShortIsA,
    ShortIsB,
}

/// What an explanation says of one text.
struct Half {
    embeddings: Embeddings,
    /// Each row against the other text's reference.
    border: Vec<f32>,
    convergence: Convergence,
    side: Side,
}

/// The text that is not decomposed.
struct Long<'a, T: Real> {
    text: &'a str,
    ends: &'a Ends<T>,
    options: &'a Options,
    progress: &'a dyn Progress,
}

impl<T: Real> Long<'_, T> {
    fn embeddings(&self) -> Embeddings {
        let Ends { embedding, reference, length, .. } = self.ends;
        Embeddings { embedding: rounded(embedding), reference: rounded(reference), length: *length }
    }
}

/// Pairs a decomposed text with one that is not.
fn across<T: Real>(
    encoder: &Encoder<T>,
    short: &Decomposition,
    long: &Long<T>,
    similarity: Similarity,
    order: Order,
) -> Result<Explanation> {
    short.recipe.check(&long.ends.recipe(encoder, long.options))?;
    let (tokens, members) = long.ends.members(long.text, long.options.unit);
    let count = tokens.len();
    let side = Side { text: long.text.to_owned(), tokens, truncated: long.ends.tokens.truncated };
    let crossed = Crossed::of(encoder, short, long, &members)?;
    Error::check_finite([&crossed.left], || "the path to the longer text".into())?;

    let n = Norms::new(Embeddings::of(short), long.embeddings(), similarity).n;
    let matrix = narrow(&crossed.matrix, n);
    let quadrature_bound = crossed.bound(short, long, n);
    let halves = [of_short(short, long, n), of_long(long, side, crossed, n)];
    let ([a, b], matrix) = match order {
        Order::ShortIsA => (halves, matrix),
        Order::ShortIsB => {
            let [short, long] = halves;
            ([long, short], turned(&matrix, count))
        }
    };
    let corner = dot(&a.embeddings.reference, &b.embeddings.reference) / n;
    let ledger = Ledger {
        recipe: &short.recipe,
        similarity,
        norms: Norms { a: a.embeddings, b: b.embeddings, n },
        matrix,
        border: Border { a: a.border, b: b.border, corner },
        convergence: [a.convergence, b.convergence],
        quadrature_bound,
        standard_error: None,
    };
    Ok(ledger.explanation([a.side, b.side]))
}

fn of_short<T: Real>(short: &Decomposition, long: &Long<T>, n: f64) -> Half {
    Half {
        border: products(&short.contributions, &rounded_narrow(&long.ends.reference), short.reference.len(), n),
        convergence: short.convergence(),
        side: side(short),
        embeddings: Embeddings::of(short),
    }
}

fn of_long<T: Real>(long: &Long<T>, side: Side, crossed: Crossed, n: f64) -> Half {
    let border = narrow(&crossed.reference, n);
    Half { embeddings: long.embeddings(), border, convergence: crossed.convergence, side }
}

/// x / n.
fn narrow(x: &[f64], n: f64) -> Vec<f32> {
    x.iter().map(|v| (v / n) as f32).collect()
}

/// The products `c . V^b_j` of every cotangent c with the contributions of the undecomposed text.
struct Crossed {
    /// For the cotangents of the shorter text's rows: [m, n].
    matrix: Vec<f64>,
    /// For the cotangent of its reference: `[n]`.
    reference: Vec<f64>,
    /// `sum_c |rho_c|`.
    left: f64,
    convergence: Convergence,
}

impl Crossed {
    fn of<T: Real>(
        encoder: &Encoder<T>,
        short: &Decomposition,
        whole: &Long<T>,
        members: &[Vec<usize>],
    ) -> Result<Self> {
        let (long, options, embeddings) = (whole.ends, whole.options, whole.embeddings());
        let cotangents = || short.contributions.chunks_exact(short.reference.len()).chain([&short.reference[..]]);
        let all: Vec<T> = cotangents().flatten().map(|&v| T::of(f64::from(v))).collect();
        let suffix = long.suffix(encoder);
        let done =
            long.path(&suffix, whole.progress).products(&all, options.rule, options.steps, long.limits(options))?;

        let rows = done.rows.chunks_exact(long.tokens.ids.len()).map(|row| grouped(row, members));
        let mut matrix: Vec<Vec<f64>> = rows.collect();
        let ends = embeddings.embedding.iter().zip(&embeddings.reference);
        let difference: Vec<f64> = ends.map(|(e, q)| e - q).collect();
        let rho = |(row, c): (&Vec<f64>, &[f32])| row.iter().sum::<f64>() - dot(&wide(c), &difference);
        let left = matrix.iter().zip(cotangents()).map(|each| rho(each).abs()).sum();
        let reference = matrix.pop().unwrap_or_default();
        let convergence = Convergence {
            gap: long.relative(norm(&done.residual)),
            steps: done.quadrature.nodes.len(),
            tolerance: options.steps.tolerance(),
            ..short.convergence()
        };
        Ok(Self { matrix: matrix.concat(), reference, left, convergence })
    }

    /// A bound on the ledger's quadrature error.
    fn bound<T: Real>(&self, short: &Decomposition, long: &Long<T>, n: f64) -> f64 {
        let embeddings = long.embeddings();
        let length = norm(&embeddings.embedding);
        let sizes = [size(short), length + norm(&embeddings.reference)];
        (short.residual * length + self.left) / n + rounding(short.embedding.len(), sizes, n)
    }
}

/// Sums the tokens' numbers over each group. row: `[S]`.
fn grouped(row: &[f64], members: &[Vec<usize>]) -> Vec<f64> {
    members.iter().map(|group| group.iter().map(|&s| row[s]).sum()).collect()
}

/// Transposes rows of `columns` numbers.
fn turned(x: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|j| x.iter().skip(j).step_by(columns.max(1)).copied()).collect()
}

/// Rounds to f32, as a decomposition does.
fn rounded(x: &[f64]) -> Vec<f64> {
    wide(&rounded_narrow(x))
}

fn rounded_narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&v| v as f32).collect()
}

#[cfg(test)]
mod tests;
