//! The numeric core of [whysim](https://docs.rs/whysim): transformer encoders, written once and
//! evaluated in three ways.
//!
//! An encoder is written over [`Array`]. What the array is decides what is computed:
//!
//! | array | computes |
//! |---|---|
//! | [`Values`] | values: inference |
//! | [`Tangents`] | values and K Jacobian-vector products: forward mode |
//! | [`Cotangents`] | values on a [`Tape`], from which K vector-Jacobian products come: reverse mode; with K = 1 and parameters, training |
//!
//! Weights and activations are of one type, [`Real`]: f32 for work, f64 for the laws that check it.
//! There is one set of [`kernel`]s for all.
//!
//! Letters in shapes, here and everywhere: B texts (or nodes of a path), S tokens of a text, T
//! tokens of all texts, C width of an activation, H width of a hidden state, I inner width of a
//! feed-forward half, D width of an embedding, K tangents or cotangents, N quadrature nodes.
//!
//! Operations do not fail: weights are checked when they are read, so that shapes that do not fit
//! are a bug of the caller, and panic.
//!
//! The interface serves whysim and changes with it; programs should use whysim's own.

mod activation;
mod array;
mod cotangents;
mod heads;
pub mod kernel;
mod layer;
mod maps;
pub mod parallel;
mod precision;
mod real;
mod rotation;
mod tangents;
mod tensor;
mod texts;
mod values;
mod weights;

pub use activation::Activation;
pub use array::{Array, Into, Pooling};
pub use cotangents::{Cotangents, Dropout, Gradients, Rates, Table, Tape};
pub use heads::{Heads, Mask, RelativeBias};
pub use kernel::NormKind;
pub use layer::{Attention, FeedForward, Layer, Norms};
pub use precision::Precision;
pub use real::{Product, Real};
pub use rotation::{Pairing, Rotation};
pub use tangents::{Support, Tangents};
pub use tensor::Tensor;
pub use texts::Texts;
pub use values::Values;
pub use weights::{Linear, Norm};
