//! How tangents are multiplied with weights.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number type of the products of tangents with weights. All else, values and sums among it, is
/// the model's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The model's own.
    #[default]
    Float32,
    /// Both factors are rounded to 8 significant bits and summed in float32: faster on machines
    /// that have instructions for it (AVX512-BF16), and off by some thousandths.
    BFloat16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Float32 => "float32",
            Self::BFloat16 => "bfloat16",
        })
    }
}
