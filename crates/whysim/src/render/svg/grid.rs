//! The cells, in as many strips side by side as make a page of them.

use std::ops::Range;

use super::GAP;
use super::ink::{Ink, em, text};
use crate::render::color::{Rgb, Theme};
use crate::render::figures::{Figures, NOTHING, UNCLEAR};
use crate::render::table::Table;

/// The largest side of a picture, in pixels: more is refused by many viewers.
const LONGEST: f64 = 30_000.0;
/// The largest picture, in pixels, of which a PNG has four for each.
const LARGEST: f64 = 16e6;
/// Sides of cells: the first with which a picture is not too large is taken.
const SIDES: [f64; 8] = [14.0, 12.0, 9.0, 7.0, 5.0, 4.0, 3.0, 2.0];

/// Everything that determines how a cell looks.
pub(super) struct Paint {
    pub theme: Theme,
    pub limit: f64,
    /// Whether something is below the scale, and above it.
    pub clipped: [bool; 2],
    pub figures: Figures,
    pub ink: Ink,
}

/// Whether there is room for numbers in the cells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    Numbered,
    Bare,
}

/// The positions of the cells. All are counted from the upper left corner of the first strip.
pub(super) struct Grid {
    pub rows: usize,
    pub columns: usize,
    /// A cell's side.
    pub cell: f64,
    /// Whether there is a border, which adds a row and a column.
    border: bool,
    /// Rows of a strip.
    per: usize,
    /// From one strip's left edge to the next one's.
    stride: f64,
}

impl Grid {
    /// beside: for the side of a cell, the space that each strip needs beside its cells, and the
    /// space above and below them.
    pub fn new(table: &Table, beside: impl Fn(f64) -> [f64; 2]) -> Self {
        let (rows, columns) = (table.rows.names.len(), table.columns.names.len());
        let grid = |cell: f64| {
            let grid = Self { rows, columns, cell, border: table.shown.border, per: rows.max(1), stride: 0.0 };
            grid.in_strips(beside(cell))
        };
        match rows.max(columns) {
            0..=8 => grid(46.0),
            9..=18 => grid(36.0),
            19..=30 => grid(24.0),
            _ => {
                let fits = |grid: &Self| {
                    let [wide, high] = grid.size(beside(grid.cell));
                    wide.max(high) <= LONGEST && wide * high <= LARGEST
                };
                SIDES.iter().map(|&side| grid(side)).find(fits).unwrap_or_else(|| grid(2.0))
            }
        }
    }

    /// With the number of strips that comes nearest to the shape of a page.
    fn in_strips(self, beside: [f64; 2]) -> Self {
        const STRIPS: usize = 12;
        let split = |strips: usize| {
            let per = self.rows.div_ceil(strips).max(1);
            Self { per, stride: self.width() + beside[0], ..self }
        };
        let excess = |grid: &Self| {
            let [wide, high] = grid.size(beside);
            (wide / 1400.0).max(high / 1000.0).max(1.0)
        };
        let all: Vec<Self> = (1..=STRIPS).map(split).collect();
        all.into_iter().min_by(|x, y| excess(x).total_cmp(&excess(y))).unwrap_or(self)
    }

    /// Width and height with what is beside the cells.
    fn size(&self, beside: [f64; 2]) -> [f64; 2] {
        [self.all_width() + beside[0], self.height() + beside[1]]
    }

    pub fn cells(&self) -> Cells {
        if self.cell < 30.0 { Cells::Bare } else { Cells::Numbered }
    }

    /// The rows of each strip; the last also has the border's row.
    pub fn strips(&self) -> Vec<Range<usize>> {
        let starts = (0..self.rows.max(1)).step_by(self.per);
        starts.map(|start| start..(start + self.per).min(self.rows)).collect()
    }

    /// A strip's left edge.
    pub fn strip(&self, number: usize) -> f64 {
        number as f64 * self.stride
    }

    /// A strip's width.
    pub fn width(&self) -> f64 {
        self.columns as f64 * self.cell + self.beyond()
    }

    /// From the first strip's left edge to the last one's right edge.
    pub fn all_width(&self) -> f64 {
        self.strip(self.strips().len().saturating_sub(1)) + self.width()
    }

