//! A training run: epochs, evaluations, checkpoints, and finally the model's folder.

use std::path::PathBuf;

use super::checkpoint::{self, State};
use super::folder;
use super::metrics::{Line, Metrics};
use super::order::order;
use super::task::{Agreement, Evaluation, Report, Start, Step, Task, Test};
use super::trainer::{Example, Trainer};
use super::{Options, card};
use crate::Encoder;
use crate::error::{Error, Result};
use crate::pairs::Pair;
use crate::progress::{Part, Progress};
use crate::rank::spearman;
use crate::similarity::{Similarity, wide};

/// How well a model's similarities agree with the pairs' scores.
///
/// # Errors
/// When a text is empty.
pub fn agreement(encoder: &Encoder, pairs: &[Pair], similarity: Similarity) -> Result<Agreement> {
    let texts: Vec<&str> = pairs.iter().flat_map(|pair| [pair.a.as_str(), &pair.b]).collect();
    let embeddings = encoder.embed(&texts, None)?;
    let score = |two: &[Vec<f32>]| similarity.of(&wide(&two[0]), &wide(&two[1]));
    let got: Vec<f64> = embeddings.chunks_exact(2).map(score).collect();
    let expected: Vec<f64> = pairs.iter().map(|pair| pair.score).collect();
    Ok(Agreement {
        // It is undefined if all values are equal; JSON has no NaN, and no order means no
        // agreement.
        spearman: spearman(&got, &expected).unwrap_or(0.0),
        mean_absolute_difference: mean_absolute_difference(&got, &expected),
    })
}

/// Trains a model and writes its folder.
///
/// # Errors
/// If the task or its options are invalid, a file cannot be read or written, or training diverges;
/// [`Error::Paused`] if `progress` stopped it. An unfinished run stays in `<output>.training` and
/// can be resumed.
pub fn train(task: &Task, options: &Options, progress: &dyn Progress) -> Result<Report> {
    let mut run = Run::start(task, options)?;
    let part = Part::of_steps(progress, "training", run.steps());
    part.advance(run.state.step as u64);
    run.train(progress)?;
    drop(part);
    run.finish()
}

/// A run in progress.
struct Run<'a> {
    task: &'a Task<'a>,
    options: &'a Options,
    trainer: Trainer,
    examples: Vec<Example>,
    state: State,
    metrics: Metrics,
    /// Where the unfinished run is.
    work: PathBuf,
}

impl<'a> Run<'a> {
    fn start(task: &'a Task<'a>, options: &'a Options) -> Result<Self> {
        let work = folder::work(task)?;
        if task.train.is_empty() {
            let expected = "at least 1, or there is nothing to train on".into();
            return Err(Error::Option { option: "number of training pairs", expected, got: "0".into() });
        }
        let mut trainer = Trainer::new(task.base, task.name, options)?;
        let examples = trainer.read(task.train)?;
        // Dev and test texts are read now as well, so that an empty one does not end a long run.
        task.tests
            .iter()
            .map(|test| test.pairs.as_slice())
            .chain([task.dev])
            .try_for_each(|pairs| trainer.read(pairs).map(drop))?;
        let base = trainer.encoder().identity().fingerprint.clone();
        let fresh = State { options: options.clone(), data: hash(task), base, step: 0, best: None };
        let state = match task.start {
            Start::New => fresh,
            // A run that was stopped before its first checkpoint begins again.
            Start::Resume => checkpoint::restore(&work, &mut trainer, &fresh)?.unwrap_or(fresh),
        };
        std::fs::create_dir_all(&work).map_err(Error::io("create", &work))?;
        let metrics = Metrics::open(&work, state.step)?;
        Ok(Self { task, options, trainer, examples, state, metrics, work })
    }

    /// Steps in an epoch.
    fn per_epoch(&self) -> usize {
        self.examples.len().div_ceil(self.options.batch_size)
    }

    /// Steps of the whole run.
    fn steps(&self) -> usize {
        self.per_epoch() * self.options.epochs
    }

