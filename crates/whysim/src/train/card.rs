//! The model card: README.md of a trained model, with its measured figures.

use std::fmt::Write;
use std::path::Path;

use super::task::{Agreement, Report, Task};
use super::{Dropout, Objective, Options};
use crate::encoder::Shift;
use crate::error::{Error, Result};
use crate::similarity::Similarity;

/// Writes README.md.
pub(super) fn write(folder: &Path, task: &Task, options: &Options, report: &Report) -> Result<()> {
    let path = folder.join("README.md");
    std::fs::write(&path, card(task, options, report)).map_err(Error::io("write", &path))
}

fn card(task: &Task, options: &Options, report: &Report) -> String {
    let mut out = head(task, options);
    // Writing to memory cannot fail.
    let _ = writeln!(out, "\n## Figures\n\n| | pairs | Spearman x 100 | mean absolute difference |\n|---|---|---|---|");
    let mut row = |name: &str, pairs: usize, Agreement { spearman, mean_absolute_difference }: &Agreement| {
        let _ = writeln!(out, "| {name} | {pairs} | {:.2} | {mean_absolute_difference:.4} |", 100.0 * spearman);
    };
    if let Some(best) = &report.best {
        row(&format!("dev, which chose step {} of {}", best.step, report.steps), task.dev.len(), &best.dev);
    }
    for (test, agreement) in task.tests.iter().zip(&report.tests) {
        row(&test.name, test.pairs.len(), agreement);
    }
    let target = match options.objective {
        Objective::Gold => "the scores in the data",
        Objective::Distill => "the base model's own similarities",
    };
    let _ = writeln!(out, "\nFigures compare the model's similarities with {target}, unless a row says otherwise.");
    let _ = writeln!(out, "\n## Training\n\n{}", recipe(task, options));
    out
}

fn head(task: &Task, options: &Options) -> String {
    let similarity = match options.similarity {
        Similarity::Cos => "cosine",
        Similarity::Dot => "dot product",
    };
    let kind = match options.shift {
        Shift::On => "Exact sentence embeddings",
        Shift::Off => "Sentence embeddings",
    };
    let what = match options.shift {
        Shift::On => format!(
            "Its embedding of a text is F(x) - F(r), with r the text's own reference: its special tokens with padding tokens \
             between them. So the {similarity} of two texts is the sum of attributions to pairs of their tokens, with nothing \
             left over (Moeller, Nikolaev, Padó, [EMNLP 2023](https://arxiv.org/abs/2310.05703)).\n\n```sh\nwhysim explain \
             \"The coffee is bad.\" \"This is not a good coffee.\" --model {}\n```\n\nThe original implementation (xsbert) hard-codes \
             RoBERTa's reference ids: it reproduces exact models of the RoBERTa and MPNet families, but gives wrong numbers for those of \
             the BERT family, without an error.\n",
            task.output.file_name().unwrap_or_default().to_string_lossy()
        ),
        Shift::Off => "It loads in sentence-transformers.\n".to_owned(),
    };
    let tag = if options.shift == Shift::Off { "library_name: sentence-transformers\n" } else { "" };
    format!(
        "---\n{tag}pipeline_tag: sentence-similarity\ntags:\n- sentence-similarity\n---\n\n# {kind} from {}\n\nFine-tuned by \
         whysim for the {similarity}. {what}",
        task.name
    )
}

fn recipe(task: &Task, options: &Options) -> String {
    let objective = match options.objective {
        Objective::Gold => "the scores in the data",
        Objective::Distill => "the unshifted base model's own similarities (self-distillation)",
    };
    let dropout = match options.dropout {
        Dropout::Config => "dropout as in the base model's config",
        Dropout::Off => "no dropout",
    };
    format!(
        "Mean-squared error between the similarity and {objective}, on {} pairs, {} of batches of {}; AdamW, learning \
         rate {:e} after a linear warm-up over {} % of the steps, then linear decay to 0, weight decay {}, gradients clipped at \
         length {}, {dropout}, seed {}. `metrics.jsonl` has every step.",
        task.train.len(),
        if options.epochs == 1 { "1 epoch".to_owned() } else { format!("{} epochs", options.epochs) },
        options.batch_size,
        options.learning_rate,
        100.0 * options.warmup,
        options.weight_decay,
        options.max_grad_norm,
        options.seed
    )
}
