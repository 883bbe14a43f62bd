//! Arbitrary text, in every family: either there is nothing to attribute, or the decomposition is
//! consistent.

use std::sync::LazyLock;

use crate::common::{Copy, FAMILIES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use whysim::path::Steps;
use whysim::text::{Origin, Unit};
use whysim::{Decomposition, Encoder, Error, Options};

static MODELS: LazyLock<Vec<Encoder>> = LazyLock::new(|| FAMILIES.map(|f| Copy::of(f).load().unwrap()).into());

/// Cheap options: the last layer, few nodes. Quadrature has its own tests.
fn options(unit: Unit) -> Options {
    Options { layer: Some(2), steps: Steps::Fixed(6), unit, ..Options::default() }
}

/// Sum of all rows of V, [D].
fn total(d: &Decomposition) -> Vec<f64> {
    let dim = d.embedding.len();
    (0..dim).map(|i| d.contributions.iter().skip(i).step_by(dim).map(|&v| f64::from(v)).sum()).collect()
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    let scale = a.iter().chain(b).fold(1f64, |m, v| m.max(v.abs()));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * scale)
}

/// Checks rows, spans and sums of one text under one model. False for a text without tokens.
fn holds(family: &str, model: &Encoder, text: &str) -> bool {
    let d = match model.decompose(text, &options(Unit::Token)) {
        Ok(d) => d,
        Err(Error::EmptyText { .. }) => return false,
        Err(e) => panic!("{family} {text:?}: {e}"),
    };
    let said = || format!("{family} {text:?}: {:?}", d.tokens);
    assert_eq!(d.contributions.len(), d.tokens.len() * model.dim(), "{}", said());
    assert!(d.truncated.is_none() || d.tokens.len() == model.limit(), "{}", said());
    assert!(d.tokens.len() <= model.limit() && d.tokens.iter().any(|t| t.origin == Origin::Text), "{}", said());
    let characters: Vec<char> = text.chars().collect();
    let mut last = 0;
    for token in &d.tokens {
        assert!(!token.text.is_empty() && token.start <= token.end && token.end <= characters.len(), "{}", said());
        if token.origin == Origin::Text {
            assert!(token.start >= last, "{}", said());
            last = token.start;
        }
        if token.start < token.end {
            assert_eq!(token.text, characters[token.start..token.end].iter().collect::<String>(), "{}", said());
            assert_eq!(token.text, token.text.trim(), "{}", said());
        }
    }
    sums(family, model, &d);
    true
}

/// Checks that rows sum to embedding - reference, and that words and sentences sum to the same as
/// tokens.
fn sums(family: &str, model: &Encoder, tokens: &Decomposition) {
    assert!(tokens.contributions.iter().all(|v| v.is_finite()) && tokens.gap.is_finite());
    // The kink of relu slows convergence of the quadrature; for it, only the bookkeeping is
    // checked.
    let tolerance = if family != "camembert" { 0.02 } else { 0.2 };
    assert!(tokens.gap < tolerance, "{family} {:?}: gap {}", tokens.text, tokens.gap);
    let e = tokens.explain(tokens, model.similarity(None).unwrap()).unwrap();
    assert!(e.error.abs() <= e.bound, "{family} {:?}: {} {}", tokens.text, e.error, e.bound);
    for unit in [Unit::Word, Unit::Sentence] {
        let rows = model.decompose(&tokens.text, &options(unit)).unwrap();
        assert!(close(&total(&rows), &total(tokens), 1e-4), "{family} {:?} {unit:?}", tokens.text);
        assert!(rows.tokens.len() <= tokens.tokens.len());
        let grouped = e.by(unit);
        assert_eq!(grouped.a.tokens, rows.tokens, "{family} {:?} {unit:?}", tokens.text);
        let sum = |m: &[Vec<f32>]| m.iter().flatten().map(|&v| f64::from(v)).sum::<f64>();
        let magnitude: f64 = e.matrix.iter().flatten().map(|v| f64::from(v.abs())).sum();
        assert!((sum(&grouped.matrix) - sum(&e.matrix)).abs() <= 1e-5 * magnitude.max(1.0));
    }
}

