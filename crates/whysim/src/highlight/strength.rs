//! How closely each row of a passage matches a row of the query.

use crate::decomposition::Decomposition;
use crate::similarity::{Similarity, dot, norm, product, wide};
use crate::text::counted;

/// `match_j` of every row of the passage; None for special and prompt tokens. `[rows of passage]`
///
/// The two must be of one model, and made in one way.
pub(super) fn matches(query: &Decomposition, passage: &Decomposition) -> Vec<Option<f32>> {
    let dim = passage.embedding.len().max(1);
    let own_rows = |of: &Decomposition| -> Vec<Option<Vec<f64>>> {
        let counted = counted(&of.tokens);
        let rows = of.contributions.chunks_exact(dim).zip(counted);
        rows.map(|(row, counts)| counts.then(|| wide(row))).collect()
    };
    let (asked, rows) = (own_rows(query), own_rows(passage));
    let common = direction(rows.iter().flatten(), dim);
    let beyond = |row: &Vec<f64>| apart(row, &common);
    let asked: Vec<Vec<f64>> = asked.iter().flatten().map(beyond).collect();
    let best = |row: &Vec<f64>| {
        let own = beyond(row);
        asked.iter().map(|other| dot(other, &own)).fold(-1.0, f64::max) as f32
    };
    rows.iter().map(|row| row.as_ref().map(best)).collect()
}

/// What a cosine of 1 is in the units of the score. query: its embedding, `[D]`; length: what
/// `Normalize` divides it by.
pub(super) fn unit_of(query: &[f64], length: Option<f64>, passage: &Decomposition, similarity: Similarity) -> f64 {
    let lengths = [norm(query), norm(&wide(&passage.embedding))];
    let divisors = [(lengths[0], length), (lengths[1], passage.normalized())];
    lengths[0] * lengths[1] / product(divisors.map(|(own, normalized)| similarity.divisor(own, normalized)))
}

/// The direction of the mean of rows, `[D]`; zero where they have none.
fn direction<'a>(rows: impl Iterator<Item = &'a Vec<f64>>, dim: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dim];
    rows.for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += v));
    unit(sum)
}

/// The direction of a row at right angles to `common`. Of a row that has nothing else, as the only
/// row of a passage, it is the row's own.
fn apart(row: &[f64], common: &[f64]) -> Vec<f64> {
    /// What is left of a row by rounding alone, relative to its length.
    const ROUNDING: f64 = 1e-6;
    let along = dot(row, common);
    let rest: Vec<f64> = row.iter().zip(common).map(|(v, c)| v - along * c).collect();
    if norm(&rest) > ROUNDING * norm(row) { unit(rest) } else { unit(row.to_vec()) }
}

fn unit(mut vector: Vec<f64>) -> Vec<f64> {
    let length = norm(&vector);
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_rows_share_is_taken_off() {
        let common = direction([vec![2.0, 1.0], vec![2.0, -1.0]].iter(), 2);
        assert_eq!(common, [1.0, 0.0]);
        assert_eq!(apart(&[2.0, 1.0], &common), [0.0, 1.0]);
        // The only row of a passage has nothing else.
        assert_eq!(apart(&[3.0, 0.0], &common), [1.0, 0.0]);
        assert_eq!(apart(&[0.0, 0.0], &common), [0.0, 0.0]);
    }
}
