//! The strongest pairs of an explanation.

use serde::Serialize;

use super::Explanation;

/// One cell of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TopPair {
    /// Row of text A.
    pub a: usize,
    /// Row of text B.
    pub b: usize,
    /// Their attribution.
    pub value: f32,
}

impl Explanation {
    /// The `k` cells with the largest absolute values, strongest first; ties keep the order of the
    /// texts.
    pub fn top(&self, k: usize) -> Vec<TopPair> {
        let row = |(a, row): (usize, &Vec<f32>)| -> Vec<TopPair> {
            row.iter().enumerate().map(|(b, &value)| TopPair { a, b, value }).collect()
        };
        let mut pairs: Vec<TopPair> = self.matrix.iter().enumerate().flat_map(row).collect();
        pairs.sort_by(|x, y| y.value.abs().total_cmp(&x.value.abs()));
        pairs.truncate(k);
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::garden;

    #[test]
    fn strongest_first_by_absolute_value() {
        let mut e = garden();
        e.matrix = vec![vec![0.1, -0.5], vec![0.5, 0.2]];
        let pair = |a, b, value| TopPair { a, b, value };
        assert_eq!(e.top(3), [pair(0, 1, -0.5), pair(1, 0, 0.5), pair(1, 1, 0.2)]);
        assert_eq!(e.top(0), []);
        assert_eq!(e.top(99).len(), 4);
        e.matrix.clear();
        assert_eq!(e.top(5), []);
    }
}
