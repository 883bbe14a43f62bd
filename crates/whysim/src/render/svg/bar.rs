//! The colour scale.

use super::grid::Paint;
use super::ink::text;
use crate::render::figures::typeset_minus;

/// The scale's height.
pub(super) const TALL: f64 = 160.0;
/// The space that it needs beside the matrix, gaps and numbers included.
pub(super) const ROOM: f64 = 130.0;
/// The space that it needs below its height, for the point where cells go beyond it.
pub(super) const FOOT: f64 = 14.0;
const WIDE: f64 = 12.0;

/// Draws the scale with its upper left corner at `x`, `y`.
pub(super) fn draw(paint: &Paint, x: f64, y: f64) -> String {
    let ink = &paint.ink;
    let mut out = String::new();
    // Slices instead of a gradient: a gradient's id would clash if several pictures share a page.
    let slices = 64;
    let tall = TALL / f64::from(slices);
    for i in 0..slices {
        let value = 1.0 - 2.0 * (f64::from(i) + 0.5) / f64::from(slices);
        let fill = paint.theme.color(value, 1.0).hex();
        // A small overlap hides antialiasing seams.
        let (top, height) = (y + f64::from(i) * tall, if i + 1 < slices { tall + 0.5 } else { tall });
        out +=
            &format!("<rect x=\"{x:.1}\" y=\"{top:.2}\" width=\"{WIDE}\" height=\"{height:.2}\" fill=\"{fill}\"/>\n");
    }
    out += &format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{WIDE}\" height=\"{TALL}\" fill=\"none\" stroke=\"{}\"/>\n",
        ink.line
    );
    out += &ticks(paint, x, y);
    out += &beyond(paint, x, y);
    out
}

/// The numbers at the scale, the last of which say where cells go beyond them.
fn ticks(paint: &Paint, x: f64, y: f64) -> String {
    let ink = &paint.ink;
    let mut out = String::new();
    // Where there is nothing to see there is only a zero.
    let ends = if paint.limit > 0.0 { -2..=2 } else { 0..=0 };
    for step in ends {
        let share = f64::from(step) / 2.0;
        let at = y + TALL * (1.0 - share) / 2.0;
        let end = x + WIDE + 4.0;
        out += &format!("<path d=\"M{:.1} {at:.1}H{end:.1}\" stroke=\"{}\"/>\n", x + WIDE, ink.weak);
        let style = format!("font-size=\"11\" fill=\"{}\"", ink.weak);
        let beyond = match step {
            -2 if paint.clipped[0] => "≤ ",
            2 if paint.clipped[1] => "≥ ",
            _ => "",
        };
        out += &text(end + 4.0, at + 4.0, &style, &format!("{beyond}{}", tick(share * paint.limit)));
    }
    out
}

/// Points at the ends of the scale where cells go beyond it, in the ends' colours.
fn beyond(paint: &Paint, x: f64, y: f64) -> String {
    let tall = 9.0;
    let point = |end: f64, tip: f64, value: f64| {
        let fill = paint.theme.color(value, 1.0).hex();
        let (right, middle) = (x + WIDE, x + WIDE / 2.0);
        format!("<path d=\"M{x:.1} {end:.1}H{right:.1}L{middle:.1} {tip:.1}Z\" fill=\"{fill}\"/>\n")
    };
    let above = if paint.clipped[1] { point(y - 2.0, y - 2.0 - tall, 1.0) } else { String::new() };
    let low = y + TALL + 2.0;
    above + &if paint.clipped[0] { point(low, low + tall, -1.0) } else { String::new() }
}

/// A tick's number with a real minus sign.
fn tick(value: f64) -> String {
    let number = match value.abs() {
        v if v == 0.0 || (0.01..1000.0).contains(&v) => format!("{v:.3}"),
        v if (0.001..0.01).contains(&v) => format!("{v:.4}"),
        v => format!("{v:.1e}"),
    };
    let number = if number.contains('.') && !number.contains('e') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number
    };
    typeset_minus(&if value < 0.0 { format!("-{number}") } else { number })
}
