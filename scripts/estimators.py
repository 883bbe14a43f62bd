#!/usr/bin/env python3
"""Which estimator of vector-valued Shapley values is best at equal cost?

Embeds every subset of the words of some texts, so that the exact values are known, and draws from them: permutations, permutations in
antithetic pairs (Castro, Gomez, Tejada, 2009; Mitchell et al., JMLR 2022), means stratified by size (Kolpaczki et al., AAAI 2024), and
regression with the kernel's weights on pairs of a coalition and its complement (Lundberg, Lee, 2017; Covert, Lee, AISTATS 2021), with
sizes drawn by the kernel or evenly (leverage scores: Musco, Witter, ICLR 2025). Prints the mean error relative to the size of all values,
and how often a standard error from leaving groups of samples out is right.

    scripts/estimators.py models/all-MiniLM-L6-v2 ../shared/data/stsbenchmark/sts-train.csv
"""

import argparse
import csv
import itertools
import math

import numpy as np
from sentence_transformers import SentenceTransformer

GROUPS = 16


def kernel(n, size):
    """The kernel's weight of one coalition of a size, up to a factor."""
    return 1.0 / (math.comb(n, size) * size * (n - size))


class Game:
    """All subsets of a text's words, embedded. A subset is a number whose bit i says that word i is kept."""

    def __init__(self, model, words):
        self.n = len(words)
        texts = [" ".join(w for i, w in enumerate(words) if kept >> i & 1) for kept in range(1 << self.n)]
        self.e = model.encode(texts, batch_size=256, normalize_embeddings=False).astype(np.float64)
        self.all = (1 << self.n) - 1
        self.exact = self.shapley()

    def shapley(self):
        n, v = self.n, np.zeros((self.n, self.e.shape[1]))
        sizes = np.array([bin(s).count("1") for s in range(1 << n)])
        for i in range(n):
            without = np.array([s for s in range(1 << n) if not s >> i & 1])
            weights = np.array([1.0 / (n * math.comb(n - 1, sizes[s])) for s in without])
            v[i] = weights @ (self.e[without | 1 << i] - self.e[without])
        return v


