//! Why two texts are similar under a sentence transformer, token by token.

pub mod array;
pub mod decomposition;
mod embed;
pub mod encoder;
pub mod error;
pub mod explanation;
mod json;
mod pair;
pub mod path;
pub mod render;
pub mod source;
pub mod text;

pub use decomposition::{Decomposition, Options};
pub use encoder::Encoder;
pub use error::{Error, Result};
pub use explanation::{Explanation, Similarity};
