//! The transformer: embeddings, then L layers, cut anywhere.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use candle_core::{DType, Device, Tensor};

use super::config::Config;
use super::family::{self, Family, Positions};
use super::layers::{Attention, Block, LayerNorm, Linear};
use super::weights::Weights;
use crate::array::Array;
use crate::array::packed::{self, Packed, Table, Tape, Texts};
use crate::error::Result;

/// Token ids of texts, padded to one length on the right.
pub(crate) struct Batch {
    /// [B, S], u32.
    ids: Tensor,
    /// [B, S], u32.
    positions: Tensor,
    /// 1 for tokens, 0 for padding after a text's end, [B, S].
    pub mask: Tensor,
    padded: bool,
}

impl Batch {
    /// The same texts with those tokens masked that are not `visible`, [B][S]; what is padding stays it.
    pub(crate) fn showing(mut self, visible: &[&[bool]]) -> Result<Self> {
        if visible.iter().all(|row| row.iter().all(|&seen| seen)) {
            return Ok(self);
        }
        let (texts, tokens) = self.mask.dims2()?;
        let seen = |b: usize, s: usize| visible.get(b).and_then(|row| row.get(s)).is_none_or(|&seen| seen);
        let shown = (0..texts).flat_map(|b| (0..tokens).map(move |s| if seen(b, s) { 1f32 } else { 0.0 }));
        let shown = Tensor::from_vec(shown.collect(), (texts, tokens), &Device::Cpu)?.to_dtype(self.mask.dtype())?;
        (self.mask, self.padded) = ((self.mask * shown)?, true);
        Ok(self)
    }
}

/// The embeddings and layers of an encoder.
#[derive(Clone)]
pub(crate) struct Transformer {
    words: Tensor,
    positions: Tensor,
    token_types: Option<Tensor>,
    norm: LayerNorm,
    blocks: Vec<Block>,
    relative_bias: Option<Tensor>,
    numbering: Positions,
    /// Id of the padding token by the config, whose row of the word table training does not change.
    padding: u32,
    dtype: DType,
}

impl Transformer {
    /// Reads all weights of the encoder that `config` describes.
    pub(crate) fn load(config: &Config, weights: &mut Weights, dtype: DType) -> Result<Self> {
        let family = family::of(config)?;
        let hidden = config.hidden_size;
        weights.strip_prefix("embeddings.word_embeddings.weight")?;
        let mut table = |name: &str, rows| weights.get(&format!("embeddings.{name}.weight"), &[rows, hidden]);
        let words = table("word_embeddings", config.vocab_size)?;
        let positions = table("position_embeddings", config.max_position_embeddings)?;
        let token_types = match family.token_types {
            0 => None,
            rows => Some(table("token_type_embeddings", rows)?),
        };
        let norm = LayerNorm::load(weights, "embeddings.LayerNorm", hidden, family.epsilon)?;
        let blocks = (0..config.num_hidden_layers)
            .map(|i| load_block(config, &family, weights, &format!("{}.{i}.", family.names.layer)))
            .collect::<Result<_>>()?;
        let relative_bias = family
            .relative_bias
            .map(|(name, buckets)| weights.get(name, &[buckets, config.num_attention_heads]))
            .transpose()?;
        let numbering = family.positions;
        let padding = config.pad_token_id.unwrap_or(numbering.padding().unwrap_or(0));
        Ok(Self { words, positions, token_types, norm, blocks, relative_bias, numbering, padding, dtype })
    }

    /// L.
    pub(crate) fn layers(&self) -> usize {
        self.blocks.len()
    }

    /// A layer's weights, to change.
    pub(crate) fn block_mut(&mut self, layer: usize) -> Option<&mut Block> {
        self.blocks.get_mut(layer)
    }

    /// Tokens that the position table has room for.
    pub(crate) fn longest(&self) -> usize {
        self.positions.dims().first().map_or(0, |rows| rows.saturating_sub(self.numbering.offset()))
    }

    /// Rows of the word table.
    pub(crate) fn vocabulary(&self) -> usize {
        self.words.dims().first().copied().unwrap_or(0)
    }

