//! The margin between two texts for a query: the difference of two explanations, with its own
//! ledger and bound.

use crate::common::{FAMILIES, Golden, decompose, encoder, exact};
use whysim::margin::Margin;
use whysim::text::Unit;
use whysim::{Decomposition, Encoder, Similarity};

const BOTH: [Similarity; 2] = [Similarity::Cos, Similarity::Dot];

/// Query, better and worse text, integrated coarsely enough for the ledger to have an error to
/// bound.
fn texts(family: &str, model: &Encoder) -> [Decomposition; 3] {
    let golden = Golden::of(family);
    ["a", "b", "c"].map(|t| decompose(model, golden.text(t), 0, 2))
}

fn total(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn close(x: f64, y: f64) -> bool {
    (x - y).abs() < 1e-9 * x.abs().max(y.abs()).max(1.0)
}

#[test]
fn the_ledger_closes_within_its_bound() {
    for family in FAMILIES {
        for model in [encoder::<f32>(family, "mean"), exact::<f32>(family, "mean")] {
            let [q, b, w] = texts(family, &model);
            for similarity in BOTH {
                let m = q.margin(&b, &w, similarity).unwrap();
                let (to_b, to_w) = (q.explain(&b, similarity).unwrap(), q.explain(&w, similarity).unwrap());
                assert!(close(m.margin, to_b.score - to_w.score));
                assert!(close(m.error, total(&m.query) + m.query_reference - m.margin));
                let of_texts = total(&m.better_rows) + total(&m.worse_rows);
                assert!(close(m.error, of_texts + m.text_references - m.margin));
                assert_eq!(m.better_rows, to_b.relevance().b);
                assert!(m.error.abs() <= m.bound, "{family}: {} > {}", m.error, m.bound);
                // The query's own gap occurs in both pairs, so the sum of the two bounds is more
                // than needed.
                assert!(m.bound <= (to_b.bound + to_w.bound) * (1.0 + 1e-12), "{family}");
                assert_eq!((&m.better, &m.worse), (&to_b, &to_w));
                if model.identity().exact {
                    assert!(m.query_reference.abs() < 1e-6 && m.text_references.abs() < 1e-6);
                }
            }
        }
    }
}

#[test]
fn exchanged_texts_change_the_sign() {
    let model = encoder::<f32>("bert", "mean");
    let [q, b, w] = texts("bert", &model);
    let (m, n) = (q.margin(&b, &w, Similarity::Cos).unwrap(), q.margin(&w, &b, Similarity::Cos).unwrap());
    assert_eq!((m.margin, m.error), (-n.margin, -n.error));
    assert_eq!((m.query_reference, m.text_references), (-n.query_reference, -n.text_references));
    assert!(close(m.bound, n.bound));
    assert!(m.query.iter().zip(&n.query).all(|(x, y)| *x == -y));
    assert!(m.better_rows.iter().zip(&n.worse_rows).all(|(x, y)| *x == -y));
    let nothing = q.margin(&b, &b, Similarity::Cos).unwrap();
    assert!(nothing.margin == 0.0 && nothing.query.iter().all(|&v| v == 0.0));
}

#[test]
fn words_keep_the_sums() {
    let model = encoder::<f32>("bert", "mean");
    let [q, b, w] = texts("bert", &model);
    let m: Margin = q.margin(&b, &w, Similarity::Cos).unwrap();
    let words = m.by(Unit::Word);
    assert!(words.better_rows.len() < m.better_rows.len(), "the text has words of several tokens");
    assert_eq!(words.better_rows.len(), words.better.b.tokens.len());
    assert_eq!(words.query.len(), words.better.a.tokens.len());
    for (fine, coarse) in [(&m.query, &words.query), (&m.better_rows, &words.better_rows)] {
        assert!((total(fine) - total(coarse)).abs() < 1e-6);
    }
    assert_eq!((words.margin, words.error, words.bound), (m.margin, m.error, m.bound));
}

#[test]
fn decompositions_of_other_models_are_refused() {
    let [q, b, _] = texts("bert", &encoder::<f32>("bert", "mean"));
    let [_, _, w] = texts("bert", &exact::<f32>("bert", "mean"));
    assert!(q.margin(&b, &w, Similarity::Cos).is_err());
}
