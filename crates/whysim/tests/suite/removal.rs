//! Contributions by removal: their laws, for models with tokens and for functions without.

use std::collections::BTreeSet;

use crate::common::{FAMILIES, encoder, exact};
use whysim::decomposition::Options;
use whysim::explanation::{Method, View};
use whysim::progress::Progress;
use whysim::removal::{self, Empty, Game, Index, Removal};
use whysim::text::{Origin, Unit};
use whysim::{Decomposition, Embedder, Encoder, Opaque, Similarity};

const TEXT: &str = "The dog runs after the kitten in the garden.";
const OTHER: &str = "A small kitten sleeps.";

fn by_removal(game: Game) -> Options {
    let removal = removal::Options { game, ..Default::default() };
    Options { removal: Some(removal), unit: Unit::Word, ..Options::default() }
}

fn budget(budget: usize, seed: u64) -> Options {
    let removal = removal::Options { budget: Some(budget), seed, ..Default::default() };
    Options { removal: Some(removal), unit: Unit::Word, ..Options::default() }
}

fn total(d: &Decomposition) -> Vec<f64> {
    let mut sum = vec![0.0; d.embedding.len()];
    d.contributions.chunks(sum.len()).for_each(|row| sum.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v)));
    sum
}

#[test]
fn values_sum_to_the_embedding_less_that_of_nothing_and_the_ledger_closes() {
    for family in FAMILIES {
        for model in [encoder::<f32>(family, "mean"), exact::<f32>(family, "mean")] {
            for empty in [Empty::Embedded, Empty::Zero] {
                let options = by_removal(Game { empty, ..Game::default() });
                let [a, b] = [TEXT, OTHER].map(|text| model.decompose(text, &options).unwrap());
                assert!(a.gap < 1e-5, "{family}: {}", a.gap);
                assert!(a.tokens.iter().all(|token| token.origin == Origin::Text));
                let e = a.explain(&b, Similarity::Cos).unwrap();
                assert!(e.error.abs() <= e.bound && e.bound < 1e-5, "{family}: {} {}", e.error, e.bound);
                assert_eq!((e.method, e.exact), (Method::Removal, model.identity().exact || empty == Empty::Zero));
                // The score is the model's own.
                let own = model.compare(TEXT, OTHER, Similarity::Cos).unwrap();
                assert!((e.score - own).abs() < 1e-4, "{family}: {} {own}", e.score);
            }
        }
    }
}

/// Vectors in which every word has a coordinate of its own, and pairs of words have others.
struct Words;

const WORDS: [&str; 6] = ["alpha", "beta", "gamma", "delta", "the", "twin"];

impl Embedder for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn embed(&self, texts: &[&str], _: &dyn Progress) -> whysim::Result<Vec<Vec<f32>>> {
        let vector = |text: &&str| {
            let has = |word: &str| f32::from(u8::from(text.split(' ').any(|other| other == word)));
            let mut v = vec![1.0, has("alpha"), 2.0 * has("beta"), has("gamma") * has("delta"), has("twin")];
            // A cube, so that no pair of words explains it.
            v.push((has("alpha") + has("beta") + has("gamma")).powi(3));
            v
        };
        Ok(texts.iter().map(vector).collect())
    }
}

fn opaque(text: &str, game: Game) -> Decomposition {
    let model = Opaque::new(Words);
    model.decompose_all(&[text], &by_removal(game), &()).unwrap().swap_remove(0)
}

/// Values by their definition, over all subsets.
fn by_definition(words: &[&str], index: Index) -> Vec<Vec<f64>> {
    let n = words.len();
    let e = |kept: usize| -> Vec<f64> {
        let text: Vec<&str> = (0..n).filter(|i| kept >> i & 1 == 1).map(|i| words[i]).collect();
        Words.embed(&[&text.join(" ")], &()).unwrap().swap_remove(0).into_iter().map(f64::from).collect()
    };
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    let value = |i: usize| {
        let mut v = vec![0.0; 6];
        for kept in (0..1usize << n).filter(|kept| kept >> i & 1 == 0) {
            let s = kept.count_ones() as usize;
            let weight = match index {
                Index::Shapley => factorial(s) * factorial(n - s - 1) / factorial(n),
                Index::Banzhaf => 0.5f64.powi(n as i32 - 1),
            };
            let (with, without) = (e(kept | 1 << i), e(kept));
            v.iter_mut().zip(with.iter().zip(&without)).for_each(|(v, (x, y))| *v += weight * (x - y));
        }
        v
    };
    (0..n).map(value).collect()
}

#[test]
fn over_all_subsets_values_are_those_of_the_definition() {
    for index in [Index::Shapley, Index::Banzhaf] {
        for count in 1..=WORDS.len() {
            let words = &WORDS[..count];
            let d = opaque(&words.join(" "), Game { index, empty: Empty::Embedded, ..Game::default() });
            for (row, expected) in d.contributions.chunks(6).zip(by_definition(words, index)) {
                for (v, expected) in row.iter().zip(&expected) {
                    assert!((f64::from(*v) - expected).abs() < 1e-5, "{index} {count}: {row:?} {expected:?}");
                }
            }
            assert!(d.deviations.is_empty());
        }
    }
}

