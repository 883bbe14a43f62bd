//! Explanations to test with: the pair measured in docs/method.md, and pairs of any size.

use whysim_core::Precision;

use super::{Border, Explanation, Method, Record, Side, Similarity, Terms};
use crate::text::{Origin, Token, Unit};

/// all-mpnet-base-v2 at layer 11, computed with the papers' own implementation (to four decimals).
const GARDEN: [[f32; 14]; 12] = [
    [
        0.0015, -0.0017, -0.0004, -0.0001, -0.0021, 0.0001, 0.0027, 0.0003, 0.0001, -0.0001, 0.0001, -0.0021, 0.0003,
        0.0009,
    ],
    [-0.0012, 0.0304, 0.0106, 0.0082, 0.0012, 0.0112, 0.0060, 0.0070, -0.0033, 0.0039, 0.0098, 0.0208, 0.0003, -0.0009],
    [
        -0.0020, -0.0059, 0.0058, 0.0111, -0.0280, 0.0110, -0.0617, -0.0015, -0.0542, -0.0100, 0.0088, 0.3424, -0.0002,
        -0.0015,
    ],
    [0.0010, 0.0002, 0.0096, 0.0060, -0.0124, 0.0097, -0.0365, 0.0214, 0.1541, 0.0215, 0.0080, -0.0409, 0.0025, 0.0011],
    [
        -0.0005, -0.0092, 0.0100, 0.0074, -0.0020, 0.0088, -0.0325, 0.0293, 0.1508, 0.0567, 0.0152, -0.0129, 0.0123,
        -0.0004,
    ],
    [-0.0002, 0.0040, 0.0136, 0.0143, -0.0109, 0.0197, 0.0100, 0.0176, 0.0028, 0.0371, 0.0327, 0.0135, 0.0071, -0.0004],
    [
        0.0006, -0.0051, -0.0035, 0.0049, -0.1450, 0.0037, 0.2756, 0.0009, -0.0071, -0.0113, 0.0030, -0.0095, 0.0027,
        -0.0001,
    ],
    [
        -0.0005, 0.0223, 0.0211, 0.0093, 0.0213, 0.0098, -0.0063, 0.0077, -0.0048, 0.0080, 0.0079, 0.0018, 0.0039,
        -0.0004,
    ],
    [-0.0002, 0.0085, 0.0113, 0.0101, 0.0123, 0.0114, 0.0013, 0.0083, -0.0009, 0.0062, 0.0110, 0.0152, 0.0031, -0.0001],
    [
        -0.0010, 0.0797, 0.0122, 0.0043, 0.2879, -0.0005, -0.0341, -0.0088, -0.0582, -0.0135, -0.0053, -0.0292,
        -0.0073, -0.0001,
    ],
    [0.0003, -0.0020, 0.0050, 0.0040, -0.0047, 0.0039, 0.0039, 0.0048, 0.0095, 0.0054, 0.0035, 0.0012, 0.0144, -0.0002],
    [
        0.0010, -0.0008, -0.0004, -0.0001, -0.0021, -0.0000, 0.0029, 0.0000, 0.0006, -0.0003, -0.0002, -0.0018,
        -0.0001, 0.0010,
    ],
];

/// Splits at spaces and before the final full stop, and adds special tokens at both ends.
fn side(text: &str) -> Side {
    let special = |name: &str| Token { text: name.into(), start: 0, end: 0, origin: Origin::Special };
    let mut tokens = vec![special("<s>")];
    let mut at = 0;
    for piece in text.split(' ') {
        let (word, dot) = piece.strip_suffix('.').map_or((piece, ""), |word| (word, "."));
        for part in [word, dot].into_iter().filter(|part| !part.is_empty()) {
            let end = at + part.chars().count();
            tokens.push(Token { text: part.into(), start: at, end, origin: Origin::Text });
            at = end;
        }
        at += 1;
    }
    tokens.push(special("</s>"));
    Side { text: text.into(), tokens, truncated: None }
}

/// An off-the-shelf explanation with this `matrix` and a ledger that adds up.
pub(crate) fn explain(a: Side, b: Side, matrix: Vec<Vec<f32>>) -> Explanation {
    let sum: f64 = matrix.iter().flatten().map(|&v| f64::from(v)).sum();
    let (rows, columns) = (a.tokens.len(), b.tokens.len());
    let uneven = |n: usize, i: usize| -0.5 * (1.0 + ((i * 7) % 5) as f32 / 5.0) / (1.4 * n as f32);
    let border = Border {
        a: (0..rows).map(|i| uneven(rows, i)).collect(),
        b: (0..columns).map(|j| uneven(columns, j)).collect(),
        corner: 0.3126,
    };
    let edge = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
    let (edge_a, edge_b, error) = (edge(&border.a), edge(&border.b), -4.7e-6);
    let score = sum + edge_a + edge_b + border.corner - error;
    let terms =
        Terms { ab: score, a_ref: edge_a + border.corner, ref_b: edge_b + border.corner, ref_ref: border.corner };
    Explanation(Record {
        model: "sentence-transformers/all-mpnet-base-v2".into(),
        layer: 11,
        layers: 12,
        similarity: Similarity::Cos,
        exact: false,
        by: Unit::Token,
        method: Method::Path,
        removal: None,
        standard_error: None,
        rule: "gauss-legendre".into(),
        precision: Precision::Float32,
        reference: "padding".into(),
        steps: [16, 16],
        tolerances: [None; 2],
        gaps: [3.1e-6, 2.2e-6],
        score,
        sum,
        error,
        bound: 1.9e-5,
        terms,
        a,
        b,
        matrix,
        border,
    })
}

/// The pair measured in docs/method.md, off the shelf, 12 x 14 tokens.
pub(crate) fn garden() -> Explanation {
    let (a, b) = ("The dog runs after the kitten in the yard.", "Outside in the garden the cat is chased by the dog.");
    explain(side(a), side(b), GARDEN.iter().map(|row| row.to_vec()).collect())
}

/// An exact explanation of `n` x `n` rows, special tokens included, with arbitrary text.
pub(crate) fn sized(n: usize) -> Explanation {
    rectangle(n, n)
}

/// The same of `rows` x `columns`.
pub(crate) fn rectangle(rows: usize, columns: usize) -> Explanation {
    let words = ["river", "a", "Verwaltungsgericht", "of", "日本語", "stones", "e\u{301}t", "quick", "the", "émigré"];
    let text = |n: usize, from: usize| {
        (0..n.saturating_sub(2)).map(|i| words[(i * from + 3) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    let cell = |i: usize, j: usize| {
        let wave = ((i * 37 + j * 91) % 101) as f32 / 101.0 - 0.45;
        if (i + j).is_multiple_of(7) { wave * 0.06 } else { wave * 0.004 }
    };
    let matrix = (0..rows).map(|i| (0..columns).map(|j| cell(i, j)).collect()).collect();
    let mut e = explain(side(&text(rows, 1)), side(&text(columns, 3)), matrix);
    e.exact = true;
    e.border = Border { a: vec![0.0; rows], b: vec![0.0; columns], corner: 0.0 };
    e.score = e.sum - e.error;
    e.terms = Terms { ab: e.score, a_ref: 0.0, ref_b: 0.0, ref_ref: 0.0 };
    e
}
