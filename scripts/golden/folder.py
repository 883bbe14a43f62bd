"""Writes a tiny model as a sentence-transformers folder, in the spelling of its recipe."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as st

from .families import build
from .vocabulary import MAX_TOKENS

SHARD_SIZE = "80KB"
DENSE = (32, 16)
PLACES = ("_name_or_path", "name_or_path", "is_local", "local_files_only")


def write(family, folder):
    """Write the whole folder: weights, tokenizer, modules."""
    tokenizer = family.tokenizer()
    model = build(family, tokenizer)
    folder.mkdir(parents=True)
    write_weights(family, model, folder)
    tokenizer.save_pretrained(folder)
    if family.layout == "newest":
        write_newest(model.config.hidden_size, family, folder)
    else:
        write_older(family, model.config, tokenizer, folder)
    if family.name == "bert":
        leave_tokenizer_limits(folder)
        write_dense(folder / "dense", family.seed)
    for path in folder.rglob("*.json"):
        strip(path)


def write_weights(family, model, folder):
    """`model.safetensors`, two shards with an index, or the state dict that torch.save writes."""
    if family.weights != "pickled":
        model.save_pretrained(folder, max_shard_size=SHARD_SIZE if family.weights == "sharded" else "5GB")
        return
    model.config.architectures = [type(model).__name__]
    model.config.dtype = family.dtype
    model.config.save_pretrained(folder)
    state = model.state_dict()
    # Checkpoints of transformers before 4.31 hold this buffer; a loader has to pass over it.
    state["embeddings.position_ids"] = torch.arange(model.config.max_position_embeddings).expand((1, -1))
    torch.save(state, folder / "pytorch_model.bin")


def write_newest(width, family, folder):
    """What the installed sentence-transformers writes; max_seq_length is then in tokenizer_config.json only."""
    modules = [st.Transformer(str(folder)), st.Pooling(width, pooling_mode="mean"), st.Normalize()]
    weights = {path.name: path.read_bytes() for path in folder.glob("model*.safetensors*")}
    SentenceTransformer(modules=modules, device="cpu").save(str(folder), create_model_card=False)
    if family.weights == "sharded":
        # It saves its own single file beside the shards.
        (folder / "model.safetensors").unlink()
    for name, content in weights.items():
        (folder / name).write_bytes(content)


def write_older(family, config, tokenizer, folder):
    """The JSON files of sentence-transformers 2 or 3, and the special_tokens_map.json of that time."""
    names = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    dump(
        folder / "modules.json",
        [
            {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.models.{name}"}
            for idx, (path, name) in enumerate(names.items())
        ],
    )
    (folder / "1_Pooling").mkdir()
    dump(folder / "1_Pooling" / "config.json", pooling_flags(family.layout, config.hidden_size))
    dump(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    dump(folder / "config_sentence_transformers.json", about(family.layout))
    dump(folder / "special_tokens_map.json", special_tokens(tokenizer))
    # transformers 4 wrote `torch_dtype`, 5 writes `dtype`.
    content = json.loads((folder / "config.json").read_text())
    content["torch_dtype"] = content.pop("dtype")
    dump(folder / "config.json", content)


def pooling_flags(layout, width):
    """One flag for each mode; version 3 knows more modes than version 2."""
    modes = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"]
    if layout == "v3":
        modes += ["weightedmean_tokens", "lasttoken"]
    flags = {"word_embedding_dimension": width}
    flags |= {f"pooling_mode_{mode}": mode == "mean_tokens" for mode in modes}
    return flags | ({"include_prompt": True} if layout == "v3" else {})


def about(layout):
    """config_sentence_transformers.json of either age."""
    if layout == "v2":
        return {"__version__": {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"}}
    versions = {"sentence_transformers": "3.0.0", "transformers": "4.41.0", "pytorch": "2.3.0"}
    return {"__version__": versions, "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"}


def special_tokens(tokenizer):
    """As transformers 4 wrote it: plain strings, and the mask of RoBERTa's relatives as an object."""
    tokens = dict(tokenizer.special_tokens_map)
    if tokens["mask_token"] == "<mask>":
        tokens["mask_token"] = {
            "content": "<mask>",
            "lstrip": True,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
        }
    return tokens


def leave_tokenizer_limits(folder):
    """Leave a truncation and a fixed padding in tokenizer.json, as all-MiniLM-L6-v2 has it: to be overridden."""
    content = json.loads((folder / "tokenizer.json").read_text())
    content["truncation"] = {"direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {
        "strategy": {"Fixed": 16},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    dump(folder / "tokenizer.json", content)


def write_dense(folder, seed):
    """A Dense module with bias and Tanh, for the same encoder; modules.json does not name it."""
    width, out = DENSE
    generator = torch.Generator().manual_seed(1000 + seed)
    folder.mkdir()
    dump(
        folder / "config.json",
        {
            "in_features": width,
            "out_features": out,
            "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
    )
    save_file(
        {
            "linear.weight": torch.randn(out, width, generator=generator) / width**0.5,
            "linear.bias": 0.3 * torch.randn(out, generator=generator),
        },
        folder / "model.safetensors",
    )


def strip(path):
    """Drop what tells where the folder was made: paths, and the build of PyTorch behind its version's plus sign."""
    content = json.loads(path.read_text())
    kept = {key: value for key, value in content.items() if key not in PLACES} if isinstance(content, dict) else content
    if "__version__" in kept:
        kept["__version__"] = {name: version.split("+")[0] for name, version in kept["__version__"].items()}
    if kept != content:
        dump(path, kept)


def dump(path: Path, content):
    """JSON as all the other files of such a folder: two spaces, letters as they are."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