#[test]
fn a_word_that_changes_nothing_has_no_contribution_and_equal_ones_have_equal_ones() {
    let empty = Game { empty: Empty::Embedded, ..Game::default() };
    let d = opaque("alpha the beta gamma delta", empty);
    assert!(d.contributions[6..12].iter().all(|v| v.abs() < 1e-6));
    let d = opaque("alpha gamma delta beta", empty);
    let coordinate = |word: usize| d.contributions[word * 6 + 3];
    assert!((coordinate(1) - coordinate(2)).abs() < 1e-6 && (coordinate(1) - 0.5).abs() < 1e-6);
}

#[test]
fn what_is_sampled_nears_the_exact_values_within_its_standard_errors() {
    let model = encoder::<f32>("bert", "mean");
    let exact = model.decompose(TEXT, &budget(1 << 10, 0)).unwrap();
    let other = model.decompose(OTHER, &by_removal(Game::default())).unwrap();
    assert!(exact.deviations.is_empty() && exact.tokens.len() == 10);
    let truth = exact.explain(&other, Similarity::Cos).unwrap();
    assert!(truth.standard_error.as_ref().unwrap().matrix.concat().iter().all(|v| *v == 0.0));
    let mut errors = Vec::new();
    for texts in [40, 400] {
        let (mut squares, mut ratios, mut count) = (0.0, 0.0, 0);
        for seed in 0..12 {
            let sampled = model.decompose(TEXT, &budget(texts, seed)).unwrap();
            assert!(sampled.steps <= texts + 2 && sampled.gap < 1e-5);
            let e = sampled.explain(&other, Similarity::Cos).unwrap();
            assert!((e.sum - truth.sum).abs() < 1e-6);
            for view in [View::Attribution, View::Interaction] {
                let stated = e.uncertainty(view).unwrap().concat();
                for ((v, truth), stated) in e.viewed(view).concat().iter().zip(truth.viewed(view).concat()).zip(stated)
                {
                    squares += f64::from(v - truth).powi(2);
                    ratios += f64::from((v - truth) / stated).powi(2);
                    count += 1;
                }
                // By coarser rows they are upper limits.
                let (coarse, whole) = (e.by(Unit::Sentence), truth.by(Unit::Sentence));
                let most = coarse.uncertainty(view).unwrap()[0][0];
                assert!((coarse.viewed(view)[0][0] - whole.viewed(view)[0][0]).abs() <= 3.0 * most + 1e-6);
            }
        }
        // The errors that are stated are those that there are.
        let ratio = (ratios / f64::from(count)).sqrt();
        assert!((0.6..1.6).contains(&ratio), "{texts}: {ratio}");
        errors.push((squares / f64::from(count)).sqrt());
    }
    assert!(errors[1] < errors[0] / 2.0, "{errors:?}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_files_keep_them() {
    let model = encoder::<f32>("bert", "mean");
    let [one, again, other] = [1, 1, 2].map(|seed| model.decompose(TEXT, &budget(60, seed)).unwrap());
    assert_eq!(one, again);
    assert_ne!(one.contributions, other.contributions);
    assert!(!one.deviations.is_empty());
    assert_eq!(Decomposition::from_bytes(&one.to_bytes().unwrap()).unwrap(), one);
    // Budgets and seeds may differ within a pair; games may not.
    assert!(one.explain(&other, Similarity::Dot).is_ok());
    let banzhaf = model.decompose(TEXT, &by_removal(Game { index: Index::Banzhaf, ..Game::default() })).unwrap();
    let path = model.decompose(TEXT, &Options { unit: Unit::Word, ..Options::default() }).unwrap();
    for wrong in [banzhaf, path] {
        let error = one.explain(&wrong, Similarity::Cos).unwrap_err().to_string();
        assert!(error.contains("their methods differ"), "{error}");
    }
}

#[test]
fn relevance_is_what_the_contributions_have_with_the_query() {
    let model = encoder::<f32>("mpnet", "mean");
    for options in [by_removal(Game::default()), budget(60, 0)] {
        let one = model.relevance(OTHER, &[TEXT], None, &options, Similarity::Cos).unwrap().swap_remove(0);
        let query = model.decompose(OTHER, &options).unwrap();
        let e = query.explain(&model.decompose(TEXT, &options).unwrap(), Similarity::Cos).unwrap();
        let totals = e.relevance().b;
        let errors = &e.standard_error.as_ref().unwrap().b;
        for ((row, total), error) in one.tokens.iter().zip(&totals).zip(errors) {
            assert!((f64::from(row.relevance) - total).abs() < 1e-5);
            assert!((row.standard_error.unwrap() - error).abs() < 1e-6);
        }
        assert!(one.error.abs() <= one.bound && (one.score - e.score).abs() < 1e-6);
    }
}

#[test]
fn every_rule_removes_and_masking_keeps_the_length() {
    let model = encoder::<f32>("bert", "mean");
    let values = [Removal::Delete, Removal::MaskToken, Removal::AttentionMask].map(|rule| {
        let d = model.decompose(OTHER, &by_removal(Game { rule, ..Game::default() })).unwrap();
        let difference: Vec<f64> = d.embedding.iter().zip(&d.reference).map(|(e, q)| f64::from(e - q)).collect();
        assert!(total(&d).iter().zip(&difference).all(|(x, y)| (x - y).abs() < 1e-5));
        d.contributions.clone()
    });
    assert!(values[0] != values[1] && values[1] != values[2]);
}

/// An embedder that does something else than it should.
struct Odd(Give);

/// Vectors for a number of texts.
type Give = fn(usize) -> Vec<Vec<f32>>;

impl Embedder for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn embed(&self, texts: &[&str], _: &dyn Progress) -> whysim::Result<Vec<Vec<f32>>> {
        Ok(self.0(texts.len()))
    }
}

