//! The tape: how cotangents propagate from each place to the ones it was computed from.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::dropout::{Drop, Dropout, Rates};
use super::operations;
use super::{Cotangents, State, Taped};
use crate::kernel;
use crate::real::Real;
use crate::tangents::Tangents;
use crate::tensor::Tensor;
use crate::texts::Texts;

/// Propagates the cotangents [K, T, C] of a place to other places. It may run for several blocks of
/// cotangents in turn.
pub(super) type Step<T> = Box<dyn Fn(Vec<T>, &mut Back<T>)>;

/// A tape. Clones share it.
#[derive(Clone)]
pub struct Tape<T: Real> {
    /// None: the cotangents stay.
    steps: Rc<RefCell<Vec<Option<Step<T>>>>>,
    training: Option<Rc<Option<Dropout>>>,
}

/// The accumulated gradient of every trained weight.
#[derive(Clone, Debug)]
pub struct Gradients<T> {
    places: HashMap<usize, usize>,
    /// In the order of the weights.
    pub sums: Vec<Vec<T>>,
}

impl<T: Real> Gradients<T> {
    /// Zeros for these weights.
    pub fn of<'a>(weights: impl IntoIterator<Item = &'a Tensor<T>>) -> Self {
        let (mut places, mut sums) = (HashMap::new(), Vec::new());
        for weight in weights {
            places.insert(weight.id(), sums.len());
            sums.push(vec![T::default(); weight.len()]);
        }
        Self { places, sums }
    }

    /// Zeros again, for weights that may have moved in memory since.
    pub fn reset<'a>(&mut self, weights: impl IntoIterator<Item = &'a Tensor<T>>) {
        self.places = weights.into_iter().enumerate().map(|(place, weight)| (weight.id(), place)).collect();
        self.sums.iter_mut().for_each(|sum| sum.fill(T::default()));
    }
}

/// The state of a backward pass.
pub(super) struct Back<'a, T> {
    slots: Vec<Option<Vec<T>>>,
    /// The result along the tangents of [`Tape::along`] so far, [K, T].
    along: Option<Vec<T>>,
    gradients: Option<&'a mut Gradients<T>>,
}

impl<T: Real> Back<'_, T> {
    /// Adds cotangents of a place.
    pub(super) fn add(&mut self, place: usize, cotangents: Vec<T>) {
        match &mut self.slots[place] {
            Some(sum) => kernel::add(sum, &cotangents),
            empty => *empty = Some(cotangents),
        }
    }

    /// Adds to the result along tangents, [K, T].
    pub(super) fn add_along(&mut self, along: Vec<T>) {
        match &mut self.along {
            Some(sum) => kernel::add(sum, &along),
            empty => *empty = Some(along),
        }
    }

    /// Calls `add` with the gradient of a weight, by its id; does nothing for one that is not
    /// trained.
    pub(super) fn weight(&mut self, id: usize, add: impl FnOnce(&mut [T])) {
        if let Some(gradients) = &mut self.gradients
            && let Some(&place) = gradients.places.get(&id)
        {
            add(&mut gradients.sums[place]);
        }
    }
}

/// One table of embeddings and the row of it that each token takes.
#[derive(Clone, Debug)]
pub struct Table<T> {
    /// [V, H].
    pub weight: Tensor<T>,
    /// `[T]`, each below V.
    pub rows: Vec<u32>,
    /// What rows are multiplied by.
    pub scale: T,
    /// A row that is never changed, as `padding_idx` of PyTorch's embedding: it gets no gradient.
    pub fixed: Option<u32>,
}

impl<T: Real> Table<T> {
    /// The sum of every token's rows of some tables, [T, H].
    ///
    /// # Panics
    /// If there is no table, or a table lacks one of the rows.
    pub fn sum(tables: &[Self]) -> Vec<T> {
        let (hidden, tokens) = (tables[0].weight.columns(), tables[0].rows.len());
        let mut out = vec![T::default(); tokens * hidden];
        kernel::for_rows(
            &mut out,
            hidden,
            #[inline(always)]
            |t, out| {
                for table in tables {
                    kernel::add_scaled(out, table.scale, table.weight.row(table.rows[t] as usize));
                }
            },
        );
        out
    }
}

impl<T: Real> Tape<T> {
    /// A tape for derivatives by states.
    pub fn new() -> Self {
        Self { steps: Rc::default(), training: None }
    }

