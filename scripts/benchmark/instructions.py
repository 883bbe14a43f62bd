"""Instructions that a pair of a tiny model takes, counted by valgrind: a regression shows, whatever else the machine does.

    scripts/bench --instructions            compares with scripts/benchmark/instructions.json; more than 3 % above it fails
    scripts/bench --instructions --record   writes that file
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import programs

RECORD = pathlib.Path(__file__).with_name("instructions.json")
FIXTURES = programs.ROOT / "crates/whysim/tests/fixtures"
TEXTS = ["The dog runs after the kitten in the garden.", "A cat is chased by the dog."]
CASES = {f"{family}, layer {layer}": (family, layer) for family in ("bert", "mpnet") for layer in (0, 2)}
ROOM = 1.03


def count(family, layer):
    """Instructions of 20 explanations on one thread, less those of none: loading and start are not counted."""
    return run(family, layer, 20) - run(family, layer, 0)


def run(family, layer, repeats):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(programs.bench("pair")), str(FIXTURES / family), str(layer), "gauss-legendre:8", "float32", str(repeats), *TEXTS]
    environment = os.environ | {"RAYON_NUM_THREADS": "1", "WHYSIM_BENCH_NO_RATE": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def main():
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed")
    counts = {name: count(*case) for name, case in CASES.items()}
    if "--record" in sys.argv:
        RECORD.write_text(json.dumps(counts, indent=1) + "\n")
    known = json.loads(RECORD.read_text())
    for name, instructions in counts.items():
        print(f"{name}: {instructions / 1e6:.1f} million instructions, {instructions / known[name] - 1:+.1%} against the record")
    if any(counts[name] > ROOM * known[name] for name in counts):
        sys.exit("more instructions than on record")


if __name__ == "__main__":
    main()
