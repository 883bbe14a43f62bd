#!/usr/bin/env python3
"""Which estimator of vector-valued Shapley values is best at equal cost?

Embeds every subset of the words of some texts, so that the exact values are known, and draws from them: permutations, permutations in
antithetic pairs (Castro, Gomez, Tejada, 2009; Mitchell et al., JMLR 2022), means stratified by size (Kolpaczki et al., AAAI 2024), and
regression with the kernel's weights on pairs of a coalition and its complement (Lundberg, Lee, 2017; Covert, Lee, AISTATS 2021), with
sizes drawn by the kernel or evenly (leverage scores: Musco, Witter, ICLR 2025), with or without taking small sizes whole. Prints the mean
error relative to the size of all values, and for regressions z: the error over its standard error from leaving groups of samples out.

    scripts/estimators.py models/all-MiniLM-L6-v2 sts-train.csv      # a Python with sentence-transformers
"""

import argparse
import csv
import itertools
import math

import numpy as np
from sentence_transformers import SentenceTransformer

GROUPS = 16
BUDGETS = [64, 128, 256, 512]


def kernel(n, size):
    """The weight of one coalition of a size."""
    return 1.0 / (math.comb(n, size) * size * (n - size))


class Game:
    """All subsets of a text's words, embedded. A subset is a number whose bit i says that word i is kept."""

    def __init__(self, model, words):
        self.n = n = len(words)
        texts = [" ".join(w for i, w in enumerate(words) if kept >> i & 1) for kept in range(1 << n)]
        self.e = model.encode(texts, batch_size=256, normalize_embeddings=False).astype(np.float64)
        self.all = (1 << n) - 1
        sizes = np.array([bin(kept).count("1") for kept in range(1 << n)])
        self.exact = np.zeros((n, self.e.shape[1]))
        for i in range(n):
            without = np.array([kept for kept in range(1 << n) if not kept >> i & 1])
            weights = np.array([1.0 / (n * math.comb(n - 1, size)) for size in sizes[without]])
            self.exact[i] = weights @ (self.e[without | 1 << i] - self.e[without])


