#!/usr/bin/env python3
"""Folders of many kinds, by whysim and by sentence-transformers: the same tokens and embeddings, or a refusal that is expected.

    python scripts/parity_folders.py --whysim target/release/whysim

Every folder is a copy of a test model with one thing changed; nothing is downloaded. Needs scripts/requirements.txt. Most of its length is the
list of folders.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as st
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, T5EncoderModel, T5Model
from transformers.utils import logging

# Its reports of weights that are not there are of no interest here.
logging.set_verbosity_error()
logging.disable_progress_bar()

FIXTURES = Path(__file__).resolve().parent.parent / "crates/whysim/tests/fixtures"
FAMILIES = ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert"]
MODERN = ["modernbert", "nomic", "gte", "qwen3", "eurobert", "gemma3", "jina", "t5", "albert", "electra"]
# Of single precision, relative to the largest value.
TOLERANCE = 2e-6
TEXTS = [
    "The cat sleeps on the warm roof.",
    "Red wine is on the table",
    "Zoé's CAFÉ 日本語 naïve",
    "a [SEP] b </s> c <mask> d [MASK] e <pad> [PAD]",
    "  Spaces   inside\tand\nlines  ",
    "A BRAND new covidvax, don't! (1,000.5)",
]


def edited(path, change):
    """Changes a JSON file in place; one that is missing starts empty."""
    value = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def keys(file, **values):
    """Sets keys of a JSON file; an argument that is None removes its key."""

    def change(value):
        for key, new in values.items():
            if new is None:
                value.pop(key, None)
            else:
                value[key] = new

    return lambda folder: edited(folder / file, change)


def no_map(folder):
    """Without special_tokens_map.json, which would override tokenizer_config.json."""
    (folder / "special_tokens_map.json").unlink(missing_ok=True)


def old_vocabulary(folder):
    """The files from before tokenizer.json."""
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    if model["type"] == "WordPiece":
        ordered = sorted(model["vocab"], key=model["vocab"].get)
        (folder / "vocab.txt").write_text("\n".join(ordered) + "\n", encoding="utf-8")
    else:
        (folder / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
        merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").unlink()


def resaved(*modules, **arguments):
    """Saves the folder again by sentence-transformers, with `modules(width)` after its pooling."""

    def change(folder):
        torch.manual_seed(7)
        model = SentenceTransformer(str(folder), device="cpu")
        parts = [part for part in model if not isinstance(part, st.Normalize)]
        added = [make(model.get_embedding_dimension()) for make in modules]
        for part in added:
            for weight in part.parameters():
                torch.nn.init.normal_(weight, std=0.3)
        shutil.rmtree(folder)
        SentenceTransformer(modules=[*parts, *added], device="cpu", **arguments).save(str(folder))

    return change


def averaged(folder):
    """Pools the outputs of several layers."""
    keys("config.json", output_hidden_states=True)(folder)
    model = SentenceTransformer(str(folder), device="cpu")
    parts = [part for part in model if not isinstance(part, st.Normalize)]
    layers, width = parts[0].config.num_hidden_layers, parts[0].config.hidden_size
    weights = torch.nn.Parameter(torch.tensor([0.5, 1.5, 0.7][: layers + 1 - 1]))
    averages = st.WeightedLayerPooling(width, num_hidden_layers=layers, layer_start=1, layer_weights=weights)
    shutil.rmtree(folder)
    SentenceTransformer(modules=[parts[0], averages, parts[1]], device="cpu").save(str(folder))


def static(folder):
    """A table of word vectors."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    torch.manual_seed(3)
    module = st.StaticEmbedding(tokenizer, embedding_dim=16)
    shutil.rmtree(folder)
    SentenceTransformer(modules=[module, st.Normalize()], device="cpu").save(str(folder))


def sharded(folder):
    """pytorch_model.bin in two parts with an index."""
    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    parts = {"pytorch_model-00001-of-00002.bin": names[::2], "pytorch_model-00002-of-00002.bin": names[1::2]}
    for file, own in parts.items():
        torch.save({name: weights[name].clone() for name in own}, folder / file)
    index = {"metadata": {}, "weight_map": {name: file for file, own in parts.items() for name in own}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "model.safetensors").unlink()


