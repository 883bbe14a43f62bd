//! Laws of the three evaluations, over layers of every kind, in f64.
#![allow(missing_docs)]

mod zoo;

use std::sync::Arc;

use whysim_core::{Array, Cotangents, Gradients, Into, Pooling, Rates, Tangents, Tape, Texts, Values};
use zoo::{Model, numbers, zoo};

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn close(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: sizes differ");
    let scale = expected.iter().fold(1f64, |m, v| m.max(v.abs()));
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!((g - e).abs() <= tolerance * scale, "{what}[{i}]: {g}, expected {e}");
    }
}

/// Central differences of `f` at x along u.
fn differences(f: impl Fn(&[f64]) -> Vec<f64>, x: &[f64], u: &[f64]) -> Vec<f64> {
    let h = 1e-6;
    let at = |sign: f64| f(&x.iter().zip(u).map(|(x, u)| x + sign * h * u).collect::<Vec<_>>());
    at(1.0).iter().zip(at(-1.0)).map(|(p, m)| (p - m) / (2.0 * h)).collect()
}

const TOKENS: usize = 7;

/// Two nodes of a path: points, and a direction in every row that they share.
fn point(model: &Model) -> (Texts, Vec<f64>, Vec<f64>) {
    let texts = Texts::uniform(2, TOKENS);
    (texts, numbers(2 * TOKENS * model.hidden, 3), numbers(TOKENS * model.hidden, 4))
}

fn members(model: &Model) -> Arc<Vec<Vec<usize>>> {
    // Groups of several tokens make the structured way not worth it for some models; tokens one by
    // one do.
    Arc::new(if model.grouped {
        vec![vec![0, 2], vec![1], vec![3, 4, 6]]
    } else {
        (0..TOKENS).map(|s| vec![s]).collect()
    })
}

fn tangents(model: &Model, members: &Arc<Vec<Vec<usize>>>, shared: bool) -> (Vec<f64>, Vec<f64>) {
    let (texts, x, u) = point(model);
    let u = if shared { u } else { u.repeat(2) };
    let weights = model.weights(&texts);
    let out = model.forward(Tangents::grouped(texts, x, u, members.clone()), &weights);
    out.into_parts()
}

fn values(model: &Model, texts: &Texts, x: &[f64]) -> Vec<f64> {
    model.forward(Values::new(texts.clone(), x.to_vec()), &model.weights(texts)).into_values()
}

#[test]
fn tangents_are_finite_differences() {
    for model in zoo() {
        let members = members(&model);
        let (texts, x, u) = point(&model);
        for shared in [true, false] {
            let (primal, tangents) = tangents(&model, &members, shared);
            close(&format!("{} primal", model.name), &primal, &values(&model, &texts, &x), 1e-12);
            let (dim, count) = (primal.len() / 2, members.len());
            for (k, group) in members.iter().enumerate() {
                let inside = |i: usize| group.contains(&(i / model.hidden % TOKENS));
                let own: Vec<f64> = (0..x.len()).map(|i| if inside(i) { u[i % u.len()] } else { 0.0 }).collect();
                let numeric = differences(|x| values(&model, &texts, x), &x, &own);
                for b in 0..2 {
                    let got = &tangents[(b * count + k) * dim..][..dim];
                    close(&format!("{} tangent {k}", model.name), got, &numeric[b * dim..(b + 1) * dim], 1e-6);
                }
            }
        }
    }
}

#[test]
fn cotangents_are_the_adjoint_of_tangents() {
    for model in zoo() {
        let each: Arc<Vec<Vec<usize>>> = Arc::new((0..TOKENS).map(|s| vec![s]).collect());
        let (_, forward) = tangents(&model, &each, true);
        let (texts, x, u) = point(&model);
        let dim = forward.len() / (2 * TOKENS);
        let (count, weights) = (3, model.weights(&texts));
        let cotangents = numbers(count * 2 * dim, 5);

        let tape = Tape::new();
        let out = model.forward(tape.along(texts.clone(), x.clone(), u.clone()), &weights);
        close(&format!("{} values", model.name), out.values(), &values(&model, &texts, &x), 1e-12);
        let along = tape.back_along(&out, cotangents.clone());

        let tape = Tape::new();
        let input = tape.input(texts.clone(), x);
        let out = model.forward(input.clone(), &weights);
        let jacobian = tape.back_to(&input, &out, cotangents.clone());

        let expected = |k: usize, b: usize, s: usize| {
            dot(&cotangents[(k * 2 + b) * dim..][..dim], &forward[(b * TOKENS + s) * dim..][..dim])
        };
        let all: Vec<f64> =
            (0..count * 2 * TOKENS).map(|i| expected(i / (2 * TOKENS), i / TOKENS % 2, i % TOKENS)).collect();
        close(&format!("{} along", model.name), &along, &all, 1e-11);
        let rows = jacobian.chunks_exact(model.hidden).enumerate();
        let by_rows: Vec<f64> =
            rows.map(|(i, row)| dot(row, &u[i % TOKENS * model.hidden..][..model.hidden])).collect();
        close(&format!("{} back to the input", model.name), &by_rows, &all, 1e-11);
    }
}

/// The embedding of uneven texts on a tape, for gradients of weights.
fn trained(model: &Model, tape: &Tape<f64>, texts: &Texts) -> Cotangents<f64> {
    let rows = (0..texts.tokens()).map(|t| (t * 7 % 4) as u32).collect();
    let table = whysim_core::Table { weight: model.table.clone(), rows, scale: 0.7, fixed: None };
    model.forward(tape.look_up(texts.clone(), vec![table]), &model.weights(texts))
}

