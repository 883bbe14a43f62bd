//! The two number types of the kernels: f32 for work, f64 for the laws that check it.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::Pod;
use pulp::Simd;

/// A floating-point number with the functions that the kernels need, written so that the compiler can vectorise them.
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
    /// A vector of zeros.
    fn zeros<S: Simd>(simd: S) -> Self::Vector<S>;
    /// `a b + c`, rounded once where the machine can do so in one instruction.
    fn multiply_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of a vector's numbers.
    fn total<S: Simd>(simd: S, x: Self::Vector<S>) -> Self;
    /// `out = beta A B (+ out)` on this thread.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be inside what the pointers point to, and `out` may overlap neither factor.
    unsafe fn product(product: Product<Self>);
}

/// A matrix product over raw memory: element (i, j) of each matrix is at `i * strides.0 + j * strides.1`.
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

/// Mills' ratio `e^(x^2/2) (1 - Phi(x))` for x >= 0 as a polynomial in t = 1 / (1 + x/4), least powers first: our own minimax
/// fit, relative error below 1.5e-8 before rounding to f32.
const MILLS: [f32; 10] = [
    -2.159_923_3e-5,
    1.002_289_8e-1,
    9.482_037e-2,
    1.215_674_1e-1,
    -2.038_264_8e-2,
    0.304_484_5,
    -3.334_666_6e-1,
    0.394_999_7,
    -1.961_767e-1,
    3.394_663e-2,
];

/// `e^r` for |r| <= ln(2)/2, least powers first: our own minimax fit, relative error below 2e-9 before rounding to f32.
const EXP: [f32; 7] = [1.0, 1.0, 0.499_999_93, 1.666_642e-1, 4.166_822_6e-2, 8.374_815e-3, 1.383_684_6e-3];

#[inline(always)]
fn polynomial(coefficients: &[f32], x: f32) -> f32 {
    let mut value = 0.0;
    for &c in coefficients.iter().rev() {
        value = value * x + c;
    }
    value
}

/// pulp's names of the vector operations, which carry the type.
macro_rules! vectors {
    (f32) => {
        vectors!(f32, f32s, as_simd_f32s, splat_f32s, mul_add_e_f32s, reduce_sum_f32s);
    };
    (f64) => {
        vectors!(f64, f64s, as_simd_f64s, splat_f64s, mul_add_e_f64s, reduce_sum_f64s);
    };
    ($real:ty, $vector:ident, $slices:ident, $splat:ident, $multiply_add:ident, $total:ident) => {
        type Vector<S: Simd> = S::$vector;

        #[inline(always)]
        fn vectors<S: Simd>(x: &[Self]) -> (&[S::$vector], &[Self]) {
            S::$slices(x)
        }

        #[inline(always)]
        fn zeros<S: Simd>(simd: S) -> S::$vector {
            simd.$splat(0.0)
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

/// The products of one of the gemm crates.
macro_rules! products {
    ($($gemm:ident)::+) => {
        unsafe fn product(product: Product<Self>) {
            let Product { sizes: [m, k, n], out, adds, a, b, scale } = product;
            // SAFETY: the caller answers for the memory.
            unsafe {
                $($gemm)::+::get_gemm_fn()(
                    m,
                    n,
                    k,
                    out.0,
                    out.1[1],
                    out.1[0],
                    adds,
                    a.0,
                    a.1[1],
                    a.1[0],
                    b.0,
                    b.1[1],
                    b.1[0],
                    1.0,
                    scale,
                    false,
                    false,
                    false,
                    gemm_common::Parallelism::None,
                );
            }
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

    /// `2^n e^r` with x = n ln 2 + r. No branches and no calls, so loops over it become vector code.
    #[inline(always)]
    fn exp(self) -> Self {
        /// Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
        const ROUND: f32 = 12_582_912.0;
        const LN2_HIGH: f32 = 0.693_359_4;
        const LN2_LOW: f32 = -2.121_944_4e-4;
        // Not `clamp`: NaN must stay NaN, and does so through these comparisons.
        let x = if self < -87.0 { -87.0 } else { self };
        let x = if x > 88.0 { 88.0 } else { x };
        let shifted = x * std::f32::consts::LOG2_E + ROUND;
        let n = shifted - ROUND;
        let r = (x - n * LN2_HIGH) - n * LN2_LOW;
        let two_to_n = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3F80_0000));
        let value = polynomial(&EXP, r) * two_to_n;
        if self < -87.0 { 0.0 } else { value }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    vectors!(f32);

    products!(gemm_f32::gemm::f32);

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f32::mul_add(self, a, b)
    }

    /// `1 - 2 / (1 + e^2x)`: exact to 1e-7 in absolute terms, which is what an activation needs.
    #[inline(always)]
    fn tanh(self) -> Self {
        let x = if self > 20.0 { 20.0 } else { self };
        1.0 - 2.0 / (1.0 + Real::exp(2.0 * x))
    }

    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        const INV_SQRT_2PI: f32 = 0.398_942_3;
        let magnitude = self.abs();
        let bell = Real::exp(-0.5 * self * self);
        let tail = bell * polynomial(&MILLS, 1.0 / (1.0 + 0.25 * magnitude));
        let distribution = if self > 0.0 { 1.0 - tail } else { tail };
        (distribution, bell * INV_SQRT_2PI)
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

    products!(gemm_f64::gemm::f64);

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

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn f32_functions_agree_with_f64() {
        for i in -40_000..=40_000 {
            let x = i as f32 * 5e-4;
            let exact = (x as f64).exp();
            assert!((Real::exp(x) as f64 - exact).abs() <= 3e-7 * exact, "exp {x}");
            assert!((Real::tanh(x) as f64 - (x as f64).tanh()).abs() <= 2e-7, "tanh {x}");
            let ((phi, bell), (phi64, bell64)) = (x.normal(), (x as f64).normal());
            assert!((phi as f64 - phi64).abs() <= 2.5e-7, "Phi {x}: {phi} {phi64}");
            assert!((bell as f64 - bell64).abs() <= 1e-7, "phi {x}: {bell} {bell64}");
        }
    }

    #[test]
    fn extremes_neither_overflow_nor_hide_nan() {
        assert_eq!(Real::exp(-1000f32), 0.0);
        assert_eq!(Real::exp(f32::NEG_INFINITY), 0.0);
        assert!(Real::exp(f32::NAN).is_nan());
        assert_eq!(1000f32.normal(), (1.0, 0.0));
        assert_eq!((-1000f32).normal(), (0.0, 0.0));
        assert!(f32::NAN.normal().0.is_nan());
        assert_eq!(Real::tanh(1000f32), 1.0);
        assert_eq!(Real::tanh(-1000f32), -1.0);
    }
}
