#!/usr/bin/env python3
"""Times training steps of an exact model, PyTorch and whysim in turn in one run, on the same batches.

    cargo build --release --example train_step
    python scripts/bench_train.py --step target/release/examples/train_step models/all-MiniLM-L6-v2 PAIRS [--steps 20]

PAIRS: a file in STS-benchmark's form. Both sides: batches of 16 pairs, cosine, dropout as in the config, AdamW, gradients
clipped, f32, as many threads. PyTorch is given the best of it: both texts of all pairs in one padded batch, references once for
each length of a batch (the original makes one for every text), scaled-dot-product attention, the fused AdamW. Rounds alternate
between the two, and the ratio is of medians. Needs scripts/requirements.txt.
"""

import argparse
import os
import statistics
import subprocess
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from transformers import AutoModel, AutoTokenizer  # noqa: E402

BATCH = 16


class Trainer:
    """The exact model's training step in PyTorch."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).train()
        still = ("bias", "LayerNorm")
        named = list(self.model.named_parameters())
        groups = [
            {"params": [p for n, p in named if not any(s in n for s in still)], "weight_decay": 0.01},
            {"params": [p for n, p in named if any(s in n for s in still)], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=2e-5, fused=True)

    def pooled(self, ids, mask):
        """Mean of the last states under the mask."""
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)

    def references(self, lengths):
        """The references of these lengths in one padded batch."""
        t = self.tokenizer
        ids = torch.full((len(lengths), max(lengths)), t.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, length in enumerate(lengths):
            ids[row, 0], ids[row, length - 1] = t.cls_token_id, t.sep_token_id
            mask[row, :length] = 1
        return ids, mask

    def step(self, batch):
        """One step; returns the loss."""
        texts = [a for a, _, _ in batch] + [b for _, b, _ in batch]
        encoded = self.tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        lengths = encoded["attention_mask"].sum(1).tolist()
        distinct = sorted(set(lengths))
        embeddings = self.pooled(encoded["input_ids"], encoded["attention_mask"])
        references = self.pooled(*self.references(distinct))
        embeddings = embeddings - references[[distinct.index(length) for length in lengths]]
        a, b = embeddings.split(len(batch))
        gold = torch.tensor([score for _, _, score in batch])
        loss = torch.nn.functional.mse_loss(torch.cosine_similarity(a, b), gold)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()


def pairs(path):
    """(text, text, score / 5) of STS-benchmark's lines."""
    rows = (line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8"))
    return [(row[5], row[6], float(row[4]) / 5) for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", required=True, help="the example train_step, built with --release")
    parser.add_argument("--steps", type=int, default=20, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("folder")
    parser.add_argument("pairs")
    args = parser.parse_args()
    data = pairs(args.pairs)
    batches = [data[i : i + BATCH] for i in range(0, len(data), BATCH)]
    trainer = Trainer(args.folder)
    trainer.step(batches[0])
    ours, theirs = [], []
    for _ in range(args.rounds):
        for step in range(args.steps):
            start = time.perf_counter()
            trainer.step(batches[step % len(batches)])
            theirs.append(time.perf_counter() - start)
        call = [args.step, args.folder, args.pairs, str(args.steps)]
        ours += [float(line) for line in subprocess.run(call, check=True, capture_output=True, text=True).stdout.split()]
    a, b = statistics.median(theirs), statistics.median(ours)
    print(f"{os.path.basename(args.folder)}, batch {BATCH}, {torch.get_num_threads()} threads, seconds a step (median):")
    print(f"PyTorch {a:.3f}, whysim {b:.3f}: {a / b:.2f} times as fast")
    print(f"least:  {min(theirs):.3f}, {min(ours):.3f}: {min(theirs) / min(ours):.2f}")


if __name__ == "__main__":
    main()
