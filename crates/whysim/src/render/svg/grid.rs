//! The cells, and the names of rows and columns.

use super::GAP;
use super::ink::{Ink, em, fit, text};
use crate::render::color::{Rgb, Theme};
use crate::render::figures::{Figures, NOTHING, UNCLEAR};
use crate::render::label::name;
use crate::render::shown::Shown;

/// Everything that determines how a cell looks.
pub(super) struct Paint {
    pub theme: Theme,
    pub limit: f64,
    pub figures: Figures,
    pub ink: Ink,
}

/// Whether there is room for numbers in the cells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    Numbered,
    Bare,
}

/// The positions of the cells.
pub(super) struct Grid {
    pub rows: usize,
    pub columns: usize,
    /// A cell's side.
    pub cell: f64,
    /// Whether there is a border, which adds a row and a column.
    border: bool,
    pub width: f64,
    pub height: f64,
}

impl Grid {
    pub fn new(shown: &Shown) -> Self {
        let e = shown.e;
        let (rows, columns) = (e.a.tokens.len(), e.b.tokens.len());
        let cell = match rows.max(columns) {
            0..=8 => 46.0,
            9..=18 => 36.0,
            19..=30 => 24.0,
            31..=80 => 14.0,
            n => (1100.0 / n as f64).max(2.0),
        };
        let border = shown.border;
        let side = |n: usize| n as f64 * cell + if border { GAP + cell } else { 0.0 };
        Self { rows, columns, cell, border, width: side(columns), height: side(rows) }
    }

    pub fn cells(&self) -> Cells {
        if self.cell < 30.0 { Cells::Bare } else { Cells::Numbered }
    }

    /// The start of row or column `i` of `n`; the border is the `n`-th.
    fn at(&self, i: usize, n: usize) -> f64 {
        i as f64 * self.cell + if i < n { 0.0 } else { GAP }
    }

    pub fn draw(&self, shown: &Shown, left: f64, top: f64, paint: &Paint) -> String {
        let e = shown.e;
        let mut out = format!("<g font-size=\"{:.1}\" text-anchor=\"middle\">\n", (self.cell * 0.31).min(13.0));
        let mut put = |i: usize, j: usize, value: f64| {
            let (x, y) = (left + self.at(j, self.columns), top + self.at(i, self.rows));
            out += &match shown.is_unclear(i, j) {
                true => self.unclear(x, y, paint),
                false => self.cell(x, y, value, paint),
            };
        };
        for (i, row) in shown.matrix.iter().enumerate().take(self.rows) {
            row.iter().enumerate().take(self.columns).for_each(|(j, &value)| put(i, j, value.into()));
        }
        if self.border {
            e.border.a.iter().enumerate().take(self.rows).for_each(|(i, &value)| put(i, self.columns, value.into()));
            e.border.b.iter().enumerate().take(self.columns).for_each(|(j, &value)| put(self.rows, j, value.into()));
            put(self.rows, self.columns, e.border.corner);
        }
        let (width, height) = (self.columns as f64 * self.cell, self.rows as f64 * self.cell);
        out + &format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"none\" stroke=\"{}\"/>\n</g>\n",
            paint.ink.line
        )
    }

    /// A cell that is within its error of nothing: without colour, and marked.
    fn unclear(&self, x: f64, y: f64, paint: &Paint) -> String {
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
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.2}\" height=\"{side:.2}\" fill=\"{}\"{line}/>\n",
            ground.hex()
        )
    }

    fn cell(&self, x: f64, y: f64, value: f64, paint: &Paint) -> String {
        let (side, ground) = (self.cell, paint.theme.color(value, paint.limit));
        let cell = self.square(x, y, ground, paint);
        let figure = paint.figures.cell(value);
        if self.cells() == Cells::Bare || figure == NOTHING || !value.is_finite() || figure.chars().count() > 5 {
            return cell;
        }
        let style = format!("fill=\"{}\"", ground.ink().hex());
        cell + &text(x + side / 2.0, y + side * 0.61, &style, &figure.replace('-', "−"))
    }
}

