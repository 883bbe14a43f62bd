//! The operations across tokens on the tape, and their backward rules.

use std::rc::Rc;

use super::Taped;
use super::tape::{Back, Step, Tape};
use crate::array::Pooling;
use crate::heads::{Heads, Mask};
use crate::kernel::{self, Attend, Inputs, attention};
use crate::real::Real;
use crate::tangents::Tangents;
use crate::texts::Texts;

/// The attention over rows that carry a tangent each: the result is along these.
pub(super) fn attend_rows<T: Real>(
    tape: &Tape<T>,
    [q, k, v]: [Tangents<T>; 3],
    heads: Heads,
    mask: &Mask<T>,
) -> Taped<T> {
    let (queries, width, mask) = (q.texts().clone(), q.width(), mask.clone());
    let attend = Attend { texts: k.texts(), queries: &queries, heads, mask: &mask };
    let p = attend.probabilities(q.primal(), k.primal());
    let y = attend.context(&p, v.primal());
    let step = move |dy: Vec<T>, back: &mut Back<T>| {
        let [x, dx] = Tangents::inputs(&q, &k, &v);
        let attend = Attend { texts: k.texts(), queries: q.texts(), heads, mask: &mask };
        back.add_along(attend.along(x, dx, &p, &dy));
    };
    tape.push(queries, width, y, Some(Box::new(step)))
}

/// The attention; see [`attention`] for the rules.
pub(super) fn attend<T: Real>(tape: &Tape<T>, [q, k, v]: [Taped<T>; 3], heads: Heads, mask: &Mask<T>) -> Taped<T> {
    let (queries, width, mask) = (q.texts.clone(), q.width, mask.clone());
    let attend = Attend { texts: &k.texts, queries: &queries, heads, mask: &mask };
    let p = Rc::new(attend.probabilities(&q.values, &k.values));
    let dropout = tape.dropout(|rates| rates.attention);
    let mixed = match &dropout {
        Some(drop) => {
            let mut mixed = p.to_vec();
            drop.apply(&mut mixed, 0);
            Rc::new(mixed)
        }
        None => p.clone(),
    };
    let y = attend.context(&mixed, &v.values);
    let table = mask.bias.as_ref().filter(|_| tape.trains()).map(|bias| bias.table.id());
    let step = {
        let mask = mask.clone();
        move |dy: Vec<T>, back: &mut Back<T>| {
            let attend = Attend { texts: &k.texts, queries: &q.texts, heads, mask: &mask };
            let inputs = Inputs { queries: &q.values, keys: &k.values, values: &v.values };
            let taped = attention::Taped { inputs, p: &p, mixed: &mixed };
            let mut scores = table.map(|_| vec![T::default(); p.len()]);
            let keep = |x: &mut [T], at: usize| dropout.iter().for_each(|drop| drop.apply(x, at));
            let cotangents = attend.cotangents(taped, &dy, keep, scores.as_deref_mut());
            if let (Some(table), Some(scores)) = (table, &scores) {
                back.weight(table, |sum| attention::add_to_table(&attend, scores, sum));
            }
            back.add(q.place, cotangents.queries);
            back.add(k.place, cotangents.keys);
            back.add(v.place, cotangents.values);
        }
    };
    tape.push(queries, width, y, Some(Box::new(step)))
}

/// `x¯_s = w_s y¯`; for a maximum, y¯ goes to the token that attains it.
pub(super) fn pool<T: Real>(tape: &Tape<T>, x: &Taped<T>, pooling: Pooling<T>) -> Taped<T> {
    let (place, texts, width) = (x.place, x.texts.clone(), x.width);
    let values = crate::values::Values { texts: texts.clone(), width, values: x.values.to_vec() };
    let pooled = crate::array::Array::pool(&values, pooling).into_values();
    let step: Step<T> = match pooling {
        Pooling::Sum(weights) => {
            let weights = weights.to_vec();
            Box::new(move |dy, back| {
                back.add(place, spread(&texts, width, &dy, |t, dy, dx| kernel::add_scaled(dx, weights[t], dy)));
            })
        }
        Pooling::Max(read) => {
            let winners = texts.iter().map(|rows| kernel::winners(&x.values, width, rows, read));
            let winners: Vec<Vec<usize>> = winners.collect();
            let text: Vec<usize> = texts.iter().enumerate().flat_map(|(b, rows)| rows.map(move |_| b)).collect();
            Box::new(move |dy, back| {
                let to_winners = |t: usize, dy: &[T], dx: &mut [T]| {
                    let own = winners[text[t]].iter().zip(dy.iter().zip(dx)).filter(|(winner, _)| **winner == t);
                    own.for_each(|(_, (&dy, dx))| *dx = dy);
                };
                back.add(place, spread(&texts, width, &dy, to_winners));
            })
        }
    };
    tape.push(Texts::uniform(x.texts.count(), 1), width, pooled, Some(step))
}

/// x¯ [K, T, C] from y¯ [K, B, C] by `rule(token, y¯ of its text [C], x¯ [C])`.
fn spread<T: Real>(texts: &Texts, width: usize, dy: &[T], rule: impl Fn(usize, &[T], &mut [T])) -> Vec<T> {
    let (count, tokens) = (texts.count(), texts.tokens());
    let mut dx = vec![T::default(); dy.len() / count.max(1) * tokens];
    for (dx, dy) in dx.chunks_exact_mut((tokens * width).max(1)).zip(dy.chunks_exact((count * width).max(1))) {
        for (rows, dy) in texts.iter().zip(dy.chunks_exact(width)) {
            rows.for_each(|t| rule(t, dy, &mut dx[t * width..(t + 1) * width]));
        }
    }
    dx
}

/// The rows that were left out get zeros.
pub(super) fn only<T: Real>(tape: &Tape<T>, x: &Taped<T>, positions: &[usize]) -> Taped<T> {
    let (place, width, texts) = (x.place, x.width, x.texts.clone());
    let values = kernel::rows_of(&x.values, width, &texts, positions);
    let (left, positions) = (texts.only(positions), positions.to_vec());
    let step = move |dy: Vec<T>, back: &mut Back<T>| {
        let (count, tokens) = (texts.count(), texts.tokens());
        let mut dx = vec![T::default(); dy.len() / count * tokens];
        for (dx, dy) in dx.chunks_exact_mut(tokens * width).zip(dy.chunks_exact(count * width)) {
            for (b, dy) in dy.chunks_exact(width).enumerate() {
                dx[(texts.rows(b).start + positions[b]) * width..][..width].copy_from_slice(dy);
            }
        }
        back.add(place, dx);
    };
    tape.push(left, width, values, Some(Box::new(step)))
}
