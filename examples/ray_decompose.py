#!/usr/bin/env python3
"""Explains a Parquet file (or folder) of text pairs on Ray, into a folder of Parquet files.

    pip install whysim "ray[data]"
    python examples/ray_decompose.py pairs.parquet explained --columns sentence1,sentence2

Every worker is an actor that loads the model once and computes on one thread; Ray shares the file out in batches, and gives a batch
whose worker died to another one. Rows keep all their columns; whysim.arrow.COLUMNS are added. On a cluster, MODEL must be
something that every machine can load: a hub id, a shared folder, or nothing for the model inside the package.
"""

from __future__ import annotations

import argparse

import pyarrow as pa
import ray

import whysim
import whysim.arrow


class Explain:
    """A worker: one model, many batches."""

    def __init__(self, model: str | None, columns: tuple[str, str]) -> None:
        whysim.set_num_threads(1)
        self.explainer = whysim.Explainer(model) if model else whysim.Explainer()
        self.columns = columns

    def __call__(self, batch: pa.Table) -> pa.Table:
        a, b = self.columns
        return whysim.arrow.explain(self.explainer, batch, a=a, b=b)


def explain(
    source: str,
    target: str,
    *,
    model: str | None = None,
    columns: tuple[str, str] = ("a", "b"),
    workers: int | None = None,
    batch_size: int = 64,
    worker: type[Explain] = Explain,
) -> None:
    """Reads pairs from ``source``, writes explanations to the folder ``target``.

    ``workers``: None takes all CPUs of the cluster but one, which reads and writes.
    """
    ray.init(ignore_reinit_error=True)
    cpus = int(ray.cluster_resources()["CPU"])
    workers = max(cpus - 1, 1) if workers is None else workers
    if workers >= cpus:
        raise ValueError(f"{workers} workers need {workers + 1} CPUs, one of them to read and write, but Ray has {cpus}")
    pairs = ray.data.read_parquet(source)
    explained = pairs.map_batches(
        worker,
        fn_constructor_args=(model, columns),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    explained.write_parquet(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--model", help="a hub id or a folder [default: the model inside the package]")
    parser.add_argument("--columns", default="a,b", help="names of the two columns of texts [default: %(default)s]")
    parser.add_argument("--workers", type=int, help="actors [default: one for each CPU of the cluster but one]")
    parser.add_argument("--batch-size", type=int, default=64)
    arguments = parser.parse_args()
    a, b = arguments.columns.split(",")
    explain(
        arguments.source,
        arguments.target,
        model=arguments.model,
        columns=(a, b),
        workers=arguments.workers,
        batch_size=arguments.batch_size,
    )


if __name__ == "__main__":
    main()
