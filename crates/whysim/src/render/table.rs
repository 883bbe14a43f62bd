//! The matrix as it lies on a page: a long text goes down it, and what is too much is left out.

use super::label::row_names;
use super::shown::Shown;
use crate::text::Unit;

/// How much there is room for.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// With more columns than this, and than twice the rows, B goes down the page.
    pub widest: usize,
    /// How many rows are drawn.
    pub rows: usize,
    /// How many columns are drawn.
    pub columns: usize,
}

/// One text along an edge of the matrix.
pub(super) struct Edge {
    /// `A` or `B`.
    pub text: &'static str,
    /// Which rows of the text are drawn, in its order.
    pub kept: Vec<usize>,
    /// How many rows it has.
    pub of: usize,
    /// The names of the rows that are drawn. `[kept]`
    pub names: Vec<String>,
    /// Whether they count in means; the others are drawn weaker. `[kept]`
    pub counted: Vec<bool>,
    /// The rows that are drawn, by their place among them, strongest first. `[kept]`
    pub ranked: Vec<usize>,
    /// Main effects, if they are shown. `[kept]`
    pub effects: Vec<f64>,
    /// The references' share, if it is shown. `[kept]`
    pub border: Vec<f32>,
}

/// What is drawn, by rows and columns of the page.
pub(super) struct Table<'a> {
    pub shown: &'a Shown<'a>,
    /// The text down the page.
    pub rows: Edge,
    /// The text across it.
    pub columns: Edge,
    /// Whether A lies across the page.
    turned: bool,
}

impl<'a> Table<'a> {
    pub fn new(shown: &'a Shown<'a>, room: Room) -> Self {
        let [a, b] = [&shown.e.a, &shown.e.b].map(|side| side.tokens.len());
        let turned = b > room.widest && b >= 2 * a;
        let (down, across) = if turned { (1, 0) } else { (0, 1) };
        let (rows, columns) = (Edge::new(shown, down, room.rows), Edge::new(shown, across, room.columns));
        Self { shown, rows, columns, turned }
    }

    /// The cell's value; None where a result has no such cell.
    pub fn value(&self, row: usize, column: usize) -> Option<f64> {
        let (i, j) = self.place(row, column)?;
        self.shown.matrix.get(i)?.get(j).map(|&value| value.into())
    }

    /// Whether the cell is within its error of nothing.
    pub fn is_unclear(&self, row: usize, column: usize) -> bool {
        self.place(row, column).is_some_and(|(i, j)| self.shown.is_unclear(i, j))
    }

    /// The row of A and the row of B that meet there.
    fn place(&self, row: usize, column: usize) -> Option<(usize, usize)> {
        let (down, across) = (*self.rows.kept.get(row)?, *self.columns.kept.get(column)?);
        Some(if self.turned { (across, down) } else { (down, across) })
    }

    /// Which rows are drawn, if not all. Among words and sentences are punctuation and special
    /// tokens, which are rows as well, but neither.
    pub fn selection(&self) -> Option<String> {
        let row = match self.shown.e.by {
            Unit::Token => "token",
            Unit::Word | Unit::Sentence => "row",
        };
        let part = |edge: &Edge| {
            (edge.kept.len() < edge.of)
                .then(|| format!("the {} strongest of {} {row}s of {}", edge.kept.len(), edge.of, edge.text))
        };
        let parts: Vec<String> = [&self.rows, &self.columns].into_iter().filter_map(part).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

impl Edge {
    /// side: 0 for A, 1 for B; most: how many rows to draw.
    fn new(shown: &Shown, side: usize, most: usize) -> Self {
        let e = shown.e;
        let (tokens, text) = [(&e.a.tokens, "A"), (&e.b.tokens, "B")][side];
        let ranked = shown.ranked(side);
        let mut kept: Vec<usize> = ranked.iter().copied().take(most).collect();
        kept.sort_unstable();
        let mut at = vec![None; tokens.len()];
        kept.iter().enumerate().for_each(|(i, &row)| at[row] = Some(i));
        let names = row_names(tokens, e.by);
        let (counted, effects) = match &shown.bars {
            Some(bars) => (bars.counted[side].as_slice(), [&bars.effects.a, &bars.effects.b][side].as_slice()),
            None => ([].as_slice(), [].as_slice()),
        };
        let border = if shown.border { [&e.border.a, &e.border.b][side].as_slice() } else { &[] };
        Self {
            text,
            of: names.len(),
            names: kept.iter().map(|&row| names[row].clone()).collect(),
            counted: kept.iter().map(|&row| counted.get(row).copied().unwrap_or(true)).collect(),
            ranked: ranked.iter().filter_map(|&row| at[row]).collect(),
            effects: kept.iter().filter_map(|&row| effects.get(row).copied()).collect(),
            border: kept.iter().filter_map(|&row| border.get(row).copied()).collect(),
            kept,
        }
    }
}
