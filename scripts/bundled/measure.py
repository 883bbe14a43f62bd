#!/usr/bin/env python3
"""How closely models follow a teacher on texts that none was trained on, and how well each searches.

    scripts/bundled/measure.py --whysim target/release/whysim --texts texts --sts sts-test.csv --teacher all-MiniLM-L6-v2 MODEL...

Writes a Markdown table. Needs numpy. Figures of a row, for the teacher too:
  STS test          Spearman x 100 with the scores in the data
  STS test, twin    Spearman x 100 with the teacher's similarities, and the mean absolute difference from them
  unseen, twin      the same, over all pairs of the texts in unseen.txt
  packages, words   share of the queries of search-*.tsv whose own answer is nearest among all answers, and the mean of its
                    reciprocal rank
"""

import argparse
import csv
import json
import pathlib
import subprocess

import numpy


def embed(whysim, model, texts):
    """Unit vectors, `[texts, D]`."""
    command = [whysim, "embed", "--quiet", "--model", model, "--format", "json", "-"]
    done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=True)
    vectors = numpy.array(json.loads(done.stdout)["embeddings"])
    assert len(vectors) == len(texts)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def ranks(x):
    """Ranks from 0, ties at their mean."""
    _, inverse, counts = numpy.unique(x, return_inverse=True, return_counts=True)
    return (numpy.cumsum(counts) - (counts + 1) / 2)[inverse]


def spearman(x, y):
    return 100 * numpy.corrcoef(ranks(x), ranks(y))[0, 1]


def search(queries, answers):
    scores = queries @ answers.T
    rank = (scores > numpy.diag(scores)[:, None]).sum(axis=1) + 1
    return f"{100 * (rank == 1).mean():.1f} %, {(1 / rank).mean():.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whysim", default="whysim")
    parser.add_argument("--texts", type=pathlib.Path, required=True, help="what texts.py wrote")
    parser.add_argument("--sts", type=pathlib.Path, required=True, help="sts-test.csv")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    rows = list(csv.reader(arguments.sts.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    gold = numpy.array([float(row[4]) for row in rows])
    sides = [[row[side] for row in rows] for side in (5, 6)]
    unseen = (arguments.texts / "unseen.txt").read_text().splitlines()
    searches = {name: list(zip(*list(csv.reader((arguments.texts / f"search-{name}.tsv").open(), delimiter="\t"))[1:]))
                for name in ("packages", "words")}
    print("| model | STS test | STS test, twin | unseen, twin | packages | words |\n|---|---|---|---|---|---|")
    pairs = numpy.triu_indices(len(unseen), 1)
    taught = None
    for model in [arguments.teacher, *arguments.models]:
        a, b = (embed(arguments.whysim, model, side) for side in sides)
        vectors = embed(arguments.whysim, model, unseen)
        found = ((a * b).sum(axis=1), (vectors @ vectors.T)[pairs])
        taught = taught or found
        twin = [f"{spearman(x, y):.2f}, {abs(x - y).mean():.4f}" for x, y in zip(found, taught)]
        hits = [search(*(embed(arguments.whysim, model, list(side)) for side in searches[name])) for name in searches]
        print(f"| {model} | {spearman(found[0], gold):.2f} | {' | '.join(twin + hits)} |", flush=True)


if __name__ == "__main__":
    main()