/// The names around the matrix.
pub(super) struct Labels {
    rows: Vec<String>,
    columns: Vec<String>,
    /// Which names are of the matrix itself; the others are in the background.
    strong: [Vec<bool>; 2],
    size: f64,
    /// The angle of the columns' names: slanted if there is room for it, otherwise upright.
    angle: f64,
    /// Space for the rows' names.
    pub left: f64,
    /// Space for the columns' names.
    pub above: f64,
    /// How far the last column's name extends beyond the matrix.
    pub overhang: f64,
}

/// The longest name, in units of its font size.
const LONGEST: f64 = 11.0;

impl Labels {
    pub fn new(shown: &Shown, grid: &Grid) -> Self {
        let e = shown.e;
        // Names under seven pixels would be illegible; such pictures show only the pattern.
        let size = if grid.cell < 8.0 { 0.0 } else { (grid.cell * 0.8).min(13.0) };
        let names = |tokens: &[crate::text::Token]| -> Vec<String> {
            let border = grid.border.then(|| "reference".to_owned());
            tokens.iter().map(|token| fit(&name(token), LONGEST)).chain(border).collect()
        };
        let (rows, columns) = (names(&e.a.tokens), names(&e.b.tokens));
        let angle = if grid.cell >= 22.0 { -45.0 } else { -90.0_f64 };
        let longest = |names: &[String]| names.iter().map(|name| em(name)).fold(0.0, f64::max) * size;
        let (sin, cos) = (-angle).to_radians().sin_cos();
        let reach = longest(&columns);
        Self {
            left: longest(&rows) + 8.0,
            above: reach * sin + size * cos + 8.0,
            overhang: columns.last().map_or(0.0, |last| em(last) * size * cos) + GAP,
            strong: match &shown.bars {
                Some(bars) => bars.counted.clone(),
                None => [vec![true; grid.rows], vec![true; grid.columns]],
            },
            rows,
            columns,
            size,
            angle,
        }
    }

    pub fn draw(&self, grid: &Grid, left: f64, top: f64, ink: &Ink) -> String {
        let axis = |at: &str, name| format!("<text {at} font-size=\"12\" fill=\"{}\">{name}</text>\n", ink.weak);
        let (down, up) = (top + grid.rows as f64 * grid.cell / 2.0, top - self.above - 8.0);
        let turned = format!(
            "transform=\"translate({:.1} {down:.1}) rotate(-90)\" text-anchor=\"middle\"",
            super::MARGIN + 10.0
        );
        let middle = left + grid.columns as f64 * grid.cell / 2.0;
        let mut out = axis(&turned, "text A");
        out += &axis(&format!("x=\"{middle:.1}\" y=\"{up:.1}\" text-anchor=\"middle\""), "text B");
        if self.size == 0.0 {
            return out;
        }
        let style = |side: usize, i: usize| if self.strong[side].get(i) == Some(&true) { ink.strong } else { ink.weak };
        for (i, name) in self.rows.iter().enumerate() {
            let y = top + grid.at(i, grid.rows) + grid.cell / 2.0 + self.size * 0.36;
            let style = format!("font-size=\"{:.1}\" text-anchor=\"end\" fill=\"{}\"", self.size, style(0, i));
            out += &text(left - 7.0, y, &style, name);
        }
        for (j, name) in self.columns.iter().enumerate() {
            let x = left + grid.at(j, grid.columns) + grid.cell / 2.0 + self.size * 0.3;
            let style = format!(
                "transform=\"translate({x:.1} {:.1}) rotate({})\" font-size=\"{:.1}\" fill=\"{}\"",
                top - 6.0,
                self.angle,
                self.size,
                style(1, j)
            );
            out += &text(0.0, 0.0, &style, name);
        }
        out
    }
}
