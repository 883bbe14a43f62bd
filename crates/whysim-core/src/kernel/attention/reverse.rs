//! Reverse mode: K cotangents [K, T, C] back through an attention over a single set of
//! probabilities.

use super::{Attend, Inputs, square};
use crate::kernel::{Accum, Operand, dot, matmul, softmax_jacobian, vectorised};
use crate::parallel;
use crate::real::Real;
use crate::texts::Texts;

/// What the backward pass needs of the forward pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taped<'a, T> {
    /// Q, K and V.
    pub inputs: Inputs<'a, T>,
    /// P, packed.
    pub p: &'a [T],
    /// The weights of the values: P, or P after dropout. Packed.
    pub mixed: &'a [T],
}

/// The cotangents of Q [K, T, heads x width] (one row a text if there is one query), K and V
/// [K, T, key heads x width].
#[derive(Debug)]
pub(crate) struct Back<T> {
    pub queries: Vec<T>,
    pub keys: Vec<T>,
    pub values: Vec<T>,
}

/// The outputs for one text, and its E¯: rows, and a square for each head.
struct OfText<'a, T> {
    queries: &'a mut [T],
    keys: &'a mut [T],
    values: &'a mut [T],
    scores: Option<&'a mut [T]>,
}

impl<T: Real> Attend<'_, T> {
    /// The cotangents of queries, keys and values from those of the output, [K, T, heads x width]
    /// (one row a text if there is one query). `drop(P¯, at)` applies dropout to the cotangents of
    /// packed probabilities from position `at` on; `scores` receives E¯ of one cotangent, packed.
    pub(crate) fn cotangents(
        &self,
        taped: Taped<T>,
        dy: &[T],
        drop: impl Fn(&mut [T], usize) + Sync,
        scores: Option<&mut [T]>,
    ) -> Back<T> {
        let (rows, width, key_width) = (self.texts.tokens(), self.width(), self.key_width());
        let asked = self.queries.tokens() * width;
        let count = dy.len() / asked.max(1);
        let zeros = |size: usize| vec![T::default(); count * size];
        let [queries, keys, values] = [asked, rows * key_width, rows * key_width].map(zeros);
        let mut back = Back { queries, keys, values };
        let starts = self.starts();
        let queries = blocks(self.queries, &mut back.queries, width);
        let keys = blocks(self.texts, &mut back.keys, key_width);
        let values = blocks(self.texts, &mut back.values, key_width);
        let kept: Vec<Option<&mut [T]>> = match scores {
            Some(all) => self.split_packed_mut(all).into_iter().map(Some).collect(),
            None => std::iter::repeat_with(|| None).take(queries.len()).collect(),
        };
        let outputs = queries.into_iter().zip(keys).zip(values).zip(kept);
        parallel::tasks(outputs, |i, (((queries, keys), values), scores)| {
            let (k, b) = (i / self.texts.count(), i % self.texts.count());
            let dy = self.query_rows(&dy[k * asked..], b);
            self.text_cotangents((b, starts[b]), taped, dy, &drop, OfText { queries, keys, values, scores });
        });
        back
    }

    /// As [`Self::cotangents`] for one text and one cotangent of the output, dy: its queries' rows.
    /// at: the text, and where its squares begin.
    fn text_cotangents(
        &self,
        (b, first): (usize, usize),
        taped: Taped<T>,
        dy: &[T],
        drop: &impl Fn(&mut [T], usize),
        mut out: OfText<T>,
    ) {
        let (x, width, key_width) = (taped.inputs, self.width(), self.key_width());
        let queries = self.query_rows(x.queries, b);
        let [keys, values] = [x.keys, x.values].map(|x| self.rows(x, b, key_width));
        let (tokens, scale, size) = (self.texts.rows(b).len(), self.scale(), self.square(b));
        let mut de = vec![T::default(); size];
        for head in 0..self.heads.count {
            let at = first + head * size;
            let (p, mixed) = (&taped.p[at..at + size], &taped.mixed[at..at + size]);
            let accum = if self.opens(head) { Accum::Replace } else { Accum::Add };
            matmul(&mut de, tokens, Accum::Replace, T::ONE, self.query(dy, head), self.key(values, head).t());
            drop(&mut de, at);
            self.write_key(out.values, head, accum, T::ONE, square(mixed, tokens).t(), self.query(dy, head));
            vectorised(
                #[inline(always)]
                || de.chunks_exact_mut(tokens).zip(p.chunks_exact(tokens)).for_each(|(u, p)| softmax_jacobian(u, p)),
            );
            let own = &mut out.queries[head * self.heads.width..];
            matmul(own, width, Accum::Replace, scale, square(&de, tokens), self.key(keys, head));
            self.write_key(out.keys, head, accum, scale, square(&de, tokens).t(), self.query(queries, head));
            if let Some(kept) = &mut out.scores {
                kept[head * size..(head + 1) * size].copy_from_slice(&de);
            }
        }
    }

    /// The products of the output's cotangents [K, T, heads x width] with one tangent in every
    /// token's row: `<Q¯_s, q'_s> + <K¯_s, k'_s> + <V¯_s, v'_s>`, [K, T], without computing Q¯, K¯
    /// and V¯:
    ///
    /// ```text
    /// <Q¯_s, q'_s> = sum_t E¯_st c q'_s . k_t
    /// <K¯_t, k'_t> = sum_s E¯_st c q_s . k'_t
    /// <V¯_t, v'_t> = sum_s P_st out¯_s . v'_t
    /// ```
    ///
    /// dx: [T, ..], or [S, ..] shared by all texts.
    pub(crate) fn along(&self, x: Inputs<T>, dx: Inputs<T>, p: &[T], dy: &[T]) -> Vec<T> {
        let (rows, width, key_width) = (self.texts.tokens(), self.width(), self.key_width());
        let asked = self.queries.tokens() * width;
        let count = dy.len() / asked.max(1);
        let (by_row, by_column) = (self.all_scores(dx.queries, x.keys), self.all_scores(x.queries, dx.keys));
        let mut out = vec![T::default(); count * rows];
        let starts = self.starts();
        let blocks = blocks(self.texts, &mut out, 1);
        parallel::tasks(blocks, |i, out| {
            let (k, b) = (i / self.texts.count(), i % self.texts.count());
            let tokens = self.texts.rows(b).len();
            let (values, tangents) = (self.rows(x.values, b, key_width), self.shared_rows(dx.values, b, key_width));
            let (dy, size) = (self.query_rows(&dy[k * asked..], b), self.square(b));
            let (mut de, mut shares) = (vec![T::default(); size], vec![T::default(); size]);
            for head in 0..self.heads.count {
                let dy = self.query(dy, head);
                matmul(&mut de, tokens, Accum::Replace, T::ONE, dy, self.key(values, head).t());
                matmul(&mut shares, tokens, Accum::Replace, T::ONE, dy, self.key(tangents, head).t());
                let at = starts[b] + head * size..starts[b] + (head + 1) * size;
                let squares = Squares { p: &p[at.clone()], by_row: &by_row[at.clone()], by_column: &by_column[at] };
                vectorised(
                    #[inline(always)]
                    || squares.add(out, &mut de, &shares, |i| self.queries.position(b, i)),
                );
            }
        });
        out
    }

    /// Where each text's squares begin in a packed array.
    fn starts(&self) -> Vec<usize> {
        let mut next = 0;
        let start = |b: usize| {
            let start = next;
            next += self.heads.count * self.square(b);
            start
        };
        (0..self.texts.count()).map(start).collect()
    }

    /// Whether a query head is the first of those that read one key head.
    fn opens(&self, head: usize) -> bool {
        head == 0 || self.key_of(head) != self.key_of(head - 1)
    }

    /// `out (+)= scale A B` into the columns of the key head that a query head reads. out: [S, key
    /// heads x width].
    fn write_key(&self, out: &mut [T], head: usize, accum: Accum, scale: T, a: Operand<T>, b: Operand<T>) {
        matmul(&mut out[self.key_of(head) * self.heads.width..], self.key_width(), accum, scale, a, b);
    }
}

