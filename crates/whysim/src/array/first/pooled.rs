//! The first layer when it is also the last: its tangents are contracted tile by tile and never stored.
//!
//! The layer's end (see `ending`) needs of the tangents only sums over s and two numbers a row. With its c_s, and its x̂_s written e_s because
//! the first half has an x̂ of its own:
//!
//! ```text
//! sum_s c_s u_s = gamma o ( sum_s (c_s / sigma_s) v_s - sum_s (c_s / sigma_s) (mu_s + l_s x̂_s) )
//! mean(u_s)     = ( sum gamma o v_s - mu_s sum gamma - l_s <gamma, x̂_s> ) / (sigma_s H),      likewise <e_s, u_s>
//! ```

use super::pass::{Consumer, Tile};
use super::tile::LANES;
use super::{Entry, First, scaled};
use crate::array::attention::{self, Bias};
use crate::array::ending::{self, Parts, Point};
use crate::array::kernel::{self, Multiply, Operand, Write, matmul};
use crate::array::layer::{Layer, Prepared};
use crate::array::real::Real;
use crate::array::values::Values;
use crate::error::Result;

/// The layer's values and tangents, pooled with `pooling` [B, S]: [B, H] and [B, K, H].
pub(in crate::array) fn last_layer<T: Real>(
    shape: attention::Shape,
    entry: Entry<T>,
    layer: &Layer,
    bias: Option<Bias<T>>,
    pooling: &[T],
) -> Result<Parts<T>> {
    let first = First::new(shape, entry, layer, bias)?;
    let prepared = Prepared::get::<T>(layer)?;
    let (output, expansion) = (Values::<T>::of(&prepared.output)?, Values::<T>::of(&prepared.expansion)?);
    let gamma = Values::<T>::of(layer.attention_norm.gamma)?;
    let expand = Values::<T>::of(layer.expand.weight)?;
    let (point, primal) = Point::new(shape.tokens, first.expanded.clone(), &first.residual, layer, pooling)?;

    let residual = Residual::new(&first, &gamma, &point);
    let (sums, dots) = first.pass(&output, shape.width, &residual);
    let rows = residual.rows(&dots);
    let (expanded, along) =
        first.pass(&expansion, point.inner(), &Expanded::new(&first, &rows, &gamma, &expand, &point));
    let rest = rest(&first, &sums, &rows, &along, &gamma, &point);
    Ok(Parts { primal, tangents: ending::finish(&expanded, rest, layer)? })
}

/// What is asked of v: the weighted sum of each tangent's rows, and of every row the sums of v, x̂ v, gamma v and gamma e v.
struct Residual<'a, T> {
    first: &'a First<'a, T>,
    gamma: &'a [T],
    /// e, [B, S, H].
    end: &'a [T],
    /// gamma o e.
    gained_end: Vec<T>,
    /// c / sigma, [B, S].
    shares: Vec<T>,
}

/// The normalisation's numbers of one row of one tangent.
#[derive(Clone, Copy)]
struct Row<T> {
    /// mu.
    mean: T,
    /// l.
    along: T,
    /// mean(u).
    mean_after: T,
    /// `<e, u>`.
    along_after: T,
}

impl<'a, T: Real> Residual<'a, T> {
    fn new(first: &'a First<'a, T>, gamma: &'a [T], point: &'a Point<T>) -> Self {
        let gained_end = scaled(&point.normalised, gamma, None);
        let shares = point.shares.iter().zip(&first.inverse).map(|(&c, &inverse)| c * inverse).collect();
        Self { first, gamma, end: &point.normalised, gained_end, shares }
    }

    /// From the dots [B, K, S, 4].
    fn rows(&self, dots: &[T]) -> Vec<Row<T>> {
        let (first, hidden) = (self.first, self.gamma.len());
        let (tokens, count) = (first.shape.tokens, T::of(hidden as f64));
        let gain = kernel::sum(self.gamma);
        let of_token: Vec<[T; 3]> = (0..first.inverse.len())
            .map(|i| {
                let row = i * hidden..(i + 1) * hidden;
                let (x, end) = (&first.normalised[row.clone()], &self.end[row.clone()]);
                [kernel::dot(self.gamma, x), kernel::dot(self.gamma, end), kernel::dot(&self.gained_end[row], x)]
            })
            .collect();
        let row = |(i, dots): (usize, &[T])| {
            let token = i / (tokens * first.members.len()) * tokens + i % tokens;
            let ([gain_x, gain_end, end_x], inverse) = (of_token[token], first.inverse[token]);
            let (mean, along) = (dots[0] / count, dots[1] / count);
            Row {
                mean,
                along,
                mean_after: inverse * (dots[2] - mean * gain - along * gain_x) / count,
                along_after: inverse * (dots[3] - mean * gain_end - along * end_x),
            }
        };
        dots.chunks_exact(4).enumerate().map(row).collect()
    }
}

impl<T: Real> Consumer<T> for Residual<'_, T> {
    const DOTS: usize = 4;

    fn arrays(&self) -> Vec<&[T]> {
        vec![&self.first.own, &self.first.normalised, &self.gained_end]
    }

    fn constant(&self) -> &[T] {
        self.gamma
    }

    #[inline(always)]
    fn row<M: Multiply>(
        &self,
        tile: &Tile<T>,
        at: [usize; 4],
        v: &mut [T; LANES],
        sums: &mut [T; LANES],
        dots: &mut [T],
    ) {
        let [b, _, s, column] = at;
        let token = b * self.first.shape.tokens + s;
        let (x, end, gamma) = (tile.of(1, token, column), tile.of(2, token, column), tile.constant(column));
        let share = self.shares[token];
        for i in 0..LANES {
            sums[i] = M::multiply_add(share, v[i], sums[i]);
        }
        dots[0] += kernel::sum(v);
        dots[1] += kernel::dot(x, v);
        dots[2] += kernel::dot(gamma, v);
        dots[3] += kernel::dot(end, v);
    }
}

