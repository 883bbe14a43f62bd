//! Quotes of separated tables that do not say where a text ends, so that rows would vanish in it.

/// Whether quotes mean anything. Tab-separated files have no quoting: a text may start with a
/// quote.
pub(super) fn are_read(delimiter: u8) -> bool {
    delimiter != b'\t'
}

/// Where a reader is in a table.
enum At {
    /// Where a field begins.
    Start,
    /// In a field without quotes, or behind the quotes of one.
    Field,
    /// In a quoted field, by the line in which it begins.
    Quoted(u64),
    /// Behind a quote within one: its end, or the first of two that stand for one.
    Quote(u64),
}

/// Reads quotes as the reader of the rows does, which takes the end of the file for the end of a
/// field.
///
/// # Errors
/// If a quote is opened and never closed; or closed in another line, in the middle of a field,
/// which is the next quoted field's beginning.
pub(super) fn check(bytes: &[u8], delimiter: u8) -> Result<(), String> {
    let (mut at, mut line) = (At::Start, 1);
    for &byte in bytes {
        let is_end = byte == delimiter || matches!(byte, b'\r' | b'\n');
        at = match at {
            At::Start if byte == b'"' => At::Quoted(line),
            At::Start | At::Field => {
                if is_end {
                    At::Start
                } else {
                    At::Field
                }
            }
            At::Quoted(from) if byte == b'"' => At::Quote(from),
            At::Quote(from) if byte == b'"' => At::Quoted(from),
            At::Quoted(from) => At::Quoted(from),
            At::Quote(_) if is_end => At::Start,
            At::Quote(from) if from != line => {
                return Err(format!(
                    "line {from}: a quote is opened there, and closed in the middle of a field of line {line}: close \
                     it, and write a quote within a quoted text as two"
                ));
            }
            At::Quote(_) => At::Field,
        };
        line += u64::from(byte == b'\n');
    }
    match at {
        At::Quoted(from) => Err(format!(
            "line {from}: a quote is opened and never closed: close it, and write a quote within a quoted text as two"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_swallow_rows_are_found_and_others_are_not() {
        for sound in
            ["", "a,b\n1,\"x\n\"\"y\"\"\"\r\n2,z\"\n", "\"a\",\"b\"\n1,\"x\" y\n", "a,b\n1,\"\"", "a\n\"x\n\"\r\n"]
        {
            assert_eq!(check(sound.as_bytes(), b','), Ok(()), "{sound}");
        }
        for (broken, expected) in [
            ("id,text\n1,\"a\n2,b\n", "line 2: a quote is opened and never closed"),
            ("id,text\n1,\"a\"\n2,\"b\"\"\n3,c", "line 3: a quote is opened and never closed"),
            (
                "id,text\n1,\"a\n2,\"b\"\n",
                "line 2: a quote is opened there, and closed in the middle of a field of line 3",
            ),
        ] {
            let problem = check(broken.as_bytes(), b',').unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
        assert_eq!(check(b"a;b\n1;\"x,\n\";y", b';'), Ok(()));
    }
}
