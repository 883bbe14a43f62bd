//! What depends on single tokens: the vectors that tangents are sums of, and the values of the
//! first half.

use crate::heads::Mask;
use crate::kernel::{self, Attend};
use crate::layer::Layer;
use crate::real::Real;
use crate::tangents::Tangents;
use crate::weights::{Linear, Norm};

/// The vectors that the contexts' tangents are sums of, and their coefficients.
pub(super) struct Mixing<T> {
    /// v, [T, key heads x width].
    pub values: Vec<T>,
    /// v', the same, or [S, ..] where all texts share their tangents.
    pub tangents: Vec<T>,
    /// c, [T, C].
    pub contexts: Vec<T>,
    /// a_sm and P_sm of all heads: [B, heads, S (s), S (m)].
    pub scores: Vec<T>,
    pub probabilities: Vec<T>,
    /// `W_o w_m + x'_m`, [T, H]: what a tangent has in its own row in addition.
    pub own: Vec<T>,
    /// `W_1 (gamma o own)` of each expansion, [T, I].
    pub own_expanded: Vec<Vec<T>>,
}

/// The values of a first half.
pub(super) struct FirstHalf<T> {
    /// x̂, [T, H].
    pub normalised: Vec<T>,
    /// 1 / sigma, `[T]`.
    pub inverse: Vec<T>,
    /// The residual of the second half, [T, H]: `gamma x̂ + beta`, or what was normalised.
    pub residual: Vec<T>,
    /// The expansions' values, [T, I] each.
    pub expanded: Vec<Vec<T>>,
}

pub(super) fn first_half<T: Real>(
    x: &Tangents<T>,
    layer: &Layer<T>,
    (norm, is_post): (&Norm<T>, bool),
    mask: &Mask<T>,
) -> (Mixing<T>, FirstHalf<T>) {
    let attention = &layer.attention;
    let entering = attention.norms.entering(x);
    let [q, k, v] = attention.inputs(&entering, &entering);
    let attend = Attend::all(&x.texts, attention.heads, mask);
    let p = attend.probabilities(&q.primal, &k.primal);
    let contexts = attend.context(&p, &v.primal);
    let half = FirstHalf::new(x, layer, (norm, is_post), &contexts);

    let mut own = through(&attention.output, &attend.own_rows(&p, &q.tangents, &k.primal, &v.primal));
    own.chunks_exact_mut(x.tangents.len()).for_each(|own| kernel::add(own, &x.tangents));
    let mut scaled = own.clone();
    kernel::scale_rows(&mut scaled, &norm.gamma, None);
    let mut scores = attend.all_scores(&q.primal, &k.tangents);
    kernel::multiply_rows(&mut scores, x.texts.each(), &p, |i| i);
    let mixing = Mixing {
        scores,
        probabilities: p,
        own_expanded: layer.feed_forward.expansions().map(|linear| through(linear, &scaled)).collect(),
        values: v.primal,
        tangents: v.tangents,
        contexts,
        own,
    };
    (mixing, half)
}

impl<T: Real> FirstHalf<T> {
    fn new(x: &Tangents<T>, layer: &Layer<T>, (norm, is_post): (&Norm<T>, bool), contexts: &[T]) -> Self {
        let output = &layer.attention.output;
        let mut normalised = kernel::linear(contexts, output.inputs(), &output.weight, output.bias());
        kernel::add(&mut normalised, &x.primal);
        let before = (!is_post).then(|| normalised.clone());
        let inverse = kernel::normalise_rows(norm.kind, &mut normalised, x.width, T::of(norm.epsilon));
        let mut after = normalised.clone();
        kernel::scale_rows(&mut after, &norm.gamma, norm.beta.as_deref());
        let expand = |linear: &Linear<T>| kernel::linear(&after, linear.inputs(), &linear.weight, linear.bias());
        let expanded = layer.feed_forward.expansions().map(expand).collect();
        Self { normalised, inverse, residual: before.unwrap_or(after), expanded }
    }
}

/// `x W^T`, of tangents.
fn through<T: Real>(linear: &Linear<T>, x: &[T]) -> Vec<T> {
    kernel::linear(x, linear.inputs(), &linear.weight, None)
}
