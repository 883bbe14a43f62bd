"""whysim's benchmark programs and the program itself, run as their users run them."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def bench(name):
    """The newest build of a benchmark program."""
    built = [p for p in (ROOT / "target/release/deps").glob(f"{name}-*") if not p.suffix]
    return max(built, key=lambda path: path.stat().st_mtime)


def call(command, **environment):
    done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, env=os.environ | environment)
    return json.loads(done.stdout)


def pair(folder, layer, steps, repeats, texts, precision="float32"):
    return call([bench("pair"), folder, layer, steps, precision, repeats, *texts])


def many(folder, texts, repeats, threads=None):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(texts))
        file.flush()
        environment = {"RAYON_NUM_THREADS": str(threads)} if threads else {}
        return call([bench("texts"), folder, file.name, repeats], **environment)


def passage(folder, layer, repeats, texts):
    return call([bench("passage"), folder, layer, repeats, *texts])


def start(folder, repeats):
    """Seconds of the whole program for a short pair, and its peak memory in bytes."""
    command = [ROOT / "target/release/whysim", "explain", "The coffee is bad.", "This is not a good coffee.", "--model", folder, "--quiet"]
    # From a process of its own: a child's peak counts what its parent held when it was started.
    done = call([sys.executable, "-c", MEASURE, repeats, *command])
    return done["seconds"], done["peak_rss"]


MEASURE = """
import json, resource, subprocess, sys, time
seconds = []
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    subprocess.run(sys.argv[2:], check=True, capture_output=True)
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"seconds": seconds, "peak_rss": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024}))
"""
