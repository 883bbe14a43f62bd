//! Dropout (Srivastava et al., JMLR 2014): `y_i = m_i x_i / (1 - rate)`, with m_i 0 at the given rate and else 1.
//!
//! m_i is a hash of the step's key, the place in the network and i, so that it needs no memory: the backward pass works it out
//! again, and a run that goes on from a checkpoint drops what the whole run would have dropped.

use std::sync::atomic::{AtomicU64, Ordering};

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

use super::values;
use crate::array::kernel::vectorised;
use crate::array::values::Values;
use crate::error::Result;

/// Shares of the elements that are dropped, 0 up to below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    /// After the embeddings and after each half of a layer.
    pub hidden: f64,
    /// Of the attention probabilities.
    pub attention: f64,
}

/// The dropout of one step.
pub(crate) struct Dropout {
    pub rates: Rates,
    key: u64,
    places: AtomicU64,
}

impl Dropout {
    /// `key` decides which elements are dropped; every step needs its own.
    pub(crate) fn new(rates: Rates, key: u64) -> Self {
        Self { rates, key, places: AtomicU64::new(0) }
    }

    /// The key of the next place in the network. The forward pass visits them in one order.
    pub(super) fn next(&self) -> u64 {
        let place = self.places.fetch_add(1, Ordering::Relaxed);
        mix64(self.key ^ mix64(place.wrapping_add(1)))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
fn mix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A hash of element i, by the finaliser of MurmurHash3 (Appleby) on either half of the key: 32 bits, so that loops over it
/// become vector code.
#[inline(always)]
fn hash(key: u64, i: u32) -> u32 {
    let x = i.wrapping_mul(0x9E37_79B9) ^ key as u32;
    let x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B) ^ (key >> 32) as u32;
    let x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

struct Drop {
    /// Elements whose hash is below are dropped.
    threshold: u32,
    /// 1 / (1 - rate).
    scale: f32,
    key: u64,
}

/// Values that one task takes.
const TASK: usize = 16 * 1024;

impl Drop {
    fn apply(&self, x: &mut [f32]) {
        x.par_chunks_mut(TASK).enumerate().for_each(|(task, x)| {
            vectorised(
                #[inline(always)]
                || {
                    let first = (task * TASK) as u32;
                    for (i, x) in x.iter_mut().enumerate() {
                        let kept = hash(self.key, first.wrapping_add(i as u32)) >= self.threshold;
                        *x = if kept { *x * self.scale } else { 0.0 };
                    }
                },
            );
        });
    }
}

impl CustomOp1 for Drop {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let mut out = values(storage, layout)?.to_vec();
        self.apply(&mut out);
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let mut out = Values::<f32>::of(&gradient)?.to_vec();
        self.apply(&mut out);
        Ok(Some(Tensor::from_vec(out, gradient.shape(), gradient.device())?))
    }
}

/// Drops elements of x at `rate`. x: any shape.
pub(super) fn drop(x: &Tensor, rate: f64, key: u64) -> Result<Tensor> {
    let threshold = (rate * f64::from(u32::MAX)) as u32;
    Ok(x.contiguous()?.apply_op1(Drop { threshold, scale: (1.0 / (1.0 - rate)) as f32, key })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_and_every_place_drops_others() {
        let dropout = Dropout::new(Rates { hidden: 0.1, attention: 0.1 }, 7);
        let ones = vec![1f32; 200_000];
        let dropped = |key| {
            let x = Tensor::new(ones.as_slice(), &candle_core::Device::Cpu).unwrap();
            drop(&x, 0.1, key).unwrap().to_vec1::<f32>().unwrap()
        };
        let [a, b] = [dropout.next(), dropout.next()].map(dropped);
        let zeros = |x: &[f32]| x.iter().filter(|&&v| v == 0.0).count() as f64 / 200_000.0;
        assert!((zeros(&a) - 0.1).abs() < 0.004 && (zeros(&b) - 0.1).abs() < 0.004, "{} {}", zeros(&a), zeros(&b));
        // Independent places drop both at the rate's square.
        let both: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect();
        assert!((zeros(&both) - 0.01).abs() < 0.002, "{}", zeros(&both));
        assert!(a.iter().all(|&v| v == 0.0 || (v - 1.0 / 0.9).abs() < 1e-6));
    }
}
