"""A real sqlite-vec in memory."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import pytest
from required import required

import whysim

sqlite_vec = required("sqlite_vec")

# Not every Python's sqlite3 can load extensions.
driver: Any = sqlite3 if hasattr(sqlite3.Connection, "enable_load_extension") else required("pysqlite3")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps."]
SELECT = "SELECT rowid AS n, text, distance FROM texts WHERE embedding MATCH whysim_embed(?) AND k = 3 ORDER BY distance"


@pytest.fixture(params=["cosine", "l2"])
def texts(request: pytest.FixtureRequest, explainer: whysim.Explainer) -> Any:
    from whysim.integrations.sqlite_vec import serialize, setup

    connection = driver.connect(":memory:")
    setup(connection, explainer)
    metric = request.param
    connection.execute(
        f"CREATE VIRTUAL TABLE texts USING vec0(embedding float[{explainer.dim}] distance_metric={metric}, +text TEXT)"
    )
    rows = zip(range(3), TEXTS, serialize(explainer.encode(TEXTS)))
    connection.executemany("INSERT INTO texts(rowid, text, embedding) VALUES (?, ?, ?)", rows)
    yield connection, metric
    connection.close()


def test_rows_explained(explainer: whysim.Explainer, texts: Any) -> None:
    from whysim.integrations.sqlite_vec import explain_rows

    connection, metric = texts
    found = explain_rows(QUERY, connection.execute(SELECT, [QUERY]), explainer, metric=metric, top=1)
    assert len(found) == 3 and [hit.their_rank for hit in found] == [1, 2, 3]
    assert all(TEXTS[hit.hit["n"]] == hit.text for hit in found)
    if metric == "cosine":
        assert [hit.their_score for hit in found] == pytest.approx([hit.score for hit in found], abs=1e-5)
    connection.row_factory = driver.Row
    rows = connection.execute(SELECT, [QUERY]).fetchall()
    assert explain_rows(QUERY, rows, explainer, metric=metric, top=1).to_dicts() == found.to_dicts()
    assert explain_rows(QUERY, rows, explainer, distance=None)[0].their_score is None


def test_functions_in_sql(explainer: whysim.Explainer, texts: Any) -> None:
    from whysim.integrations.sqlite_vec import serialize

    connection, _ = texts
    vector, score = connection.execute("SELECT whysim_embed(?), whysim_similarity(?, ?)", [QUERY, QUERY, TEXTS[0]]).fetchone()
    row = explainer.encode(QUERY)
    assert vector == serialize(row) == sqlite_vec.serialize_float32(row.tolist())
    assert np.array_equal(np.frombuffer(vector, "<f4"), row)
    assert score == pytest.approx(explainer.similarity(QUERY, TEXTS[0]), abs=1e-6)


def test_what_is_wrong_is_named(explainer: whysim.Explainer, texts: Any) -> None:
    from whysim.integrations.sqlite_vec import explain_rows, serialize, setup

    connection, _ = texts
    with pytest.raises(whysim.InputError, match=r"shape \[D\] or \[texts, D\], not \[1, 1, 1\]"):
        serialize([[[1.0]]])
    with pytest.raises(whysim.InputError, match="row 1 is a tuple"):
        explain_rows(QUERY, [("x", 0.5)], explainer)
    with pytest.raises(whysim.InputError, match="row 1 has no column 'distance'; it has text"):
        explain_rows(QUERY, connection.execute("SELECT 'x' AS text"), explainer)
    with pytest.raises(whysim.InputError, match="not of a SELECT"):
        explain_rows(QUERY, connection.execute("CREATE TABLE t(x)"), explainer)
    with pytest.raises(whysim.InputError, match='metric must be "cosine"'):
        explain_rows(QUERY, [], explainer, metric="dot")  # type: ignore[arg-type]
    with pytest.raises(whysim.InputError, match="without extensions"):
        setup(object(), explainer)
