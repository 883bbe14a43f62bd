//! Duplicates: what is found in tiles against the definition, and evidence by a tiny model.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use whysim::corpus::Embedded;
use whysim::duplicates::{Duplicates, Explaining, Kind, Options, find};
use whysim::explanation::Listed;
use whysim::{Error, Progress, Similarity};

use crate::common::encoder;

/// Vectors around some centres, so that there are groups, chains and strangers. Each text is its
/// number.
fn clouds(texts: usize, dim: usize, seed: u64) -> Embedded {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |scale: f32| (0..dim).map(|_| scale * random.random_range(-1.0f32..1.0)).collect::<Vec<f32>>();
    let centres: Vec<Vec<f32>> = (0..texts / 6).map(|_| draw(1.0)).collect();
    let mut embeddings = Vec::new();
    for i in 0..texts {
        let noise = draw(0.02 + 0.4 * ((i % 7) as f32) / 7.0);
        let centre = &centres[(i * i + i / 3) % centres.len()];
        embeddings.extend(centre.iter().zip(noise).map(|(c, n)| c + n));
    }
    named((0..texts).map(|i| format!("text {i}")).collect(), embeddings, dim)
}

fn named(texts: Vec<String>, embeddings: Vec<f32>, dim: usize) -> Embedded {
    let ids = (0..texts.len()).map(|i| format!("id{i}")).collect();
    Embedded { ids, texts, embeddings, dim, similarity: Similarity::Cos }
}

/// All cosines, by the definition. [texts of a, texts of b]
fn cosines(a: &Embedded, b: &Embedded) -> Vec<Vec<f64>> {
    let rows = |set: &Embedded| -> Vec<Vec<f64>> {
        let unit = |row: &[f32]| {
            let length = row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            row.iter().map(|&v| f64::from(v) / length).collect()
        };
        set.embeddings.chunks_exact(set.dim).map(unit).collect()
    };
    let columns = rows(b);
    let cosine = |x: &Vec<f64>, y: &Vec<f64>| x.iter().zip(y).map(|(x, y)| x * y).sum();
    rows(a).iter().map(|x| columns.iter().map(|y| cosine(x, y)).collect()).collect()
}

fn loose(threshold: f32) -> Options {
    Options { threshold, edges: 64, listed: 1_000_000, neighbours: 5, ..Options::default() }
}

/// Components of a graph, by going along its edges.
fn components(count: usize, linked: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut seen = vec![false; count];
    let mut all = Vec::new();
    for first in 0..count {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let (mut group, mut next) = (vec![first], 0);
        while next < group.len() {
            let from = group[next];
            let reached: Vec<usize> = (0..count).filter(|&to| !seen[to] && linked(from, to)).collect();
            reached.iter().for_each(|&to| seen[to] = true);
            group.extend(reached);
            next += 1;
        }
        group.sort_unstable();
        all.push(group);
    }
    all
}

fn positions(found: &Duplicates, items: &[usize]) -> Vec<usize> {
    items.iter().map(|&item| found.items[item].at).collect()
}

