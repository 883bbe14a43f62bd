//! Kernels on one row: reductions, softmax and layer normalisation, with their tangents.

use crate::real::Real;

/// Partial sums kept side by side, so that a reduction can be vectorised: the compiler may not
/// reorder float sums itself.
const LANES: usize = 32;

/// `sum_i f(i)` over two rows of the same length, in lanes.
#[inline(always)]
fn reduce<T: Real>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [T::default(); LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest: T = xs.remainder().iter().zip(ys.remainder()).map(|(&a, &b)| f(a, b)).sum();
    for (a, b) in xs.zip(ys) {
        for i in 0..LANES {
            lanes[i] += f(a[i], b[i]);
        }
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0] + rest
}

/// `sum_i x_i`.
#[inline(always)]
pub fn sum<T: Real>(x: &[T]) -> T {
    reduce(x, x, |a, _| a)
}

/// `sum_i x_i y_i`.
#[inline(always)]
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    reduce(x, y, |a, b| a * b)
}

/// `y_i += w x_i`.
#[inline(always)]
pub fn add_scaled<T: Real>(y: &mut [T], w: T, x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += w * x;
    }
}

/// `e^(x_i - max) / sum_j e^(x_j - max)`, in place.
#[inline(always)]
pub fn softmax<T: Real>(x: &mut [T]) {
    let mut max = T::NEGATIVE_INFINITY;
    for &v in x.iter() {
        max = if v > max { v } else { max };
    }
    if max == T::NEGATIVE_INFINITY {
        // Everything is masked: nothing is attended to.
        return x.fill(T::default());
    }
    for v in x.iter_mut() {
        *v = Real::exp(*v - max);
    }
    let scale = T::ONE / sum(x);
    for v in x.iter_mut() {
        *v *= scale;
    }
}

/// The Jacobian of softmax at its output p, applied to u in place: `p (u - p . u)`. Symmetric: it
/// serves tangents and cotangents.
#[inline(always)]
pub fn softmax_jacobian<T: Real>(u: &mut [T], p: &[T]) {
    let mean = dot(u, p);
    for (u, &p) in u.iter_mut().zip(p) {
        *u = p * (*u - mean);
    }
}

/// `(x - mean) / sqrt(variance + epsilon)` in place; returns `1 / sqrt(variance + epsilon)`. Two
/// passes, as in PyTorch, for accurate variances of values far from 0.
#[inline(always)]
pub fn normalise<T: Real>(x: &mut [T], epsilon: T) -> T {
    let count = T::of(x.len() as f64);
    let mean = sum(x) / count;
    for v in x.iter_mut() {
        *v -= mean;
    }
    let inverse = T::ONE / Real::sqrt(dot(x, x) / count + epsilon);
    for v in x.iter_mut() {
        *v *= inverse;
    }
    inverse
}

/// The Jacobian of [`normalise`] at its output x̂ and inverse deviation, applied to u in place:
/// `(u - mean(u) - x̂ mean(x̂ u)) / sigma`. Symmetric: it serves tangents and cotangents.
#[inline(always)]
pub fn normalise_jacobian<T: Real>(u: &mut [T], normalised: &[T], inverse: T) {
    let count = T::of(u.len() as f64);
    let mean = sum(u) / count;
    let along = dot(u, normalised) / count;
    for (u, &x) in u.iter_mut().zip(normalised) {
        *u = inverse * (*u - mean - x * along);
    }
}

/// `x / sqrt(mean(x²) + epsilon)` in place; returns `1 / sqrt(mean(x²) + epsilon)`.
#[inline(always)]
pub fn scale_to_unit<T: Real>(x: &mut [T], epsilon: T) -> T {
    let inverse = T::ONE / Real::sqrt(dot(x, x) / T::of(x.len() as f64) + epsilon);
    for v in x.iter_mut() {
        *v *= inverse;
    }
    inverse
}

/// The Jacobian of [`scale_to_unit`] at its output x̂, applied to u in place: `(u - x̂ mean(x̂ u))
/// / rms`. Symmetric too.
#[inline(always)]
pub fn scale_to_unit_jacobian<T: Real>(u: &mut [T], normalised: &[T], inverse: T) {
    let along = dot(u, normalised) / T::of(u.len() as f64);
    for (u, &x) in u.iter_mut().zip(normalised) {
        *u = inverse * (*u - x * along);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: usize, seed: u64) -> Vec<f64> {
        (0..n).map(|i| ((i as f64 + 1.3) * (seed as f64 + 0.7)).sin()).collect()
    }

    /// Central differences of `f` at x along u.
    fn differences(f: impl Fn(&mut [f64]), x: &[f64], u: &[f64]) -> Vec<f64> {
        let h = 1e-5;
        let at = |sign: f64| {
            let mut y: Vec<f64> = x.iter().zip(u).map(|(x, u)| x + sign * h * u).collect();
            f(&mut y);
            y
        };
        at(1.0).iter().zip(at(-1.0)).map(|(p, m)| (p - m) / (2.0 * h)).collect()
    }

    #[test]
    fn jacobians_are_derivatives() {
        for n in [1, 5, 32, 71] {
            let (x, u) = (row(n, 1), row(n, 2));
            let mut p = x.clone();
            softmax(&mut p);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let mut tangent = u.clone();
            softmax_jacobian(&mut tangent, &p);
            for (a, b) in tangent.iter().zip(differences(softmax, &x, &u)) {
                assert!((a - b).abs() < 1e-8, "softmax {n}: {a} {b}");
            }
            let mut normalised = x.clone();
            let inverse = normalise(&mut normalised, 1e-3);
            let mut tangent = u.clone();
            normalise_jacobian(&mut tangent, &normalised, inverse);
            let norm = |x: &mut [f64]| {
                normalise(x, 1e-3);
            };
            for (a, b) in tangent.iter().zip(differences(norm, &x, &u)) {
                assert!((a - b).abs() < 1e-7, "normalise {n}: {a} {b}");
            }
            let mut normalised = x.clone();
            let inverse = scale_to_unit(&mut normalised, 1e-3);
            let mut tangent = u.clone();
            scale_to_unit_jacobian(&mut tangent, &normalised, inverse);
            let scale = |x: &mut [f64]| {
                scale_to_unit(x, 1e-3);
            };
            for (a, b) in tangent.iter().zip(differences(scale, &x, &u)) {
                assert!((a - b).abs() < 1e-7, "scale to unit {n}: {a} {b}");
            }
        }
    }

    #[test]
    fn reductions_take_every_element() {
        for n in 0..100 {
            let x: Vec<f32> = (0..n).map(|i| i as f32).collect();
            assert_eq!(sum(&x), (0..n).sum::<usize>() as f32);
            assert_eq!(dot(&x, &x), (0..n).map(|i| i * i).sum::<usize>() as f32);
        }
    }
}
