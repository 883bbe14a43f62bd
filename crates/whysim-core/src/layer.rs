//! One transformer layer, general enough for all families: its parts and its formula.
//!
//! Each half adds a residual to what it computes, with a normalisation before it, of its output, or
//! after the sum (each is optional):
//!
//! ```text
//! half(x) = after( x + output( f( before(x) ) ) )
//! attention:     f(x) = W_o attend( rotate(norm_q(W_q x)), rotate(norm_k(W_k x)), W_v x ) + b_o
//! feed-forward:  f(x) = W_down ( act(W_gate x) o W_up x )          gated
//!                f(x) = W_down act(W_up x)                         plain
//! ```
//!
//! BERT and its relatives normalise after each half (Vaswani et al., NeurIPS 2017), modern encoders
//! before (Xiong et al., ICML 2020), Gemma 3 on both sides; gates are those of Shazeer (arXiv
//! 2002.05202), RMSNorm that of Zhang and Sennrich (NeurIPS 2019), key/value heads those of Ainslie
//! et al. (EMNLP 2023).

use std::sync::{Arc, OnceLock};

use crate::activation::Activation;
use crate::array::{Array, Into, Pooled};
use crate::heads::{Heads, Mask};
use crate::kernel;
use crate::maps::Maps;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::tensor::Tensor;
use crate::weights::{Linear, Norm};

/// The normalisations of one half of a layer.
#[derive(Clone, Debug)]
pub struct Norms<T> {
    /// Of the half's input.
    pub before: Option<Norm<T>>,
    /// Of the half's output, before the residual is added.
    pub output: Option<Norm<T>>,
    /// Of the sum.
    pub after: Option<Norm<T>>,
}

impl<T: Real> Norms<T> {
    /// After the sum alone: post-norm.
    pub fn after(norm: Norm<T>) -> Self {
        Self { before: None, output: None, after: Some(norm) }
    }

    /// Before the half alone: pre-norm.
    pub fn before(norm: Option<Norm<T>>) -> Self {
        Self { before: norm, output: None, after: None }
    }

    /// What the half reads.
    pub(crate) fn entering<A: Array<Real = T>>(&self, x: &A) -> A {
        apply(self.before.as_ref(), x.clone())
    }

    fn half<A: Array<Real = T>>(&self, x: &A, f: impl FnOnce(&A) -> A) -> A {
        let y = match &self.before {
            Some(_) => f(&self.entering(x)),
            None => f(x),
        };
        let y = apply(self.output.as_ref(), y).add(x);
        apply(self.after.as_ref(), y)
    }
}

fn apply<A: Array>(norm: Option<&Norm<A::Real>>, x: A) -> A {
    match norm {
        Some(norm) => x.normalise(norm),
        None => x,
    }
}

/// Multi-head self-attention.
#[derive(Clone, Debug)]
pub struct Attention<T> {
    /// Where the half is normalised.
    pub norms: Norms<T>,
    /// W_q, [heads x width, H].
    pub query: Linear<T>,
    /// W_k, [key heads x width, H].
    pub key: Linear<T>,
    /// W_v, [key heads x width, H].
    pub value: Linear<T>,
    /// Of every head of the queries and of the keys, `[width]`.
    pub head_norms: Option<[Norm<T>; 2]>,
    /// Rotates queries and keys by their positions.
    pub rotation: Option<Arc<Rotation<T>>>,
    /// The heads.
    pub heads: Heads,
    /// W_o, [H, heads x width].
    pub output: Linear<T>,
}

impl<T: Real> Attention<T> {
    /// Queries, keys and values. x: all rows; asking: those that are queries.
    pub(crate) fn inputs<A: Array<Real = T>>(&self, x: &A, asking: &A) -> [A; 3] {
        let turned = |x: A, norm: usize| {
            let x = apply(self.head_norms.as_ref().map(|norms| &norms[norm]), x);
            match &self.rotation {
                Some(rotation) => x.rotate(rotation),
                None => x,
            }
        };
        [turned(asking.linear(&self.query), 0), turned(x.linear(&self.key), 1), x.linear(&self.value)]
    }

    fn forward<A: Array<Real = T>>(&self, x: &A, asking: &A, mask: &Mask<T>) -> A {
        let [q, k, v] = self.inputs(x, asking);
        A::attend(q, k, v, self.heads, mask).linear(&self.output)
    }
}

/// The feed-forward half.
#[derive(Clone, Debug)]
pub struct FeedForward<T> {
    /// Where the half is normalised.
    pub norms: Norms<T>,
    /// W_gate, [I, H].
    pub gate: Option<Linear<T>>,
    /// W_up, [I, H].
    pub up: Linear<T>,
    /// Of the gate, or of `up` if there is no gate.
    pub activation: Activation,
    /// W_down, [H, I].
    pub down: Linear<T>,
}

impl<T: Real> FeedForward<T> {
    fn forward<A: Array<Real = T>>(&self, x: &A) -> A {
        let up = x.linear(&self.up);
        let inner = match &self.gate {
            Some(gate) => x.linear(gate).activate(self.activation).multiply(&up),
            None => up.activate(self.activation),
        };
        inner.linear(&self.down)
    }

    /// W_gate, if there is one, and W_up.
    pub(crate) fn expansions(&self) -> impl Iterator<Item = &Linear<T>> {
        self.gate.iter().chain([&self.up])
    }