def permutations(game, budget, rng, antithetic):
    n, values = game.n, []
    for _ in range(max(1, budget // (n - 1) // (2 if antithetic else 1))):
        order = rng.permutation(n)
        both = []
        for order in [order, order[::-1]] if antithetic else [order]:
            v, before = np.empty((n, game.e.shape[1])), 0
            for i in order:
                v[i] = game.e[before | 1 << i] - game.e[before]
                before |= 1 << i
            both.append(v)
        values.append(np.mean(both, axis=0))
    return np.mean(values, axis=0), values


def stratified(game, budget, rng):
    n = game.n
    sums, counts = np.zeros((n, n + 1, 2, game.e.shape[1])), np.zeros((n, n + 1, 2))
    sizes = [1 + k % (n - 1) for k in range(budget)]
    for size in [0, n, *sizes]:
        chosen = rng.choice(n, size, replace=False)
        kept = sum(1 << int(i) for i in chosen)
        for i in range(n):
            inside = kept >> i & 1
            sums[i, size, inside] += game.e[kept]
            counts[i, size, inside] += 1
    means = sums / np.maximum(counts, 1)[..., None]
    return np.array([sum((means[i, s + 1, 1] - means[i, s, 0]) / n for s in range(n)) for i in range(n)]), None


def solve(game, kept, weights):
    """Least squares under the constraint that the values sum to e(all) - e(none)."""
    n = game.n
    z = (np.array(kept)[:, None] >> np.arange(n) & 1).astype(float)
    total = game.e[game.all] - game.e[0]
    # The constraint is met by what is left for the mean: values = total / n + rest, where the rest sums to zero.
    y = game.e[kept] - game.e[0] - z.sum(1, keepdims=True) / n * total
    centred = z - z.mean(1, keepdims=True)
    w = np.asarray(weights)[:, None]
    gram = (centred * w).T @ centred + np.ones((n, n)) / n * np.sum(w)
    return np.linalg.solve(gram, (centred * w).T @ y) + total / n


def regression(game, budget, rng, sizes, replace=True, border=False):
    """Pairs of a coalition and its complement. sizes: kernel or even."""
    n = game.n
    kept, weights, groups = [], [], []
    inner = list(range(1, n))
    left = budget
    if border:
        while len(inner) > 1 and left >= 2 * math.comb(n, inner[0]) * 2:
            size = inner[0]
            for chosen in itertools.combinations(range(n), size):
                k = sum(1 << i for i in chosen)
                kept += [k, game.all ^ k]
                weights += [kernel(n, size)] * 2
                groups += [-1, -1]
            left -= 2 * math.comb(n, size)
            inner = inner[1:-1]
            if not inner:
                break
    mass = np.array([kernel(n, s) * math.comb(n, s) if sizes == "kernel" else 1.0 for s in inner])
    share = mass / mass.sum()
    pairs = max(left // 2, 1) if inner else 0
    seen = set()
    drawn = rng.choice(len(inner), pairs, p=share) if inner else []
    if sizes == "spread" and inner:
        # Every size as often as its share says, up to rounding.
        share = np.array([kernel(n, s) * math.comb(n, s) for s in inner])
        share /= share.sum()
        edges = np.cumsum(share)
        at = (np.arange(pairs) + rng.random()) / pairs
        drawn = rng.permutation(np.minimum(np.searchsorted(edges, at), len(inner) - 1))
    for g, at in enumerate(drawn):
        size = inner[at]
        for _ in range(20):
            k = sum(1 << int(i) for i in rng.choice(n, size, replace=False))
            if replace or min(k, game.all ^ k) not in seen:
                break
        seen.add(min(k, game.all ^ k))
        kept += [k, game.all ^ k]
        weight = kernel(n, size) / (share[at] / math.comb(n, size)) / pairs
        weights += [weight / 2] * 2
        groups += [g % GROUPS] * 2
    kept, weights, groups = np.array(kept), np.array(weights), np.array(groups)
    value = solve(game, kept, weights)
    parts = []
    if pairs >= 2 * GROUPS:
        for g in range(GROUPS):
            factor = np.where(groups < 0, 1.0, GROUPS / (GROUPS - 1))
            parts.append(solve(game, kept[groups != g], (weights * factor)[groups != g]))
    return value, parts


ESTIMATORS = {
    "permutations": lambda g, m, r: permutations(g, m, r, antithetic=False),
    "antithetic permutations": lambda g, m, r: permutations(g, m, r, antithetic=True),
    "stratified means": lambda g, m, r: stratified(g, m, r),
    "regression, sizes by kernel": lambda g, m, r: regression(g, m, r, "kernel"),
    "regression, sizes spread by kernel": lambda g, m, r: regression(g, m, r, "spread"),
    "regression, sizes even": lambda g, m, r: regression(g, m, r, "even"),
    "regression, sizes even, each once": lambda g, m, r: regression(g, m, r, "even", replace=False),
    "regression, small sizes whole": lambda g, m, r: regression(g, m, r, "kernel", border=True),
    "regression, small sizes whole, each once": lambda g, m, r: regression(g, m, r, "kernel", replace=False, border=True),
    "regression, small whole, spread, once": lambda g, m, r: regression(g, m, r, "spread", replace=False, border=True),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("pairs", help="a file of STS-benchmark")
    parser.add_argument("--texts", type=int, default=6)
    parser.add_argument("--words", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    model = SentenceTransformer(args.model, device="cpu")
    rng = np.random.default_rng(0)
    with open(args.pairs, encoding="utf-8") as file:
        rows = [row[5] if len(row) > 6 else row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    texts = [t.split() for t in rows if len(t.split()) == args.words]
    games = [Game(model, texts[i]) for i in rng.choice(len(texts), args.texts, replace=False)]
    budgets = [64, 128, 256, 512]
    print(f"{args.texts} texts of {args.words} words, {args.repeats} draws each; root mean square error / size of the values")
    for name, estimate in ESTIMATORS.items():
        line = []
        for budget in budgets:
            errors, ratios = [], []
            for game in games:
                for _ in range(args.repeats):
                    value, parts = estimate(game, budget, rng)
                    error = value - game.exact
                    errors.append(np.linalg.norm(error) / np.linalg.norm(game.exact))
                    if parts and name.startswith("regr"):
                        # Against one direction, as in an entry of a matrix.
                        u = rng.choice(game.exact)
                        parts = np.array(parts)
                        spread = (parts - parts.mean(0)) @ u
                        se = np.sqrt((GROUPS - 1) / GROUPS * (spread**2).sum(0))
                        ratios.append(((error @ u) / se))
            line.append(f"{np.sqrt(np.mean(np.square(errors))):.3f}" + (f" (z {np.sqrt(np.mean(np.square(ratios))):.2f})" if ratios else ""))
        print(f"{name:45}", "  ".join(f"{m}: {v}" for m, v in zip(budgets, line)))


if __name__ == "__main__":
    main()
