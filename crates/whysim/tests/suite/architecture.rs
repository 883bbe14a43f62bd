//! The shape of the source: imports go upstream only, and files stay short.

mod stages;

use std::path::{Path, PathBuf};

use stages::STAGES;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All Rust files below a folder, by their path in `src`, with their text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(source()).unwrap().to_string_lossy().replace('\\', "/");
            all.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    all.sort();
    all
}

/// What a file names of the crate: `array::Real` for `crate::array::Real`, each name of a list in
/// braces by itself.
fn imports(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n").split("crate::").skip(1).flat_map(|after| names("", after)).map(|name| home(&name)).collect()
}

/// The names that a path stands for: one, or those of the list that it ends with.
fn names(before: &str, path: &str) -> Vec<String> {
    let path = path.trim();
    let end = path.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).unwrap_or(path.len());
    let whole = format!("{before}{}", &path[..end]);
    match path[end..].strip_prefix('{') {
        Some(list) => items(list).into_iter().flat_map(|item| names(&whole, item)).collect(),
        None => vec![whole],
    }
}

/// The items of a list in braces, up to its end.
fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                found.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        if c == '}' && from == at + 1 {
            break;
        }
    }
    found.into_iter().filter(|item| !item.trim().is_empty()).collect()
}

/// The stage's own path of what the crate's root re-exports.
fn home(name: &str) -> String {
    let stage = match name.split("::").next().unwrap_or_default() {
        "Error" | "Result" => "error::",
        "Explanation" => "explanation::",
        "Similarity" => "similarity::",
        "Named" => "names::",
        "Decomposition" | "Options" => "decomposition::",
        "Encoder" => "encoder::",
        "Relevance" => "relevance::",
        "Progress" => "progress::",
        _ => "",
    };
    format!("{stage}{name}")
}

/// Whether an import is of the stage itself or of something allowed.
fn allowed(import: &str, stage: &str, upstream: &[&str]) -> bool {
    let within = |name: &str| import.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    within(stage) || upstream.iter().any(|name| within(name))
}

#[test]
fn imports_go_upstream_only() {
    let mut wrong = Vec::new();
    for (name, text) in files(&source()) {
        let stage = name.split('/').next().unwrap().trim_end_matches(".rs");
        let rule = STAGES.iter().find(|(known, _)| *known == stage);
        let Some((_, upstream)) = rule else {
            wrong.push(format!("{name}: the stage `{stage}` is new; say in this test what it may import"));
            continue;
        };
        for import in imports(&text) {
            if !allowed(&import, stage, upstream) {
                wrong.push(format!("{name}: crate::{import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not upstream:\n{}", wrong.join("\n"));
}

/// The files that a file names beside itself: `super::x`, as far as it is a file.
fn siblings(name: &str, text: &str, all: &[(String, String)]) -> Vec<String> {
    let (folder, _) = name.rsplit_once('/').unwrap_or(("", name));
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let named = lines.join("\n").split("super::").skip(1).flat_map(|after| names("", after)).collect::<Vec<_>>();
    let file = |name: &String| format!("{folder}/{}.rs", name.split("::").next().unwrap_or_default());
    named.iter().map(file).filter(|file| all.iter().any(|(known, _)| known == file)).collect()
}

#[test]
fn no_file_comes_back_to_itself_by_its_neighbours() {
    let all = files(&source());
    let mut circles = Vec::new();
    for (start, _) in all.iter().filter(|(name, _)| !name.ends_with("mod.rs")) {
        let (mut seen, mut next) = (Vec::<String>::new(), vec![start.clone()]);
        while let Some(name) = next.pop() {
            let text = all.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
            for other in siblings(&name, text, &all) {
                if other == *start {
                    circles.push(format!("{start} and {name}"));
                } else if !seen.contains(&other) {
                    seen.push(other.clone());
                    next.push(other);
                }
            }
        }
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn files_are_short() {
    let long: Vec<String> = files(&source())
        .iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines >= 300)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "300 lines or more:\n{}", long.join("\n"));
}

#[test]
fn the_test_reads_imports_of_every_form() {
    let text = "use crate::array::{Real, Dual};\n// crate::render\nuse crate::{Error, text::{Token, Unit},\n  path};\n\
                let x = crate::encoder::read(y); pub(crate) struct S { a: crate::Explanation }";
    let expected = [
        "array::Real",
        "array::Dual",
        "error::Error",
        "text::Token",
        "text::Unit",
        "path",
        "encoder::read",
        "explanation::Explanation",
    ];
    assert_eq!(imports(text), expected);
    assert!(allowed("path::Line", "path", &[]) && allowed("text::Token", "render", &["text"]));
    assert!(!allowed("encoder::Encoder", "render", &["text"]) && !allowed("textual", "render", &["text"]));
    assert!(allowed("similarity", "source", &["similarity"]));
    assert!(!allowed("explanation::Terms", "source", &["similarity"]));
}
