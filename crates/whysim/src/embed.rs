//! Embeddings as the model itself gives them: shifted where the model is exact, normalised where it
//! ends with `Normalize`.

use whysim_core::{Real, parallel};

use crate::encoder::{Encoder, Key, Known};
use crate::error::{Error, Result};
use crate::progress::{Part, Progress, go_on};
use crate::similarity::{Similarity, wide};
use crate::text::{Reference, Tokens};

/// Tokens that go through the encoder at once on each thread.
const BATCH: usize = 512;

/// Batches of at least a quarter of that size that texts are cut into, if there are enough of them.
const LEAST: usize = 8;

impl Encoder {
    /// The embedding of every text, D values each, in the order given. `prompt`: name of the
    /// model's prompt to put before each; None: the model's default prompt, if it has one.
    ///
    /// Texts of like length share a batch, so that memory is bounded, whatever the number of texts.
    /// The order in which products are summed depends on a batch's number of tokens: alone, a
    /// text's embedding differs by rounding, some 1e-7 of its length. It does not depend on the
    /// number of threads.
    ///
    /// # Errors
    /// When a text is empty or there is no such prompt.
    pub fn embed<T: AsRef<str>>(&self, texts: &[T], prompt: Option<&str>) -> Result<Vec<Vec<f32>>> {
        self.embed_with_progress(texts, prompt, &())
    }

    /// As [`Encoder::embed`], with `progress` told of every batch of texts that is done and of
    /// texts that are too long for the model, and asked before every text and batch whether to
    /// stop.
    ///
    /// # Errors
    /// As there, and [`crate::Error::Interrupted`] when `progress` says to stop.
    pub fn embed_with_progress<T: AsRef<str>>(
        &self,
        texts: &[T],
        prompt: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<Vec<Vec<f32>>> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.embed_as(&texts, prompt, progress)
    }

    /// As [`Encoder::embed_with_progress`], of texts that [`Encoder::tokenize`] has read already
    /// with the same prompt.
    ///
    /// # Errors
    /// As there.
    pub fn embed_tokens(
        &self,
        tokens: &[&Tokens],
        prompt: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<Vec<Vec<f32>>> {
        self.embed_read(tokens, prompt, progress)
    }

    /// The similarity of two texts, as [`Encoder::embed`] sees them.
    ///
    /// # Errors
    /// When a text is empty.
    pub fn compare(&self, a: &str, b: &str, similarity: Similarity) -> Result<f64> {
        let embeddings = self.embed(&[a, b], None)?;
        Ok(similarity.of(&wide(&embeddings[0]), &wide(&embeddings[1])))
    }
}

impl<T: Real> Encoder<T> {
    /// [`Encoder::embed_with_progress`] with any number type.
    #[doc(hidden)]
    pub fn embed_as(&self, texts: &[&str], prompt: Option<&str>, progress: &dyn Progress) -> Result<Vec<Vec<f32>>> {
        let own = self.prompt(prompt)?;
        let tokens: Vec<Tokens> = parallel::try_map(texts.len(), |i| {
            go_on(progress)?;
            self.tokenize(own, texts[i], &format!("number {}", i + 1))
        })?;
        self.embed_read(&tokens.iter().collect::<Vec<_>>(), prompt, progress)
    }

    /// [`Encoder::embed_tokens`] with any number type.
    fn embed_read(&self, tokens: &[&Tokens], prompt: Option<&str>, progress: &dyn Progress) -> Result<Vec<Vec<f32>>> {
        if let Some(adapted) = self.for_prompt(prompt)? {
            return adapted.embed_read(tokens, prompt, progress);
        }
        let part = Part::of_steps(progress, "embedding", tokens.len());
        let left_out = self.left_out(self.prompt(prompt)?)?;
        if let Some(note) = self.cut(tokens.iter().map(|tokens| tokens.truncated.is_some())) {
            progress.note(&note);
        }
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&i| tokens[i].ids.len());
        let batches = batches(&order, tokens, batch(tokens));
        let parts = self.forward_all(&batches, tokens, left_out, &part)?;
        let mut embeddings = vec![Vec::new(); tokens.len()];
        order.iter().zip(parts.into_iter().flatten()).for_each(|(&i, embedding)| embeddings[i] = embedding);
        if self.identity().exact {
            self.shift(&mut embeddings, tokens, left_out)?;
        }
        let broken = embeddings.iter().position(|e| !e.iter().all(|v| v.is_finite()));
        if let Some(i) = broken {
            return Err(Error::Overflow { what: format!("text number {}", i + 1) });
        }
        if self.normalizes() {
            embeddings.iter_mut().for_each(|e| normalize(e));
        }
        embeddings.iter_mut().for_each(|e| e.truncate(self.dim()));
        Ok(embeddings)
    }

