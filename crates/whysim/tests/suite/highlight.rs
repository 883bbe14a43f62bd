//! Highlights: agreement with relevance and contributions, windows, models without tokens, and the
//! inputs that are rejected.

use crate::common::{Copy, encoder, exact, options};
use whysim::highlight::{Mark, Options};
use whysim::text::{Origin, Unit};
use whysim::{Embedder, Opaque, Progress, Similarity, removal};

const QUERY: &str = "A small kitten.";
const PASSAGES: [&str; 2] = ["The dog runs after the kitten in the garden. Nobody saw it.", "A dog."];

fn with(contributions: whysim::Options) -> Options {
    Options { contributions, ..Options::default() }
}

#[test]
fn strength_is_relevance_times_the_closest_match() {
    for model in [encoder::<f32>("bert", "mean"), exact::<f32>("mpnet", "cls"), encoder::<f32>("t5", "mean")] {
        let contributions = options(2, 4);
        let found =
            model.highlight(QUERY, &PASSAGES, None, &with(contributions.clone()), Similarity::Cos, &()).unwrap();
        let relevance = model.relevance(QUERY, &PASSAGES, None, &contributions, Similarity::Cos).unwrap();
        for ((one, plain), passage) in found.iter().zip(&relevance).zip(PASSAGES) {
            assert!((one.score - plain.score).abs() < 1e-6, "{} {}", one.score, plain.score);
            assert!(one.error.abs() <= one.bound, "{} {}", one.error, one.bound);
            assert_eq!((one.text.as_str(), one.window, one.windows.len()), (passage, None, 0));
            for (row, plain) in one.tokens.iter().zip(&plain.tokens) {
                assert_eq!(row.row.token, plain.token);
                assert!((row.row.relevance - plain.relevance).abs() < 1e-5, "{row:?} {plain:?}");
                let own = plain.token.origin == Origin::Text;
                assert_eq!(row.matched.is_some(), own);
                assert!(row.matched.is_none_or(|matched| matched.abs() <= 1.0 + 1e-6));
            }
            let all: f64 = one.spans.iter().map(|span| span.share).sum();
            assert!(all <= 1.0 + 1e-9, "{all}");
            for span in &one.spans {
                assert_eq!(passage[span.bytes[0]..span.bytes[1]], span.text);
                let inside =
                    one.tokens.iter().filter(|row| span.start <= row.row.token.start && row.row.token.end <= span.end);
                let sum: f64 = inside.filter(|row| row.matched.is_some()).map(|row| row.strength()).sum();
                assert!((sum - span.score).abs() < 1e-6 && span.score > 0.0);
            }
            assert!(one.spans.is_sorted_by(|x, y| x.score >= y.score));
        }
    }
}

/// The match of a row with itself is 1, and with what is at right angles to it 0.
#[test]
fn a_text_matches_itself() {
    let model = encoder::<f32>("bert", "mean");
    let text = "The dog runs after the kitten";
    let found = model.highlight(text, &[text], None, &Options::default(), Similarity::Cos, &()).unwrap();
    for row in &found[0].tokens {
        assert!(row.matched.is_none_or(|matched| (matched - 1.0).abs() < 1e-5), "{row:?}");
    }
    assert!(!found[0].spans.is_empty());
}

