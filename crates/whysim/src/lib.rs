//! Why two texts are similar under a sentence transformer, token by token.

pub mod error;
pub mod explanation;
pub mod text;

pub use error::{Error, Result};
