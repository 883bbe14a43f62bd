//! Attention within each text, in two operations, between which probabilities are dropped:
//!
//! ```text
//! P = softmax(Q K^T / sqrt(d) + bias)          E' = P o (P' - rowsum(P o P'))    Q' = E' K / sqrt(d)    K' = E'^T Q / sqrt(d)
//! y = P V                                      P' = y' V^T                       V' = P^T y'
//! ```
//!
//! with ' for cotangents, head by head. P is kept packed: for each text its heads' [S, S] squares.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Shape, Tensor};
use rayon::prelude::*;

use super::{Texts, values};
use crate::array::kernel::{self, Operand, Write, matmul, vectorised};
use crate::array::values::Values;
use crate::error::Result;

/// The sizes that both operations share.
#[derive(Clone)]
struct Heads {
    texts: Arc<Texts>,
    count: usize,
    /// C.
    width: usize,
}

impl Heads {
    fn scale(&self) -> f32 {
        1.0 / ((self.width / self.count) as f32).sqrt()
    }

    /// One head of one text, [S, C / heads]. x: the text's rows, [S, C].
    fn of<'a>(&self, x: &'a [f32], head: usize) -> Operand<'a, f32> {
        let width = self.width / self.count;
        Operand::new(&x[head * width..], x.len() / self.width, width, self.width)
    }

    /// The rows of one text in a packed array.
    fn text<'a>(&self, x: &'a [f32], rows: &Range<usize>) -> &'a [f32] {
        &x[rows.start * self.width..rows.end * self.width]
    }

    /// Values of P.
    fn squares(&self) -> usize {
        self.texts.rows().map(|rows| self.count * rows.len() * rows.len()).sum()
    }

    /// P text by text: [heads, S, S] each, with the text's rows.
    fn split<'a>(&self, mut p: &'a [f32]) -> Vec<(Range<usize>, &'a [f32])> {
        let mut parts = Vec::with_capacity(self.texts.count());
        for rows in self.texts.rows() {
            let (part, rest) = p.split_at(self.count * rows.len() * rows.len());
            parts.push((rows, part));
            p = rest;
        }
        parts
    }

    fn split_mut<'a>(&self, mut p: &'a mut [f32]) -> Vec<(Range<usize>, &'a mut [f32])> {
        let mut parts = Vec::with_capacity(self.texts.count());
        for rows in self.texts.rows() {
            let (part, rest) = p.split_at_mut(self.count * rows.len() * rows.len());
            parts.push((rows, part));
            p = rest;
        }
        parts
    }

    /// `out = scale A B` into one head's columns of a text's rows. A: [S, S].
    fn mix(&self, out: &mut [f32], head: usize, scale: f32, a: Operand<f32>, b: Operand<f32>) {
        let from = head * (self.width / self.count);
        matmul(&mut out[from..], self.width, Write::Set, scale, a, b, gemm::Parallelism::None);
    }
}

/// An [S, S] square.
fn square(x: &[f32], tokens: usize) -> Operand<'_, f32> {
    Operand::new(x, tokens, tokens, tokens)
}

struct Probabilities(Heads);

impl Probabilities {
    /// bias: [heads, L, L] with L at least the longest text's length, of which a text takes the first rows and columns.
    fn forward(&self, q: &[f32], k: &[f32], bias: Option<(&[f32], usize)>) -> (CpuStorage, Shape) {
        let heads = &self.0;
        let mut out = vec![0f32; heads.squares()];
        heads.split_mut(&mut out).into_par_iter().for_each(|(rows, p)| {
            let (q, k, tokens) = (heads.text(q, &rows), heads.text(k, &rows), rows.len());
            for (head, p) in p.chunks_exact_mut(tokens * tokens).enumerate() {
                let scores = (heads.of(q, head), heads.of(k, head).t());
                matmul(p, tokens, Write::Set, heads.scale(), scores.0, scores.1, gemm::Parallelism::None);
                if let Some((bias, length)) = bias {
                    let bias = bias[head * length * length..].chunks_exact(length);
                    p.chunks_exact_mut(tokens).zip(bias).for_each(|(p, b)| kernel::add_scaled(p, 1.0, &b[..tokens]));
                }
                vectorised(
                    #[inline(always)]
                    || p.chunks_exact_mut(tokens).for_each(kernel::softmax),
                );
            }
        });
        let size = out.len();
        (CpuStorage::F32(out), Shape::from(size))
    }

    /// The cotangents of Q and K [T, C], and E' packed as P.
    fn backward(&self, q: &Tensor, k: &Tensor, p: &Tensor, gradient: &Tensor) -> Result<[Vec<f32>; 3]> {
        let (heads, gradient) = (&self.0, gradient.contiguous()?);
        let (q, k, p) = (Values::<f32>::of(q)?, Values::<f32>::of(k)?, Values::<f32>::of(p)?);
        let (q, k): (&[f32], &[f32]) = (&q, &k);
        let mut de = Values::<f32>::of(&gradient)?.to_vec();
        let (mut dq, mut dk) = (vec![0f32; q.len()], vec![0f32; k.len()]);
        let outputs = heads.texts.split_mut(&mut dq, heads.width).into_par_iter();
        let outputs = outputs.zip(heads.texts.split_mut(&mut dk, heads.width));
        let squares = heads.split_mut(&mut de).into_par_iter().zip(heads.split(&p));
        outputs.zip(squares).for_each(|((dq, dk), ((rows, de), (_, p)))| {
            let (q, k, tokens) = (heads.text(q, &rows), heads.text(k, &rows), rows.len());
            vectorised(
                #[inline(always)]
                || {
                    let rows = de.chunks_exact_mut(tokens).zip(p.chunks_exact(tokens));
                    rows.for_each(|(u, p)| kernel::softmax_jacobian(u, p));
                },
            );
            for (head, de) in de.chunks_exact(tokens * tokens).enumerate() {
                heads.mix(dq, head, heads.scale(), square(de, tokens), heads.of(k, head));
                heads.mix(dk, head, heads.scale(), square(de, tokens).t(), heads.of(q, head));
            }
        });
        Ok([dq, dk, de])
    }
}

