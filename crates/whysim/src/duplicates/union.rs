//! Connected components, by union-find.

/// Disjoint sets of the numbers below a count.
pub(super) struct Union {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Union {
    /// Every number by itself.
    pub fn new(count: usize) -> Self {
        Self { parent: (0..count as u32).collect(), size: vec![1; count] }
    }

    /// The set's own number. Paths are halved on the way.
    pub fn root(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            let above = self.parent[self.parent[i as usize] as usize];
            self.parent[i as usize] = above;
            i = above;
        }
        i
    }

    /// Joins two sets; whether they were two.
    pub fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return false;
        }
        let (small, large) = if self.size[a as usize] < self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
        true
    }

    /// All sets, each in order, by their first numbers.
    pub fn sets(mut self) -> Vec<Vec<u32>> {
        let count = self.parent.len();
        let mut place = vec![u32::MAX; count];
        let mut sets: Vec<Vec<u32>> = Vec::new();
        for i in 0..count as u32 {
            let root = self.root(i) as usize;
            if place[root] == u32::MAX {
                place[root] = sets.len() as u32;
                sets.push(Vec::new());
            }
            sets[place[root] as usize].push(i);
        }
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_by_others_is_joined() {
        let mut union = Union::new(6);
        assert!(union.join(4, 1) && union.join(1, 3) && !union.join(3, 4) && union.join(5, 0));
        assert_eq!(union.sets(), [vec![0, 5], vec![1, 3, 4], vec![2]]);
        assert!(Union::new(0).sets().is_empty());
    }
}
