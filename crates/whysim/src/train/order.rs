//! The random numbers of a training. Each is a function of the seed and of its use, so there is no
//! state to keep.

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub(super) struct Random(u64);

impl Random {
    /// The stream for one purpose under a seed: `purpose` is a unique number, `count` how often the
    /// purpose has occurred.
    pub(super) fn new(seed: u64, purpose: u64, count: u64) -> Self {
        let mut random = Self(seed);
        for part in [purpose, count] {
            random = Self(random.next() ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        }
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// A number below `count`, which must not be 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }

    /// Shuffles in place (Fisher-Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// The purposes of random numbers.
pub(super) const ORDER: u64 = 1;
pub(super) const DROPOUT: u64 = 2;
pub(super) const SPREAD: u64 = 3;

/// The order of `count` pairs in an epoch.
pub(super) fn order(count: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    Random::new(seed, ORDER, epoch as u64).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_everything_once_and_epochs_differ() {
        let orders: Vec<Vec<usize>> = (0..3).map(|epoch| order(100, 5, epoch)).collect();
        for one in &orders {
            let mut sorted = one.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        }
        assert!(orders[0] != orders[1] && orders[1] != orders[2]);
        assert_eq!(order(100, 5, 1), orders[1]);
        assert_ne!(order(100, 6, 1), orders[1]);
    }

    #[test]
    fn numbers_below_a_bound_are_even() {
        let mut random = Random::new(1, 2, 3);
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[random.below(7)] += 1);
        assert!(counts.iter().all(|&n: &i32| (n - 10_000).abs() < 500), "{counts:?}");
    }
}