    /// A tape for gradients of weights, with dropout or without.
    pub fn training(dropout: Option<Dropout>) -> Self {
        Self { steps: Rc::default(), training: Some(Rc::new(dropout)) }
    }

    /// States [T, H] of texts of the same length, and a tangent in every token's row: [T, H], or
    /// [S, H] shared by all texts.
    pub fn along(&self, texts: Texts, states: Vec<T>, tangents: Vec<T>) -> Cotangents<T> {
        let members = Arc::new((0..texts.each()).map(|s| vec![s]).collect());
        let rows = Tangents::grouped(texts, states, tangents, members);
        Cotangents { state: State::Rows(rows), tape: self.clone() }
    }

    /// States [T, H], whose cotangents are wanted.
    pub fn input(&self, texts: Texts, states: Vec<T>) -> Cotangents<T> {
        self.array(texts, states, None)
    }

    /// The sum of every token's rows of some tables, [T, H].
    ///
    /// # Panics
    /// As [`Table::sum`].
    pub fn look_up(&self, texts: Texts, tables: Vec<Table<T>>) -> Cotangents<T> {
        let values = Table::sum(&tables);
        self.array(texts, values, Some(operations::back_to_tables(tables)))
    }

    fn array(&self, texts: Texts, values: Vec<T>, step: Option<Step<T>>) -> Cotangents<T> {
        let width = values.len() / texts.tokens();
        Cotangents { state: State::Taped(self.push(texts, width, values, step)), tape: self.clone() }
    }

    /// A new place.
    pub(super) fn push(&self, texts: Texts, width: usize, values: Vec<T>, step: Option<Step<T>>) -> Taped<T> {
        let mut steps = self.steps.borrow_mut();
        steps.push(step);
        Taped { place: steps.len() - 1, texts, width, values: Rc::new(values) }
    }

    /// Training's dropout of hidden states.
    pub(super) fn drop_hidden(&self, x: Taped<T>) -> Taped<T> {
        match self.dropout(|rates| rates.hidden) {
            Some(drop) => operations::drop(self, &x, drop),
            None => x,
        }
    }

    /// What is dropped at the next place of the network, at one of the rates.
    pub(super) fn dropout(&self, rate: impl Fn(&Rates) -> f64) -> Option<Drop> {
        self.training.as_deref()?.as_ref()?.next(rate)
    }

    /// Whether gradients of weights are wanted.
    pub(super) fn trains(&self) -> bool {
        self.training.is_some()
    }

    /// `<J^T c, x'>` for the tangent x' in every token's row and every cotangent c of a pooled
    /// output, [K, T]. cotangents: [K, B, D].
    ///
    /// # Panics
    /// If the tape did not begin with [`Tape::along`].
    pub fn back_along(&self, output: &Cotangents<T>, cotangents: Vec<T>) -> Vec<T> {
        self.back(output, cotangents, None).along.expect("the tape begins with tangents")
    }

    /// `J^T c` of an input, [K, T, H]. cotangents: [K, B, D].
    ///
    /// # Panics
    /// If `input` is not from [`Tape::input`].
    pub fn back_to(&self, input: &Cotangents<T>, output: &Cotangents<T>, cotangents: Vec<T>) -> Vec<T> {
        let State::Taped(Taped { place, .. }) = input.state else { panic!("the tape begins with an input") };
        let mut back = self.back(output, cotangents, None);
        back.slots[place].take().expect("the output depends on its input")
    }

    /// Adds the gradients of all weights to `gradients`. cotangents: [B, D].
    pub fn back_to_weights(&self, output: &Cotangents<T>, cotangents: Vec<T>, gradients: &mut Gradients<T>) {
        self.back(output, cotangents, Some(gradients));
    }

    fn back<'a>(
        &self,
        output: &Cotangents<T>,
        cotangents: Vec<T>,
        gradients: Option<&'a mut Gradients<T>>,
    ) -> Back<'a, T> {
        let output = output.on_tape();
        let steps = self.steps.borrow();
        let mut back = Back { slots: steps.iter().map(|_| None).collect(), along: None, gradients };
        back.slots[output.place] = Some(cotangents);
        for (place, step) in steps.iter().enumerate().rev() {
            if let Some(step) = step
                && let Some(cotangents) = back.slots[place].take()
            {
                step(cotangents, &mut back);
            }
        }
        back
    }
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}