    /// A batch of `rows`, each the ids of one text; shorter ones are filled up with `padding`.
    pub(crate) fn batch(&self, rows: &[&[u32]], padding: u32) -> Result<Batch> {
        let tokens = rows.iter().map(|r| r.len()).max().unwrap_or(0);
        let (mut ids, mut positions, mut mask) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let mut filled = row.to_vec();
            filled.resize(tokens, padding);
            // A padded position is never read, but must be in the table.
            let mut numbers = self.numbering.of(row);
            numbers.resize(tokens, 0);
            positions.extend(numbers);
            ids.extend(filled);
            mask.extend((0..tokens).map(|s| if s < row.len() { 1f32 } else { 0.0 }));
        }
        let shape = (rows.len(), tokens);
        Ok(Batch {
            padded: mask.contains(&0.0),
            ids: Tensor::from_vec(ids, shape, &Device::Cpu)?,
            positions: Tensor::from_vec(positions, shape, &Device::Cpu)?,
            mask: Tensor::from_vec(mask, shape, &Device::Cpu)?.to_dtype(self.dtype)?,
        })
    }

    /// Word, position and token-type (0) embeddings, summed and normalised: [B, S, H].
    pub(crate) fn embed(&self, batch: &Batch) -> Result<Tensor> {
        let x = (look_up(&self.words, &batch.ids)? + look_up(&self.positions, &batch.positions)?)?;
        let x = match &self.token_types {
            Some(types) => x.broadcast_add(&types.get(0)?)?,
            None => x,
        };
        self.norm.forward(x)
    }

    /// The embeddings of texts of ids, packed: [T, H].
    pub(crate) fn embed_packed(&self, rows: &[&[u32]], tape: &Arc<Tape>) -> Result<Packed> {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        let positions = rows.iter().flat_map(|row| self.numbering.of(row)).collect();
        let types = self.token_types.iter().map(|types| (types, vec![0; texts.tokens()], None));
        let words = (&self.words, rows.concat(), Some(self.padding));
        let all = [words, (&self.positions, positions, self.numbering.padding())].into_iter().chain(types);
        let tables = all.map(|(weight, rows, fixed)| Table { weight: weight.clone(), rows, fixed }).collect();
        self.norm.forward(packed::embed(tables, texts, tape)?)?.dropout()
    }

    /// The bias of packed texts, of which the longest has `tokens`: [1, heads, S, S].
    pub(crate) fn packed_bias(&self, tokens: usize) -> Result<Option<Tensor>> {
        self.relative_bias.as_ref().map(|table| relative_bias(table, tokens)).transpose()
    }

    /// What attention adds to its scores: MPNet's relative bias, and minus infinity at padding. [B or 1, heads or 1, S, S].
    pub(crate) fn bias(&self, batch: &Batch) -> Result<Option<Tensor>> {
        let (texts, tokens) = batch.ids.dims2()?;
        let relative = self.relative_bias.as_ref().map(|table| relative_bias(table, tokens)).transpose()?;
        if !batch.padded {
            return Ok(relative);
        }
        let mask: Vec<f32> = batch.mask.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        let mask: Vec<f32> = mask.iter().map(|&m| if m == 0.0 { f32::NEG_INFINITY } else { 0.0 }).collect();
        let mask = Tensor::from_vec(mask, (texts, 1, 1, tokens), &Device::Cpu)?.to_dtype(self.dtype)?;
        Ok(Some(match relative {
            Some(relative) => relative.broadcast_add(&mask)?,
            None => mask.broadcast_as((texts, 1, tokens, tokens))?.contiguous()?,
        }))
    }

    /// Layers `range` of the encoder. x: [B, S, H] -> [B, S, H].
    pub(crate) fn forward<A: Array>(&self, x: A, range: Range<usize>, bias: Option<&Tensor>) -> Result<A> {
        self.blocks[range].iter().try_fold(x, |x, block| block.forward(&x, bias))
    }
}

impl Transformer {
    /// Layers `layer`.. and a linear pooling with weights [B, S]. x: [B, S, H] -> [B, H].
    pub(crate) fn forward_pooled<A: Array>(
        &self,
        x: A,
        layer: usize,
        bias: Option<&Tensor>,
        pooling: &Tensor,
    ) -> Result<A> {
        match self.blocks[layer..].split_last() {
            Some((last, before)) => {
                let x = before.iter().try_fold(x, |x, block| block.forward(&x, bias))?;
                last.forward_pooled(&x, bias, pooling)
            }
            None => x.weighted_sum(pooling),
        }
    }
}

/// Rows of a table. table: [V, H], ids: [B, S] -> [B, S, H].
fn look_up(table: &Tensor, ids: &Tensor) -> Result<Tensor> {
    let (batch, tokens) = ids.dims2()?;
    Ok(table.index_select(&ids.flatten_all()?, 0)?.reshape((batch, tokens, ()))?)
}

fn load_block(config: &Config, family: &Family, weights: &mut Weights, layer: &str) -> Result<Block> {
    let (hidden, inner, names) = (config.hidden_size, config.intermediate_size, &family.names);
    let mut linear = |name, inputs, outputs| Linear::load(weights, &format!("{layer}{name}"), inputs, outputs);
    let attention = Attention {
        query: linear(names.query, hidden, hidden)?,
        key: linear(names.key, hidden, hidden)?,
        value: linear(names.value, hidden, hidden)?,
        output: linear(names.output, hidden, hidden)?,
        heads: config.num_attention_heads,
        drops: family.drops_attention,
    };
    let (expand, contract) = (linear(names.expand, hidden, inner)?, linear(names.contract, inner, hidden)?);
    let mut norm = |name| LayerNorm::load(weights, &format!("{layer}{name}"), hidden, family.epsilon);
    Ok(Block {
        attention,
        attention_norm: norm(names.attention_norm)?,
        expand,
        activation: config.activation()?,
        contract,
        norm: norm(names.norm)?,
        prepared: OnceLock::new(),
    })
}

/// MPNet's relative attention bias. table: [buckets, heads] -> [1, heads, S, S].
fn relative_bias(table: &Tensor, tokens: usize) -> Result<Tensor> {
    let (buckets, heads) = table.dims2()?;
    let pairs = (0..tokens).flat_map(|i| (0..tokens).map(move |j| bucket(i, j, buckets)));
    let pairs = Tensor::from_iter(pairs, &Device::Cpu)?;
    let bias = table.index_select(&pairs, 0)?.reshape((tokens, tokens, heads))?;
    Ok(bias.permute((2, 0, 1))?.unsqueeze(0)?.contiguous()?)
}

/// The bucket of query i and key j (Raffel et al., JMLR 2020, as MPNet uses it): one half of the buckets for keys at or before
/// the query, one for those after; in each half the near distances one by one, the far ones by logarithm up to 128.
fn bucket(i: usize, j: usize, buckets: usize) -> u32 {
    const FARTHEST: f32 = 128.0;
    let half = buckets / 2;
    let near = half / 2;
    let distance = i.abs_diff(j);
    let side = if j > i { half } else { 0 };
    let within = if distance < near {
        distance
    } else {
        let share = (distance as f32 / near as f32).ln() / (FARTHEST / near as f32).ln();
        (near + (share * (half - near) as f32) as usize).min(half - 1)
    };
    (side + within) as u32
}
