#!/usr/bin/env python3
"""Models that `whysim train --no-shift` writes, of every family, in sentence-transformers itself: they load, and their embeddings are ours.

    python scripts/parity_trained.py --whysim target/release/whysim

Tiny models of random weights are trained for a few steps; nothing is downloaded. Needs scripts/requirements.txt.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from sentence_transformers import SentenceTransformer

FIXTURES = Path(__file__).resolve().parent.parent / "crates/whysim/tests/fixtures"
FAMILIES = ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert", "modernbert", "nomic", "gte", "qwen3", "eurobert"]
FAMILIES += ["gemma3", "jina", "t5", "albert", "electra"]
# Of single precision, relative to the embeddings' length.
TOLERANCE = 1e-6
# What six steps change at the least.
MOVED = 1e-3

PAIRS = [
    ("The dog runs after the kitten.", "A cat is chased by the dog.", 0.8),
    ("Red wine is on the table.", "There is wine on a table.", 0.9),
    ("She plays the piano well.", "Prices rose in March.", 0.1),
    ("It rained all night.", "All night long, it rained.", 0.7),
    ("Eight engineers build bridges.", "Bridges need engineers.", 0.6),
    ("My car does not start.", "Her garden grows tomatoes.", 0.0),
]
# Of the pairs and others: one token, and more than one sentence.
TEXTS = [text for a, b, _ in PAIRS for text in (a, b)] + ["wine", "Birds sing in the old tree. It is warm, and nobody hurries."]


def train(whysim, family, folder):
    """A model's folder after six steps: two epochs of three."""
    data, output = folder / "pairs.jsonl", folder / family
    lines = (json.dumps({"sentence1": a, "sentence2": b, "score": score}) for a, b, score in PAIRS)
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [whysim, "train", "--no-shift", "--base", FIXTURES / family, "--data", data, "--output", output, "--quiet"]
    subprocess.run([*command, "--batch-size", "2", "--epochs", "2", "--lr", "1e-3"], check=True, stdout=subprocess.DEVNULL)
    return output


def embed(whysim, model):
    """Our embeddings, [texts, dim]."""
    command = [whysim, "embed", *TEXTS, "--model", model, "--format", "json", "--quiet"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return np.array(json.loads(done.stdout)["embeddings"])


def difference(one, other):
    """The largest difference of any element, relative to the longest embedding."""
    return np.abs(one - other).max() / np.linalg.norm(other, axis=1).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whysim", required=True, type=Path, help="the built program")
    whysim = parser.parse_args().whysim.resolve()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            output = train(whysim, family, Path(folder))
            ours, theirs = embed(whysim, output), SentenceTransformer(str(output), device="cpu").encode(TEXTS)
            # A copy of the base model would agree as well.
            gap, moved = difference(ours, theirs), difference(ours, embed(whysim, FIXTURES / family))
            print(f"{family}: largest difference {gap:.1e}, from the base model {moved:.1e}")
            failed += [family] if gap > TOLERANCE or moved < MOVED else []
    if failed:
        sys.exit(f"not as in sentence-transformers: {', '.join(failed)}")


if __name__ == "__main__":
    main()
