//! Multi-head attention on slices: `softmax(Q K^T / sqrt(d) + bias) V`, and its tangents.
//!
//! With P the probabilities of one head and `'` a tangent:
//!
//! ```text
//! E' = (Q' K^T + Q K'^T) / sqrt(d)        P' = P o (E' - rowsum(P o E'))        out' = P' V + P V'
//! ```
//!
//! This is where tokens mix: a tangent that comes in within one token's row goes out in all rows.

use rayon::prelude::*;

use super::kernel::{self, Operand, Write, grain, matmul, vectorised};
use super::real::Real;

/// The sizes of one attention. Heads lie side by side in the last axis of [B, S, C].
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub batch: usize,
    pub tokens: usize,
    pub width: usize,
    pub heads: usize,
}

impl Shape {
    fn head_width(self) -> usize {
        self.width / self.heads
    }

    fn scale<T: Real>(self) -> T {
        T::of(1.0 / (self.head_width() as f64).sqrt())
    }

    /// One head of one [S, C] block of `x`, as [S, C / heads].
    fn head<T>(self, x: &[T], block: usize, head: usize) -> Operand<'_, T> {
        let start = block * self.tokens * self.width + head * self.head_width();
        Operand::new(&x[start..], self.tokens, self.head_width(), self.width)
    }

    /// One head's [S, S] square of `x` [B, heads, S, S].
    fn square<T>(self, x: &[T], batch: usize, head: usize) -> &[T] {
        let size = self.tokens * self.tokens;
        let start = (batch * self.heads + head) * size;
        &x[start..start + size]
    }

    fn square_operand<T>(self, x: &[T]) -> Operand<'_, T> {
        Operand::new(x, self.tokens, self.tokens, self.tokens)
    }
}

/// What is added to the scores, [B or 1, heads or 1, S, S]; a step of 0 repeats.
#[derive(Clone, Copy)]
pub(super) struct Bias<'a, T> {
    pub values: &'a [T],
    pub batch_step: usize,
    pub head_step: usize,
}

/// Queries, keys and values, [B, S, C] each; of a tangent, [B, K, S, C] or [B, S, C].
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a, T> {
    pub queries: &'a [T],
    pub keys: &'a [T],
    pub values: &'a [T],
}

/// P, [B, heads, S, S].
pub(super) fn probabilities<T: Real>(shape: Shape, x: Inputs<T>, bias: Option<Bias<T>>) -> Vec<T> {
    let size = shape.tokens * shape.tokens;
    let mut out = vec![T::default(); shape.batch * shape.heads * size];
    out.par_chunks_mut(size).enumerate().with_min_len(grain()).for_each(|(i, p)| {
        let (b, h) = (i / shape.heads, i % shape.heads);
        scores(shape, p, Write::Set, shape.head(x.queries, b, h), shape.head(x.keys, b, h));
        vectorised(
            #[inline(always)]
            || {
                if let Some(bias) = bias {
                    let start = b * bias.batch_step + h * bias.head_step;
                    kernel::add_scaled(p, T::ONE, &bias.values[start..start + size]);
                }
                p.chunks_exact_mut(shape.tokens).for_each(kernel::softmax);
            },
        );
    });
    out
}

/// `out (+)= Q K^T / sqrt(d)`, [S, S].
fn scores<T: Real>(shape: Shape, out: &mut [T], write: Write, q: Operand<T>, k: Operand<T>) {
    matmul(out, shape.tokens, write, shape.scale(), q, k.t(), gemm::Parallelism::None);
}

/// `P V`, [B, S, C].
pub(super) fn context<T: Real>(shape: Shape, p: &[T], values: &[T]) -> Vec<T> {
    let mut out = vec![T::default(); shape.batch * shape.tokens * shape.width];
    out.par_chunks_mut(shape.tokens * shape.width).enumerate().with_min_len(grain()).for_each(|(b, out)| {
        for h in 0..shape.heads {
            let p = shape.square_operand(shape.square(p, b, h));
            mix(shape, out, h, Write::Set, p, shape.head(values, b, h));
        }
    });
    out
}

/// `out (+)= W V` into one head's columns of out [S, C]. W: [S, S].
fn mix<T: Real>(shape: Shape, out: &mut [T], head: usize, write: Write, w: Operand<T>, v: Operand<T>) {
    matmul(&mut out[head * shape.head_width()..], shape.width, write, T::ONE, w, v, gemm::Parallelism::None);
}

/// The output's tangents [B, K, S, C] from tangents [B, K, S, C] in every row. p: as [`probabilities`] gave it.
pub(super) fn tangents<T: Real>(shape: Shape, count: usize, x: Inputs<T>, dx: Inputs<T>, p: &[T]) -> Vec<T> {
    let mut out = vec![T::default(); shape.batch * count * shape.tokens * shape.width];
    out.par_chunks_mut(shape.tokens * shape.width).enumerate().with_min_len(grain()).for_each_init(
        || vec![T::default(); shape.tokens * shape.tokens],
        |de, (i, out)| {
            let b = i / count;
            for h in 0..shape.heads {
                let p = shape.square(p, b, h);
                scores(shape, de, Write::Set, shape.head(dx.queries, i, h), shape.head(x.keys, b, h));
                scores(shape, de, Write::Add, shape.head(x.queries, b, h), shape.head(dx.keys, i, h));
                probability_tangent(shape.tokens, de, p);
                mix(shape, out, h, Write::Set, shape.square_operand(de), shape.head(x.values, b, h));
                mix(shape, out, h, Write::Add, shape.square_operand(p), shape.head(dx.values, i, h));
            }
        },
    );
    out
}

