//! The main effects as bars beside the matrix: one for each row at its right, one for each column
//! below, all on one scale around zero.

use super::GAP;
use super::grid::Grid;
use super::ink::{Ink, text};
use crate::render::figures::typeset;
use crate::render::shown::Bars;
use crate::render::table::Table;

/// The space of a bar from the lowest to the highest value.
const LONG: f64 = 64.0;

/// The space that the bars need at the right of the matrix.
pub(super) const RIGHT: f64 = GAP + LONG;
/// The space that they need below it.
pub(super) const BELOW: f64 = GAP + LONG;
/// What they are called.
const NAME: [&str; 2] = ["main", "effects"];

/// Draws the bars around a matrix with its upper left corner at `left`, `top`: of the rows at the
/// right of each strip, of the columns below the first.
///
/// They have no colour: the colours of the cells mean something else, on another scale.
pub(super) fn draw(bars: &Bars, table: &Table, grid: &Grid, left: f64, top: f64, ink: &Ink) -> String {
    let (width, height) = (grid.width(), grid.height());
    let middle = [left + width + GAP + LONG / 2.0, top + height + GAP + LONG / 2.0];
    let thick = (grid.cell * 0.62).max(1.0);
    let centred = |start: f64| start + (grid.cell - thick) / 2.0;
    let mut out = String::new();
    for (row, (&value, &counted)) in table.rows.effects.iter().zip(&table.rows.counted).enumerate() {
        let (strip, y) = grid.y(row);
        let place = |from: f64, to: f64| [middle[0] + grid.strip(strip) + from, centred(top + y), to - from, thick];
        out += &bar(value / bars.limit, counted, place, ink);
    }
    for (column, (&value, &counted)) in table.columns.effects.iter().zip(&table.columns.counted).enumerate() {
        let place = |from: f64, to: f64| [centred(left + grid.x(column)), middle[1] - to, thick, to - from];
        out += &bar(value / bars.limit, counted, place, ink);
    }
    for (number, rows) in grid.strips().into_iter().enumerate() {
        let (x, bottom) = (middle[0] + grid.strip(number), top + rows.len() as f64 * grid.cell);
        out += &format!("<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"{}\"/>\n", ink.line);
    }
    out += &format!("<path d=\"M{left:.1} {:.1}H{:.1}\" stroke=\"{}\"/>\n", middle[1], left + width, ink.line);
    out + &scale(bars, middle, ink)
}

/// A bar of `share` of the longest. Rows that do not count in means are paler, and can be beyond
/// the scale: a gap says that the bar would be longer. place: from and to along the bar -> x, y,
/// width, height.
fn bar(share: f64, counted: bool, place: impl Fn(f64, f64) -> [f64; 4], ink: &Ink) -> String {
    // All effects may be zero, or not be numbers.
    if !share.is_finite() {
        return String::new();
    }
    let rect = |[x, y, width, height]: [f64; 4], style: &str| {
        format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>\n")
    };
    let end = LONG / 2.0 * share.clamp(-1.0, 1.0);
    let pale = if counted { "" } else { " fill-opacity=\"0.4\"" };
    let whole = rect(place(end.min(0.0), end.max(0.0)), &format!("fill=\"{}\"{pale}", ink.weak));
    if counted || share.abs() <= 1.0 {
        return whole;
    }
    whole + &rect(place(end * 0.8 - 1.5, end * 0.8 + 1.5), &format!("fill=\"{}\"", ink.ground))
}

/// Name and scale of the bars, where the right column and the lower row would meet.
fn scale(bars: &Bars, [x, y]: [f64; 2], ink: &Ink) -> String {
    let style = format!("font-size=\"11\" text-anchor=\"middle\" fill=\"{}\"", ink.weak);
    let lines = [NAME[0].to_owned(), NAME[1].to_owned(), format!("±{}", typeset(bars.limit))];
    let line = |(i, line): (usize, &String)| text(x, y + 4.0 + 14.0 * (i as f64 - 1.0), &style, line);
    lines.iter().enumerate().map(line).collect()
}
