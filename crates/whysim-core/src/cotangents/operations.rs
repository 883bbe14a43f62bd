//! The operations on each token alone, on the tape, and their backward rules. ¯ marks a cotangent;
//! those of K outputs are stacked, one block [T, C] each.

use super::Taped;
use super::dropout::Drop;
use super::tape::{Back, Step, Table, Tape};
use crate::activation::Activation;
use crate::kernel;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::tangents::Tangents;
use crate::tensor::Tensor;
use crate::weights::{Linear, Norm};

impl<T: Real> Taped<T> {
    /// A place of the same shape, computed from this one.
    fn then(&self, tape: &Tape<T>, values: Vec<T>, step: impl Fn(Vec<T>, &mut Back<T>) + 'static) -> Self {
        tape.push(self.texts.clone(), self.width, values, Some(Box::new(step)))
    }

    /// T.
    fn tokens(&self) -> usize {
        self.texts.tokens()
    }
}

/// Rows with a tangent each: `<x¯, x'>` is the final result.
pub(super) fn rows<T: Real>(tape: &Tape<T>, x: &Tangents<T>) -> Taped<T> {
    let (width, tangents, texts) = (x.width(), x.tangents().to_vec(), x.texts().clone());
    let step = move |cotangents: Vec<T>, back: &mut Back<T>| {
        let rows = tangents.len() / width;
        let mut along = vec![T::default(); cotangents.len() / width];
        kernel::for_rows(
            &mut along,
            1,
            #[inline(always)]
            |i, along| {
                let at = i % rows * width;
                along[0] = kernel::dot(&cotangents[i * width..(i + 1) * width], &tangents[at..at + width]);
            },
        );
        back.add_along(texts.in_whole(along));
    };
    tape.push(x.texts().clone(), width, x.primal().to_vec(), Some(Box::new(step)))
}

/// `y = x W^T + b`: `x¯ = y¯ W`, `W¯ += y¯^T x`, `b¯ += sum_t y¯_t`.
pub(super) fn linear<T: Real>(tape: &Tape<T>, x: &Taped<T>, linear: &Linear<T>) -> Taped<T> {
    let (inputs, outputs) = (linear.inputs(), linear.outputs());
    let y = kernel::linear(&x.values, inputs, &linear.weight, linear.bias());
    let (place, weight, bias) = (x.place, linear.weight.clone(), linear.bias.as_ref().map(Tensor::id));
    let read = tape.trains().then(|| x.values.clone());
    let step = move |dy: Vec<T>, back: &mut Back<T>| {
        if let Some(x) = &read {
            back.weight(weight.id(), |sum| kernel::add_outer(sum, &dy, outputs, x, inputs));
            bias.iter().for_each(|&bias| back.weight(bias, |sum| kernel::add_rows(sum, &dy)));
        }
        back.add(place, kernel::pull(&dy, outputs, &weight));
    };
    tape.push(x.texts.clone(), outputs, y, Some(Box::new(step)))
}

/// `x¯ = z¯`, `y¯ = z¯`.
pub(super) fn add<T: Real>(tape: &Tape<T>, x: &Taped<T>, y: &Taped<T>) -> Taped<T> {
    let mut sum = x.values.to_vec();
    kernel::add(&mut sum, &y.values);
    let places = [x.place, y.place];
    x.then(tape, sum, move |dz, back| {
        back.add(places[0], dz.clone());
        back.add(places[1], dz);
    })
}

/// `x¯ = z¯ o y`, `y¯ = z¯ o x`.
pub(super) fn multiply<T: Real>(tape: &Tape<T>, x: &Taped<T>, y: &Taped<T>) -> Taped<T> {
    let (width, tokens) = (x.width, x.tokens());
    let times = move |mut z: Vec<T>, factor: &[T]| {
        kernel::multiply_rows(&mut z, width, factor, |i| i % tokens);
        z
    };
    let (places, factors) = ([x.place, y.place], [y.values.clone(), x.values.clone()]);
    x.then(tape, times(x.values.to_vec(), &y.values), move |dz, back| {
        back.add(places[0], times(dz.clone(), &factors[0]));
        back.add(places[1], times(dz, &factors[1]));
    })
}

