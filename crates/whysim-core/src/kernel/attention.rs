//! Multi-head attention on slices, with its tangents and cotangents.
//!
//! With P the probabilities of one head, c the scale, ' a tangent and ¯ a cotangent:
//!
//! ```text
//! E  = c Q K^T + bias         P  = softmax(E)                     out  = P V
//! E' = c (Q' K^T + Q K'^T)    P' = P o (E' - rowsum(P o E'))      out' = P' V + P V'
//! P¯ = out¯ V^T               E¯ = P o (P¯ - rowsum(P o P¯))      V¯   = P^T out¯
//! Q¯ = c E¯ K                 K¯ = c E¯^T Q
//! ```
//!
//! This is where tokens mix: a tangent that enters in a single token's row leaves in all rows.

mod reverse;
mod tangents;

pub(crate) use reverse::{Taped, add_to_table};

use super::{Accum, Operand, add_scaled, matmul, softmax, vectorised};
use crate::heads::{Heads, Mask};
use crate::parallel;
use crate::real::Real;
use crate::texts::Texts;

/// One attention: its texts, heads and masks.
#[derive(Clone, Copy, Debug)]
pub struct Attend<'a, T> {
    /// The concatenated texts.
    pub texts: &'a Texts,
    /// The rows of them that are queries: all, or one of each text.
    pub queries: &'a Texts,
    /// How widths are split into heads.
    pub heads: Heads,
    /// What is added to scores, and which tokens are hidden.
    pub mask: &'a Mask<T>,
}

/// Queries [T, heads x width], or [B, heads x width]; keys and values [T, key heads x width].
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a, T> {
    /// Q.
    pub queries: &'a [T],
    /// K.
    pub keys: &'a [T],
    /// V.
    pub values: &'a [T],
}

impl<'a, T: Real> Attend<'a, T> {
    /// An attention of all rows to all rows.
    pub fn all(texts: &'a Texts, heads: Heads, mask: &'a Mask<T>) -> Self {
        Self { texts, queries: texts, heads, mask }
    }

    /// Width of queries and of the output.
    fn width(&self) -> usize {
        self.heads.count * self.heads.width
    }

    /// Width of keys and values.
    fn key_width(&self) -> usize {
        self.heads.keys * self.heads.width
    }

    fn scale(&self) -> T {
        T::of(self.heads.scale)
    }

    /// The key head of a query head.
    fn key_of(&self, head: usize) -> usize {
        head * self.heads.keys / self.heads.count
    }

