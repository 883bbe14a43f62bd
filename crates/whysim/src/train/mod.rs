//! Training: turns a sentence transformer into an exact model, or fine-tunes it.
//!
//! A model is exact if its embedding is `F(x) - F(r)`, with r the text's own reference (Moeller,
//! Nikolaev, Padó, EMNLP 2023, arXiv 2310.05703; EACL 2024, arXiv 2402.02883). An off-the-shelf
//! model becomes exact by a short training with that shift in place, minimising the mean-squared
//! error between the similarity of two texts and
//!
//! - [`Objective::Gold`]: human scores (STS-benchmark: scores / 5), as in the papers; or
//! - [`Objective::Distill`]: the similarity under the unshifted base model, which requires no
//!   labels.
//!
//! ```text
//! data -> pairs (distill: the teacher's scores) -> packed batches -> loss -> gradients -> AdamW
//!      -> best on dev -> a model's folder
//! ```
//!
//! The encoder is the same as for inference, evaluated on a tape: texts are concatenated without
//! padding. The defaults of [`Options`] are the papers' recipe. On one machine, a run that is
//! stopped and resumed gives the same bits as an uninterrupted one.

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
#[doc(hidden)]
pub use trainer::{Gradient, Trainer};