def permutations(game, budget, rng, antithetic):
    values = []
    for _ in range(max(1, budget // (game.n - 1) // (2 if antithetic else 1))):
        drawn = rng.permutation(game.n)
        for order in [drawn, drawn[::-1]] if antithetic else [drawn]:
            v, before = np.empty((game.n, game.e.shape[1])), 0
            for i in order:
                v[i] = game.e[before | 1 << i] - game.e[before]
                before |= 1 << i
            values.append(v)
    return np.mean(values, axis=0), []


def stratified(game, budget, rng):
    n = game.n
    sums, counts = np.zeros((n, n + 1, 2, game.e.shape[1])), np.zeros((n, n + 1, 2))
    for size in [0, n] + [1 + k % (n - 1) for k in range(budget)]:
        kept = sum(1 << int(i) for i in rng.choice(n, size, replace=False))
        for i in range(n):
            sums[i, size, kept >> i & 1] += game.e[kept]
            counts[i, size, kept >> i & 1] += 1
    means = sums / np.maximum(counts, 1)[..., None]
    return np.array([sum((means[i, s + 1, 1] - means[i, s, 0]) / n for s in range(n)) for i in range(n)]), []


def solve(game, kept, weights):
    """Least squares under the constraint that the values sum to e(all) - e(none)."""
    n = game.n
    z = (np.array(kept)[:, None] >> np.arange(n) & 1).astype(float)
    total = game.e[game.all] - game.e[0]
    y = game.e[kept] - game.e[0] - z.sum(1, keepdims=True) / n * total
    centred = z - z.mean(1, keepdims=True)
    w = np.asarray(weights)[:, None]
    gram = (centred * w).T @ centred + np.ones((n, n)) / n * np.sum(w)
    return np.linalg.solve(gram, (centred * w).T @ y) + total / n


def regression(game, budget, rng, even=False, once=False, whole=False):
    """Pairs of a coalition and its complement. even: sizes drawn evenly; once: no pair twice; whole: all of the small sizes."""
    n, left = game.n, budget
    kept, weights, groups = [], [], []
    sizes = list(range(1, n))
    while whole and len(sizes) > 1 and left >= 4 * math.comb(n, sizes[0]):
        for chosen in itertools.combinations(range(n), sizes[0]):
            k = sum(1 << i for i in chosen)
            kept += [k, game.all ^ k]
            weights += [kernel(n, sizes[0])] * 2
            groups += [-1, -1]
        left -= 2 * math.comb(n, sizes[0])
        sizes = sizes[1:-1]
    share = np.array([1.0 if even else kernel(n, s) * math.comb(n, s) for s in sizes])
    share /= share.sum()
    pairs, seen = left // 2, set()
    for number, at in enumerate(rng.choice(len(sizes), pairs, p=share)):
        for _ in range(20):
            k = sum(1 << int(i) for i in rng.choice(n, sizes[at], replace=False))
            if not once or min(k, game.all ^ k) not in seen:
                break
        seen.add(min(k, game.all ^ k))
        kept += [k, game.all ^ k]
        weights += [kernel(n, sizes[at]) * math.comb(n, sizes[at]) / share[at] / pairs / 2] * 2
        groups += [number % GROUPS] * 2
    kept, weights, groups = np.array(kept), np.array(weights), np.array(groups)
    parts = []
    if pairs >= 2 * GROUPS:
        factor = np.where(groups < 0, 1.0, GROUPS / (GROUPS - 1))
        parts = [solve(game, kept[groups != g], (weights * factor)[groups != g]) for g in range(GROUPS)]
    return solve(game, kept, weights), parts


ESTIMATORS = {
    "permutations": lambda g, m, r: permutations(g, m, r, antithetic=False),
    "antithetic permutations": lambda g, m, r: permutations(g, m, r, antithetic=True),
    "stratified means": stratified,
    "regression": regression,
    "regression, sizes even": lambda g, m, r: regression(g, m, r, even=True),
    "regression, sizes even, each once": lambda g, m, r: regression(g, m, r, even=True, once=True),
    "regression, small sizes whole": lambda g, m, r: regression(g, m, r, whole=True),
    "regression, small sizes whole, each once": lambda g, m, r: regression(g, m, r, whole=True, once=True),
}


def measure(estimate, games, budget, repeats, rng):
    """The error, and z in one random direction, as in an entry of a matrix."""
    errors, ratios = [], []
    for game in games * repeats:
        value, parts = estimate(game, budget, rng)
        error = value - game.exact
        errors.append(np.linalg.norm(error) / np.linalg.norm(game.exact))
        if parts:
            direction = rng.choice(game.exact)
            spread = (np.array(parts) - np.mean(parts, axis=0)) @ direction
            ratios.append(error @ direction / np.sqrt((GROUPS - 1) / GROUPS * (spread**2).sum(0)))
    z = f" (z {np.sqrt(np.mean(np.square(ratios))):.2f})" if ratios else ""
    return f"{np.sqrt(np.mean(np.square(errors))):.3f}{z}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("pairs", help="a file of STS-benchmark")
    parser.add_argument("--texts", type=int, default=4)
    parser.add_argument("--words", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    model = SentenceTransformer(args.model, device="cpu")
    rng = np.random.default_rng(0)
    with open(args.pairs, encoding="utf-8") as file:
        texts = [row[5].split() for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    texts = [text for text in texts if len(text) == args.words]
    games = [Game(model, texts[i]) for i in rng.choice(len(texts), args.texts, replace=False)]
    print(f"{args.texts} texts of {args.words} words, {args.repeats} draws each, by the number of texts embedded")
    for name, estimate in ESTIMATORS.items():
        line = [f"{budget}: {measure(estimate, games, budget, args.repeats, rng)}" for budget in BUDGETS]
        print(f"{name:42}", "  ".join(line), flush=True)


if __name__ == "__main__":
    main()
