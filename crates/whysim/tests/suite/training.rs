//! Training against PyTorch: the loss, the gradient of every parameter, and ten steps of AdamW,
//! over every family.

use crate::common::{Copy, FAMILIES, Golden, make_exact, poolings};
use whysim::Similarity;
use whysim::train::{Dropout, Gradient, Options, Pair, Shift, Trainer};

/// Without dropout, which PyTorch draws differently, and without clipping, so that gradients can be
/// compared.
fn options(shift: Shift) -> Options {
    Options { shift, dropout: Dropout::Off, ..Options::default() }
}

fn trainer(family: &str, pooling: &str, shift: Shift) -> Trainer {
    let copy = Copy::of(family);
    make_exact(&copy, pooling);
    Trainer::new(copy.path(), family, &options(shift)).unwrap()
}

/// The pairs behind the golden loss.
fn batch(golden: &Golden) -> Vec<Pair> {
    let text = |value: &serde_json::Value| golden.text(value.as_str().unwrap()).to_owned();
    let pairs = golden.json["batch"].as_array().unwrap().iter();
    pairs.map(|p| Pair { a: text(&p[0]), b: text(&p[1]), score: p[2].as_f64().unwrap() }).collect()
}

#[test]
fn loss_and_every_gradient() {
    for family in FAMILIES {
        let golden = Golden::of(family);
        let (loss, gradients) = trainer(family, "mean", Shift::On).gradients(&batch(&golden)).unwrap();
        let expected = golden.json["loss"].as_f64().unwrap();
        assert!((loss - expected).abs() < 1e-6, "{family}: loss {loss}, PyTorch says {expected}");
        for gradient in &gradients {
            let name = golden_name(&golden, &gradient.name);
            let values: Vec<f64> = gradient.values.iter().map(|&v| f64::from(v)).collect();
            close(family, &name, &values, &golden.values(&name));
        }
        let stored = golden.tensors.keys().filter(|name| name.starts_with("grad.")).count();
        assert_eq!(gradients.len(), stored, "{family}: PyTorch trains other parameters");
    }
}

/// The fixtures' models are saved from classes with and without a prefix.
fn golden_name(golden: &Golden, name: &str) -> String {
    let full = format!("grad.{name}");
    if golden.tensors.contains_key(&full) { full } else { panic!("PyTorch gives no gradient to {name}") }
}

/// Checks that every element is within 2e-5 of the tensor's largest, or, where all are zero, within
/// rounding of the gradients' size.
fn close(family: &str, name: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{family}: {name} has another size");
    let scale = expected.iter().fold(5e-3f64, |m, v| m.max(v.abs()));
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= 2e-5 * scale, "{family}: {name}[{i}] is {g}, PyTorch says {e}");
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    for family in FAMILIES {
        let [mean, one] = poolings(family);
        for (pooling, shift) in [(mean, Shift::On), (one, Shift::On), (mean, Shift::Off), ("max", Shift::Off)] {
            let golden = Golden::of(family);
            let copy = Copy::of(family);
            copy.write(
                "1_Pooling/config.json",
                format!(r#"{{"embedding_dimension": 32, "pooling_mode": "{pooling}"}}"#),
            );
            let mut trainer = Trainer::new(copy.path(), family, &options(shift)).unwrap();
            let (_, gradients) = trainer.gradients(&batch(&golden)).unwrap();
            for Gradient { name, values } in &gradients {
                let size = values.iter().fold(0f32, |m, v| m.max(v.abs()));
                if is_zero_by_theory(name, shift) {
                    assert!(size < 1e-6, "{family} {pooling}: {name} should have no gradient, has {size}");
                } else {
                    assert!(size > 1e-6, "{family} {pooling} {shift:?}: {name} gets no gradient");
                }
            }
        }
    }
}

/// A key bias adds the same to all scores of a query, which softmax ignores. The last
/// normalisation's bias is the same in a text and its reference.
fn is_zero_by_theory(name: &str, shift: Shift) -> bool {
    let key = ["key.bias", "attn.k.bias", "k_lin.bias"].iter().any(|key| name.ends_with(key));
    let last = ["layer.2.", "layers.2.", "albert_layer_groups.1."].iter().any(|layer| name.contains(layer))
        && [
            "output.LayerNorm.bias",
            "output_layer_norm.bias",
            "norm2.bias",
            "mlp_ln.bias",
            "full_layer_layer_norm.bias",
        ]
        .iter()
        .any(|norm| name.ends_with(norm) && !name.contains("attention"));
    key || (last && shift == Shift::On)
}

/// f32 against f64: the learning rate is large, so rounding errors grow from step to step.
const CURVE: f64 = 2e-3;

