//! Warnings and notes, on standard error.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use whysim::Convergence;

/// A line on standard error. If it cannot be written, it is dropped: the work goes on.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

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
            tell(&format!("{kind}: {message}"));
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
            self.warn(&format!("{which} is too long for the model: it read {} of {} tokens", cut.read, cut.of));
        }
    }

    /// Warns of a text whose integration missed its tolerance.
    pub fn missed(&self, which: &str, convergence: Convergence) {
        if let Some(shortfall) = convergence.shortfall(which) {
            self.warn(&shortfall.replace("max steps ", "--max-steps "));
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
