//! Many texts at once.

use rayon::prelude::*;

use super::{Decomposition, Options};
use crate::array::kernel;
use crate::encoder::Encoder;
use crate::error::Result;

impl Encoder {
    /// Decomposes many texts, on all threads, in the order given. Memory is bounded by what one text needs for each thread, and by
    /// the results.
    ///
    /// # Errors
    /// As [`Encoder::decompose`], naming the first text that has a problem by its number, from 1.
    pub fn decompose_all<S: AsRef<str> + Sync>(&self, texts: &[S], options: &Options) -> Result<Vec<Decomposition>> {
        let one = |(i, text): (usize, &S)| self.decompose_named(text.as_ref(), options, &format!("number {}", i + 1));
        if texts.len() < kernel::threads() {
            return texts.iter().enumerate().map(one).collect();
        }
        // One text a task: texts differ in length, and the next free thread takes the next one.
        texts.par_iter().enumerate().with_max_len(1).map(|text| kernel::alone(|| one(text))).collect()
    }
}
