"""The mixed requests of a load test: good ones, and some that a server must refuse."""

import random

from client import as_json
from texts import sentence, sentences

# Of every hundred good requests: this many of each kind.
SHARES = {"embed": 70, "explain": 20, "highlight": 10}


def good(kind, seed):
    """(path, body) of a request that must be answered with 200."""
    if kind == "embed":
        return "/v1/embeddings", as_json({"input": sentences(4, 16, seed)})
    if kind == "explain":
        return "/explain", as_json({"a": sentence(2 * seed, 8), "b": sentence(2 * seed + 1, 8)})
    passages = sentences(2, 40, seed)
    return "/highlight", as_json({"query": sentence(seed, 4), "passages": passages})


def pool(each):
    """`each` requests of every kind, by kind."""
    return {kind: [good(kind, seed) for seed in range(each)] for kind in SHARES}


def garbage(draw):
    """(path, body) of a request that must be refused with a 4xx."""
    return draw.choice(
        [
            ("/v1/embeddings", b'{"input": ["cut off'),
            ("/v1/embeddings", b"\xff\xfe\x00"),
            ("/v1/embeddings", as_json({"input": 7})),
            ("/v1/embeddings", as_json({"input": [[1, 2, 3]]})),
            ("/v1/embeddings", as_json({"input": "a", "model": "no such model"})),
            ("/v1/embeddings", as_json({"input": "word " * 200_000})),
            ("/explain", as_json({"a": "one text only"})),
            ("/explain", as_json({"a": "a river", "b": ["a", "list"]})),
            ("/highlight", as_json({"query": "", "passages": []})),
            ("/no/such/path", b"{}"),
        ]
    )


def plan(requests, count, seed, bad=0.05):
    """`count` of (kind, path, body) in the order to send them; `bad` of them garbage."""
    draw = random.Random(seed)
    kinds, weights = list(SHARES), list(SHARES.values())
    planned = []
    for _ in range(count):
        if draw.random() < bad:
            planned.append(("garbage", *garbage(draw)))
            continue
        kind = draw.choices(kinds, weights)[0]
        planned.append((kind, *draw.choice(requests[kind])))
    return planned
