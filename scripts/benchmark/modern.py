#!/usr/bin/env python3
"""One text of modern encoders' real shapes, decomposed by whysim and by torch.func.jvp in turn: seconds, and times an embedding.

    .venv/bin/python scripts/benchmark/modern.py [SHAPE ...] > table.md

SHAPE is one of scripts/shapes.py; the models are made under target/ and are not small. Both do the same work: the text's tokens
one by one, Gauss-Legendre with 4 nodes, at the default layer L-1 and at L/2. PyTorch's rows are the best of several numbers of
tangents at a time. Needs scripts/requirements.txt.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch.func import jvp, vmap
from transformers import AutoModel

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import shapes  # noqa: E402

TEXT = "The old dog runs after the cat in the garden, and a kitten naps in the warm sun on the roof."
NODES = 4


def best(work, repeats):
    """The least seconds of some repeats."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


class Suffix:
    """The layers from one on, the final normalisation, and the pooling: x [S, H] -> [H]."""

    def __init__(self, model, layer, pooling):
        self.model, self.layer, self.pooling = model, layer, pooling
        self.kind = model.config.model_type

    def angles(self, tokens, dtype):
        """cos and sin, by kind of layer where they differ."""
        x, positions = torch.zeros(1, tokens, 1, dtype=dtype), torch.arange(tokens)[None]
        if self.kind in ("modernbert", "gemma3_text"):
            return {kind: self.model.rotary_emb(x, positions, kind) for kind in set(self.model.config.layer_types)}
        return self.model.rotary_emb(x, positions)

    def mask(self, tokens, dtype):
        """Of a causal model."""
        if self.kind != "qwen3":
            return None
        return torch.full((tokens, tokens), float("-inf"), dtype=dtype).triu(1)[None, None]

    def __call__(self, x):
        state, (tokens, dtype) = x[None], (x.shape[0], x.dtype)
        if self.kind == "bert":
            for block in self.model.encoder.layer[self.layer :]:
                state = block(state, attention_mask=None)
                state = state[0] if isinstance(state, tuple) else state
            return state[0].mean(0)
        angles, mask = self.angles(tokens, dtype), self.mask(tokens, dtype)
        for i, block in list(enumerate(self.model.layers))[self.layer :]:
            own = angles[self.model.config.layer_types[i]] if isinstance(angles, dict) else angles
            state = block(state, attention_mask=mask, position_embeddings=own)
            state = state[0] if isinstance(state, tuple) else state
        norm = self.model.final_norm if self.kind == "modernbert" else self.model.norm
        state = norm(state)[0]
        return state[-1] if self.pooling == "lasttoken" else state.mean(0)


def peer(folder, layer, pooling, tokens, dtype):
    """Seconds of torch.func.jvp for the text, the best of some chunk sizes."""
    model = AutoModel.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(1)
    hidden = model.config.hidden_size
    x, r = (torch.randn(tokens, hidden, generator=generator, dtype=torch.float32).to(dtype) for _ in range(2))
    suffix = Suffix(model, layer, pooling)
    tangents = torch.diag_embed((x - r).T.float()).permute(1, 2, 0).to(dtype)

    def run(chunk):
        with torch.no_grad():
            for node in range(NODES):
                at = r + (node + 0.5) / NODES * (x - r)
                for i in range(0, tokens, chunk):
                    vmap(lambda tangent, at=at: jvp(suffix, (at,), (tangent,))[1])(tangents[i : i + chunk])

    return min(best(lambda chunk=chunk: run(chunk), 2) for chunk in {tokens, max(1, tokens // 4)})


def ours(folder, layer):
    """The bench's report on the text with itself: both texts, so half its seconds for one."""
    command = ["cargo", "bench", "-q", "--bench", "pair", "-p", "whysim", "--", folder, str(layer)]
    command += [f"gauss-legendre:{NODES}", "float32", "3", TEXT, TEXT]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def embedding(folder):
    """Seconds of our embedding of the text, in the passage bench."""
    command = ["cargo", "bench", "-q", "--bench", "passage", "-p", "whysim", "--", folder, "default", "3", TEXT, TEXT]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    report = json.loads(done.stdout)
    return report["embed"][0], report["explain"][0], report["relevance"][0]


def main(chosen):
    """A table."""
    torch.set_num_threads(2)
    print("| shape | tokens | layer | whysim | torch.func.jvp, float32 | bfloat16 | whysim, times an embedding |")
    print("|---|---|---|---|---|---|---|")
    for name in chosen or ["bert-base", "modernbert-base", "qwen3-0.6b"]:
        folder = ROOT / "target" / "shapes" / name
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            shapes.write(name, folder)
        pooling, depth = shapes.SHAPES[name][4], json.loads((folder / "config.json").read_text())["num_hidden_layers"]
        embed, _, _ = embedding(folder)
        for layer in (depth - 1, depth // 2):
            report = ours(folder, layer)
            seconds, tokens = min(report["seconds"]) / 2, report["tokens"][0]
            peers = [peer(folder, layer, pooling, tokens, dtype) for dtype in (torch.float32, torch.bfloat16)]
            print(
                f"| {name} | {tokens} | {layer} | {seconds:.2f} s | {peers[0]:.2f} s, {peers[0] / seconds:.1f} times | "
                f"{peers[1]:.2f} s, {peers[1] / seconds:.1f} times | {seconds / embed:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
