//! The names around the matrix.

use super::grid::Grid;
use super::ink::{Ink, em, fit, text};
use crate::render::table::{Edge, Table};
use crate::text::Unit;

/// The smallest size of names that is read with ease, in pixels.
pub(super) const READABLE: f64 = 9.0;
/// From one name's baseline to the next, in units of the size: less, and they touch.
const APART: f64 = 1.15;

/// The names of one edge.
struct Names {
    /// None for rows that have no room for their name.
    names: Vec<Option<String>>,
    strong: Vec<bool>,
}

/// All names, and the space that they need.
pub(super) struct Labels {
    rows: Names,
    columns: Names,
    titles: [String; 2],
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

impl Labels {
    /// cell: a cell's side.
    pub fn new(table: &Table, cell: f64) -> Self {
        let size = (cell * 0.8).clamp(READABLE, 13.0);
        let [rows, columns] = [&table.rows, &table.columns].map(|edge| Names::new(edge, table, cell, size));
        let angle = if cell >= 22.0 { -45.0 } else { -90.0_f64 };
        let (sin, cos) = (-angle).to_radians().sin_cos();
        let last = columns.names.last().and_then(Option::as_ref).map_or(0.0, |name| em(name));
        Self {
            left: rows.longest() * size + 8.0,
            above: columns.longest() * size * sin + size * cos + 8.0,
            overhang: last * size * cos + super::GAP,
            rows,
            columns,
            titles: [&table.rows, &table.columns].map(|edge| format!("text {}", edge.text)),
            size,
            angle,
        }
    }

    pub fn draw(&self, grid: &Grid, left: f64, top: f64, ink: &Ink) -> String {
        let axis = |at: &str, name: &str| format!("<text {at} font-size=\"12\" fill=\"{}\">{name}</text>\n", ink.weak);
        let (down, up) = (top + grid.height() / 2.0, top - self.above - 8.0);
        let turned = format!(
            "transform=\"translate({:.1} {down:.1}) rotate(-90)\" text-anchor=\"middle\"",
            super::MARGIN + 10.0
        );
        let mut out = axis(&turned, &self.titles[0]);
        for (i, name, style) in self.rows.drawn(ink) {
            let (strip, y) = grid.y(i);
            let (x, y) = (left + grid.strip(strip) - 7.0, top + y + grid.cell / 2.0 + self.size * 0.36);
            out += &text(x, y, &format!("font-size=\"{:.1}\" text-anchor=\"end\" fill=\"{style}\"", self.size), name);
        }
        for strip in 0..grid.strips().len() {
            let left = left + grid.strip(strip);
            let middle = left + grid.columns as f64 * grid.cell / 2.0;
            out += &axis(&format!("x=\"{middle:.1}\" y=\"{up:.1}\" text-anchor=\"middle\""), &self.titles[1]);
            for (j, name, fill) in self.columns.drawn(ink) {
                let x = left + grid.x(j) + grid.cell / 2.0 + self.size * 0.3;
                let (y, angle, size) = (top - 6.0, self.angle, self.size);
                let style = format!(
                    "transform=\"translate({x:.1} {y:.1}) rotate({angle})\" font-size=\"{size:.1}\" fill=\"{fill}\""
                );
                out += &text(0.0, 0.0, &style, name);
            }
        }
        out
    }
}

impl Names {
    /// Where there is no room for all, the strongest keep theirs. cell: from one row to the next.
    fn new(edge: &Edge, table: &Table, cell: f64, size: f64) -> Self {
        let longest = match table.shown.e.by {
            Unit::Token | Unit::Word => 11.0,
            Unit::Sentence => 18.0,
        };
        let mut names = vec![None; edge.names.len()];
        let reach = ((APART * size / cell).ceil() as usize).max(1) - 1;
        for &i in &edge.ranked {
            let near = i.saturating_sub(reach)..(i + reach + 1).min(names.len());
            if names[near].iter().all(Option::is_none) {
                names[i] = Some(fit(&edge.names[i], longest));
            }
        }
        names.extend(table.shown.border.then(|| Some("reference".to_owned())));
        Self { names, strong: edge.counted.clone() }
    }

    fn longest(&self) -> f64 {
        self.names.iter().flatten().map(|name| em(name)).fold(0.0, f64::max)
    }

    /// Place, name and colour of the names that are drawn.
    fn drawn<'a>(&'a self, ink: &Ink) -> impl Iterator<Item = (usize, &'a str, &'static str)> {
        let (strong, weak) = (ink.strong, ink.weak);
        let color = move |i: usize| if self.strong.get(i) == Some(&true) { strong } else { weak };
        self.names.iter().enumerate().filter_map(move |(i, name)| Some((i, name.as_deref()?, color(i))))
    }
}
