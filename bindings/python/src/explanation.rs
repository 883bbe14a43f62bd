//! One pair.

use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use whysim::Named;
use whysim::explanation::{AlignOptions, Method, View};
use whysim::names::of_names;
use whysim::render::{self, Html, Svg, Terminal, color::Theme, terminal::Color};

use crate::convert::{self, SideTuple, fields};
use crate::error::raise;
use crate::options::{method_name, named};

const COLORS: [(&str, Color); 3] = [("none", Color::None), ("256", Color::Ansi256), ("true", Color::TrueColor)];

/// What draws an explanation as HTML.
type Draw = fn(&whysim::Explanation, &Html) -> String;

const FORMS: [(&str, Draw); 3] =
    [("page", render::html), ("fragment", render::fragment), ("texts", render::html::texts)];

/// The mean, the main effects of A and those of B.
type Effects<'py> = (f64, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Of the matrix, of the interaction, of the rows of A, of the rows of B.
type StandardError<'py> =
    (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<f32>>, Bound<'py, PyArray1<f32>>);

/// A row for text A, one for text B, and the corner.
type Border<'py> = (Bound<'py, PyArray1<f32>>, Bound<'py, PyArray1<f32>>, f64);

#[pyclass(frozen, module = "whysim._whysim")]
pub struct Explanation {
    pub inner: whysim::Explanation,
}

impl Explanation {
    pub fn new(inner: whysim::Explanation) -> Self {
        Self { inner }
    }
}

/// The colours of a theme's scale, from the lowest value to the highest, at equal steps.
#[pyfunction]
pub fn palette(by_theme: &str) -> PyResult<Vec<(u8, u8, u8)>> {
    let [below, above] = named::<Theme>(by_theme)?.arms();
    Ok(below.iter().rev().chain(&above[1..]).map(|color| (color.0, color.1, color.2)).collect())
}

/// The view of this name; None for the explanation's default.
fn view(name: Option<&str>) -> PyResult<Option<View>> {
    name.map(named).transpose()
}

#[pymethods]
impl Explanation {
    /// What it says but arrays, by Python's names.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let e = &self.inner;
        fields!(py, {
            "model": e.model.as_str(),
            "layer": e.layer,
            "layers": e.layers,
            "similarity": e.similarity.name(),
            "exact": e.exact,
            "unit": e.by.name(),
            "method": if e.method == Method::Removal { "removal" } else { method_name(&e.rule) },
            "removal": e.removal.map(Named::name),
            "index": (e.method == Method::Removal).then_some(e.rule.as_str()),
            "reference": e.reference.as_str(),
            "precision": e.precision.name(),
            "n_steps": <(usize, usize)>::from(e.steps),
            "gaps": <(f64, f64)>::from(e.gaps),
            "tolerances": <(Option<f64>, Option<f64>)>::from(e.tolerances),
            "converged": e.converged(),
            "score": e.score,
            "sum": e.sum,
            "error": e.error,
            "bound": e.bound,
            "terms": (e.terms.ab, e.terms.a_ref, e.terms.ref_b, e.terms.ref_ref),
        })
    }

    #[getter]
    fn a(&self) -> SideTuple {
        convert::side(&self.inner.a)
    }

    #[getter]
    fn b(&self) -> SideTuple {
        convert::side(&self.inner.b)
    }

    fn matrix<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        convert::rows(py, self.inner.matrix.concat(), self.inner.a.tokens.len(), self.inner.b.tokens.len())
    }

    fn border<'py>(slf: &Bound<'py, Self>) -> PyResult<Border<'py>> {
        let border = &slf.get().inner.border;
        let view = |values: &[f32]| convert::view(slf.clone().into_any(), values, [values.len()]);
        Ok((view(&border.a)?, view(&border.b)?, border.corner))
    }

    /// Standard errors of the matrix, of the interaction, and of what each row of A and of B adds
    /// to the score.
    fn standard_error<'py>(&self, py: Python<'py>) -> PyResult<Option<StandardError<'py>>> {
        let Some(error) = &self.inner.standard_error else { return Ok(None) };
        let shape = [self.inner.a.tokens.len(), self.inner.b.tokens.len()];
        let matrix = convert::rows(py, error.matrix.concat(), shape[0], shape[1])?;
        let interaction = convert::rows(py, error.interaction.concat(), shape[0], shape[1])?;
        let [a, b] = [&error.a, &error.b].map(|values| PyArray1::from_slice(py, values));
        Ok(Some((matrix, interaction, a, b)))
    }

    fn effects<'py>(&self, py: Python<'py>) -> Effects<'py> {
        let effects = self.inner.effects();
        (effects.mean, PyArray1::from_vec(py, effects.a), PyArray1::from_vec(py, effects.b))
    }

    /// What each row of A and of B adds to the score.
    fn relevance<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>) {
        let relevance = self.inner.relevance();
        (PyArray1::from_vec(py, relevance.a), PyArray1::from_vec(py, relevance.b))
    }

    /// A sentence for every text whose tolerance was missed.
    fn shortfalls(&self) -> Vec<String> {
        let texts = ["text A", "text B"].into_iter().zip(self.inner.convergence());
        texts.filter_map(|(which, text)| text.shortfall(which)).collect()
    }

    fn interaction<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        convert::rows(py, self.inner.interaction().concat(), self.inner.a.tokens.len(), self.inner.b.tokens.len())
    }

    /// Whether each row and each column counts in means.
    fn counted(&self) -> (Vec<bool>, Vec<bool>) {
        (self.inner.a.counted(), self.inner.b.counted())
    }

    /// What pictures call the rows and the columns.
    fn names(&self) -> (Vec<String>, Vec<String>) {
        let e = &self.inner;
        (render::row_names(&e.a.tokens, e.by), render::row_names(&e.b.tokens, e.by))
    }

    fn default_view(&self) -> &'static str {
        self.inner.default_view().name()
    }

    fn by(&self, by: &str) -> PyResult<Self> {
        Ok(Self::new(self.inner.by(named(by)?)))
    }

    /// Row, column and value of the strongest cells.
    fn top(&self, k: usize, by_view: &str, by_listed: &str) -> PyResult<Vec<(usize, usize, f32)>> {
        let pairs = self.inner.top(k, named(by_view)?, named(by_listed)?).into_iter();
        Ok(pairs.map(|pair| (pair.a, pair.b, pair.value)).collect())
    }

    /// Row, column, value and mass of the aligned rows.
    fn align(&self, by_method: &str, by_view: &str) -> PyResult<Vec<(usize, usize, f32, f32)>> {
        let options = AlignOptions { matching: named(by_method)?, view: named(by_view)? };
        Ok(self.inner.align(&options).into_iter().map(|pair| (pair.a, pair.b, pair.value, pair.weight)).collect())
    }

    fn text(&self, width: usize, color: &str, by_theme: &str, top: usize, by_view: Option<&str>) -> PyResult<String> {
        let color = of_names("color", &COLORS, color).map_err(raise)?;
        let options =
            Terminal { width, color, theme: named(by_theme)?, top, view: view(by_view)?, ..Terminal::default() };
        Ok(render::terminal(&self.inner, &options))
    }

    fn html(&self, py: Python<'_>, form: &str, by_theme: Option<&str>, by_view: Option<&str>) -> PyResult<String> {
        let draw = of_names("form", &FORMS, form).map_err(raise)?;
        let options = Html { view: view(by_view)?, theme: by_theme.map(named).transpose()? };
        Ok(py.detach(|| draw(&self.inner, &options)))
    }

    fn fragment(&self, py: Python<'_>) -> String {
        py.detach(|| render::fragment(&self.inner, &Html::default()))
    }

    fn svg(&self, py: Python<'_>, by_theme: &str, title: Option<String>, by_view: Option<&str>) -> PyResult<String> {
        let options = Svg { theme: named(by_theme)?, title, view: view(by_view)? };
        Ok(py.detach(|| render::svg(&self.inner, &options)))
    }

    fn png<'py>(
        &self,
        py: Python<'py>,
        by_theme: &str,
        title: Option<String>,
        scale: f32,
        by_view: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let options = Svg { theme: named(by_theme)?, title, view: view(by_view)? };
        let bytes = py.detach(|| render::png(&self.inner, &options, scale)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn pdf<'py>(
        &self,
        py: Python<'py>,
        by_theme: &str,
        title: Option<String>,
        by_view: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let options = Svg { theme: named(by_theme)?, title, view: view(by_view)? };
        let bytes = py.detach(|| render::pdf(&self.inner, &options)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The letters that PNG and PDF have no font for.
    fn missing_letters(&self, py: Python<'_>, title: Option<String>, by_view: Option<&str>) -> PyResult<Vec<String>> {
        let options = Svg { title, view: view(by_view)?, ..Svg::default() };
        py.detach(|| render::missing_letters(&self.inner, &options)).map_err(raise)
    }

    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| render::json(&self.inner))
    }

    #[staticmethod]
    fn from_json(json: &str) -> PyResult<Self> {
        let place = std::path::Path::new("the JSON of an explanation");
        let read = serde_json::from_str(json).map_err(|e| raise(whysim::Error::malformed(place, e)));
        read.map(Self::new)
    }
}
