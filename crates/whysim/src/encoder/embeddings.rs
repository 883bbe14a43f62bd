//! The embeddings: what turns ids into the states that enter layer 0.

use whysim_core::{Array, Linear, Norm, Real, Table, Tensor, Texts};

use super::family::{Family, Positions};
use super::layers;
use super::weights::Weights;
use crate::error::Result;

/// Tables, and what follows their sum.
#[derive(Clone)]
pub(super) struct Embeddings<T> {
    /// [V, E].
    words: Tensor<T>,
    /// What word vectors are multiplied by.
    scale: T,
    /// And how tokens are numbered; None: positions count elsewhere, or not at all.
    positions: Option<(Tensor<T>, Positions)>,
    types: Option<Tensor<T>>,
    norm: Option<Norm<T>>,
    /// [H, E].
    projection: Option<Linear<T>>,
    /// The padding id. Training leaves its row of the word table unchanged.
    padding: Option<u32>,
}

impl<T: Real> Embeddings<T> {
    pub(super) fn load(family: &Family, weights: &mut Weights) -> Result<Self> {
        let own = &family.embeddings;
        let mut table = |name: &str, rows| weights.get(&format!("{name}.weight"), &[rows, own.width]);
        let words = table(own.words, own.rows)?;
        let positions = match own.positions {
            Some((name, numbering)) => Some((table(name, family.positions)?, numbering)),
            None => None,
        };
        let types = own.types.map(|(name, rows)| table(name, rows)).transpose()?;
        let norm = own.norm.map(|name| layers::norm(weights, name, own.width, family.norm)).transpose()?;
        let sizes = [family.hidden, own.width];
        let projection = own.projection.map(|name| layers::linear(weights, name, sizes, true)).transpose()?;
        Ok(Self { words, scale: T::of(own.scale), positions, types, norm, projection, padding: family.padding })
    }

    /// Word vectors alone.
    pub(super) fn of_words(words: Tensor<T>) -> Self {
        Self { words, scale: T::ONE, positions: None, types: None, norm: None, projection: None, padding: None }
    }

    pub(super) fn longest(&self) -> Option<usize> {
        self.positions.as_ref().map(|(table, numbering)| table.rows().saturating_sub(numbering.offset()))
    }

    pub(super) fn vocabulary(&self) -> usize {
        self.words.rows()
    }

    /// As `Transformer::each`.
    pub(super) fn each<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Tensor<T>)) {
        let Self { words, positions, types, norm, projection, .. } = self;
        f(words);
        positions.iter_mut().map(|(table, _)| table).chain(types).for_each(&mut *f);
        norm.iter_mut().for_each(|norm| norm.each(f));
        projection.iter_mut().for_each(|linear| linear.each(f));
    }

    /// The texts, and the rows of every table: word, position and token type (0). Their sum is
    /// [T, E].
    pub(super) fn look_up(&self, rows: &[&[u32]]) -> (Texts, Vec<Table<T>>) {
        let texts = Texts::new(rows.iter().map(|row| row.len()));
        let table = |weight: &Tensor<T>, rows, fixed| Table { weight: weight.clone(), rows, scale: T::ONE, fixed };
        let mut tables = vec![Table { scale: self.scale, ..table(&self.words, rows.concat(), self.padding) }];
        tables.extend(self.positions.iter().map(|(positions, numbering)| {
            let numbers = rows.iter().flat_map(|row| numbering.of(row)).collect();
            table(positions, numbers, numbering.padding())
        }));
        tables.extend(self.types.iter().map(|types| table(types, vec![0; texts.tokens()], None)));
        (texts, tables)
    }

    /// The normalisation, what training drops, and the map to H. x: [T, E] -> [T, H].
    pub(super) fn finish<A: Array<Real = T>>(&self, x: A, drop: impl FnOnce(A) -> A) -> A {
        let x = match &self.norm {
            Some(norm) => x.normalise(norm),
            None => x,
        };
        let x = drop(x);
        match &self.projection {
            Some(linear) => x.linear(linear),
            None => x,
        }
    }
}
