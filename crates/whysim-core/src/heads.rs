//! How attention is split into heads, and which tokens see which.

use std::sync::Arc;

use crate::real::Real;
use crate::tensor::Tensor;

/// How a width is split into heads, and which tokens each token sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heads {
    /// Query heads.
    pub count: usize,
    /// Key/value heads. Their number divides that of the query heads: each serves as many
    /// consecutive ones.
    pub keys: usize,
    /// Width of a head.
    pub width: usize,
    /// What scores are multiplied by; usually 1 / sqrt(width).
    pub scale: f64,
    /// Whether a token sees only itself and the tokens before it.
    pub causal: bool,
    /// The largest distance at which a token sees another.
    pub window: Option<usize>,
}

impl Heads {
    /// As many key heads as query heads, scores divided by sqrt(width), no restrictions.
    pub fn plain(count: usize, hidden: usize) -> Self {
        let width = hidden / count;
        Self { count, keys: count, width, scale: 1.0 / (width as f64).sqrt(), causal: false, window: None }
    }

    /// Whether the query at i sees the key at j.
    pub fn sees(&self, i: usize, j: usize) -> bool {
        !(self.causal && j > i) && self.window.is_none_or(|window| i.abs_diff(j) <= window)
    }
}

/// What a batch of texts adds to every attention.
#[derive(Clone, Debug)]
pub struct Mask<T> {
    /// What is added to the scores.
    pub bias: Option<Arc<RelativeBias<T>>>,
    /// Tokens that no token sees, `[T]`.
    pub hidden: Option<Arc<[bool]>>,
}

impl<T> Default for Mask<T> {
    fn default() -> Self {
        Self { bias: None, hidden: None }
    }
}

/// A learned bias of scores by the distance between query and key.
#[derive(Clone, Debug)]
pub struct RelativeBias<T> {
    /// [buckets, heads].
    pub table: Tensor<T>,
    /// The bucket of query i and key j, [L, L].
    pub buckets: Vec<u32>,
    /// L, the number of tokens of the longest text.
    pub length: usize,
    /// The bias itself, [heads, L, L].
    values: Vec<T>,
}

impl<T: Real> RelativeBias<T> {
    /// The bias for texts of up to `length` tokens. `bucket(i, j)` is a row of the table.
    pub fn new(table: &Tensor<T>, length: usize, bucket: impl Fn(usize, usize) -> u32) -> Self {
        let heads = table.columns();
        let buckets: Vec<u32> = (0..length * length).map(|at| bucket(at / length, at % length)).collect();
        let value = |h| buckets.iter().map(move |&bucket| (bucket, h));
        let values = (0..heads).flat_map(value).map(|(bucket, h)| table.row(bucket as usize)[h]).collect();
        Self { table: table.clone(), buckets, length, values }
    }

    /// What is added for query i of one head: `[L]`.
    pub fn row(&self, head: usize, i: usize) -> &[T] {
        let at = (head * self.length + i) * self.length;
        &self.values[at..at + self.length]
    }
}
