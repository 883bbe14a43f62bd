//! Dropout (Srivastava et al., JMLR 2014): `y_i = m_i x_i / (1 - rate)`, with m_i = 0 at the given
//! rate and 1 otherwise.
//!
//! m_i is a hash of the step's key, the place in the network and i, so it needs no memory: the
//! backward pass recomputes it, and a run that resumes from a checkpoint drops the same elements as
//! an uninterrupted one.

use std::cell::Cell;

use crate::kernel::vectorised;
use crate::parallel;
use crate::real::Real;

/// The shares of elements that are dropped, from 0 to below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// After the embeddings and after each half of a layer.
    pub hidden: f64,
    /// Of the attention probabilities.
    pub attention: f64,
}

/// The dropout of one step.
#[derive(Debug)]
pub struct Dropout {
    rates: Rates,
    key: u64,
    places: Cell<u64>,
}

impl Dropout {
    /// `key` determines which elements are dropped; every step needs its own.
    pub fn new(rates: Rates, key: u64) -> Self {
        Self { rates, key, places: Cell::new(0) }
    }

    /// What is dropped at the next place of the network; None if nothing is. The forward pass
    /// visits the places in a fixed order.
    pub(super) fn next(&self, rate: impl Fn(&Rates) -> f64) -> Option<Drop> {
        let rate = rate(&self.rates);
        if rate == 0.0 {
            return None;
        }
        self.places.set(self.places.get() + 1);
        let key = mix64(self.key ^ mix64(self.places.get()));
        Some(Drop { threshold: (rate * f64::from(u32::MAX)) as u32, scale: 1.0 / (1.0 - rate), key })
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
fn mix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A hash of element i, by the finaliser of MurmurHash3 (Appleby) on either half of the key: 32
/// bits, so that loops over it can be vectorised.
#[inline(always)]
fn hash(key: u64, i: u32) -> u32 {
    let x = i.wrapping_mul(0x9E37_79B9) ^ key as u32;
    let x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B) ^ (key >> 32) as u32;
    let x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

/// What is dropped at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drop {
    /// Elements whose hash is below are dropped.
    threshold: u32,
    /// 1 / (1 - rate).
    scale: f64,
    key: u64,
}

/// Values per task.
const TASK: usize = 16 * 1024;

impl Drop {
    /// Drops elements of x, which are the place's elements from `first` on.
    pub(super) fn apply<T: Real>(&self, x: &mut [T], first: usize) {
        let scale = T::of(self.scale);
        parallel::tasks(x.chunks_mut(TASK), |task, x| {
            vectorised(
                #[inline(always)]
                || {
                    let first = (first + task * TASK) as u32;
                    for (i, x) in x.iter_mut().enumerate() {
                        let kept = hash(self.key, first.wrapping_add(i as u32)) >= self.threshold;
                        *x = if kept { *x * scale } else { T::default() };
                    }
                },
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_dropped_by_its_place_alone() {
        let drop = Dropout::new(Rates { hidden: 0.5, attention: 0.0 }, 7).next(|rates| rates.hidden).unwrap();
        let [mut whole, mut part] = [vec![1f64; 40_000], vec![1f64; 10_000]];
        drop.apply(&mut whole, 0);
        drop.apply(&mut part, 30_000);
        assert_eq!(whole[30_000..], part);
    }

    #[test]
    fn the_rate_is_kept_and_every_place_drops_others() {
        let dropout = Dropout::new(Rates { hidden: 0.1, attention: 0.1 }, 7);
        let ones = vec![1f32; 200_000];
        let dropped = |drop: Option<Drop>| {
            let mut x = ones.clone();
            drop.unwrap().apply(&mut x, 0);
            x
        };
        let [a, b] = [(); 2].map(|()| dropped(dropout.next(|rates| rates.hidden)));
        let zeros = |x: &[f32]| x.iter().filter(|&&v| v == 0.0).count() as f64 / 200_000.0;
        assert!((zeros(&a) - 0.1).abs() < 0.004 && (zeros(&b) - 0.1).abs() < 0.004, "{} {}", zeros(&a), zeros(&b));
        // Independent places drop both at the rate's square.
        let both: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect();
        assert!((zeros(&both) - 0.01).abs() < 0.002, "{}", zeros(&both));
        assert!(a.iter().all(|&v| v == 0.0 || (v - 1.0 / 0.9).abs() < 1e-6));
    }
}
