//! Groups of texts that pairs at or above the threshold join, and how similar they are inside.
//!
//! With vectors x of similarity x . y and S their sum, the mean over all pairs inside needs no
//! pairs: `(S . S - sum_i x_i . x_i) / (n (n - 1))`. Nor does the text most similar to the others,
//! which has the largest `x_i . S - x_i . x_i`. The lowest similarity does need them all.

use serde::Serialize;
use whysim_core::parallel;

use super::vectors::{Vectors, product};
use crate::error::Result;
use crate::progress::Part;
use crate::similarity::{dot, wide};

/// Texts of a group whose pairs are computed at once.
const TILE: usize = 1024;

/// Texts joined by pairs at or above the threshold, directly or through others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The group's texts, by their indices in [`Duplicates::items`](super::Duplicates::items).
    pub texts: Vec<usize>,
    /// The text that is most similar to the others, by the same index: which to keep.
    pub representative: usize,
    /// How many of its texts are different: copies word for word count once.
    pub distinct: usize,
    /// The lowest similarity of two of its texts.
    pub lowest: f32,
    /// The mean similarity over all pairs of its texts, copies included.
    pub mean: f64,
    /// How many pairs of its distinct texts are below the threshold.
    pub below: u64,
    /// Whether it is a chain: some of its texts are below the threshold, joined only through
    /// others.
    pub chain: bool,
}

/// Some texts of one corpus, as numbers of its distinct texts.
pub(super) struct Members<'a> {
    /// All distinct texts of the corpus.
    pub all: Vectors<'a>,
    /// How often each stands.
    pub counts: &'a [u32],
    pub members: Vec<u32>,
}

/// How similar the texts of a group are.
pub(super) struct Measures {
    /// The representative: a member of the first set, or of the second, by its place among them.
    pub representative: (usize, usize),
    pub lowest: f32,
    pub mean: f64,
    pub below: u64,
}

impl Members<'_> {
    fn positions(&self, range: std::ops::Range<usize>) -> Vec<u32> {
        self.members[range].iter().map(|&member| self.all.positions[member as usize]).collect()
    }

    fn read(&self, range: std::ops::Range<usize>) -> Result<Vec<f32>> {
        self.all.read_at(&self.positions(range))
    }

    fn tiles(&self) -> Vec<std::ops::Range<usize>> {
        let to = self.members.len();
        (0..to).step_by(TILE).map(|from| from..(from + TILE).min(to)).collect()
    }

    /// Calls `each(place, count, vector)` for every member.
    fn each(&self, part: &Part, mut each: impl FnMut(usize, f64, &[f64])) -> Result<()> {
        for tile in self.tiles() {
            part.check()?;
            let vectors = self.read(tile.clone())?;
            for (place, vector) in tile.zip(vectors.chunks_exact(self.all.dim())) {
                each(place, f64::from(self.counts[self.members[place] as usize]), &wide(vector));
            }
        }
        Ok(())
    }

    /// S, the sum of the squares x . x, and n, copies counted.
    fn sums(&self, part: &Part) -> Result<(Vec<f64>, f64, f64)> {
        let (mut sum, mut squares, mut n) = (vec![0.0; self.all.dim()], 0.0, 0.0);
        self.each(part, |_, count, x| {
            sum.iter_mut().zip(x).for_each(|(s, v)| *s += count * v);
            squares += count * dot(x, x);
            n += count;
        })?;
        Ok((sum, squares, n))
    }
}

/// Of one set, or of the pairs from one to another.
pub(super) fn measure(rows: &Members, columns: Option<&Members>, threshold: f32, part: &Part) -> Result<Measures> {
    let (sum, squares, n) = rows.sums(part)?;
    let (mut best, mut representative) = (f64::NEG_INFINITY, (0, 0));
    let mut offer = |set: usize, place: usize, mean: f64| {
        if mean > best {
            (best, representative) = (mean, (set, place));
        }
    };
    let mean = match columns {
        None => {
            rows.each(part, |place, _, x| offer(0, place, dot(x, &sum) - dot(x, x)))?;
            (dot(&sum, &sum) - squares) / (n * (n - 1.0))
        }
        Some(columns) => {
            let (other, _, m) = columns.sums(part)?;
            rows.each(part, |place, _, x| offer(0, place, dot(x, &other) / m))?;
            columns.each(part, |place, _, x| offer(1, place, dot(x, &sum) / n))?;
            dot(&sum, &other) / (n * m)
        }
    };
    let (lowest, below) = pairs(rows, columns, threshold, part)?;
    // Copies alone have no other pair than each with its like.
    let lowest = if lowest.is_finite() { lowest } else { mean as f32 };
    Ok(Measures { representative, lowest, mean, below })
}

/// The lowest similarity of two, infinity if there are no two, and how many are below the
/// threshold.
fn pairs(rows: &Members, columns: Option<&Members>, threshold: f32, part: &Part) -> Result<(f32, u64)> {
    let mut lowest = f32::INFINITY;
    let mut below = 0;
    for row in rows.tiles() {
        let vectors = rows.read(row.clone())?;
        let tiles = columns.unwrap_or(rows).tiles();
        let tiles: Vec<_> = tiles.into_iter().filter(|tile| columns.is_some() || tile.end > row.start).collect();
        let found = parallel::try_map(tiles.len(), |i| {
            part.check()?;
            let others = columns.unwrap_or(rows).read(tiles[i].clone())?;
            let mut scores = Vec::new();
            product(&vectors, &others, rows.all.dim(), &mut scores);
            let width = tiles[i].len();
            let (mut lowest, mut below) = (f32::INFINITY, 0);
            for (r, scores) in scores.chunks_exact(width).enumerate() {
                let from = if columns.is_some() { 0 } else { (row.start + r + 1).saturating_sub(tiles[i].start) };
                for &score in scores.get(from..).unwrap_or_default() {
                    lowest = score.min(lowest);
                    below += u64::from(score < threshold);
                }
            }
            Ok::<_, crate::Error>((lowest, below))
        })?;
        for (low, count) in found {
            lowest = low.min(lowest);
            below += count;
        }
    }
    Ok((lowest, below))
}
