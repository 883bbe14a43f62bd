//! Main effects and interaction: what a token has with everything, and what it has with one token
//! beyond that.
//!
//! Two-way analysis of variance takes any matrix apart, exactly (eq. 7 of the method):
//!
//! ```text
//! A_ij = m + alpha_i + beta_j + I_ij
//! ```
//!
//! The mean m and the main effects alpha and beta are means over the rows of the texts themselves.
//! Special and prompt tokens are left out of these means: their attributions are of another size
//! and would shift the zero of everything else. Over the texts' own rows the main effects of a side
//! and every row and column of I sum to zero.

use serde::{Deserialize, Serialize};

use super::{Explanation, Side};
use crate::names::named;
use crate::text::counted;

/// Which matrix to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// `A_ij`, which adds up to the score with the ledger's other terms.
    Attribution,
    /// `I_ij`: what two tokens have with each other beyond what each has with everything.
    Interaction,
}

named!(View, "view", [("attribution", Attribution), ("interaction", Interaction)]);

/// The parts of a matrix that concern one row or column alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effects {
    /// m: the mean attribution of a pair.
    pub mean: f64,
    /// alpha: how far each row's mean is above m, [rows of A].
    pub a: Vec<f64>,
    /// beta: how far each column's mean is above m, [rows of B].
    pub b: Vec<f64>,
}

impl Side {
    /// Whether each row counts in means: the text's own rows do, special and prompt tokens do not.
    /// Where there is nothing else, they do. `[rows]`
    pub fn counted(&self) -> Vec<bool> {
        counted(&self.tokens)
    }
}

impl Explanation {
    /// The view to begin with, where nobody chose one.
    ///
    /// Off the shelf, the references' share stands in whole rows and columns and hides the pairs
    /// that people align, so it is the interaction. An exact model's attributions predict what
    /// parts of the texts are worth, and its interaction does not (docs/evaluation.md has both
    /// figures). Where one row is all of a text, as a query of one sentence is, main effects are
    /// all that there is, and the interaction is zero.
    pub fn default_view(&self) -> View {
        let own = [&self.a, &self.b].map(|side| side.counted().iter().filter(|&&counted| counted).count());
        if self.exact || own.iter().any(|&rows| rows < 2) { View::Attribution } else { View::Interaction }
    }

    /// Mean and main effects of the matrix.
    pub fn effects(&self) -> Effects {
        let [of_a, of_b] = [&self.a, &self.b].map(weights);
        let mut down = vec![0.0; of_b.len()];
        let mut across = vec![0.0; of_a.len()];
        for ((row, weight), across) in self.matrix.iter().zip(&of_a).zip(&mut across) {
            for ((&value, column), down) in row.iter().zip(&of_b).zip(&mut down) {
                *across += column * f64::from(value);
                *down += weight * f64::from(value);
            }
        }
        let mean = across.iter().zip(&of_a).map(|(row, weight)| row * weight).sum();
        let grain = self.grain();
        let above = |means: Vec<f64>| means.into_iter().map(|value| beyond(value - mean, grain)).collect();
        Effects { mean, a: above(across), b: above(down) }
    }

    /// I, [rows of A][rows of B].
    pub fn interaction(&self) -> Vec<Vec<f32>> {
        let (effects, grain) = (self.effects(), self.grain());
        let row = |(row, a): (&Vec<f32>, &f64)| {
            let rest = row.iter().zip(&effects.b).map(|(&value, b)| f64::from(value) - effects.mean - a - b);
            rest.map(|value| beyond(value, grain) as f32).collect()
        };
        self.matrix.iter().zip(&effects.a).map(row).collect()
    }

    /// What the matrix's entries are precise to.
    fn grain(&self) -> f64 {
        let largest = self.matrix.iter().flatten().fold(0.0, |most: f32, value| most.max(value.abs()));
        f64::from(f32::EPSILON) * f64::from(largest)
    }

    /// The matrix of a view, [rows of A][rows of B].
    pub fn viewed(&self, view: View) -> Vec<Vec<f32>> {
        match view {
            View::Attribution => self.matrix.clone(),
            View::Interaction => self.interaction(),
        }
    }
}