#[test]
fn pairs_and_groups_are_those_of_the_definition_over_several_tiles() {
    // Two blocks of rows, and tiles that do not end with them.
    let corpus = clouds(2300, 8, 1);
    let threshold = 0.97;
    let all = cosines(&corpus, &corpus);
    let found = find(&corpus, None, &loose(threshold), &()).unwrap();
    let is_pair = |i: usize, j: usize| i != j && all[i][j] >= f64::from(threshold);
    let expected: Vec<(usize, usize)> =
        (0..2300).flat_map(|i| (i + 1..2300).map(move |j| (i, j))).filter(|&(i, j)| is_pair(i, j)).collect();
    let mut pairs: Vec<(usize, usize)> =
        found.pairs.iter().map(|pair| (found.items[pair.a].at, found.items[pair.b].at)).collect();
    assert!(found.pairs.is_sorted_by(|x, y| x.score >= y.score));
    pairs.sort_unstable();
    assert_eq!(pairs, expected);
    assert_eq!((found.above, found.kept), (expected.len() as u64, expected.len()));
    let mut groups: Vec<Vec<usize>> = found.groups.iter().map(|group| positions(&found, &group.texts)).collect();
    groups.sort();
    let joined = components(2300, is_pair);
    assert_eq!(groups, joined.into_iter().filter(|group| group.len() > 1).collect::<Vec<_>>());
    assert!(found.groups.is_sorted_by(|x, y| x.texts.len() >= y.texts.len()));
    assert!(found.groups.iter().any(|group| group.chain) && found.groups.iter().any(|group| !group.chain));
    for group in &found.groups {
        let texts = positions(&found, &group.texts);
        let inside: Vec<f64> = texts
            .iter()
            .flat_map(|&i| texts.iter().map(move |&j| (i, j)))
            .filter(|(i, j)| i < j)
            .map(|(i, j)| all[i][j])
            .collect();
        let lowest = inside.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((f64::from(group.lowest) - lowest).abs() < 1e-6);
        assert!((group.mean - inside.iter().sum::<f64>() / inside.len() as f64).abs() < 1e-6);
        assert_eq!(group.chain, lowest < f64::from(threshold));
        let to_others = |i: usize| texts.iter().filter(|&&j| j != i).map(|&j| all[i][j]).sum::<f64>();
        let best = texts.iter().map(|&i| to_others(i)).fold(f64::NEG_INFINITY, f64::max);
        assert!((to_others(found.items[group.representative].at) - best).abs() < 1e-5);
    }
}

#[test]
fn hubs_are_in_more_lists_than_others() {
    let corpus = clouds(700, 6, 2);
    let found = find(&corpus, None, &Options { neighbours: 5, ..Options::default() }, &()).unwrap();
    let all = cosines(&corpus, &corpus);
    let mut counts = vec![0u32; 700];
    for (i, row) in all.iter().enumerate() {
        let mut others: Vec<usize> = (0..700).filter(|&j| j != i).collect();
        others.sort_by(|&x, &y| row[y].total_cmp(&row[x]));
        others.iter().take(5).for_each(|&j| counts[j] += 1);
    }
    let hubs = &found.hubs;
    assert_eq!((hubs.neighbours, hubs.never), (5, counts.iter().filter(|&&n| n == 0).count()));
    assert!(!hubs.hubs.is_empty() && hubs.hubs.len() <= 10 && hubs.skewness.unwrap() > 0.0);
    for hub in &hubs.hubs {
        let at = found.items[hub.text].at;
        assert_eq!(hub.found, counts[at]);
        assert!((hub.mean - all[at].iter().sum::<f64>() / 700.0).abs() < 1e-6);
    }
    assert_eq!(hubs.hubs[0].found, *counts.iter().max().unwrap());
    assert!((hubs.mean - all.iter().flatten().sum::<f64>() / 490_000.0).abs() < 1e-6);
}

#[test]
fn between_two_sets_pairs_go_from_one_to_the_other() {
    let (corpus, other) = (clouds(600, 8, 3), clouds(900, 8, 3));
    let found = find(&corpus, Some(&other), &loose(0.97), &()).unwrap();
    let all = cosines(&corpus, &other);
    let expected: Vec<(usize, usize)> =
        (0..600).flat_map(|i| (0..900).map(move |j| (i, j))).filter(|&(i, j)| all[i][j] >= 0.97).collect();
    let of = |item: usize| (found.items[item].set, found.items[item].at);
    let mut pairs: Vec<_> = found.pairs.iter().map(|pair| (of(pair.a), of(pair.b))).collect();
    pairs.sort_unstable();
    assert_eq!(pairs, expected.iter().map(|&(i, j)| ((0, i), (1, j))).collect::<Vec<_>>());
    assert_eq!((found.above, &found.texts), (expected.len() as u64, &vec![600, 900]));
    let matched = [0, 1].map(|side| {
        let of_side = expected.iter().map(|&(i, j)| [i, j][side]);
        of_side.collect::<std::collections::BTreeSet<usize>>().len()
    });
    // Texts are called by their numbers: the first six hundred are in both.
    assert_eq!((found.matched.as_slice(), found.verbatim.as_slice()), (&matched[..], &[600, 600][..]));
    for group in &found.groups {
        let of_set = |set: usize| {
            group.texts.iter().map(|&item| of(item)).filter(|at| at.0 == set).map(|at| at.1).collect::<Vec<_>>()
        };
        let [rows, columns] = [of_set(0), of_set(1)];
        let inside: Vec<f64> =
            rows.iter().flat_map(|&i| columns.iter().map(move |&j| (i, j))).map(|(i, j)| all[i][j]).collect();
        assert!(!inside.is_empty());
        assert!((group.mean - inside.iter().sum::<f64>() / inside.len() as f64).abs() < 1e-6);
        assert!((f64::from(group.lowest) - inside.iter().copied().fold(2.0, f64::min)).abs() < 1e-6);
    }
}