/// `P' = P o (E' - rowsum(P o E'))` in place of E'.
fn probability_tangent<T: Real>(tokens: usize, de: &mut [T], p: &[T]) {
    vectorised(
        #[inline(always)]
        || {
            for (u, p) in de.chunks_exact_mut(tokens).zip(p.chunks_exact(tokens)) {
                kernel::softmax_jacobian(u, p);
            }
        },
    );
}

/// The output's tangents [B, K, S, C] when tangent k is zero outside the rows of its group. dx: [B, S, C], the rows of all
/// tangents in one; members: each tangent's rows.
///
/// `Q' K^T` is then zero outside the group's rows, `Q K'^T` outside its columns, and `P V'` needs its columns only, so the
/// products with the tangents are made once for all K.
pub(super) fn row_tangents<T: Real>(
    shape: Shape,
    members: &[Vec<usize>],
    x: Inputs<T>,
    dx: Inputs<T>,
    p: &[T],
) -> Vec<T> {
    let by_row = all_scores(shape, dx.queries, x.keys);
    let by_column = all_scores(shape, x.queries, dx.keys);
    let (tokens, count) = (shape.tokens, members.len());
    let mut out = vec![T::default(); shape.batch * count * tokens * shape.width];
    out.par_chunks_mut(tokens * shape.width).enumerate().with_min_len(grain()).for_each_init(
        || vec![T::default(); tokens * tokens],
        |de, (i, out)| {
            let (b, group) = (i / count, &members[i % count]);
            for h in 0..shape.heads {
                let p = shape.square(p, b, h);
                spread_scores(tokens, de, group, shape.square(&by_row, b, h), shape.square(&by_column, b, h));
                probability_tangent(tokens, de, p);
                mix(shape, out, h, Write::Set, shape.square_operand(de), shape.head(x.values, b, h));
                add_columns(shape, out, h, group, p, &dx.values[b * tokens * shape.width..]);
            }
        },
    );
    out
}

/// `Q K^T / sqrt(d)` of every head, [B, heads, S, S].
pub(super) fn all_scores<T: Real>(shape: Shape, queries: &[T], keys: &[T]) -> Vec<T> {
    let size = shape.tokens * shape.tokens;
    let mut out = vec![T::default(); shape.batch * shape.heads * size];
    out.par_chunks_mut(size).enumerate().with_min_len(grain()).for_each(|(i, out)| {
        let (b, h) = (i / shape.heads, i % shape.heads);
        scores(shape, out, Write::Set, shape.head(queries, b, h), shape.head(keys, b, h));
    });
    out
}

/// `w_m = sum_t P_mt (r_t - sum_u P_mu r_u) v_t` with `r_t = q'_m . k_t / sqrt(d)`, [B, S, C]: what a tangent in row m makes of row m
/// through its own query. dq: the tangents of all rows, [B, S, C].
pub(super) fn own_rows<T: Real>(shape: Shape, p: &[T], dq: &[T], keys: &[T], values: &[T]) -> Vec<T> {
    let mut scores = all_scores(shape, dq, keys);
    scores.par_chunks_mut(shape.tokens).zip(p.par_chunks(shape.tokens)).with_min_len(grain()).for_each(|(r, p)| {
        vectorised(
            #[inline(always)]
            || kernel::softmax_jacobian(r, p),
        );
    });
    context(shape, &scores, values)
}

/// E' of one tangent: the group's rows of `by_row` plus the group's columns of `by_column`, zero elsewhere. All [S, S].
fn spread_scores<T: Real>(tokens: usize, de: &mut [T], group: &[usize], by_row: &[T], by_column: &[T]) {
    de.fill(T::default());
    for &s in group {
        de[s * tokens..(s + 1) * tokens].copy_from_slice(&by_row[s * tokens..(s + 1) * tokens]);
    }
    for row in 0..tokens {
        for &s in group {
            de[row * tokens + s] += by_column[row * tokens + s];
        }
    }
}

/// `out += P V'` where only the group's rows of V' are not zero. out, values: [S, C]; p: [S, S].
fn add_columns<T: Real>(shape: Shape, out: &mut [T], head: usize, group: &[usize], p: &[T], values: &[T]) {
    let (tokens, width, from) = (shape.tokens, shape.width, head * shape.head_width());
    let columns = from..from + shape.head_width();
    vectorised(
        #[inline(always)]
        || {
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                for &s in group {
                    kernel::add_scaled(
                        &mut out[columns.clone()],
                        p[row * tokens + s],
                        &values[s * width..][columns.clone()],
                    );
                }
            }
        },
    );
}
