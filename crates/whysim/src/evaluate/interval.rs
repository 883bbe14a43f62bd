//! Bootstrap confidence intervals: pairs are resampled with replacement, and the interval is given
//! by percentiles of the statistic (Efron, 1979).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use whysim_core::parallel;

use crate::report::Estimate;

/// Resamples: enough for two digits at either end of an interval.
const RESAMPLES: usize = 1000;

/// A statistic of some of the pairs, given by their indices; None if it is undefined on them.
type Statistic<'a> = dyn Fn(&[usize]) -> Option<f64> + Sync + 'a;

/// A statistic over `n` pairs with its 95 % interval; None if it is undefined on all of them.
pub(super) fn estimate(n: usize, seed: u64, statistic: &Statistic) -> Option<Estimate> {
    let value = statistic(&(0..n).collect::<Vec<_>>())?;
    let resample = |i: usize| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(i as u64);
        let drawn: Vec<usize> = (0..n).map(|_| random.random_range(0..n)).collect();
        statistic(&drawn)
    };
    let mut all: Vec<f64> = parallel::gather(RESAMPLES, resample).into_iter().flatten().collect();
    all.sort_by(f64::total_cmp);
    Some(Estimate { value, low: quantile(&all, 0.025), high: quantile(&all, 0.975), n })
}

/// The mean of the defined values, with its interval.
pub(super) fn mean(values: impl IntoIterator<Item = Option<f64>>, seed: u64) -> Option<Estimate> {
    mean_of(&values.into_iter().flatten().filter(|v| v.is_finite()).collect::<Vec<f64>>(), seed)
}

fn mean_of(values: &[f64], seed: u64) -> Option<Estimate> {
    let mean = |drawn: &[usize]| {
        let sum: f64 = drawn.iter().map(|&i| values[i]).sum();
        (!drawn.is_empty()).then(|| sum / drawn.len() as f64)
    };
    estimate(values.len(), seed, &mean)
}

/// Quantile of sorted values, interpolated linearly. NaN for an empty list.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_that_of_theory() {
        // 0 and 1 in equal numbers: standard error 0.5 / sqrt(n); the 95 % interval is 1.96 times
        // that on each side.
        let values = (0..400).map(|i| Some(f64::from(i % 2)));
        let e = mean(values, 7).unwrap();
        assert_eq!((e.value, e.n), (0.5, 400));
        let half = 1.96 * 0.5 / 20.0;
        assert!((e.low - (0.5 - half)).abs() < 0.01 && (e.high - (0.5 + half)).abs() < 0.01, "{e:?}");
    }

    #[test]
    fn seeds_repeat_and_gaps_are_left_out() {
        let values = || (0..30).map(|i| if i % 3 == 0 { None } else { Some(f64::from(i)) });
        assert_eq!(mean(values(), 1), mean(values(), 1));
        assert_ne!(mean(values(), 1), mean(values(), 2));
        assert_eq!(mean(values(), 1).unwrap().n, 20);
        assert_eq!(mean([None, None], 1), None);
    }

    #[test]
    fn quantiles_are_linear_between_values() {
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|q| quantile(&[1.0, 2.0, 4.0], q)), [1.0, 1.5, 2.0, 4.0]);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
