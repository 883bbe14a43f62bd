//! Texts from the command line, from files and from standard input.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::error::ErrorKind;
use whysim::encoding::decode;

use crate::args::Pair;

/// Where one text is.
enum Place<'a> {
    Here(&'a str),
    Input,
    File(&'a Path),
}

impl Pair {
    /// Text A and text B.
    pub fn read(&self) -> anyhow::Result<[String; 2]> {
        let typed = [&self.first, &self.second].into_iter().flatten().map(String::as_str);
        let places = places(typed, [&self.file_a, &self.file_b])?;
        if places.iter().all(|place| matches!(place, Place::Input)) {
            return Err(usage(
                "`-` is standard input, which can be one text only; give the other in a file or as text",
            ));
        }
        let [a, b] = places;
        Ok([a.read(self.max_bytes)?, b.read(self.max_bytes)?])
    }
}

/// The typed texts take the places for which there is no file, in order.
fn places<'a>(
    mut typed: impl Iterator<Item = &'a str>,
    files: [&'a Option<PathBuf>; 2],
) -> anyhow::Result<[Place<'a>; 2]> {
    let mut place = |file: &'a Option<PathBuf>, name: &str| match (file, name) {
        (Some(file), _) if file.as_os_str() == "-" => Ok(Place::Input),
        (Some(file), _) => Ok(Place::File(file)),
        (None, name) => match typed.next() {
            Some("-") => Ok(Place::Input),
            Some(text) => Ok(Place::Here(text)),
            None => Err(usage(&format!("text {name} is missing: give it as TEXT or as FILE"))),
        },
    };
    let both = [place(files[0], "A")?, place(files[1], "B")?];
    match typed.next() {
        Some(_) => Err(usage("too many texts: leave a text that is given in a file out of the command line")),
        None => Ok(both),
    }
}

/// An error of the arguments taken together, said as clap says its own.
pub fn usage(message: &str) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{message}\n\nFor more information, try '--help'.\n")).into()
}

/// The largest text to read from a file or a line of standard input, in bytes. No model reads more
/// than some thousand tokens of it.
pub const LARGEST: u64 = 1 << 20;

impl Place<'_> {
    fn read(&self, largest: u64) -> anyhow::Result<String> {
        match self {
            Self::Here(text) => Ok((*text).to_owned()),
            Self::Input => whole(std::io::stdin().lock(), "standard input", largest),
            Self::File(path) => {
                let name = path.display().to_string();
                let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
                whole(file, &name, largest)
            }
        }
    }
}

/// All of a file as one text. It is read to the limit only, since it may never end.
fn whole(file: impl Read, name: &str, largest: u64) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() as u64 > largest {
        return Err(too_large(name, largest));
    }
    decode(&bytes, name).map(without_last_break).map_err(anyhow::Error::msg)
}

fn too_large(name: &str, largest: u64) -> anyhow::Error {
    anyhow!("{name} is larger than {largest} bytes: give a part of it, or raise the limit with --max-bytes")
}

/// The lines of standard input.
fn lines(largest: u64) -> anyhow::Result<Vec<String>> {
    lines_of(std::io::stdin().lock(), "standard input", largest)
}

/// The lines of a file; of standard input if it is `-`.
pub fn file_lines(path: &Path, largest: u64) -> anyhow::Result<Vec<String>> {
    if path.as_os_str() == "-" {
        return lines(largest);
    }
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    lines_of(BufReader::new(file), &name, largest)
}

fn lines_of(mut input: impl BufRead, name: &str, largest: u64) -> anyhow::Result<Vec<String>> {
    let mut bytes = Vec::new();
    let mut start = 0;
    loop {
        let read = input
            .by_ref()
            .take(largest + 1)
            .read_until(b'\n', &mut bytes)
            .with_context(|| format!("cannot read {name}"))?;
        if read as u64 > largest {
            let line = bytes[..start].iter().filter(|&&b| b == b'\n').count() + 1;
            return Err(too_large(&format!("line {line} of {name}"), largest));
        }
        if read == 0 {
            break;
        }
        start = bytes.len();
    }
    Ok(decode(&bytes, name).map_err(anyhow::Error::msg)?.lines().map(str::to_owned).collect())
}

fn without_last_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

/// Texts of which each `-` stands for the lines of standard input.
pub fn with_lines(typed: &[String], largest: u64) -> anyhow::Result<Vec<String>> {
    if typed.iter().filter(|text| *text == "-").count() > 1 {
        return Err(usage("`-` is standard input, which can be read once only"));
    }
    let mut texts = Vec::new();
    for text in typed {
        match text.as_str() {
            "-" => texts.extend(lines(largest)?),
            text => texts.push(text.to_owned()),
        }
    }
    Ok(texts)
}
