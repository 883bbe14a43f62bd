#!/usr/bin/env python3
"""Explains a Parquet file (or folder) of text pairs on Spark, into a folder of Parquet files.

    pip install whysim pyspark
    python examples/spark_explain.py pairs.parquet explained --columns sentence1,sentence2

Spark runs `mapInArrow` in its Python workers: each loads the model once for all batches of its partition and computes on one thread.
A task whose worker died is run again. Rows keep all their columns; whysim.arrow.COLUMNS are added. On a cluster, MODEL must be
something that every machine can load: a hub id, a shared folder, or nothing for the model inside the package.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

Batches = Iterator[pa.RecordBatch]


def worker(model: str | None, columns: tuple[str, str]) -> Callable[[Batches], Batches]:
    """What a Python worker does with the batches of one partition."""

    def explain_batches(batches: Batches) -> Batches:
        import whysim
        import whysim.arrow

        whysim.set_num_threads(1)
        explainer = whysim.Explainer(model) if model else whysim.Explainer()
        a, b = columns
        for batch in batches:
            yield from whysim.arrow.explain(explainer, pa.Table.from_batches([batch]), a=a, b=b).to_batches()

    return explain_batches


def explain(
    spark: SparkSession,
    source: str,
    target: str,
    *,
    model: str | None = None,
    columns: tuple[str, str] = ("a", "b"),
    partitions: int | None = None,
    work: Callable[[str | None, tuple[str, str]], Callable[[Batches], Batches]] = worker,
) -> None:
    """Reads pairs from ``source``, writes explanations to the folder ``target``."""
    import whysim.arrow

    pairs = spark.read.parquet(source)
    if partitions is not None:
        pairs = pairs.repartition(partitions)
    schema = from_arrow_schema(whysim.arrow.schema(to_arrow_schema(pairs.schema)))
    pairs.mapInArrow(work(model, columns), schema).write.parquet(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--model", help="a hub id or a folder [default: the model inside the package]")
    parser.add_argument("--columns", default="a,b", help="names of the two columns of texts [default: %(default)s]")
    parser.add_argument("--partitions", type=int, help="tasks to share the rows out to [default: as the file is stored]")
    arguments = parser.parse_args()
    a, b = arguments.columns.split(",")
    spark = SparkSession.builder.appName("whysim").getOrCreate()
    explain(
        spark,
        arguments.source,
        arguments.target,
        model=arguments.model,
        columns=(a, b),
        partitions=arguments.partitions,
    )
    spark.stop()


if __name__ == "__main__":
    main()