#[test]
fn copies_are_one_text_and_the_rest_is_counted() {
    let mut corpus = clouds(60, 4, 4);
    // The first text 500 times more, between two that are near it and each other.
    let first = corpus.embeddings[..4].to_vec();
    for i in 0..500 {
        corpus.texts.push("text 0".into());
        corpus.ids.push(format!("copy{i}"));
        corpus.embeddings.extend(&first);
    }
    let options = Options { edges: 2, listed: 50, ..loose(0.9) };
    let found = find(&corpus, None, &options, &()).unwrap();
    assert_eq!((&found.texts, &found.distinct, &found.verbatim), (&vec![560], &vec![60], &vec![501]));
    assert_eq!(found.matched, [found.groups.iter().map(|group| group.texts.len()).sum::<usize>()]);
    let all = cosines(&corpus, &corpus);
    let above =
        all.iter().enumerate().map(|(i, row)| row[i + 1..].iter().filter(|&&s| s >= 0.9 - 1e-6).count()).sum::<usize>();
    assert_eq!(found.above, above as u64);
    assert!(found.pairs.len() == 50 && found.kept <= 120);
    let group = found.groups.iter().find(|group| group.texts.len() > 500).unwrap();
    let texts = positions(&found, &group.texts);
    let mean = texts
        .iter()
        .flat_map(|&i| texts.iter().map(move |&j| (i, j)))
        .filter(|(i, j)| i < j)
        .map(|(i, j)| all[i][j])
        .sum::<f64>();
    let n = texts.len() as f64;
    assert!((group.mean - mean / (n * (n - 1.0) / 2.0)).abs() < 1e-6);
    assert!(found.pairs.iter().all(|pair| pair.kinds != [Kind::Copy] || pair.score > 0.999));
}

/// Small texts with embeddings of a tiny model.
fn letters() -> (whysim::Encoder, Embedded) {
    let encoder = encoder::<f32>("bert", "mean");
    let texts = [
        "The red cat sleeps on the table for 10 days. See the table of red wine.",
        "The red cat sleeps on the table for 12 days. See the table of red wine.",
        "The red cat sleeps on the table for 10 days. See the table of red wine.",
        "The red cat does not sleep on the table for 10 days. See the table of red wine.",
        "A dog runs outside. SEE the  table of red wine.",
        "Prices rose in March.",
    ];
    let texts: Vec<String> = texts.map(String::from).to_vec();
    let embeddings = encoder.embed(&texts, None).unwrap().concat();
    let corpus = named(texts, embeddings, encoder.dim());
    (encoder, corpus)
}

