//! `whysim explain`: two texts in, an explanation out.

use anyhow::bail;
use whysim::path::{Precision, Steps};
use whysim::render::{self, Svg};
use whysim::{Decomposition, Explanation, Options};

use crate::args::{Explain, Format, Look, Method};
use crate::output::Target;
use crate::screen;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Explain, voice: &Voice) -> anyhow::Result<()> {
    let target = Target::new(args.look.output.as_deref())?;
    let format = format(&args.look, &target)?;
    let [text_a, text_b] = args.texts.read()?;
    let encoder = args.model.load(voice)?;
    let [a, b] = {
        let _sign = voice.sign_of_life("decomposing the texts");
        let [for_a, for_b] = [&args.method.prompt_a, &args.method.prompt_b].map(|prompt| options(&args.method, prompt));
        encoder.decompose_pair([&text_a, &text_b], [&for_a, &for_b])?
    };
    for (text, which) in [(&a, "text A"), (&b, "text B")] {
        // On a screen the result itself says it.
        if !(format == Format::Text && target.is_terminal()) {
            voice.truncated(which, text.truncated);
        }
        warn_of_gap(text, which, args.method.steps(), voice);
    }
    let explanation = a.explain(&b, args.method.similarity.unwrap_or(encoder.similarity()))?;
    target.write(&draw(&explanation, format, &args.look, &target)?)
}

fn options(method: &Method, prompt: &Option<String>) -> Options {
    Options {
        layer: method.layer,
        rule: method.rule,
        steps: method.steps(),
        reference: method.reference.clone(),
        unit: method.by,
        precision: method.precision,
        prompt: prompt.clone(),
    }
}

/// What `--format`, `--output` and the terminal ask for together, before any work is done.
fn format(look: &Look, target: &Target) -> anyhow::Result<Format> {
    let format = match (look.format, target) {
        (Some(format), _) => format,
        (None, Target::Standard) => Format::Text,
        (None, Target::File(path)) => Format::of(path).ok_or_else(|| {
            let endings = ".txt, .json, .html, .svg or .png";
            usage(&format!("the ending of {} says no format: use {endings}, or give --format", path.display()))
        })?,
    };
    if target.is_terminal() && matches!(format, Format::Html | Format::Svg | Format::Png) {
        bail!("this format is not for a terminal: give --output FILE, or send standard output to a file");
    }
    #[cfg(not(feature = "png"))]
    if format == Format::Png {
        bail!("this build draws no PNG: it was built without the cargo feature `png`; use svg");
    }
    Ok(format)
}

/// What rounding to bfloat16 adds to a gap, at most of what was measured; a tolerance is about the quadrature.
const ROUNDING: f64 = 5e-3;

/// The tolerance is a wish; that it was not fulfilled must be said, and what helps.
fn warn_of_gap(text: &Decomposition, which: &str, steps: Steps, voice: &Voice) {
    let Steps::Adaptive { tolerance, .. } = steps else { return };
    let rounding = match text.recipe.precision {
        Precision::Float32 => 0.0,
        Precision::BFloat16 => ROUNDING,
    };
    if text.gap <= tolerance + rounding {
        return;
    }
    let more = format!("allow more nodes with --max-steps {}", 4 * text.steps);
    let hint = if text.gap < 1e-5 {
        "single precision hardly allows a smaller one: take a larger --tolerance".to_owned()
    } else if text.gap > 0.01 && text.recipe.layer + 1 < text.recipe.layers {
        // In early layers of some models the gap falls so slowly that more nodes alone are poor advice.
        format!("take a later --layer, where far fewer nodes are enough, or {more}")
    } else {
        format!("{more}, or a larger --tolerance")
    };
    voice.warn(&format!(
        "the completeness gap of {which} is {:.1e} after {} quadrature nodes, above the tolerance of {tolerance:e}; {hint}",
        text.gap, text.steps
    ));
}

fn draw(e: &Explanation, format: Format, look: &Look, target: &Target) -> anyhow::Result<Vec<u8>> {
    let picture = Svg { theme: look.theme.unwrap_or_default(), ..Svg::default() };
    Ok(match format {
        Format::Text => render::terminal(e, &screen::terminal(look, target)).into_bytes(),
        Format::Json => render::json(e).into_bytes(),
        Format::Html => render::html(e).into_bytes(),
        Format::Svg => render::svg(e, &picture).into_bytes(),
        Format::Png => png(e, &picture)?,
    })
}

/// Two pixels for every one of the SVG, for screens and print of today.
#[cfg(feature = "png")]
fn png(e: &Explanation, picture: &Svg) -> anyhow::Result<Vec<u8>> {
    Ok(render::png(e, picture, 2.0)?)
}

#[cfg(not(feature = "png"))]
fn png(_: &Explanation, _: &Svg) -> anyhow::Result<Vec<u8>> {
    bail!("this build draws no PNG")
}
