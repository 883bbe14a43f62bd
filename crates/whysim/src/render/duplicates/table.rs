//! Pairs as a table.

use super::carried;
use crate::duplicates::{Duplicates, Item};
use crate::names::Named;

/// Its columns.
const COLUMNS: [&str; 11] =
    ["group", "set_a", "id_a", "set_b", "id_b", "score", "difference", "carried_by", "differs_in", "text_a", "text_b"];

/// The listed pairs as CSV, one a row: group, set and name of both texts, score, kinds of
/// difference, words that carry the similarity, words that differ, both texts.
pub fn csv(d: &Duplicates) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let set = |item: &Item| d.sets.get(item.set).cloned().unwrap_or_default();
    // Writing to memory cannot fail.
    let _ = table.write_record(COLUMNS);
    for pair in &d.pairs {
        let [Some(a), Some(b)] = [pair.a, pair.b].map(|index| d.items.get(index)) else { continue };
        let kinds: Vec<&str> = pair.kinds.iter().map(|kind| kind.name()).collect();
        let differs: Vec<String> = pair.differences.iter().map(ToString::to_string).collect();
        let _ = table.write_record([
            &pair.group.to_string(),
            &set(a),
            &a.id,
            &set(b),
            &b.id,
            &pair.score.to_string(),
            &kinds.join("+"),
            &carried(pair),
            &differs.join("; "),
            &a.text,
            &b.text,
        ]);
    }
    String::from_utf8(table.into_inner().unwrap_or_default()).unwrap_or_default()
}