def before_1_6(folder):
    weights = load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    (folder / "model.safetensors").unlink()


def half(folder):
    weights = load_file(folder / "model.safetensors")
    save_file({name: value.to(torch.float16) for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})


def remade(**options):
    """Another model of the folder's class, with these options."""

    def change(folder):
        torch.manual_seed(5)
        config = AutoConfig.from_pretrained(folder, **options)
        kind = T5EncoderModel if config.model_type == "t5" else AutoModel
        model = kind.from_config(config) if kind is AutoModel else kind(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        (folder / "model.safetensors").unlink()
        model.save_pretrained(folder)

    return change


def native_names(folder):
    """The names that transformers' own classes have, where the hub's differ."""
    model = AutoModel.from_pretrained(folder)
    save_file({name: value.clone() for name, value in model.state_dict().items()}, folder / "model.safetensors", {"format": "pt"})


def activation(name):
    """T5's, without what transformers derives from it and saves."""
    return keys("config.json", feed_forward_proj=name, is_gated_act=None, dense_act_fn=None)


def decoder_too(folder):
    """T5 with its decoder, as it was pretrained."""
    torch.manual_seed(5)
    model = T5Model(AutoConfig.from_pretrained(folder, is_encoder_decoder=True))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder)


def rope(family, **parameters):
    """Other rotary positions."""
    kinds = ["full_attention", "sliding_attention"] if family in ("modernbert", "gemma3") else None
    value = {"rope_theta": 50.0, **parameters}
    return keys("config.json", rope_parameters={kind: value for kind in kinds} if kinds else value, max_position_embeddings=16)


YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=8)
LLAMA3 = dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8)
last = keys("1_Pooling/config.json", pooling_mode="lasttoken")
first = keys("1_Pooling/config.json", pooling_mode="cls")

