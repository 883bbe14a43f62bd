"""What products in bfloat16 change of attributions, and of the ledger, on the example pairs."""

import csv
import json
import statistics
import subprocess

import programs

PAIRS = programs.ROOT / "examples/pairs.csv"


def differences(folder, layer, count):
    """Of `count` pairs: the largest changes of an entry and of a gap, as medians and maxima, and how often the largest entry stays it."""
    with PAIRS.open(newline="") as file:
        pairs = [(row["sentence1"], row["sentence2"]) for row in csv.DictReader(file)]
    rows = [difference(folder, layer, pair) for pair in pairs[:: len(pairs) // count][:count]]
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    spread = {key: {"median": statistics.median(columns[key]), "most": max(columns[key])} for key in ("entry", "share", "gap", "error")}
    return {"layer": layer, "pairs": len(rows), "same_largest": sum(columns["same_largest"]), "within_bound": sum(columns["within_bound"])} | spread


def difference(folder, layer, pair):
    whole, rounded = (explain(folder, layer, pair, precision) for precision in ("float32", "bfloat16"))
    a, b = ([v for row in e["matrix"] for v in row] for e in (whole, rounded))
    entry, largest = max(abs(v - w) for v, w in zip(a, b, strict=True)), max(map(abs, a))
    return {
        "entry": entry,
        "share": entry / largest,
        "gap": max(after - before for before, after in zip(whole["gaps"], rounded["gaps"], strict=True)),
        "error": abs(rounded["error"]),
        "within_bound": abs(rounded["error"]) <= rounded["bound"],
        "same_largest": a.index(max(a)) == b.index(max(b)),
    }


def explain(folder, layer, pair, precision):
    command = [programs.ROOT / "target/release/whysim", "explain", *pair, "--model", folder, "--layer", layer, "--precision", precision]
    done = subprocess.run([*map(str, command), "--format", "json", "--quiet"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