    /// What to say of texts that the model does not read to their ends; None where there are none.
    /// is_cut: of every text.
    pub(crate) fn cut(&self, is_cut: impl ExactSizeIterator<Item = bool>) -> Option<String> {
        let texts = is_cut.len();
        let places: Vec<usize> = is_cut.enumerate().filter(|(_, is_cut)| *is_cut).map(|(i, _)| i + 1).collect();
        let first = places.first()?;
        let limit = self.limit();
        Some(match places.len() {
            1 => format!(
                "text number {first} is longer than the {limit} tokens that the model reads: the rest has no effect"
            ),
            count => format!(
                "{count} of {texts} texts are longer than the {limit} tokens that the model reads, the first of them text number {first}: \
                 the rest has no effect"
            ),
        })
    }

    /// F of batches of texts, each batch on a thread of its own where there are enough.
    fn forward_all(
        &self,
        batches: &[&[usize]],
        tokens: &[&Tokens],
        left_out: usize,
        part: &Part,
    ) -> Result<Vec<Vec<Vec<f32>>>> {
        parallel::try_map(batches.len(), |i| {
            part.check()?;
            let rows: Vec<&[u32]> = batches[i].iter().map(|&i| tokens[i].ids.as_slice()).collect();
            let embeddings = self.forward(&rows, left_out);
            part.advance(batches[i].len() as u64);
            Ok(embeddings)
        })
    }

    /// F of texts of ids, D values each.
    fn forward(&self, rows: &[&[u32]], left_out: usize) -> Vec<Vec<f32>> {
        self.embed_rows(rows, &self.context(rows.iter().map(|row| row.len()), left_out))
    }

    /// Takes each text's reference embedding off. It depends on the text's special tokens and
    /// length only, and is kept for all texts that share them.
    fn shift(&self, embeddings: &mut [Vec<f32>], tokens: &[&Tokens], left_out: usize) -> Result<()> {
        for (embedding, tokens) in embeddings.iter_mut().zip(tokens) {
            let Some(ids) = Reference::Pad.ids(tokens, &self.tokenizer)? else { continue };
            let key = Key { ids: Some(ids.clone()), tokens: ids.len(), layer: Key::NO_LAYER, left_out };
            let reference = self.references().get(key, || {
                let embedding = self.forward(&[&ids], left_out).swap_remove(0);
                Known { states: Vec::new(), embedding: wide(&embedding) }
            });
            embedding.iter_mut().zip(&reference.embedding).for_each(|(e, &q)| *e -= q as f32);
        }
        Ok(())
    }
}

/// How many tokens to put into a batch: BATCH, or less where that shares a few texts more evenly
/// among threads. It must not depend on the number of threads, since results do on batches: few
/// texts make LEAST batches, as far as they are not smaller than a quarter of BATCH.
fn batch(tokens: &[&Tokens]) -> usize {
    let total: usize = tokens.iter().map(|tokens| tokens.ids.len()).sum();
    total.div_ceil(LEAST).clamp(BATCH / 4, BATCH)
}

/// Texts in the order of their lengths, cut into batches of at most `most` tokens, or one text.
fn batches<'a>(mut order: &'a [usize], tokens: &[&Tokens], most: usize) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    while !order.is_empty() {
        let mut total = 0;
        let fits = |&&text: &&usize| {
            total += tokens[text].ids.len();
            total <= most
        };
        let (batch, later) = order.split_at(order.iter().take_while(fits).count().max(1));
        batches.push(batch);
        order = later;
    }
    batches
}

/// Length 1, as torch.nn.functional.normalize does it.
fn normalize(embedding: &mut [f32]) {
    let length = embedding.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt().max(1e-12);
    embedding.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
}
