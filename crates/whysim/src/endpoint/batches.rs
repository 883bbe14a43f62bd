//! Which texts share a request.

use std::ops::Range;

/// The texts that are still to be sent, in order.
pub(super) struct Batches {
    characters: Vec<usize>,
    /// The first text that was in no request yet.
    next: usize,
    /// Parts of requests that were too large.
    again: Vec<Range<usize>>,
    most_texts: usize,
    most_characters: usize,
}

impl Batches {
    /// `characters`: of every text.
    pub(super) fn new(characters: impl IntoIterator<Item = usize>, most_texts: usize, most_characters: usize) -> Self {
        Self { characters: characters.into_iter().collect(), next: 0, again: Vec::new(), most_texts, most_characters }
    }

    /// The texts of the next request.
    pub(super) fn next(&mut self) -> Option<Range<usize>> {
        if let Some(range) = self.again.pop() {
            return Some(range);
        }
        let mut total = 0;
        let fits = |&&count: &&usize| {
            total += count;
            total <= self.most_characters
        };
        let left = &self.characters[self.next..];
        let count = left.iter().take(self.most_texts).take_while(fits).count().max(1).min(left.len());
        let from = self.next;
        self.next += count;
        (count > 0).then_some(from..self.next)
    }

    /// Puts a request of several texts that was too large back, as two. Later ones are not larger
    /// than these. Gives the new limit, if it is new.
    pub(super) fn halve(&mut self, range: Range<usize>) -> Option<usize> {
        let middle = range.start + range.len() / 2;
        let most = range.len() - range.len() / 2;
        self.again.extend([middle..range.end, range.start..middle]);
        let is_new = most < self.most_texts;
        self.most_texts = self.most_texts.min(most);
        is_new.then_some(most)
    }
}

#[cfg(test)]
mod tests {
    use super::Batches;

    fn all(mut batches: Batches) -> Vec<usize> {
        let mut sizes = Vec::new();
        let mut next = 0;
        while let Some(range) = batches.next() {
            assert_eq!(range.start, next);
            next = range.end;
            sizes.push(range.len());
        }
        sizes
    }

    #[test]
    fn requests_are_bounded_by_texts_and_characters() {
        assert_eq!(all(Batches::new([1; 7], 3, 100)), [3, 3, 1]);
        assert_eq!(all(Batches::new([40, 60, 1, 99, 300, 2], 8, 100)), [2, 2, 1, 1]);
        assert_eq!(all(Batches::new([], 3, 100)), [0; 0]);
    }

    #[test]
    fn what_was_too_large_comes_again_in_halves() {
        let mut batches = Batches::new([1; 10], 5, 100);
        let first = batches.next().unwrap();
        assert_eq!(batches.halve(first), Some(3));
        assert_eq!(all(batches), [2, 3, 3, 2]);
    }
}
