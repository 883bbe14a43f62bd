//! Everything that the library promises, in one program: each program more would be compiled and
//! linked with the whole library again.
#![allow(missing_docs)]

mod architecture;
mod bad_input;
mod common;
mod compare;
mod contrast;
mod duplicates;
mod endpoint;
mod evaluate;
mod highlight;
#[cfg(feature = "index")]
mod index;
mod laws;
mod ledger;
mod loading;
mod margin;
mod pairs;
mod parity;
mod real;
mod relevance;
mod removal;
mod source;
mod stored;
mod stsb;
mod training;
mod training_death;
mod training_run;
mod unicode;
mod watched;
