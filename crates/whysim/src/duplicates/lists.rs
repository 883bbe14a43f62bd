//! Each text's nearest others, in lists of fixed length.

/// For each of some texts the k nearest others, nearest first. Ties go to the lower number, so that
/// the lists do not depend on the order in which they were filled.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lists {
    k: usize,
    /// [texts, k]; negative infinity where there is none yet.
    scores: Vec<f32>,
    /// [texts, k]
    others: Vec<u32>,
}

impl Lists {
    pub fn new(texts: usize, k: usize) -> Self {
        Self { k, scores: vec![f32::NEG_INFINITY; texts * k], others: vec![u32::MAX; texts * k] }
    }

    pub fn len(&self) -> usize {
        self.scores.len() / self.k
    }

    /// What a score must reach to have a place.
    pub fn floor(&self, text: usize) -> f32 {
        self.scores[(text + 1) * self.k - 1]
    }

    /// Whether an other would have a place.
    pub fn takes(&self, text: usize, score: f32, other: u32) -> bool {
        let last = (text + 1) * self.k - 1;
        is_before((score, other), (self.scores[last], self.others[last]))
    }

    pub fn offer(&mut self, text: usize, score: f32, other: u32) {
        if !self.takes(text, score, other) {
            return;
        }
        let first = text * self.k;
        let mut at = first + self.k - 1;
        while at > first && is_before((score, other), (self.scores[at - 1], self.others[at - 1])) {
            (self.scores[at], self.others[at]) = (self.scores[at - 1], self.others[at - 1]);
            at -= 1;
        }
        (self.scores[at], self.others[at]) = (score, other);
    }

    /// A text's others with their scores, nearest first.
    pub fn of(&self, text: usize) -> impl Iterator<Item = (u32, f32)> {
        let row = text * self.k..(text + 1) * self.k;
        let both = self.others[row.clone()].iter().copied().zip(self.scores[row].iter().copied());
        both.take_while(|&(_, score)| score > f32::NEG_INFINITY)
    }
}

fn is_before((score, other): (f32, u32), (last, of): (f32, u32)) -> bool {
    score > last || (score == last && other < of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_offers_does_not_matter() {
        let offers = [(0.5, 4), (0.9, 7), (0.5, 1), (0.2, 0), (0.9, 2), (0.5, 3)];
        let filled = |order: &[usize]| {
            let mut lists = Lists::new(2, 4);
            order.iter().for_each(|&i| lists.offer(1, offers[i].0, offers[i].1));
            lists
        };
        let (one, other) = (filled(&[0, 1, 2, 3, 4, 5]), filled(&[5, 3, 1, 4, 2, 0]));
        assert_eq!(one, other);
        assert_eq!(one.of(1).collect::<Vec<_>>(), [(2, 0.9), (7, 0.9), (1, 0.5), (3, 0.5)]);
        assert_eq!((one.floor(1), one.floor(0), one.of(0).count()), (0.5, f32::NEG_INFINITY, 0));
    }
}
