"""The examples for Ray and Spark on a local Ray and a local Spark: results equal to a plain call, and a killed worker costs nothing."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
from typing import Any

import pytest

import whysim

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples"
sys.path.insert(0, str(EXAMPLES))

# Where workers find the examples and what this file defines.
PATHS = os.pathsep.join([str(EXAMPLES), str(pathlib.Path(__file__).parent)])

ROWS = 300


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Parquet file of a few hundred distinct pairs in several row groups."""
    import csv

    with (EXAMPLES / "pairs.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    numbered = [rows[i % len(rows)] for i in range(ROWS)]
    table = pa.table(
        {
            "id": list(range(ROWS)),
            "a": [f"{row['sentence1']} ({i})" for i, row in enumerate(numbered)],
            "b": [row["sentence2"] for row in numbered],
        }
    )
    path = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    pq.write_table(table, path, row_group_size=50)
    return str(path)


@pytest.fixture(scope="module")
def plain(pairs: str, folder: str) -> list[dict[str, Any]]:
    from whysim import arrow

    rows: list[dict[str, Any]] = arrow.explain(whysim.Explainer(folder), pq.read_table(pairs)).to_pylist()
    return rows


def same(folder: pathlib.Path, plain: list[dict[str, Any]]) -> None:
    """No row is lost, doubled, or another than that of the plain call."""
    rows = sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == list(range(ROWS))
    for row, expected in zip(rows, plain):
        assert row.pop("matrix") == pytest.approx(expected["matrix"], abs=1e-6)
        for name in ("score", "sum", "error", "bound"):
            assert row.pop(name) == pytest.approx(expected[name], abs=1e-6)
        assert row == {name: expected[name] for name in row}


def die_once(marker: str) -> None:
    """Kills this process, unless one was killed before it."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def test_ray(pairs: str, folder: str, plain: list[dict[str, Any]], tmp_path: pathlib.Path) -> None:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    import ray_decompose

    marker = str(tmp_path / "killed")

    class Mortal(ray_decompose.Explain):
        def __call__(self, batch: Any) -> Any:
            die_once(marker)
            return super().__call__(batch)

    environment = {"env_vars": {"PYTHONPATH": PATHS}}
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    try:
        ray_decompose.explain(pairs, str(tmp_path / "explained"), model=folder, worker=Mortal, workers=2, batch_size=32)
    finally:
        ray.shutdown()
    assert os.path.exists(marker), "no worker was killed"
    same(tmp_path / "explained", plain)


def test_spark(
    pairs: str, folder: str, plain: list[dict[str, Any]], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", PATHS)
    import spark_explain
    from pyspark.sql import SparkSession

    marker = str(tmp_path / "killed")

    def mortal(model: str | None, columns: tuple[str, str]) -> Any:
        inner = spark_explain.worker(model, columns)

        def batches(given: Any) -> Any:
            for number, batch in enumerate(inner(given)):
                yield batch
                if number == 0:
                    die_once(marker)

        return batches

    # Two workers; a task may fail three times.
    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 32).getOrCreate()
    try:
        spark_explain.explain(spark, pairs, str(tmp_path / "explained"), model=folder, partitions=4, work=mortal)
    finally:
        spark.stop()
    assert os.path.exists(marker), "no worker was killed"
    same(tmp_path / "explained", plain)


@pytest.fixture(scope="module")
def highlighted(pairs: str, folder: str) -> list[dict[str, Any]]:
    from whysim import arrow

    table = arrow.highlight(whysim.Explainer(folder), pq.read_table(pairs), query="a", passage="b", top=2)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def same_highlights(folder: pathlib.Path, highlighted: list[dict[str, Any]]) -> None:
    rows = sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == list(range(ROWS))
    for row, expected in zip(rows, highlighted):
        assert row["highlight_score"] == pytest.approx(expected["highlight_score"], abs=1e-6)
        places = [[(span["start"], span["end"], span["text"]) for span in one["highlight_spans"]] for one in (row, expected)]
        assert places[0] == places[1] != []


# Texts with the key of their block: only those of a block are compared.
BLOCKS = {"block": ["x", "y", "x", "y"], "text": ["A cat.", "A cat.", "A cat.", "A dog runs far away."]}


def deduplicated(block: Any, folder: str) -> Any:
    from whysim import arrow

    return arrow.duplicates(whysim.Explainer(folder), block, threshold=0.99999)


def same_duplicates(rows: list[dict[str, Any]]) -> None:
    found = sorted((row["block"], row["text"], row["duplicate_group"] is not None, row["duplicate_keep"]) for row in rows)
    in_x = [("x", "A cat.", True, False), ("x", "A cat.", True, True)]
    assert found == [*in_x, ("y", "A cat.", False, True), ("y", "A dog runs far away.", False, True)]


def test_ray_highlights(pairs: str, folder: str, highlighted: list[dict[str, Any]], tmp_path: pathlib.Path) -> None:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    import ray_highlight

    environment = {"env_vars": {"PYTHONPATH": PATHS}}
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    try:
        ray_highlight.highlight(pairs, str(tmp_path / "out"), model=folder, columns=("a", "b"), top=2, workers=2, batch_size=32)
        blocks = ray.data.from_arrow(pa.table(BLOCKS)).groupby("block")
        found = blocks.map_groups(lambda block: deduplicated(block, folder), batch_format="pyarrow").take_all()
        same_duplicates(found)
    finally:
        ray.shutdown()
    same_highlights(tmp_path / "out", highlighted)


def test_spark_highlights(
    pairs: str, folder: str, highlighted: list[dict[str, Any]], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", PATHS)
    import spark_highlight
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        spark_highlight.highlight(spark, pairs, str(tmp_path / "out"), model=folder, columns=("a", "b"), top=2, partitions=4)
        blocks = spark.createDataFrame(list(zip(*BLOCKS.values())), list(BLOCKS)).groupBy("block")
        schema = "block string, text string, duplicate_group long, duplicate_keep boolean"
        found = blocks.applyInArrow(lambda block: deduplicated(block, folder), schema).collect()
        same_duplicates([row.asDict() for row in found])
    finally:
        spark.stop()
    same_highlights(tmp_path / "out", highlighted)
