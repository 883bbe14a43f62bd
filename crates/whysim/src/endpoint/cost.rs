//! What vectors will cost, before anything is sent.

use super::answer::Asked;
use super::batches::Batches;
use super::options::Options;
use super::texts::Texts;

/// What the vectors of texts will cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The texts given.
    pub texts: usize,
    /// Those of them that are not sent: their vectors are in the cache, or they equal one before.
    pub cached: usize,
    /// The characters of those that are sent.
    pub characters: usize,
    /// About how many tokens these are: a quarter of each text's bytes in UTF-8, rounded up. For
    /// English this is OpenAI's rule of thumb, four characters to a token; other scripts have more
    /// bytes a character, and more tokens.
    pub tokens: usize,
    /// The requests, if none fails or is too large for the server.
    pub requests: usize,
}

/// The cost of the texts in `asked`.
pub(super) fn of(texts: &Texts, asked: &[Asked], options: &Options) -> Cost {
    let characters: Vec<usize> = asked.iter().map(|one| one.text.chars().count()).collect();
    let mut batches = Batches::new(characters.iter().copied(), options.batch, options.characters);
    Cost {
        texts: texts.len(),
        cached: texts.len() - asked.len(),
        characters: characters.iter().sum(),
        tokens: asked.iter().map(|one| one.text.len().div_ceil(4)).sum(),
        requests: std::iter::from_fn(|| batches.next()).count(),
    }
}