# Family, name, and the changes.
CASES = [
    *[(family, "as it is", []) for family in FAMILIES],
    *[(family, "old vocabulary", [old_vocabulary]) for family in ["bert", "mpnet", "roberta", "distilbert"]],
    ("bert", "no tokenizer_config.json", [lambda folder: (folder / "tokenizer_config.json").unlink()]),
    ("bert", "cased", [keys("tokenizer_config.json", do_lower_case=False)]),
    ("bert", "accents kept", [keys("tokenizer_config.json", strip_accents=False)]),
    ("bert", "accents stripped", [keys("tokenizer_config.json", strip_accents=True, do_lower_case=False)]),
    ("bert", "Chinese words", [keys("tokenizer_config.json", tokenize_chinese_chars=False), old_vocabulary]),
    ("bert", "the transformer lower-cases", [keys("tokenizer_config.json", do_lower_case=False), keys("sentence_bert_config.json", do_lower_case=True)]),
    ("bert", "unknown token", [no_map, keys("tokenizer_config.json", unk_token="[MASK]", mask_token="[UNK]")]),
    ("bert", "other special tokens", [no_map, keys("tokenizer_config.json", cls_token="the", sep_token="[PAD]")]),
    ("bert", "added tokens", [old_vocabulary, keys("added_tokens.json"), keys("special_tokens_map.json", additional_special_tokens=["cat", "wine"])]),
    ("bert", "special tokens of the map", [keys("special_tokens_map.json", cls_token="the", sep_token={"content": "[PAD]", "lstrip": True})]),
    ("mpnet", "another mask", [no_map, keys("tokenizer_config.json", mask_token="[UNK]")]),
    ("mpnet", "the padding of the config", [no_map, keys("tokenizer_config.json", pad_token=None)]),
    ("bert", "added tokens in the decoder", [keys("tokenizer_config.json", added_tokens_decoder={"20": {"content": "ca", "normalized": True}})]),
    ("bert", "special tokens split", [keys("tokenizer_config.json", split_special_tokens=True)]),
    ("bert", "as saved", [keys("tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast", do_lower_case=False)]),
    ("bert", "short", [keys("sentence_bert_config.json", max_seq_length=6)]),
    ("mpnet", "cased", [keys("tokenizer_config.json", do_lower_case=False)]),
    ("mpnet", "as saved", [keys("tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")]),
    ("roberta", "prefix space", [keys("tokenizer_config.json", add_prefix_space=True)]),
    ("roberta", "prefix space, old vocabulary", [keys("tokenizer_config.json", add_prefix_space=True), old_vocabulary]),
    ("roberta", "as saved", [keys("tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast", add_prefix_space=True)]),
    ("xlm-roberta", "no prefix space", [keys("tokenizer_config.json", add_prefix_space=False)]),
    ("xlm-roberta", "as saved", [keys("tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")]),
    ("camembert", "no prefix space", [keys("tokenizer_config.json", add_prefix_space=False)]),
    ("bert", "LayerNorm", [resaved(st.LayerNorm)]),
    ("bert", "Dropout and Dense", [resaved(lambda n: st.Dropout(0.3), lambda n: st.Dense(n, 12))]),
    ("bert", "Normalize before Dense", [resaved(lambda n: st.Normalize(), lambda n: st.Dense(n, 12, activation_function=torch.nn.Identity()))]),
    ("bert", "Dense with a residual", [resaved(lambda n: st.Dense(n, n, use_residual=True), lambda n: st.Normalize())]),
    ("bert", "Dense with a projected residual", [resaved(lambda n: st.Dense(n, 9, use_residual=True, activation_function=torch.nn.GELU()))]),
    ("mpnet", "several modules", [resaved(st.LayerNorm, lambda n: st.Dense(n, 20), lambda n: st.Normalize())]),
    ("bert", "first dimensions", [resaved(truncate_dim=5)]),
    ("bert", "first dimensions after Normalize", [resaved(lambda n: st.Normalize(), truncate_dim=7, similarity_fn_name="dot")]),
    ("bert", "more dimensions than there are", [keys("config_sentence_transformers.json", truncate_dim=99)]),
    ("bert", "several layers", [averaged]),
    ("bert", "word vectors", [static]),
    ("xlm-roberta", "word vectors", [static]),
    ("bert", "sharded pytorch_model.bin", [sharded]),
    ("bert", "PyTorch before 1.6", [before_1_6]),
    ("bert", "float16", [half]),
    *[(family, "as it is", []) for family in MODERN],
    *[(family, "tokenizer without a class", [keys("tokenizer_config.json", tokenizer_class=None)]) for family in MODERN],
    *[(family, "as saved", [keys("tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")]) for family in MODERN],
    *[(family, "the first token", [first]) for family in MODERN],
    *[(family, "the last token", [last]) for family in MODERN],
    *[(family, "linear positions", [rope(family, rope_type="linear", factor=4.0)]) for family in MODERN[:7]],
    *[(family, "YaRN", [rope(family, **YARN)]) for family in MODERN[:7]],
    *[(family, "Llama 3's positions", [rope(family, **LLAMA3)]) for family in ["gte", "qwen3", "eurobert"]],
    ("qwen3", "dynamic positions", [rope("qwen3", rope_type="dynamic", factor=4.0)]),
    ("qwen3", "a part of every head", [rope("qwen3", partial_rotary_factor=0.5)]),
    ("gte", "YaRN with scales", [rope("gte", **YARN, mscale=0.7, mscale_all_dim=1.2, beta_fast=8, beta_slow=2, truncate=False)]),
    ("gte", "the older keys", [keys("config.json", rope_parameters=None, rope_theta=50.0, rope_scaling={"type": "linear", "factor": 3.0})]),
    ("modernbert", "the older keys", [keys("config.json", rope_parameters=None, layer_types=None, global_rope_theta=70.0, local_rope_theta=30.0, global_attn_every_n_layers=2)]),
    ("modernbert", "biases", [remade(norm_bias=True, attention_bias=True, mlp_bias=True)]),
    ("modernbert", "narrow windows", [keys("config.json", local_attention=2)]),
    ("modernbert", "a class that is wrong", [keys("tokenizer_config.json", tokenizer_class="BertTokenizer")]),
    ("nomic", "transformers' names", [native_names]),
    ("nomic", "no token types, wide heads", [remade(type_vocab_size=1, head_dim=12)]),
    ("gte", "transformers' names", [native_names]),
    ("gte", "no token types", [remade(type_vocab_size=0)]),
    ("jina", "transformers' names", [native_names]),
    ("qwen3", "windows", [keys("config.json", layer_types=None, use_sliding_window=True, sliding_window=3, max_window_layers=1)]),
    ("qwen3", "biases, one key head", [remade(attention_bias=True, num_key_value_heads=1)]),
    ("qwen3", "padding on the right", [keys("tokenizer_config.json", padding_side="right"), last]),
    ("qwen3", "prefix space", [keys("tokenizer_config.json", add_prefix_space=True)]),
    ("qwen3", "instructions", [keys("config_sentence_transformers.json", prompts={"query": "Instruct: find it\nQuery:"}, default_prompt_name="query")]),
    ("eurobert", "biases", [remade(attention_bias=True, mlp_bias=True, num_key_value_heads=4)]),
    ("gemma3", "causal", [keys("config.json", use_bidirectional_attention=False), last]),
    ("gemma3", "the older keys", [keys("config.json", rope_parameters=None, layer_types=None, _sliding_window_pattern=None, sliding_window_pattern=2, rope_theta=80.0, rope_local_base_freq=20.0)]),
    ("gemma3", "modules", [resaved(lambda n: st.Dense(n, 40, bias=False, activation_function=torch.nn.Identity()), lambda n: st.Dense(40, 20, bias=False, activation_function=torch.nn.Identity()), lambda n: st.Normalize())]),
    ("t5", "ReLU", [activation("relu"), remade()]),
    ("t5", "SiLU gates, wide heads", [activation("gated-silu"), remade(d_kv=12)]),
    ("t5", "with a decoder", [decoder_too]),
    ("t5", "Dense", [resaved(lambda n: st.Dense(n, 12, bias=False, activation_function=torch.nn.Identity()), lambda n: st.Normalize())]),
    ("albert", "cased, with accents", [keys("tokenizer_config.json", do_lower_case=False, keep_accents=True)]),
    ("albert", "groups of two", [remade(num_hidden_groups=3, inner_group_num=2)]),
    ("electra", "wide tables", [remade(embedding_size=32)]),
]


