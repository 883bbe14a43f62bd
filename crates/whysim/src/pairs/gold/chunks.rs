//! Chunk alignments of SemEval-2016 task 2, interpretable semantic textual similarity (Agirre et
//! al., 2016).
//!
//! ```text
//! <sentence id="1" status="">
//! // A dog runs
//! // A cat is chased
//! <source>
//! 1 A :
//! 2 dog :
//! 3 runs :
//! </source>
//! <translation>
//! …
//! </translation>
//! <alignment>
//! 1 2 <==> 1 2 // SIMI // 2 // A dog <==> A cat
//! 3 <==> 0 // NOALI // 0 // runs <==> -not aligned-
//! </alignment>
//! </sentence>
//! ```
//!
//! Positions count from 1; 0 stands for nothing. A text's units are the sets of words in its
//! alignment lines. EQUI, OPPO, SPE1, SPE2, SIMI and REL say that two chunks are aligned, with or
//! without a suffix such as `_FACT`; NOALI, NIL and ALIC that a chunk is not.

use super::{Aligned, Units, shown};

/// How a pair begins.
pub(super) const SENTENCE: &str = "<sentence";

/// Types of aligned chunks, and of others.
const ALIGNED: [&str; 6] = ["EQUI", "OPPO", "SPE1", "SPE2", "SIMI", "REL"];
const OTHERS: [&str; 3] = ["NOALI", "NIL", "ALIC"];

/// All pairs of a file, or what is wrong with a line.
pub(super) fn pairs(text: &str) -> Result<Vec<Aligned>, String> {
    let numbered = text.lines().zip(1..).map(|(line, number)| (number, line.trim()));
    let mut lines = Lines { all: numbered.filter(|(_, line)| !line.is_empty()).collect(), next: 0 };
    let mut pairs = Vec::new();
    while !lines.all[lines.next..].is_empty() {
        pairs.push(pair(&mut lines)?);
    }
    Ok(pairs)
}

/// The lines that are not blank, with their numbers from 1.
struct Lines<'a> {
    all: Vec<(usize, &'a str)>,
    next: usize,
}

impl<'a> Lines<'a> {
    /// The next line; `expected` says what should be there.
    fn line(&mut self, expected: &str) -> Result<(usize, &'a str), String> {
        let line = self.all.get(self.next).copied();
        self.next += 1;
        line.ok_or_else(|| {
            let last = self.all.last().map_or(0, |(number, _)| *number);
            format!("it is cut off after line {last}: {expected} should follow")
        })
    }

    /// Passes over a tag.
    fn tag(&mut self, tag: &str) -> Result<(), String> {
        let expected = if tag == SENTENCE { "`<sentence …>`".to_owned() } else { format!("`{tag}`") };
        let (number, line) = self.line(&expected)?;
        match line.strip_prefix(tag) {
            Some(rest) if rest.is_empty() || tag == SENTENCE => Ok(()),
            _ => Err(format!("line {number}: it is {}, where {expected} should be", shown(line))),
        }
    }

    /// The lines between `<name>` and `</name>`.
    fn section(&mut self, name: &str) -> Result<Vec<(usize, &'a str)>, String> {
        self.tag(&format!("<{name}>"))?;
        let (end, mut inside) = (format!("</{name}>"), Vec::new());
        loop {
            let (number, line) = self.line(&format!("`{end}`"))?;
            match line {
                line if line == end => return Ok(inside),
                line if line.starts_with('<') => {
                    return Err(format!("line {number}: it is {}, where `{end}` should be", shown(line)));
                }
                line => inside.push((number, line)),
            }
        }
    }
}

/// Words of a side, and the sets of them that are its units.
struct Side<'a> {
    words: Vec<&'a str>,
    units: Vec<Vec<usize>>,
}

