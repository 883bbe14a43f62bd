#!/usr/bin/env python3
"""Times one pair: the original implementation's algorithm, the tangents in PyTorch, and whysim, in turn in one run.

    python scripts/bench.py --whysim target/release/whysim models/all-mpnet-base-v2 [--layer 11]

prints a Markdown table. The original's algorithm (arXiv 2310.05703) is restated in plain PyTorch: D reverse passes over the
N nodes for each text, then the product of the integrated Jacobians, of size (S H)^2. PyTorch's times are without loading the
model. whysim's are of the whole program less those of `whysim similarity`, which starts, loads and embeds the same two texts.
Needs scripts/requirements.txt.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from golden import encoder as pytorch  # noqa: E402
from golden.method import contributions, gauss_legendre, right_riemann  # noqa: E402

TEXTS = ["The dog runs after the kitten in the yard.", "Outside in the garden the cat is chased by the dog."]


class Ends:
    """A text's line through the suffix: x and r [S, H], F, and F(x), F(r)."""

    def __init__(self, model, text, layer):
        with torch.no_grad():
            ids = model.ids(text)
            self.x = model.hidden(ids)[layer]
            self.r = model.hidden(model.reference_ids(ids))[layer]
            self.suffix = model.suffix(layer, pytorch.mean)
            self.e, self.q = self.suffix(self.x), self.suffix(self.r)


def original(model, ends, layer, steps):
    """The token-token matrix by D reverse passes a node, all nodes in one batch, and the full feature-pair product."""
    factors = []
    for end in ends:
        nodes = torch.tensor([node for node, _ in right_riemann(steps)])[:, None, None]
        x = (end.r + nodes * (end.x - end.r)).requires_grad_()
        state, extra = x, {}
        if hasattr(getattr(model.model, "encoder", None), "compute_position_bias"):
            extra = {"position_bias": model.model.encoder.compute_position_bias(state)}
        for block in model.layers()[layer:]:
            out = block(state, attention_mask=None, **extra)
            state = out[0] if isinstance(out, tuple) else out
        embedding = state.mean(1)
        rows = [
            torch.autograd.grad(embedding[:, d].sum(), x, retain_graph=True)[0].mean(0)
            for d in range(embedding.shape[1])
        ]
        factors.append((torch.stack(rows) * (end.x - end.r)).flatten(1))
    pairs = factors[0].T @ factors[1]
    (tokens_a, hidden), (tokens_b, _) = (end.x.shape for end in ends)
    return pairs.view(tokens_a, hidden, tokens_b, hidden).sum((1, 3)) / norm(ends)


def tangents(model, ends, layer, rule):
    """The same matrix by torch.func.jvp, vectorised over the tangents."""
    with torch.no_grad():
        v_a, v_b = (contributions(end.suffix, end.x, end.r, rule) for end in ends)
        return v_a @ v_b.T / norm(ends)


def norm(ends):
    return ends[0].e.norm() * ends[1].e.norm()


def error(matrix, ends):
    """|sum of the matrix - what it should be|."""
    (a, b), n = ends, norm(ends)
    return abs(matrix.sum() - (a.e - a.q) @ (b.e - b.q) / n).item()


def timed(repeats, work):
    """Median seconds, and the last result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def run(whysim, command, folder, *options):
    """What the whole program answers."""
    call = [whysim, command, *TEXTS, "--model", folder, "--format", "json", "--quiet", *options]
    return json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whysim", required=True, help="the program")
    parser.add_argument("--layer", type=int, default=11)
    parser.add_argument("folder", help="a sentence-transformers folder with mean pooling")
    args = parser.parse_args()
    model = pytorch.Encoder(args.folder)
    model.model.float()
    ends = [Ends(model, text, args.layer) for text in TEXTS]

    rows = []
    seconds, matrix = timed(1, lambda: original(model, ends, args.layer, 50))
    rows.append(("original algorithm, PyTorch", "Riemann, 50", seconds, error(matrix, ends)))
    baseline = seconds
    for name, rule in (("Riemann, 50", right_riemann(50)), ("Gauss-Legendre, 8", gauss_legendre(8))):
        seconds, matrix = timed(3, lambda rule=rule: tangents(model, ends, args.layer, rule))
        rows.append(("tangents, torch.func.jvp", name, seconds, error(matrix, ends)))
    start, _ = timed(7, lambda: run(args.whysim, "similarity", args.folder))
    settings = {"Riemann, 50": ["--rule", "riemann", "--steps", "50"], "Gauss-Legendre, 8": ["--steps", "8"], "adaptive": []}
    for name, options in settings.items():
        seconds, result = timed(7, lambda o=options: run(args.whysim, "explain", args.folder, "--layer", str(args.layer), *o))
        off, (a, b) = abs(result["error"]), result["steps"]
        rows.append(("whysim", f"{name}: N = {a}, {b}", seconds - start, off))

    print(f"\n{os.path.basename(args.folder)}, layer {args.layer}, {len(ends[0].x)} and {len(ends[1].x)} tokens, "
          f"{torch.get_num_threads()} threads\n")
    print("| | rule, N | seconds | times faster | error of the pair sum |\n|---|---|---|---|---|")
    for name, rule, seconds, off in rows:
        print(f"| {name} | {rule} | {seconds:.2f} | {baseline / seconds:.0f} | {off:.1e} |")
    print(f"\nwhysim's start, loading and embedding, not counted above: {start:.2f} s")


if __name__ == "__main__":
    main()
