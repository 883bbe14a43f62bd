#!/usr/bin/env python3
"""Writes models of the real shapes of well-known encoders, with seeded random weights: for measurements, not for results.

    python scripts/shapes.py qwen3-0.6b|modernbert-base|gemma3-300m|bert-base FOLDER

The tokenizer is that of the family's tiny fixture, so a text has more tokens than with the real one; every row of the word
table is there. Weights are bfloat16 where the published ones are.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers

FIXTURES = Path(__file__).resolve().parent.parent / "crates" / "whysim" / "tests" / "fixtures"

# The fixture, the classes, the type of the weights, how the model pools, and its sizes.
SHAPES = {
    "qwen3-0.6b": (
        "qwen3",
        transformers.Qwen3Config,
        transformers.Qwen3Model,
        torch.bfloat16,
        "lasttoken",
        dict(
            vocab_size=151_669,
            hidden_size=1024,
            intermediate_size=3072,
            num_hidden_layers=28,
            num_attention_heads=16,
            num_key_value_heads=8,
            head_dim=128,
            rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        ),
    ),
    "modernbert-base": (
        "modernbert",
        transformers.ModernBertConfig,
        transformers.ModernBertModel,
        torch.float32,
        "mean",
        dict(pad_token_id=0, bos_token_id=2, cls_token_id=2, eos_token_id=3, sep_token_id=3),
    ),
    "gemma3-300m": (
        "gemma3",
        transformers.Gemma3TextConfig,
        transformers.Gemma3TextModel,
        torch.bfloat16,
        "mean",
        dict(
            vocab_size=262_144,
            hidden_size=768,
            intermediate_size=1152,
            num_hidden_layers=24,
            num_attention_heads=3,
            num_key_value_heads=1,
            head_dim=256,
            sliding_window=512,
            use_bidirectional_attention=True,
            max_position_embeddings=2048,
        ),
    ),
    "bert-base": ("bert", transformers.BertConfig, transformers.BertModel, torch.float32, "mean", {}),
}


@torch.no_grad()
def randomise(model):
    """Outputs of linear maps as large as their inputs, embeddings with much in common, and norms near one, as in trained models."""
    generator = torch.Generator().manual_seed(1)
    scale = getattr(model.get_input_embeddings(), "scalar_embed_scale", 1.0)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1:
            centre = 1.0 if "norm" in name.lower() and name.endswith("weight") and scale == 1.0 else 0.0
            parameter.copy_(centre + 0.05 * noise)
        elif "embed" in name:
            parameter.copy_((0.7 * noise + torch.sign(noise[:1])) / scale)
        else:
            parameter.copy_(0.7 * noise / parameter.shape[1] ** 0.5)


def write(name, folder):
    """One model's folder."""
    fixture, config, model, dtype, pooling, sizes = SHAPES[name]
    source = FIXTURES / fixture
    folder.mkdir(parents=True)
    for file in source.glob("*token*.json"):
        shutil.copy(file, folder)
    shutil.copy(source / "modules.json", folder)
    (folder / "1_Pooling").mkdir()
    pooling_config = {"embedding_dimension": sizes.get("hidden_size", 768), "pooling_mode": pooling}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling_config))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 512}))
    made = model(config(**sizes))
    randomise(made)
    made.to(dtype).save_pretrained(folder)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in SHAPES:
        sys.exit(__doc__)
    write(sys.argv[1], Path(sys.argv[2]))
