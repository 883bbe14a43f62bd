//! What depends on single tokens: the vectors that tangents are sums of, and the values of the
//! first half.

use crate::array::Array;
use crate::heads::Mask;
use crate::kernel::NormKind;
use crate::kernel::{self, Attend};
use crate::layer::Layer;
use crate::real::Real;
use crate::tangents::Tangents;
use crate::weights::{Linear, Norm};

/// The vectors that the contexts' tangents are sums of, and their coefficients.
pub(super) struct Mixing<T> {
    /// v, [T, H].
    pub values: Vec<T>,
    /// v', [T, H], or [S, H] where all texts share their tangents.
    pub tangents: Vec<T>,
    /// c, [T, H].
    pub contexts: Vec<T>,
    /// a_sm and P_sm of all heads: [B, heads, S (s), S (m)].
    pub scores: Vec<T>,
    pub probabilities: Vec<T>,
    /// `W_o w_m + x'_m`, [T, H]: what a tangent has in its own row in addition.
    pub own: Vec<T>,
    /// `W_1 (gamma o own)`, [T, I].
    pub own_expanded: Vec<T>,
}

/// The values of a first half.
pub(super) struct FirstHalf<T> {
    /// x̂, [T, H].
    pub normalised: Vec<T>,
    /// 1 / sigma, `[T]`.
    pub inverse: Vec<T>,
    /// `gamma x̂ + beta`: the residual of the second half, [T, H].
    pub residual: Vec<T>,
    /// What the activation reads, [T, I].
    pub expanded: Vec<T>,
}

pub(super) fn first_half<T: Real>(
    x: &Tangents<T>,
    layer: &Layer<T>,
    norm: &Norm<T>,
    mask: &Mask<T>,
) -> (Mixing<T>, FirstHalf<T>) {
    let attention = &layer.attention;
    let [q, k, v] = [&attention.query, &attention.key, &attention.value].map(|linear| x.linear(linear));
    let attend = Attend::all(&x.texts, attention.heads, mask);
    let p = attend.probabilities(&q.primal, &k.primal);
    let contexts = attend.context(&p, &v.primal);
    let half = FirstHalf::new(x, layer, norm, &contexts);

    let mut own = through(&attention.output, &attend.own_rows(&p, &q.tangents, &k.primal, &v.primal));
    own.chunks_exact_mut(x.tangents.len()).for_each(|own| kernel::add(own, &x.tangents));
    let mut scaled = own.clone();
    kernel::scale_rows(&mut scaled, &norm.gamma, None);
    let mut scores = attend.all_scores(&q.primal, &k.tangents);
    kernel::multiply_rows(&mut scores, x.texts.each(), &p, |i| i);
    let mixing = Mixing {
        scores,
        probabilities: p,
        own_expanded: through(&layer.feed_forward.up, &scaled),
        values: v.primal,
        tangents: v.tangents,
        contexts,
        own,
    };
    (mixing, half)
}

impl<T: Real> FirstHalf<T> {
    fn new(x: &Tangents<T>, layer: &Layer<T>, norm: &Norm<T>, contexts: &[T]) -> Self {
        let (output, up) = (&layer.attention.output, &layer.feed_forward.up);
        let mut normalised = kernel::linear(contexts, output.inputs(), &output.weight, output.bias());
        kernel::add(&mut normalised, &x.primal);
        let inverse = kernel::normalise_rows(NormKind::Layer, &mut normalised, x.width, T::of(norm.epsilon));
        let mut residual = normalised.clone();
        kernel::scale_rows(&mut residual, &norm.gamma, norm.beta.as_deref());
        let expanded = kernel::linear(&residual, up.inputs(), &up.weight, up.bias());
        Self { normalised, inverse, residual, expanded }
    }
}

/// `x W^T`, of tangents.
fn through<T: Real>(linear: &Linear<T>, x: &[T]) -> Vec<T> {
    kernel::linear(x, linear.inputs(), &linear.weight, None)
}
