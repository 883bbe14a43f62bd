//! Which columns hold the texts and the score.

use std::path::Path;

use super::{Fields, Reading, Scores};
use crate::error::{Error, Result};

/// A line's number, or in a Parquet file a row's, from 1, and its fields or what is wrong with it.
pub(super) type Numbered = (u64, Result<Fields, String>);

/// The names of columns that are looked for when none are given.
const COLUMNS: [&str; 3] = ["sentence1", "sentence2", "score"];

/// The columns' names by place; None for one that is not asked for.
pub(super) fn names(reading: &Reading) -> [Option<&str>; 3] {
    let place = |i: usize| match &reading.columns {
        Some(columns) => columns.get(i).map(String::as_str),
        None => Some(COLUMNS[i]),
    };
    [place(0), place(1), place(2)]
}

pub(super) fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    names.map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The places of the columns. Those that were named must be there, and without names those that are
/// needed.
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
