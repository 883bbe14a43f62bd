//! The numeric core of [whysim](https://docs.rs/whysim): transformer encoders, written once and
//! evaluated in three ways.
//!
//! An encoder is written over [`Array`]; the kind of array decides what is computed:
//!
//! | array | computes |
//! |---|---|
//! | [`Values`] | values: inference |
//! | [`Tangents`] | values and K Jacobian-vector products: forward mode |
//! | [`Cotangents`] | values on a [`Tape`], which yields K vector-Jacobian products: reverse mode; with K = 1 and parameters, training |
//!
//! Weights and activations share one type, [`Real`]: f32 for work, f64 for the laws that check it.
//! All evaluations share one set of [`kernel`]s.
//!
//! Letters in shapes, here and everywhere: B texts (or nodes of a path), S tokens of a text, T
//! tokens of all texts, C width of an activation, H width of a hidden state, I inner width of a
//! feed-forward half, D width of an embedding, K tangents or cotangents, N quadrature nodes.
//!
//! Operations do not return errors: weights are checked when they are read, so shapes that do not
//! match are a bug in the caller, and panic.
//!
//! The interface is unstable: it changes with whysim. Programs should use the crate `whysim`.

mod activation;
mod array;
mod compiled;
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
pub use array::{Array, Into, Pooled, Pooling};
pub use compiled::{Compiled, Tables};
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
