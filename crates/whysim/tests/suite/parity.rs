//! Parity with PyTorch by stage and name, for every family: the first tensor that differs is named.

use crate::common::{FAMILIES, Golden, decompose, encoder, exact, flat, poolings, wide};
use whysim::path::{Rule, Steps};
use whysim::{Decomposition, Encoder, Explanation, Similarity};
use whysim_core::Real;

/// Tolerances: f64 against golden values rounded to f32, and f32 throughout.
const DOUBLE: f64 = 2e-7;
const SINGLE: f64 = 2e-5;
const NODES: usize = 12;

#[test]
fn tokens() {
    for family in FAMILIES {
        let (golden, model) = (Golden::of(family), encoder::<f32>(family, "mean"));
        for t in ["a", "b", "c", "long"] {
            let tokens = model.tokenize("", golden.text(t), "").unwrap();
            assert_eq!(tokens.ids, golden.ids(&format!("ids.{t}")), "{family} {t}");
            // In pieces of bytes, c is too long as well.
            if t != "c" {
                assert_eq!(tokens.truncated.is_some(), t == "long", "{family} {t}");
            }
        }
    }
}

#[test]
fn hidden_states_and_embeddings() {
    states::<f64>(DOUBLE);
    states::<f32>(SINGLE);
}

fn states<T: Real>(tolerance: f64) {
    for family in FAMILIES {
        let golden = Golden::of(family);
        for pooling in poolings(family) {
            let model = encoder::<T>(family, pooling);
            for t in ["a", "b", "c"] {
                let ends = [("hidden", "ids", "embedding"), ("reference_hidden", "reference_ids", "reference")];
                for (hidden, ids, embedding) in ends {
                    let ids = golden.ids(&format!("{ids}.{t}"));
                    for layer in 0..=model.layers() {
                        let x = model.prefix(&[&ids], layer);
                        golden.compare(family, &format!("{hidden}.{t}.{layer}"), &flat(&x), tolerance);
                        let e = model.suffix(x, layer, &model.context([ids.len()], 0));
                        golden.compare(family, &format!("{embedding}.{pooling}.{t}"), &flat(&e), tolerance);
                    }
                }
            }
        }
    }
}

#[test]
fn contributions() {
    rows::<f64>(DOUBLE);
    rows::<f32>(SINGLE);
}

fn rows<T: Real>(tolerance: f64) {
    for family in FAMILIES {
        let golden = Golden::of(family);
        for pooling in poolings(family) {
            let model = encoder::<T>(family, pooling);
            for (t, layer) in ["a", "b", "c"].into_iter().flat_map(|t| (0..=3).map(move |l| (t, l))) {
                let v = decompose(&model, golden.text(t), layer, NODES);
                let name = format!("contributions.{pooling}.{t}.{layer}");
                golden.compare(family, &name, &wide(&v.contributions), tolerance);
            }
        }
    }
}

#[test]
fn the_right_riemann_sum() {
    for family in FAMILIES {
        let (golden, model) = (Golden::of(family), encoder::<f32>(family, "mean"));
        for t in ["a", "b", "c"] {
            let mut options = crate::common::options(1, 10);
            options.rule = Rule::Riemann;
            options.steps = Steps::Fixed(10);
            let v = model.decompose(golden.text(t), &options).unwrap();
            golden.compare(family, &format!("riemann.mean.{t}.1"), &wide(&v.contributions), 2e-5);
        }
    }
}

/// Texts a and b without the model's own normalisation. The golden values are for the bare model; a
/// model that normalises has no dot product other than the cosine.
fn pair(model: &Encoder, golden: &Golden, layer: usize, similarity: Similarity) -> Explanation {
    let [a, b] = ["a", "b"].map(|t| {
        let mut d = serde_json::to_value(decompose(model, golden.text(t), layer, NODES)).unwrap();
        d["recipe"]["normalizes"] = false.into();
        serde_json::from_value::<Decomposition>(d).unwrap()
    });
    a.explain(&b, similarity).unwrap()
}

#[test]
fn pairs() {
    for family in FAMILIES {
        let golden = Golden::of(family);
        for pooling in poolings(family) {
            let models = [encoder::<f32>(family, pooling), exact::<f32>(family, pooling)];
            for (layer, (name, similarity)) in
                (0..=3).flat_map(|l| [("cos", Similarity::Cos), ("dot", Similarity::Dot)].map(|s| (l, s)))
            {
                let [plain, shifted] = models.each_ref().map(|model| pair(model, &golden, layer, similarity));
                let at = format!("{pooling}.{name}");
                let flat = |m: &[Vec<f32>]| wide(&m.concat());
                golden.compare(family, &format!("matrix.{at}.{layer}"), &flat(&plain.matrix), 2e-5);
                golden.compare(family, &format!("exact_matrix.{at}.{layer}"), &flat(&shifted.matrix), 2e-5);
                golden.compare(family, &format!("border_a.{at}.{layer}"), &wide(&plain.border.a), 2e-5);
                golden.compare(family, &format!("border_b.{at}.{layer}"), &wide(&plain.border.b), 2e-5);
                let pair = &golden.json["pairs"][&at];
                let terms = &pair["terms"];
                let close = |got: f64, expected: &serde_json::Value, what: &str| {
                    let expected = expected.as_f64().unwrap_or_else(|| panic!("{family} {at}: no {what}"));
                    assert!(
                        (got - expected).abs() < 2e-5 * expected.abs().max(1.0),
                        "{family} {at} {what}: {got} {expected}"
                    );
                };
                close(plain.score, &pair["score"], "score");
                close(plain.border.corner, &pair["corner"], "corner");
                close(plain.terms.a_ref, &terms["f(a,r_b)"], "a_ref");
                close(plain.terms.ref_b, &terms["f(r_a,b)"], "ref_b");
                close(plain.terms.ref_ref, &terms["f(r_a,r_b)"], "ref_ref");
                close(shifted.score, &golden.json["exact_pairs"][&at]["score"], "exact score");
            }
        }
    }
}
