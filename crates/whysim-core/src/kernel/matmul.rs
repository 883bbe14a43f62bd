//! Matrix products over strided views, by the gemm crates.

use crate::real::{Product, Real};

/// A read-only matrix inside a slice: element (i, j) is `data[i * rows_by + j * columns_by]`.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    rows_by: usize,
    columns_by: usize,
}

impl<'a, T> Operand<'a, T> {
    /// Row-major with `stride` elements from row to row.
    pub fn new(data: &'a [T], rows: usize, columns: usize, stride: usize) -> Self {
        Self { data, rows, columns, rows_by: stride, columns_by: 1 }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The transpose, by swapping strides.
    pub fn t(self) -> Self {
        Self { rows: self.columns, columns: self.rows, rows_by: self.columns_by, columns_by: self.rows_by, ..self }
    }

    fn assert_inside(&self) {
        if self.rows > 0 && self.columns > 0 {
            let last = (self.rows - 1) * self.rows_by + (self.columns - 1) * self.columns_by;
            assert!(last < self.data.len(), "a matrix view reaches beyond its data");
        }
    }
}

/// Whether a product replaces the output or is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accum {
    /// `out = scale A B`.
    Replace,
    /// `out += scale A B`.
    Add,
}

/// `out (+)= scale A B`, on this thread. A: [m, k], B: [k, n], out: [m, n] row-major with `stride`
/// elements from row to row.
pub fn matmul<T: Real>(out: &mut [T], stride: usize, accum: Accum, scale: T, a: Operand<T>, b: Operand<T>) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    assert_eq!(k, b.rows, "inner dimensions differ");
    assert!(m == 0 || n == 0 || ((m - 1) * stride + n <= out.len() && n <= stride), "the product does not fit");
    a.assert_inside();
    b.assert_inside();
    let strides = |x: &Operand<T>| [x.rows_by as isize, x.columns_by as isize];
    // SAFETY: the asserts above keep every element that is touched inside its slice; `out` is
    // borrowed mutably, so it overlaps neither operand.
    unsafe {
        T::product(Product {
            sizes: [m, k, n],
            out: (out.as_mut_ptr(), [stride as isize, 1]),
            adds: accum == Accum::Add,
            a: (a.data.as_ptr(), strides(&a)),
            b: (b.data.as_ptr(), strides(&b)),
            scale,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_transposes_and_accumulation() {
        // A is a [2, 3] window in rows of 5; B^T is stored.
        let a: Vec<f64> = (0..10).map(f64::from).collect();
        let b: Vec<f64> = (0..12).map(|i| f64::from(i) * 0.5).collect();
        let mut out = vec![1.0; 2 * 6];
        let (va, vb) = (Operand::new(&a, 2, 3, 5), Operand::new(&b, 4, 3, 3).t());
        matmul(&mut out, 6, Accum::Add, 2.0, va, vb);
        for i in 0..2 {
            for j in 0..4 {
                let exact: f64 = (0..3).map(|k| a[i * 5 + k] * b[j * 3 + k]).sum();
                assert_eq!(out[i * 6 + j], 1.0 + 2.0 * exact);
            }
            assert_eq!(out[i * 6 + 4..i * 6 + 6], [1.0, 1.0]);
        }
    }

    #[test]
    #[should_panic(expected = "reaches beyond")]
    fn a_view_beyond_its_data_is_refused() {
        let mut out = [0f32; 4];
        let a = Operand::new(&[1f32; 3], 2, 2, 2);
        matmul(&mut out, 2, Accum::Replace, 1.0, a, a);
    }
}
