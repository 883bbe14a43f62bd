//! The path integral: from hidden states to one contribution vector per token.
//!
//! On the straight line `x(a) = r + a (x - r)` from the reference r to the text x, the contribution
//! of token i is
//!
//! ```text
//! V_i = integral over a in [0, 1] of  J_F(x(a)) [(x - r) masked to row i]                 (1)
//! sum_i V_i = F(x) - F(r)                                                                 (2)
//! ```
//!
//! (Moeller, Nikolaev, Padó, EMNLP 2023; completeness: Sundararajan, Taly, Yan, ICML 2017). If only
//! the products with a few vectors c are needed,
//!
//! ```text
//! c . V_i = integral over a of  [ J_F(x(a))^T c ] o (x - r), summed over row i             (6)
//! ```
//!
//! takes one cotangent per vector c instead of one tangent per token.
//!
//! F is any `Function`: this module does not depend on how it is evaluated, or on which device.

mod adaptive;
mod blocks;
mod curves;
mod function;
mod integral;
mod line;
mod quadrature;
mod sums;

pub(crate) use adaptive::Limits;
pub(crate) use blocks::Path;
pub(crate) use function::Function;

pub(crate) use line::Line;
#[doc(hidden)]
pub use quadrature::Quadrature;
pub use quadrature::{Rule, Steps};

/// Re-exported because it is chosen together with the nodes.
pub use whysim_core::Precision;