#[test]
fn long_passages_are_read_in_windows() {
    let copy = Copy::of("bert");
    copy.write("sentence_bert_config.json", r#"{"max_seq_length": 12, "do_lower_case": false}"#);
    let model = copy.load().unwrap();
    let passage = "The dog runs after the kitten in the garden. Nobody saw it. The cat sleeps on the warm roof. \
                   Ä small bird sang in the old tree, and the dog was happy to be home again at night.";
    let found = model.highlight(QUERY, &[passage, "A dog."], None, &Options::default(), Similarity::Cos, &()).unwrap();
    let [long, short] = &found[..] else { panic!("two passages") };
    assert!(short.windows.is_empty() && short.window.is_none());
    let chars: Vec<char> = passage.chars().collect();
    assert!(long.windows.len() > 3);
    assert_eq!((long.windows[0].start, long.windows.last().unwrap().end), (0, chars.len()));
    let text = |at: usize| chars[long.windows[at].start..long.windows[at].end].iter().collect::<String>();
    for (at, window) in long.windows.iter().enumerate() {
        let tokens = model.tokenize("", &text(at), "it").unwrap();
        assert!(tokens.truncated.is_none(), "window {at} is cut");
        assert!((model.compare(QUERY, &text(at), Similarity::Cos).unwrap() - window.score).abs() < 1e-5);
    }
    let best = long.window.unwrap();
    assert!(long.windows.iter().all(|window| window.score <= long.windows[best].score));
    assert!((long.score - long.windows[best].score).abs() < 1e-5);
    for row in long.tokens.iter().filter(|row| row.row.token.origin == Origin::Text) {
        let token = &row.row.token;
        let shown: String = chars[token.start..token.end].iter().collect();
        assert!(shown.to_lowercase().starts_with(&token.text.to_lowercase()), "{token:?} {shown}");
        assert!(long.windows[best].start <= token.start && token.end <= long.windows[best].end);
    }
    assert!(long.spans.iter().all(|span| passage[span.bytes[0]..span.bytes[1]] == span.text));
}

#[test]
fn by_removal_there_are_standard_errors() {
    let model = encoder::<f32>("bert", "mean");
    let removal = removal::Options { budget: Some(64), ..removal::Options::default() };
    let by_removal = whysim::Options { removal: Some(removal), unit: Unit::Word, ..whysim::Options::default() };
    let found = model.highlight(QUERY, &PASSAGES, None, &with(by_removal), Similarity::Cos, &()).unwrap();
    assert!(found[0].tokens.iter().all(|row| row.row.standard_error.is_some_and(|error| error > 0.0)));
    assert!(found[1].tokens.iter().all(|row| row.row.standard_error == Some(0.0)));
}

/// One coordinate for every letter: a text's vector counts them.
struct Letters(std::sync::Mutex<usize>);

impl Embedder for Letters {
    fn name(&self) -> &str {
        "letters"
    }

    fn embed(&self, texts: &[&str], _: &dyn Progress) -> whysim::Result<Vec<Vec<f32>>> {
        *self.0.lock().unwrap() += texts.len();
        let count = |text: &&str| {
            let letter = |c: char| text.to_lowercase().matches(c).count() as f32;
            ('a'..='z').map(letter).chain([1.0]).collect()
        };
        Ok(texts.iter().map(count).collect())
    }
}

#[test]
fn without_tokens_the_best_sentence_is_taken_apart() {
    let model = Opaque::new(Letters(0.into()));
    let passages = ["Aa bb. Cc zzz dd, qq. Ee ff gg.", "Zz. Yy."];
    let found = model.highlight("zzzz", &passages, &Options::default(), Similarity::Cos, &()).unwrap();
    assert_eq!([&found[0].spans[0].text, &found[1].spans[0].text], ["zzz", "Zz"]);
    assert_eq!((found[0].spans[0].start, found[0].tokens.len()), (10, 6));
    for one in &found {
        assert!(one.error.abs() <= one.bound && one.tokens.iter().all(|row| row.matched.is_none()));
        let sum: f64 = one.tokens.iter().map(|row| f64::from(row.row.relevance)).sum();
        assert!((sum + one.reference - one.score).abs() < 1e-6);
    }
    let most = model.most_texts(&passages, &Options::default()).unwrap();
    assert!(*model.embedder().0.lock().unwrap() <= most && most <= 1 + 2 * (66 + 66), "{most}");
    let whole = Options { mark: Mark::Sentence, ..Options::default() };
    let found = model.highlight("zzzz", &passages, &whole, Similarity::Cos, &()).unwrap();
    assert_eq!(found[0].spans[0].text, "Cc zzz dd, qq.");
}

#[test]
fn a_budget_is_kept_or_refused() {
    let passage = "Aa bb cc dd ee ff gg hh ii jj kk. Cc zzz dd.";
    let highlight = |budget| {
        let model = Opaque::new(Letters(0.into()));
        let removal = Some(removal::Options { budget: Some(budget), ..removal::Options::default() });
        let options = with(whysim::Options { removal, ..whysim::Options::default() });
        let found = model.highlight("aaaa bbb kkkkk", &[passage], &options, Similarity::Cos, &());
        found.map(|_| *model.embedder().0.lock().unwrap())
    };
    assert!(highlight(120).unwrap() <= 122);
    let problem = highlight(60).unwrap_err().to_string();
    assert!(
        problem.contains("budget must be 96 or more: 4 texts for each of the 12 words of text number 1"),
        "{problem}"
    );
}

#[test]
fn bad_input_is_named() {
    let model = encoder::<f32>("bert", "mean");
    let try_with = |options: &Options, passages: &[&str]| {
        model.highlight(QUERY, passages, None, options, Similarity::Cos, &()).unwrap_err().to_string()
    };
    assert!(try_with(&Options::default(), &["A dog.", " "]).contains("text number 2 is empty"));
    assert!(try_with(&Options { least: 1.5, ..Options::default() }, &["A dog."]).contains("least must be a share"));
    let sentences = with(whysim::Options { unit: Unit::Sentence, ..whysim::Options::default() });
    assert!(try_with(&sentences, &["A dog."]).contains("by must be token or word"));
    let opaque = Opaque::new(Letters(0.into()));
    let words = with(whysim::Options { unit: Unit::Word, ..whysim::Options::default() });
    let problem = opaque.highlight("a", &["b"], &words, Similarity::Cos, &()).unwrap_err().to_string();
    assert!(problem.contains("by must be left out"), "{problem}");
    let problem = opaque.highlight("a", &["b", " "], &Options::default(), Similarity::Cos, &()).unwrap_err();
    assert!(problem.to_string().contains("text number 2 is empty"));
}
