//! Long work: a bar in a terminal, and an end at Ctrl-C.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use whysim::Watch;

use crate::voice::Voice;

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From here on, the first Ctrl-C asks the work to end, and the second one ends it: whoever asks twice does not want to wait.
pub fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Whether Ctrl-C has asked the work to end.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// Shows the parts of an evaluation, one after the other.
pub struct Work {
    quiet: bool,
    bar: Mutex<ProgressBar>,
}

impl Work {
    /// Listens for Ctrl-C.
    pub fn begin(voice: &Voice) -> anyhow::Result<Self> {
        listen()?;
        Ok(Self { quiet: voice.quiet, bar: Mutex::new(ProgressBar::hidden()) })
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.bar().finish_and_clear();
    }
}

impl Watch for Work {
    fn begin(&self, part: &str, steps: usize) {
        let mut bar = self.bar();
        bar.finish_and_clear();
        if self.quiet {
            return;
        }
        let new = ProgressBar::new(steps as u64).with_message(part.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg}  {bar:24} {pos}/{len}  {elapsed}, {eta} left") {
            new.set_style(style);
        }
        new.enable_steady_tick(Duration::from_millis(150));
        *bar = new;
    }

    fn advance(&self, steps: usize) {
        self.bar().inc(steps as u64);
    }

    fn stopped(&self) -> bool {
        stopped()
    }
}
