//! A heatmap for papers and slides, as SVG.

mod bar;
mod effects;
mod grid;
mod ink;
mod labels;

use super::color::Theme;
use super::figures::{typeset, typeset_minus};
use super::label::{escape, safe};
use super::ledger::{place, row, similarity, subject, variation, warnings};
use super::shown::{Shown, has_border};
use super::table::{Room, Table};
use crate::Explanation;
use crate::explanation::View;
use grid::Grid;
use ink::{Ink, em, text};
use labels::Labels;

/// How to draw an SVG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Svg {
    /// Light or dark.
    pub theme: Theme,
    /// A title to replace the similarity and its value.
    pub title: Option<String>,
    /// What to show; None for [`Explanation::default_view`].
    pub view: Option<View>,
}

/// Margin on all sides, in pixels.
const MARGIN: f64 = 20.0;
/// Gap between the matrix and what is beside it.
const GAP: f64 = 10.0;

/// Where everything is.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// The colour scale's left edge.
    scale: f64,
}

/// The explanation as a picture: the matrix of a view, what stands beside it (the references'
/// border, if there is one, or the main effects), and the colour scale.
///
/// A text of more than 30 rows beside one of at most half as many lies down the page, in strips
/// side by side. Names stand where they can be read: of rows that are thinner, the strongest have
/// theirs. Of a matrix with more than 300,000 cells the strongest rows are drawn, and the picture
/// says so.
///
/// Valid XML for every text. The font is the first that the viewer has of `DejaVu Sans`, `Verdana`
/// and its default sans-serif.
pub fn svg(e: &Explanation, options: &Svg) -> String {
    let shown = Shown::new(e, options.view);
    let table = Table::new(&shown, room(e));
    let ink = Ink::of(options.theme);
    let grid = Grid::new(&table, |cell| beside(&table, &Labels::new(&table, cell)));
    let labels = Labels::new(&table, grid.cell);
    let title = options.title.clone().unwrap_or_else(|| format!("{} {}", similarity(e), typeset(e.score)));
    let (frame, lines) = frame(&table, &grid, &labels, &title);
    let Frame { left, top, width, height, scale } = frame;

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"'DejaVu Sans', Verdana, sans-serif\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        escape(&safe(&title)),
        ink.ground
    );
    out +=
        &text(MARGIN, MARGIN + 14.0, &format!("font-size=\"17\" font-weight=\"bold\" fill=\"{}\"", ink.strong), &title);
    for (i, line) in lines.iter().enumerate() {
        let y = MARGIN + 35.0 + 17.0 * i as f64;
        out += &text(MARGIN, y, &format!("font-size=\"12\" fill=\"{}\"", ink.weak), line);
    }
    let (limit, clipped, figures) = (shown.limit, shown.clipped(), shown.figures());
    let paint = grid::Paint { theme: options.theme, limit, clipped, figures, ink };
    out += &labels.draw(&grid, left, top, &ink);
    out += &grid.draw(&table, left, top, &paint);
    if let Some(bars) = &shown.bars {
        out += &effects::draw(bars, &table, &grid, left, top, &ink);
    }
    out += &bar::draw(&paint, scale, top);
    out + "</svg>\n"
}

/// A page for the whole matrix, or for as much of it as viewers open without delay.
fn room(e: &Explanation) -> Room {
    /// More columns than this are hard to read above a matrix that is much wider than high.
    const WIDEST: usize = 30;
    /// More cells than this make a file of more than 30 MB.
    const MOST: usize = 300_000;
    let (a, b) = (e.a.tokens.len(), e.b.tokens.len());
    let most = match a * b {
        cells if cells <= MOST => usize::MAX,
        _ => ((MOST as f64).sqrt() as usize).max(MOST / a.min(b).max(1)),
    };
    Room { widest: WIDEST, rows: most, columns: most }
}

/// The space that each strip of the matrix needs beside its cells, and above and below them.
fn beside(table: &Table, labels: &Labels) -> [f64; 2] {
    let (right, below) = if table.shown.bars.is_some() { (effects::RIGHT, effects::BELOW) } else { (0.0, 0.0) };
    [labels.left + right + 2.0 * GAP, labels.above + below + 100.0]
}

/// The places, and the lines below the title, which depend on the width.
fn frame(table: &Table, grid: &Grid, labels: &Labels, title: &str) -> (Frame, Vec<String>) {
    let (beside, below) = if table.shown.bars.is_some() { (effects::RIGHT, effects::BELOW) } else { (0.0, 0.0) };
    let left = MARGIN + 18.0 + labels.left;
    let right = (beside + bar::ROOM).max(labels.overhang);
    let width = (left + grid.all_width() + right).max(2.0 * MARGIN + em(&safe(title)) * 17.0).max(360.0);
    let lines = subtitle(table, width - 2.0 * MARGIN);
    let top = MARGIN + 20.0 + 17.0 * lines.len() as f64 + 14.0 + 18.0 + labels.above;
    let height = top + (grid.height() + below).max(bar::TALL + bar::FOOT) + MARGIN;
    (Frame { left, top, width, height, scale: left + grid.all_width() + beside + GAP + 14.0 }, lines)
}

/// A description of the picture, in lines that fit `room`.
fn subtitle(table: &Table, room: f64) -> Vec<String> {
    let shown = table.shown;
    let e = shown.e;
    let mut parts = vec![safe(&e.model), place(e), subject(e, shown.view)];
    parts.extend(variation(e).map(|[main, interaction]| format!("variation: {main}, {interaction}")));
    parts.push(format!("{} pairs {}", row(e), typeset(e.sum)));
    if has_border(e) {
        parts.push(format!("references {}", typeset(e.score - e.sum + e.error)));
    }
    parts.push(format!("error {}", typeset(e.error)));
    let few = |rows: String| format!("only {rows} are drawn: by sentences there are fewer");
    parts.extend(table.selection().map(few));
    let mut lines = filled(&parts, " · ", room);
    for warning in warnings(e) {
        let words: Vec<String> =
            format!("Warning: {}", typeset_minus(&warning)).split(' ').map(str::to_owned).collect();
        lines.extend(filled(&words, " ", room));
    }
    lines
}

/// Lines of parts that fit `room`.
fn filled(parts: &[String], between: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if em(&format!("{line}{between}{part}")) * 12.0 <= room => *line += &format!("{between}{part}"),
            _ => lines.push(part.clone()),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
