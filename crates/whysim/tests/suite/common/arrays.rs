//! Safetensors files, as tests read and write them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};

/// An array with its numbers as raw bytes.
#[derive(Clone)]
pub struct Array {
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    pub bytes: Vec<u8>,
}

impl Array {
    pub fn new(shape: &[usize], values: Vec<f32>) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self { shape: shape.to_vec(), dtype: Dtype::F32, bytes }
    }

    /// The numbers, whatever their type.
    pub fn values(&self) -> Vec<f64> {
        match self.dtype {
            Dtype::F32 => self.bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b).into()).collect(),
            Dtype::F64 => self.bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
            Dtype::I64 => self.bytes.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
            Dtype::I32 => self.bytes.as_chunks().0.iter().map(|&b| i32::from_le_bytes(b).into()).collect(),
            other => panic!("no test reads {other:?}"),
        }
    }
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes.as_slice().into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

pub fn load(path: &Path) -> HashMap<String, Array> {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let array = |(name, view): (String, safetensors::tensor::TensorView)| {
        (name, Array { shape: view.shape().to_vec(), dtype: view.dtype(), bytes: view.data().to_vec() })
    };
    file.tensors().into_iter().map(array).collect()
}

pub fn save(path: &Path, arrays: &HashMap<String, Array>) {
    safetensors::serialize_to_file(arrays, None, path).unwrap();
}
