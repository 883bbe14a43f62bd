//! What moves between two models, on tiny models with tokenizers of their own.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{FAMILIES, encoder, exact, options};
use whysim::compare::{Comparison, Settings, Subject, compare, compare_pairs};
use whysim::pairs::Row;
use whysim::removal;
use whysim::text::Unit;
use whysim::{Encoder, Error, Explanation, Options, Progress, Similarity, render};

const A: &str = "The dog runs after the kitten, doesn't it?";
const B: &str = "Outside, the cat is chased by the dog.";

fn words(layer: i64) -> Options {
    Options { unit: Unit::Word, ..options(layer, 3) }
}

fn subject<'a>(encoder: &'a Encoder, options: &'a Options) -> Subject<'a> {
    Subject { encoder, options, similarity: Similarity::Cos }
}

fn truncated(e: &Explanation, side: usize) -> bool {
    [&e.a, &e.b][side].truncated.is_some()
}

fn row(a: &str, b: &str, score: Option<f64>) -> Row {
    Row { a: a.into(), b: Some(b.into()), score }
}

#[test]
fn models_of_every_tokenizer_meet_in_words() {
    let first = encoder::<f32>("bert", "mean");
    let options = words(-2);
    for family in FAMILIES {
        let second = encoder::<f32>(family, "mean");
        let both = [subject(&first, &options), subject(&second, &options)];
        let found = compare([A, B], &both, 4).unwrap();
        for (text, words) in [(A, &found.a.words), (B, &found.b.words)] {
            // All that is not a space is in one word.
            let written: String = words.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(written.replace(' ', ""), text.replace(' ', ""), "{family}");
        }
        for (side, text) in [&found.a, &found.b].into_iter().enumerate() {
            for model in [0, 1] {
                let sum: f64 = text.words.iter().map(|word| word.totals[model]).sum();
                assert!((sum + text.rest[model] - found.scores[model]).abs() < 1e-9, "{family}");
                let e = &found.explanations[model];
                for word in &text.words {
                    let Some(row) = word.rows[model] else {
                        // Some of the tiny models read few tokens.
                        assert!(truncated(e, side) && word.totals[model] == 0.0, "{family}: {}", word.text);
                        continue;
                    };
                    assert!((e.relevance().sides()[side][row] - word.totals[model]).abs() < 1e-12);
                }
            }
        }
        for pair in &found.pairs {
            let rows = |model: usize| (found.a.words[pair.a].rows[model], found.b.words[pair.b].rows[model]);
            for model in [0, 1] {
                let (Some(i), Some(j)) = rows(model) else { continue };
                let e = &found.explanations[model];
                assert_eq!(f64::from(e.matrix[i][j]), pair.attribution[model]);
                assert_eq!(f64::from(e.interaction()[i][j]), pair.interaction[model]);
            }
        }
        let direct = second.compare(A, B, Similarity::Cos).unwrap();
        assert!((found.scores[1] - direct).abs() < 1e-5, "{family}");
    }
}

#[test]
fn of_an_exact_model_words_and_special_tokens_are_all() {
    let (first, second) = (exact::<f32>("bert", "mean"), encoder::<f32>("bert", "mean"));
    let options = words(-2);
    let found = compare([A, B], &[subject(&first, &options), subject(&second, &options)], 4).unwrap();
    assert_eq!(found.explanations.each_ref().map(|e| e.exact), [true, false]);
    let e = &found.explanations[0];
    let special: f64 = [0, e.a.tokens.len() - 1].iter().map(|&i| e.relevance().a[i]).sum();
    assert!((found.a.rest[0] - special + e.error).abs() < 1e-6, "{} {special}", found.a.rest[0]);
}

#[test]
fn layers_of_one_model_share_the_score() {
    let model = encoder::<f32>("bert", "mean");
    let (early, late) = (words(0), words(-2));
    let found = compare([A, B], &[subject(&model, &early), subject(&model, &late)], 4).unwrap();
    assert!(found.moved.abs() < 1e-6 && found.names[0].ends_with("layer 0 of 3"), "{:?}", found.names);
    assert!(found.a.words.iter().any(|word| word.moved.abs() > 1e-4));
    let text = render::comparison(&found, 3);
    assert!(text.contains("layer 0 of 3") && text.contains(" other words)"), "{text}");
    // By sentences, one row stands for all words.
    let coarse = Comparison::new([&found.explanations[0].by(Unit::Sentence), &found.explanations[1]], 4).unwrap();
    assert_eq!((coarse.by, coarse.a.words.len()), (Unit::Sentence, 1));
    let sum: f64 = found.a.words.iter().map(|word| word.totals[1]).sum();
    assert!((coarse.a.words[0].totals[1] - sum).abs() < 1e-5);
}

