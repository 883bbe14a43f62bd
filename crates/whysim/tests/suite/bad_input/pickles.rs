//! Hostile pickles in a valid checkpoint zip file.

use zip::CompressionMethod;

use super::checkpoint::{Entries, PICKLE, entries, with_bytes, zipped};
use super::{malformed, random, refused, says};
use crate::common::Copy;

fn with_pickle(pickle: &[u8], method: CompressionMethod) -> Copy {
    let mut all: Entries = entries();
    all.iter_mut().find(|(name, _)| name == PICKLE).unwrap().1 = pickle.to_vec();
    with_bytes(&zipped(&all, method))
}

fn pickle() -> Vec<u8> {
    entries().into_iter().find(|(name, _)| name == PICKLE).unwrap().1
}

#[test]
fn programs_that_are_no_state_dict() {
    let call = |arguments: &[u8]| [b"ctorch._utils\n_rebuild_tensor_v2\n", arguments, b"R."].concat();
    let programs: [(&[u8], &str); 14] = [
        (b"", "cut off"),
        (b"\x80", "cut off"),
        (b".", "takes from an empty stack"),
        (b"N.", "does not contain a dict"),
        (b"}.", "holds no tensors"),
        (b"t.", "no mark"),
        (b"u.", "no mark"),
        (b"q\x00.", "takes from an empty stack"),
        (b"h\x00.", "refers to a memo entry"),
        (b"K\x01\x87.", "takes from an empty stack"),
        (b"X\xff\xff\xff\xffabc", "cut off"),
        (b"\x8a\xff\x01", "cut off"),
        (b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "does not contain a dict"),
        (b"\xff", "instruction 0xff"),
    ];
    for (program, said) in programs {
        malformed(&refused(&with_pickle(program, CompressionMethod::Stored)), &["pytorch_model.bin", said]);
    }
    // Calls with too few or wrong arguments.
    for arguments in [&b")"[..], b"N\x85", b"NNN\x87", b"N", b"(NNNNNNt", b"(K\x01K\x01))NNt"] {
        let copy = with_pickle(&call(arguments), CompressionMethod::Stored);
        malformed(&refused(&copy), &["does not contain a dict"]);
    }
    let long = [b"\x8a\xff".as_slice(), &[7; 255], b"."].concat();
    malformed(&refused(&with_pickle(&long, CompressionMethod::Stored)), &["does not contain a dict"]);
}

#[test]
fn nesting_and_multiplying() {
    // A tuple of a tuple of …: dropping it would overflow the stack.
    let deep = [&b"N"[..], &vec![0x85; 1_000_000], b"."].concat();
    malformed(&refused(&with_pickle(&deep, CompressionMethod::Stored)), &["nests tuples deeper"]);
    // Each tuple holds the previous one twice, through the memo: 2^200 values if they were copied.
    let twice: Vec<u8> = (0..200).flat_map(|_| *b"q\x00h\x00\x86").collect();
    let copy = with_pickle(&[&b"N"[..], &twice, b"."].concat(), CompressionMethod::Stored);
    malformed(&refused(&copy), &["nests tuples deeper"]);
    // A dict that contains itself.
    let own = b"}q\x00X\x01\x00\x00\x00ah\x00s.";
    malformed(&refused(&with_pickle(own, CompressionMethod::Stored)), &["holds no tensors"]);
    // Zeros that compress a thousand to one, and more of them than are read.
    let bomb = vec![b'N'; 80 << 20];
    malformed(&refused(&with_pickle(&bomb, CompressionMethod::Deflated)), &["more than a state dict can take"]);
}

#[test]
fn floods_of_values() {
    // None, marks, dicts, lists; then entries of the memo, and classes with long names.
    for flood in [&b"N"[..], b"(", b"}", b"]", b"N0", b"}\x940"] {
        let program: Vec<u8> = flood.iter().copied().cycle().take(1 << 20).chain(*b".").collect();
        let error = refused(&with_pickle(&program, CompressionMethod::Stored));
        assert!(matches!(error, whysim::Error::Malformed { .. }), "{error}");
    }
    let name = "a".repeat(60_000);
    let text = [&b"X"[..], &(name.len() as u32).to_le_bytes(), name.as_bytes(), b"q\x00"].concat();
    let classes: Vec<u8> = (0..20_000).flat_map(|_| *b"h\x00h\x00\x93").collect();
    let copy = with_pickle(&[&text[..], &classes, b"."].concat(), CompressionMethod::Stored);
    malformed(&refused(&copy), &["does not contain a dict"]);
}

#[test]
fn changed_bytes_give_an_error_or_a_model() {
    let (whole, mut state) = (pickle(), 3);
    for _ in 0..400 {
        let mut broken = whole.clone();
        for _ in 0..=random(&mut state, 4) {
            let at = random(&mut state, broken.len());
            broken[at] = random(&mut state, 256) as u8;
        }
        if let Err(error) = with_pickle(&broken, CompressionMethod::Stored).load() {
            says(&error, &[]);
        }
    }
    for at in (0..whole.len()).step_by(97) {
        malformed(&refused(&with_pickle(&whole[..at], CompressionMethod::Stored)), &["cut off"]);
    }
}