def compare(whysim, folder):
    """The largest relative difference of the embeddings, and of the similarity of the first two texts. A folder on which sentence-transformers
    fails is one to refuse."""
    command = [whysim, "embed", "--quiet", "--format", "json", "--model", folder, *TEXTS]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        # Both widen weights of 16 bits, and compute in float32.
        model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": "float32"})
        expected = model.encode(TEXTS, convert_to_numpy=True)
    except Exception as error:
        return 0.0 if done.returncode else f"sentence-transformers fails ({error})"
    if done.returncode:
        return done.stderr.strip()
    got = np.array(json.loads(done.stdout)["embeddings"], dtype=np.float32)
    if got.shape != expected.shape:
        return f"shape {got.shape}, not {expected.shape}"
    worst = np.abs(got - expected).max() / np.abs(expected).max()
    score = float(model.similarity(expected[0], expected[1]))
    done = subprocess.run([whysim, "explain", "-q", "-f", "json", "--model", folder, *TEXTS[:2]], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    pair = json.loads(done.stdout)
    if abs(pair["error"]) > pair["bound"]:
        return f"the ledger is off by {pair['error']}, more than its bound {pair['bound']}"
    return max(worst, abs(pair["score"] - score) / max(1.0, abs(score)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whysim", default="target/release/whysim", help="the program")
    whysim = parser.parse_args().whysim
    failed = 0
    for family, name, changes in CASES:
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / "model"
            shutil.copytree(FIXTURES / family, folder)
            for change in changes:
                change(folder)
            result = compare(whysim, folder)
            good = not isinstance(result, str) and result <= TOLERANCE
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'}  {family}, {name}: {result if isinstance(result, str) else f'{result:.1e}'}", flush=True)
    sys.exit(f"{failed} of {len(CASES)} folders differ" if failed else None)


if __name__ == "__main__":
    main()
