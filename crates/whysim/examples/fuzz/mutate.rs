//! Mutations of files.

use serde_json::{Value, json};

/// A cheap generator: the same numbers for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

/// Values that break sizes.
const EXTREME: [u64; 9] = [0, 1, 127, 255, 65_535, 1 << 31, u32::MAX as u64, 1 << 63, u64::MAX];

/// One to eight changes of bytes.
pub fn bytes(input: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(8) {
        let at = random.below(input.len() + 1);
        let length = 1 + random.below(64);
        let end = (at + length).min(input.len());
        match random.below(8) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.below(256) as u8,
            2 => drop(input.drain(at..end)),
            3 => {
                let copy = input[at..end].to_vec();
                input.splice(at..at, copy);
            }
            4 => {
                let number = EXTREME[random.below(EXTREME.len())].to_le_bytes();
                let width = [1, 2, 4, 8][random.below(4)].min(input.len() - at);
                input[at..at + width].copy_from_slice(&number[..width]);
            }
            5 => input.truncate(at),
            6 => {
                let many = vec![input.get(at).copied().unwrap_or(b'('); 1 << random.below(18)];
                input.splice(at..at, many);
            }
            _ => {
                let from = random.below(input.len() + 1);
                let part = input[from..(from + length).min(input.len())].to_vec();
                input.splice(at..end, part);
            }
        }
    }
}

/// Changes values of a JSON file, or its bytes.
pub fn json(input: &mut Vec<u8>, random: &mut Random) {
    let Ok(mut value) = serde_json::from_slice::<Value>(input) else { return bytes(input, random) };
    if random.below(4) == 0 {
        return bytes(input, random);
    }
    for _ in 0..=random.below(3) {
        change(&mut value, random);
    }
    *input = value.to_string().into_bytes();
}

/// Replaces a value somewhere below.
fn change(value: &mut Value, random: &mut Random) {
    let children = match value {
        Value::Array(all) => all.len(),
        Value::Object(all) => all.len(),
        _ => 0,
    };
    if children > 0 && random.below(6) > 0 {
        let at = random.below(children);
        match value {
            Value::Array(all) if random.below(8) == 0 => drop(all.remove(at)),
            Value::Array(all) => change(&mut all[at], random),
            Value::Object(all) => {
                let key = all.keys().nth(at).cloned().unwrap_or_default();
                if random.below(8) == 0 {
                    all.remove(&key);
                } else if let Some(child) = all.get_mut(&key) {
                    change(child, random);
                }
            }
            _ => {}
        }
        return;
    }
    *value = match random.below(12) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(EXTREME[random.below(EXTREME.len())]),
        3 => json!(-(random.below(1000) as i64)),
        4 => json!(1e300),
        5 => json!(""),
        6 => json!("\u{feff}\0é👩‍👩‍👧"),
        7 => json!("a".repeat(1 << random.below(21))),
        8 => json!([]),
        9 => json!({}),
        10 => json!([value.clone(), value.clone()]),
        _ => json!({ "a": value.clone() }),
    };
}
