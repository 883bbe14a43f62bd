//! Logs on standard error. Texts are in them only if asked for.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{Form, Logs};

/// The target of lines that hold what users sent.
pub const TEXTS: &str = "whysim_server::texts";

/// Starts them.
pub fn start(logs: &Logs) {
    let tells = logs.log_texts;
    std::panic::set_hook(Box::new(move |panic| {
        // All that a panic says may quote the text that led to it.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let panic = if tells { panic.to_string() } else { place };
        tracing::error!(panic, "this is a fault of whysim, please report it");
    }));
    let texts = if logs.log_texts { LevelFilter::DEBUG } else { LevelFilter::OFF };
    let shown = Targets::new().with_default(LevelFilter::INFO).with_target(TEXTS, texts);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let started = match logs.form {
        Form::Off => return,
        Form::Json => {
            tracing_subscriber::registry().with(lines.json().flatten_event(true).with_filter(shown)).try_init()
        }
        Form::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal());
            tracing_subscriber::registry().with(lines.with_filter(shown)).try_init()
        }
    };
    // Whoever has started logs already keeps them.
    let _ = started;
}
