//! `whysim explain`: two texts in, an explanation out.

use anyhow::bail;
use whysim::explanation::{AlignOptions, Listed};
use whysim::render::terminal::Terminal;
use whysim::render::{self, Html, Svg};
use whysim::{Explanation, Options};

use crate::args::{Explain, Format};
use crate::output::Target;
use crate::progress::Bars;
use crate::screen;
use crate::texts::usage;
use crate::voice::Voice;

pub fn run(args: &Explain, voice: &Voice) -> anyhow::Result<()> {
    if let Some(file) = &args.file.pairs {
        return crate::explained::run(args, file, voice);
    }
    let target = Target::new(args.look.output.as_deref())?;
    let format = format(args, &target)?;
    let texts = args.texts.read()?;
    let texts = [texts[0].as_str(), &texts[1]];
    #[cfg(feature = "endpoint")]
    if let Some(endpoint) = args.endpoint.open(&args.model)? {
        let explanation = crate::served::explain(endpoint, args, texts, voice)?;
        return target.write(&draw(&explanation, format, args, &target, voice)?);
    }
    let encoder = args.model.load(voice)?;
    let prompts = [&args.pairing.prompt_a, &args.pairing.prompt_b];
    let options = args.method.options()?;
    let [for_a, for_b] =
        prompts.map(|prompt| Options { precision: args.pairing.precision, prompt: prompt.clone(), ..options.clone() });
    if let Some(warning) = encoder.forecast(texts, [&for_a, &for_b])?.warning() {
        voice.note(&warning);
    }
    let explanation = {
        let bars = Bars::listening(voice)?;
        let similarity = encoder.similarity(args.method.similarity)?;
        encoder.explain_with_progress(texts, [&for_a, &for_b], similarity, &bars)?
    };
    let is_seen = format == Format::Text && target.is_terminal();
    warn(&explanation, is_seen, voice);
    target.write(&draw(&explanation, format, args, &target, voice)?)
}

/// Warns of texts that are cut, and of tolerances that were missed, unless the reader sees it in
/// the result itself.
fn warn(e: &Explanation, is_seen: bool, voice: &Voice) {
    if is_seen {
        return;
    }
    for ((side, which), convergence) in [(&e.a, "text A"), (&e.b, "text B")].into_iter().zip(e.convergence()) {
        voice.truncated(which, side.truncated);
        voice.missed(which, convergence);
    }
}

/// What `--format`, `--output` and the terminal ask for together, before any work is done.
fn format(args: &Explain, target: &Target) -> anyhow::Result<Format> {
    let look = &args.look;
    let format = match (look.format, target) {
        (Some(format), _) => format,
        (None, Target::Standard) => Format::Text,
        (None, Target::File(path)) => Format::of(path).ok_or_else(|| {
            let endings = ".txt, .json, .jsonl, .html, .svg, .png or .pdf";
            usage(&format!("{} has no known extension: use {endings}, or give --format", path.display()))
        })?,
    };
    if args.alignment.align.is_some() && !matches!(format, Format::Text | Format::Json) {
        return Err(usage("--align is for text and json: leave it out, or choose one of these with --format"));
    }
    if target.is_terminal() && matches!(format, Format::Html | Format::Svg | Format::Png | Format::Pdf) {
        bail!("this format is not for a terminal: give --output FILE, or send standard output to a file");
    }
    if matches!(format, Format::Json | Format::Jsonl) && look.view.is_some() {
        return Err(usage(
            "--view chooses between two that json both has, as `matrix` and `interaction`: leave it out",
        ));
    }
    #[cfg(not(feature = "png"))]
    if matches!(format, Format::Png | Format::Pdf) {
        bail!("this build draws no PNG or PDF: it was built without the cargo feature `png`; use svg");
    }
    Ok(format)
}

fn draw(e: &Explanation, format: Format, args: &Explain, target: &Target, voice: &Voice) -> anyhow::Result<Vec<u8>> {
    let look = &args.look;
    let aligned = args.alignment.align.map(|matching| e.align(&AlignOptions { matching, ..AlignOptions::default() }));
    let picture = Svg { theme: look.theme.unwrap_or_default(), view: look.view, ..Svg::default() };
    Ok(match format {
        Format::Text => {
            let listed = if look.special { Listed::All } else { Listed::Text };
            let options = Terminal { top: look.top, listed, view: look.view, ..screen::terminal(look.into(), target) };
            let pairs = aligned.map(|pairs| render::alignment(e, &pairs, options.width));
            let parts = [Some(render::terminal(e, &options)), pairs];
            parts.into_iter().flatten().collect::<Vec<_>>().join("\n").into_bytes()
        }
        Format::Json => aligned.map_or_else(|| render::json(e), |pairs| render::alignment_json(e, &pairs)).into_bytes(),
        Format::Jsonl => (serde_json::to_string(e)? + "\n").into_bytes(),
        Format::Html => render::html(e, &Html { view: look.view, theme: look.theme }).into_bytes(),
        Format::Svg => render::svg(e, &picture).into_bytes(),
        Format::Png | Format::Pdf => picture_file(e, &picture, format, voice)?,
    })
}

/// A PNG with two pixels for every one of the SVG, for screens and print of today; or a PDF.
#[cfg(feature = "png")]
fn picture_file(e: &Explanation, picture: &Svg, format: Format, voice: &Voice) -> anyhow::Result<Vec<u8>> {
    let missing = render::missing_letters(e, picture)?;
    if !missing.is_empty() {
        let some: Vec<String> = missing.iter().take(5).map(|letter| letter.escape_debug().to_string()).collect();
        let more = if missing.len() > 5 { format!(" and {} others", missing.len() - 5) } else { String::new() };
        voice.warn(&format!(
            "no font on this machine has {}{more}, so the picture shows boxes: install one that has, such as Noto Sans CJK, \
             or use html or svg, which the reader's fonts set",
            some.join(", ")
        ));
    }
    Ok(if format == Format::Pdf { render::pdf(e, picture)? } else { render::png(e, picture, 2.0)? })
}

#[cfg(not(feature = "png"))]
fn picture_file(_: &Explanation, _: &Svg, _: Format, _: &Voice) -> anyhow::Result<Vec<u8>> {
    bail!("this build draws no PNG or PDF")
}