#[test]
fn by_removal_too() {
    let (first, second) = (encoder::<f32>("bert", "mean"), encoder::<f32>("roberta", "mean"));
    let options = Options { unit: Unit::Word, removal: Some(removal::Options::default()), ..Options::default() };
    let found = compare(["a red cat", "the red dog"], &[subject(&first, &options), subject(&second, &options)], 9);
    let found = found.unwrap();
    assert_eq!((found.a.words.len(), found.pairs.len()), (3, 9));
    assert!(found.explanations.iter().all(|e| e.removal.is_some()));
}

#[test]
fn many_pairs_are_scored_and_those_that_moved_are_explained() {
    let (first, second) = (encoder::<f32>("bert", "mean"), encoder::<f32>("mpnet", "mean"));
    let options = words(-2);
    let both = [subject(&first, &options), subject(&second, &options)];
    let texts = ["The dog runs.", "A cat is chased.", "Red wine.", "It rained all night.", "Prices rose in March."];
    let rows: Vec<Row> =
        (0..12).map(|i| row(texts[i % 5], texts[(i * 3 + 1) % 5], (i != 4).then_some(i as f64 / 12.0))).collect();
    let settings = Settings { top: 3, sample: 6, word_pairs: 2, seed: 5 };
    let found = compare_pairs(&rows, &both, &settings, &()).unwrap();
    assert_eq!((found.pairs.len(), found.moved.len(), found.sample), (12, 3, 6));
    for (row, pair) in rows.iter().zip(&found.pairs) {
        let direct = [&first, &second].map(|e| e.compare(&row.a, row.b.as_ref().unwrap(), Similarity::Cos).unwrap());
        assert!(pair.scores.iter().zip(direct).all(|(x, y)| (x - y).abs() < 1e-5));
        assert_eq!(pair.gold, row.score);
    }
    let size = |i: usize| (found.pairs[i].standardised[1] - found.pairs[i].standardised[0]).abs();
    let mut sizes: Vec<f64> = (0..12).map(size).collect();
    sizes.sort_by(|x, y| y.total_cmp(x));
    for (moved, expected) in found.moved.iter().zip(sizes) {
        assert!((size(moved.number - 1) - expected).abs() < 1e-12);
        assert_eq!(moved.comparison.a.text, rows[moved.number - 1].a);
        assert!(moved.comparison.pairs.len() <= 2);
    }
    assert!(found.words.windows(2).all(|w| w[0].standardised.abs() >= w[1].standardised.abs()));
    assert!(found.words.iter().all(|word| word.count >= 2) && !found.words.is_empty());
    assert_eq!(found.gold.unwrap().pairs, 11);
    assert_eq!(found, compare_pairs(&rows, &both, &settings, &()).unwrap(), "it is seeded");
    let text = render::overview(&found, 5);
    for part in ["12 pairs", "Kendall", "gold scores of 11 pairs", "moved by `", "standardised"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&render::overview_json(&found)).unwrap();
    assert_eq!(json["moved"][0]["number"], found.moved[0].number);
    assert_eq!(json["moved"][0]["comparison"]["explanations"][1]["model"], "mpnet");
}

/// Stops when it is asked for the n-th time.
struct Impatient(AtomicUsize);

impl Progress for Impatient {
    fn stopped(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) <= 1
    }
}

#[test]
fn what_is_wrong_is_named() {
    let model = encoder::<f32>("bert", "mean");
    let options = words(-2);
    let both = [subject(&model, &options); 2];
    let of = |rows: &[Row]| compare_pairs(rows, &both, &Settings::default(), &()).unwrap_err().to_string();
    assert!(of(&[]).contains("not none"));
    assert!(of(&[row("a", "b", None), Row { b: None, ..row("a", "", None) }]).contains("row 2"));
    assert!(of(&[row("a", "b", None), row("a", " ", None)]).contains("B of pair 2 is empty"));
    assert!(compare(["a", ""], &both, 1).unwrap_err().to_string().contains("text B is empty"));
    let rows: Vec<Row> = (0..9).map(|_| row("a dog", "a cat", None)).collect();
    let stopped = compare_pairs(&rows, &both, &Settings::default(), &Impatient(AtomicUsize::new(4)));
    assert!(matches!(stopped, Err(Error::Interrupted)), "{stopped:?}");
}
