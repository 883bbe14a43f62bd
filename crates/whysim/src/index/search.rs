//! Exact search: the similarity of a query with every text, in one pass over the parts.
//!
//! All sums are in f64 and in a fixed order for each text, so that neither the number of threads
//! nor what else is in the index changes a score.

use whysim_core::kernel::vectorised;

use super::Index;
use super::vectors::Vectors;
use crate::error::{Error, Result};
use crate::progress::{Progress, steps};
use crate::similarity::{Similarity, norm, product, wide};

/// Bytes of embeddings that a thread reads at once: they stay in its cache.
const BLOCK: usize = 1 << 18;

/// Sums that go on side by side.
const LANES: usize = 16;

/// A position and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The position in the index.
    pub position: usize,
    /// The similarity to the query.
    pub score: f64,
}

impl Index {
    /// The positions of the `top` embeddings most similar to one, the most similar first; of equal
    /// ones, the first positions. query: `[D]`. `progress` is informed of every finished run of
    /// rows and asked before each one whether to stop.
    ///
    /// # Errors
    /// If the query has another size or is not finite, or the index cannot be read; and
    /// [`Error::Interrupted`] when `progress` says to stop.
    pub fn nearest(&self, query: &[f32], top: usize, progress: &dyn Progress) -> Result<Vec<Near>> {
        if query.len() != self.recipe().dim || !query.iter().all(|v| v.is_finite()) {
            let expected = format!("{} finite numbers", self.recipe().dim);
            return Err(Error::Option { option: "query", expected, got: format!("{} numbers", query.len()) });
        }
        let query = wide(query);
        let found = steps(progress, "searching", self.pieces(), |&(vectors, first, rows, position)| {
            self.within(&query, vectors, first, rows, position, top)
        })?;
        let mut all: Vec<Near> = found.into_iter().flatten().collect();
        best(&mut all, top);
        Ok(all)
    }

    /// The best of a run of rows.
    fn within(
        &self,
        query: &[f64],
        vectors: &Vectors,
        first: usize,
        rows: usize,
        position: usize,
        top: usize,
    ) -> Result<Vec<Near>> {
        let dim = query.len();
        let block = (BLOCK / (4 * dim)).max(1);
        let mut reader = vectors.reader()?;
        let mut buffer = vec![0.0; block.min(rows) * dim];
        let mut near = Vec::new();
        // What was found is thinned when it has grown to this.
        let most = top.saturating_mul(2).max(1024);
        for start in (0..rows).step_by(block) {
            let some = block.min(rows - start);
            let values = &mut buffer[..some * dim];
            reader.read(first + start..first + start + some, values)?;
            scores(query, values, self.recipe().similarity, |i, score| {
                near.push(Near { position: position + start + i, score });
            });
            if near.len() > most {
                best(&mut near, top);
            }
        }
        best(&mut near, top);
        Ok(near)
    }
}

/// Keeps the `top` best, in order.
fn best(near: &mut Vec<Near>, top: usize) {
    let order = |a: &Near, b: &Near| b.score.total_cmp(&a.score).then(a.position.cmp(&b.position));
    if near.len() > top {
        if top > 0 {
            near.select_nth_unstable_by(top - 1, order);
        }
        near.truncate(top);
    }
    near.sort_unstable_by(order);
}

/// Calls `each` with every row's number and similarity. query: `[D]`, rows: [rows, D].
fn scores(query: &[f64], rows: &[f32], similarity: Similarity, mut each: impl FnMut(usize, f64)) {
    let length = norm(query);
    for (i, row) in rows.chunks_exact(query.len()).enumerate() {
        let (dot, square) = vectorised(
            #[inline(always)]
            || with_square(query, row),
        );
        let divisors = [length, square.sqrt()].map(|own| similarity.divisor(own, None));
        each(i, dot / product(divisors));
    }
}

/// x . y and y . y.
#[inline(always)]
fn with_square(x: &[f64], y: &[f32]) -> (f64, f64) {
    let (mut dots, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in xs.iter().zip(ys) {
        for i in 0..LANES {
            let y = f64::from(y[i]);
            dots[i] += x[i] * y;
            squares[i] += y * y;
        }
    }
    for (i, (x, y)) in x_rest.iter().zip(y_rest).enumerate() {
        let y = f64::from(*y);
        dots[i] += x * y;
        squares[i] += y * y;
    }
    (dots.iter().sum(), squares.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_a_square_of_any_length() {
        for size in [1, LANES - 1, LANES, 3 * LANES + 5] {
            let x: Vec<f64> = (0..size).map(|i| i as f64 - 3.0).collect();
            let y: Vec<f32> = (0..size).map(|i| 2.0 - i as f32).collect();
            let expected = (0..size).map(|i| [x[i] * f64::from(y[i]), f64::from(y[i]).powi(2)]);
            let expected = expected.fold([0.0; 2], |sum, v| [sum[0] + v[0], sum[1] + v[1]]);
            assert_eq!(with_square(&x, &y), (expected[0], expected[1]), "{size}");
        }
    }

    #[test]
    fn equal_scores_come_in_the_order_of_their_positions() {
        let near = |position, score| Near { position, score };
        let mut all = vec![near(3, 0.5), near(0, 0.5), near(2, 0.9), near(1, 0.5)];
        best(&mut all, 3);
        assert_eq!(all, [near(2, 0.9), near(0, 0.5), near(1, 0.5)]);
        best(&mut all, 0);
        assert!(all.is_empty());
    }
}
