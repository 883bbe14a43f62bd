//! Text files as programs save them: UTF-8 or UTF-16, with or without a byte-order mark.

use std::borrow::Cow;

/// The bytes of a text file as UTF-8, without a byte-order mark. Bytes that are not UTF-16 by their
/// mark are returned as they are, which need not be UTF-8.
///
/// # Errors
/// If the file is UTF-16 and broken, or another encoding that its beginning gives away.
pub fn utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err("it is UTF-32: save it as UTF-8, for example with `iconv -f utf-32 -t utf-8`".into())
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(rest.into()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Err(unmarked("utf-16le")),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Err(unmarked("utf-16be")),
        _ => Ok(bytes.into()),
    }
}

/// The text of a file. `name` names it in errors.
///
/// # Errors
/// As [`utf8`], and if it is not UTF-8 either, with the first byte that is not.
pub fn decode(bytes: &[u8], name: &str) -> Result<String, String> {
    let bytes = utf8(bytes).map_err(|problem| format!("{name} cannot be read: {problem}"))?;
    String::from_utf8(bytes.into_owned()).map_err(|error| format!("{name} {}", not_utf8(error.as_bytes())))
}

/// What to say of bytes that are not UTF-8: where they are not, and what to do.
pub(crate) fn not_utf8(bytes: &[u8]) -> String {
    let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let byte = bytes.get(at).copied().unwrap_or_default();
    format!(
        "is not UTF-8 (byte {} is {byte:#04x}): save it as UTF-8; if it comes from an old Windows program, \
         `iconv -f windows-1252 -t utf-8` may convert it",
        at + 1
    )
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|&bytes| unit(bytes))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text.into_bytes()),
        _ => Err("it is UTF-16 and broken: save it again, best as UTF-8".into()),
    }
}

fn unmarked(encoding: &str) -> String {
    format!("it looks like UTF-16 without its mark: convert it with `iconv -f {encoding} -t utf-8`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_that_has_a_mark_is_read() {
        const TEXT: &str = "Zoé drinks 咖啡 👩";
        let [little, big] = [u16::to_le_bytes, u16::to_be_bytes].map(|bytes| wide(TEXT, bytes));
        for bytes in [
            TEXT.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", TEXT.as_bytes()].concat(),
            [b"\xff\xfe".to_vec(), little.clone()].concat(),
            [b"\xfe\xff".to_vec(), big.clone()].concat(),
        ] {
            assert_eq!(decode(&bytes, "it").as_deref(), Ok(TEXT));
        }
        assert!(decode(&wide("The cat", u16::to_le_bytes), "it").unwrap_err().contains("utf-16le"));
        assert!(decode(&wide("The cat", u16::to_be_bytes), "it").unwrap_err().contains("utf-16be"));
        assert!(decode(&[&b"\xff\xfe"[..], &little[..5]].concat(), "it").unwrap_err().contains("broken"));
        assert!(decode(b"\xff\xfe\x00\xd8", "it").unwrap_err().contains("broken"));
        assert!(decode(b"\xff\xfe\x00\x00a\x00\x00\x00", "it").unwrap_err().contains("UTF-32"));
        let latin = decode(b"caf\xe9", "a.txt").unwrap_err();
        assert!(latin.contains("a.txt is not UTF-8 (byte 4 is 0xe9)"), "{latin}");
        assert_eq!(decode(b"", "it").as_deref(), Ok(""));
        assert_eq!(decode(b"a\0", "it").as_deref(), Ok("a\0"));
    }
}