#[test]
fn gradients_of_weights_are_finite_differences() {
    let texts = Texts::new([3, 1, 5]);
    for mut model in zoo() {
        let mut names = Vec::new();
        model.each(&mut |weight| names.push(weight.clone()));
        let mut gradients = Gradients::of(&names);
        drop(names);
        let tape = Tape::training(None);
        let out = trained(&model, &tape, &texts);
        let c = numbers(out.values().len(), 6);
        tape.back_to_weights(&out, c.clone(), &mut gradients);
        drop((out, tape));
        for (place, gradient) in gradients.sums.iter().enumerate() {
            let u = numbers(gradient.len(), 7 + place);
            let h = 1e-5;
            let at = |sign: f64| {
                let mut moved = model.clone();
                let mut i = 0;
                moved.each(&mut |weight| {
                    if i == place {
                        weight.values_mut().iter_mut().zip(&u).for_each(|(w, u)| *w += sign * h * u);
                    }
                    i += 1;
                });
                dot(trained(&moved, &Tape::training(None), &texts).values(), &c)
            };
            let numeric = (at(1.0) - at(-1.0)) / (2.0 * h);
            let own = dot(gradient, &u);
            assert!((own - numeric).abs() < 1e-5 * numeric.abs().max(1.0), "{} {place}: {own} {numeric}", model.name);
        }
    }
}

#[test]
fn texts_that_lie_together_do_not_see_each_other() {
    for model in zoo() {
        let lengths = [3, 1, 5];
        let texts = Texts::new(lengths);
        let x = numbers(texts.tokens() * model.hidden, 8);
        let together = values(&model, &texts, &x);
        let dim = together.len() / 3;
        for (b, rows) in texts.iter().enumerate() {
            let alone =
                values(&model, &Texts::new([lengths[b]]), &x[rows.start * model.hidden..rows.end * model.hidden]);
            close(&model.name, &alone, &together[b * dim..(b + 1) * dim], 1e-12);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let on = |threads: usize, f: &(dyn Fn() -> Vec<f32> + Sync)| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(f)
    };
    // Sizes on either side of all that products are cut by.
    for (tokens, inputs, outputs) in [(9, 40, 30), (70, 600, 300), (1500, 96, 200), (200, 33, 1030)] {
        let f = |x: f64| x as f32;
        let x: Vec<f32> = numbers(tokens * inputs, 1).into_iter().map(f).collect();
        let w: Vec<f32> = numbers(outputs * inputs, 2).into_iter().map(f).collect();
        let y: Vec<f32> = numbers(tokens * outputs, 3).into_iter().map(f).collect();
        let work = || {
            let mut sum = vec![0f32; outputs * inputs];
            whysim_core::kernel::add_outer(&mut sum, &y, outputs, &x, inputs);
            let forward = whysim_core::kernel::linear(&x, inputs, &w, None);
            [forward, whysim_core::kernel::pull(&y, outputs, &w), sum].concat()
        };
        let one = on(1, &work);
        for threads in [2, 3, 4, 7, 16] {
            assert!(on(threads, &work) == one, "{tokens} {inputs} {outputs}: {threads} threads give other bits");
        }
    }
}

#[test]
fn dropout_is_undone_by_a_rate_of_nothing() {
    let model = zoo().remove(0);
    let texts = Texts::new([3, 4]);
    let run = |rates| {
        let tape = Tape::training(Some(whysim_core::Dropout::new(rates, 3)));
        trained(&model, &tape, &texts).values().to_vec()
    };
    let plain = trained(&model, &Tape::training(None), &texts).values().to_vec();
    assert_eq!(run(Rates { hidden: 0.0, attention: 0.0 }), plain);
    assert_ne!(run(Rates { hidden: 0.3, attention: 0.0 }), plain);
    assert_ne!(run(Rates { hidden: 0.0, attention: 0.3 }), plain);
}

#[test]
fn a_hidden_token_is_not_seen() {
    for model in zoo() {
        let texts = Texts::new([4]);
        let mut x = numbers(4 * model.hidden, 9);
        let hide = |x: &[f64]| {
            let mut mask = model.mask(&texts);
            mask.hidden = Some(vec![false, true, false, false].into());
            let x = Values::new(texts.clone(), x.to_vec());
            let y = model.layers.iter().fold(x, |x, layer| x.layer(layer, &mask, Into::States));
            y.pool(Pooling::Sum(&[0.4, 0.0, 0.3, 0.3])).into_values()
        };
        let before = hide(&x);
        x[model.hidden..2 * model.hidden].iter_mut().for_each(|v| *v += 1.0);
        close(&model.name, &hide(&x), &before, 1e-12);
    }
}

#[test]
fn the_structured_way_is_taken_where_it_fits() {
    for model in zoo().iter().filter(|model| !model.grouped) {
        let takes = Tangents::is_structured(&model.layers[0], &members(model), TOKENS);
        assert_eq!(takes, !model.name.starts_with("both sides"), "{}", model.name);
    }
}

#[test]
fn a_pooled_layer_is_the_layer_and_the_pooling() {
    for model in zoo() {
        let (texts, x, u) = point(&model);
        let weights = model.weights(&texts);
        let (last, before) = model.layers.split_last().unwrap();
        let mask = model.mask(&texts);
        let members = members(&model);
        let entry = Tangents::grouped(texts.clone(), x, u, members.clone());
        let x = before.iter().fold(entry, |x, layer| x.layer(layer, &mask, Into::States));
        let (primal, tangents) = x.layer(last, &mask, Into::Pooled(model.pooled(&weights))).into_parts();
        let (one, all) = model.pooled(&weights).of(last.forward(&x, &mask, Into::States)).into_parts();
        close(&format!("{} values", model.name), &primal, &one, 1e-12);
        close(&format!("{} tangents", model.name), &tangents, &all, 1e-11);
    }
}
