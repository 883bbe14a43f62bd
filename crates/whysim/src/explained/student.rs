//! Student's t distribution, for statistics whose spread is estimated from few values.

/// The probability that |t| is at least this large by chance, with `freedom` degrees of freedom.
///
/// The finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4. freedom: 1 or more.
pub(super) fn two_sided(t: f64, freedom: usize) -> f64 {
    let angle = (t.abs() / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2;
    // Even: 1 + 1/2 c^2 + (1 3)/(2 4) c^4 + ...; odd: c + 2/3 c^3 + (2 4)/(3 5) c^5 + ...
    let (mut term, mut sum) = (if odd == 1 { cosine } else { 1.0 }, 0.0);
    for k in (2 + odd..=freedom).step_by(2) {
        sum += term;
        term *= cosine * cosine * (k - 1) as f64 / k as f64;
    }
    let within = if odd == 1 { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum };
    (1.0 - within).clamp(0.0, 1.0)
}

/// Probabilities of several findings, so that among all that are below a level, wrong ones are as
/// rare as the level says (Holm, Scandinavian Journal of Statistics 1979). NaN stays, and is not
/// counted.
pub(super) fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).filter(|&i| !chances[i].is_nan()).collect();
    order.sort_by(|&i, &j| chances[i].total_cmp(&chances[j]));
    let (mut adjusted, mut least) = (vec![f64::NAN; chances.len()], 0.0_f64);
    for (rank, &i) in order.iter().enumerate() {
        least = least.max((order.len() - rank) as f64 * chances[i]).min(1.0);
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_distribution_are_met() {
        // Two-sided 5 % points from published tables.
        for (freedom, t) in [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)] {
            assert!((two_sided(t, freedom) - 0.05).abs() < 1e-4, "{freedom} {}", two_sided(t, freedom));
            assert_eq!(two_sided(-t, freedom), two_sided(t, freedom));
        }
        assert!((two_sided(4.587, 10) - 0.001).abs() < 1e-5);
        assert!((two_sided(0.0, 7) - 1.0).abs() < 1e-12 && two_sided(f64::INFINITY, 7) < 1e-12);
    }

    #[test]
    fn findings_among_many_are_held_to_more() {
        let adjusted = holm(&[0.01, f64::NAN, 0.04, 0.03]);
        let expected = [0.03, 0.06, 0.06];
        let given = [adjusted[0], adjusted[3], adjusted[2]];
        assert!(given.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-12) && adjusted[1].is_nan(), "{adjusted:?}");
    }
}
