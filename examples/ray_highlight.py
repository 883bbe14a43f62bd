#!/usr/bin/env python3
"""Highlights a Parquet file (or folder) of queries and passages on Ray, into a folder of Parquet files.

    pip install whysim "ray[data]"
    python examples/ray_highlight.py retrieved.parquet highlighted --columns query,passage

Workers are as in ray_decompose.py. Rows keep all their columns; whysim.arrow.HIGHLIGHTS are added. A passage that a batch has several times
with the same query is explained once, so sorted files cost less.
"""

from __future__ import annotations

import argparse

import pyarrow as pa
import ray

import whysim
import whysim.arrow


class Highlight:
    """A worker: one model, many batches."""

    def __init__(self, model: str | None, columns: tuple[str, str], top: int) -> None:
        whysim.set_num_threads(1)
        self.explainer = whysim.Explainer(model) if model else whysim.Explainer()
        self.columns, self.top = columns, top

    def __call__(self, batch: pa.Table) -> pa.Table:
        query, passage = self.columns
        return whysim.arrow.highlight(self.explainer, batch, query=query, passage=passage, top=self.top, progress=False)


def highlight(
    source: str,
    target: str,
    *,
    model: str | None = None,
    columns: tuple[str, str] = ("query", "passage"),
    top: int = 3,
    workers: int | None = None,
    batch_size: int = 64,
) -> None:
    """Reads queries and passages from ``source``, writes highlights to the folder ``target``.

    ``workers``: None takes all CPUs of the cluster but one, which reads and writes.
    """
    ray.init(ignore_reinit_error=True)
    cpus = int(ray.cluster_resources()["CPU"])
    workers = max(cpus - 1, 1) if workers is None else workers
    if workers >= cpus:
        raise ValueError(f"{workers} workers need {workers + 1} CPUs, one of them to read and write, but Ray has {cpus}")
    highlighted = ray.data.read_parquet(source).map_batches(
        Highlight,
        fn_constructor_args=(model, columns, top),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    highlighted.write_parquet(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--model", help="a hub id or a folder [default: the model inside the package]")
    parser.add_argument("--columns", default="query,passage", help="names of the two columns of texts [default: %(default)s]")
    parser.add_argument("--top", type=int, default=3, help="how many spans of a passage [default: %(default)s]")
    parser.add_argument("--workers", type=int, help="actors [default: one for each CPU of the cluster but one]")
    parser.add_argument("--batch-size", type=int, default=64)
    arguments = parser.parse_args()
    query, passage = arguments.columns.split(",")
    highlight(
        arguments.source,
        arguments.target,
        model=arguments.model,
        columns=(query, passage),
        top=arguments.top,
        workers=arguments.workers,
        batch_size=arguments.batch_size,
    )


if __name__ == "__main__":
    main()
