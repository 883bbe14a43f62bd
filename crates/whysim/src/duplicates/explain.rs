//! Asks a model about pairs.

use std::collections::HashMap;

use super::boilerplate::carriers;
use super::evidence::{evidence, of_words};
use super::kind::Kind;
use super::report::Duplicates;
use crate::decomposition::{Decomposition, Options};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::explanation::Explanation;
use crate::progress::{Progress, steps};
use crate::text::Unit;

/// Pairs whose texts are decomposed before any of them is explained: it bounds memory.
const TOGETHER: usize = 128;

/// How far a model's score may be from that of the embeddings, which may be stored in 16 bits.
const TOLERANCE: f64 = 0.01;

/// How pairs are explained.
#[derive(Clone, Debug)]
pub struct Explaining {
    /// How many pairs to explain.
    pub pairs: usize,
    /// How many pairs of words to name for each.
    pub words: usize,
    /// Pairs of which a text has more tokens are explained by sentences.
    pub longest: usize,
    /// How texts are decomposed, with the prompt that they were embedded with. `unit` depends on
    /// the pair.
    pub options: Options,
}

impl Default for Explaining {
    fn default() -> Self {
        Self { pairs: 100, words: 5, longest: 256, options: Options::default() }
    }
}

impl Duplicates {
    /// The pairs most worth explaining, by their indices: those that differ in facts alone, then
    /// the strongest.
    pub fn worth(&self, most: usize) -> Vec<usize> {
        let is_worth = |&i: &usize| self.pairs[i].kinds != [Kind::Copy];
        let mut chosen: Vec<usize> = (0..self.pairs.len()).filter(is_worth).collect();
        chosen.sort_by_key(|&i| !self.pairs[i].telling);
        chosen.truncate(most);
        chosen
    }

    /// Explains the pairs that are most worth it with the model that made the embeddings.
    ///
    /// # Errors
    /// As [`Encoder::decompose`]; [`Error::Option`] if the model gives a pair another similarity
    /// than its embeddings have; and [`Error::Interrupted`] when `progress` says to stop.
    pub fn explain(&mut self, encoder: &Encoder, how: &Explaining, progress: &dyn Progress) -> Result<()> {
        let mut chosen = self.worth(how.pairs);
        // Pairs of a group share texts.
        chosen.sort_by_key(|&i| (self.pairs[i].group, i));
        let mut done = Vec::with_capacity(chosen.len());
        for chunk in chosen.chunks(TOGETHER) {
            done.extend(self.explanations(chunk, encoder, how, progress)?);
        }
        self.explained(&done, how.words)
    }

    /// Notes what explanations say of pairs, given by their indices. words: how many pairs of words
    /// to name for each.
    ///
    /// # Errors
    /// [`Error::Option`] if an explanation's score is not that of its pair.
    pub fn explained(&mut self, explanations: &[(usize, Explanation)], words: usize) -> Result<()> {
        let mut shares = Vec::with_capacity(explanations.len());
        for (i, e) in explanations {
            let expected = f64::from(self.pairs[*i].score);
            if (e.score - expected).abs() > TOLERANCE * expected.abs().max(1.0) {
                let got = format!("{}, which gives {:.4} where the embeddings give {expected:.4}", e.model, e.score);
                let expected = "the one that the texts were embedded with, with the same prompt".into();
                return Err(Error::Option { option: "the model", expected, got });
            }
            self.pairs[*i].evidence = Some(evidence(e, words));
            shares.push(of_words(e));
        }
        if let Some((_, e)) = explanations.first() {
            self.model = Some(e.model.clone());
        }
        self.boilerplate.carriers = carriers(&shares, self.options.boilerplate, self.options.least);
        Ok(())
    }

    fn explanations(
        &self,
        pairs: &[usize],
        encoder: &Encoder,
        how: &Explaining,
        progress: &dyn Progress,
    ) -> Result<Vec<(usize, Explanation)>> {
        let units = self.units(pairs, encoder, how)?;
        let mut wanted: Vec<(usize, Unit)> = Vec::new();
        for (&i, &unit) in pairs.iter().zip(&units) {
            wanted.extend([self.pairs[i].a, self.pairs[i].b].map(|item| (item, unit)));
        }
        let mut places: HashMap<(usize, bool), usize> = HashMap::new();
        let key = |(item, unit): (usize, Unit)| (item, unit == Unit::Sentence);
        wanted.retain(|&one| {
            let next = places.len();
            *places.entry(key(one)).or_insert(next) == next && places.len() == next + 1
        });
        let decompositions: Vec<Decomposition> = steps(progress, "decomposing", wanted, |&(item, unit)| {
            let options = Options { unit, ..how.options.clone() };
            let item = &self.items[item];
            encoder.decompose_named(&item.text, &options, &item.id)
        })?;
        let explanation = |(&i, &unit): (&usize, &Unit)| {
            let of = |item: usize| &decompositions[places[&key((item, unit))]];
            Ok((i, of(self.pairs[i].a).explain(of(self.pairs[i].b), self.similarity)?))
        };
        pairs.iter().zip(&units).map(explanation).collect()
    }

    /// How each pair is explained.
    fn units(&self, pairs: &[usize], encoder: &Encoder, how: &Explaining) -> Result<Vec<Unit>> {
        let prompt = encoder.prompt(how.options.prompt.as_deref())?;
        let is_long = |item: usize| {
            let item = &self.items[item];
            Ok(encoder.tokenize(prompt, &item.text, &item.id)?.ids.len() > how.longest)
        };
        let unit = |&i: &usize| {
            let long = is_long(self.pairs[i].a)? || is_long(self.pairs[i].b)?;
            Ok(if long { Unit::Sentence } else { Unit::Word })
        };
        pairs.iter().map(unit).collect()
    }
}
