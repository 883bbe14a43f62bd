#!/usr/bin/env python3
"""Measures what highlights rank words by: with people's alignments, and by what removing the words does to the score.

    scripts/highlights.py --model models/all-MiniLM-L6-v2 --chunks headlines.wa --chunks images.wa --words mtref-dev.tsv

`--chunks`: files of SemEval-2016's interpretable STS; a chunk of a sentence counts as an answer if people aligned it with a score of 3 or
more. `--words`: files of MultiMWA; the words of four letters or more of a sentence that people aligned are the answers, alone and among
five sentences. Needs the Python package. Every number is a mean over pairs; the names of the rows are those of docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import defaultdict
from pathlib import Path

import numpy as np

import whysim

Spans = list[tuple[int, int]]

#: Shares of the strongest word's strength from which a word might be marked.
FLOORS = (0.05, 0.1, 0.3)


def laid_out(words: list[str]) -> tuple[str, Spans]:
    """The words as a text, and where each is."""
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word)))
        at += len(word) + 1
    return " ".join(words), spans


def chunk_pairs(path: Path) -> list[tuple[list[str], list[str], list[tuple[list[int], bool]]]]:
    """Query, passage, and the passage's chunks with whether people aligned them: both ways round."""
    pairs = []
    for block in path.read_text(encoding="utf-8", errors="replace").split("<sentence ")[1:]:
        sides = [[line.split()[1] for line in block.split(f"<{side}>")[1].split(f"</{side}>")[0].strip().splitlines()] for side in ("source", "translation")]
        rows = [line.split("//") for line in block.split("<alignment>")[1].splitlines() if "<==>" in line]
        for asked, given in ((0, 1), (1, 0)):
            chunks = []
            for ids, _, score, *_ in rows:
                both = [[int(i) - 1 for i in side.split() if i != "0"] for side in ids.split("<==>")]
                score = score.strip()
                aligned = bool(both[asked]) and score.replace(".", "").isdigit() and float(score) >= 3
                if any(c.isalnum() for i in both[given] for c in sides[given][i]):
                    chunks.append((both[given], aligned))
            if len({aligned for _, aligned in chunks}) == 2:
                pairs.append((sides[asked], sides[given], chunks))
    return pairs


def word_pairs(path: Path) -> list[tuple[list[str], list[str], set[int]]]:
    """Sentence, sentence, and the words of the second that are aligned."""
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) > 7:
            links = re.findall(r"\b(\d+)-(\d+)\b", " ".join(fields[7:9]))
            pairs.append((fields[1].split(), fields[3].split(), {int(j) for _, j in links}))
    return [pair for pair in pairs if max(len(pair[0]), len(pair[1])) <= 40]


class Ways:
    """What to rank a passage's tokens by."""

    def __init__(self, explainer: whysim.Explainer, nodes: int | None) -> None:
        self.explainer, self.last = explainer, explainer.with_options(layer=-1)
        self.marking = explainer if nodes is None else explainer.with_options(n_steps=nodes)

    def of(self, query: str, passage: str) -> tuple[dict[str, np.ndarray], Spans]:
        found = self.marking.highlight(query, passage)
        own = [j for j, token in enumerate(found.rows) if token.origin == "text"]
        relevance, match = found.relevance[own], found.match[own]

        x = self.explainer.explain(query, passage)
        asked = [i for i, token in enumerate(x.a.tokens) if token.origin == "text"]
        interaction = x.interaction[np.ix_(asked, own)]
        states = [d.contributions[rows] for d, rows in zip(self.last.decompose([query, passage]), (asked, own))]
        units = [s / np.linalg.norm(s, axis=1, keepdims=True) for s in states]
        ways = {
            "relevance": relevance,
            "largest interaction": interaction.max(0),
            "match": match,
            "token cosine": (units[0] @ units[1].T).max(0),
            "strength": relevance * np.maximum(match, 0),
        }
        return ways, [(found.rows[j].start, found.rows[j].end) for j in own]


def summed(values: np.ndarray, tokens: Spans, place: Spans) -> float:
    """The sum over the tokens that lie in one of the places."""
    inside = [v for v, (start, end) in zip(values, tokens) if any(start < b and end > a for a, b in place)]
    return float(np.sum(inside)) if inside else float("-inf")


