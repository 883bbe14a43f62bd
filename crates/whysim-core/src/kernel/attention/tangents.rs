//! Forward mode: K tangents through the attention of B texts of S tokens each.

use super::{Attend, Inputs, square};
use crate::kernel::{Accum, add_scaled, for_rows, softmax_jacobian, vectorised};
use crate::parallel;
use crate::real::Real;

impl<T: Real> Attend<'_, T> {
    /// The output's tangents [B, K, S, C] from tangents [B, K, S, C] in every row. p: packed. With
    /// one query a text, queries and output have [B, K, 1, C].
    pub(crate) fn tangents(&self, count: usize, x: Inputs<T>, dx: Inputs<T>, p: &[T]) -> Vec<T> {
        let (tokens, asked) = (self.texts.each(), self.queries.each());
        let sizes = [asked * self.width(), tokens * self.key_width()];
        let mut out = vec![T::default(); self.texts.count() * count * sizes[0]];
        parallel::tasks(out.chunks_mut(sizes[0].max(1)), |i, out| {
            let (b, de) = (i / count, &mut vec![T::default(); asked * tokens]);
            let (x, dx) = (x.at(b, sizes), dx.at(i, sizes));
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
        let (tokens, asked, count) = (self.texts.each(), self.queries.each(), members.len());
        let size = asked * self.width();
        let mut out = vec![T::default(); self.texts.count() * count * size];
        parallel::tasks(out.chunks_mut(size.max(1)), |i, out| {
            let (b, group, de) = (i / count, &members[i % count], &mut vec![T::default(); asked * tokens]);
            let values = self.rows(x.values, b, self.key_width());
            let tangents = self.shared_rows(dx.values, b, self.key_width());
            for head in 0..self.heads.count {
                let p = self.square_of(p, b, head);
                let (rows, columns) = (self.square_of(&by_row, b, head), self.square_of(&by_column, b, head));
                self.spread_scores(b, de, group, rows, columns);
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

    /// E' of one tangent of text b: the group's rows of `by_row` plus the group's columns of
    /// `by_column`, zero elsewhere. All are squares.
    fn spread_scores(&self, b: usize, de: &mut [T], group: &[usize], by_row: &[T], by_column: &[T]) {
        let tokens = self.texts.each();
        de.fill(T::default());
        for (i, (de, row)) in de.chunks_exact_mut(tokens).zip(by_row.chunks_exact(tokens)).enumerate() {
            if group.contains(&self.queries.position(b, i)) {
                de.copy_from_slice(row);
            }
        }
        for (de, row) in de.chunks_exact_mut(tokens).zip(by_column.chunks_exact(tokens)) {
            group.iter().for_each(|&s| de[s] += row[s]);
        }
    }

    /// One head's square of text b, of texts of one length. x: packed.
    pub(super) fn square_of<'x>(&self, x: &'x [T], b: usize, head: usize) -> &'x [T] {
        let size = x.len() / (self.texts.count() * self.heads.count);
        &x[(b * self.heads.count + head) * size..][..size]
    }

    /// `out += P V'` where only the group's rows of V' are not zero. values:
    /// [S, key heads x width]; p: a square.
    fn add_columns(&self, out: &mut [T], head: usize, group: &[usize], p: &[T], values: &[T]) {
        let (width, key_width, size) = (self.width(), self.key_width(), self.heads.width);
        let (tokens, from, key_from) = (self.texts.each(), head * size, self.key_of(head) * size);
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
    /// Block i, of these sizes for queries, and for keys and values.
    fn at(self, i: usize, sizes: [usize; 2]) -> Self {
        let of = |x: &'a [T], size: usize| &x[i * size..(i + 1) * size];
        Self { queries: of(self.queries, sizes[0]), keys: of(self.keys, sizes[1]), values: of(self.values, sizes[1]) }
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