#[test]
fn evidence_and_boilerplate_by_a_model() {
    let (encoder, corpus) = letters();
    let options = Options { threshold: -1.0, least: 3, ..Options::default() };
    let mut found = find(&corpus, None, &options, &()).unwrap();
    let at = |i: usize, j: usize, found: &Duplicates| {
        let is = |pair: &whysim::duplicates::Pair| (found.items[pair.a].at, found.items[pair.b].at) == (i, j);
        found.pairs.iter().position(is).unwrap()
    };
    assert_eq!(found.pairs[at(0, 1, &found)].summary, "differs in a number: 10 → 12");
    assert_eq!(found.pairs[at(0, 2, &found)].kinds, [Kind::Copy]);
    assert!(found.pairs[at(0, 3, &found)].telling && found.pairs[at(1, 3, &found)].telling);
    let sentences: Vec<(&str, u32)> = found.boilerplate.sentences.iter().map(|s| (s.text.as_str(), s.texts)).collect();
    assert_eq!(sentences, [("See the table of red wine.", 4)]);
    let worth = found.worth(4);
    assert_eq!(worth.iter().filter(|&&i| found.pairs[i].telling).count(), 3);
    found.explain(&encoder, &Explaining { pairs: 4, words: 3, ..Explaining::default() }, &()).unwrap();
    let explained: Vec<usize> = (0..found.pairs.len()).filter(|&i| found.pairs[i].evidence.is_some()).collect();
    let mut sorted = worth.clone();
    sorted.sort_unstable();
    assert_eq!(explained, sorted);
    let pair = &found.pairs[at(0, 1, &found)];
    let evidence = pair.evidence.as_ref().unwrap();
    assert!(evidence.carries.len() == 3 && evidence.error.abs() <= evidence.bound);
    let options = whysim::Options { unit: whysim::text::Unit::Word, ..whysim::Options::default() };
    let texts = [pair.a, pair.b].map(|item| found.items[item].text.as_str());
    let e = encoder.explain(texts, [&options; 2], Similarity::Cos).unwrap();
    let top = e.top(usize::MAX, e.default_view(), Listed::Text);
    let expected: Vec<f32> = top.iter().map(|cell| cell.value).filter(|&value| value > 0.0).take(3).collect();
    assert_eq!(evidence.carries.iter().map(|one| one.value).collect::<Vec<f32>>(), expected);
    assert!(!found.boilerplate.carriers.is_empty());
    assert!(found.boilerplate.carriers.iter().all(|one| one.pairs >= 3 && one.share > 0.0 && one.share < 1.0));
    // Long texts by sentences.
    found.explain(&encoder, &Explaining { pairs: 2, longest: 10, ..Explaining::default() }, &()).unwrap();
    assert!(found.pairs.iter().filter_map(|pair| pair.evidence.as_ref()).any(|e| e.by == whysim::text::Unit::Sentence));
}

#[test]
fn each_mistake_gets_one_error() {
    let (encoder, corpus) = letters();
    let error = |found: whysim::Result<Duplicates>| found.unwrap_err().to_string();
    let with = |options: Options| error(find(&corpus, None, &options, &()));
    assert!(with(Options { threshold: 1.5, ..Options::default() }).contains("a cosine, from -1 to 1, not 1.5"));
    assert!(with(Options { threshold: f32::NAN, ..Options::default() }).contains("threshold"));
    assert!(with(Options { edges: 0, ..Options::default() }).contains("edges must be from 1 to 1000, not 0"));
    assert!(error(find(&named(Vec::new(), Vec::new(), 4), None, &Options::default(), &())).contains("one at least"));
    let mut broken = clouds(12, 4, 1);
    assert!(error(find(&corpus, Some(&broken), &Options::default(), &())).contains("4 dimensions compared by cos"));
    broken.embeddings[21] = f32::NAN;
    assert!(error(find(&broken, None, &Options::default(), &())).contains("NaN or infinity for the text `id5`"));
    // A model that did not make the embeddings.
    let mut turned = corpus.clone();
    turned.embeddings.iter_mut().enumerate().for_each(|(i, v)| *v *= (i % 5) as f32 - 2.0);
    let mut found = find(&turned, None, &Options { threshold: -1.0, ..Options::default() }, &()).unwrap();
    let error = found.explain(&encoder, &Explaining::default(), &()).unwrap_err().to_string();
    assert!(error.contains("the one that the texts were embedded with"), "{error}");
}

/// Says to stop after some questions.
struct Impatient(AtomicUsize);

impl Progress for Impatient {
    fn stopped(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

#[test]
fn it_can_be_stopped_anywhere() {
    let corpus = clouds(300, 4, 5);
    let mut stopped = 0;
    for patience in (0..100_000).step_by(50) {
        match find(&corpus, None, &Options::default(), &Impatient(patience.into())) {
            Err(Error::Interrupted) => stopped += 1,
            Ok(_) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(stopped > 3 && stopped < 2000);
}
