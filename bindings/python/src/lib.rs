//! The extension module `whysim._whysim`: conversions between Python's types and the library's, and
//! nothing else.
//!
//! What users see, with its documentation, is `python/whysim`; `_whysim.pyi` says what this module
//! gives it.

mod compare;
mod contrast;
mod convert;
mod decomposition;
mod duplicates;
mod encoder;
mod error;
mod evaluate;
mod explained;
mod explanation;
mod features;
mod highlight;
mod index;
mod margin;
mod model;
mod opaque;
mod options;
mod threads;
mod train;
mod work;

use pyo3::prelude::*;

#[pymodule]
fn _whysim(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("MODEL_NAMES", model::names())?;
    module.add("HIGHLIGHT_NODES", whysim::highlight::NODES)?;
    module.add("OPAQUE_BLOCK", whysim::opaque::BLOCK)?;
    classes(module)?;
    functions(module)
}

fn classes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<options::Options>()?;
    module.add_class::<encoder::Encoder>()?;
    module.add_class::<decomposition::Decomposition>()?;
    module.add_class::<explanation::Explanation>()?;
    module.add_class::<features::Features>()?;
    module.add_class::<index::Index>()?;
    module.add_class::<margin::Margin>()?;
    module.add_class::<highlight::Highlight>()?;
    module.add_class::<evaluate::Report>()?;
    module.add_class::<compare::Comparison>()?;
    module.add_class::<compare::Overview>()?;
    module.add_class::<contrast::Contrast>()?;
    module.add_class::<duplicates::Duplicates>()?;
    Ok(())
}

fn functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(decomposition::save_set, module)?)?;
    module.add_function(wrap_pyfunction!(decomposition::load_set, module)?)?;
    module.add_function(wrap_pyfunction!(explanation::palette, module)?)?;
    module.add_function(wrap_pyfunction!(explained::explained_html, module)?)?;
    module.add_function(wrap_pyfunction!(explained::explained_lines, module)?)?;
    module.add_function(wrap_pyfunction!(explained::explained_from_lines, module)?)?;
    module.add_function(wrap_pyfunction!(explained::explained_words, module)?)?;
    module.add_function(wrap_pyfunction!(highlight::highlights_html, module)?)?;
    module.add_function(wrap_pyfunction!(opaque::opaque_highlight, module)?)?;
    module.add_function(wrap_pyfunction!(compare::compare, module)?)?;
    module.add_function(wrap_pyfunction!(compare::choose, module)?)?;
    module.add_function(wrap_pyfunction!(compare::overview, module)?)?;
    module.add_function(wrap_pyfunction!(duplicates::duplicates, module)?)?;
    module.add_function(wrap_pyfunction!(contrast::contrast_tests, module)?)?;
    module.add_function(wrap_pyfunction!(contrast::contrast, module)?)?;
    module.add_function(wrap_pyfunction!(opaque::opaque_check, module)?)?;
    module.add_function(wrap_pyfunction!(opaque::opaque_parts, module)?)?;
    module.add_function(wrap_pyfunction!(opaque::opaque_decompose, module)?)?;
    module.add_function(wrap_pyfunction!(index::build_index, module)?)?;
    module.add_function(wrap_pyfunction!(train::read_rows, module)?)?;
    module.add_function(wrap_pyfunction!(train::train, module)?)?;
    module.add_function(wrap_pyfunction!(threads::set_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::get_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::forget_threads, module)?)?;
    Ok(())
}
