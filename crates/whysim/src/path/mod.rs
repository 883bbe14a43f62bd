//! The path integral: from hidden states to one contribution vector for every token.
//!
//! On the straight line `x(a) = r + a (x - r)` from the reference r to the text x, the contribution of token i is
//!
//! ```text
//! V_i = integral over a in [0, 1] of  J_F(x(a)) [(x - r) masked to row i]                       (1)
//! sum_i V_i = F(x) - F(r)                                                                      (2)
//! ```
//!
//! (Moeller, Nikolaev, Padó, EMNLP 2023; completeness: Sundararajan, Taly, Yan, ICML 2017).

mod adaptive;
mod integral;
mod jacobian;
mod quadrature;

pub(crate) use adaptive::{Curve, refine};
pub(crate) use integral::{Line, Path};
pub(crate) use jacobian::integrated_jacobian;
pub use quadrature::{Quadrature, Rule, Steps};

/// It is chosen with the nodes.
pub use crate::array::Precision;
