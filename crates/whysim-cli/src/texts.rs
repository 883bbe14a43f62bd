//! Texts from the command line, from files and from standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::error::ErrorKind;

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
        Ok([a.read()?, b.read()?])
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

impl Place<'_> {
    fn read(&self) -> anyhow::Result<String> {
        match self {
            Self::Here(text) => Ok((*text).to_owned()),
            Self::Input => input().map(without_last_break),
            Self::File(path) => {
                let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                decode(bytes, &path.display().to_string()).map(without_last_break)
            }
        }
    }
}

/// All of standard input.
fn input() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    decode(bytes, "standard input")
}

fn decode(bytes: Vec<u8>, name: &str) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!(
            "{name} is not UTF-8 (byte {} is {:#04x}); convert it first, for example with `iconv -f latin1 -t utf-8`",
            at + 1,
            error.as_bytes()[at]
        )
    })
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
pub fn with_lines(typed: &[String]) -> anyhow::Result<Vec<String>> {
    if typed.iter().filter(|text| *text == "-").count() > 1 {
        return Err(usage("`-` is standard input, which can be read once only"));
    }
    let mut texts = Vec::new();
    for text in typed {
        match text.as_str() {
            "-" => texts.extend(input()?.lines().map(str::to_owned)),
            text => texts.push(text.to_owned()),
        }
    }
    Ok(texts)
}
