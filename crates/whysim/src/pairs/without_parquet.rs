//! Replaces Parquet support in builds without the cargo feature `parquet`.

use std::path::Path;

use super::Reading;
use super::columns::Numbered;
use crate::error::{Error, Result};

pub(super) fn of(path: &Path, _: &Reading) -> Result<Vec<Numbered>> {
    let problem = "it is a Parquet file, and this build reads none: it was built without the cargo feature `parquet`; build it \
                   with that, or convert the file to .csv or .jsonl";
    Err(Error::malformed(path, problem))
}
