//! How texts are decomposed, by the names that Python's users know from captum.

use pyo3::prelude::*;
use whysim::names::of_names;
use whysim::path::{Rule, Steps};
use whysim::removal::{self, Empty, Game};
use whysim::text::Reference;
use whysim::{Error, Named};

use crate::error::raise;

/// captum's names of the quadrature rules.
const METHODS: [(&str, Rule); 2] = [("gausslegendre", Rule::GaussLegendre), ("riemann_right", Rule::Riemann)];

/// The value with this name.
pub fn named<T: Named>(name: &str) -> PyResult<T> {
    T::named(name).map_err(raise)
}

/// captum's name of the rule that an explanation records.
pub fn method_name(rule: &str) -> &str {
    METHODS.iter().find(|(_, known)| known.name() == rule).map_or(rule, |(name, _)| name)
}

/// Contributions by removal: how players are removed, the index, the empty text's worth, the
/// budget, the seed.
type RemovalTuple = (String, String, String, Option<i64>, u64);

fn removed((rule, index, empty, budget, seed): RemovalTuple) -> PyResult<removal::Options> {
    let game = Game { rule: named(&rule)?, index: named(&index)?, empty: named::<Empty>(&empty)? };
    let budget = budget.map(|budget| count("budget", budget)).transpose()?;
    Ok(removal::Options { game, budget, seed })
}

/// The library's options.
#[pyclass(frozen, module = "whysim._whysim")]
pub struct Options {
    pub inner: whysim::Options,
}

#[pymethods]
impl Options {
    #[new]
    #[pyo3(signature = (*, layer, method, n_steps, tolerance, max_steps, reference, by, precision, prompt, removal))]
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
        removal: Option<RemovalTuple>,
    ) -> PyResult<Self> {
        let steps = match n_steps {
            Some(steps) => Steps::Fixed(count("n_steps", steps)?),
            None => Steps::Adaptive { tolerance, limit: count("max_steps", max_steps)? },
        };
        let rule = of_names("method", &METHODS, method).map_err(raise)?;
        let Ok(reference) = reference.parse::<Reference>();
        let (precision, unit, removal) = (named(precision)?, named(by)?, removal.map(removed).transpose()?);
        Ok(Self { inner: whysim::Options { layer, rule, steps, reference, unit, precision, prompt, removal } })
    }
}

/// A number of things, of which there is one at least.
pub fn count(option: &'static str, got: i64) -> PyResult<usize> {
    usize::try_from(got)
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| raise(Error::Option { option, expected: "1 or more".into(), got: got.to_string() }))
}
