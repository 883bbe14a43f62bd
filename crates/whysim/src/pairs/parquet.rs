//! Parquet: only the columns of a pair are read.

use std::path::Path;

use super::columns::{Numbered, names, places};
use super::{Fields, Reading};
use crate::error::{Error, Result};
use crate::table::parquet::{Cell, Column, Holds, Table};

/// All rows of a file.
pub(super) fn of(path: &Path, reading: &Reading) -> Result<Vec<Numbered>> {
    Table::read(path, |table| {
        let columns = columns(path, &table.columns(), reading)?;
        let mut rows = Vec::new();
        for group in table.groups() {
            let group = group?;
            let read = |column: usize| group.cells(column);
            let [a, b, score] = columns.map(|column| column.map(read).transpose());
            let (b, score) = (b?.unwrap_or_default(), score?.unwrap_or_default());
            let (mut b, mut score) = (b.into_iter(), score.into_iter());
            for a in a?.unwrap_or_default() {
                // If the column does not exist, all its values are missing.
                let [b, score] = [&mut b, &mut score].map(|column| column.next().unwrap_or(Ok(None)));
                rows.push((rows.len() as u64 + 1, fields(a, b, score, reading)));
            }
        }
        Ok(rows)
    })
}

fn fields(a: Cell, b: Cell, score: Cell, reading: &Reading) -> Result<Fields, String> {
    let [first, ..] = names(reading);
    let a = a?.ok_or_else(|| format!("its `{}` is null", first.unwrap_or_default()))?;
    Ok(Fields { a, b: b?, score: score? })
}

/// The positions of the columns among all.
fn columns(path: &Path, all: &[Column], reading: &Reading) -> Result<[Option<usize>; 3]> {
    let header: Vec<&str> = all.iter().map(|column| column.name.as_str()).collect();
    let places = places(path, &header, reading)?;
    for (place, what) in places.iter().zip(["text", "text", "a number"]) {
        let Some(column) = place.map(|i| &all[i]) else { continue };
        let fits = column.holds == Holds::Text || what == "a number" && column.holds == Holds::Number;
        if !fits {
            let problem = format!("its column `{}` holds {}, not {what}", column.name, column.kind);
            return Err(Error::malformed(path, problem));
        }
    }
    Ok(places)
}
