//! `whysim train`: pairs in, a model's folder out.

use std::path::Path;

use anyhow::bail;
use whysim::Encoder;
use whysim::pairs::Scores;
use whysim::train::{Agreement, Objective, Options, Report, Rows, Sets, Shift, Spread, Start, Task, train};

use crate::args::{Recipe, Train};
use crate::output::Target;
use crate::progress::Bars;
use crate::voice::Voice;
use crate::{model, pairs};

pub fn run(args: &Train, voice: &Voice) -> anyhow::Result<()> {
    let options = options(&args.recipe);
    if model::bundled::is(&args.base) {
        bail!(
            "the model {} is inside the program and has no folder to start from; start from the one that it is a twin of, \
             sentence-transformers/all-MiniLM-L6-v2",
            args.base
        );
    }
    let folder = model::folder(&args.base, args.revision.as_deref(), voice)?;
    let sets = sets(args, &folder, &options, voice)?;
    let task = Task {
        base: &folder,
        name: &args.base,
        train: &sets.train,
        dev: &sets.dev,
        tests: &sets.tests,
        output: &args.output,
        start: if args.resume { Start::Resume } else { Start::New },
    };
    let report = train(&task, &options, &Bars::listening(voice)?)?;
    Target::Standard.write(summary(&report, &task).as_bytes())
}

fn options(recipe: &Recipe) -> Options {
    Options {
        shift: if recipe.no_shift { Shift::Off } else { Shift::On },
        similarity: recipe.similarity,
        objective: recipe.objective,
        dropout: recipe.dropout.unwrap_or(recipe.objective.dropout()),
        epochs: recipe.epochs,
        batch_size: recipe.batch_size,
        learning_rate: recipe.lr,
        weight_decay: recipe.weight_decay,
        warmup: recipe.warmup,
        max_grad_norm: recipe.max_grad_norm,
        seed: recipe.seed,
        eval_every: recipe.eval_every,
    }
}

/// The pairs of all files.
fn sets(args: &Train, base: &Path, options: &Options, voice: &Voice) -> anyhow::Result<Sets> {
    let scores = if options.objective == Objective::Gold { Scores::Required } else { Scores::Optional };
    let reading = args.data.rows.reading(scores);
    let read = |file: &Path| Ok::<_, anyhow::Error>(pairs::rows(file, &reading, voice)?.rows);
    let mut rows = Rows::default();
    for file in &args.data.data {
        rows.train.extend(read(file)?);
    }
    let held_out = |file: &Option<std::path::PathBuf>| file.as_deref().map_or(Ok(Vec::new()), read);
    (rows.dev, rows.test) = (held_out(&args.data.dev)?, held_out(&args.data.test)?);
    match options.objective {
        Objective::Gold => Ok(Sets::gold(&rows)),
        Objective::Distill => {
            let _sign = voice.sign_of_life("asking the base model");
            let teacher = Encoder::load(base, &args.base)?;
            let spread = Spread { partners: args.recipe.partners, seed: args.recipe.seed, ..Spread::default() };
            Ok(Sets::distilled(&teacher, &rows, options.similarity, &spread)?)
        }
    }
}

/// What the user reads at the end.
fn summary(report: &Report, task: &Task) -> String {
    let line = |name: &str, agreement: &Agreement| {
        let Agreement { spearman, mean_absolute_difference } = agreement;
        format!(
            "{name}: Spearman x 100 {:.2}, mean absolute difference {mean_absolute_difference:.4}\n",
            100.0 * spearman
        )
    };
    let mut out = String::new();
    if let Some(best) = &report.best {
        out += &line(&format!("dev, after step {} of {}", best.step, report.steps), &best.dev);
    }
    for (test, agreement) in task.tests.iter().zip(&report.tests) {
        out += &line(&test.name, agreement);
    }
    out + &format!("the model is in {}\n", task.output.display())
}
