//! From the body of an answer to vectors, each checked.

use serde_json::Value;

use super::kind::Kind;

/// A text to send, and its number in messages.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Counted from 1.
    pub number: usize,
    pub text: String,
}

/// The vectors of an answer in the order of the texts, all of one size. -> `[B, D]`.
///
/// # Errors
/// What is wrong with the answer.
pub(super) fn vectors(kind: Kind, body: &[u8], asked: &[Asked]) -> Result<Vec<Vec<f32>>, String> {
    let answer = json(body)?;
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        return Err(format!("it answers with an error as if it were a result: {}", message_in(error)));
    }
    let rows = kind.rows(&answer).map_err(|form| format!("its answer is not of the form {form}: {}", start(body)))?;
    if rows.len() != asked.len() {
        return Err(format!("it gives {} vectors for {} texts", rows.len(), asked.len()));
    }
    let places = places(&rows)?;
    let mut vectors = vec![Vec::new(); asked.len()];
    for ((_, value), place) in rows.iter().zip(places) {
        vectors[place] =
            vector(value).map_err(|why| format!("the vector of text number {} {why}", asked[place].number))?;
    }
    let dim = vectors.first().map_or(0, Vec::len);
    match vectors.iter().position(|vector| vector.len() != dim) {
        Some(at) => Err(format!(
            "its vectors differ in size: {dim} values for text number {}, {} for number {}",
            asked[0].number,
            vectors[at].len(),
            asked[at].number
        )),
        None => Ok(vectors),
    }
}

fn json(body: &[u8]) -> Result<Value, String> {
    if body.trim_ascii().is_empty() {
        return Err("its answer is empty".to_owned());
    }
    serde_json::from_slice(body).map_err(|_| {
        let has = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
        match has(b"NaN") || has(b"Infinity") {
            true if !body.starts_with(b"<") => {
                "its answer holds NaN or Infinity, which is no JSON: the model's numbers broke down".to_owned()
            }
            _ => format!("its answer is not JSON: {}", start(body)),
        }
    })
}

/// The text that each row belongs to: by its index, or, if no row has one, by its place.
fn places(rows: &[(Option<&Value>, &Value)]) -> Result<Vec<usize>, String> {
    if rows.iter().all(|(index, _)| index.is_none()) {
        return Ok((0..rows.len()).collect());
    }
    let mut is_taken = vec![false; rows.len()];
    let place = |(index, _): &(Option<&Value>, &Value)| {
        let index = index.ok_or("a vector of its answer has no index, though others have")?;
        let place = index.as_u64().and_then(|place| usize::try_from(place).ok());
        let place = place.filter(|&place| place < rows.len());
        let place =
            place.ok_or_else(|| format!("a vector of its answer has the index {index}, for {} texts", rows.len()))?;
        match std::mem::replace(&mut is_taken[place], true) {
            true => Err(format!("two vectors of its answer have the index {place}")),
            false => Ok(place),
        }
    };
    rows.iter().map(place).collect()
}

/// One vector: a list of numbers, or base64 of their bytes, which some servers send unasked.
fn vector(value: &Value) -> Result<Vec<f32>, String> {
    let numbers: Vec<f32> = match value {
        Value::Array(numbers) => {
            numbers.iter().enumerate().map(|(i, number)| float(i, number)).collect::<Result<_, _>>()?
        }
        Value::String(text) => {
            let bytes = base64(text).filter(|bytes| bytes.len() % 4 == 0);
            let bytes =
                bytes.ok_or_else(|| format!("is a string, `{}`, not a list of numbers", start(text.as_bytes())))?;
            bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
        }
        other => return Err(format!("is `{}`, not a list of numbers", start(other.to_string().as_bytes()))),
    };
    check(&numbers)?;
    Ok(numbers)
}

fn float(i: usize, number: &Value) -> Result<f32, String> {
    let value = number.as_f64().map(|value| value as f32);
    value.ok_or_else(|| format!("holds {number} as value {}, which is no number", i + 1))
}

/// # Errors
/// If the values are not those of an embedding.
fn check(vector: &[f32]) -> Result<(), String> {
    if vector.is_empty() {
        return Err("is empty".to_owned());
    }
    match vector.iter().position(|value| !value.is_finite()) {
        Some(i) => Err(format!("holds {} as value {}: the model's numbers broke down", vector[i], i + 1)),
        None if vector.iter().all(|&value| value == 0.0) => {
            Err("is 0 everywhere: it has no direction, and the server probably failed".to_owned())
        }
        None => Ok(()),
    }
}

/// Standard base64, with or without padding. None: it is something else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0u32, 0);
    for c in text.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// What a server says of an error: the message in its JSON, or the start of the body.
pub(super) fn said(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            let inner =
                ["error", "detail", "message"].iter().find_map(|name| value.get(name).filter(|it| !it.is_null()));
            message_in(inner.unwrap_or(&value))
        }
        Err(_) => start(body),
    }
}

/// The words of an error object: OpenAI's has a `message`, FastAPI's is a list with `msg`.
fn message_in(error: &Value) -> String {
    let words = match error {
        Value::String(text) => text.clone(),
        Value::Object(_) => match error.get("message").or_else(|| error.get("error")).or_else(|| error.get("msg")) {
            Some(Value::String(text)) => text.clone(),
            _ => error.to_string(),
        },
        Value::Array(list) => list.iter().map(message_in).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    start(words.as_bytes())
}

/// The first characters on one line.
fn start(body: &[u8]) -> String {
    const SHOWN: usize = 200;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]);
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(SHOWN) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{base64, said};

    #[test]
    fn base64_is_read() {
        // From Python's base64.b64encode.
        for (text, bytes) in
            [("", &[][..]), ("AACAPw==", &1f32.to_le_bytes()), ("+/8=", &[0xfb, 0xff]), ("TWFu", b"Man")]
        {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(base64("not base64!"), None);
    }

    #[test]
    fn errors_of_every_server_are_read() {
        for (body, words) in [
            (r#"{"error": {"message": "bad key", "type": "x", "code": null}}"#, "bad key"),
            (r#"{"error": "model not found"}"#, "model not found"),
            (r#"{"error": "Batch size error", "error_type": "validation"}"#, "Batch size error"),
            (r#"{"detail": [{"type": "too_long", "msg": "at most 2 items"}]}"#, "at most 2 items"),
            (r#"{"code": 20042, "message": "input batch size 136", "data": null}"#, "input batch size 136"),
            ("<html>\n <b>502</b>", "<html> <b>502</b>"),
        ] {
            assert_eq!(said(body.as_bytes()), words);
        }
    }
}
