//! The strongest pairs of an explanation.

use serde::Serialize;

use super::{Explanation, View};
use crate::names::named;

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

/// Which rows a list is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// The texts' own. Special and prompt tokens are hardly ever what a list is about, and they
    /// have no part in the means that an interaction is measured from.
    #[default]
    Text,
    /// All of them.
    All,
}

named!(Listed, "listed", [("text", Text), ("all", All)]);

impl Explanation {
    /// The `k` cells of a view with the largest absolute values, strongest first; ties keep the
    /// order of the texts.
    pub fn top(&self, k: usize, view: View, listed: Listed) -> Vec<TopPair> {
        let own = match listed {
            Listed::Text => [self.a.counted(), self.b.counted()],
            Listed::All => [vec![true; self.a.tokens.len()], vec![true; self.b.tokens.len()]],
        };
        let is_listed = |pair: &TopPair| own[0].get(pair.a) == Some(&true) && own[1].get(pair.b) == Some(&true);
        let row = |(a, row): (usize, &Vec<f32>)| -> Vec<TopPair> {
            row.iter().enumerate().map(|(b, &value)| TopPair { a, b, value }).collect()
        };
        let mut pairs: Vec<TopPair> = self.viewed(view).iter().enumerate().flat_map(row).filter(is_listed).collect();
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
        assert_eq!(e.top(1, View::Attribution, Listed::All)[0].a, 0);
        let strongest = e.top(1, View::Interaction, Listed::Text)[0];
        assert_eq!((strongest.a, strongest.b), (3, 2));
    }

    #[test]
    fn special_tokens_are_listed_on_demand() {
        let mut e = garden();
        e.matrix[0][0] = 9.0;
        let own = (e.a.tokens.len() - 2) * (e.b.tokens.len() - 2);
        for view in [View::Attribution, View::Interaction] {
            assert_eq!(e.top(999, view, Listed::All).len(), e.a.tokens.len() * e.b.tokens.len());
            let strongest = e.top(1, view, Listed::All)[0];
            assert_eq!((strongest.a, strongest.b), (0, 0));
            let pairs = e.top(999, view, Listed::default());
            assert_eq!(pairs.len(), own);
            assert!(pairs.iter().all(|pair| (1..11).contains(&pair.a) && (1..13).contains(&pair.b)));
        }
    }

    #[test]
    fn strongest_first_by_absolute_value() {
        let mut e = garden();
        e.matrix = vec![vec![0.1, -0.5], vec![0.5, 0.2]];
        let pair = |a, b, value| TopPair { a, b, value };
        let strongest = |e: &Explanation, k| e.top(k, View::Attribution, Listed::All);
        assert_eq!(strongest(&e, 3), [pair(0, 1, -0.5), pair(1, 0, 0.5), pair(1, 1, 0.2)]);
        assert_eq!(strongest(&e, 0), []);
        assert_eq!(strongest(&e, 99).len(), 4);
        e.matrix.clear();
        assert_eq!(strongest(&e, 5), []);
    }
}
