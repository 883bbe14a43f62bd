//! Regroups an explanation into coarser rows. Attributions add up, so words and sentences need no
//! model.

use super::{Border, Explanation, Record, Side, StandardError};
use crate::text::{Groups, Unit, group};

impl Explanation {
    /// This explanation by words or sentences: matrix and border are summed over the groups;
    /// everything else is unchanged.
    ///
    /// Only from finer to coarser: an explanation that is already by `unit` or coarser is returned
    /// unchanged.
    pub fn by(&self, unit: Unit) -> Explanation {
        if grain(unit) <= grain(self.by) {
            return self.clone();
        }
        let groups = [&self.a, &self.b].map(|side| group(&side.text, &side.tokens, unit));
        Explanation(Record { by: unit, ..self.regrouped(&groups).0 })
    }

    /// The sums over groups of rows of A and of B, under the unit that it has.
    pub(crate) fn regrouped(&self, [a, b]: &[Groups; 2]) -> Explanation {
        let standard_error = self.standard_error.as_ref().map(|error| {
            let matrix = pooled(&error.matrix, a, b);
            StandardError {
                interaction: of_interaction(&matrix),
                matrix,
                a: summed(&error.a, a),
                b: summed(&error.b, b),
            }
        });
        Explanation(Record {
            matrix: pooled(&self.matrix, a, b),
            standard_error,
            border: Border { a: summed(&self.border.a, a), b: summed(&self.border.b, b), corner: self.border.corner },
            a: Side { tokens: a.tokens.clone(), ..self.a.clone() },
            b: Side { tokens: b.tokens.clone(), ..self.b.clone() },
            ..self.0.clone()
        })
    }
}

/// Sums a matrix over groups of rows and of columns in f64.
fn pooled(matrix: &[Vec<f32>], a: &Groups, b: &Groups) -> Vec<Vec<f32>> {
    let mut cells = vec![vec![0.0; b.tokens.len()]; a.tokens.len()];
    for (row, &i) in matrix.iter().zip(&a.of) {
        for (value, &j) in row.iter().zip(&b.of) {
            cells[i][j] += f64::from(*value);
        }
    }
    cells.iter().map(|row| rounded(row)).collect()
}

/// Upper limits of the interaction's standard errors, from those of the attributions: an
/// interaction is an attribution less the means of its row and column plus the mean of all, and no
/// mean's error is larger than its terms' on average. matrix: [rows][columns], all of which count
/// in means.
fn of_interaction(matrix: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    let rows: Vec<f32> = matrix.iter().map(|row| mean(row)).collect();
    let columns = matrix.first().map_or(0, Vec::len);
    let of_column = |j: usize| mean(&matrix.iter().filter_map(|row| row.get(j).copied()).collect::<Vec<f32>>());
    let columns: Vec<f32> = (0..columns).map(of_column).collect();
    let all = mean(&rows);
    let row = |(row, of_row): (&Vec<f32>, &f32)| {
        row.iter().zip(&columns).map(|(error, of_column)| error + of_row + of_column + all).collect()
    };
    matrix.iter().zip(&rows).map(row).collect()
}

/// How coarse a unit is.
fn grain(unit: Unit) -> u8 {
    match unit {
        Unit::Token => 0,
        Unit::Word => 1,
        Unit::Sentence => 2,
    }
}

/// Sums values over groups in f64. values: [tokens] -> [groups].
fn summed(values: &[f32], groups: &Groups) -> Vec<f32> {
    let mut sums = vec![0.0; groups.tokens.len()];
    for (value, &g) in values.iter().zip(&groups.of) {
        sums[g] += f64::from(*value);
    }
    rounded(&sums)
}

fn rounded(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    fn total(e: &Explanation) -> f64 {
        e.matrix.iter().flatten().map(|&v| f64::from(v)).sum()
    }

    #[test]
    fn mass_is_conserved_and_the_rest_unchanged() {
        for e in [garden(), sized(5), sized(40)] {
            for unit in [Unit::Word, Unit::Sentence] {
                let coarse = e.by(unit);
                assert!((total(&coarse) - total(&e)).abs() < 1e-5);
                let border = |e: &Explanation| e.border.a.iter().chain(&e.border.b).sum::<f32>();
                assert!((border(&coarse) - border(&e)).abs() < 1e-5);
                assert_eq!((coarse.score, coarse.sum, coarse.terms), (e.score, e.sum, e.terms));
                assert_eq!(coarse.by, unit);
                assert_eq!(coarse.matrix.len(), coarse.a.tokens.len());
                assert_eq!(coarse.border.b.len(), coarse.b.tokens.len());
            }
        }
    }

    #[test]
    fn words_then_sentences_is_sentences() {
        let e = garden();
        let (once, twice) = (e.by(Unit::Sentence), e.by(Unit::Word).by(Unit::Sentence));
        assert_eq!(once.a, twice.a);
        assert!((once.matrix[1][1] - twice.matrix[1][1]).abs() < 1e-6);
    }

    #[test]
    fn never_to_finer_rows() {
        let words = garden().by(Unit::Word);
        assert_eq!(words.by(Unit::Token), words);
        assert_eq!(words.by(Unit::Word), words);
    }
}
