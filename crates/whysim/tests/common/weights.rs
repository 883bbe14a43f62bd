//! Changed weights for a copy of a fixture.
#![allow(dead_code, missing_docs)]

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use crate::common::{Copy, folder};

pub type Weights = HashMap<String, Tensor>;

/// All weights of a fixture that keeps them in one safetensors file.
pub fn weights(family: &str) -> Weights {
    candle_core::safetensors::load(folder(family).join("model.safetensors"), &Device::Cpu).unwrap()
}

/// A copy of the fixture with other weights.
pub fn with_weights(family: &str, change: impl FnOnce(&mut Weights)) -> Copy {
    let (copy, mut all) = (Copy::of(family), weights(family));
    change(&mut all);
    candle_core::safetensors::save(&all, copy.path().join("model.safetensors")).unwrap();
    copy
}
