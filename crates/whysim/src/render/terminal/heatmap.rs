//! The matrix in character cells, in as many bands of columns as the width requires.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::paint::Paint;
use super::wrap;
use crate::explanation::View;
use crate::render::figures::{Figures, NOTHING, UNCLEAR, plain};
use crate::render::label::{Align, columns, pad};
use crate::render::ledger;
use crate::render::shown::Shown;
use crate::render::table::{Room, Table};
use crate::text::Unit;

/// The maximum number of letters in a column's name, which is written vertically.
const TALLEST: usize = 10;

/// What the row and the column of main effects are called.
const MAIN: &str = "main";

/// Terminal columns of the main effects beside the rows' names.
const BESIDE: usize = 5;

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
    /// How the main effects are written, if they are shown.
    main: Option<Figures>,
}

/// Lines of a band: with more of them, nobody sees the whole.
const LONGEST: usize = 40;

/// The heatmap's lines, starting with the unit.
///
/// A text that is too long to stand above the matrix goes down the page. Of one that is too long
/// for that, the strongest rows are shown.
pub(super) fn heatmap(shown: &Shown, width: usize, paint: Paint) -> Vec<String> {
    // Names take a fifth of the width, but not more than 18 columns.
    let beside = (width / 5).min(18) + 1 + shown.bars.as_ref().map_or(0, |_| BESIDE);
    let fit = |cell: usize| (width - beside) / cell;
    let table = Table::new(shown, Room { widest: fit(5), rows: LONGEST, columns: 2 * fit(2) });
    let rows = jumps(&table);
    let heads = heads(&table);
    let layout = layout(&table, &rows, width, paint);
    let mut lines = captions(&layout, &table, width);
    for from in (0..heads.len()).step_by(layout.band) {
        let to = (from + layout.band).min(heads.len());
        if from > 0 {
            lines.push(String::new());
        }
        lines.extend(head(&heads[from..to], &layout));
        lines.extend(across(from, to, &table, &layout));
        let is_there = |i: &usize| table.value(*i, 0).is_some();
        lines.extend((0..rows.len()).take_while(is_there).map(|i| row(i, &rows[i], from..to, &table, &layout)));
    }
    lines
}

/// The columns' names; of a sentence its number, as its words cannot be read one letter a line. The
/// lists have them in full.
fn heads(table: &Table) -> Vec<String> {
    let number = |name: &String| name.split_once(": ").map_or(name.clone(), |(number, _)| number.to_owned());
    match table.shown.e.by {
        Unit::Sentence => table.columns.names.iter().map(number).collect(),
        Unit::Token | Unit::Word => table.columns.names.clone(),
    }
}

/// The rows' names, with `…` before those that do not follow on the one above.
fn jumps(table: &Table) -> Vec<String> {
    let kept = &table.rows.kept;
    let follows = |i: usize| kept[i] == if i == 0 { 0 } else { kept[i - 1] + 1 };
    let mark = |(i, name): (usize, &String)| if follows(i) { name.clone() } else { format!("… {name}") };
    table.rows.names.iter().enumerate().map(mark).collect()
}

/// Two digits per cell if that takes one band, or two that are seen together, otherwise one.
fn layout(table: &Table, rows: &[String], width: usize, paint: Paint) -> Layout {
    let shown = table.shown;
    let count = table.columns.names.len();
    let (least, beside) = shown.bars.as_ref().map_or((0, 0), |_| (MAIN.len(), BESIDE));
    let label = rows.iter().map(|row| columns(row)).max().unwrap_or(0).min(width / 5).min(18).max(least);
    let fit = |cell: usize| ((width - label - beside - 1) / cell).max(1);
    let short = count.div_ceil(fit(5)) <= if rows.len() <= LONGEST / 2 { 2 } else { 1 };
    let (cell, figures): (_, fn(f64) -> Figures) = if short { (5, Figures::short) } else { (2, Figures::brief) };
    // Bands have equal length: a last band with a single column would look like an accident.
    let band = count.div_ceil(count.div_ceil(fit(cell)).max(1)).max(1);
    let main = shown.bars.as_ref().map(|bars| figures(bars.limit));
    Layout { label, cell, band, figures: figures(shown.limit), limit: shown.limit, paint, main }
}

/// What the numbers are.
fn captions(layout: &Layout, table: &Table, width: usize) -> Vec<String> {
    let shown = table.shown;
    let scale = |figures: Figures, limit: f64| match (layout.cell, figures.unit) {
        (2, _) => format!("9 is the largest, {}", plain(limit)),
        (_, 1.0) => format!("largest {}", plain(limit)),
        (_, unit) => format!("in units of {unit}, largest {}", plain(limit)),
    };
    let subject = match shown.view {
        View::Attribution => "",
        View::Interaction => "interaction, ",
    };
    let what = format!("{subject}rows: {}, columns: {}", table.rows.text, table.columns.text);
    // The references, which attributions of a picture have beside them, are not here.
    let is_clipped = shown.view == View::Interaction && shown.clipped() != [false; 2];
    let whose = if is_clipped { " of the texts' own" } else { "" };
    let matrix = format!("{what}; {}{whose}, {NOTHING} rounds to zero", scale(layout.figures, layout.limit));
    let left_out = table.selection(ledger::row(shown.e)).map(|rows| format!("{rows}; html and svg show all"));
    let main = layout.main.zip(shown.bars.as_ref()).map(|(figures, bars)| {
        let mean = plain(bars.effects.mean);
        format!("{MAIN}: main effects; {}, mean of all pairs {mean}", scale(figures, bars.limit))
    });
    let unclear = shown.errors.is_some().then(|| format!("{UNCLEAR} is within two standard errors of nothing"));
    let lines = [Some(matrix), left_out, unclear, main];
    lines.iter().flatten().flat_map(|line| wrap(line, width, "", 0)).map(|line| layout.paint.dim(&line)).collect()
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
fn across(from: usize, to: usize, table: &Table, layout: &Layout) -> Option<String> {
    let figures = layout.main?;
    let columns = &table.columns;
    let effects = columns.effects.iter().zip(&columns.counted).take(to).skip(from);
    let cells = effects.map(|(&value, &counted)| faint(&figure(figures, value, layout.cell), counted, layout.paint));
    let name = pad(MAIN, layout.label, Align::Right);
    Some(format!("{name} {}{}", " ".repeat(BESIDE), cells.collect::<String>()))
}

fn row(i: usize, label: &str, columns: Range<usize>, table: &Table, layout: &Layout) -> String {
    let mut line = pad(label, layout.label, Align::Right) + " ";
    if let Some(figures) = layout.main {
        let counted = table.rows.counted.get(i).copied().unwrap_or_default();
        line = faint(&line, counted, layout.paint);
        let value = table.rows.effects.get(i).copied().unwrap_or_default();
        line += &faint(&figure(figures, value, BESIDE), counted, layout.paint);
    }
    for (j, value) in columns.map_while(|j| Some((j, table.value(i, j)?))) {
        let text = match table.is_unclear(i, j) {
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
