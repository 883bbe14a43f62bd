//! Embeddings of a text with some of its tokens removed, by a model whose tokens are known.

use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::progress::Part;
use crate::text::{Origin, Reference, Token, Tokens, Unit, group};
use whysim_core::parallel;

use super::Removal;

/// Tokens (texts x longest text) encoded together: few enough for activations to stay near the
/// caches.
const BATCH: usize = 512;

/// No text in a batch is longer than its shortest by more than this factor, since padding is wasted
/// work.
const SPREAD: f64 = 1.25;

/// What the model reads of a text with some tokens removed: ids, and whether each is seen.
type Reading = (Vec<u32>, Vec<bool>);

/// What can be removed: the rows of the text itself. Special tokens and the model's prompt are
/// always there.
pub(crate) struct Players {
    /// Their names.
    pub rows: Vec<Token>,
    /// The tokens that make up each, `[players][tokens]`.
    pub members: Vec<Vec<usize>>,
}

impl Players {
    /// The rows of a tokenized text.
    pub(crate) fn of(text: &str, tokens: &[Token], unit: Unit) -> Self {
        let groups = group(text, tokens, unit);
        let members = groups.members();
        let own = groups.tokens.into_iter().zip(members).filter(|(row, _)| row.origin == Origin::Text);
        let (rows, members) = own.unzip();
        Self { rows, members }
    }
}

/// A tokenized text of which parts can be removed.
pub(crate) struct Variants<'a> {
    pub encoder: &'a Encoder,
    /// Prompt tokens that pooling skips.
    pub left_out: usize,
    pub rule: Removal,
    pub tokens: &'a Tokens,
    /// The tokens of every player, `[players][tokens]`.
    pub members: &'a [Vec<usize>],
}

impl Variants<'_> {
    /// e(S) for every S, `[coalitions][D]`: before any `Normalize`, and for an exact model less its
    /// reference's, in which padding takes the positions of the tokens that are left.
    ///
    /// kept: `[coalitions][players]`. `part` is told of every coalition, and asked before every
    /// batch whether to stop.
    pub(crate) fn embed(&self, kept: &[Vec<bool>], part: &Part) -> Result<Vec<Vec<f64>>> {
        let ids = &self.tokens.ids;
        let readings = kept.iter().map(|kept| self.without(kept, ids.clone())).collect::<Result<Vec<_>>>()?;
        let mut embeddings = embed(self.encoder, &readings, self.left_out, part)?;
        if self.encoder.identity().exact {
            let ids = Reference::Pad.ids(self.tokens, &self.encoder.tokenizer)?.unwrap_or_default();
            let shifts = kept.iter().map(|kept| self.shift(kept, &ids)).collect::<Result<Vec<_>>>()?;
            for (e, q) in embeddings.iter_mut().zip(embed(self.encoder, &shifts, self.left_out, part)?) {
                e.iter_mut().zip(q).for_each(|(e, q)| *e -= q);
            }
        }
        Ok(embeddings)
    }

    /// The reference of a reading. A mask token is a token, so its reference is padding, as for any
    /// other.
    fn shift(&self, kept: &[bool], padding: &[u32]) -> Result<Reading> {
        match self.rule {
            Removal::MaskToken => Ok((padding.to_vec(), vec![true; padding.len()])),
            Removal::Delete | Removal::AttentionMask => self.without(kept, padding.to_vec()),
        }
    }

    fn without(&self, kept: &[bool], mut ids: Vec<u32>) -> Result<Reading> {
        let mut seen = vec![true; ids.len()];
        let removed = self.members.iter().zip(kept).filter(|(_, kept)| !**kept);
        removed.for_each(|(tokens, _)| tokens.iter().for_each(|&token| seen[token] = false));
        match self.rule {
            Removal::AttentionMask => return Ok((ids, seen)),
            Removal::Delete => {
                let mut seen = seen.iter();
                ids.retain(|_| seen.next() == Some(&true));
            }
            Removal::MaskToken => {
                let mask = self.encoder.tokenizer.mask.ok_or_else(|| {
                    Error::Tokenizer("it has no mask token to replace others with; use `delete`".into())
                })?;
                ids.iter_mut().zip(&seen).filter(|(_, seen)| !**seen).for_each(|(id, _)| *id = mask);
            }
        }
        let all = vec![true; ids.len()];
        Ok((ids, all))
    }
}

/// F of every reading, `[readings][D]`. Equal readings are embedded once; those of similar length
/// share a batch, and batches share the threads.
fn embed(encoder: &Encoder, readings: &[Reading], left_out: usize, part: &Part) -> Result<Vec<Vec<f64>>> {
    let mut order: Vec<usize> = (0..readings.len()).collect();
    order.sort_by(|&i, &j| readings[i].0.len().cmp(&readings[j].0.len()).then_with(|| readings[i].cmp(&readings[j])));
    let groups: Vec<&[usize]> = order.chunk_by(|&i, &j| readings[i] == readings[j]).collect();
    let batches = batches(&groups, readings);
    let done = parallel::try_map(batches.len(), |i| {
        part.check()?;
        let ids: Vec<&[u32]> = batches[i].iter().map(|group| readings[group[0]].0.as_slice()).collect();
        let seen: Vec<&[bool]> = batches[i].iter().map(|group| readings[group[0]].1.as_slice()).collect();
        let embeddings = encoder.embed_visible(&ids, &seen, left_out);
        part.advance(batches[i].len() as u64);
        Ok::<_, Error>(embeddings)
    })?;
    let mut embeddings = vec![Vec::new(); readings.len()];
    for (batch, done) in batches.iter().zip(done) {
        for (group, embedding) in batch.iter().zip(done) {
            let wide: Vec<f64> = embedding.into_iter().map(f64::from).collect();
            Error::check_finite(&wide, || "a text with some of its tokens removed".into())?;
            group.iter().for_each(|&i| embeddings[i].clone_from(&wide));
        }
    }
    Ok(embeddings)
}

/// Groups of equal readings, sorted by length, cut into batches.
fn batches<'a>(mut rest: &'a [&'a [usize]], readings: &[Reading]) -> Vec<&'a [&'a [usize]]> {
    let length = |group: &[usize]| readings[group[0]].0.len();
    let mut batches = Vec::new();
    while let Some(first) = rest.first() {
        let most = SPREAD * length(first) as f64;
        let fits = |(n, group): &(usize, &&[usize])| (n + 1) * length(group) <= BATCH && length(group) as f64 <= most;
        let (now, later) = rest.split_at(rest.iter().enumerate().take_while(fits).count().max(1));
        batches.push(now);
        rest = later;
    }
    batches
}
