//! The main effects as bars beside the matrix: one for each row at its right, one for each column
//! below, all on one scale around zero.

use super::GAP;
use super::grid::Grid;
use super::ink::{Ink, text};
use crate::render::figures::typeset;
use crate::render::shown::Bars;

/// The space of a bar from the lowest to the highest value.
const LONG: f64 = 64.0;

/// The space that the bars need at the right of the matrix.
pub(super) const RIGHT: f64 = GAP + LONG;
/// The space that they need below it.
pub(super) const BELOW: f64 = GAP + LONG;
/// What they are called.
const NAME: [&str; 2] = ["main", "effects"];

/// Draws the bars around a matrix with its upper left corner at `left`, `top`.
///
/// They have no colour: the colours of the cells mean something else, on another scale.
pub(super) fn draw(bars: &Bars, grid: &Grid, left: f64, top: f64, ink: &Ink) -> String {
    let middle = [left + grid.width + GAP + LONG / 2.0, top + grid.height + GAP + LONG / 2.0];
    let (right, bottom) = (left + grid.width, top + grid.height);
    let mut out = String::new();
    let thick = (grid.cell * 0.62).max(1.0);
    let length = |value: f64| LONG / 2.0 * if bars.limit > 0.0 { (value / bars.limit).clamp(-1.0, 1.0) } else { 0.0 };
    let mut bar = |x: f64, y: f64, width: f64, height: f64, counted: bool| {
        // Rows that do not count in means are paler.
        let pale = if counted { "" } else { " fill-opacity=\"0.4\"" };
        let fill = ink.weak;
        out += &format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"{pale}/>\n"
        );
    };
    for (i, (&value, &counted)) in bars.effects.a.iter().zip(&bars.counted[0]).enumerate() {
        let (y, long) = (top + (i as f64 + 0.5) * grid.cell - thick / 2.0, length(value));
        if long.is_finite() {
            bar(middle[0] + long.min(0.0), y, long.abs(), thick, counted);
        }
    }
    for (j, (&value, &counted)) in bars.effects.b.iter().zip(&bars.counted[1]).enumerate() {
        let (x, long) = (left + (j as f64 + 0.5) * grid.cell - thick / 2.0, length(value));
        if long.is_finite() {
            bar(x, middle[1] - long.max(0.0), thick, long.abs(), counted);
        }
    }
    out += &format!("<path d=\"M{:.1} {top:.1}V{bottom:.1}\" stroke=\"{}\"/>\n", middle[0], ink.line);
    out += &format!("<path d=\"M{left:.1} {:.1}H{right:.1}\" stroke=\"{}\"/>\n", middle[1], ink.line);
    out + &scale(bars, middle, ink)
}

/// Name and scale of the bars, where the right column and the lower row would meet.
fn scale(bars: &Bars, [x, y]: [f64; 2], ink: &Ink) -> String {
    let style = format!("font-size=\"11\" text-anchor=\"middle\" fill=\"{}\"", ink.weak);
    let lines = [NAME[0].to_owned(), NAME[1].to_owned(), format!("±{}", typeset(bars.limit))];
    let line = |(i, line): (usize, &String)| text(x, y + 4.0 + 14.0 * (i as f64 - 1.0), &style, line);
    lines.iter().enumerate().map(line).collect()
}
