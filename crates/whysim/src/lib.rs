//! Why two texts are similar under a sentence transformer, token by token.
//!
//! Each text is decomposed on its own: one contribution vector per token; the vectors sum to the
//! text's embedding minus that of a reference. A pair is one small product of two decompositions,
//! with a ledger of everything that adds up to the score.
//!
//! ```text
//! text -> tokens -> prefix -> path integral of tangents through the suffix -> Decomposition
//!         text      encoder   path
//!
//! two Decompositions -> pair -> render
//!                       pair    render
//! ```
//!
//! ```no_run
//! use whysim::{Options, Similarity, render};
//!
//! // a folder, or a hub id
//! let encoder = whysim::load("sentence-transformers/all-MiniLM-L6-v2", &Default::default())?;
//! let a = encoder.decompose("The coffee is bad.", &Options::default())?;
//! let b = encoder.decompose("This is not a good coffee.", &Options::default())?;
//! let why = a.explain(&b, Similarity::Cos)?;
//! assert!(why.error.abs() <= why.bound);
//! println!("{}", render::terminal(&why, &Default::default()));
//! # Ok::<(), whysim::Error>(())
//! ```
//!
//! The method: Moeller, Nikolaev, Padó, "An Attribution Method for Siamese Encoders" (EMNLP 2023)
//! and "Approximate Attributions for Off-the-Shelf Siamese Transformers" (EACL 2024).
//!
//! Letters in shapes: B texts (or nodes of a path), S tokens of a text, T tokens of all texts, H
//! width of a hidden state, D width of an embedding, K tangents or cotangents, N quadrature nodes.
//! The numeric core is the crate `whysim_core`.

mod checksum;
pub mod compare;
pub mod contrast;
mod convergence;
pub mod corpus;
pub mod decomposition;
pub mod duplicates;
mod embed;
pub mod embedder;
pub mod encoder;
#[doc(hidden)]
pub mod encoding;
#[cfg(feature = "endpoint")]
pub mod endpoint;
pub mod error;
pub mod evaluate;
pub mod explained;
pub mod explanation;
pub mod features;
mod folder;
pub mod forecast;
pub mod highlight;
#[cfg(any(feature = "endpoint", feature = "hub"))]
mod http;
#[cfg(feature = "index")]
pub mod index;
#[doc(hidden)]
pub mod leftovers;
pub mod margin;
pub mod names;
pub mod opaque;
mod pair;
pub mod pairs;
pub mod path;
pub mod progress;
#[doc(hidden)]
pub mod rank;
pub mod relevance;
pub mod removal;
pub mod render;
pub mod report;
mod sealed;
mod similarity;
pub mod source;
mod table;
pub mod text;
pub mod train;

pub use convergence::Convergence;
pub use decomposition::{Decomposition, Options};
pub use embedder::Embedder;
pub use encoder::Encoder;
pub use error::{Error, Result};
pub use explanation::Explanation;
pub use folder::Embedded;
pub use forecast::Forecast;
pub use highlight::Highlight;
pub use names::Named;
pub use opaque::Opaque;
pub use progress::Progress;
pub use relevance::Relevance;
pub use similarity::Similarity;

/// Finds a model by its name, downloads it if necessary, with the base of a LoRA adapter, and loads
/// it. The module [`source`] says what names there are.
///
/// # Errors
/// If there is no such model, it cannot be downloaded, or it cannot be read.
pub fn load(model: &str, options: &source::Fetch) -> Result<Encoder> {
    load_as(model, model, options)
}

/// The same, with `name` as the model's name in results.
///
/// # Errors
/// As [`load`].
pub fn load_as(model: &str, name: &str, options: &source::Fetch) -> Result<Encoder> {
    let folder = source::locate(model, options)?;
    match source::base(&folder, options)? {
        Some(base) => Encoder::load_adapted(&folder, &base, name),
        None => Encoder::load(&folder, name),
    }
}

/// Compiles the README's code as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
