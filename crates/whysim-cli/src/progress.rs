//! Progress bars, and Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use whysim::Progress;
use whysim::progress::Counted;

use crate::voice::Voice;

static STOPPED: AtomicBool = AtomicBool::new(false);

const STEPS: &str = "{msg}  {bar:24} {pos}/{len}  {prefix}{elapsed}, {eta} left";
const UNKNOWN: &str = "{msg}  {spinner} {human_pos}  {prefix}{elapsed}";
const BYTES: &str = "{msg}  {bar:24} {binary_bytes}/{binary_total_bytes}  {binary_bytes_per_sec}  {eta} left";
const ENDLESS: &str = "{msg}  {spinner} {binary_bytes}  {binary_bytes_per_sec}";

/// A bar for every part of the work. It is drawn only where standard error is a terminal: indicatif
/// sees to that.
pub struct Bars<'a> {
    voice: &'a Voice,
    bar: Mutex<ProgressBar>,
    /// Whether Ctrl-C asks the work to stop. Otherwise it ends the program, as usual.
    listens: bool,
}

impl<'a> Bars<'a> {
    pub fn new(voice: &'a Voice) -> Self {
        Self::of(voice, false)
    }

    fn of(voice: &'a Voice, listens: bool) -> Self {
        Self { voice, bar: Mutex::new(ProgressBar::hidden()), listens }
    }

    /// From here on the first Ctrl-C asks the work to stop, and a second one ends the program.
    pub fn listening(voice: &'a Voice) -> anyhow::Result<Self> {
        ctrlc::set_handler(|| {
            if STOPPED.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self::of(voice, true))
    }

    /// The bar as it is, even after a panic in another thread.
    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Bars<'_> {
    fn drop(&mut self) {
        self.bar().finish_and_clear();
    }
}

impl Progress for Bars<'_> {
    fn begin(&self, part: &str, size: Option<u64>, counted: Counted) {
        if self.voice.quiet {
            return;
        }
        let template = match (counted, size) {
            (Counted::Steps, Some(_)) => STEPS,
            (Counted::Steps, None) => UNKNOWN,
            (Counted::Bytes, Some(_)) => BYTES,
            (Counted::Bytes, None) => ENDLESS,
        };
        let bar = size.map_or_else(ProgressBar::no_length, ProgressBar::new).with_message(part.to_owned());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        if counted == Counted::Steps {
            bar.enable_steady_tick(Duration::from_millis(150));
        }
        let mut held = self.bar();
        held.finish_and_clear();
        *held = bar;
    }

    fn advance(&self, done: u64) {
        let bar = self.bar();
        let before = bar.position();
        bar.inc(done);
        if before == 0 && done > 1 {
            // What a resumed run or download had already is no measure of its speed.
            bar.reset_eta();
        }
    }

    fn status(&self, text: &str) {
        self.bar().set_prefix(format!("{text}  "));
    }

    fn end(&self) {
        self.bar().finish_and_clear();
    }

    fn note(&self, message: &str) {
        self.bar().suspend(|| self.voice.note(message));
    }

    fn stopped(&self) -> bool {
        self.listens && STOPPED.load(Ordering::Relaxed)
    }
}
