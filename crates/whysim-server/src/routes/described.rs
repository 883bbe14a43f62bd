//! What /openapi.json says of each path. Every example is sent by a test, which compares the answer
//! with the one that is shown.

use serde_json::{Value, json};

use crate::api::Operation;

/// What the document begins with.
pub const ABOUT: &str = "Embeddings of a sentence transformer, and why two texts are similar under it. Bodies are \
                         JSON objects; a field that is unknown is refused by name. Where the server was started \
                         with a key, requests carry `Authorization: Bearer KEY`; /health, /ready and pages are \
                         open. Answers carry `x-request-id`, which is the request's own where it has one. /info \
                         tells the models and the limits. Answers are shown shortened: lists by their first item, \
                         objects by some keys.";

/// The headings, in order.
pub const TAGS: [(&str, &str); 3] = [
    ("Embeddings", "Texts as vectors, and the scores of pairs."),
    (
        "Reasons",
        "Why texts are similar, by the very weights that embed them. `method` and the fields beside it are the \
         program's options of the same names.",
    ),
    ("Server", "What runs here, and how it does."),
];

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

const A: &str = "The coffee is bad.";
const B: &str = "This is not a good coffee.";

fn asked(
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    example: Value,
    answer: Value,
) -> Operation {
    Operation { tag, summary, description, example, answers: vec![(JSON, answer)] }
}

pub fn openai() -> Operation {
    let item = json!({ "object": "embedding", "index": 0, "embedding": [0.2363, 0.1599, 0.3685] });
    asked(
        "Embeddings",
        "Embeddings, as OpenAI's API has them",
        "Texts that are longer than the model reads are cut; `usage` counts the tokens that were read.",
        json!({ "input": A, "dimensions": 3 }),
        json!({
            "object": "list", "data": [item], "model": "minilm-exact", "usage": { "prompt_tokens": 7, "total_tokens": 7 },
        }),
    )
}

pub fn inference() -> Operation {
    asked(
        "Embeddings",
        "Embeddings, as text-embeddings-inference has them",
        "",
        json!({ "inputs": [A], "dimensions": 3 }),
        json!([[0.5071, 0.343, 0.7907]]),
    )
}

pub fn root() -> Operation {
    Operation { summary: "As /embed, at the address that Hugging Face's `InferenceClient` asks", ..inference() }
}

pub fn similarity() -> Operation {
    asked(
        "Embeddings",
        "Scores of pairs",
        "Give `a` and `b`: a text each, or lists of which one of equal length is paired with the other. With \
         `inputs` the answer is the list of scores alone, as text-embeddings-inference has it.",
        json!({ "a": A, "b": [B, "Tea is fine."] }),
        json!({ "model": "minilm-exact", "similarity": "cos", "scores": [0.7922, 0.4831]}),
    )
}

pub fn explain() -> Operation {
    let answer = json!({
        "model": "minilm-exact", "layer": 5, "layers": 6, "similarity": "cos", "exact": true, "by": "word", "method": "path",
        "score": 0.7922, "sum": 0.7922, "error": 0.0, "bound": 0.001,
        "a": { "text": A, "tokens": [{ "text": "[CLS]", "start": 0, "end": 0, "special": true }] },
        "b": { "text": B, "tokens": [{ "text": "[CLS]", "start": 0, "end": 0, "special": true }] },
        "matrix": [[0.0]],
        "relevance": { "a": [-0.003], "b": [-0.005] },
    });
    Operation {
        answers: vec![
            (JSON, answer),
            ("text/plain; charset=utf-8", Value::Null),
            (HTML, Value::Null),
            ("image/svg+xml", Value::Null),
            ("image/png", Value::Null),
        ],
        ..asked(
            "Reasons",
            "Why two texts are similar",
            "The score as a sum over pairs of tokens, words or sentences: `matrix[i][j]` is what row i of A and \
             row j of B add together. `error` is how far the sum is from the score, and `bound` what it is at \
             most. `format` also gives what the program writes: text, a page, a picture.\n\n`relevance` is what \
             each row adds to the score. `effects` and `interaction` split the matrix into what a row has with \
             everything and what two rows have beyond that. `terms` are the similarities of A and B with each \
             other and with their references (`a_ref`, `ref_b`, `ref_ref`), which are 0 for exact models; `border` \
             is the references' share. `gaps` are the relative errors of the integrations, `tolerances` what was \
             aimed for, and `converged` whether it was reached. `a.truncated` says where the model stopped \
             reading.",
            json!({ "a": A, "b": B, "by": "word" }),
            Value::Null,
        )
    }
}

