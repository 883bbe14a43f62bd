//! Training: from a sentence transformer to an exact model, or to any fine-tuned one.
//!
//! A model is exact when its embedding is `F(x) - F(r)`, with r the text's own reference (Moeller,
//! Nikolaev, Padó, EMNLP 2023, arXiv 2310.05703; EACL 2024, arXiv 2402.02883). An off-the-shelf
//! model becomes one by a short training with that shift in place: mean-squared error between the
//! similarity of two texts and
//!
//! - [`Objective::Gold`]: what people said of them (STS-benchmark: scores / 5), as in the papers;
//!   or
//! - [`Objective::Distill`]: what the unshifted base model says of them, for which no labels are
//!   needed.
//!
//! ```text
//! data -> pairs (distill: the teacher's scores) -> packed batches -> loss -> gradients -> AdamW -> best on dev -> a model's folder
//! ```
//!
//! The encoder's definition is the one that inference uses, evaluated on a tape: texts lie one
//! behind the other without padding. The defaults of [`Options`] are the papers' recipe. A run that
//! is stopped and resumed gives the same bits as one that is not (on the same machine).

mod card;
mod checkpoint;
mod distill;
mod folder;
mod loss;
mod metrics;
mod optimizer;
mod options;
mod order;
mod run;
mod sets;
mod task;
mod tensors;
mod trainer;

pub use crate::encoder::Shift;
pub use crate::pairs::Pair;
pub use distill::{Spread, teach};
pub use options::{Dropout, Objective, Options};
pub use run::{agreement, mean_absolute_difference, train};
pub use sets::{Rows, Sets};
pub use task::{Agreement, Evaluation, Report, Start, Step, Task, Test};
pub use trainer::{Gradient, Trainer};
