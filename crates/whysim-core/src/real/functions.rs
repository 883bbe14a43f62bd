//! Elementary functions of f32 without branches or calls, so that loops over them vectorise.

/// Mills' ratio `e^(x^2/2) (1 - Phi(x))` for x >= 0 as a polynomial in t = 1 / (1 + x/4), least
/// powers first: our own minimax fit, relative error below 1.5e-8 before rounding to f32.
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

/// `e^r` for |r| <= ln(2)/2, least powers first: our own minimax fit, relative error below 2e-9
/// before rounding to f32.
const EXP: [f32; 7] = [1.0, 1.0, 0.499_999_93, 1.666_642e-1, 4.166_822_6e-2, 8.374_815e-3, 1.383_684_6e-3];

/// `2^n e^r` with x = n ln 2 + r; 0 far below, and finite for x up to 88.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Not `clamp`: NaN must stay NaN, and does so through these comparisons.
    let within = if x < -87.0 { -87.0 } else { x };
    let within = if within > 88.0 { 88.0 } else { within };
    let shifted = within * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (within - n * LN2_HIGH) - n * LN2_LOW;
    let two_to_n = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3F80_0000));
    let value = polynomial(&EXP, r) * two_to_n;
    if x < -87.0 { 0.0 } else { value }
}

/// `1 - 2 / (1 + e^2x)`: exact to 1e-7 in absolute terms, which is what an activation needs.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let x = if x > 20.0 { 20.0 } else { x };
    1.0 - 2.0 / (1.0 + exp(2.0 * x))
}

/// The standard normal distribution function and its derivative.
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    const INV_SQRT_2PI: f32 = 0.398_942_3;
    let bell = exp(-0.5 * x * x);
    let tail = bell * polynomial(&MILLS, 1.0 / (1.0 + 0.25 * x.abs()));
    let distribution = if x > 0.0 { 1.0 - tail } else { tail };
    (distribution, bell * INV_SQRT_2PI)
}

#[inline(always)]
fn polynomial(coefficients: &[f32], x: f32) -> f32 {
    let mut value = 0.0;
    for &c in coefficients.iter().rev() {
        value = value * x + c;
    }
    value
}

#[cfg(test)]
mod tests {
    use crate::real::Real;

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
