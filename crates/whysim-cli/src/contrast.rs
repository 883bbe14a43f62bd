//! `whysim test`: contrast tests in; what passes, and why the rest fails, out.

use anyhow::bail;
use whysim::contrast::{Report, Test, builtin, read, run as run_tests};
use whysim::render;

use crate::args::{Contrast, Plain};
use crate::output::Target;
use crate::progress::Bars;
use crate::voice::Voice;

pub fn run(args: &Contrast, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.destination.output.as_deref())?;
    let tests = match &args.file {
        Some(file) => read(file)?,
        None => builtin()?,
    };
    if args.list {
        return target.write(lines(&tests)?.as_bytes());
    }
    let format = target.plain(args.destination.format)?;
    let options = args.method.options_by_words()?;
    let encoder = args.model.load(voice)?;
    let similarity = encoder.similarity(args.method.similarity)?;
    let report = {
        let bars = Bars::listening(voice)?;
        run_tests(&encoder, &tests, &options, similarity, args.top, &bars)?
    };
    let out = match format {
        Plain::Text => render::contrast(&report, args.words),
        Plain::Json => render::contrast_json(&report),
    };
    target.write(out.as_bytes())?;
    judge(args, &report)
}

/// The tests as JSON lines.
fn lines(tests: &[Test]) -> anyhow::Result<String> {
    let mut out = String::new();
    for test in tests {
        out += &serde_json::to_string(test)?;
        out.push('\n');
    }
    Ok(out)
}

/// # Errors
/// If fewer tests pass than were asked for.
fn judge(args: &Contrast, report: &Report) -> anyhow::Result<()> {
    let (failed, all) = (report.failed, report.tests.len());
    let share = report.passed as f64 / all.max(1) as f64;
    match (args.at_least, args.allow.unwrap_or(0)) {
        (Some(least), _) if share < least => {
            bail!(
                "{failed} of {all} tests failed: {:.1} % passed, and --at-least asks for {:.1} %",
                100.0 * share,
                100.0 * least
            )
        }
        (None, allowed) if failed > allowed => {
            let but = if allowed > 0 { format!(", and --allow takes {allowed}") } else { String::new() };
            bail!("{failed} of {all} tests failed{but}")
        }
        _ => Ok(()),
    }
}
