//! Changed weights for a copy of a fixture.

use std::collections::HashMap;

use crate::common::arrays::{self, Array};
use crate::common::{Copy, folder};

pub type Weights = HashMap<String, Array>;

/// All weights of a fixture with a single safetensors file.
pub fn weights(family: &str) -> Weights {
    arrays::load(&folder(family).join("model.safetensors"))
}

/// A copy of the fixture with other weights.
pub fn with_weights(family: &str, change: impl FnOnce(&mut Weights)) -> Copy {
    let (copy, mut all) = (Copy::of(family), weights(family));
    change(&mut all);
    arrays::save(&copy.path().join("model.safetensors"), &all);
    copy
}
