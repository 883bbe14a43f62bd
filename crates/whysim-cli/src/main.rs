//! The `whysim` program: reads arguments and texts, calls the library, writes what it gives.

mod args;
mod compare;
mod completions;
mod contrast;
mod corpora;
mod duplicates;
mod embed;
#[cfg(feature = "endpoint")]
mod endpoint;
mod evaluate;
mod explain;
mod explained;
mod help;
mod highlight;
#[cfg(feature = "index")]
mod index;
mod margin;
mod model;
mod models;
#[cfg(feature = "index")]
mod opened;
mod output;
mod pairs;
mod progress;
mod relevance;
mod screen;
#[cfg(feature = "index")]
mod search;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "endpoint")]
mod served;
mod similarity;
mod texts;
mod train;
mod voice;

use std::io::{ErrorKind, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use args::{Cli, Command};
use clap::Parser;
use voice::{Voice, tell};
use whysim::error::Kind;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return parsed(&message),
    };
    // A panic of a library that is caught is an error like others, and is not shown twice.
    static PANIC: Mutex<String> = Mutex::new(String::new());
    std::panic::set_hook(Box::new(|panic| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string().replace('\n', " ");
    }));
    let Ok(done) = std::panic::catch_unwind(AssertUnwindSafe(|| run(&cli))) else {
        let told = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&format!("error: this is a fault of whysim, please report it: {told}"));
        return ExitCode::from(101);
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    if is_broken_pipe(&error) {
        // Whoever reads has read enough, as `head` does.
        return ExitCode::SUCCESS;
    }
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        // Nothing is left to be told to if standard error is gone too.
        let _ = usage.print();
        return ExitCode::from(2);
    }
    tell(&format!("error: {}", causes(&error)));
    let library = error.downcast_ref::<whysim::Error>();
    if let Some(hint) = library.and_then(|error| hint(error, &cli.command)) {
        tell(&format!("hint: {hint}"));
    }
    match library.map(whysim::Error::kind) {
        // What shells report for a program that Ctrl-C ended.
        Some(Kind::Stopped) => ExitCode::from(130),
        _ => ExitCode::FAILURE,
    }
}

/// How this program does what an error of the library asks for.
fn hint(error: &whysim::Error, command: &Command) -> Option<String> {
    let hint = match (error, command) {
        (whysim::Error::Score { likely: Some((low, high)), .. }, _) => {
            return Some(format!("the file's scores fit --score-range {low},{high}"));
        }
        (whysim::Error::Score { .. }, _) => "--score-range LOW,HIGH gives it",
        (whysim::Error::Paused { .. }, _) => "run the same command with --resume to continue",
        #[cfg(feature = "index")]
        (whysim::Error::EmptyRow { .. }, Command::Index(_)) => "--skip-empty leaves out empty texts",
        (whysim::Error::Column { .. }, _) => "--text names the column of the texts, and --id that of their names",
        _ => return None,
    };
    Some(hint.into())
}

/// An error with its causes; one that a message quotes already is not said again.
fn causes(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.ends_with(&cause) {
            said += &format!(": {cause}");
        }
    }
    said
}

/// Help and versions are results, and are written to standard output; wrong arguments are told of.
fn parsed(message: &clap::Error) -> ExitCode {
    let printed = message.print().and_then(|()| std::io::stdout().flush());
    match (message.use_stderr(), printed) {
        (true, _) => ExitCode::from(2),
        (false, Err(error)) if error.kind() != ErrorKind::BrokenPipe => {
            tell(&format!("error: cannot write to standard output: {error}"));
            ExitCode::FAILURE
        }
        (false, _) => ExitCode::SUCCESS,
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    if let Some(threads) = cli.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get());
        pool.build_global().context("cannot start the threads")?;
    }
    let voice = Voice { quiet: cli.quiet };
    match &cli.command {
        Command::Explain(args) => explain::run(args, &voice),
        Command::Relevance(args) => relevance::run(args, &voice),
        Command::Highlight(args) => highlight::run(args, &voice),
        Command::Margin(args) => margin::run(args, &voice),
        Command::Embed(args) => embed::run(args, &voice),
        Command::Similarity(args) => similarity::run(args, &voice),
        Command::Evaluate(args) => evaluate::run(args, &voice),
        Command::Compare(args) => compare::run(args, &voice),
        Command::Contrast(args) => contrast::run(args, &voice),
        #[cfg(feature = "index")]
        Command::Index(args) => index::run(args, &voice),
        #[cfg(feature = "index")]
        Command::Search(args) => search::run(args, &voice),
        Command::Duplicates(args) => duplicates::run(args, &voice),
        Command::Train(args) => train::run(args, &voice),
        Command::Models => models::run(),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(args, cli.threads, &voice),
        Command::Completions(args) => completions::run(args),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(is_broken)
}
