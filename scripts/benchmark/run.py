"""Runs the parts of the benchmark in turn and writes the report; see scripts/bench."""

import argparse
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/benchmark")]

import operations  # noqa: E402
import peers  # noqa: E402
import programs  # noqa: E402
import report  # noqa: E402
import sentences  # noqa: E402
import torch  # noqa: E402
from rounding import differences  # noqa: E402

MPNET, MINILM = ROOT / "models/all-mpnet-base-v2", ROOT / "models/all-MiniLM-L6-v2"
GOLDEN = ["The dog runs after the kitten in the yard.", "Outside in the garden the cat is chased by the dog."]
# layer, tokens, nodes, repeats of each side; the layers before the last in both precisions.
PAIRS = [(11, 12, 8, 5), (11, 32, 8, 3), (11, 128, 2, 3)]
EARLIER = [(10, 12, 8, 3), (10, 32, 8, 3), (10, 128, 2, 2), (6, 12, 8, 3), (6, 32, 2, 3), (6, 128, 1, 1), (0, 12, 8, 3), (0, 32, 2, 2), (0, 128, 1, 1)]
# layers, nodes: what times are plotted against, for 12 tokens.
GROWTH = [(layer, 8) for layer in range(12)] + [(layer, nodes) for layer in (11, 6) for nodes in (1, 4, 16, 32)]
# model, layers, pairs.
ROUNDING = [(MINILM, (4, 2, 0), 20), (MPNET, (10, 6), 5)]
# model, layer, tokens of query and passage, repeats.
PASSAGES = [(MINILM, "default", (10, 50), 3), (MINILM, "default", (10, 200), 3), (MINILM, 3, (10, 200), 2), (MPNET, "default", (12, 128), 2)]
# layer, reverse passes that are made of the D (the rest is scaled), whysim's steps and repeats.
ORIGINAL = [(11, 768, ["gauss-legendre:8", "adaptive:1e-2", "adaptive"], 5), (0, 8, ["adaptive:0.3"], 1)]


# bfloat16 is timed where the processor has products in it; elsewhere either side only imitates them.
PRECISIONS = ("float32", "bfloat16") if "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text() else ("float32",)


def spread(seconds):
    return {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds), "runs": len(seconds)}


def pairs(model):
    """whysim and torch.func.jvp with the same layer, texts and nodes, in turn."""
    cases = [("float32", *case) for case in PAIRS] + [(precision, *case) for case in EARLIER for precision in PRECISIONS]
    for precision, layer, tokens, nodes, repeats in cases:
        texts = [sentences.text(tokens, model.count)] * 2
        # In bfloat16 PyTorch computes the values in it too.
        model.model.to(getattr(torch, precision))
        ways = []
        for together, chunk in peers.settings(tokens, nodes):
            seconds = [peers.timed(lambda t=together, c=chunk: peers.tangents(model, texts, layer, nodes, t, c))[1] for _ in range(repeats)]
            ways.append((min(seconds), seconds, f"nodes at once: {together}, tangents: {chunk or 'all'}"))
        _, torch_seconds, way = min(ways)
        ours = programs.pair(MPNET, layer, f"gauss-legendre:{nodes}", repeats, texts, precision)
        work = count(ours, layer)
        yield {
            "precision": precision,
            "layer": layer,
            "tokens": tokens,
            "nodes": nodes,
            "pytorch": spread(torch_seconds) | {"way": way},
            "whysim": spread(ours["seconds"]),
            "ratio": min(torch_seconds) / min(ours["seconds"]),
            "operations": work,
            "efficiency": work / min(ours["seconds"]) / ours["product_rate"],
            "product_rate": ours["product_rate"],
            "peak_rss": ours["peak_rss"],
        }
    model.model.float()


def count(ours, layer):
    """Operations of a pair that was timed."""
    shape = operations.Shape(MPNET)
    return sum(operations.decomposition(shape, layer, s, k, n) for s, k, n in zip(ours["tokens"], ours["rows"], ours["steps"], strict=True))


def growth(model):
    """Times against layers and nodes."""
    texts = [sentences.text(12, model.count)] * 2
    for layer, nodes in GROWTH:
        together = min(nodes, 8)
        theirs = min(peers.timed(lambda a=(layer, nodes, together): peers.tangents(model, texts, *a, None))[1] for _ in range(2))
        row = {"layer": layer, "nodes": nodes, "pytorch": theirs}
        for precision in PRECISIONS:
            ours = programs.pair(MPNET, layer, f"gauss-legendre:{nodes}", 2, texts, precision)
            row |= {precision: min(ours["seconds"]), "limit": count(ours, layer) / ours["product_rate"]}
        yield row


def rounding(_):
    """What bfloat16 changes."""
    for folder, layers, pairs in ROUNDING:
        for layer in layers:
            yield {"model": folder.name} | differences(folder, layer, pairs)


def original(model):
    """The original's algorithm at its settings, and whysim at the same and at others."""
    for layer, outputs, ways, repeats in ORIGINAL:
        seconds = peers.original_seconds(model, GOLDEN, layer, 50, outputs)
        for steps in ["riemann:50", *ways]:
            ours = programs.pair(MPNET, layer, steps, repeats, GOLDEN)
            yield {
                "layer": layer,
                "original": seconds,
                "passes": outputs,
                "steps": steps,
                "nodes": ours["steps"],
                "whysim": spread(ours["seconds"]),
                "error": ours["error"],
                "ratio": seconds / min(ours["seconds"]),
                "peak_rss": ours["peak_rss"],
            }


def texts(_):
    """1,000 texts: embeddings beside sentence-transformers, decompositions by one thread and by all."""
    from sentence_transformers import SentenceTransformer

    all_texts = sentences.many(1000)
    peer = SentenceTransformer(str(MINILM), device="cpu")
    theirs = []
    for size in (32, 64):
        theirs.append(min(peers.timed(lambda size=size: peer.encode(all_texts, batch_size=size))[1] for _ in range(4)))
    ours = programs.many(MINILM, all_texts, 5)
    one = programs.many(MINILM, all_texts[:200], 1, threads=1)
    two = programs.many(MINILM, all_texts[:200], 1)
    big = programs.many(MPNET, all_texts[:40], 1)
    yield {"sentence_transformers": min(theirs), "whysim": ours, "one_thread": one, "all_threads": two, "mpnet_stored": big["stored"]}


def passage(model):
    """A short query and a long passage, against what embedding the passage takes."""
    for folder, layer, sizes, repeats in PASSAGES:
        ours = programs.passage(folder, layer, repeats, [sentences.text(size, model.count) for size in sizes])
        yield {"model": folder.name, "layer": layer} | ours


def start(_):
    for name in (str(MINILM), "minilm-exact"):
        seconds, rss = programs.start(name, 11)
        yield {"model": pathlib.Path(name).name, "program": spread(seconds), "peak_rss": rss}


PARTS = {"start": start, "texts": texts, "passage": passage, "rounding": rounding, "growth": growth, "pairs": pairs, "original": original}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="run one part and keep the others' results")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/performance")
    args = parser.parse_args()
    model = peers.Model(MPNET)
    results = report.load(args.output) if args.only else {}
    for name in [args.only] if args.only else PARTS:
        results[name] = []
        begin = time.time()
        for row in PARTS[name](model):
            results[name].append(row)
            print(name, report.line(row), flush=True)
        print(f"{name}: {time.time() - begin:.0f} s", flush=True)
        # After every part: what a stopped run has measured is kept.
        report.write(args.output, results)


if __name__ == "__main__":
    main()
