//! The matrix in character cells, in as many bands of columns as the width requires.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::paint::Paint;
use crate::explanation::View;
use crate::render::figures::{Figures, NOTHING, UNCLEAR, plain};
use crate::render::label::{Align, columns, cut, name, pad};
use crate::render::shown::{Bars, Shown};

/// The maximum number of letters in a column's name, which is written vertically.
const TALLEST: usize = 10;

/// What the row and the column of main effects are called.
const MAIN: &str = "main";

/// Terminal columns of the main effects beside the rows' names.
const BESIDE: usize = 5;

/// Everything that the lines of a heatmap share.
struct Layout<'a> {
    /// Terminal columns for the rows' names.
    label: usize,
    /// Terminal columns per cell.
    cell: usize,
    /// Matrix columns per band.
    band: usize,
    figures: Figures,
    limit: f64,
    paint: Paint,
    /// The main effects, and how they are written.
    main: Option<(&'a Bars, Figures)>,
}

/// The heatmap's lines, starting with the unit.
pub(super) fn heatmap(shown: &Shown, width: usize, paint: Paint) -> Vec<String> {
    let rows: Vec<String> = shown.e.a.tokens.iter().map(name).collect();
    let heads: Vec<String> = shown.e.b.tokens.iter().map(name).collect();
    let layout = layout(shown, &rows, heads.len(), width, paint);
    let mut lines = captions(&layout, shown, width);
    for from in (0..heads.len()).step_by(layout.band) {
        let to = (from + layout.band).min(heads.len());
        if from > 0 {
            lines.push(String::new());
        }
        lines.extend(head(&heads[from..to], &layout));
        lines.extend(across(from, to, &layout));
        for (i, label) in rows.iter().enumerate().take(shown.matrix.len()) {
            lines.push(row(i, label, from..to, shown, &layout));
        }
    }
    lines
}

/// Two digits per cell if that takes at most two bands, otherwise one.
fn layout<'a>(shown: &'a Shown, rows: &[String], count: usize, width: usize, paint: Paint) -> Layout<'a> {
    let least = shown.bars.as_ref().map_or(0, |_| MAIN.len());
    let label = rows.iter().map(|row| columns(row)).max().unwrap_or(0).min(width / 5).min(18).max(least);
    let beside = shown.bars.as_ref().map_or(0, |_| BESIDE);
    let fit = |cell: usize| ((width - label - beside - 1) / cell).max(1);
    let short = count.div_ceil(fit(5)) <= 2;
    let (cell, figures): (_, fn(f64) -> Figures) = if short { (5, Figures::short) } else { (2, Figures::brief) };
    // Bands have equal length: a last band with a single column would look like an accident.
    let band = count.div_ceil(count.div_ceil(fit(cell)).max(1)).max(1);
    let main = shown.bars.as_ref().map(|bars| (bars, figures(bars.limit)));
    Layout { label, cell, band, figures: figures(shown.limit), limit: shown.limit, paint, main }
}

/// What the numbers are.
fn captions(layout: &Layout, shown: &Shown, width: usize) -> Vec<String> {
    let scale = |figures: Figures, limit: f64| match (layout.cell, figures.unit) {
        (2, _) => format!("9 is the largest, {}", plain(limit)),
        (_, 1.0) => format!("largest {}", plain(limit)),
        (_, unit) => format!("in units of {unit}, largest {}", plain(limit)),
    };
    let what = match shown.view {
        View::Attribution => "rows: A, columns: B",
        View::Interaction => "interaction, rows: A, columns: B",
    };
    let matrix = format!("{what}; {}, {NOTHING} rounds to zero", scale(layout.figures, layout.limit));
    let main = layout.main.map(|(bars, figures)| {
        let mean = plain(bars.effects.mean);
        format!("{MAIN}: main effects; {}, mean of all pairs {mean}", scale(figures, bars.limit))
    });
    let unclear = shown.errors.is_some().then(|| format!("{UNCLEAR} is within two standard errors of nothing"));
    [Some(matrix), unclear, main].iter().flatten().map(|line| layout.paint.dim(&cut(line, width))).collect()
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
        let beside = match layout.main {
            None => String::new(),
            Some(_) if from_bottom == 0 => pad(MAIN, BESIDE, Align::Left),
            Some(_) => " ".repeat(BESIDE),
        };
        format!("{} {beside}{}", " ".repeat(layout.label), cells.collect::<String>()).trim_end().to_owned()
    };
    (0..tall).rev().map(line).collect()
}

/// A letter centred over its column's numbers.
fn centred(letter: &str, room: usize) -> String {
    let right = room / 2;
    pad(&pad(letter, room - right + usize::from(room == 2), Align::Right), room, Align::Left)
}

/// The main effects of a band's columns, below their names.
fn across(from: usize, to: usize, layout: &Layout) -> Option<String> {
    let (bars, figures) = layout.main?;
    let effects = bars.effects.b.get(from..to).unwrap_or(&[]).iter().zip(from..);
    let cells =
        effects.map(|(&value, j)| faint(&figure(figures, value, layout.cell), bars.counted[1][j], layout.paint));
    let name = pad(MAIN, layout.label, Align::Right);
    Some(format!("{name} {}{}", " ".repeat(BESIDE), cells.collect::<String>()))
}

fn row(i: usize, label: &str, columns: Range<usize>, shown: &Shown, layout: &Layout) -> String {
    let mut line = pad(label, layout.label, Align::Right) + " ";
    if let Some((bars, figures)) = layout.main {
        let counted = bars.counted[0].get(i).copied().unwrap_or_default();
        line = faint(&line, counted, layout.paint);
        let value = bars.effects.a.get(i).copied().unwrap_or_default();
        line += &faint(&figure(figures, value, BESIDE), counted, layout.paint);
    }
    for (j, &value) in shown.matrix[i].iter().enumerate().take(columns.end).skip(columns.start) {
        let value = f64::from(value);
        let text = match shown.is_unclear(i, j) {
            true => aligned(UNCLEAR, layout.cell),
            false => figure(layout.figures, value, layout.cell),
        };
        // Cells that come to nothing get no background, so they look alike in light and dark
        // terminals.
        line += &match [NOTHING, UNCLEAR].contains(&text.trim()) {
            true => layout.paint.dim(&text),
            false => layout.paint.on_value(&text, value, layout.limit),
        };
    }
    line
}

/// A number in its cell.
fn figure(figures: Figures, value: f64, cell: usize) -> String {
    aligned(&figures.within(value, if cell == 2 { 2 } else { cell - 1 }), cell)
}

fn aligned(figure: &str, cell: usize) -> String {
    match cell {
        2 => pad(figure, 2, Align::Right),
        cell => pad(figure, cell - 1, Align::Right) + " ",
    }
}

/// Rows that do not count in means are in the background.
fn faint(text: &str, counted: bool, paint: Paint) -> String {
    if counted { text.to_owned() } else { paint.dim(text) }
}
