//! Text below the options in `--help`.

pub const PROGRAM: &str = "\
Examples:
  whysim explain \"The dog runs after the kitten.\" \"A cat is chased by the dog.\"
  whysim explain \"red wine\" \"white wine\" --output wine.html
  whysim similarity \"red wine\" \"white wine\" --model all-mpnet-base-v2
  whysim models

Environment:
  WHYSIM_MODEL               default for --model
  WHYSIM_CACHE               cache of the published exact models, and of embeddings from endpoints
  WHYSIM_ENDPOINT_KEY        key for --endpoint
  HF_HOME, HF_HUB_CACHE      cache of hub models, shared with Python's huggingface_hub
  HF_TOKEN                   token for private hub models
  HF_HUB_OFFLINE=1           download nothing
  NO_COLOR                   no colours

Exit status: 0 on success, 1 on failure, 2 for wrong arguments, 130 when stopped with Ctrl-C.";

pub const EXPLAIN_SHORT: &str = "\
Example:
  whysim explain \"The dog runs after the kitten.\" \"A cat is chased by the dog.\"

More with --help.";

pub const EXPLAIN: &str = "\
Examples:
  whysim explain \"The dog runs after the kitten.\" \"A cat is chased by the dog.\"
  whysim explain \"red wine\" \"white wine\" --by word --layer embeddings --tolerance 1e-4
  whysim explain --file-a one.txt --file-b two.txt --by sentence --output pair.html
  pdftotext paper.pdf - | whysim explain \"attention is all you need\" - --format json
  whysim explain \"red wine\" \"white wine\" --model mpnet_cos --output wine.png
  whysim explain \"red wine\" \"white wine\" --view interaction
  whysim explain \"red wine\" \"white wine\" --by word --align --format json
  whysim explain --pairs sts-dev.csv --output report.html
  whysim explain -- \"-5 degrees\" \"freezing\"    # after --, nothing is parsed as an option

`-` reads standard input. To use `-` itself as a text, put it in a file.";

pub const RELEVANCE: &str = "\
Examples:
  whysim relevance \"how to brew coffee\" \"Boil water, then pour it over the ground beans.\" \"Tea is older.\"
  whysim relevance \"how to brew coffee\" - --by word --format json < passages.txt";

pub const HIGHLIGHT: &str = "\
Examples:
  whysim highlight \"how to brew coffee\" \"Boil water, then pour it over the ground beans.\" \"Tea is older.\"
  whysim highlight \"how to brew coffee\" - --sentences --format json < passages.txt
  whysim highlight \"how to brew coffee\" - --output marked.html < passages.txt
  whysim highlight \"how to brew coffee\" - --endpoint http://localhost:11434/api/embed --endpoint-model nomic-embed-text < passages.txt

Without --steps, --tolerance or --layer, three quadrature nodes are used, which is enough to rank words; --endpoint removes
sentences, then the words of the best one, within --budget texts a passage. docs/json.md describes the JSON.";

pub const MARGIN: &str = "\
Examples:
  whysim margin \"how to brew coffee\" \"Boil water, then pour it over the ground beans.\" \"Tea is older than coffee.\"
  whysim margin QUERY FIRST SECOND --output why.html

The first text need not be the better one: the margin is then negative.";

pub const EMBED: &str = "\
Examples:
  whysim embed \"red wine\" \"white wine\"
  whysim embed --format json - < sentences.txt > embeddings.json
  whysim embed --skip-empty - < lines.txt
  whysim embed --endpoint http://localhost:11434/api/embed --endpoint-model nomic-embed-text \"red wine\"
  whysim embed --model mixedbread-ai/mxbai-embed-large-v1 --prompt query \"what is red wine\"";

pub const SIMILARITY: &str = "\
Examples:
  whysim similarity \"red wine\" \"white wine\"
  whysim similarity \"red wine\" \"white wine\" --similarity dot --format json
  whysim similarity --file-a one.txt --file-b two.txt";

