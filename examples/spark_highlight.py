#!/usr/bin/env python3
"""Highlights a Parquet file (or folder) of queries and passages on Spark, into a folder of Parquet files.

    pip install whysim pyspark
    python examples/spark_highlight.py retrieved.parquet highlighted --columns query,passage

Workers are as in spark_explain.py. Rows keep all their columns; whysim.arrow.HIGHLIGHTS are added.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

Batches = Iterator[pa.RecordBatch]


def worker(model: str | None, columns: tuple[str, str], top: int) -> Callable[[Batches], Batches]:
    """What a Python worker does with the batches of one partition."""

    def highlight_batches(batches: Batches) -> Batches:
        import whysim
        import whysim.arrow

        whysim.set_num_threads(1)
        explainer = whysim.Explainer(model) if model else whysim.Explainer()
        query, passage = columns
        for batch in batches:
            table = pa.Table.from_batches([batch])
            found = whysim.arrow.highlight(explainer, table, query=query, passage=passage, top=top, progress=False)
            yield from found.to_batches()

    return highlight_batches


def highlight(
    spark: SparkSession,
    source: str,
    target: str,
    *,
    model: str | None = None,
    columns: tuple[str, str] = ("query", "passage"),
    top: int = 3,
    partitions: int | None = None,
) -> None:
    """Reads queries and passages from ``source``, writes highlights to the folder ``target``."""
    import whysim.arrow

    rows = spark.read.parquet(source)
    if partitions is not None:
        rows = rows.repartition(partitions)
    schema = from_arrow_schema(whysim.arrow.highlight_schema(to_arrow_schema(rows.schema)))
    rows.mapInArrow(worker(model, columns, top), schema).write.parquet(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--model", help="a hub id or a folder [default: the model inside the package]")
    parser.add_argument("--columns", default="query,passage", help="names of the two columns of texts [default: %(default)s]")
    parser.add_argument("--top", type=int, default=3, help="how many spans of a passage [default: %(default)s]")
    parser.add_argument("--partitions", type=int, help="tasks to share the rows out to [default: as the file is stored]")
    arguments = parser.parse_args()
    query, passage = arguments.columns.split(",")
    spark = SparkSession.builder.appName("whysim").getOrCreate()
    highlight(
        spark,
        arguments.source,
        arguments.target,
        model=arguments.model,
        columns=(query, passage),
        top=arguments.top,
        partitions=arguments.partitions,
    )
    spark.stop()


if __name__ == "__main__":
    main()
