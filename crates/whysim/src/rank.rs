//! Correlation: Pearson's, Spearman's with average ranks on ties, Kendall's tau-b, and the
//! coefficient of determination.
//!
//! None means undefined: fewer than two values, or values that do not vary.

/// Ranks from 1; ties share the mean of their ranks (as in scipy's `rankdata`). -> `[n]`.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let shared = from as f64 + 0.5 * (tied.len() + 1) as f64;
        tied.iter().for_each(|&i| ranks[i] = shared);
        from += tied.len();
    }
    ranks
}

/// Pearson's r = cov(x, y) / (sd(x) sd(y)). x, y: `[n]`.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len().min(y.len());
    if n < 2 {
        return None;
    }
    let mean = |v: &[f64]| v[..n].iter().sum::<f64>() / n as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    let r = xy / (xx.sqrt() * yy.sqrt());
    r.is_finite().then_some(r)
}

/// Spearman's rho: Pearson's r of the ranks. x, y: `[n]`.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// R2 = 1 - sum (y - x)^2 / sum (y - mean y)^2 of x as a prediction of y, without any fit: 1 if
/// they are equal, below 0 if the mean of y would predict better. x, y: `[n]`.
pub fn determination(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len().min(y.len());
    let mean = y.iter().sum::<f64>() / n.max(1) as f64;
    let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let rest: f64 = x.iter().zip(y).map(|(x, y)| (y - x).powi(2)).sum();
    let r2 = 1.0 - rest / total;
    (n >= 2 && r2.is_finite()).then_some(r2)
}

/// How many pairs of values two lists order alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concordance {
    /// Pairs that both order in the same way.
    pub concordant: f64,
    /// Pairs that they order in opposite ways.
    pub discordant: f64,
    /// Pairs that are not tied in x.
    untied_x: f64,
    /// Pairs that are not tied in y.
    untied_y: f64,
}

impl Concordance {
    /// In O(n log n) by Knight's algorithm (Knight, JASA 1966). x, y: `[n]`.
    pub fn of(x: &[f64], y: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        pairs.sort_by(|p, q| p.0.total_cmp(&q.0).then(p.1.total_cmp(&q.1)));
        let ties_x = ties(pairs.chunk_by(|p, q| p.0 == q.0).map(<[_]>::len));
        let ties_both = ties(pairs.chunk_by(|p, q| p == q).map(<[_]>::len));
        let mut y: Vec<f64> = pairs.iter().map(|p| p.1).collect();
        let discordant = inversions(&mut y);
        let ties_y = ties(y.chunk_by(|p, q| p == q).map(<[_]>::len));
        let all = ties(std::iter::once(pairs.len()));
        let concordant = all + ties_both - ties_x - ties_y - discordant;
        Self { concordant, discordant, untied_x: all - ties_x, untied_y: all - ties_y }
    }

    /// The share of discordant pairs among those that neither list ties.
    pub fn disorder(&self) -> Option<f64> {
        let share = self.discordant / (self.concordant + self.discordant);
        share.is_finite().then_some(share)
    }

    /// Kendall's tau-b = (concordant - discordant) / sqrt((pairs - ties in x) (pairs - ties in y)).
    pub fn tau(&self) -> Option<f64> {
        let tau = (self.concordant - self.discordant) / (self.untied_x * self.untied_y).sqrt();
        tau.is_finite().then_some(tau)
    }
}

/// Kendall's tau-b. x, y: `[n]`.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    Concordance::of(x, y).tau()
}

/// Number of pairs within runs of these lengths.
fn ties(runs: impl Iterator<Item = usize>) -> f64 {
    runs.map(|n| n as f64 * (n as f64 - 1.0) / 2.0).sum()
}

/// Sorts by merging, and counts the pairs that were in the wrong order.
fn inversions(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n < 2 {
        return 0.0;
    }
    let (left, right) = values.split_at_mut(n / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(n);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if right[j] < left[i] {
            count += (left.len() - i) as f64;
            merged.push(right[j]);
            j += 1;
        } else {
            merged.push(left[i]);
            i += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: Option<f64>, expected: f64) {
        assert!((got.unwrap() - expected).abs() < 1e-12, "{got:?} is not {expected}");
    }

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[10.0, 20.0, 20.0, 5.0, 20.0]), [2.0, 4.0, 4.0, 1.0, 4.0]);
        assert_eq!(ranks(&[]), Vec::<f64>::new());
    }

    /// Computed by hand from the definitions; scipy's spearmanr and kendalltau agree.
    #[test]
    fn hand_cases_with_ties() {
        let (x, y) = ([1.0, 2.0, 2.0, 3.0], [1.0, 3.0, 2.0, 4.0]);
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: cov 4.5, variances 4.5 and 5.
        close(spearman(&x, &y), 4.5 / (4.5f64 * 5.0).sqrt());
        // Five concordant pairs, one tie in x.
        close(kendall(&x, &y), 5.0 / (5.0f64 * 6.0).sqrt());
        close(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.5]), 4.5 / (2.0f64 * 10.166_666_666_666_666).sqrt());
        close(determination(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), 0.5);
        close(determination(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 1.0);
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        for undefined in
            [spearman(&[1.0, 1.0], &[1.0, 2.0]), pearson(&[1.0], &[1.0]), kendall(&[1.0, 1.0], &[1.0, 2.0])]
        {
            assert_eq!(undefined, None);
        }
        assert_eq!(determination(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(kendall(&[], &[]), None);
    }

    #[test]
    fn disorder_is_the_share_of_pairs_in_opposite_order() {
        assert_eq!(Concordance::of(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).disorder(), Some(1.0 / 3.0));
        assert_eq!(Concordance::of(&[1.0, 2.0, 2.0], &[2.0, 1.0, 3.0]).disorder(), Some(0.5));
        assert_eq!(Concordance::of(&[1.0, 1.0], &[2.0, 1.0]).disorder(), None);
    }

    #[test]
    fn kendall_equals_its_definition_on_all_pairs() {
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 33) % below) as f64
        };
        for n in 2..40u64 {
            let x: Vec<f64> = (0..n).map(|_| next(8)).collect();
            let y: Vec<f64> = (0..n).map(|_| next(9)).collect();
            let (mut score, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
            for i in 0..n as usize {
                for j in 0..i {
                    let sign = |v: &[f64]| if v[i] == v[j] { 0.0 } else { (v[i] - v[j]).signum() };
                    score += sign(&x) * sign(&y);
                    of_x += sign(&x).abs();
                    of_y += sign(&y).abs();
                }
            }
            match kendall(&x, &y) {
                Some(tau) => assert!((tau - score / (of_x * of_y).sqrt()).abs() < 1e-12, "{x:?} {y:?}"),
                None => assert!(of_x * of_y == 0.0),
            }
        }
    }
}