pub const EVALUATE: &str = "\
Examples:
  whysim evaluate all-MiniLM-L6-v2 --data sts-dev.csv --metrics predictive
  whysim evaluate all-MiniLM-L6-v2 --data sts-dev.csv --output report.html
  whysim evaluate mpnet_cos --data sts-dev.csv --against all-mpnet-base-v2 --metrics agreement
  whysim evaluate my-model --data pairs.csv --columns question,answer,label --score-range 0,1
  whysim evaluate my-model --data pairs.parquet --metrics insertion,coalitions --removal mask-token --sample 100
  whysim evaluate my-model --gold headlines.wa --layers -2,-4

docs/evaluation.md defines every number.";

pub const COMPARE: &str = "\
Examples:
  whysim compare \"The coffee is bad.\" \"This is not a good coffee.\" --models all-MiniLM-L6-v2 all-mpnet-base-v2
  whysim compare --data pairs.csv --models my-old-model my-new-model
  whysim compare --data pairs.jsonl --columns query,passage --models old new --top 10 --output moved.json
  whysim compare \"red wine\" \"white wine\" --model all-mpnet-base-v2 --layers 3 11
  whysim compare \"red wine\" \"white wine\" --models old new --method removal

docs/json.md describes the JSON.";

pub const TEST: &str = "\
Examples:
  whysim test --model my-model
  whysim test --list > tests.jsonl                 # start your own from the built-in tests
  whysim test tests.jsonl --model my-model --allow 5 --output tests.json
  whysim test tests.csv --model my-model --at-least 0.9 --top 3

A line of a .jsonl file is a test; .csv and .tsv files have columns of the same names:
  {\"category\": \"negation\", \"anchor\": \"It is safe.\", \"closer\": \"There is no danger.\", \"farther\": \"It is not safe.\"}
category, margin and note may be left out. docs/evaluation.md has figures, docs/json.md describes the JSON.

Exit status: 0 if as many tests pass as --at-least or --allow ask for, by default all; otherwise 1.";

#[cfg(feature = "index")]
pub const INDEX: &str = "\
Examples:
  whysim index faq.txt --output faq.index
  whysim index tickets.csv --text body --id number --output tickets.index
  whysim index 2024.jsonl 2025.jsonl --output news.index --model all-mpnet-base-v2 --f16
  whysim index 2024.jsonl 2025.jsonl --output news.index --model all-mpnet-base-v2 --f16    # again: embeds what is new

docs/search.md is the guide, and describes the files.";

#[cfg(feature = "index")]
pub const SEARCH: &str = "\
Examples:
  whysim search \"how do I reset my password\" --index faq.index
  whysim search \"refund\" --index tickets.index --top 20 --format json
  whysim search \"refund\" --index tickets.index --margin --output why.html

docs/search.md is the guide, docs/json.md describes the JSON.";
pub const DUPLICATES: &str = "\
Examples:
  whysim duplicates texts.txt --threshold 0.95
  whysim duplicates train.txt --against test.txt --output leaks.html
  whysim duplicates texts.txt --output pairs.csv --explain 0    # one row a pair; no model looks at words
  whysim duplicates texts.txt --format json --explain 500
  whysim duplicates --index faq.index --against new.txt         # what `whysim index` has embedded already

docs/duplicates.md is a guide, docs/json.md describes the JSON.";

pub const COMPLETIONS: &str = "\
Examples:
  whysim completions bash > ~/.local/share/bash-completion/completions/whysim
  whysim completions zsh > ~/.zfunc/_whysim
  whysim completions fish > ~/.config/fish/completions/whysim.fish";

pub const TRAIN: &str = "\
Examples:
  whysim train --base all-MiniLM-L6-v2 --data sts-train.csv --dev sts-dev.csv --output my-exact
  whysim train --base all-MiniLM-L6-v2 --data pairs.jsonl --columns query,passage,label --output mine
  whysim train --base my-model --objective distill --data texts.txt --dev pairs.csv --output my-exact-twin
  whysim train --base my-model --objective distill --data texts.txt --dev pairs.csv --output my-exact-twin --resume";
