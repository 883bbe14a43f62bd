//! Logs on standard error. Texts are in them only if asked for.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{LogFormat, Logs};

/// The target of lines that hold what users sent.
pub const TEXTS: &str = "whysim_server::texts";

/// Starts the logs, and has panics logged.
pub fn start(logs: &Logs) {
    let tells = logs.log_texts;
    std::panic::set_hook(Box::new(move |panic| {
        // All that a panic says may quote the text that led to it.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let panic = if tells { panic.to_string() } else { place };
        tracing::error!(panic, "this is a fault of whysim, please report it");
    }));
    let texts = if logs.log_texts { LevelFilter::DEBUG } else { LevelFilter::OFF };
    let least = if logs.form == LogFormat::Warnings { LevelFilter::WARN } else { LevelFilter::INFO };
    let shown = Targets::new().with_default(least).with_target(TEXTS, texts);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let started = match logs.form {
        LogFormat::Off => return,
        LogFormat::Json => {
            tracing_subscriber::registry().with(lines.json().flatten_event(true).with_filter(shown)).try_init()
        }
        LogFormat::Text | LogFormat::Warnings => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal());
            tracing_subscriber::registry().with(lines.with_filter(shown)).try_init()
        }
    };
    // Whoever has started logs already keeps them.
    let _ = started;
}