    fn train(&mut self, progress: &dyn Progress) -> Result<()> {
        let per_epoch = self.per_epoch();
        let mut epoch = (usize::MAX, Vec::new());
        while self.state.step < self.steps() {
            let now = self.state.step / per_epoch;
            if epoch.0 != now {
                epoch = (now, order(self.examples.len(), self.options.seed, now));
            }
            let chosen = epoch.1.chunks(self.options.batch_size).nth(self.state.step % per_epoch).unwrap_or_default();
            let loss = self.step(chosen)?;
            progress.advance(1);
            progress.status(&self.status(loss));
            if self.is_milestone() {
                self.evaluate(progress)?;
                checkpoint::save(&self.work, &self.trainer, &self.state)?;
            }
            if progress.stopped() && self.state.step < self.steps() {
                checkpoint::save(&self.work, &self.trainer, &self.state)?;
                return Err(Error::Paused { step: self.state.step, path: self.work.clone() });
            }
        }
        Ok(())
    }

    fn status(&self, loss: f64) -> String {
        match &self.state.best {
            Some(best) => format!("loss {loss:.4}, best dev Spearman x 100: {:.2}", 100.0 * best.dev.spearman),
            None => format!("loss {loss:.4}"),
        }
    }

    /// One step on the chosen examples; its loss.
    fn step(&mut self, chosen: &[usize]) -> Result<f64> {
        let learning_rate = self.options.rate(self.state.step, self.steps());
        let batch: Vec<&Example> = chosen.iter().map(|&i| &self.examples[i]).collect();
        let stepped = self.trainer.advance(&batch, learning_rate)?;
        self.state.step += 1;
        let step = Step { step: self.state.step, loss: stepped.loss, learning_rate, gradient_norm: stepped.norm };
        self.metrics.write(&Line::Step(&step))?;
        Ok(step.loss)
    }

    /// Whether to evaluate after the step just done.
    fn is_milestone(&self) -> bool {
        let step = self.state.step;
        step.is_multiple_of(self.per_epoch()) || self.options.eval_every.is_some_and(|every| step.is_multiple_of(every))
    }

    fn evaluate(&mut self, progress: &dyn Progress) -> Result<()> {
        if self.task.dev.is_empty() {
            return Ok(());
        }
        let dev = agreement(self.trainer.encoder(), self.task.dev, self.options.similarity)?;
        let evaluation = Evaluation { step: self.state.step, dev };
        if self.state.best.is_none_or(|best| dev.spearman > best.dev.spearman) {
            checkpoint::save_best(&self.work, &self.trainer)?;
            self.state.best = Some(evaluation);
        }
        self.metrics.write(&Line::Evaluation(&evaluation))?;
        let spearman = 100.0 * dev.spearman;
        progress.note(&format!("step {}: dev Spearman x 100 is {spearman:.2}", self.state.step));
        Ok(())
    }

    /// Measures the best model and writes its folder under its own name.
    fn finish(mut self) -> Result<Report> {
        if self.state.best.is_some() {
            checkpoint::restore_best(&self.work, &mut self.trainer)?;
        }
        let measure = |test: &Test| agreement(self.trainer.encoder(), &test.pairs, self.options.similarity);
        let tests = self.task.tests.iter().map(measure).collect::<Result<Vec<_>>>()?;
        let report = Report { steps: self.state.step, best: self.state.best, tests };
        // In a folder of its own: whenever the run dies, nothing of it gets into the model.
        let model = folder::fresh(&self.work)?;
        folder::write(&model, &self.trainer.model, self.options)?;
        card::write(&model, self.task, self.options, &report)?;
        self.metrics.copy_to(&model)?;
        std::fs::rename(&model, self.task.output).map_err(Error::io("write", self.task.output))?;
        std::fs::remove_dir_all(&self.work).map_err(Error::io("remove", &self.work))?;
        Ok(report)
    }
}

/// The hash of all pairs that affect the result.
fn hash(task: &Task) -> String {
    let mut hasher = blake3::Hasher::new();
    for pairs in [task.train, task.dev] {
        hasher.update(&(pairs.len() as u64).to_le_bytes());
        for pair in pairs {
            for text in [&pair.a, &pair.b] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
            hasher.update(&pair.score.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// The mean of |x_i - y_i|, NaN if n = 0. x, y: `[n]`.
pub fn mean_absolute_difference(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).sum::<f64>() / x.len() as f64
}
