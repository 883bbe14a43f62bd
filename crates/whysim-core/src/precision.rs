//! How tangents are multiplied with weights.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number type of the products of tangents with weights. Everything else, including
/// values and sums, has the model's type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The model's type.
    #[default]
    Float32,
    /// Both factors are rounded to 8 significant bits and summed in float32: faster on machines
    /// that have instructions for it (AVX512-BF16), with an error of some thousandths.
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