/// A [T, C] cotangent.
fn tensor(values: Vec<f32>, like: &Tensor) -> candle_core::Result<Option<Tensor>> {
    Ok(Some(Tensor::from_vec(values, like.shape(), like.device())?))
}

impl CustomOp2 for Probabilities {
    fn name(&self) -> &'static str {
        "packed-probabilities"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        Ok(self.forward(values(q, q_layout)?, values(k, k_layout)?, None))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        p: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>)> {
        let [dq, dk, _] = self.backward(q, k, p, gradient)?;
        Ok((tensor(dq, q)?, tensor(dk, k)?))
    }
}

/// The same with a bias [1, heads, L, L] that is learned.
struct Biased(Probabilities);

impl CustomOp3 for Biased {
    fn name(&self) -> &'static str {
        "packed-biased-probabilities"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let length = bias_layout.shape().dims4()?.3;
        let bias = Some((values(bias, bias_layout)?, length));
        Ok(self.0.forward(values(q, q_layout)?, values(k, k_layout)?, bias))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        bias: &Tensor,
        p: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [dq, dk, de] = self.0.backward(q, k, p, gradient)?;
        let length = bias.dim(3)?;
        let mut sums = vec![0f32; bias.elem_count()];
        let parts = self.0.0.split(&de);
        sums.par_chunks_exact_mut(length * length).enumerate().for_each(|(head, sums)| {
            for (rows, de) in &parts {
                let tokens = rows.len();
                let de = de[head * tokens * tokens..].chunks_exact(tokens).take(tokens);
                sums.chunks_exact_mut(length)
                    .zip(de)
                    .for_each(|(sum, de)| kernel::add_scaled(&mut sum[..tokens], 1.0, de));
            }
        });
        Ok((tensor(dq, q)?, tensor(dk, k)?, tensor(sums, bias)?))
    }
}

struct Context(Heads);

impl CustomOp2 for Context {
    fn name(&self) -> &'static str {
        "packed-context"
    }

    fn cpu_fwd(
        &self,
        p: &CpuStorage,
        p_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (heads, p, v) = (&self.0, values(p, p_layout)?, values(v, v_layout)?);
        let mut out = vec![0f32; v.len()];
        let parts = heads.texts.split_mut(&mut out, heads.width).into_par_iter().zip(heads.split(p));
        parts.for_each(|(out, (rows, p))| {
            let (v, tokens) = (heads.text(v, &rows), rows.len());
            for (head, p) in p.chunks_exact(tokens * tokens).enumerate() {
                heads.mix(out, head, 1.0, square(p, tokens), heads.of(v, head));
            }
        });
        Ok((CpuStorage::F32(out), v_layout.shape().clone()))
    }

    fn bwd(
        &self,
        p: &Tensor,
        v: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<(Option<Tensor>, Option<Tensor>)> {
        let (heads, gradient) = (&self.0, gradient.contiguous()?);
        let (ps, vs, dy) = (Values::<f32>::of(p)?, Values::<f32>::of(v)?, Values::<f32>::of(&gradient)?);
        let (vs, dy): (&[f32], &[f32]) = (&vs, &dy);
        let (mut dp, mut dv) = (vec![0f32; ps.len()], vec![0f32; vs.len()]);
        let outputs = heads.split_mut(&mut dp).into_par_iter().zip(heads.texts.split_mut(&mut dv, heads.width));
        outputs.zip(heads.split(&ps)).for_each(|(((rows, dp), dv), (_, p))| {
            let (v, dy, tokens) = (heads.text(vs, &rows), heads.text(dy, &rows), rows.len());
            let size = tokens * tokens;
            for (head, (dp, p)) in dp.chunks_exact_mut(size).zip(p.chunks_exact(size)).enumerate() {
                let (of_y, of_v) = (heads.of(dy, head), heads.of(v, head));
                matmul(dp, tokens, Write::Set, 1.0, of_y, of_v.t(), gemm::Parallelism::None);
                heads.mix(dv, head, 1.0, square(p, tokens).t(), of_y);
            }
        });
        Ok((tensor(dp, p)?, tensor(dv, v)?))
    }
}

/// P, packed. q, k: [T, C], bias: [1, heads, L, L].
pub(super) fn probabilities(
    q: &Tensor,
    k: &Tensor,
    bias: Option<&Tensor>,
    heads: usize,
    texts: &Arc<Texts>,
) -> Result<Tensor> {
    let operation = Probabilities(Heads { texts: texts.clone(), count: heads, width: q.dim(1)? });
    let (q, k) = (q.contiguous()?, k.contiguous()?);
    Ok(match bias {
        Some(bias) => q.apply_op3(&k, &bias.contiguous()?, Biased(operation))?,
        None => q.apply_op2(&k, operation)?,
    })
}

/// `P V`. p: packed, v: [T, C] -> [T, C].
pub(super) fn context(p: &Tensor, v: &Tensor, heads: usize, texts: &Arc<Texts>) -> Result<Tensor> {
    let heads = Heads { texts: texts.clone(), count: heads, width: v.dim(1)? };
    Ok(p.contiguous()?.apply_op2(&v.contiguous()?, Context(heads))?)
}
