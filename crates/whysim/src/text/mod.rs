//! Text to tokens: what the model reads, with the place of every token in the text.

mod token;

pub use token::{Origin, Token, Unit};
