//! Tokenization: what the model reads, and the position of every token in the text.

mod class;
pub(crate) mod function_words;
mod reference;
mod sentences;
mod settings;
mod token;
mod tokenizer;
mod vocabulary;
mod words;

pub use reference::Reference;
pub(crate) use token::counted;
pub use token::{Origin, Token, Unit};
pub use tokenizer::Tokens;
pub(crate) use tokenizer::{Declared, Limits, Places, Tokenizer};
pub(crate) use words::segment;
pub use words::{Groups, group};
