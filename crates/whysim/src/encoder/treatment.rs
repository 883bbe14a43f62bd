//! What happens to the keys of a model's files.

/// What happens to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It is honoured.
    Read,
    /// It changes no embedding.
    Ignored,
    /// Null, or this JSON value; all others are refused, for the reason given.
    Only(&'static str, &'static str),
}

/// The keys of one file.
pub type Keys = &'static [(&'static str, Treatment)];