#[test]
fn ten_steps_of_adamw() {
    for family in FAMILIES {
        let golden = Golden::of(family);
        let (pairs, curve) = (batch(&golden), &golden.json["curve"]);
        let expected: Vec<f64> = serde_json::from_value(curve["losses"].clone()).unwrap();
        let mut trainer = trainer(family, "mean", Shift::On);
        let rate = curve["learning_rate"].as_f64().unwrap();
        let mut losses: Vec<f64> = (0..expected.len() - 1).map(|_| trainer.step(&pairs, rate).unwrap()).collect();
        losses.push(trainer.gradients(&pairs).unwrap().0);
        for (step, (got, expected)) in losses.iter().zip(&expected).enumerate() {
            let off = (got - expected).abs() / expected.max(1e-2);
            assert!(off < CURVE, "{family}: loss {step} is {got}, PyTorch says {expected}");
        }
    }
}

/// Pairs of texts with many different lengths.
fn uneven() -> Vec<Pair> {
    let words: Vec<&str> = "The dog runs after a small kitten in the old garden, and birds sing".split(' ').collect();
    let pair = |(a, b, score): (usize, usize, f64)| Pair { a: words[..a].join(" "), b: words[..b].join(" "), score };
    [(3, 9, 0.3), (12, 1, 0.9), (9, 3, 0.1), (5, 5, 0.6)].map(pair).to_vec()
}

#[test]
fn a_batch_is_the_mean_of_its_pairs() {
    for family in FAMILIES {
        for (similarity, pooling, shift) in [
            (Similarity::Cos, "mean", Shift::On),
            (Similarity::Dot, "cls", Shift::On),
            (Similarity::Cos, "max", Shift::Off),
        ] {
            let copy = Copy::of(family);
            let pooling = format!(r#"{{"embedding_dimension": 32, "pooling_mode": "{pooling}"}}"#);
            copy.write("1_Pooling/config.json", &pooling);
            let options = Options { similarity, ..options(shift) };
            mean_of_pairs(&mut Trainer::new(copy.path(), family, &options).unwrap(), &format!("{family} {pooling}"));
        }
    }
}

fn mean_of_pairs(trainer: &mut Trainer, which: &str) {
    let pairs = uneven();
    let (loss, together) = trainer.gradients(&pairs).unwrap();
    let mut means: Vec<Vec<f64>> = together.iter().map(|g| vec![0.0; g.values.len()]).collect();
    let mut mean_loss = 0.0;
    for pair in &pairs {
        let (loss, alone) = trainer.gradients(std::slice::from_ref(pair)).unwrap();
        mean_loss += loss / 4.0;
        for (mean, gradient) in means.iter_mut().zip(&alone) {
            mean.iter_mut().zip(&gradient.values).for_each(|(m, g)| *m += f64::from(*g) / 4.0);
        }
    }
    assert!((loss - mean_loss).abs() < 1e-5 * mean_loss.max(1.0), "{which}: {loss} {mean_loss}");
    let largest = means.iter().flatten().fold(0f64, |m, v| m.max(v.abs()));
    for (mean, gradient) in means.iter().zip(&together) {
        for (m, g) in mean.iter().zip(&gradient.values) {
            assert!((m - f64::from(*g)).abs() < 1e-5 * largest, "{which}: {} {m} {g}", gradient.name);
        }
    }
}

#[test]
fn training_and_inference_see_one_model() {
    for family in FAMILIES {
        for (shift, similarity) in [(Shift::On, Similarity::Cos), (Shift::Off, Similarity::Dot)] {
            let golden = Golden::of(family);
            let copy = Copy::of(family);
            let options = Options { similarity, ..options(shift) };
            let mut trainer = Trainer::new(copy.path(), family, &options).unwrap();
            let pair = Pair { score: 0.0, ..batch(&golden)[1].clone() };
            for _ in 0..2 {
                // After a step the inference twin must have changed along with the variables.
                let (loss, _) = trainer.gradients(std::slice::from_ref(&pair)).unwrap();
                let score = trainer.encoder().compare(&pair.a, &pair.b, similarity).unwrap();
                assert!((loss - score * score).abs() < 1e-5 * loss.max(1.0), "{family} {shift:?}: {loss} {score}");
                trainer.step(std::slice::from_ref(&pair), 1e-3).unwrap();
            }
        }
    }
}

#[test]
fn dropout_is_of_the_seed_and_changes_with_the_step() {
    let golden = Golden::of("distilbert");
    let run = |seed| {
        let copy = Copy::of("distilbert");
        let options = Options { seed, dropout: Dropout::Config, ..options(Shift::On) };
        let mut trainer = Trainer::new(copy.path(), "x", &options).unwrap();
        // With a rate of 0, only dropout changes the loss.
        [0; 3].map(|_| trainer.step(&batch(&golden), 0.0).unwrap())
    };
    let (one, again, other) = (run(1), run(1), run(2));
    assert_eq!(one, again);
    assert!(one[0] != one[1] && one[1] != one[2] && one != other, "{one:?} {other:?}");
}
