//! How texts are decomposed, by the names that Python's users know from captum.

use pyo3::prelude::*;
use whysim::path::{Precision, Rule, Steps};
use whysim::render::color::Theme;
use whysim::text::{Reference, Unit};
use whysim::{Error, Similarity};

use crate::error::raise;

pub const RULES: [(&str, Rule); 2] = [("gausslegendre", Rule::GaussLegendre), ("riemann_right", Rule::Riemann)];
pub const PRECISIONS: [(&str, Precision); 2] = [("float32", Precision::Float32), ("bfloat16", Precision::BFloat16)];
pub const UNITS: [(&str, Unit); 3] = [("token", Unit::Token), ("word", Unit::Word), ("sentence", Unit::Sentence)];
const SIMILARITIES: [(&str, Similarity); 2] = [("cos", Similarity::Cos), ("dot", Similarity::Dot)];
const THEMES: [(&str, Theme); 2] = [("light", Theme::Light), ("dark", Theme::Dark)];

/// One of a few names, each of which stands for a value of the library's.
pub fn named<T: Copy>(option: &'static str, names: &[(&str, T)], got: &str) -> PyResult<T> {
    let found = names.iter().find(|(name, _)| *name == got);
    found.map(|&(_, value)| value).ok_or_else(|| {
        let known: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let expected = match known.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => known.concat(),
        };
        raise(Error::Option { option, expected, got: format!("\"{got}\"") })
    })
}

/// The name of a value.
pub fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

pub fn similarity(name: &str) -> PyResult<Similarity> {
    named("similarity", &SIMILARITIES, name)
}

pub fn similarity_name(similarity: Similarity) -> &'static str {
    name(&SIMILARITIES, similarity)
}

pub fn unit(name: &str) -> PyResult<Unit> {
    named("by", &UNITS, name)
}

pub fn theme(name: &str) -> PyResult<Theme> {
    named("theme", &THEMES, name)
}

/// The library's options.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Options {
    pub inner: whysim::Options,
}

#[pymethods]
impl Options {
    #[new]
    #[pyo3(signature = (*, layer, method, n_steps, tolerance, max_steps, reference, by, precision, prompt))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        layer: Option<i64>,
        method: &str,
        n_steps: Option<i64>,
        tolerance: f64,
        max_steps: i64,
        reference: &str,
        by: &str,
        precision: &str,
        prompt: Option<String>,
    ) -> PyResult<Self> {
        let steps = match n_steps {
            Some(steps) => Steps::Fixed(count("n_steps", steps)?),
            None => Steps::Adaptive { tolerance, limit: count("max_steps", max_steps)? },
        };
        let rule = named("method", &RULES, method)?;
        let Ok(reference) = reference.parse::<Reference>();
        let precision = named("precision", &PRECISIONS, precision)?;
        Ok(Self { inner: whysim::Options { layer, rule, steps, reference, unit: unit(by)?, precision, prompt } })
    }
}

/// A number of things, of which there is one at least.
pub fn count(option: &'static str, got: i64) -> PyResult<usize> {
    usize::try_from(got)
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| raise(Error::Option { option, expected: "1 or more".into(), got: got.to_string() }))
}
