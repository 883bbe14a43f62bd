//! Reverse mode: values on a [`Tape`], from whose end K cotangents are carried back together over a
//! single set of values.
//!
//! How a tape begins depends on its purpose:
//!
//! - [`Tape::along`]: states with a tangent in every token's row. The result is `<J^T c, x'>` for
//!   each token (eq. 6 of the method). Up to the first attention, that tangent is carried forward,
//!   as in [`Tangents`]; from the end of the network, cotangents are carried back. They meet at the
//!   attention, so that no cotangent goes back through its projections.
//! - [`Tape::input`]: states, whose cotangents [K, T, H] come back: the Jacobian.
//! - [`Tape::look_up`]: rows of tables, with [`Gradients`] of every weight: training. K is 1 then.

mod across;
mod dropout;
mod operations;
mod tail;
mod tape;

pub use dropout::{Dropout, Rates};
pub use tape::{Gradients, Table, Tape};

use std::rc::Rc;

use crate::activation::Activation;
use crate::array::{Array, Into, Pooled, Pooling};
use crate::heads::{Heads, Mask};
use crate::layer::Layer;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::tangents::Tangents;
use crate::tangents::tail::Tail;
use crate::texts::Texts;
use crate::weights::{Linear, Norm};

/// Values of concatenated texts on a tape. A clone is the same place on it.
#[derive(Clone)]
pub struct Cotangents<T: Real> {
    state: State<T>,
    tape: Tape<T>,
}

/// Which of the two modes an array is in.
#[derive(Clone)]
enum State<T: Real> {
    /// Before the first attention: a tangent in each row.
    Rows(Tangents<T>),
    /// After it.
    Taped(Taped<T>),
}

/// A place on the tape.
#[derive(Clone)]
struct Taped<T> {
    place: usize,
    texts: Texts,
    width: usize,
    values: Rc<Vec<T>>,
}

impl<T: Real> Cotangents<T> {
    /// The values, [T, C] or [B, C].
    pub fn values(&self) -> &[T] {
        match &self.state {
            State::Rows(rows) => rows.primal(),
            State::Taped(taped) => &taped.values,
        }
    }

    fn texts(&self) -> &Texts {
        match &self.state {
            State::Rows(rows) => rows.texts(),
            State::Taped(taped) => &taped.texts,
        }
    }

    fn taped(&self, taped: Taped<T>) -> Self {
        Self { state: State::Taped(taped), tape: self.tape.clone() }
    }

    fn rows(&self, rows: Tangents<T>) -> Self {
        Self { state: State::Rows(rows), tape: self.tape.clone() }
    }

    /// Dropout of hidden states, as after the embeddings, in training; otherwise unchanged.
    pub fn dropped(self) -> Self {
        let dropped = self.tape.drop_hidden(self.on_tape());
        self.taped(dropped)
    }

    /// The array as a place on the tape.
    fn on_tape(&self) -> Taped<T> {
        match &self.state {
            State::Rows(rows) => operations::rows(&self.tape, rows),
            State::Taped(taped) => taped.clone(),
        }
    }
}

impl<T: Real> Array for Cotangents<T> {
    type Real = T;

    fn linear(&self, linear: &Linear<T>) -> Self {
        match &self.state {
            State::Rows(rows) => self.rows(rows.linear(linear)),
            State::Taped(x) => {
                let y = operations::linear(&self.tape, x, linear);
                self.taped(if linear.drops { self.tape.drop_hidden(y) } else { y })
            }
        }
    }

    fn add(self, other: &Self) -> Self {
        match (&self.state, &other.state) {
            (State::Rows(x), State::Rows(y)) => self.rows(x.clone().add(y)),
            _ => self.taped(operations::add(&self.tape, &self.on_tape(), &other.on_tape())),
        }
    }

    fn multiply(self, other: &Self) -> Self {
        match (&self.state, &other.state) {
            (State::Rows(x), State::Rows(y)) => self.rows(x.clone().multiply(y)),
            _ => self.taped(operations::multiply(&self.tape, &self.on_tape(), &other.on_tape())),
        }
    }

    fn normalise(self, norm: &Norm<T>) -> Self {
        match &self.state {
            State::Rows(x) => self.rows(x.clone().normalise(norm)),
            State::Taped(x) => self.taped(operations::normalise(&self.tape, x, norm)),
        }
    }

    fn activate(self, activation: Activation) -> Self {
        match &self.state {
            State::Rows(x) => self.rows(x.clone().activate(activation)),
            State::Taped(_) if activation == Activation::Identity => self,
            State::Taped(x) => self.taped(operations::activate(&self.tape, x, activation)),
        }
    }

    fn rotate(self, rotation: &Rotation<T>) -> Self {
        match &self.state {
            State::Rows(x) => self.rows(x.clone().rotate(rotation)),
            State::Taped(x) => self.taped(operations::rotate(&self.tape, x, rotation)),
        }
    }

    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<T>) -> Self {
        let tape = queries.tape.clone();
        let taped = match (queries.state, keys.state, values.state) {
            (State::Rows(q), State::Rows(k), State::Rows(v)) => across::attend_rows(&tape, [q, k, v], heads, mask),
            (q, k, v) => {
                let on_tape = |state| Self { state, tape: tape.clone() }.on_tape();
                across::attend(&tape, [q, k, v].map(on_tape), heads, mask)
            }
        };
        Self { state: State::Taped(taped), tape }
    }

    fn pool(&self, pooling: Pooling<T>) -> Self {
        self.taped(across::pool(&self.tape, &self.on_tape(), pooling))
    }

    fn concatenate(parts: &[Self]) -> Self {
        let taped: Vec<Taped<T>> = parts.iter().map(Self::on_tape).collect();
        parts[0].taped(operations::concatenate(&parts[0].tape, &taped))
    }

    fn only(&self, positions: &[usize]) -> Self {
        match &self.state {
            State::Rows(x) => self.rows(x.only(positions)),
            State::Taped(x) => self.taped(across::only(&self.tape, x, positions)),
        }
    }

    fn first(&self, columns: usize) -> Self {
        let taped = self.on_tape();
        self.taped(operations::first(&self.tape, &taped, columns))
    }

    /// Before linear pooling, the cotangents that enter the last layer are almost the same for all
    /// tokens, so they go through its largest product together. Training does every step
    /// separately, since each has weights.
    fn layer(&self, layer: &Layer<T>, mask: &Mask<T>, into: Into<T>) -> Self {
        let Into::Pooled(pooled) = into else { return layer.forward(self, mask, into) };
        if self.tape.trains() {
            return layer.forward(self, mask, into);
        }
        let half = &layer.feed_forward;
        if let Some(positions) = pooled.only(self.texts()) {
            let weights = pooled.chosen(self.texts(), &positions);
            let pooled = Pooled { weights: &weights, ..pooled };
            return match Tail::of(layer, pooled) {
                Some(tail) => tail::pooled(&layer.attention_half_only(self, &positions, mask), half, tail),
                None => layer.forward_only(self, &positions, mask, pooled),
            };
        }
        match Tail::of(layer, pooled) {
            Some(tail) => tail::pooled(&layer.attention_half(self, mask), half, tail),
            None => layer.forward(self, mask, into),
        }
    }
}