    /// The first strip's height, which is the largest but for the border's row in the last.
    pub fn height(&self) -> f64 {
        self.rows.min(self.per) as f64 * self.cell + self.beyond()
    }

    fn beyond(&self) -> f64 {
        if self.border { GAP + self.cell } else { 0.0 }
    }

    /// The left edge of a column in its strip; the border is the last.
    pub fn x(&self, column: usize) -> f64 {
        column as f64 * self.cell + if column < self.columns { 0.0 } else { GAP }
    }

    /// The strip of a row, and the row's upper edge; the border is the last.
    pub fn y(&self, row: usize) -> (usize, f64) {
        let strip = row.min(self.rows.saturating_sub(1)) / self.per;
        let gap = if row < self.rows { 0.0 } else { GAP };
        (strip, (row - strip * self.per) as f64 * self.cell + gap)
    }

    pub fn draw(&self, table: &Table, left: f64, top: f64, paint: &Paint) -> String {
        let mut out = format!("<g font-size=\"{:.1}\" text-anchor=\"middle\">\n", self.letters(paint.figures));
        let place = |row: usize, column: usize| {
            let (strip, y) = self.y(row);
            (left + self.strip(strip) + self.x(column), top + y)
        };
        for row in 0..self.rows {
            for column in 0..self.columns {
                let Some(value) = table.value(row, column) else { continue };
                let at = place(row, column);
                out += &match table.is_unclear(row, column) {
                    true => self.unclear(at, paint),
                    false => self.cell(at, value, paint),
                };
            }
        }
        if self.border {
            let across =
                table.columns.border.iter().enumerate().map(|(column, &value)| (self.rows, column, value.into()));
            let down = table.rows.border.iter().enumerate().map(|(row, &value)| (row, self.columns, value.into()));
            let corner = [(self.rows, self.columns, table.shown.e.border.corner)];
            down.chain(across).chain(corner).for_each(|(row, column, value)| {
                out += &self.cell(place(row, column), value, paint);
            });
        }
        let line = paint.ink.line;
        for (number, rows) in self.strips().into_iter().enumerate() {
            let (x, width, height) =
                (left + self.strip(number), self.columns as f64 * self.cell, rows.len() as f64 * self.cell);
            out += &format!(
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" \
                 stroke=\"{line}\"/>\n"
            );
        }
        out + "</g>\n"
    }

    /// The size of the numbers in cells, which is one for all.
    fn letters(&self, figures: Figures) -> f64 {
        // The widest has a sign, a point and digits.
        let widest = em(&format!("−.{}", "0".repeat(figures.room().saturating_sub(2))));
        (self.cell * 0.31).min(13.0).min((self.cell - 5.0) / widest)
    }

    /// A cell that is within its error of nothing: without colour, and marked.
    fn unclear(&self, (x, y): (f64, f64), paint: &Paint) -> String {
        let side = self.cell;
        let cell = self.square(x, y, paint.theme.color(0.0, paint.limit), paint);
        match self.cells() {
            Cells::Bare => cell,
            Cells::Numbered => {
                let style = format!("fill=\"{}\"", paint.ink.weak);
                cell + &text(x + side / 2.0, y + side * 0.61, &style, UNCLEAR)
            }
        }
    }

    fn square(&self, x: f64, y: f64, ground: Rgb, paint: &Paint) -> String {
        // Large cells are separated by hairlines. Small cells touch, or only the lines would be
        // visible.
        let line = if self.cell >= 24.0 {
            format!(" stroke=\"{}\" stroke-width=\"0.5\"", paint.ink.line)
        } else {
            String::new()
        };
        let side = self.cell;
        format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side}\" height=\"{side}\" fill=\"{}\"{line}/>\n",
            ground.hex()
        )
    }

    fn cell(&self, (x, y): (f64, f64), value: f64, paint: &Paint) -> String {
        let (side, ground) = (self.cell, paint.theme.color(value, paint.limit));
        let cell = self.square(x, y, ground, paint);
        let figure = paint.figures.within(value);
        if self.cells() == Cells::Bare || figure == NOTHING || !value.is_finite() {
            return cell;
        }
        let style = format!("fill=\"{}\"", ground.ink().hex());
        cell + &text(x + side / 2.0, y + side * 0.61, &style, &figure.replace('-', "−"))
    }
}
