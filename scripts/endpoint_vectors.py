#!/usr/bin/env python3
"""Compares `whysim embed --endpoint` with `whysim embed --model`, and explains a pair, once the server at the address answers.

    python scripts/endpoint_vectors.py --whysim target/release/whysim --model models/all-MiniLM-L6-v2 --url URL --server PID

fails where the cosine of a text's two vectors is further than 1e-5 from 1, or an explanation does not add up. It needs nothing but Python.
"""

import argparse
import json
import math
import os
import socket
import subprocess
import sys
import time
import urllib.parse

TOLERANCE = 1e-5
PATIENCE = 150

SUBJECTS = ["The dog", "A child", "Nobody", "The old ferry", "Dr. Okafor", "El niño"]
ENDS = [
    "runs after the kitten.",
    "did not say that she had stolen the money",
    "was late: 3.5 hours (again)!",
    "isn't sure whether the café opens at 8 a.m. or 9 a.m., so it waits outside in the rain.",
    "レストラン 😀 naïve",
]
TEXTS = ["a", "Cat", *(f"{subject} {end}" for subject in SUBJECTS for end in ENDS)]


def wait(url: str, server: int) -> None:
    """Until something listens there."""
    address = urllib.parse.urlsplit(url)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((address.hostname, address.port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                sys.exit(f"the server did not start within {PATIENCE} s")
        try:
            os.kill(server, 0)
        except ProcessLookupError:
            sys.exit("the server ended")
        time.sleep(0.25)


def run(whysim: str, *arguments: str) -> dict:
    done = subprocess.run([whysim, *arguments, "--format", "json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"whysim {' '.join(arguments[-6:])}: {done.stderr}")
    return json.loads(done.stdout)


def cosine(a: list, b: list) -> float:
    dot = lambda x, y: math.fsum(p * q for p, q in zip(x, y))
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whysim", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--server", type=int, required=True)
    args = parser.parse_args()
    wait(args.url, args.server)
    endpoint = ["--endpoint", args.url, "--endpoint-model", "minilm", "--no-cache"]
    here = run(args.whysim, "embed", *TEXTS, "--model", args.model)["embeddings"]
    served = run(args.whysim, "embed", *TEXTS, *endpoint, "--batch", "5")["embeddings"]
    if len(here) != len(TEXTS) or len(served) != len(TEXTS):
        sys.exit(f"{len(here)} and {len(served)} vectors for {len(TEXTS)} texts")
    worst = max((abs(1 - cosine(a, b)), text) for a, b, text in zip(here, served, TEXTS))
    scores = [run(args.whysim, "similarity", *TEXTS[:2], *by)["score"] for by in (["--model", args.model], endpoint)]
    print(f"{len(TEXTS)} texts: cosines within {worst[0]:.1e} of 1 (`{worst[1]}`); similarities {scores[0]:.6f} and {scores[1]:.6f}")
    if worst[0] > TOLERANCE or abs(scores[0] - scores[1]) > TOLERANCE:
        sys.exit(f"more than {TOLERANCE} apart")
    pair = [TEXTS[2], TEXTS[8]]
    score = run(args.whysim, "similarity", *pair, *endpoint)["score"]
    why = run(args.whysim, "explain", *pair, *endpoint)
    total = math.fsum(value for row in why["matrix"] for value in row)
    print(f"explained by {why['steps'][0]} and {why['steps'][1]} texts: words add up to {total:.6f}")
    if abs(why["score"] - score) > TOLERANCE or abs(total - why["score"]) > TOLERANCE:
        sys.exit(f"the explanation is more than {TOLERANCE} from the score")


if __name__ == "__main__":
    main()
