//! Arrays whose operations are compiled in this crate.
//!
//! Everything here is generic over the number type, so every crate that calls it would compile it
//! again, kernels included. [`Compiled`] prevents that: its operations go through a table of
//! functions, one table for each kind of array and number, that is filled in this crate.

use crate::activation::Activation;
use crate::array::{Array, Into, Pooling};
use crate::cotangents::Cotangents;
use crate::heads::{Heads, Mask};
use crate::layer::Layer;
use crate::real::Real;
use crate::rotation::Rotation;
use crate::tangents::Tangents;
use crate::values::Values;
use crate::weights::{Linear, Norm};

/// An array whose operations were compiled with this crate. The results are the same.
#[derive(Clone)]
pub struct Compiled<A>(pub A);

/// [`Array::layer`].
type Whole<A, T> = fn(&A, &Layer<T>, &Mask<T>, Into<T>) -> A;

/// The operations of an [`Array`], as functions.
pub struct Table<A: Array> {
    linear: fn(&A, &Linear<A::Real>) -> A,
    add: fn(A, &A) -> A,
    multiply: fn(A, &A) -> A,
    normalise: fn(A, &Norm<A::Real>) -> A,
    activate: fn(A, Activation) -> A,
    rotate: fn(A, &Rotation<A::Real>) -> A,
    attend: fn(A, A, A, Heads, &Mask<A::Real>) -> A,
    pool: fn(&A, Pooling<A::Real>) -> A,
    concatenate: fn(&[A]) -> A,
    only: fn(&A, &[usize]) -> A,
    first: fn(&A, usize) -> A,
    layer: Whole<A, A::Real>,
}

impl<A: Array> Table<A> {
    const fn new() -> Self {
        Self {
            linear: A::linear,
            add: A::add,
            multiply: A::multiply,
            normalise: A::normalise,
            activate: A::activate,
            rotate: A::rotate,
            attend: A::attend,
            pool: A::pool,
            concatenate: A::concatenate,
            only: A::only,
            first: A::first,
            layer: A::layer,
        }
    }
}

/// The tables of one number type.
pub struct Tables<T: Real> {
    values: Table<Values<T>>,
    tangents: Table<Tangents<T>>,
    cotangents: Table<Cotangents<T>>,
}

impl<T: Real> Tables<T> {
    /// Compiles all operations, where `T` is known.
    pub(crate) const fn new() -> Self {
        Self { values: Table::new(), tangents: Table::new(), cotangents: Table::new() }
    }
}

/// An array that has a table.
pub trait Tabled: Array + 'static {
    /// Its operations.
    fn table() -> &'static Table<Self>;
}

impl<T: Real> Tabled for Values<T> {
    fn table() -> &'static Table<Self> {
        &T::tables().values
    }
}

impl<T: Real> Tabled for Tangents<T> {
    fn table() -> &'static Table<Self> {
        &T::tables().tangents
    }
}

impl<T: Real> Tabled for Cotangents<T> {
    fn table() -> &'static Table<Self> {
        &T::tables().cotangents
    }
}

impl<A: Tabled> Array for Compiled<A> {
    type Real = A::Real;

    fn linear(&self, linear: &Linear<A::Real>) -> Self {
        Self((A::table().linear)(&self.0, linear))
    }

    fn add(self, other: &Self) -> Self {
        Self((A::table().add)(self.0, &other.0))
    }

    fn multiply(self, other: &Self) -> Self {
        Self((A::table().multiply)(self.0, &other.0))
    }

    fn normalise(self, norm: &Norm<A::Real>) -> Self {
        Self((A::table().normalise)(self.0, norm))
    }

    fn activate(self, activation: Activation) -> Self {
        Self((A::table().activate)(self.0, activation))
    }

    fn rotate(self, rotation: &Rotation<A::Real>) -> Self {
        Self((A::table().rotate)(self.0, rotation))
    }

    fn attend(queries: Self, keys: Self, values: Self, heads: Heads, mask: &Mask<A::Real>) -> Self {
        Self((A::table().attend)(queries.0, keys.0, values.0, heads, mask))
    }

    fn pool(&self, pooling: Pooling<A::Real>) -> Self {
        Self((A::table().pool)(&self.0, pooling))
    }

    fn concatenate(parts: &[Self]) -> Self {
        let parts: Vec<A> = parts.iter().map(|part| part.0.clone()).collect();
        Self((A::table().concatenate)(&parts))
    }

    fn only(&self, positions: &[usize]) -> Self {
        Self((A::table().only)(&self.0, positions))
    }

    fn first(&self, columns: usize) -> Self {
        Self((A::table().first)(&self.0, columns))
    }

    fn layer(&self, layer: &Layer<A::Real>, mask: &Mask<A::Real>, into: Into<A::Real>) -> Self {
        Self((A::table().layer)(&self.0, layer, mask, into))
    }
}