/// What is asked of h': the sum that the contraction reads, and of every row its product with the end's.
struct Expanded<'a, T> {
    first: &'a First<'a, T>,
    rows: &'a [Row<T>],
    /// `W_1 gamma`, `[I]`.
    mean: Vec<T>,
    /// `W_1 (gamma o x̂_s)`, [B, S, I].
    along: Vec<T>,
    /// `c_s f'(h_s) / sigma_s`, [B, S, I].
    to_sum: Vec<T>,
    /// `W^T e_s o f'(h_s) / sigma_s`, [B, S, I].
    to_end: Vec<T>,
}

impl<'a, T: Real> Expanded<'a, T> {
    fn new(first: &'a First<'a, T>, rows: &'a [Row<T>], gamma: &[T], expand: &[T], point: &Point<T>) -> Self {
        let inner = point.inner();
        let (mut to_sum, mut to_end) = (point.slopes.clone(), point.slopes.clone());
        for (i, (sum, end)) in to_sum.chunks_exact_mut(inner).zip(to_end.chunks_exact_mut(inner)).enumerate() {
            let (inverse, share) = (first.inverse[i], point.shares[i]);
            sum.iter_mut().for_each(|slope| *slope *= share * inverse);
            end.iter_mut().zip(&point.pulled[i * inner..]).for_each(|(slope, &pulled)| *slope *= pulled * inverse);
        }
        let (mean, along) = first.normalised_maps(gamma, expand);
        Self { first, rows, mean, along, to_sum, to_end }
    }
}

impl<T: Real> Consumer<T> for Expanded<'_, T> {
    const DOTS: usize = 1;

    fn arrays(&self) -> Vec<&[T]> {
        vec![&self.first.own_expanded, &self.along, &self.to_sum, &self.to_end]
    }

    fn constant(&self) -> &[T] {
        &self.mean
    }

    #[inline(always)]
    fn row<M: Multiply>(
        &self,
        tile: &Tile<T>,
        at: [usize; 4],
        h: &mut [T; LANES],
        sums: &mut [T; LANES],
        dots: &mut [T],
    ) {
        let [b, k, s, column] = at;
        let tokens = self.first.shape.tokens;
        let token = b * tokens + s;
        let row = &self.rows[(b * self.first.members.len() + k) * tokens + s];
        let (mean, along) = (tile.constant(column), tile.of(1, token, column));
        let (to_sum, to_end) = (tile.of(2, token, column), tile.of(3, token, column));
        for i in 0..LANES {
            let without_mean = M::multiply_add(-row.mean, mean[i], h[i]);
            h[i] = M::multiply_add(-row.along, along[i], without_mean);
            sums[i] = M::multiply_add(to_sum[i], h[i], sums[i]);
        }
        dots[0] += kernel::dot(to_end, h);
    }
}

/// `sum_s c_s (u_s - mean(u_s) - m_s e_s)`, [B, K, H], with `m_s = (<e_s, u_s> + <W^T e_s, f'(h_s) o h'_s>) / H`.
fn rest<T: Real>(first: &First<T>, sums: &[T], rows: &[Row<T>], along: &[T], gamma: &[T], point: &Point<T>) -> Vec<T> {
    let (tokens, hidden, count) = (first.shape.tokens, first.shape.width, first.members.len());
    let mut rest = sums.to_vec();
    for b in 0..first.shape.batch {
        let (shares, inverse) = (&point.shares[b * tokens..], &first.inverse[b * tokens..]);
        let here = b * count * tokens..(b + 1) * count * tokens;
        let weighted = |f: &dyn Fn(usize, &Row<T>, T) -> T| -> Vec<T> {
            let each = rows[here.clone()].iter().zip(&along[here.clone()]).enumerate();
            each.map(|(i, (row, &along))| -shares[i % tokens] * f(i % tokens, row, along)).collect()
        };
        let by_x = weighted(&|s, row, _| inverse[s] * row.along);
        let by_end = weighted(&|_, row, along| (row.along_after + along) / T::of(hidden as f64));
        let by_gain = weighted(&|s, row, _| inverse[s] * row.mean);
        let by_one = weighted(&|_, row, _| row.mean_after);
        let block = &mut rest[b * count * hidden..(b + 1) * count * hidden];
        let vectors = b * tokens * hidden..(b + 1) * tokens * hidden;
        add_mixed(block, count, &by_x, &first.normalised[vectors.clone()], hidden);
        for (k, row) in block.chunks_exact_mut(hidden).enumerate() {
            let total = |x: &[T]| kernel::sum(&x[k * tokens..(k + 1) * tokens]);
            let (mean, offset) = (total(&by_gain), total(&by_one));
            row.iter_mut().zip(gamma).for_each(|(v, &gamma)| *v = gamma * (*v + mean) + offset);
        }
        add_mixed(block, count, &by_end, &point.normalised[vectors], hidden);
    }
    rest
}

/// `out += W X`. out: [K, H], W: [K, S], X: [S, H].
fn add_mixed<T: Real>(out: &mut [T], count: usize, weights: &[T], vectors: &[T], hidden: usize) {
    let tokens = vectors.len() / hidden;
    let (w, x) = (Operand::new(weights, count, tokens, tokens), Operand::new(vectors, tokens, hidden, hidden));
    matmul(out, hidden, Write::Add, T::ONE, w, x, gemm::Parallelism::None);
}
