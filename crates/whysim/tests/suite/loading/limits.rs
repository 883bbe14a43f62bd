//! How much of a text is read, and how letter case is handled.

use serde_json::json;
use whysim::Encoder;
use whysim::explanation::Truncated;

use crate::common::{Copy, Golden};

const CONFIG: &str = "sentence_bert_config.json";

fn ids(model: &Encoder, text: &str) -> Vec<u32> {
    model.tokenize("", text, "A").unwrap().ids
}

#[test]
fn max_seq_length_by_its_file_and_its_old_files() {
    for name in ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"] {
        let copy = Copy::of("mpnet");
        copy.remove(CONFIG);
        copy.write(&format!("sentence_{name}_config.json"), r#"{"max_seq_length": 9}"#);
        assert_eq!(copy.load().unwrap().limit(), 9, "{name}");
    }
}

#[test]
fn without_max_seq_length_the_tokenizer_decides() {
    for content in ["{}", r#"{"max_seq_length": null}"#] {
        let copy = Copy::of("bert");
        copy.write(CONFIG, content);
        copy.edit("tokenizer_config.json", |c| c["model_max_length"] = json!(17));
        assert_eq!(copy.load().unwrap().limit(), 17);
    }
    let copy = Copy::of("bert");
    copy.remove(CONFIG);
    copy.edit("tokenizer_config.json", |c| c["model_max_length"] = json!(17));
    assert_eq!(copy.load().unwrap().limit(), 17);
}

#[test]
fn the_position_table_is_the_last_word() {
    // The first two positions in RoBERTa and MPNet are never used for text.
    for (family, room) in [("bert", 48), ("distilbert", 48), ("roberta", 46), ("mpnet", 46), ("camembert", 46)] {
        for length in [json!(47), json!(512), json!(1e30)] {
            let copy = Copy::of(family);
            copy.edit("tokenizer_config.json", |c| c["model_max_length"] = length.clone());
            copy.write(CONFIG, "{}");
            let expected = if length == json!(47) { room.min(47) } else { room };
            assert_eq!(copy.load().unwrap().limit(), expected, "{family} {length}");
        }
        let copy = Copy::of(family);
        copy.write(CONFIG, r#"{"max_seq_length": 5000}"#);
        let model = copy.load().unwrap();
        assert_eq!(model.limit(), room, "{family}");
        let d = model.decompose(&"the cat ".repeat(200), &Default::default()).unwrap();
        assert_eq!(d.tokens.len(), room, "{family}");
    }
}

#[test]
fn truncation_and_padding_of_the_tokenizer_file_are_overridden() {
    // The bert fixture's tokenizer.json truncates at 16 and pads to 16; the others do neither.
    let golden = Golden::of("bert");
    let model = Copy::of("bert").load().unwrap();
    assert_eq!(ids(&model, golden.text("a")).len(), 10);
    assert_eq!(ids(&model, golden.text("long")).len(), 24);
    let copy = Copy::of("mpnet");
    copy.edit("tokenizer.json", |t| {
        t["truncation"] = json!({"direction": "Left", "max_length": 5, "strategy": "OnlyFirst", "stride": 2});
        t["padding"] = json!({"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 1,
            "pad_type_id": 0, "pad_token": "<pad>"});
    });
    let (same, other) = (Copy::of("mpnet").load().unwrap(), copy.load().unwrap());
    for t in ["a", "b", "c", "long"] {
        assert_eq!(ids(&other, golden.text(t)), ids(&same, golden.text(t)), "{t}");
    }
}

#[test]
fn truncation_is_said() {
    for (family, whole) in [("bert", 45), ("roberta", 51), ("xlm-roberta", 46)] {
        let (golden, model) = (Golden::of(family), Copy::of(family).load().unwrap());
        let long = golden.text("long");
        let d = model.decompose(long, &Default::default()).unwrap();
        assert_eq!(d.truncated, Some(Truncated { read: 24, of: whole }), "{family}");
        assert_eq!(d.tokens.len(), model.limit(), "{family}");
        assert_eq!(d.contributions.len(), 24 * model.dim(), "{family}");
        assert_eq!(d.tokens[23].origin, whysim::text::Origin::Special, "{family}");
        assert_eq!(model.decompose(golden.text("a"), &Default::default()).unwrap().truncated, None);
        let e = d.explain(&d, model.similarity(None).unwrap()).unwrap();
        assert_eq!((e.a.truncated, e.matrix.len()), (d.truncated, 24), "{family}");
    }
}

#[test]
fn a_text_of_exactly_the_limit_is_not_truncated() {
    let copy = Copy::of("bert");
    copy.write(CONFIG, r#"{"max_seq_length": 10}"#);
    let (model, golden) = (copy.load().unwrap(), Golden::of("bert"));
    let tokens = model.tokenize("", golden.text("a"), "A").unwrap();
    assert_eq!((tokens.ids.len(), tokens.truncated), (10, None));
    let more = model.tokenize("", &format!("{} the", golden.text("a")), "A").unwrap();
    assert_eq!((more.ids.len(), more.truncated), (10, Some(Truncated { read: 10, of: 11 })));
}

#[test]
fn truncation_from_the_left() {
    let copy = Copy::of("bert");
    copy.write(CONFIG, r#"{"max_seq_length": 4}"#);
    copy.edit("tokenizer_config.json", |c| c["truncation_side"] = json!("left"));
    let model = copy.load().unwrap();
    let tokens = model.tokenize("", "The cat sleeps on the roof", "A").unwrap();
    let shown: Vec<&str> = tokens.tokens.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(shown, ["[CLS]", "the", "roof", "[SEP]"]);
    assert_eq!(tokens.tokens[2].start, 22);
}

#[test]
fn lower_case_where_the_model_wants_it() {
    for family in ["roberta", "xlm-roberta"] {
        let copy = Copy::of(family);
        copy.write(CONFIG, r#"{"max_seq_length": 24, "do_lower_case": true}"#);
        let (lower, own) = (copy.load().unwrap(), Copy::of(family).load().unwrap());
        let (loud, quiet) = ("The CAT sleeps On the roof", "the cat sleeps on the roof");
        assert_eq!(ids(&lower, loud), ids(&own, quiet), "{family}");
        assert_ne!(ids(&own, loud), ids(&own, quiet), "{family}");
        // Tokens still show the text as originally written.
        let tokens = lower.tokenize("", loud, "A").unwrap().tokens;
        let shown: String = tokens.iter().filter(|t| t.end > 0).map(|t| t.text.as_str()).collect();
        assert_eq!(shown, loud.replace(' ', ""), "{family}");
    }
}
