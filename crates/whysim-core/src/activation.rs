//! The activation functions of the supported encoders, each with its derivative.

use crate::real::Real;

/// An elementwise function. Names are those of the models' configs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x Phi(x)` with the error function: `gelu`.
    Gelu,
    /// The tanh approximation: `gelu_new`, `gelu_pytorch_tanh`, `gelu_fast`.
    GeluTanh,
    /// `max(x, 0)`: `relu`.
    Relu,
    /// `x sigmoid(x)`: `silu`, `swish`.
    Silu,
    /// `tanh`.
    Tanh,
    /// `1 / (1 + e^-x)`: `sigmoid`.
    Sigmoid,
    /// `x`: `linear`, or no activation.
    Identity,
}

/// Runs `$body` with `$f` as the function x -> (f(x), f'(x)): the choice is made once for a whole
/// loop, not in it.
macro_rules! choose {
    ($activation:expr, $f:ident => $body:expr) => {
        match $activation {
            Activation::Gelu => {
                let $f = gelu;
                $body
            }
            Activation::GeluTanh => {
                let $f = gelu_tanh;
                $body
            }
            Activation::Relu => {
                let $f = relu;
                $body
            }
            Activation::Silu => {
                let $f = silu;
                $body
            }
            Activation::Tanh => {
                let $f = tanh;
                $body
            }
            Activation::Sigmoid => {
                let $f = logistic;
                $body
            }
            Activation::Identity => {
                let $f = identity;
                $body
            }
        }
    };
}

impl Activation {
    /// The names that [`Activation::named`] knows.
    pub const NAMES: &str = "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, silu, swish, tanh, sigmoid, linear";

    /// The function that a config means by `name`, if it is known. PyTorch's class names
    /// (`torch.nn.modules.activation.Tanh`) are known too.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase().as_str() {
            "gelu" => Self::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Self::GeluTanh,
            "relu" => Self::Relu,
            "silu" | "swish" => Self::Silu,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "linear" | "identity" => Self::Identity,
            _ => return None,
        })
    }

    /// `x = f(x)`.
    #[inline(always)]
    pub fn values<T: Real>(self, x: &mut [T]) {
        choose!(self, f => x.iter_mut().for_each(|x| *x = f(*x).0));
    }

    /// `x = f(x)` and `slopes = f'(x)`.
    #[inline(always)]
    pub fn values_and_slopes<T: Real>(self, x: &mut [T], slopes: &mut [T]) {
        choose!(self, f => x.iter_mut().zip(slopes).for_each(|(x, slope)| (*x, *slope) = f(*x)));
    }

    /// `u *= f'(x)`.
    #[inline(always)]
    pub fn jacobian<T: Real>(self, u: &mut [T], x: &[T]) {
        choose!(self, f => u.iter_mut().zip(x).for_each(|(u, &x)| *u *= f(x).1));
    }
}

/// `(x Phi(x), Phi(x) + x phi(x))`.
#[inline(always)]
fn gelu<T: Real>(x: T) -> (T, T) {
    let (distribution, density) = x.normal();
    (x * distribution, distribution + x * density)
}

/// `x/2 (1 + tanh u)`, `u = sqrt(2/pi) (x + 0.044715 x^3)`.
#[inline(always)]
fn gelu_tanh<T: Real>(x: T) -> (T, T) {
    let (half, root, cubic) = (T::of(0.5), T::of(0.797_884_560_802_865_4), T::of(0.044_715));
    let t = (root * (x + cubic * x * x * x)).tanh();
    let slope_of_u = root * (T::ONE + T::of(3.0) * cubic * x * x);
    (half * x * (T::ONE + t), half * (T::ONE + t) + half * x * (T::ONE - t * t) * slope_of_u)
}

/// By tanh, which does not overflow.
#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    let half = T::of(0.5);
    half + half * (half * x).tanh()
}

#[inline(always)]
fn relu<T: Real>(x: T) -> (T, T) {
    if x > T::default() { (x, T::ONE) } else { (T::default(), T::default()) }
}

#[inline(always)]
fn silu<T: Real>(x: T) -> (T, T) {
    let s = sigmoid(x);
    (x * s, s + x * s * (T::ONE - s))
}

#[inline(always)]
fn tanh<T: Real>(x: T) -> (T, T) {
    let t = x.tanh();
    (t, T::ONE - t * t)
}

#[inline(always)]
fn logistic<T: Real>(x: T) -> (T, T) {
    let s = sigmoid(x);
    (s, s * (T::ONE - s))
}

#[inline(always)]
fn identity<T: Real>(x: T) -> (T, T) {
    (x, T::ONE)
}