/// A difference of entries, or zero if it is only their rounding: where one sentence is all of a
/// text, nothing but rounding is left of the interaction, and it must not be drawn.
fn beyond(difference: f64, grain: f64) -> f64 {
    if difference.abs() < grain { 0.0 } else { difference }
}

/// The weight of every row in means. [rows]
fn weights(side: &Side) -> Vec<f64> {
    let counted = side.counted();
    let count = counted.iter().filter(|counted| **counted).count();
    counted.into_iter().map(|counted| if counted { 1.0 / count as f64 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};
    use crate::text::{Origin, Unit};

    #[test]
    fn the_parts_add_up_to_the_matrix() {
        for e in [garden(), garden().by(Unit::Word), sized(5), sized(40)] {
            let (effects, interaction) = (e.effects(), e.interaction());
            for (i, row) in e.matrix.iter().enumerate() {
                for (j, &value) in row.iter().enumerate() {
                    let whole = effects.mean + effects.a[i] + effects.b[j] + f64::from(interaction[i][j]);
                    assert!((whole - f64::from(value)).abs() < 1e-7, "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn effects_and_interaction_sum_to_zero_over_the_texts_own_rows() {
        let e = garden();
        let (effects, interaction) = (e.effects(), e.interaction());
        let own = |side: &Side| -> Vec<usize> {
            (0..side.tokens.len()).filter(|&i| side.tokens[i].origin == Origin::Text).collect()
        };
        let (rows, columns) = (own(&e.a), own(&e.b));
        assert!(rows.iter().map(|&i| effects.a[i]).sum::<f64>().abs() < 1e-12);
        assert!(columns.iter().map(|&j| effects.b[j]).sum::<f64>().abs() < 1e-12);
        for row in &interaction {
            assert!(columns.iter().map(|&j| f64::from(row[j])).sum::<f64>().abs() < 1e-6);
        }
        let down = |j: usize| rows.iter().map(|&i| f64::from(interaction[i][j])).sum::<f64>();
        assert!((0..e.b.tokens.len()).all(|j| down(j).abs() < 1e-6));
    }

    #[test]
    fn what_a_token_has_with_everything_is_no_interaction() {
        let mut e = sized(5);
        let (a, b) = ([5.0, -3.0, 0.5, 1.0, 2.0], [0.25, 7.0, -2.0, 4.0, -1.5]);
        e.matrix = a.iter().map(|a| b.iter().map(|b| a + b).collect()).collect();
        assert!(e.interaction().concat().iter().all(|v| v.abs() < 1e-6));
        e.matrix[2][1] += 1.0;
        assert!(e.interaction()[2][1] > 0.4);
    }

    #[test]
    fn rounding_is_no_interaction() {
        let mut e = garden().by(Unit::Sentence);
        assert_eq!(e.interaction()[1][1], 0.0);
        e = sized(5);
        e.matrix = vec![vec![0.1, 0.7, 0.3, 0.2, 0.6]; 5];
        assert!(e.interaction().concat().iter().all(|&value| value == 0.0));
        assert!(e.effects().a.iter().all(|&value| value == 0.0) && e.effects().b[1] > 0.1);
    }

    #[test]
    fn special_tokens_count_only_where_there_is_nothing_else() {
        let mut side = garden().a.clone();
        let counted = side.counted();
        assert!(!counted[0] && counted[1] && !counted[11]);
        side.tokens.retain(|token| token.origin == Origin::Special);
        assert_eq!(side.counted(), [true, true]);
        side.tokens.clear();
        assert!(side.counted().is_empty());
    }

    #[test]
    fn views_begin_where_the_references_share_is_out_of_the_way() {
        assert_eq!(garden().default_view(), View::Interaction);
        assert_eq!(sized(5).default_view(), View::Attribution);
        let sentences = garden().by(Unit::Sentence);
        assert_eq!(sentences.default_view(), View::Attribution);
        assert!(sentences.interaction()[1][1] == 0.0);
    }

    #[test]
    fn a_result_without_rows_has_no_effects() {
        let mut e = sized(5);
        (e.a.tokens, e.matrix) = (Vec::new(), Vec::new());
        assert_eq!(e.effects().mean, 0.0);
        assert!(e.interaction().is_empty());
    }
}
