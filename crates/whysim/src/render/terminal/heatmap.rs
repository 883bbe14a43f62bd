//! The matrix in character cells, in as many bands of columns as the width requires.

use unicode_segmentation::UnicodeSegmentation;

use super::paint::Paint;
use crate::Explanation;
use crate::render::figures::{Figures, NOTHING, limit, plain};
use crate::render::label::{Align, columns, cut, name, pad};

/// The maximum number of letters in a column's name, which is written vertically.
const TALLEST: usize = 10;

/// Everything that the lines of a heatmap share.
struct Layout {
    /// Terminal columns for the rows' names.
    label: usize,
    /// Terminal columns per cell.
    cell: usize,
    /// Matrix columns per band.
    band: usize,
    figures: Figures,
    limit: f64,
    paint: Paint,
}

/// The heatmap's lines, starting with the unit.
pub(super) fn heatmap(e: &Explanation, width: usize, paint: Paint) -> Vec<String> {
    let rows: Vec<String> = e.a.tokens.iter().map(name).collect();
    let heads: Vec<String> = e.b.tokens.iter().map(name).collect();
    let layout = layout(&rows, heads.len(), width, limit(e), paint);
    let mut lines = vec![caption(&layout, width)];
    for from in (0..heads.len()).step_by(layout.band) {
        let to = (from + layout.band).min(heads.len());
        if from > 0 {
            lines.push(String::new());
        }
        lines.extend(head(&heads[from..to], &layout));
        for (label, values) in rows.iter().zip(&e.matrix) {
            lines.push(row(label, values.get(from..to).unwrap_or(&[]), &layout));
        }
    }
    lines
}

/// Two digits per cell if that takes at most two bands, otherwise one.
fn layout(rows: &[String], count: usize, width: usize, limit: f64, paint: Paint) -> Layout {
    let label = rows.iter().map(|row| columns(row)).max().unwrap_or(0).min(width / 5).min(18);
    let fit = |cell: usize| ((width - label - 1) / cell).max(1);
    let (cell, figures) =
        if count.div_ceil(fit(5)) <= 2 { (5, Figures::short(limit)) } else { (2, Figures::brief(limit)) };
    // Bands have equal length: a last band with a single column would look like an accident.
    let band = count.div_ceil(count.div_ceil(fit(cell)).max(1)).max(1);
    Layout { label, cell, band, figures, limit, paint }
}

fn caption(layout: &Layout, width: usize) -> String {
    let largest = plain(layout.limit);
    let scale = match (layout.cell, layout.figures.unit) {
        (2, _) => format!("9 is the largest, {largest}"),
        (_, 1.0) => format!("largest {largest}"),
        (_, unit) => format!("in units of {unit}, largest {largest}"),
    };
    let caption = format!("rows: A, columns: B; {scale}, {NOTHING} rounds to zero");
    layout.paint.dim(&cut(&caption, width))
}

/// The columns' names, written vertically above the matrix.
fn head(names: &[String], layout: &Layout) -> Vec<String> {
    let letters: Vec<Vec<&str>> = names.iter().map(|name| name.graphemes(true).collect()).collect();
    let tall = letters.iter().map(Vec::len).max().unwrap_or(0).min(TALLEST);
    let line = |from_bottom: usize| {
        let cells = letters.iter().map(|letters| {
            let shown = letters.len().min(TALLEST);
            let letter = match shown.checked_sub(from_bottom + 1) {
                None => "",
                Some(i) if i + 1 == TALLEST && letters.len() > TALLEST => "⋮",
                Some(i) => letters[i],
            };
            centred(letter, layout.cell)
        });
        format!("{} {}", " ".repeat(layout.label), cells.collect::<String>()).trim_end().to_owned()
    };
    (0..tall).rev().map(line).collect()
}

/// A letter centred over its column's numbers.
fn centred(letter: &str, room: usize) -> String {
    let right = room / 2;
    pad(&pad(letter, room - right + usize::from(room == 2), Align::Right), room, Align::Left)
}

fn row(label: &str, values: &[f32], layout: &Layout) -> String {
    let mut line = pad(label, layout.label, Align::Right) + " ";
    for &value in values {
        let value = f64::from(value);
        let figure = layout.figures.cell(value);
        let text = match layout.cell {
            2 => pad(&figure, 2, Align::Right),
            cell => pad(&figure, cell - 1, Align::Right) + " ",
        };
        // Cells that round to nothing get no background, so they look alike in light and dark
        // terminals.
        line += &match figure == NOTHING {
            true => layout.paint.dim(&text),
            false => layout.paint.on_value(&text, value, layout.limit),
        };
    }
    line
}