#[test]
fn what_an_embedder_gives_is_checked() {
    let cases: [(Give, &str); 5] = [
        (|n| vec![vec![1.0; 3]; n - 1], "vectors for"),
        (|_| Vec::new(), "gave 0 vectors"),
        (|n| vec![Vec::new(); n], "empty vector"),
        (|n| (0..n).map(|i| vec![1.0; 3 + i % 2]).collect(), "3 dimensions"),
        (|n| vec![vec![f32::NAN; 3]; n], "NaN"),
    ];
    for (give, said) in cases {
        let error = Opaque::new(Odd(give)).explain([TEXT, OTHER], &words(), Similarity::Cos, &()).unwrap_err();
        assert!(error.to_string().contains(said) && error.to_string().contains("odd"), "{error}");
    }
}

#[test]
fn vectors_must_be_as_wide_in_every_call() {
    // The last text comes alone, in a call of its own.
    let narrower = Opaque::new(Odd(|n| vec![vec![1.0; if n > 1 { 3 } else { 2 }]; n]));
    let texts: Vec<&str> = [vec![OTHER; whysim::opaque::BLOCK], vec!["cat"]].concat();
    let error = narrower.decompose_all(&texts, &words(), &()).unwrap_err().to_string();
    assert!(error.contains("2 dimensions, and had 3 in a call before"), "{error}");
}

fn words() -> Options {
    Options { unit: Unit::Word, ..Options::default() }
}

#[test]
fn each_text_is_embedded_once_and_empty_ones_not_at_all() {
    let model = Opaque::new(Words);
    let parts = model.parts(&["alpha beta alpha", "beta alpha"], &words()).unwrap();
    assert_eq!(parts.iter().collect::<BTreeSet<_>>().len(), parts.len());
    assert!(!parts.iter().any(String::is_empty));
    let e = model.explain(["alpha beta", "beta gamma delta"], &words(), Similarity::Cos, &()).unwrap();
    assert!(e.exact && e.error.abs() < 1e-6);
    // Blocks of texts are embedded one after another, and their texts are numbered through.
    let many: Vec<String> = (0..70).map(|i| format!("alpha beta {}", WORDS[i % WORDS.len()])).collect();
    let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
    let all = model.decompose_all(&many, &words(), &()).unwrap();
    assert!(all.iter().zip(&many).all(|(d, text)| d.text == *text) && all.len() == 70);
    assert_eq!(all[40].contributions, opaque(many[40], Game { empty: Empty::Zero, ..Game::default() }).contributions);
    many[66] = " ";
    let error = model.decompose_all(&many, &words(), &()).unwrap_err().to_string();
    assert!(error.contains("text number 67 is empty"), "{error}");
    let relevant = model.relevance("alpha", &["alpha beta"], &words(), Similarity::Cos, &()).unwrap();
    assert!(relevant[0].tokens[0].relevance > 0.0);
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let model: Encoder = encoder("bert", "mean");
    let removal = Some(removal::Options::default());
    let of = |options: Options| model.decompose(TEXT, &options).unwrap_err().to_string();
    assert!(of(Options { layer: Some(1), removal, ..Options::default() }).starts_with("layer must be left out"));
    let text = whysim::text::Reference::Zero;
    assert!(of(Options { reference: text, removal, ..Options::default() }).starts_with("reference must be left out"));
    assert!(of(budget(10, 0)).contains("budget must be 40 or more for the 10 rows"));
    let features = model.features(TEXT, &Options { removal, ..Options::default() });
    assert!(features.is_err_and(|e| e.to_string().contains("removal must be left out")));
    let opaque = |text: &str, options: &Options| {
        Opaque::new(Words).decompose_all(&[text], options, &()).unwrap_err().to_string()
    };
    assert!(opaque(TEXT, &Options::default()).contains("by must be word or sentence"));
    assert!(opaque("  ", &words()).contains("text number 1 is empty"));
    let pair = Opaque::new(Words).explain([TEXT, " "], &words(), Similarity::Cos, &()).unwrap_err().to_string();
    assert!(pair.contains("text B is empty"), "{pair}");
    let masked = by_removal(Game { rule: Removal::MaskToken, ..Game::default() });
    assert!(opaque(TEXT, &masked).contains("removal must be delete"));
    assert!(opaque(TEXT, &Options { prompt: Some("query".into()), ..words() }).contains("prompt must be left out"));
}
