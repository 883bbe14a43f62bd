//! What a view shows of an explanation: the same numbers and scales in every form.

use super::figures::Figures;
use crate::Explanation;
use crate::explanation::{Effects, View, is_unclear};

/// One view of an explanation.
pub(super) struct Shown<'a> {
    pub e: &'a Explanation,
    pub view: View,
    /// [rows of A][rows of B]
    pub matrix: Vec<Vec<f32>>,
    /// Standard errors of the same, if it was sampled.
    pub errors: Option<Vec<Vec<f32>>>,
    /// The end of the colour scale.
    pub limit: f64,
    /// Whether the references' row and column stand beside the matrix. They belong to the ledger,
    /// which the attributions are a part of and the interaction is not.
    pub border: bool,
    /// What stands beside the interaction, and was taken out of it.
    pub bars: Option<Bars>,
}

/// The main effects, as they are drawn.
pub(super) struct Bars {
    pub effects: Effects,
    /// Which rows of A and of B count in means. The others are drawn weaker.
    pub counted: [Vec<bool>; 2],
    /// The longest bar, on both sides of zero and for both texts.
    pub limit: f64,
}

impl<'a> Shown<'a> {
    /// view: None for the explanation's default.
    pub fn new(e: &'a Explanation, view: Option<View>) -> Self {
        let view = view.unwrap_or_else(|| e.default_view());
        let matrix = e.viewed(view);
        let errors = e.uncertainty(view).filter(|errors| errors.iter().flatten().any(|&error| error > 0.0)).cloned();
        match view {
            View::Attribution => {
                let limit = largest(matrix.iter().flatten().map(|&value| value.into()));
                Self { e, view, limit, matrix, errors, border: has_border(e), bars: None }
            }
            View::Interaction => {
                let limit = largest(counted_cells(e, &matrix));
                Self { e, view, limit, matrix, errors, border: false, bars: Some(Bars::new(e)) }
            }
        }
    }

    /// The standard error of a cell, if it was sampled.
    pub fn error(&self, i: usize, j: usize) -> Option<f32> {
        self.errors.as_ref()?.get(i)?.get(j).copied()
    }

    /// Whether a cell is within its error of nothing.
    pub fn is_unclear(&self, i: usize, j: usize) -> bool {
        let value = self.matrix.get(i).and_then(|row| row.get(j));
        matches!((value, self.error(i, j)), (Some(value), Some(error)) if is_unclear(*value, error))
    }

    /// Whether cells are below the colour scale, and above it, so that its ends stand for more. A
    /// scale without a length has no ends.
    pub fn clipped(&self) -> [bool; 2] {
        if self.limit <= 0.0 {
            return [false; 2];
        }
        let border = &self.e.border;
        let edge = border.a.iter().chain(&border.b).map(|&value| f64::from(value)).chain([border.corner]);
        let beside = edge.filter(|_| self.border);
        let cells = self.matrix.iter().flatten().map(|&value| f64::from(value)).chain(beside);
        cells.fold([false; 2], |[below, above], value| [below || value < -self.limit, above || value > self.limit])
    }

    /// The rows of a text, strongest first: by their largest absolute value with a row of the other
    /// text that counts in means. Special and prompt tokens come last. side: 0 for A, 1 for B.
    pub fn ranked(&self, side: usize) -> Vec<usize> {
        let counted = [self.e.a.counted(), self.e.b.counted()];
        let mut strength = vec![0.0_f32; counted[side].len()];
        for (i, row) in self.matrix.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                let (own, other) = if side == 0 { (i, j) } else { (j, i) };
                if let (Some(most), Some(true)) = (strength.get_mut(own), counted[1 - side].get(other)) {
                    *most = most.max(value.abs());
                }
            }
        }
        let mut rows: Vec<usize> = (0..strength.len()).collect();
        let is_own = |row: usize| counted[side][row];
        rows.sort_by(|&x, &y| is_own(y).cmp(&is_own(x)).then(strength[y].total_cmp(&strength[x])));
        rows
    }

    /// How numbers are written in cells.
    pub fn figures(&self) -> Figures {
        Figures::short(self.limit)
    }
}

impl Bars {
    fn new(e: &Explanation) -> Self {
        let effects = e.effects();
        let counted = [e.a.counted(), e.b.counted()];
        let both = effects.a.iter().zip(&counted[0]).chain(effects.b.iter().zip(&counted[1]));
        let limit = largest(both.filter(|(_, counted)| **counted).map(|(&value, _)| value));
        Self { effects, counted, limit }
    }
}

/// The largest absolute value.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|value| value.is_finite()).fold(0.0, |most, value| value.abs().max(most))
}

/// Cells between rows that count in means. They alone make the interaction's scale: special tokens
/// have attributions of another size, and could pale everything else.
fn counted_cells(e: &Explanation, matrix: &[Vec<f32>]) -> impl Iterator<Item = f64> {
    let columns = e.b.counted();
    let rows = matrix.iter().zip(e.a.counted()).filter(|(_, counted)| *counted);
    rows.flat_map(move |(row, _)| {
        let kept = row.iter().zip(&columns).filter(|(_, counted)| **counted);
        kept.map(|(&value, _)| f64::from(value)).collect::<Vec<_>>()
    })
}

/// Whether the references have a share.
pub(super) fn has_border(e: &Explanation) -> bool {
    !e.exact && (e.border.corner != 0.0 || e.border.a.iter().chain(&e.border.b).any(|&v| v != 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::sample::{garden, sized};

    #[test]
    fn special_tokens_do_not_set_the_scale_of_the_interaction() {
        let mut e = garden();
        let before = Shown::new(&e, None);
        let (limit, bars) = (before.limit, before.bars.unwrap().limit);
        e.matrix[0][0] += 50.0;
        e.matrix[0].iter_mut().for_each(|value| *value += 20.0);
        let after = Shown::new(&e, None);
        assert!((after.limit - limit).abs() < 1e-6 && (after.bars.unwrap().limit - bars).abs() < 1e-6);
        assert!(Shown::new(&e, Some(View::Attribution)).limit > 60.0);
    }

    #[test]
    fn the_references_stand_beside_attributions() {
        let shown = |e: &Explanation, view| (Shown::new(e, view).border, Shown::new(e, view).bars.is_some());
        assert_eq!(shown(&garden(), None), (false, true));
        assert_eq!(shown(&garden(), Some(View::Attribution)), (true, false));
        assert_eq!(shown(&sized(5), None), (false, false));
    }
}
