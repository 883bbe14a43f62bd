//! Arrays that NumPy and the library share, and the small tuples that Python makes its own classes
//! of.

use numpy::ndarray::{ArrayView, Dimension, StrideShape};
use numpy::{PyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use whysim::Relevance;
use whysim::explanation::Side;
use whysim::text::{Origin, Token};

/// A dictionary of a result's fields: each is declared here and, with its documentation, in Python.
macro_rules! fields {
    ($py:expr, { $($name:literal: $value:expr),* $(,)? }) => {{
        let fields = PyDict::new($py);
        $(fields.set_item($name, $value)?;)*
        Ok(fields)
    }};
}
pub(crate) use fields;

/// A row or column: text, first character, one past the last, and where it comes from.
pub type TokenTuple = (String, usize, usize, &'static str);

/// A text: itself, its rows, and how much of it was read if not all.
pub type SideTuple = (String, Vec<TokenTuple>, Option<(usize, usize)>);

pub fn token(token: &Token) -> TokenTuple {
    let origin = match token.origin {
        Origin::Text => "text",
        Origin::Prompt => "prompt",
        Origin::Special => "special",
    };
    (token.text.clone(), token.start, token.end, origin)
}

pub fn side(side: &Side) -> SideTuple {
    (side.text.clone(), side.tokens.iter().map(token).collect(), side.truncated.map(|cut| (cut.read, cut.of)))
}

/// Nodes, gap, whether the tolerance was reached, and a sentence where it was not.
type ConvergenceTuple = (usize, f64, Option<bool>, Option<String>);

/// Score; rows; what each adds; reference, error and bound; convergence; how much was read if not
/// all; standard errors of what each adds.
pub type RelevanceTuple<'py> = (
    f64,
    Vec<TokenTuple>,
    Bound<'py, PyArray1<f32>>,
    (f64, f64, f64),
    ConvergenceTuple,
    Option<(usize, usize)>,
    Option<Bound<'py, PyArray1<f32>>>,
);

/// `which`: what a warning calls the passage.
pub fn relevance<'py>(py: Python<'py>, one: &Relevance, which: &str) -> RelevanceTuple<'py> {
    let reached = one.convergence;
    let errors: Option<Vec<f32>> = one.tokens.iter().map(|row| row.standard_error).collect();
    let values = PyArray1::from_vec(py, one.tokens.iter().map(|row| row.relevance).collect());
    (
        one.score,
        one.tokens.iter().map(|row| token(&row.token)).collect(),
        values,
        (one.reference, one.error, one.bound),
        (reached.steps, reached.gap, reached.reached(), reached.shortfall(which)),
        one.truncated.map(|cut| (cut.read, cut.of)),
        errors.map(|errors| PyArray1::from_vec(py, errors)),
    )
}

/// An array `[rows, columns]` that takes over the vector's memory.
pub fn rows<'py, T: numpy::Element>(
    py: Python<'py>,
    values: Vec<T>,
    rows: usize,
    columns: usize,
) -> PyResult<Bound<'py, PyArray2<T>>> {
    PyArray::from_vec(py, values).reshape([rows, columns])
}

/// A read-only array over memory that `owner` holds.
///
/// `owner` must be a frozen class that holds `values` for as long as it lives and never changes
/// them.
pub fn view<'py, D: Dimension, S: Into<StrideShape<D>>>(
    owner: Bound<'py, PyAny>,
    values: &[f32],
    shape: S,
) -> PyResult<Bound<'py, PyArray<f32, D>>> {
    let array = ArrayView::from_shape(shape, values).map_err(|e| PyValueError::new_err(e.to_string()))?;
    // SAFETY: the array holds a reference to `owner`, which holds the memory, neither moving nor
    // changing it; and the array is read-only from here on.
    let array = unsafe { PyArray::borrow_from_array(&array, owner) };
    array.readwrite().make_nonwriteable();
    Ok(array)
}
