//! The matrix in character cells, in as many bands of columns as the width requires.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::paint::Paint;
use super::wrap;
use crate::explanation::View;
use crate::render::figures::{Figures, NOTHING, UNCLEAR, block, plain};
use crate::render::label::{Align, columns, pad};
use crate::render::shown::Shown;
use crate::render::table::{Room, Table};
use crate::text::Unit;

/// The maximum number of letters in a column's name, which is written vertically.
const TALLEST: usize = 10;

/// What the row and the column of main effects are called.
const MAIN: &str = "main";

/// Terminal columns of a cell that has no room for a number.
const NARROW: usize = 2;

/// Everything that the lines of a heatmap share.
struct Layout {
    /// Terminal columns for the rows' names.
    label: usize,
    cells: Cells,
    /// Matrix columns per band.
    band: usize,
    figures: Figures,
    limit: f64,
    paint: Paint,
    /// How the main effects are written, if they are shown.
    main: Option<Main>,
}

/// What stands in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    /// Numbers, in this many terminal columns with the gap between them.
    Numbers(usize),
    /// Bars, since the numbers have no room.
    Bars,
}

impl Cells {
    fn wide(self) -> usize {
        match self {
            Self::Numbers(wide) => wide,
            Self::Bars => NARROW,
        }
    }
}

/// The main effects: those of rows are numbers, those of columns look as the cells do.
#[derive(Clone, Copy)]
struct Main {
    figures: Figures,
    limit: f64,
    /// Terminal columns of those beside the rows' names.
    beside: usize,
}

impl Main {
    fn of(shown: &Shown) -> Option<Self> {
        let limit = shown.bars.as_ref()?.limit;
        let figures = Figures::short(limit);
        Some(Self { figures, limit, beside: figures.room().max(MAIN.len()) + 1 })
    }
}

/// Terminal columns of a number, with the gap to the next: as many for cells as for main effects.
fn numbers(shown: &Shown) -> usize {
    shown.figures().room().max(Main::of(shown).map_or(0, |main| main.figures.room())) + 1
}

/// Lines of a band: with more of them, nobody sees the whole.
const LONGEST: usize = 40;

/// The heatmap's lines, starting with what they are.
///
/// A text that is too long to stand above the matrix goes down the page. Of one that is too long
/// for that, the strongest rows are shown.
pub(super) fn heatmap(shown: &Shown, width: usize, paint: Paint) -> Vec<String> {
    // Names take a fifth of the width, but not more than 18 columns.
    let beside = (width / 5).min(18) + 1 + Main::of(shown).map_or(0, |main| main.beside);
    let fit = |cell: usize| (width - beside) / cell;
    let table = Table::new(shown, Room { widest: fit(numbers(shown)), rows: LONGEST, columns: 2 * fit(NARROW) });
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

/// Numbers if they take one band, or two that are seen together, otherwise bars.
fn layout(table: &Table, rows: &[String], width: usize, paint: Paint) -> Layout {
    let shown = table.shown;
    let count = table.columns.names.len();
    let main = Main::of(shown);
    let (least, beside) = main.map_or((0, 0), |main| (MAIN.len(), main.beside));
    let label = rows.iter().map(|row| columns(row)).max().unwrap_or(0).min(width / 5).min(18).max(least);
    let fit = |cell: usize| ((width - label - beside - 1) / cell).max(1);
    let number = numbers(shown);
    let has_room = count.div_ceil(fit(number)) <= if rows.len() <= LONGEST / 2 { 2 } else { 1 };
    let cells = if has_room { Cells::Numbers(number) } else { Cells::Bars };
    // Bands have equal length: a last band with a single column would look like an accident.
    let band = count.div_ceil(count.div_ceil(fit(cells.wide())).max(1)).max(1);
    Layout { label, cells, band, figures: shown.figures(), limit: shown.limit, paint, main }
}

/// What the numbers or bars are.
fn captions(layout: &Layout, table: &Table, width: usize) -> Vec<String> {
    let shown = table.shown;
    let subject = match shown.view {
        View::Attribution => "",
        View::Interaction => "interaction, ",
    };
    let what = format!("{subject}rows: {}, columns: {}", table.rows.text, table.columns.text);
    // The references, which attributions of a picture have beside them, are not here.
    let is_clipped = shown.view == View::Interaction && shown.clipped() != [false; 2];
    let whose = if is_clipped { " of the texts' own" } else { "" };
    let limit = plain(layout.limit);
    let scale = match layout.cells {
        Cells::Numbers(_) => format!("largest {limit}{whose}, {NOTHING} rounds to zero"),
        Cells::Bars => format!(
            "█ is the largest, {limit}{whose}, ▄ half of it, -█ and -▄ the same below zero, {NOTHING} next to nothing"
        ),
    };
    let matrix = format!("{what}; {scale}");
    let left_out = table.selection().map(|rows| format!("{rows}; html and svg show all"));
    let main = layout.main.zip(shown.bars.as_ref()).map(|(main, bars)| {
        let (mean, limit) = (plain(bars.effects.mean), plain(main.limit));
        let scale = match layout.cells {
            Cells::Numbers(_) => format!("largest {limit}"),
            Cells::Bars => format!("largest {limit}, which is █ across"),
        };
        format!("{MAIN}: main effects; {scale}, mean of all pairs {mean}")
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
            centred(letter, layout.cells.wide())
        });
        let beside = match layout.main {
            None => String::new(),
            Some(main) if from_bottom == 0 => pad(MAIN, main.beside, Align::Left),
            Some(main) => " ".repeat(main.beside),
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
    let main = layout.main?;
    let columns = &table.columns;
    let effects = columns.effects.iter().zip(&columns.counted).take(to).skip(from);
    let cells = effects
        .map(|(&value, &counted)| faint(&figure(main.figures, main.limit, value, layout.cells), counted, layout.paint));
    let name = pad(MAIN, layout.label, Align::Right);
    Some(format!("{name} {}{}", " ".repeat(main.beside), cells.collect::<String>()))
}

fn row(i: usize, label: &str, columns: Range<usize>, table: &Table, layout: &Layout) -> String {
    let mut line = pad(label, layout.label, Align::Right) + " ";
    if let Some(main) = layout.main {
        let counted = table.rows.counted.get(i).copied().unwrap_or_default();
        line = faint(&line, counted, layout.paint);
        let value = table.rows.effects.get(i).copied().unwrap_or_default();
        let number = figure(main.figures, main.limit, value, Cells::Numbers(main.beside));
        line += &faint(&number, counted, layout.paint);
    }
    for (j, value) in columns.map_while(|j| Some((j, table.value(i, j)?))) {
        let text = match table.is_unclear(i, j) {
            true => aligned(UNCLEAR, layout.cells),
            false => figure(layout.figures, layout.limit, value, layout.cells),
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

/// A value in its cell.
fn figure(figures: Figures, limit: f64, value: f64, cells: Cells) -> String {
    match cells {
        Cells::Numbers(_) => aligned(&figures.within(value), cells),
        Cells::Bars => aligned(&block(value, limit), cells),
    }
}

fn aligned(figure: &str, cells: Cells) -> String {
    match cells {
        Cells::Numbers(wide) => pad(figure, wide - 1, Align::Right) + " ",
        Cells::Bars => pad(figure, NARROW, Align::Right),
    }
}

/// Rows that do not count in means are in the background.
fn faint(text: &str, counted: bool, paint: Paint) -> String {
    if counted { text.to_owned() } else { paint.dim(text) }
}
