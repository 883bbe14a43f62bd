//! Forward mode: K tangents through the attention of B texts of S tokens each.

use super::{Attend, Inputs, square};
use crate::kernel::{Accum, add_scaled, for_rows, softmax_jacobian, vectorised};
use crate::parallel;
use crate::real::Real;

impl<T: Real> Attend<'_, T> {
    /// The output's tangents [B, K, S, C] from tangents [B, K, S, C] in every row. p: packed.
    pub(crate) fn tangents(&self, count: usize, x: Inputs<T>, dx: Inputs<T>, p: &[T]) -> Vec<T> {
        let (tokens, width, key_width) = (self.texts.each(), self.width(), self.key_width());
        let mut out = vec![T::default(); self.texts.count() * count * tokens * width];
        parallel::tasks(out.chunks_mut((tokens * width).max(1)), |i, out| {
            let (b, de) = (i / count, &mut vec![T::default(); tokens * tokens]);
            let (x, dx) = (x.at(b, tokens, width, key_width), dx.at(i, tokens, width, key_width));
            for head in 0..self.heads.count {
                let p = self.square_of(p, b, head);
                self.scores(de, Accum::Replace, self.query(dx.queries, head), self.key(x.keys, head));
                self.scores(de, Accum::Add, self.query(x.queries, head), self.key(dx.keys, head));
                probability_tangent(tokens, de, p);
                self.mix(out, head, Accum::Replace, square(de, tokens), self.key(x.values, head));
                self.mix(out, head, Accum::Add, square(p, tokens), self.key(dx.values, head));
            }
        });
        out
    }

    /// The output's tangents [B, K, S, C] when tangent k is zero outside the rows of its group. dx:
    /// the rows of all tangents together, [B, S, C], or [S, C] shared by all texts; members: each
    /// tangent's rows.
    ///
    /// `Q' K^T` is then zero outside the group's rows, `Q K'^T` outside its columns, and `P V'`
    /// needs only those columns, so the products with the tangents are computed once for all K.
    pub(crate) fn row_tangents(&self, members: &[Vec<usize>], x: Inputs<T>, dx: Inputs<T>, p: &[T]) -> Vec<T> {
        let by_row = self.all_scores(dx.queries, x.keys);
        let by_column = self.all_scores(x.queries, dx.keys);
        let (tokens, count, width) = (self.texts.each(), members.len(), self.width());
        let mut out = vec![T::default(); self.texts.count() * count * tokens * width];
        parallel::tasks(out.chunks_mut((tokens * width).max(1)), |i, out| {
            let (b, group, de) = (i / count, &members[i % count], &mut vec![T::default(); tokens * tokens]);
            let values = self.rows(x.values, b, self.key_width());
            let tangents = self.shared_rows(dx.values, b, self.key_width());
            for head in 0..self.heads.count {
                let p = self.square_of(p, b, head);
                let (rows, columns) = (self.square_of(&by_row, b, head), self.square_of(&by_column, b, head));
                spread_scores(tokens, de, group, rows, columns);
                probability_tangent(tokens, de, p);
                self.mix(out, head, Accum::Replace, square(de, tokens), self.key(values, head));
                self.add_columns(out, head, group, p, tangents);
            }
        });
        out
    }

    /// `w_m = sum_t P_mt (r_t - sum_u P_mu r_u) v_t` with `r_t = c q'_m . k_t`, [T, C]: the
    /// effect of a tangent in row m on row m through its own query. dq: the tangents of all rows,
    /// [T, C], or [S, C] shared by all texts.
    pub(crate) fn own_rows(&self, p: &[T], dq: &[T], keys: &[T], values: &[T]) -> Vec<T> {
        let mut scores = self.all_scores(dq, keys);
        let tokens = self.texts.each();
        for_rows(
            &mut scores,
            tokens,
            #[inline(always)]
            |i, r| softmax_jacobian(r, &p[i * tokens..(i + 1) * tokens]),
        );
        self.context(&scores, values)
    }

    /// One head's square of text b, of texts of one length. x: packed.
    pub(super) fn square_of<'x>(&self, x: &'x [T], b: usize, head: usize) -> &'x [T] {
        let size = x.len() / (self.texts.count() * self.heads.count);
        &x[(b * self.heads.count + head) * size..][..size]
    }

    /// `out += P V'` where only the group's rows of V' are not zero. out: [S, C], values: [S, key
    /// heads x width]; p: [S, S].
    fn add_columns(&self, out: &mut [T], head: usize, group: &[usize], p: &[T], values: &[T]) {
        let (width, key_width, size) = (self.width(), self.key_width(), self.heads.width);
        let (tokens, from, key_from) = (out.len() / width, head * size, self.key_of(head) * size);
        vectorised(
            #[inline(always)]
            || {
                for (row, out) in out.chunks_exact_mut(width).enumerate() {
                    for &s in group {
                        let value = &values[s * key_width + key_from..][..size];
                        add_scaled(&mut out[from..from + size], p[row * tokens + s], value);
                    }
                }
            },
        );
    }
}

impl<'a, T> Inputs<'a, T> {
    /// Block i of S rows.
    fn at(self, i: usize, tokens: usize, width: usize, key_width: usize) -> Self {
        let of = |x: &'a [T], width: usize| &x[i * tokens * width..(i + 1) * tokens * width];
        Self { queries: of(self.queries, width), keys: of(self.keys, key_width), values: of(self.values, key_width) }
    }
}

/// `P' = P o (E' - rowsum(P o E'))` in place of E'.
fn probability_tangent<T: Real>(tokens: usize, de: &mut [T], p: &[T]) {
    vectorised(
        #[inline(always)]
        || {
            for (u, p) in de.chunks_exact_mut(tokens).zip(p.chunks_exact(tokens)) {
                softmax_jacobian(u, p);
            }
        },
    );
}

/// E' of one tangent: the group's rows of `by_row` plus the group's columns of `by_column`, zero
/// elsewhere. All [S, S].
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
