//! From corpora to the result.

use std::collections::BTreeSet;

use super::Options;
use super::boilerplate::{Boilerplate, Counter};
use super::distinct::{Distinct, verbatim};
use super::hubs::hubs;
use super::job::{Job, Place};
use super::report::Duplicates;
use super::search::Found;
use crate::corpus::Corpus;
use crate::error::{Error, Result};
use crate::progress::{Part, Progress};
use crate::similarity::Similarity;

/// How far below the threshold a cosine may be that rounding took there.
const ROUNDING: f32 = 1e-6;

/// Finds texts that say the same in a corpus, or in `against` what the corpus has too: then pairs
/// are of one text of each.
///
/// Texts that are equal word for word are one text to all comparisons: groups list them all, a pair
/// has the first of them, and hubs and boilerplate count them once.
///
/// # Errors
/// If there is no text, embeddings cannot be read or are not finite, an option is out of range, or
/// the two corpora have embeddings of different models; and [`Error::Interrupted`] when `progress`
/// says to stop.
pub fn find(
    corpus: &dyn Corpus,
    against: Option<&dyn Corpus>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Duplicates> {
    options.check(corpus.similarity())?;
    check(corpus, against)?;
    let mut counter = Counter::default();
    let distinct = {
        let size = corpus.len() + against.map_or(0, |against| against.len());
        let part = Part::of_steps(progress, "reading texts", size);
        let first = Distinct::read(corpus, 0, &mut counter, &part)?;
        let second = against.map(|against| Distinct::read(against, 1, &mut counter, &part)).transpose()?;
        [Some(first), second]
    };
    let sets: Vec<(&dyn Corpus, &Distinct)> =
        [Some(corpus), against].into_iter().zip(&distinct).filter_map(|(c, d)| c.zip(d.as_ref())).collect();
    let job = Job { sets, options, threshold: floor(options, corpus.similarity()), progress };
    let sentences = counter.most([corpus, against.unwrap_or(corpus)], options.boilerplate, options.least)?;
    drop(counter);
    let found = job.search()?;
    conclude(&job, found, Boilerplate { sentences, carriers: Vec::new() })
}

fn floor(options: &Options, similarity: Similarity) -> f32 {
    match similarity {
        Similarity::Cos => options.threshold - ROUNDING,
        Similarity::Dot => options.threshold,
    }
}

fn check(corpus: &dyn Corpus, against: Option<&dyn Corpus>) -> Result<()> {
    let wrong = |expected: &str, got: String| Err(Error::Option { option: "texts", expected: expected.into(), got });
    for set in [Some(corpus), against].into_iter().flatten() {
        if set.is_empty() || set.dim() == 0 {
            return wrong("one at least, with its embedding", "none".into());
        }
        if set.len() > u32::MAX as usize / 2 {
            return wrong("two thousand million at most", set.len().to_string());
        }
    }
    let Some(against) = against else { return Ok(()) };
    let kind = |set: &dyn Corpus| format!("{} dimensions compared by {}", set.dim(), set.similarity());
    if kind(corpus) != kind(against) {
        let option = "the texts to compare with";
        return Err(Error::Option { option, expected: format!("of {}", kind(corpus)), got: kind(against) });
    }
    Ok(())
}

/// Puts together what is known of all pairs.
fn conclude(job: &Job, found: Found, boilerplate: Boilerplate) -> Result<Duplicates> {
    let edges = job.edges(&found);
    let kept = edges.len();
    let mut hubs = {
        let part = Part::of_steps(job.progress, "counting hubs", 1);
        let of = [job.vectors(job.last()), job.vectors(0)];
        hubs(&found.lists, job.options.neighbours, of, job.options.hubs, &part)?
    };
    drop(found.lists);
    let groups = job.groups(found.union.sets())?;
    let mut pairs = job.listed(edges, &groups.of_node)?;
    let hub = |text: usize| (job.last(), job.sets[job.last()].1.first[text]);
    let mut places: BTreeSet<Place> = groups.all.iter().flat_map(|group| group.places.iter().copied()).collect();
    places.extend(pairs.iter().flat_map(|(places, _)| *places));
    places.extend(hubs.hubs.iter().map(|one| hub(one.text)));
    let places: Vec<Place> = places.into_iter().collect();
    let index = |place: Place| places.binary_search(&place).unwrap_or_default();
    hubs.hubs.iter_mut().for_each(|one| one.text = index(hub(one.text)));
    pairs.iter_mut().for_each(|(places, pair)| [pair.a, pair.b] = places.map(index));
    let in_set = |set: usize| groups.all.iter().flat_map(|group| &group.places).filter(move |place| place.0 == set);
    let other = |set: usize| (job.last() > 0).then(|| job.sets[1 - set].1);
    let sets = 0..job.sets.len();
    Ok(Duplicates {
        model: None,
        sets: ["texts", "against"].map(String::from)[sets.clone()].to_vec(),
        matched: sets.clone().map(|set| in_set(set).count()).collect(),
        verbatim: sets.map(|set| verbatim(job.sets[set].1, other(set))).collect(),
        similarity: job.sets[0].0.similarity(),
        threshold: job.options.threshold,
        texts: job.sets.iter().map(|(corpus, _)| corpus.len()).collect(),
        distinct: job.sets.iter().map(|(_, distinct)| distinct.first.len()).collect(),
        above: found.above + job.copies(),
        kept,
        pairs: pairs.into_iter().map(|(_, pair)| pair).collect(),
        groups: groups.all.into_iter().map(|group| group.finish(index)).collect(),
        hubs,
        boilerplate,
        items: job.items(&places)?,
        options: job.options.clone(),
    })
}