/// `gamma¯ += sum_t y¯_t o x̂_t`, `beta¯ += sum_t y¯_t`, and x¯ is the Jacobian of x̂ applied to
/// `gamma o y¯`.
pub(super) fn normalise<T: Real>(tape: &Tape<T>, x: &Taped<T>, norm: &Norm<T>) -> Taped<T> {
    let mut normalised = x.values.to_vec();
    let inverse = kernel::normalise_rows(norm.kind, &mut normalised, norm.gamma.len(), T::of(norm.epsilon));
    let mut y = normalised.clone();
    kernel::scale_rows(&mut y, &norm.gamma, norm.beta.as_deref());
    let (place, kind, gamma, beta) = (x.place, norm.kind, norm.gamma.clone(), norm.beta.as_ref().map(Tensor::id));
    x.then(tape, y, move |mut dy, back| {
        beta.iter().for_each(|&beta| back.weight(beta, |sum| kernel::add_rows(sum, &dy)));
        back.weight(gamma.id(), |sum| kernel::add_products(sum, &dy, &normalised));
        let rows = inverse.len();
        kernel::normalise_jacobian_rows(
            kind,
            &mut dy,
            gamma.len(),
            (&normalised, &inverse),
            move |i| i % rows,
            #[inline(always)]
            |u| kernel::multiply(u, &gamma),
            #[inline(always)]
            |_| (),
        );
        back.add(place, dy);
    })
}

/// `x¯ = f'(x) o y¯`.
pub(super) fn activate<T: Real>(tape: &Tape<T>, x: &Taped<T>, activation: Activation) -> Taped<T> {
    let mut y = x.values.to_vec();
    let slopes = kernel::activate_with_slopes(&mut y, activation);
    let (place, width, tokens) = (x.place, x.width, x.tokens());
    x.then(tape, y, move |mut dy, back| {
        kernel::multiply_rows(&mut dy, width, &slopes, |i| i % tokens);
        back.add(place, dy);
    })
}

/// Cotangents are rotated back.
pub(super) fn rotate<T: Real>(tape: &Tape<T>, x: &Taped<T>, rotation: &Rotation<T>) -> Taped<T> {
    let mut y = x.values.to_vec();
    rotation.turn(&mut y, x.width, &x.texts, T::ONE);
    let (place, width, texts, rotation) = (x.place, x.width, x.texts.clone(), rotation.clone());
    x.then(tape, y, move |mut dy, back| {
        rotation.turn(&mut dy, width, &texts, -T::ONE);
        back.add(place, dy);
    })
}

/// x¯ is y¯ with the same elements dropped.
pub(super) fn drop<T: Real>(tape: &Tape<T>, x: &Taped<T>, drop: Drop) -> Taped<T> {
    let mut y = x.values.to_vec();
    drop.apply(&mut y, 0);
    let place = x.place;
    x.then(tape, y, move |mut dy, back| {
        drop.apply(&mut dy, 0);
        back.add(place, dy);
    })
}

/// Each part gets its columns.
pub(super) fn concatenate<T: Real>(tape: &Tape<T>, parts: &[Taped<T>]) -> Taped<T> {
    let widths: Vec<usize> = parts.iter().map(|part| part.width).collect();
    let width: usize = widths.iter().sum();
    let rows: Vec<_> = parts.iter().map(|part| (part.values.as_slice(), part.width)).collect();
    let places: Vec<usize> = parts.iter().map(|part| part.place).collect();
    let step = move |dy: Vec<T>, back: &mut Back<T>| {
        let mut from = 0;
        for (&place, &own) in places.iter().zip(&widths) {
            back.add(place, dy.chunks_exact(width).flat_map(|row| row[from..from + own].to_vec()).collect());
            from += own;
        }
    };
    tape.push(parts[0].texts.clone(), width, kernel::side_by_side(&rows), Some(Box::new(step)))
}

/// The columns that were left out get zeros.
pub(super) fn first<T: Real>(tape: &Tape<T>, x: &Taped<T>, columns: usize) -> Taped<T> {
    let (place, width) = (x.place, x.width);
    let step = move |dy: Vec<T>, back: &mut Back<T>| {
        let mut dx = vec![T::default(); dy.len() / columns * width];
        for (dx, dy) in dx.chunks_exact_mut(width).zip(dy.chunks_exact(columns)) {
            dx[..columns].copy_from_slice(dy);
        }
        back.add(place, dx);
    };
    tape.push(x.texts.clone(), columns, kernel::first_columns(&x.values, width, columns), Some(Box::new(step)))
}

/// Each token's cotangent is added to its row of every table.
pub(super) fn back_to_tables<T: Real>(tables: Vec<Table<T>>) -> Step<T> {
    Box::new(move |dy, back| {
        for table in &tables {
            let hidden = table.weight.columns();
            back.weight(table.weight.id(), |sum| {
                for (&row, dy) in table.rows.iter().zip(dy.chunks_exact(hidden)) {
                    if Some(row) != table.fixed {
                        kernel::add_scaled(&mut sum[row as usize * hidden..][..hidden], table.scale, dy);
                    }
                }
            });
        }
    })
}
