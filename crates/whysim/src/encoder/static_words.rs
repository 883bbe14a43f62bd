//! StaticEmbedding: a table of word vectors whose mean is the embedding, as distilled by model2vec.
//!
//! It is a transformer without layers: attributions follow from the table alone.

use whysim_core::{Real, Tensor};

use super::weights::Weights;
use crate::error::{Error, Result};
use crate::folder::Folder;

/// Reads the table, [V, D].
///
/// # Errors
/// If there is none, or it is stored in a way that is not supported.
pub(crate) fn words<T: Real>(folder: &Folder, weights: &mut Weights) -> Result<Tensor<T>> {
    // sentence-transformers' own name, and model2vec's.
    let names = ["embedding.weight", "embeddings"];
    let name = names.into_iter().find(|name| weights.has(name)).unwrap_or(names[0]);
    let Some(&[rows, width]) = weights.shape(name) else {
        let problem = format!("it has no table `{}` or `{}`", names[0], names[1]);
        return Err(Error::malformed(&folder.file("model.safetensors"), problem));
    };
    if weights.has("mapping") {
        let problem = "its tokens share vectors by a `mapping` (a quantized vocabulary), which is not supported; \
                       save it without quantizing the vocabulary";
        return Err(Error::malformed(&folder.file("model.safetensors"), problem));
    }
    let table: Tensor<T> = weights.get(name, &[rows, width])?;
    if !weights.has("weights") {
        return Ok(table);
    }
    let shares: Tensor<T> = weights.get("weights", &[rows])?;
    let scaled =
        table.chunks_exact(width).zip(shares.iter()).flat_map(|(row, &share)| row.iter().map(move |&v| v * share));
    Ok(Tensor::new(&[rows, width], scaled.collect()))
}