    /// `act(g) o u`, and its derivatives by g and u, from the expansions' values g and u; or
    /// `act(u)` and its derivative.
    pub(crate) fn inner_and_slopes(&self, expanded: Vec<Vec<T>>) -> (Vec<T>, Vec<Vec<T>>) {
        let mut expanded = expanded.into_iter();
        let mut first = expanded.next().expect("there is an expansion");
        let mut slopes = kernel::activate_with_slopes(&mut first, self.activation);
        let Some(up) = expanded.next() else { return (first, vec![slopes]) };
        let width = self.up.outputs();
        kernel::multiply_rows(&mut slopes, width, &up, |i| i);
        let by_up = first.clone();
        kernel::multiply_rows(&mut first, width, &up, |i| i);
        (first, vec![slopes, by_up])
    }
}

/// A transformer layer.
#[derive(Clone, Debug)]
pub struct Layer<T> {
    /// The first half.
    pub attention: Attention<T>,
    /// The second half.
    pub feed_forward: FeedForward<T>,
    /// What forward mode computes from these weights alone, once for all texts.
    maps: OnceLock<Arc<Maps<T>>>,
}

impl<T: Real> Layer<T> {
    /// The two halves.
    pub fn new(attention: Attention<T>, feed_forward: FeedForward<T>) -> Self {
        Self { attention, feed_forward, maps: OnceLock::new() }
    }

    /// The layer by its formula. x: [T, H] -> [T, H], or pooled [B, H].
    pub fn forward<A: Array<Real = T>>(&self, x: &A, mask: &Mask<T>, into: Into<T>) -> A {
        let x = self.attention_half(x, mask);
        let x = self.feed_forward.norms.half(&x, |x| self.feed_forward.forward(x));
        match into {
            Into::States => x,
            Into::Pooled(pooled) => pooled.of(x),
        }
    }

    /// [`Layer::maps`]. norm: that between the attention and the expansions.
    pub(crate) fn maps(&self, norm: &Norm<T>) -> &Maps<T> {
        // Two threads that come first may both compute them.
        self.maps.get_or_init(|| Arc::new(Maps::new(&self.attention.output, norm, self.feed_forward.expansions())))
    }

    /// The normalisation between the attention and the expansions, if it is the only one there, and
    /// whether the second half's residual comes after it.
    pub(crate) fn between(&self) -> Option<(&Norm<T>, bool)> {
        let (attention, half) = (&self.attention.norms, &self.feed_forward.norms);
        match (&attention.output, &attention.after, &half.before) {
            (None, Some(norm), None) => Some((norm, true)),
            (None, None, Some(norm)) => Some((norm, false)),
            _ => None,
        }
    }

    /// The second half behind its expansions: [T, I] each -> [T, H].
    pub(crate) fn contract<A: Array<Real = T>>(&self, expanded: Vec<A>, residual: &A) -> A {
        let half = &self.feed_forward;
        let mut expanded = expanded.into_iter();
        let first = expanded.next().expect("there is an expansion").activate(half.activation);
        let inner = match expanded.next() {
            Some(up) => first.multiply(&up),
            None => first,
        };
        let sum = apply(half.norms.output.as_ref(), inner.linear(&half.down)).add(residual);
        apply(half.norms.after.as_ref(), sum)
    }

    /// The first half: [T, H] -> [T, H].
    pub(crate) fn attention_half<A: Array<Real = T>>(&self, x: &A, mask: &Mask<T>) -> A {
        self.attention.norms.half(x, |x| self.attention.forward(x, x, mask))
    }

    /// One row of the first half's output for every text: [T, H] -> [B, H].
    pub(crate) fn attention_half_only<A: Array<Real = T>>(&self, x: &A, positions: &[usize], mask: &Mask<T>) -> A {
        let all = self.attention.norms.entering(x);
        let read = |asking: &A| self.attention.forward(&all, asking, mask);
        self.attention.norms.half(&x.only(positions), read)
    }

    /// The layer by its formula, of which one row of every text is pooled, with weights `[B]`:
    /// [T, H] -> [B, H].
    pub(crate) fn forward_only<A: Array<Real = T>>(
        &self,
        x: &A,
        positions: &[usize],
        mask: &Mask<T>,
        pooled: Pooled<T>,
    ) -> A {
        let x = self.attention_half_only(x, positions, mask);
        let x = self.feed_forward.norms.half(&x, |x| self.feed_forward.forward(x));
        pooled.of(x)
    }

    /// Every normalisation, mutable.
    pub fn norms_mut(&mut self) -> impl Iterator<Item = &mut Norm<T>> {
        let attention = &mut self.attention;
        let heads = attention.head_norms.iter_mut().flatten();
        attention.norms.iter_mut().chain(heads).chain(self.feed_forward.norms.iter_mut())
    }

    /// Calls `f` with every weight, in a fixed order; anything computed from them is discarded.
    pub fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        self.maps = OnceLock::new();
        let Attention { norms, query, key, value, head_norms, output, .. } = &mut self.attention;
        let FeedForward { norms: later, gate, up, down, .. } = &mut self.feed_forward;
        for linear in [query, key, value, output].into_iter().chain(gate).chain([up, down]) {
            linear.each(f);
        }
        for norm in norms.iter_mut().chain(head_norms.iter_mut().flatten()).chain(later.iter_mut()) {
            norm.each(f);
        }
    }
}

impl<T> Norms<T> {
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Norm<T>> {
        self.before.iter_mut().chain(&mut self.output).chain(&mut self.after)
    }
}
