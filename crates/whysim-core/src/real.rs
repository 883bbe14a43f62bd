//! The two number types of the kernels: f32 for work, f64 for the laws that check it.

mod functions;

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::Pod;
use pulp::Simd;

use crate::compiled::Tables;

/// A floating-point number with the functions that the kernels need, written so that the compiler
/// can vectorise them.
pub trait Real:
    Pod
    + std::fmt::Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + std::iter::Sum
{
    /// 1, and with `Default` 0.
    const ONE: Self;
    /// Smaller than every finite number.
    const NEGATIVE_INFINITY: Self;
    /// The nearest value to `x`.
    fn of(x: f64) -> Self;
    /// The nearest f32.
    fn to_f32(self) -> f32;
    /// The same number as f64.
    fn to_f64(self) -> f64;
    /// The same numbers in this type.
    fn from_f32s(x: Vec<f32>) -> Vec<Self>;
    /// e^x; 0 far below, and finite for x up to 88.
    fn exp(self) -> Self;
    /// `self a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Value and derivative of the standard normal distribution function, (Phi(x), phi(x)).
    fn normal(self) -> (Self, Self);
    /// A vector register's worth of numbers.
    type Vector<S: Simd>: Copy;
    /// x as whole vectors, and the rest.
    fn vectors<S: Simd>(x: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// As [`Real::vectors`], to write to.
    fn vectors_mut<S: Simd>(x: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// A vector of this number.
    fn splat<S: Simd>(self, simd: S) -> Self::Vector<S>;
    /// `a - b`.
    fn subtract<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b + c`, rounded once where the machine can do so in one instruction.
    fn multiply_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of a vector's numbers.
    fn total<S: Simd>(simd: S, x: Self::Vector<S>) -> Self;
    /// `out = beta A B (+ out)` on this thread.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be inside what the pointers point to,
    /// and `out` may overlap neither factor.
    unsafe fn product(product: Product<Self>);
    /// The arrays' operations for this number.
    fn tables() -> &'static Tables<Self>;
}

/// A matrix product over raw memory: element (i, j) of each matrix is at `i * strides.0 + j *
/// strides.1`.
#[derive(Clone, Copy, Debug)]
pub struct Product<T> {
    /// m, k, n: A is [m, k], B is [k, n].
    pub sizes: [usize; 3],
    /// Where the product goes.
    pub out: (*mut T, [isize; 2]),
    /// Whether it is added to what is there.
    pub adds: bool,
    /// A.
    pub a: (*const T, [isize; 2]),
    /// B.
    pub b: (*const T, [isize; 2]),
    /// What the product is multiplied by.
    pub scale: T,
}

/// pulp's names of the vector operations, which carry the type.
macro_rules! vectors {
    (f32) => {
        vectors!(f32, f32s, as_simd_f32s, as_mut_simd_f32s, splat_f32s, sub_f32s, mul_add_e_f32s, reduce_sum_f32s);
    };
    (f64) => {
        vectors!(f64, f64s, as_simd_f64s, as_mut_simd_f64s, splat_f64s, sub_f64s, mul_add_e_f64s, reduce_sum_f64s);
    };
    ($real:ty, $vector:ident, $slices:ident, $mut:ident, $splat:ident, $sub:ident, $multiply_add:ident, $total:ident) => {
        type Vector<S: Simd> = S::$vector;

        #[inline(always)]
        fn vectors<S: Simd>(x: &[Self]) -> (&[S::$vector], &[Self]) {
            S::$slices(x)
        }

        #[inline(always)]
        fn vectors_mut<S: Simd>(x: &mut [Self]) -> (&mut [S::$vector], &mut [Self]) {
            S::$mut(x)
        }

        #[inline(always)]
        fn splat<S: Simd>(self, simd: S) -> S::$vector {
            simd.$splat(self)
        }

        #[inline(always)]
        fn subtract<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
            simd.$sub(a, b)
        }

        #[inline(always)]
        fn multiply_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
            simd.$multiply_add(a, b, c)
        }

        #[inline(always)]
        fn total<S: Simd>(simd: S, x: S::$vector) -> Self {
            simd.$total(x)
        }
    };
}

impl Real for f32 {
    const ONE: Self = 1.0;
    const NEGATIVE_INFINITY: Self = f32::NEG_INFINITY;

    #[inline(always)]
    fn of(x: f64) -> Self {
        x as f32
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }

    fn from_f32s(x: Vec<f32>) -> Vec<Self> {
        x
    }

    #[inline(always)]
    fn exp(self) -> Self {
        functions::exp(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    vectors!(f32);

    unsafe fn product(product: Product<Self>) {
        let Product { sizes: [m, k, n], out, adds, a, b, scale } = product;
        // As `out^T = B^T A^T`: the kernels want columns of the result one after the other, and
        // write any other way slowly. SAFETY: the caller guarantees that the memory is
        // valid.
        unsafe {
            gemm_f32::gemm::f32::get_gemm_fn()(
                n,
                m,
                k,
                out.0,
                out.1[0],
                out.1[1],
                adds,
                b.0,
                b.1[0],
                b.1[1],
                a.0,
                a.1[0],
                a.1[1],
                1.0,
                scale,
                false,
                false,
                false,
                gemm_common::Parallelism::None,
            );
        }
    }

    fn tables() -> &'static Tables<Self> {
        static TABLES: Tables<f32> = Tables::new();
        &TABLES
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f32::mul_add(self, a, b)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        functions::tanh(self)
    }

    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        functions::normal(self)
    }
}

impl Real for f64 {
    const ONE: Self = 1.0;
    const NEGATIVE_INFINITY: Self = f64::NEG_INFINITY;

    #[inline(always)]
    fn of(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    fn from_f32s(x: Vec<f32>) -> Vec<Self> {
        x.into_iter().map(f64::from).collect()
    }

    #[inline(always)]
    fn exp(self) -> Self {
        f64::exp(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    vectors!(f64);

    /// Element by element: checks multiply small matrices.
    unsafe fn product(product: Product<Self>) {
        let Product { sizes: [m, k, n], out, adds, a, b, scale } = product;
        let at = |[rows, columns]: [isize; 2], i: usize, j: usize| i as isize * rows + j as isize * columns;
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            // SAFETY: the caller guarantees that the memory is valid.
            unsafe {
                let sum: f64 = (0..k).map(|l| *a.0.offset(at(a.1, i, l)) * *b.0.offset(at(b.1, l, j))).sum();
                let out = out.0.offset(at(out.1, i, j));
                *out = scale * sum + if adds { *out } else { 0.0 };
            }
        }
    }

    /// Only checks work in f64, so they compile it themselves.
    #[inline]
    fn tables() -> &'static Tables<Self> {
        const { &Tables::new() }
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f64::mul_add(self, a, b)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        f64::tanh(self)
    }

    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
        let distribution = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        (distribution, (-0.5 * self * self).exp() * INV_SQRT_2PI)
    }
}
