//! The strongest pairs of an explanation.

use serde::Serialize;

use super::{Explanation, View};

/// One cell of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TopPair {
    /// Row of text A.
    pub a: usize,
    /// Row of text B.
    pub b: usize,
    /// Their attribution or interaction.
    pub value: f32,
}

impl Explanation {
    /// The `k` cells of a view with the largest absolute values, strongest first; ties keep the
    /// order of the texts.
    ///
    /// Of the interaction they are pairs of the texts' own rows: special and prompt tokens have no
    /// part in the means that it is measured from.
    pub fn top(&self, k: usize, view: View) -> Vec<TopPair> {
        let (rows, columns) = (self.a.counted(), self.b.counted());
        let listed = |pair: &TopPair| match view {
            View::Attribution => true,
            View::Interaction => {
                rows.get(pair.a).copied().unwrap_or_default() && columns.get(pair.b).copied().unwrap_or_default()
            }
        };
        let row = |(a, row): (usize, &Vec<f32>)| -> Vec<TopPair> {
            row.iter().enumerate().map(|(b, &value)| TopPair { a, b, value }).collect()
        };
        let mut pairs: Vec<TopPair> = self.viewed(view).iter().enumerate().flat_map(row).filter(listed).collect();
        pairs.sort_by(|x, y| y.value.abs().total_cmp(&x.value.abs()));
        pairs.truncate(k);
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn by_interaction_a_pair_that_stands_out_beats_a_token_that_is_large_everywhere() {
        let mut e = sized(5);
        e.matrix = vec![vec![1.0; 5], vec![0.0; 5], vec![0.0; 5], vec![0.0, 0.0, 0.5, 0.0, 0.0], vec![0.0; 5]];
        assert_eq!(e.top(1, View::Attribution)[0].a, 0);
        let strongest = e.top(1, View::Interaction)[0];
        assert_eq!((strongest.a, strongest.b), (3, 2));
    }

    #[test]
    fn special_tokens_are_among_the_attributions_only() {
        let mut e = garden();
        e.matrix[0][0] = 9.0;
        let own = (e.a.tokens.len() - 2) * (e.b.tokens.len() - 2);
        assert_eq!(e.top(999, View::Attribution).len(), e.a.tokens.len() * e.b.tokens.len());
        assert_eq!(e.top(1, View::Attribution)[0].value, 9.0);
        let pairs = e.top(999, View::Interaction);
        assert_eq!(pairs.len(), own);
        assert!(pairs.iter().all(|pair| (1..11).contains(&pair.a) && (1..13).contains(&pair.b)));
    }

    #[test]
    fn strongest_first_by_absolute_value() {
        let mut e = garden();
        e.matrix = vec![vec![0.1, -0.5], vec![0.5, 0.2]];
        let pair = |a, b, value| TopPair { a, b, value };
        let strongest = |e: &Explanation, k| e.top(k, View::Attribution);
        assert_eq!(strongest(&e, 3), [pair(0, 1, -0.5), pair(1, 0, 0.5), pair(1, 1, 0.2)]);
        assert_eq!(strongest(&e, 0), []);
        assert_eq!(strongest(&e, 99).len(), 4);
        e.matrix.clear();
        assert_eq!(strongest(&e, 5), []);
    }
}