/// Arbitrary texts, texts of odd characters, and texts of pieces that tokenizers treat specially.
fn texts() -> impl Strategy<Value = String> {
    let odd = "aB9 \t\n\r.,!?'-_ßİǅ\u{301}\u{308}\u{200b}\u{200d}\u{fe0f}👩👦🏽🇩🇪日本語ع\u{202e}ה한ﬁ㍿\u{0}\u{1b}\u{ad}\u{feff}\u{fffd}\u{a0}\u{2028}\u{e000}\u{10ffff}";
    let odd: Vec<char> = odd.chars().collect();
    let pieces =
        ["[SEP]", "</s>", "<mask>", "[MASK]", "<s>", "[PAD]", "<pad>", "[UNK]", "▁", "Ġ", "##s", " ", "the cat", "é"];
    prop_oneof![
        vec(any::<char>(), 0..12).prop_map(String::from_iter),
        vec(select(odd), 0..40).prop_map(String::from_iter),
        vec(select(pieces.to_vec()), 0..10).prop_map(|p| p.concat()),
        "[a-z A-Z.,'!]{0,60}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in texts()) {
        for (family, model) in FAMILIES.iter().zip(MODELS.iter()) {
            holds(family, model, &text);
        }
    }

    #[test]
    fn any_text_after_any_prompt(prompt in texts(), text in texts()) {
        for model in MODELS.iter() {
            let Ok(tokens) = model.tokenize(&prompt, &text, "A") else { continue };
            let characters: Vec<char> = text.chars().collect();
            assert_eq!(tokens.ids.len(), tokens.tokens.len());
            for token in &tokens.tokens {
                assert!(token.start <= token.end && token.end <= characters.len(), "{prompt:?} {text:?} {token:?}");
                if token.start < token.end {
                    assert_eq!(token.origin, Origin::Text);
                    assert_eq!(token.text, characters[token.start..token.end].iter().collect::<String>());
                }
            }
        }
    }
}

#[test]
fn nasty_texts() {
    let words = "word ".repeat(10_000);
    let letters = "q".repeat(10_000);
    let marks = format!("e{}", "\u{301}".repeat(500));
    let texts = [
        "e\u{301}le\u{300}ve, nai\u{308}ve",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 and 🏳\u{fe0f}\u{200d}🌈",
        "🇩🇪🇫🇷👍🏽",
        "שלום \u{202e}עולם مرحبا بالعالم",
        "a\0b\0c",
        "the\u{1b}[31m cat\u{7}",
        "\u{feff}the cat\u{feff}",
        "one\u{200b}two\u{ad}three",
        "İstanbul ǅ ß ﬁ ㍿ ½",
        "日本語のテキスト。中文！한국어",
        "...!?;,",
        "[SEP] </s> <mask> [MASK] [CLS] <s> <pad> [PAD] [UNK] <unk>",
        "[SEP][SEP]the</s>cat",
        "▁the Ġcat ##s",
        "\u{fffd}\u{fffe}\u{ffff}\u{10ffff}x",
        "a\u{2028}b\u{2029}c\u{85}d\u{a0}e",
        "\r\nthe cat\r\n",
        "   the    cat   ",
        &words,
        &letters,
        &marks,
    ];
    for (family, model) in FAMILIES.iter().zip(MODELS.iter()) {
        for text in texts {
            assert!(holds(family, model, text), "{family}: no token of {text:?}");
        }
    }
}

#[test]
fn spelled_out_special_tokens_are_the_texts_own() {
    for (family, model) in FAMILIES.iter().zip(MODELS.iter()) {
        let text = "a [SEP] b </s> c";
        let d = model.decompose(text, &options(Unit::Token)).unwrap();
        let special = d.tokens.iter().filter(|t| t.origin == Origin::Special).count();
        let own = if ["qwen3", "t5"].contains(family) { 1 } else { 2 };
        assert_eq!(special, own, "{family}: {:?}", d.tokens);
        // Special tokens that the model knows are one token, at their place in the text.
        let known = match *family {
            "bert" | "distilbert" | "modernbert" | "nomic" | "albert" | "electra" => ("[SEP]", 2),
            "qwen3" | "eurobert" | "gemma3" => continue,
            _ => ("</s>", 10),
        };
        assert!(d.tokens.iter().any(|t| (t.text.as_str(), t.start) == known), "{family}: {:?}", d.tokens);
    }
}

#[test]
fn long_texts_say_how_long() {
    let words = "the cat ".repeat(5_000);
    for (family, model) in FAMILIES.iter().zip(MODELS.iter()) {
        let truncated = model.decompose(&words, &options(Unit::Word)).unwrap().truncated.unwrap();
        assert_eq!(truncated.read, 24, "{family}");
        assert!(truncated.of > 10_000, "{family}: {truncated:?}");
    }
}