impl<'a> Side<'a> {
    fn read(lines: &mut Lines<'a>, name: &str) -> Result<Self, String> {
        let section = lines.section(name)?;
        let Some((first, _)) = section.first() else {
            let (number, _) = lines.all[lines.next - 1];
            return Err(format!("line {number}: `<{name}>` has no words; each has a line such as `1 dog :`"));
        };
        let mut words = Vec::new();
        for (number, line) in &section {
            let mut parts = line.split_ascii_whitespace();
            let position = parts.next().and_then(|position| position.parse::<usize>().ok());
            match (position, parts.next()) {
                (Some(position), Some(word)) if position == words.len() + 1 => words.push(word),
                _ => {
                    let due = words.len() + 1;
                    return Err(format!(
                        "line {number}: it is {}, where word {due} of the section from line {first} on should be, \
                         such as `{due} dog :`",
                        shown(line)
                    ));
                }
            }
        }
        Ok(Self { words, units: Vec::new() })
    }

    /// The unit of these positions, which may be new; None for `0`.
    fn unit(&mut self, positions: &str, which: &str) -> Result<Option<usize>, String> {
        let read = |text: &str| {
            let position: usize =
                text.parse().map_err(|_| format!("{} is no position of a word of {which}", shown(text)))?;
            match position <= self.words.len() {
                true => Ok(position),
                false => Err(format!("it names word {position} of {which}, which has words 1 to {}", self.words.len())),
            }
        };
        let mut named = positions.split_ascii_whitespace().map(read).collect::<Result<Vec<usize>, String>>()?;
        named.sort_unstable();
        named.dedup();
        match named[..] {
            [] => return Err(format!("it names no word of {which}: write 0 for none")),
            [0] => return Ok(None),
            [0, ..] => return Err(format!("it names 0, which is none, and words of {which}")),
            _ => {}
        }
        let unit: Vec<usize> = named.into_iter().map(|position| position - 1).collect();
        let known = self.units.iter().position(|other| *other == unit);
        Ok(Some(known.unwrap_or_else(|| {
            self.units.push(unit);
            self.units.len() - 1
        })))
    }
}

fn pair(lines: &mut Lines) -> Result<Aligned, String> {
    lines.tag(SENTENCE)?;
    while lines.all.get(lines.next).is_some_and(|(_, line)| line.starts_with("//")) {
        lines.next += 1;
    }
    let mut a = Side::read(lines, "source")?;
    let mut b = Side::read(lines, "translation")?;
    let mut pairs = Vec::new();
    for (number, line) in lines.section("alignment")? {
        let link = link(line, [&mut a, &mut b]).map_err(|problem| format!("line {number}: {problem}"))?;
        pairs.extend(link);
    }
    lines.tag("</sentence>")?;
    pairs.sort_unstable();
    pairs.dedup();
    Ok(Aligned { a: Units::new(&a.words, &a.units), b: Units::new(&b.words, &b.units), pairs })
}

/// Reads an alignment line; None if its chunk is not aligned.
fn link(line: &str, [a, b]: [&mut Side; 2]) -> Result<Option<(usize, usize)>, String> {
    let mut fields = line.split("//").map(str::trim);
    let (positions, kind, score) = (fields.next().unwrap_or_default(), fields.next(), fields.next());
    let (Some((of_a, of_b)), Some(kind), Some(score)) = (positions.split_once("<==>"), kind, score) else {
        return Err(format!("{} is no alignment: write `1 2 <==> 1 // SIMI // 3 // …`", shown(line)));
    };
    if score != "NIL" && !score.parse::<f64>().is_ok_and(|score| (0.0..=5.0).contains(&score)) {
        return Err(format!("its score is {}, not a number from 0 to 5 or NIL", shown(score)));
    }
    let units = [a.unit(of_a, "the source")?, b.unit(of_b, "the translation")?];
    let base = kind.split('_').next().unwrap_or_default();
    match (ALIGNED.contains(&base), OTHERS.contains(&base), units) {
        (true, _, [Some(i), Some(j)]) => Ok(Some((i, j))),
        (true, ..) => Err(format!("it is of type {kind} and names no word on one side: give both, or type NOALI")),
        (_, true, _) => Ok(None),
        _ => {
            let known = ALIGNED.iter().chain(&OTHERS).copied().collect::<Vec<_>>().join(", ");
            Err(format!("its type is {}; types are {known}", shown(kind)))
        }
    }
}
