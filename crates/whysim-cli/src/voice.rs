//! What the program says beside its results, on standard error: warnings, notes, and how downloads go.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use whysim::source::Progress;

/// Says it, or keeps silent.
pub struct Voice {
    pub quiet: bool,
}

impl Voice {
    /// Something that may be wrong with the result.
    pub fn warn(&self, message: &str) {
        self.say("warning", message);
    }

    /// Something to know about the result.
    pub fn note(&self, message: &str) {
        self.say("note", message);
    }

    fn say(&self, kind: &str, message: &str) {
        if !self.quiet {
            eprintln!("{kind}: {message}");
        }
    }

    /// Shows that work goes on, and for how long, until it is dropped; only in a terminal.
    pub fn sign_of_life(&self, what: &str) -> SignOfLife {
        let bar = if self.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(150));
        SignOfLife(bar)
    }

    /// Warns of a text that the model did not read to its end.
    pub fn truncated(&self, which: &str, cut: Option<whysim::explanation::Truncated>) {
        if let Some(cut) = cut {
            self.warn(&format!(
                "{which} is longer than the model reads: {} of its {} tokens were read",
                cut.read, cut.of
            ));
        }
    }
}

/// Leaves no trace when it is dropped.
pub struct SignOfLife(ProgressBar);

impl Drop for SignOfLife {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A bar for every download. It is not drawn where standard error is no terminal: indicatif sees to that.
pub struct Bars<'a> {
    voice: &'a Voice,
    bar: Mutex<ProgressBar>,
}

impl<'a> Bars<'a> {
    pub fn new(voice: &'a Voice) -> Self {
        Self { voice, bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// The bar as it is, whatever befell another thread.
    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

const SIZED: &str = "{msg}  {bar:24} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta} left";
const ENDLESS: &str = "{msg}  {spinner} {binary_bytes}  {binary_bytes_per_sec}";

impl Progress for Bars<'_> {
    fn begin(&self, name: &str, bytes: Option<u64>) {
        if self.voice.quiet {
            return;
        }
        let (bar, style) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), SIZED),
            None => (ProgressBar::no_length(), ENDLESS),
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        let mut held = self.bar();
        held.finish_and_clear();
        *held = bar.with_message(name.to_owned());
    }

    fn advance(&self, bytes: u64) {
        self.bar().inc(bytes);
    }

    fn end(&self) {
        self.bar().finish_and_clear();
    }

    fn note(&self, message: &str) {
        self.bar().suspend(|| self.voice.note(message));
    }
}
