//! Several texts at once.

use rayon::prelude::*;

use super::{Decomposition, Options};
use crate::array::kernel;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::watch::Watch;

impl Encoder {
    /// Decomposes many texts, on all threads, in the order given. Memory is bounded by what one text needs for each thread, and by
    /// the results.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming a text that has a problem by its number, from 1.
    pub fn decompose_all<T: AsRef<str> + Sync>(&self, texts: &[T], options: &Options) -> Result<Vec<Decomposition>> {
        self.decompose_watched(texts, options, &())
    }

    /// As [`Encoder::decompose_all`], with `watch` told of every text that is done, and asked before every text whether to stop.
    ///
    /// # Errors
    /// As there, and [`Error::Interrupted`] when `watch` says to stop.
    pub fn decompose_watched<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
        options: &Options,
        watch: &dyn Watch,
    ) -> Result<Vec<Decomposition>> {
        watch.begin("decomposing", texts.len());
        on_threads(texts.len(), |i| {
            if watch.stopped() {
                return Err(Error::Interrupted);
            }
            let one = self.decompose_named(texts[i].as_ref(), options, &format!("number {}", i + 1))?;
            watch.advance(1);
            Ok(one)
        })
    }

    /// Decomposes the texts A and B of a pair, each with options of its own: prompts may differ.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming the text.
    pub fn decompose_pair(&self, texts: [&str; 2], options: [&Options; 2]) -> Result<[Decomposition; 2]> {
        let mut both = on_threads(2, |i| self.decompose_named(texts[i], options[i], ["A", "B"][i]))?;
        let b = both.swap_remove(1);
        Ok([both.swap_remove(0), b])
    }
}

/// `one(i)` for i below `count`, in order. Where there are texts for all threads each thread works on a text of its own, which saves
/// waiting for each other at every operation; else all threads work on one text after the other.
fn on_threads<R: Send>(count: usize, one: impl Fn(usize) -> Result<R> + Sync) -> Result<Vec<R>> {
    if count < kernel::threads() {
        return (0..count).map(one).collect();
    }
    // One text a task: texts differ in length, and the next free thread takes the next one.
    (0..count).into_par_iter().with_max_len(1).map(|i| kernel::alone(|| one(i))).collect()
}