    /// One query head of a text's rows, [S, width]. x: [S, heads x width].
    fn query<'x>(&self, x: &'x [T], head: usize) -> Operand<'x, T> {
        Operand::new(&x[head * self.heads.width..], x.len() / self.width(), self.heads.width, self.width())
    }

    /// The key or value head that a query head reads, [S, width]. x: [S, key heads x width].
    fn key<'x>(&self, x: &'x [T], head: usize) -> Operand<'x, T> {
        let from = self.key_of(head) * self.heads.width;
        Operand::new(&x[from..], x.len() / self.key_width(), self.heads.width, self.key_width())
    }

    /// The size of one head's square of text b: [S, S], or [1, S] for a single query.
    fn square(&self, b: usize) -> usize {
        self.queries.rows(b).len() * self.texts.rows(b).len()
    }

    /// Zeros for every head's square of every text: packed, [heads, S, S] a text.
    fn packed(&self) -> Vec<T> {
        vec![T::default(); (0..self.texts.count()).map(|b| self.heads.count * self.square(b)).sum()]
    }

    /// A packed array, text by text.
    fn split_packed<'x>(&self, mut packed: &'x [T]) -> Vec<&'x [T]> {
        let piece = |b| packed.split_off(..self.heads.count * self.square(b)).expect("the array has all squares");
        (0..self.texts.count()).map(piece).collect()
    }

    /// The same, mutable.
    fn split_packed_mut<'x>(&self, mut packed: &'x mut [T]) -> Vec<&'x mut [T]> {
        let piece = |b| packed.split_off_mut(..self.heads.count * self.square(b)).expect("the array has all squares");
        (0..self.texts.count()).map(piece).collect()
    }

    /// Calls `f(square, text, head)` for every head's square of a packed array, in parallel.
    fn for_squares(&self, packed: &mut [T], f: impl Fn(&mut [T], usize, usize) + Sync) {
        let texts = self.split_packed_mut(packed).into_iter().enumerate();
        let heads = texts.flat_map(|(b, squares)| {
            let size = (squares.len() / self.heads.count).max(1);
            squares.chunks_exact_mut(size).enumerate().map(move |(h, square)| (square, b, h))
        });
        parallel::tasks(heads, |_, (square, b, h)| f(square, b, h));
    }

    /// P, packed: for each text its heads' squares, [heads, S, S].
    pub fn probabilities(&self, queries: &[T], keys: &[T]) -> Vec<T> {
        let mut out = self.packed();
        self.for_squares(&mut out, |p, b, head| {
            let rows = self.texts.rows(b);
            let (q, k) = (self.query_rows(queries, b), self.rows(keys, b, self.key_width()));
            self.scores(p, Accum::Replace, self.query(q, head), self.key(k, head));
            vectorised(
                #[inline(always)]
                || {
                    for (i, row) in p.chunks_exact_mut(rows.len()).enumerate() {
                        self.mask_row(row, head, self.queries.position(b, i), rows.start);
                        softmax(row);
                    }
                },
            );
        });
        out
    }

    /// `c Q K^T` of every head, packed. Queries or keys of a single text are shared by all
    /// texts.
    pub(crate) fn all_scores(&self, queries: &[T], keys: &[T]) -> Vec<T> {
        let mut out = self.packed();
        self.for_squares(&mut out, |square, b, head| {
            let (q, k) = (self.shared_query_rows(queries, b), self.shared_rows(keys, b, self.key_width()));
            self.scores(square, Accum::Replace, self.query(q, head), self.key(k, head));
        });
        out
    }

    /// The queries of text b. x: [T, heads x width], or [B, heads x width].
    fn query_rows<'x>(&self, x: &'x [T], b: usize) -> &'x [T] {
        let rows = self.queries.rows(b);
        &x[rows.start * self.width()..rows.end * self.width()]
    }

    /// The same, or all of x if x has queries of one text only.
    fn shared_query_rows<'x>(&self, x: &'x [T], b: usize) -> &'x [T] {
        if x.len() == self.queries.tokens() * self.width() { self.query_rows(x, b) } else { x }
    }

    /// The rows of text b. x: [T, width].
    fn rows<'x>(&self, x: &'x [T], b: usize, width: usize) -> &'x [T] {
        let rows = self.texts.rows(b);
        &x[rows.start * width..rows.end * width]
    }

    /// The same, or all of x if x has rows for one text only.
    fn shared_rows<'x>(&self, x: &'x [T], b: usize, width: usize) -> &'x [T] {
        if x.len() == self.texts.tokens() * width { self.rows(x, b, width) } else { x }
    }

    #[inline(always)]
    fn mask_row(&self, row: &mut [T], head: usize, i: usize, first: usize) {
        if let Some(bias) = &self.mask.bias {
            add_scaled(row, T::ONE, &bias.row(head, i)[..row.len()]);
        }
        if self.heads.causal || self.heads.window.is_some() {
            let unseen = row.iter_mut().enumerate().filter(|(j, _)| !self.heads.sees(i, *j));
            unseen.for_each(|(_, score)| *score = T::NEGATIVE_INFINITY);
        }
        if let Some(hidden) = &self.mask.hidden {
            let unseen = row.iter_mut().zip(&hidden[first..]).filter(|(_, hidden)| **hidden);
            unseen.for_each(|(score, _)| *score = T::NEGATIVE_INFINITY);
        }
    }

    /// `out (+)= c Q K^T`.
    fn scores(&self, out: &mut [T], accum: Accum, q: Operand<T>, k: Operand<T>) {
        let tokens = k.rows();
        matmul(out, tokens, accum, self.scale(), q, k.t());
    }

    /// `P V`, of every query. p: packed, values: [T, key heads x width].
    pub fn context(&self, p: &[T], values: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); self.queries.tokens() * self.width()];
        let texts = self.queries.split_mut(&mut out, |s| s * self.width());
        parallel::tasks(texts.into_iter().zip(self.split_packed(p)), |b, (out, p)| {
            let (values, tokens) = (self.rows(values, b, self.key_width()), self.texts.rows(b).len());
            for (head, p) in p.chunks_exact(self.square(b).max(1)).enumerate() {
                self.mix(out, head, Accum::Replace, square(p, tokens), self.key(values, head));
            }
        });
        out
    }

    /// `out (+)= W V` into one query head's columns of out. W: a square.
    fn mix(&self, out: &mut [T], head: usize, accum: Accum, w: Operand<T>, v: Operand<T>) {
        matmul(&mut out[head * self.heads.width..], self.width(), accum, T::ONE, w, v);
    }
}

/// A square: a row of S numbers for each query.
fn square<T>(x: &[T], tokens: usize) -> Operand<'_, T> {
    Operand::new(x, x.len() / tokens, tokens, tokens)
}
