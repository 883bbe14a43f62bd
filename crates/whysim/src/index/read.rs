//! The texts of files, as an index reads them, in memory.

use std::collections::HashMap;
use std::path::PathBuf;

use super::rows::{self, Reading};
use super::scan::{record, twice};
use super::texts::Record;
use crate::error::Result;

/// All texts of files, in order.
///
/// # Errors
/// If a file cannot be read, a row is wrong, or a name is there twice; the error names the line.
pub fn read(files: &[PathBuf], reading: &Reading) -> Result<Vec<Record>> {
    let mut all = Vec::new();
    let mut ids: HashMap<String, (usize, u64)> = HashMap::new();
    for (number, file) in files.iter().enumerate() {
        let name = file.display().to_string();
        rows::each(file, reading, &mut |row| {
            let record = record(&name, row);
            if let Some((other, line)) = ids.insert(record.id.clone(), (number, record.line)) {
                return Err(twice(&record, &files[other], line));
            }
            all.push(record);
            Ok(())
        })?;
    }
    Ok(all)
}
