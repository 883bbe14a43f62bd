//! Where each of several concatenated texts begins and ends.

use std::ops::Range;
use std::sync::Arc;

/// The places of B texts among T rows of tokens. There is no padding: a text has one row per
/// token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// B + 1 rows: the first of each text, and T.
    starts: Arc<[usize]>,
    /// None: all rows are there.
    only: Option<Arc<Only>>,
}

/// What is left of texts of which one row each is.
#[derive(Debug, PartialEq, Eq)]
struct Only {
    positions: Vec<usize>,
    /// The whole texts.
    of: Texts,
}

impl Texts {
    /// Texts of these lengths.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for length in lengths {
            end += length;
            starts.push(end);
        }
        Self { starts: starts.into(), only: None }
    }

    /// `count` texts of `tokens` each.
    pub fn uniform(count: usize, tokens: usize) -> Self {
        Self { starts: (0..=count).map(|b| b * tokens).collect(), only: None }
    }

    /// One row of each text, at these positions.
    pub fn only(&self, positions: &[usize]) -> Self {
        assert_eq!(positions.len(), self.count(), "a position for each text");
        let only = Only { positions: positions.to_vec(), of: self.clone() };
        Self { only: Some(Arc::new(only)), ..Self::uniform(self.count(), 1) }
    }

    /// The position in its text of row i of text b.
    pub fn position(&self, b: usize, i: usize) -> usize {
        self.only.as_ref().map_or(i, |only| only.positions[b])
    }

    /// Numbers of every row, put where their rows are in the whole texts, with zeros elsewhere. x:
    /// [K, T].
    pub fn in_whole<T: Copy + Default>(&self, x: Vec<T>) -> Vec<T> {
        let Some(only) = &self.only else { return x };
        let (rows, whole) = (self.tokens(), only.of.tokens());
        let mut out = vec![T::default(); x.len() / rows * whole];
        for (i, &value) in x.iter().enumerate() {
            let (k, b) = (i / rows, i % rows);
            out[k * whole + only.of.rows(b).start + only.positions[b]] = value;
        }
        out
    }

    /// The first text alone.
    pub fn first(&self) -> Self {
        let first = Self::uniform(1, self.rows(0).len());
        match &self.only {
            Some(only) => only.of.first().only(&only.positions[..1]),
            None => first,
        }
    }

    /// The positions of all rows in their texts.
    pub fn positions(&self) -> Vec<usize> {
        self.iter().enumerate().flat_map(|(b, rows)| (0..rows.len()).map(move |i| self.position(b, i))).collect()
    }

    /// B.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// T.
    pub fn tokens(&self) -> usize {
        self.starts[self.count()]
    }

    /// The rows of text b.
    pub fn rows(&self, b: usize) -> Range<usize> {
        self.starts[b]..self.starts[b + 1]
    }

    /// The rows of every text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Tokens of the longest text.
    pub fn longest(&self) -> usize {
        self.iter().map(|rows| rows.len()).max().unwrap_or(0)
    }

    /// S, the number of tokens of every text.
    ///
    /// # Panics
    /// If the texts' lengths differ.
    pub fn each(&self) -> usize {
        let tokens = self.longest();
        assert!(self.iter().all(|rows| rows.len() == tokens), "texts of one length are needed");
        tokens
    }

    /// Splits an array into one piece per text, of `size(S)` values each.
    pub fn split<'a, T>(&self, mut all: &'a [T], size: impl Fn(usize) -> usize) -> Vec<&'a [T]> {
        let sizes = self.iter().map(|rows| size(rows.len()));
        sizes.map(|size| all.split_off(..size).expect("the array has all pieces")).collect()
    }

    /// As [`Texts::split`].
    pub fn split_mut<'a, T>(&self, mut all: &'a mut [T], size: impl Fn(usize) -> usize) -> Vec<&'a mut [T]> {
        let sizes = self.iter().map(|rows| size(rows.len()));
        sizes.map(|size| all.split_off_mut(..size).expect("the array has all pieces")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn texts_lie_one_behind_the_other() {
        let texts = Texts::new([2, 0, 3]);
        assert_eq!((texts.count(), texts.tokens(), texts.longest(), texts.rows(2)), (3, 5, 3, 2..5));
        assert_eq!(texts.split(&[1, 2, 3, 4, 5], |s| s), [&[1, 2][..], &[], &[3, 4, 5]]);
        assert_eq!(Texts::uniform(3, 4), Texts::new([4; 3]));
        assert_eq!(Texts::uniform(3, 4).each(), 4);
    }
}
