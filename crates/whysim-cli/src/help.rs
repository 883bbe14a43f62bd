//! What `--help` says below the options.

pub const PROGRAM: &str = "\
Examples:
  whysim explain \"The dog runs after the kitten.\" \"A cat is chased by the dog.\"
  whysim explain \"red wine\" \"white wine\" --output wine.html
  whysim similarity \"red wine\" \"white wine\" --model all-mpnet-base-v2
  whysim models

Environment:
  WHYSIM_MODEL               the model where --model is not given
  WHYSIM_CACHE               where published exact models are kept
  HF_HOME, HF_HUB_CACHE      where models of the hub are kept, as for Python's huggingface_hub
  HF_TOKEN                   for private models of the hub
  HF_HUB_OFFLINE=1           download nothing
  NO_COLOR                   no colours

Exit status: 0 if all went well, 1 if something failed, 2 if the arguments are wrong, 130 if Ctrl-C stopped it.";

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
  whysim explain -- \"-5 degrees\" \"freezing\"    # after --, no text is taken for an option

`-` is standard input wherever it stands; the text `-` itself can come from a file or from standard input.";

pub const RELEVANCE: &str = "\
Examples:
  whysim relevance \"how to brew coffee\" \"Boil water, then pour it over the ground beans.\" \"Tea is older.\"
  whysim relevance \"how to brew coffee\" - --by word --format json < passages.txt";

pub const EMBED: &str = "\
Examples:
  whysim embed \"red wine\" \"white wine\"
  whysim embed --format json - < sentences.txt > embeddings.json
  whysim embed --model intfloat/e5-small-v2 --prompt query \"what is red wine\"";

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

docs/evaluation.md defines every number.";

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
