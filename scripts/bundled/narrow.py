#!/usr/bin/env python3
"""Makes the bundled model of a trained one: weights of half the size, and only what the program reads.

    scripts/bundled/narrow.py TRAINED crates/whysim-bundled/model

Needs numpy and safetensors. The model card, README.md, is written by hand and stays as it is.
"""

import argparse
import json
import pathlib
import shutil

import numpy
from safetensors.numpy import load_file, save_file

COPIED = ("config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "special_tokens_map.json",
          "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trained", type=pathlib.Path)
    parser.add_argument("bundled", type=pathlib.Path)
    arguments = parser.parse_args()
    (arguments.bundled / "1_Pooling").mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(arguments.trained / name, arguments.bundled / name)
    config = json.loads((arguments.trained / "config.json").read_text())
    config["torch_dtype"] = "float16"
    (arguments.bundled / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    # No sentence embedding reads BERT's pooler, nor the table of positions, which only counts.
    weights = {name: values.astype(numpy.float16) for name, values in load_file(arguments.trained / "model.safetensors").items()
               if "pooler." not in name and not name.endswith("position_ids")}
    if broken := [name for name, values in weights.items() if not numpy.isfinite(values).all()]:
        raise SystemExit(f"these weights have values that 16 bits cannot hold: {', '.join(broken)}")
    part = arguments.bundled / "model.safetensors.part"
    save_file(weights, part, metadata={"format": "pt"})
    part.replace(arguments.bundled / "model.safetensors")


if __name__ == "__main__":
    main()
