//! Which columns hold the texts and the score.

use std::path::Path;

use super::{Fields, Reading, Scores};
use crate::error::{Error, Result};
use crate::table::listed;

/// A line number (row number for Parquet), from 1, and the line's fields or what is wrong with it.
pub(super) type Numbered = (u64, Result<Fields, String>);

/// The default column names.
const COLUMNS: [&str; 3] = ["sentence1", "sentence2", "score"];

/// The names of the columns by position; None for columns that were not requested.
pub(super) fn names(reading: &Reading) -> [Option<&str>; 3] {
    let place = |i: usize| match &reading.columns {
        Some(columns) => columns.get(i).map(String::as_str),
        None => Some(COLUMNS[i]),
    };
    [place(0), place(1), place(2)]
}

/// The positions of the columns. Named columns must exist; without names, the required ones must.
pub(super) fn places(path: &Path, header: &[&str], reading: &Reading) -> Result<[Option<usize>; 3]> {
    let mut places = [None; 3];
    for (i, name) in names(reading).into_iter().enumerate() {
        let Some(name) = name else { continue };
        places[i] = header.iter().position(|column| column.trim() == name);
        let needed = i == 0 || reading.columns.is_some() || reading.scores == Scores::Required;
        if places[i].is_none() && needed {
            let problem = format!("it has no column `{name}`; it has {}: name the columns", listed(header.iter()));
            return Err(Error::malformed(path, problem));
        }
    }
    Ok(places)
}
