//! Plausibility: do large entries lie between units that people aligned? Gold alignments of chunks
//! or words, against attributions and simpler methods.

mod measures;
mod methods;
mod units;

use std::collections::HashSet;

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use crate::Encoder;
use crate::error::Result;
use crate::evaluate::interval::mean;
use crate::evaluate::settings::Settings;
use crate::explanation::{mutual, transport};
use crate::pairs::gold::{Aligned, Gold};
use crate::progress::{Progress, steps};
use crate::report::{Alignment, Plausibility};
use crate::similarity::Similarity;
pub use measures::{average_precision, f1};
use methods::{Case, Source, sources};
use units::content_words;

/// One method's scores on one pair, in the order of the report's columns.
type Marks = [Option<f64>; 4];

/// Measures every method on every file of gold alignments.
pub(super) fn alignment(
    encoder: &Encoder,
    similarity: Similarity,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Vec<Alignment>> {
    let sources = sources(encoder, settings)?;
    settings.gold.iter().map(|gold| of_file(encoder, gold, similarity, &sources, settings, progress)).collect()
}

fn of_file(
    encoder: &Encoder,
    gold: &Gold,
    similarity: Similarity,
    sources: &[Source],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Alignment> {
    let sample = sample(gold, settings);
    let part = format!("alignment, {}", gold.name);
    let marks = steps(progress, &part, sample.iter(), |&&(number, pair)| {
        let which = ["A", "B"].map(|text| format!("{text} of pair {} of {}", number + 1, gold.name));
        let seed = settings.seed.wrapping_add(number as u64);
        let Some(case) = Case::new(encoder, pair, [&which[0], &which[1]], similarity, seed)? else { return Ok(None) };
        let unlike = unlike(pair);
        let mut all = Vec::new();
        for source in sources {
            let scores = case.scores(source)?;
            all.extend(scores.iter().map(|scores| measured(scores, pair, &unlike)));
        }
        Ok(Some(all))
    })?;
    let measured: Vec<Vec<Marks>> = marks.into_iter().flatten().collect();
    let names = sources.iter().flat_map(Source::rows).enumerate();
    let row = |(m, row)| summary(row, measured.iter().map(|pair| pair[m]), settings.seed);
    Ok(Alignment {
        gold: gold.name.clone(),
        pairs: measured.len(),
        left_out: sample.len() - measured.len(),
        methods: names.map(row).collect(),
    })
}

/// A row of the report, from one method's marks on all pairs.
fn summary(row: methods::Row, marks: impl Iterator<Item = Marks> + Clone, seed: u64) -> Plausibility {
    let average = |mark: usize| mean(marks.clone().map(|marks| marks[mark]), seed);
    Plausibility {
        method: row.method.into(),
        view: row.view,
        layer: row.layer,
        precision: average(0),
        unlike: average(1),
        mutual: average(2),
        transport: average(3),
    }
}

/// The pairs to measure, with their positions in the file.
fn sample<'a>(gold: &'a Gold, settings: &Settings) -> Vec<(usize, &'a Aligned)> {
    let all = gold.pairs.len();
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut drawn = index::sample(&mut random, all, settings.gold_sample.unwrap_or(all).min(all)).into_vec();
    drawn.sort_unstable();
    drawn.into_iter().map(|i| (i, &gold.pairs[i])).collect()
}

/// The pairs of units that share no content word. [units of A][units of B]
fn unlike(pair: &Aligned) -> Vec<Vec<bool>> {
    let words = |units: &crate::pairs::gold::Units| -> Vec<HashSet<String>> {
        (0..units.spans.len()).map(|unit| content_words(&units.unit(unit))).collect()
    };
    let (a, b) = (words(&pair.a), words(&pair.b));
    a.iter().map(|a| b.iter().map(|b| a.is_disjoint(b)).collect()).collect()
}

fn measured(scores: &[Vec<f64>], pair: &Aligned, unlike: &[Vec<bool>]) -> Marks {
    let aligned: HashSet<(usize, usize)> = pair.pairs.iter().copied().collect();
    let cells = || scores.iter().enumerate().flat_map(|(i, row)| (0..row.len()).map(move |j| (i, j)));
    let candidate = |(i, j): (usize, usize)| (scores[i][j], aligned.contains(&(i, j)));
    let by_transport: Vec<(usize, usize)> = transport(scores).into_iter().map(|(i, j, _)| (i, j)).collect();
    [
        average_precision(cells().map(candidate)),
        average_precision(cells().filter(|&(i, j)| unlike[i][j]).map(candidate)),
        f1(&mutual(scores), &pair.pairs),
        f1(&by_transport, &pair.pairs),
    ]
}
