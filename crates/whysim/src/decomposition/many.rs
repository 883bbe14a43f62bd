//! Several texts at once.

use super::{Decomposition, Options};
use crate::encoder::Encoder;
use crate::error::Result;
use crate::progress::{Piece, Progress, steps};

impl Encoder {
    /// Decomposes many texts, on all threads, in the order given, each to the bits that
    /// [`Encoder::decompose`] gives. Memory is bounded by what one text needs for each thread, and
    /// by the results.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming a text that has a problem by its number, from 1.
    pub fn decompose_all<T: AsRef<str> + Sync>(&self, texts: &[T], options: &Options) -> Result<Vec<Decomposition>> {
        self.decompose_all_with_progress(texts, options, &())
    }

    /// As [`Encoder::decompose_all`], with `progress` told of every text that is done, and asked
    /// before every text whether to stop.
    ///
    /// # Errors
    /// As there, and [`crate::Error::Interrupted`] when `progress` says to stop.
    pub fn decompose_all_with_progress<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Vec<Decomposition>> {
        let numbered: Vec<(usize, &str)> = texts.iter().map(AsRef::as_ref).enumerate().collect();
        self.decompose_numbered(&numbered, options, progress)
    }

    fn decompose_numbered(
        &self,
        texts: &[(usize, &str)],
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Vec<Decomposition>> {
        steps(progress, "decomposing", texts, |(i, text)| {
            self.decompose_with_progress(text, options, &format!("number {}", i + 1), &Piece(progress))
        })
    }

    /// Decomposes the texts A and B of a pair, each with options of its own: prompts may differ.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming the text.
    pub fn decompose_pair(&self, texts: [&str; 2], options: [&Options; 2]) -> Result<[Decomposition; 2]> {
        self.decompose_pair_with_progress(texts, options, &())
    }

    /// As [`Encoder::decompose_pair`], with `progress` told of every text that is done, or of every
    /// part of a text that is embedded, and asked inside them whether to stop.
    ///
    /// # Errors
    /// As there, and [`crate::Error::Interrupted`] when `progress` says to stop.
    pub fn decompose_pair_with_progress(
        &self,
        texts: [&str; 2],
        options: [&Options; 2],
        progress: &dyn Progress,
    ) -> Result<[Decomposition; 2]> {
        if options.iter().any(|options| options.removal.is_some()) {
            // Each takes its own count, and all threads.
            let one = |i: usize| self.decompose_with_progress(texts[i], options[i], ["A", "B"][i], progress);
            return Ok([one(0)?, one(1)?]);
        }
        let mut both = steps(progress, "decomposing", [0, 1], |&i| {
            self.decompose_with_progress(texts[i], options[i], ["A", "B"][i], &Piece(progress))
        })?;
        let b = both.swap_remove(1);
        Ok([both.swap_remove(0), b])
    }
}
