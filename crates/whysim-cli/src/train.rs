//! `whysim train`: pairs in, a model's folder out.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use whysim::pairs::{Pair, Row, Scores};
use whysim::train::{
    Agreement, Dropout, Evaluation, Objective, Observer, Options, Report, Shift, Spread, Start, Step, Task, Test,
    teach, train,
};
use whysim::{Encoder, Similarity};

use crate::args::{Recipe, Train};
use crate::output::Target;
use crate::voice::Voice;
use crate::{model, pairs, watch};

pub fn run(args: &Train, voice: &Voice) -> anyhow::Result<()> {
    let options = options(&args.recipe);
    let folder = model::folder(&args.base, args.revision.as_deref(), voice)?;
    let sets = Sets::read(args, &folder, &options, voice)?;
    let task = Task {
        base: &folder,
        name: &args.base,
        train: &sets.train,
        dev: &sets.dev,
        tests: &sets.tests,
        output: &args.output,
        start: if args.resume { Start::Resume } else { Start::New },
    };
    let progress = Progress::new(voice)?;
    let report = train(&task, &options, &progress)?;
    progress.bar.finish_and_clear();
    Target::Standard.write(summary(&report, &task).as_bytes())
}

fn options(recipe: &Recipe) -> Options {
    let dropout = match recipe.objective {
        Objective::Gold => Dropout::Config,
        // A twin is to follow its teacher closely; what is dropped only stands in the way.
        Objective::Distill => Dropout::Off,
    };
    Options {
        shift: if recipe.no_shift { Shift::Off } else { Shift::On },
        similarity: recipe.similarity,
        objective: recipe.objective,
        dropout: recipe.dropout.unwrap_or(dropout),
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
struct Sets {
    train: Vec<Pair>,
    dev: Vec<Pair>,
    tests: Vec<Test>,
}

impl Sets {
    fn read(args: &Train, base: &Path, options: &Options, voice: &Voice) -> anyhow::Result<Self> {
        let scores = if options.objective == Objective::Gold { Scores::Required } else { Scores::Optional };
        let reading = args.data.rows.reading(scores);
        let read = |file: &Path| Ok::<_, anyhow::Error>(pairs::rows(file, &reading, voice)?.rows);
        let mut rows = Vec::new();
        for file in &args.data.data {
            rows.extend(read(file)?);
        }
        let held_out = |file: &Option<std::path::PathBuf>| file.as_deref().map_or(Ok(Vec::new()), read);
        let (dev, test) = (held_out(&args.data.dev)?, held_out(&args.data.test)?);
        match options.objective {
            Objective::Gold => {
                let tests = [("test", scored(&test))].into_iter();
                let tests = tests.filter(|(_, pairs)| !pairs.is_empty());
                let tests = tests.map(|(name, pairs)| Test { name: name.into(), pairs }).collect();
                Ok(Self { train: scored(&rows), dev: scored(&dev), tests })
            }
            Objective::Distill => Self::distilled(args, base, options.similarity, [rows, dev, test], voice),
        }
    }

    /// Scores by the teacher, and the data's own, where there are any, as a test of their own.
    fn distilled(
        args: &Train,
        base: &Path,
        similarity: Similarity,
        [rows, dev, test]: [Vec<Row>; 3],
        voice: &Voice,
    ) -> anyhow::Result<Self> {
        let _sign = voice.sign_of_life("asking the base model");
        let teacher = Encoder::load(base, &args.base)?;
        let spread = Spread { partners: args.recipe.partners, seed: args.recipe.seed, ..Spread::default() };
        // Held-out texts are compared as they are paired, if they are.
        let held_out = |rows: &[Row]| {
            let partners = if rows.iter().any(|row| row.b.is_some()) { 0 } else { spread.partners };
            if rows.is_empty() {
                Ok(Vec::new())
            } else {
                teach(&teacher, rows, similarity, &Spread { partners, ..spread })
            }
        };
        let named =
            [("test, the base model's similarities", held_out(&test)?), ("test, scores in the data", scored(&test))];
        let tests = named.into_iter().filter(|(_, pairs)| !pairs.is_empty());
        let tests = tests.map(|(name, pairs)| Test { name: name.into(), pairs }).collect();
        Ok(Self { train: teach(&teacher, &rows, similarity, &spread)?, dev: held_out(&dev)?, tests })
    }
}

/// The rows that are pairs with a score.
fn scored(rows: &[Row]) -> Vec<Pair> {
    rows.iter().filter_map(Row::pair).collect()
}

/// Draws how a training goes; Ctrl-C asks it to stop.
struct Progress<'a> {
    bar: ProgressBar,
    voice: &'a Voice,
}

impl<'a> Progress<'a> {
    fn new(voice: &'a Voice) -> anyhow::Result<Self> {
        watch::listen()?;
        let bar = if voice.quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {msg}  {prefix}  {eta} left") {
            bar.set_style(style);
        }
        Ok(Self { bar, voice })
    }
}

impl Observer for Progress<'_> {
    fn stepped(&self, step: &Step) {
        if self.bar.length() != Some(step.steps as u64) {
            self.bar.set_length(step.steps as u64);
            // A resumed run must not count the steps that others did into its speed.
            self.bar.set_position(step.step as u64);
            self.bar.reset_eta();
        }
        self.bar.set_position(step.step as u64);
        self.bar.set_message(format!("loss {:.4}", step.loss));
    }

    fn evaluated(&self, evaluation: &Evaluation) {
        let spearman = 100.0 * evaluation.dev.spearman;
        self.bar.set_prefix(format!("dev {spearman:.2}"));
        self.bar.suspend(|| self.voice.note(&format!("step {}: dev Spearman x 100 is {spearman:.2}", evaluation.step)));
    }

    fn stop(&self) -> bool {
        watch::stopped()
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
