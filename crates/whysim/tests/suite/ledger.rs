//! Laws of pairs: what their numbers add up to.

use crate::common::{FAMILIES, Golden, decompose, encoder, exact, options, wide};
use whysim::text::Reference;
use whysim::{Options, Similarity};

const TEXT: &str = "The dog runs after the kitten; it's a small garden. Nobody saw it.";

#[test]
fn the_ledger_closes_within_its_bound() {
    for family in FAMILIES {
        for model in [encoder::<f32>(family, "mean"), exact::<f32>(family, "mean")] {
            for (layer, steps) in [(0, 3), (1, 8), (2, 16), (3, 1)] {
                for similarity in [Similarity::Cos, Similarity::Dot] {
                    let a = decompose(&model, TEXT, layer, steps);
                    let b = decompose(&model, "A kitten is chased by a dog!", layer, steps);
                    let e = a.explain(&b, similarity).unwrap();
                    assert!(e.error.abs() <= e.bound, "{family}: error {} over its bound {}", e.error, e.bound);
                    let sum: f64 = e.matrix.iter().flatten().map(|&v| f64::from(v)).sum();
                    assert!((sum - e.sum).abs() < 1e-12);
                    let border: f64 = wide(&e.border.a).iter().chain(&wide(&e.border.b)).sum::<f64>() + e.border.corner;
                    assert!((e.sum + border - e.score - e.error).abs() < 1e-12);
                    let t = e.terms;
                    let interaction = t.ab - t.a_ref - t.ref_b + t.ref_ref;
                    assert!((e.sum - interaction).abs() <= e.bound + 1e-6, "{family}: {} {interaction}", e.sum);
                    if model.identity().exact {
                        assert_eq!(border, 0.0);
                        assert_eq!((t.a_ref, t.ref_b, t.ref_ref), (0.0, 0.0, 0.0));
                    }
                    let score = model.compare(&a.text, &b.text, similarity).unwrap();
                    assert!((score - e.score).abs() < 1e-4 * score.abs().max(1.0), "{family}: {score} {}", e.score);
                }
            }
        }
    }
}

#[test]
fn a_pair_explained_the_other_way_is_the_transpose() {
    let model = encoder::<f32>("roberta", "mean");
    let (a, b) = (decompose(&model, TEXT, 1, 8), decompose(&model, "A garden.", 1, 8));
    let (ab, ba) = (a.explain(&b, Similarity::Cos).unwrap(), b.explain(&a, Similarity::Cos).unwrap());
    for (i, row) in ab.matrix.iter().enumerate() {
        row.iter().enumerate().for_each(|(j, v)| assert_eq!(*v, ba.matrix[j][i]));
    }
    assert_eq!((ab.score, &ab.border.a), (ba.score, &ba.border.b));
}

#[test]
fn a_text_that_equals_its_reference_has_nothing_to_attribute() {
    let copy = crate::common::Copy::of("bert");
    let model = copy.load().unwrap();
    let options = Options { reference: Reference::Text(TEXT.into()), ..Options::default() };
    let d = model.decompose(TEXT, &options).unwrap();
    assert!(d.contributions.iter().all(|&v| v == 0.0) && d.residual == 0.0 && d.gap == 0.0);
    let e = d.explain(&d, Similarity::Cos).unwrap();
    assert!((e.score - 1.0).abs() < 1e-6 && e.sum == 0.0 && e.error.abs() <= e.bound);
    // The exact model's own reference, written as a text: its embedding is 0.
    let model = exact::<f32>("bert", "mean");
    let d = model.decompose("[PAD] [PAD]", &Options::default()).unwrap();
    let e = d.explain(&d, Similarity::Cos).unwrap();
    assert_eq!((e.score, e.sum, e.error), (0.0, 0.0, 0.0));
    assert!(e.matrix.iter().flatten().all(|&v| v == 0.0));
}

#[test]
fn an_exact_model_keeps_its_score_from_any_reference() {
    let model = exact::<f32>("mpnet", "mean");
    for reference in [Reference::Pad, Reference::Mask, Reference::Zero, Reference::Text("A kitten.".into())] {
        let options = Options { reference: reference.clone(), ..options(1, 32) };
        let [a, b] = [TEXT, "Nobody saw a dog."].map(|t| model.decompose(t, &options).unwrap());
        let e = a.explain(&b, Similarity::Cos).unwrap();
        assert!((e.score - model.compare(&a.text, &b.text, Similarity::Cos).unwrap()).abs() < 1e-5, "{reference}");
        assert!(e.error.abs() <= e.bound);
        assert_eq!(e.border.corner == 0.0, reference == Reference::Pad);
    }
}

#[test]
fn features_sum_to_contributions_and_blocks_to_the_matrix() {
    for family in FAMILIES {
        let golden = Golden::of(family);
        let model = encoder::<f64>(family, "mean");
        let features = |t| model.features_as(golden.text(t), &options(2, 12), &()).unwrap();
        let (a, b) = (features("a"), features("b"));
        let plain = decompose(&model, golden.text("a"), 2, 12);
        for (f, v) in a.decomposition.contributions.iter().zip(&plain.contributions) {
            assert!((f - v).abs() < 1e-5, "{family}: {f} {v}");
        }
        let e = a.decomposition.explain(&b.decomposition, Similarity::Cos).unwrap();
        let block = a.block(2, &b, 3, Similarity::Cos).unwrap();
        assert_eq!(block.len(), model.hidden() * model.hidden());
        let sum: f64 = wide(&block).iter().sum();
        assert!((sum - f64::from(e.matrix[2][3])).abs() < 1e-5, "{family}: {sum} {}", e.matrix[2][3]);
        let marginal = a.marginal(&b, Similarity::Cos).unwrap();
        let row: f64 = wide(&marginal[2 * model.hidden()..3 * model.hidden()]).iter().sum();
        assert!((row - wide(&e.matrix[2]).iter().sum::<f64>()).abs() < 1e-5, "{family}");
        assert!(a.block(99, &b, 0, Similarity::Cos).is_err());
        // The factor is the golden Jacobian times the difference of hidden states.
        let jacobian = golden.values("jacobian.mean.a.2");
        let (x, r) = (golden.values("hidden.a.2"), golden.values("reference_hidden.a.2"));
        let dim = model.dim();
        for (i, (x, r)) in x.iter().zip(&r).enumerate() {
            for d in 0..dim {
                let expected = (x - r) * jacobian[d * golden.values("hidden.a.2").len() + i];
                let got = f64::from(a.factors[i * dim + d]);
                assert!((got - expected).abs() < 1e-5, "{family}: factor {i},{d} is {got}, PyTorch says {expected}");
            }
        }
    }
}