/// The rows of every text of every block of x: [K, T, width] -> K x B slices.
fn blocks<'x, T>(texts: &Texts, x: &'x mut [T], width: usize) -> Vec<&'x mut [T]> {
    let blocks = x.chunks_exact_mut((texts.tokens() * width).max(1));
    blocks.flat_map(|block| texts.split_mut(block, |s| s * width)).collect()
}

/// One head's probabilities, `c q'_s . k_t` and `c q_s . k'_t`: squares.
struct Squares<'a, T> {
    p: &'a [T],
    by_row: &'a [T],
    by_column: &'a [T],
}

impl<T: Real> Squares<'_, T> {
    /// Adds to out `[S]` what P¯ and `out¯ . v'`, both squares, give along the tangents. position:
    /// of a query in the text.
    #[inline(always)]
    fn add(&self, out: &mut [T], de: &mut [T], shares: &[T], position: impl Fn(usize) -> usize) {
        let tokens = out.len();
        let each =
            self.p.chunks_exact(tokens).zip(self.by_row.chunks_exact(tokens)).zip(self.by_column.chunks_exact(tokens));
        let theirs = de.chunks_exact_mut(tokens).zip(shares.chunks_exact(tokens));
        for (s, (((p, by_row), by_column), (de, shares))) in each.zip(theirs).enumerate() {
            softmax_jacobian(de, p);
            out[position(s)] += dot(de, by_row);
            for ((((out, &e), &column), &p), &share) in out.iter_mut().zip(de.iter()).zip(by_column).zip(p).zip(shares)
            {
                *out += e * column + p * share;
            }
        }
    }
}

/// `sum += E¯` by buckets: the cotangent of a table of biases. scores: packed E¯; sum: [buckets,
/// heads].
pub(crate) fn add_to_table<T: Real>(attend: &Attend<T>, scores: &[T], sum: &mut [T]) {
    let Some(bias) = &attend.mask.bias else { return };
    let heads = attend.heads.count;
    let parts = parallel::gather(heads, |head| {
        let mut part = vec![T::default(); sum.len() / heads];
        for (squares, rows) in attend.split_packed(scores).into_iter().zip(attend.texts.iter()) {
            let tokens = rows.len();
            for (i, row) in squares[head * tokens * tokens..][..tokens * tokens].chunks_exact(tokens).enumerate() {
                let buckets = &bias.buckets[i * bias.length..];
                row.iter().zip(buckets).for_each(|(&e, &bucket)| part[bucket as usize] += e);
            }
        }
        part
    });
    for (head, part) in parts.iter().enumerate() {
        sum.chunks_exact_mut(heads).zip(part).for_each(|(row, &part)| row[head] += part);
    }
}
