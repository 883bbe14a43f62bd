"""The mixed requests of a load test: good ones, and some that a server must refuse."""

import random

from client import as_json
from texts import sentence, sentences

# Of every hundred good requests: this many to each path.
SHARES = {"/v1/embeddings": 70, "/explain": 20, "/highlight": 10}

# By path, what must be refused with a status of 400 to 499.
GARBAGE = {
    "/v1/embeddings": [
        b'{"input": ["cut off',
        b'{"input": "\\ud800"}',
        as_json({"input": 7}),
        as_json({"input": [[1, 2, 3]]}),
        as_json({"input": "a", "model": "no such model"}),
        as_json({"input": "word " * 200_000}),
    ],
    "/explain": [as_json({"a": "one text only"}), as_json({"a": "a river", "b": ["a", "list"]})],
    "/highlight": [as_json({"query": "", "passages": []})],
    "/no/such/path": [b"{}"],
}


def good(path, seed, model):
    """The body of a request that must be answered with 200; the same for the same `seed`."""
    if path == "/v1/embeddings":
        return as_json({"input": sentences(4, 16, seed), "model": model})
    if path == "/explain":
        return as_json({"a": sentence(2 * seed, 8), "b": sentence(2 * seed + 1, 8), "model": model})
    return as_json({"query": sentence(seed, 4), "passages": sentences(2, 40, seed), "model": model})


def pool(seeds, model):
    """A body for every seed, by path."""
    return {path: [good(path, seed, model) for seed in seeds] for path in SHARES}


def mixed(seed, model):
    """(path, body) without end, by the shares, of texts that no pool has."""
    draw = random.Random(seed)
    while True:
        path = draw.choices(list(SHARES), list(SHARES.values()))[0]
        yield path, good(path, draw.randrange(10**8, 10**9), model)
