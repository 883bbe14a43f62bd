//! The integrand.

use std::sync::Arc;

use whysim_core::{Precision, Real};

use crate::error::Result;

/// A function F from a text's hidden states [S, H] to an embedding `[D]`, with its derivatives.
/// Points are given for several nodes at once, [N, S, H]. Directions hold one tangent per row,
/// [S, H], the same at all nodes.
pub(crate) trait Function: Sync {
    /// The number type of states.
    type Real: Real;

    /// D.
    fn dim(&self) -> usize;

    /// F, [N, D].
    fn values(&self, nodes: usize, points: Vec<Self::Real>) -> Vec<Self::Real>;

    /// `J [directions masked to the rows members[k]]`, [N, K, D].
    fn tangents(
        &self,
        nodes: usize,
        points: Vec<Self::Real>,
        directions: Vec<Self::Real>,
        members: &Arc<Vec<Vec<usize>>>,
        precision: Precision,
    ) -> Vec<Self::Real>;

    /// `<J^T c, directions>` in every row, for every cotangent c: [C, N, S]. cotangents: [C, D].
    fn along(
        &self,
        nodes: usize,
        points: Vec<Self::Real>,
        directions: Vec<Self::Real>,
        cotangents: &[Self::Real],
    ) -> Vec<Self::Real>;

    /// Calls `add(first, J[first..])` with the Jacobian at one point, a few outputs at a time:
    /// [outputs, S, H].
    ///
    /// # Errors
    /// That of `add`, which ends it.
    fn jacobian(
        &self,
        point: Vec<Self::Real>,
        block: usize,
        add: impl FnMut(usize, Vec<Self::Real>) -> Result<()>,
    ) -> Result<()>;

    /// Whether these groups' tangents are contracted on the fly, and never stored for all tokens,
    /// so that all of them cost little more than one.
    fn contracts(&self, members: &[Vec<usize>]) -> bool;

    /// Multiplications at one node, the search for nodes included: with tangents of these groups,
    /// and with this many cotangents.
    fn costs(&self, members: &[Vec<usize>], cotangents: usize) -> [f64; 2];
}