/// A query and passages.
fn passages() -> Value {
    json!({ "query": "bread without yeast", "passages": ["Soda bread needs no yeast.", "Salt the water for pasta."] })
}

pub fn relevance() -> Operation {
    let token = json!({ "text": "[CLS]", "start": 0, "end": 0, "special": true, "relevance": 0.0016 });
    let passage = json!({ "score": 0.7683, "tokens": [token], "reference": 0.0, "error": 0.0, "bound": 0.001 });
    asked(
        "Reasons",
        "What every token of passages adds to their scores",
        "For each passage: its tokens with their `relevance`, which sum to the score less `reference`, plus `error`.",
        passages(),
        json!([passage]),
    )
}

pub fn highlight() -> Operation {
    let span = json!({ "start": 5, "end": 25, "bytes": [5, 25], "utf16": [5, 25], "text": "bread needs no yeast" });
    let passage = json!({ "score": 0.7683, "spans": [span], "text": "Soda bread needs no yeast.", "bound": 0.1434 });
    Operation {
        answers: vec![(JSON, json!([passage])), (HTML, Value::Null)],
        ..asked(
            "Reasons",
            "What in passages answers a query",
            "For each passage the spans to mark, the strongest first: `start` and `end` count characters, `bytes` \
             and `utf16` what their names say; `score` is what a span adds, and `share` how much of all that is \
             marked. `relevance` and `match` of a token are what it adds, and how much it shares with the query. \
             `bound` is how far the sum may be off. Long passages are read in windows; `window` says which one \
             carried the score.",
            passages(),
            Value::Null,
        )
    }
}

pub fn opensearch() -> Operation {
    asked(
        "Reasons",
        "As /highlight, in the form of OpenSearch's remote semantic highlighter",
        "Spans count UTF-16 units, are in order, and never overlap. With `inputs` the answer has a list of spans \
         for each of them.",
        json!({ "question": "bread without yeast", "context": "Soda bread needs no yeast.", "inputs": [] }),
        json!({ "highlights": [{ "start": 5, "end": 25 }] }),
    )
}

pub fn margin() -> Operation {
    asked(
        "Reasons",
        "Why one text ranks above another",
        "`query[i]` is what row i of the query adds to the margin; `better_rows` and `worse_rows` are what the \
         texts' own rows do.",
        json!({ "query": "bread without yeast", "better": "Soda bread needs no yeast.", "worse": "Salt the water \
            for pasta." }),
        json!({ "margin": 0.629, "query": [0.0], "better_rows": [0.0], "worse_rows": [0.0], "error": 0.0, "bound": 0.001 }),
    )
}

pub fn compare() -> Operation {
    asked(
        "Reasons",
        "One pair under two models, or at two layers of one",
        "Give two `models`, two `layers`, or both. Rows are words or sentences, which all models share. `moved` is \
         how much a word or a pair differs between the two, `ranks` are their ranks in each, `agreement` the \
         correlations of all pairs, and `explanations` both explanations.",
        json!({ "a": A, "b": B, "layers": [4, 5] }),
        json!({ "names": ["minilm-exact, layer 4 of 6", "minilm-exact, layer 5 of 6"], "by": "word", "scores": [0.7922, 0.7922] }),
    )
}

fn server(summary: &'static str, kind: &'static str, answer: Value) -> Operation {
    Operation { tag: "Server", summary, description: "", example: Value::Null, answers: vec![(kind, answer)] }
}

pub fn models() -> Operation {
    let model = json!({ "id": "minilm-exact", "object": "model", "created": 0, "owned_by": "whysim" });
    server("The models, as OpenAI's API lists them", JSON, json!({ "object": "list", "data": [model] }))
}

pub fn model() -> Operation {
    let model = json!({ "id": "minilm-exact", "object": "model", "created": 0, "owned_by": "whysim" });
    server("One of the models, as OpenAI's API has it", JSON, model)
}

pub fn info() -> Operation {
    let model = json!({
        "name": "minilm-exact", "dim": 384, "max_tokens": 256, "layers": 6, "default_layer": 5, "similarity": "cos", "exact": true,
        "prompts": [],
    });
    let limits = json!({ "max_body": 4_194_304, "max_texts": 2048, "max_token_pairs": 1_048_576, "timeout": 60 });
    server("The models and the limits", JSON, json!({ "models": [model], "limits": limits, "auth": false }))
}

pub fn health() -> Operation {
    server("The server runs", JSON, json!({ "status": "ok" }))
}

pub fn ready() -> Operation {
    server("The models are loaded", JSON, json!({ "status": "ready" }))
}

pub fn metrics() -> Operation {
    server("Figures for Prometheus", "application/openmetrics-text; version=1.0.0; charset=utf-8", Value::Null)
}
