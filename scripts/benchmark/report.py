"""docs/performance/results.json, results.md and the plots."""

import json
import os
import pathlib
import platform

import plots


def load(folder):
    file = folder / "results.json"
    return json.loads(file.read_text()) if file.exists() else {}


def line(row):
    """A row as it is shown while the benchmark runs."""
    keys = [k for k in ("layer", "tokens", "nodes", "ratio", "efficiency", "error") if k in row]
    return "  ".join(f"{key} {row[key]:.3g}" if isinstance(row[key], float) else f"{key} {row[key]}" for key in keys)


def write(folder, results):
    folder.mkdir(parents=True, exist_ok=True)
    results["machine"] = machine()
    put(folder / "results.json", json.dumps(results, indent=1) + "\n")
    put(folder / "results.md", "\n\n".join(table(results)) + "\n")
    if results.get("pairs"):
        plots.pairs(folder / "pairs.png", results["pairs"])
    if results.get("growth"):
        plots.growth(folder / "growth.png", results["growth"])


def put(file, text):
    """Written beside, then renamed: a stopped run leaves the old file."""
    part = file.with_suffix(".part")
    part.write_text(text)
    part.replace(file)


def machine():
    import torch

    model = next((l.split(":")[1].strip() for l in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name")), "")
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(terse=True), "torch": torch.__version__, "threads": torch.get_num_threads()}


def seconds(times):
    return f"{times['median']:.3g} ({times['least']:.3g}–{times['most']:.3g})"


def most(spread):
    return f"{spread['median']:.1e} ({spread['most']:.1e})"


def scaled(passes):
    return "" if passes >= 768 else f" (scaled from {passes} of 768 passes)"


def grid(heading, rows):
    """A Markdown table of rows that are written already."""
    return "\n".join([heading, "|" + "---|" * (heading.count("|") - 1), *rows])


def table(results):
    m = results["machine"]
    yield "# Results of scripts/bench"
    yield f"{m['processor']}, {m['cores']} cores, {m['system']}; PyTorch {m['torch']} with {m['threads']} threads. Seconds: median (least–most)."
    if rows := results.get("original"):
        yield "## all-mpnet-base-v2, 12 and 14 tokens: the original's algorithm"
        yield grid(
            "| layer | original, Riemann 50: s | whysim's rule | nodes | s | error of the ledger | times faster | peak RSS |",
            [
                f"| {r['layer']} | {r['original']:.4g}{scaled(r['passes'])} | {r['steps']} | {r['nodes'][0]}, {r['nodes'][1]} | {seconds(r['whysim'])} | {r['error']:.1e} | "
                f"{r['ratio']:.0f} | {r['peak_rss'] / 2**20:.0f} MB |"
                for r in rows
            ],
        )
        yield "riemann:50 is the original's own rule: the same numbers and the same error."
    if rows := results.get("pairs"):
        yield "## all-mpnet-base-v2, Gauss-Legendre: torch.func.jvp, tuned"
        yield grid(
            "| layer | tokens | nodes | precision | PyTorch: s | its best setting | whysim: s | times faster | GFLOP | share of float32's product rate | peak RSS |",
            [
                f"| {r['layer']} | {r['tokens']} | {r['nodes']} | {r['precision']} | {seconds(r['pytorch'])} | {r['pytorch']['way']} | {seconds(r['whysim'])} | {r['ratio']:.1f} | {r['operations'] / 1e9:.1f} | "
                f"{100 * r['efficiency']:.0f} % of {r['product_rate'] / 1e9:.0f} GFLOP/s | {r['peak_rss'] / 2**20:.0f} MB |"
                for r in rows
            ],
        )
        if any(r["precision"] == "bfloat16" for r in rows):
            yield "In bfloat16 PyTorch computes values as well as tangents in it, whysim the products of tangents alone."
    if rows := results.get("rounding"):
        yield "## What bfloat16 changes"
        yield grid(
            "| model | layer | pairs | largest change of an entry | as a share of the largest entry | added to the gap | error of the ledger | within its bound | largest entry is the same |",
            [
                f"| {r['model']} | {r['layer']} | {r['pairs']} | {most(r['entry'])} | {most(r['share'])} | {most(r['gap'])} | {most(r['error'])} | {r['within_bound']} | {r['same_largest']} |"
                for r in rows
            ],
        )
        yield "Medians over the pairs of examples/pairs.csv, and the most in brackets; float32 and bfloat16 at the same nodes, by the default tolerance."
    if rows := results.get("texts"):
        yield from many(rows[0])
    if rows := results.get("passage"):
        yield "## A short query and a long passage"
        yield grid(
            "| model | layer | tokens | embedding the passage: CPU s | relevance: times that | the whole matrix | by two decompositions | nodes |",
            [
                f"| {r['model']} | {r['layer']} | {r['tokens'][0]}, {r['tokens'][1]} | {r['embed'][1]:.3g} | "
                + " | ".join(f"{r[way][1] / r['embed'][1]:.1f}" for way in ("relevance", "explain", "decompose"))
                + f" | {r['steps'][0]}, {r['steps'][1]} |"
                for r in rows
            ],
        )
    if rows := results.get("start"):
        yield "## The whole program"
        yield "`whysim explain` of a short pair, start and loading included; minilm-exact is the model inside the program."
        yield "\n".join(f"- {r['model']}: {seconds(r['program'])} s, {r['peak_rss'] / 2**20:.0f} MB." for r in rows)


def many(r):
    ours, one, two = r["whysim"], r["one_thread"], r["all_threads"]
    yield "## Many texts, all-MiniLM-L6-v2"
    embed = min(ours["embed"])
    busy = ours["decompose_cpu"] / ours["decompose"] / ours["threads"]
    yield "\n".join(
        [
            f"- 1,000 embeddings: {embed:.2f} s; sentence-transformers {r['sentence_transformers']:.2f} s ({r['sentence_transformers'] / embed:.2f} times as long).",
            f"- 1,000 decompositions: {ours['decompose']:.1f} s with {100 * busy:.0f} % of {ours['threads']} cores; 200 of them by one thread {one['decompose']:.2f} s, by all {two['decompose']:.2f} s.",
            f"- Peak memory: {ours['peak_rss_of_a_tenth'] / 2**20:.0f} MB after 100 texts, {ours['peak_rss'] / 2**20:.0f} MB with all 1,000 results ({4 * ours['stored_numbers'] / 2**20:.0f} MB of them contributions).",
        ]
        + [
            f"- Stored decompositions, {s['dim']} dimensions: a pair of {s['pair_tokens'][0]} and {s['pair_tokens'][1]} tokens {1e6 * s['pair']:.1f} µs; 1,000 of {s['document_tokens']} tokens against one {1e3 * s['thousand_documents']:.1f} ms."
            for s in (ours["stored"], r["mpnet_stored"])
        ]
    )
