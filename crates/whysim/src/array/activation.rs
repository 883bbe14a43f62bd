//! The activation functions of the supported encoders, each with its derivative.

use serde::{Deserialize, Serialize};

use super::real::Real;

/// An elementwise function. Names are those of the models' configs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl Activation {
    /// The names that [`Activation::named`] knows.
    pub const NAMES: &str = "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, silu, swish, tanh, sigmoid, linear";

    /// The function that a config means by `name`, if it is known. PyTorch's class names (`torch.nn.modules.activation.Tanh`)
    /// are known too.
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

    /// f(x) and f'(x).
    #[inline(always)]
    pub(crate) fn value_and_slope<T: Real>(self, x: T) -> (T, T) {
        match self {
            Self::Gelu => {
                let (distribution, density) = x.normal();
                (x * distribution, distribution + x * density)
            }
            Self::GeluTanh => gelu_tanh(x),
            Self::Relu => {
                if x > T::default() {
                    (x, T::ONE)
                } else {
                    (T::default(), T::default())
                }
            }
            Self::Silu => {
                let s = sigmoid(x);
                (x * s, s + x * s * (T::ONE - s))
            }
            Self::Tanh => {
                let t = x.tanh();
                (t, T::ONE - t * t)
            }
            Self::Sigmoid => {
                let s = sigmoid(x);
                (s, s * (T::ONE - s))
            }
            Self::Identity => (x, T::ONE),
        }
    }
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