def mean_of(values: np.ndarray, tokens: Spans, place: Spans) -> float:
    inside = [v for v, (start, end) in zip(values, tokens) if any(start < b and end > a for a, b in place)]
    return float(np.mean(inside)) if inside else float("-inf")


def auc(scores: list[float], gold: list[bool]) -> float:
    yes, no = ([s for s, g in zip(scores, gold) if g == wanted] for wanted in (True, False))
    return sum((p > n) + 0.5 * (p == n) for p in yes for n in no) / (len(yes) * len(no))


def precision(scores: list[float], gold: list[bool]) -> float:
    """Average precision."""
    order, hits, total = sorted(range(len(scores)), key=lambda i: -scores[i]), 0, 0.0
    for rank, i in enumerate(order, 1):
        if gold[i]:
            hits += 1
            total += hits / rank
    return total / max(hits, 1)


def among(pairs: list, at: int, others: int, rng: random.Random) -> tuple[list[str], list[bool]]:
    """The passage of a pair among those of other pairs, and which words are aligned."""
    sentences = [(pairs[at][1], pairs[at][2])] + [(pairs[(7 * at + 13 * k) % len(pairs)][0][:30], set()) for k in range(1, others + 1)]
    rng.shuffle(sentences)
    words = [(word, i in aligned) for sentence, aligned in sentences for i, word in enumerate(sentence)]
    return [word for word, _ in words], [aligned for _, aligned in words]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="default: the built-in model")
    parser.add_argument("--chunks", type=Path, action="append", default=[])
    parser.add_argument("--words", type=Path, action="append", default=[])
    parser.add_argument("--pairs", type=int, default=60, help="pairs of each file")
    parser.add_argument("--nodes", type=int, help="quadrature nodes of highlights; default: their own")
    args = parser.parse_args()
    explainer = whysim.Explainer(args.model)
    ways, rng, found = Ways(explainer, args.nodes), random.Random(0), defaultdict(list)

    for path in args.chunks:
        pairs = chunk_pairs(path)
        for asked, given, chunks in rng.sample(pairs, min(args.pairs, len(pairs))):
            passage, spans = laid_out(given)
            ranked, tokens = ways.of(" ".join(asked), passage)
            for name, values in ranked.items():
                scores = [mean_of(values, tokens, [spans[i] for i in chunk]) for chunk, _ in chunks]
                found[f"{path.name}, AUC", name].append(auc(scores, [aligned for _, aligned in chunks]))
    for path in args.words:
        pairs = word_pairs(path)
        for at in rng.sample(range(len(pairs)), min(args.pairs, len(pairs))):
            for others in (0, 4):
                words, gold = among(pairs, at, others, rng)
                passage, spans = laid_out(words)
                long = [i for i, word in enumerate(words) if len(word) > 3]
                if len({gold[i] for i in long}) < 2:
                    continue
                query = " ".join(pairs[at][0])
                ranked, tokens = ways.of(query, passage)
                ranked["random"] = np.random.default_rng(at).random(len(tokens))
                where, variants = f"{path.name} among {others}", [passage]
                for name, values in ranked.items():
                    scores = [summed(values, tokens, [span]) for span in spans]
                    found[f"{where}, AP", name].append(precision([scores[i] for i in long], [gold[i] for i in long]))
                    if name == "strength":
                        for floor in FLOORS:
                            marked = [gold[i] for i in long if scores[i] >= floor * max(scores)]
                            column = f"{where}, words from {floor} of the strongest on"
                            found[column, "precision"].append(sum(marked) / max(len(marked), 1))
                            found[column, "recall"].append(sum(marked) / sum(gold[i] for i in long))
                    best = set(np.argsort(-np.array(scores))[: max(1, len(words) // 5)].tolist())
                    variants += [" ".join(w for i, w in enumerate(words) if (i in best) == kept) for kept in (False, True)]
                e = explainer.encode([query, *variants]).astype(float)
                e /= np.linalg.norm(e, axis=1, keepdims=True)
                whole, *rest = e[1:] @ e[0]
                for k, name in enumerate(ranked):
                    found[f"{where}, fall without the best fifth", name].append(whole - rest[2 * k])
                    found[f"{where}, score of the best fifth alone", name].append(rest[2 * k + 1])
    for column in dict.fromkeys(column for column, _ in found):
        print(f"{column}: " + ", ".join(f"{name} {np.mean(v):.3f}" for (c, name), v in found.items() if c == column))


if __name__ == "__main__":
    main()
