//! All similarities, tile by tile.
//!
//! A block of rows meets the columns in tiles; each thread multiplies a tile and keeps of it only
//! what the results need: the nearest of each row and column, the pairs at or above the threshold
//! as a number, and such of them as join groups that nothing else of the tile joins. So a tile
//! leaves a bounded amount, however many of its pairs are similar.

use std::ops::Range;

use whysim_core::kernel::vectorised;
use whysim_core::parallel;

use super::lists::Lists;
use super::union::Union;
use super::vectors::{Vectors, product};
use crate::error::Result;
use crate::progress::Part;

/// Rows of a block.
const ROWS: usize = 2048;

/// Columns of a tile.
const COLUMNS: usize = 512;

/// Tiles whose results are in memory at once.
const TILES: usize = 32;

/// Columns that are passed over at once where none of them matters.
const GLANCE: usize = 16;

/// What is compared with what. Rows and columns are distinct texts.
pub(super) struct Search<'a> {
    pub rows: Vectors<'a>,
    /// None: the rows with each other, each pair once.
    pub columns: Option<Vectors<'a>>,
    /// How often each text of the rows, and of the columns, stands in its corpus.
    pub counts: [&'a [u32]; 2],
    pub threshold: f32,
    /// The length of the lists.
    pub k: usize,
}

/// What is known of all pairs.
pub(super) struct Found {
    /// Each row's nearest columns.
    pub lists: Lists,
    /// Rows, then columns if they are others, joined by all pairs at or above the threshold.
    pub union: Union,
    /// How many pairs are at or above the threshold, each copy of a text counted.
    pub above: u64,
}

/// What is left of a tile.
struct Tile {
    columns: Range<usize>,
    of_rows: Lists,
    of_columns: Lists,
    links: Vec<(u32, u32)>,
    above: u64,
}

/// The part of a tile that a scan reads.
struct Scan<'a> {
    rows: Range<usize>,
    columns: Range<usize>,
    /// [rows, columns]
    scores: &'a [f32],
}

impl Search<'_> {
    /// How many steps [`Search::run`] takes.
    pub fn steps(&self) -> usize {
        (0..self.rows.len()).step_by(ROWS).map(|first| self.tiles(first).len()).sum()
    }

    pub fn run(&self, part: &Part) -> Result<Found> {
        let (rows, columns) = (self.rows.len(), self.columns.map_or(0, |columns| columns.len()));
        let mut found = Found { lists: Lists::new(rows, self.k), union: Union::new(rows + columns), above: 0 };
        for first in (0..rows).step_by(ROWS) {
            let block = first..(first + ROWS).min(rows);
            let vectors = self.rows.read(block.clone())?;
            for tiles in self.tiles(first).chunks(TILES) {
                let done = parallel::try_map(tiles.len(), |i| {
                    part.check()?;
                    let tile = self.tile(&block, &vectors, tiles[i].clone(), &found.lists);
                    part.advance(1);
                    tile
                })?;
                done.into_iter().for_each(|tile| self.merge(&block, tile, &mut found));
            }
        }
        Ok(found)
    }

    fn is_same(&self) -> bool {
        self.columns.is_none()
    }

    /// The columns of each tile of the block that begins at `first`.
    fn tiles(&self, first: usize) -> Vec<Range<usize>> {
        let (from, to) = match self.columns {
            Some(columns) => (0, columns.len()),
            None => (first, self.rows.len()),
        };
        (from..to).step_by(COLUMNS).map(|first| first..(first + COLUMNS).min(to)).collect()
    }

    fn tile(&self, block: &Range<usize>, rows: &[f32], columns: Range<usize>, known: &Lists) -> Result<Tile> {
        let vectors = self.columns.unwrap_or(self.rows).read(columns.clone())?;
        let mut scores = Vec::new();
        product(rows, &vectors, self.rows.dim(), &mut scores);
        let width = if self.is_same() { columns.len() } else { 0 };
        let mut tile = Tile {
            of_rows: Lists::new(block.len(), self.k),
            of_columns: Lists::new(width, self.k),
            links: Vec::new(),
            above: 0,
            columns: columns.clone(),
        };
        self.scan(&Scan { rows: block.clone(), columns, scores: &scores }, known, &mut tile);
        Ok(tile)
    }

    /// Keeps what matters of a tile. known: the lists so far, of all rows.
    fn scan(&self, scan: &Scan, known: &Lists, tile: &mut Tile) {
        let width = scan.columns.len();
        let bars: Vec<f32> = scan.columns.clone().map(|j| self.bar(j, known)).collect();
        let mut union = Union::new(scan.rows.len() + width);
        let mut seen = Vec::new();
        for (r, row) in scan.scores.chunks_exact(width).enumerate() {
            let i = scan.rows.start + r;
            // With each other, each pair once: columns before the row were rows themselves.
            let from = if self.is_same() { (i + 1).saturating_sub(scan.columns.start).min(width) } else { 0 };
            let bar = known.floor(i).max(tile.of_rows.floor(r)).min(self.threshold);
            glances(row, &bars, bar, &mut seen);
            for (start, _) in seen.iter().enumerate().skip(from / GLANCE).filter(|(_, reaches)| **reaches) {
                let glance = (start * GLANCE).max(from)..((start + 1) * GLANCE).min(width);
                for (c, &score) in glance.clone().zip(&row[glance]) {
                    self.take(scan, (r, c), score, known, &mut union, tile);
                }
            }
        }
    }

    /// What a score of column j must reach to matter to the column, or at all.
    fn bar(&self, j: usize, known: &Lists) -> f32 {
        if self.is_same() { known.floor(j).min(self.threshold) } else { self.threshold }
    }

    fn take(&self, scan: &Scan, (r, c): (usize, usize), score: f32, known: &Lists, union: &mut Union, tile: &mut Tile) {
        let (i, j) = (scan.rows.start + r, scan.columns.start + c);
        if score >= self.threshold {
            tile.above += u64::from(self.counts[0][i]) * u64::from(self.counts[1][j]);
            // On the diagonal a text is both a row and a column.
            let column =
                if self.is_same() && scan.rows.contains(&j) { j - scan.rows.start } else { scan.rows.len() + c };
            if union.join(r as u32, column as u32) {
                let base = if self.is_same() { 0 } else { self.rows.len() };
                tile.links.push((i as u32, (base + j) as u32));
            }
        }
        if known.takes(i, score, j as u32) {
            tile.of_rows.offer(r, score, j as u32);
        }
        if self.is_same() && known.takes(j, score, i as u32) {
            tile.of_columns.offer(c, score, i as u32);
        }
    }

    fn merge(&self, block: &Range<usize>, tile: Tile, found: &mut Found) {
        for (lists, first) in [(&tile.of_rows, block.start), (&tile.of_columns, tile.columns.start)] {
            for text in 0..lists.len() {
                lists.of(text).for_each(|(other, score)| found.lists.offer(first + text, score, other));
            }
        }
        for (a, b) in tile.links {
            found.union.join(a, b);
        }
        found.above += tile.above;
    }
}

/// Of each [`GLANCE`] scores, whether any reaches the lower of its column's bar and the row's.
fn glances(scores: &[f32], bars: &[f32], bar: f32, seen: &mut Vec<bool>) {
    seen.clear();
    vectorised(
        #[inline(always)]
        || {
            for (scores, bars) in scores.chunks(GLANCE).zip(bars.chunks(GLANCE)) {
                let reach =
                    scores.iter().zip(bars).fold(0u32, |n, (&score, &own)| n | u32::from(score >= own.min(bar)));
                seen.push(reach != 0);
            }
        },
    );
}
