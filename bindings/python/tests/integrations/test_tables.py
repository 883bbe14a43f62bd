"""Highlights of tables: Arrow, DuckDB, Polars."""

from __future__ import annotations

from typing import Any

import pytest
from required import required

import whysim

pa = required("pyarrow")

ROWS: dict[str, list[Any]] = {
    "id": [7, 8, 9],
    "query": ["a small kitten", "a dog outside", "a small kitten"],
    "passage": ["A kitten naps.", "The dog runs in the garden.", "A kitten naps."],
}


def plain(explainer: whysim.Explainer) -> list[dict[str, Any]]:
    from whysim import arrow

    rows: list[dict[str, Any]] = arrow.highlight(explainer, pa.table(ROWS), top=2).to_pylist()
    return rows


def test_rows_are_those_of_plain_calls(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    table = arrow.highlight(explainer, pa.table(ROWS), top=2)
    assert table.schema == arrow.highlight_schema(pa.table(ROWS).schema)
    for row, number in zip(table.to_pylist(), ROWS["id"]):
        one = explainer.highlight(row["query"], row["passage"], top=2)
        assert row["id"] == number and row["highlight_score"] == pytest.approx(one.score, abs=1e-6)
        found = [(span["start"], span["end"], span["text"]) for span in row["highlight_spans"]]
        assert found == [(span.start, span.end, span.text) for span in one.spans] and found
        assert [tuple(span["utf16"]) for span in row["highlight_spans"]] == [tuple(span.utf16) for span in one.spans]
    assert arrow.highlight(explainer, table.select(["query", "passage"]).slice(0, 0)).num_rows == 0
    with pytest.raises(whysim.InputError, match="columns named highlight_score, highlight_spans already"):
        arrow.highlight(explainer, table)
    with pytest.raises(whysim.InputError, match="column `passage` is of the type int64, and not of texts"):
        arrow.highlight(explainer, pa.table({"query": ["x"], "passage": [3]}))


def test_rows_without_a_text_have_nulls(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    some: dict[str, list[Any]] = {
        "query": ["a small kitten", "a small kitten", "a small kitten", "", None],
        "passage": [None, "A kitten naps.", "  ", "A cat.", "A cat."],
    }
    rows = arrow.highlight(explainer, pa.table(some), top=2).to_pylist()
    assert rows[1]["highlight_spans"] == plain(explainer)[0]["highlight_spans"]
    assert all(rows[i][name] is None for i in (0, 2, 3, 4) for name in arrow.HIGHLIGHTS.names)
    # A batch of an engine may have none but such rows.
    assert arrow.highlight(explainer, pa.table(some).slice(0, 1)).to_pylist()[0]["highlight_score"] is None
    why = arrow.explain(explainer, pa.table(some), a="query", b="passage").to_pylist()
    assert [row["score"] is None for row in why] == [row["matrix"] is None for row in why] == [True, False, True, True, True]
    found = arrow.duplicates(explainer, pa.table({"text": ["", "A cat.", None, "A cat.", ""]}), threshold=0.9999)
    assert found["duplicate_group"].to_pylist() == [None, 0, None, 0, None] and found["duplicate_keep"].to_pylist().count(False) == 1


def test_duplicates_of_a_table(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    texts = ["A kitten naps.", "The dog runs in the garden.", "A kitten naps.", "Nobody saw it.", "A kitten naps."]
    rows = arrow.duplicates(explainer, pa.table({"id": range(5), "text": texts}), threshold=0.99999).to_pylist()
    assert [row["duplicate_group"] for row in rows] == [0, None, 0, None, 0] and [row["id"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["text"] for row in rows if row["duplicate_keep"]] == sorted(set(texts), key=[r["text"] for r in rows if r["duplicate_keep"]].index)
    assert sum(row["duplicate_keep"] for row in rows) == 3
    for threshold in (0.9, 0.98):
        found = arrow.duplicates(explainer, pa.table({"text": texts}), threshold=threshold)
        plain = whysim.duplicates(texts, explainer, threshold=threshold)
        groups: dict[int, list[int]] = {}
        for i, group in enumerate(found["duplicate_group"].to_pylist()):
            if group is not None:
                groups.setdefault(group, []).append(i)
        assert sorted(groups.values()) == sorted(sorted(group.texts) for group in plain.groups)
    nothing = pa.table({"text": pa.array([], pa.string())})
    assert arrow.duplicates(explainer, nothing).schema == arrow.duplicate_schema(nothing.schema)


def test_duckdb(explainer: whysim.Explainer) -> None:
    duckdb = required("duckdb")
    from whysim.integrations.duckdb import highlight, register

    connection = duckdb.connect()
    connection.register("rows", pa.table(ROWS))
    found = highlight(connection.sql("SELECT * FROM rows"), explainer, connection=connection, top=2)
    assert found.to_arrow_table().to_pylist() == plain(explainer)
    # The result is the connection's own: it can be joined.
    assert connection.sql("SELECT count(*) FROM found JOIN rows USING (id) WHERE highlight_score > -2").fetchall() == [(3,)]

    register(connection, explainer, top=2)
    sql = "SELECT h.score, h.spans, whysim_similarity(query, passage) FROM (SELECT *, whysim_highlight(query, passage) AS h FROM rows)"
    for (score, spans, similarity), row in zip(connection.sql(sql).fetchall(), plain(explainer)):
        assert spans == row["highlight_spans"]
        assert score == row["highlight_score"] == pytest.approx(similarity, abs=1e-5)
    assert connection.sql("SELECT whysim_highlight(NULL, 'x'), whysim_similarity('x', NULL)").fetchall() == [(None, None)]
    assert connection.sql("SELECT whysim_highlight('x', ''), whysim_similarity('', 'x')").fetchall() == [(None, None)]
    # Another explainer, or other options, in the place of those.
    register(connection, explainer, top=0)
    assert connection.sql("SELECT whysim_highlight(query, passage).spans FROM rows").fetchall() == [([],)] * 3


def test_polars(explainer: whysim.Explainer) -> None:
    pl = required("polars")
    from whysim.integrations.polars import highlight

    frame = pl.DataFrame(ROWS)
    found = highlight(frame, explainer, top=2)
    assert found.to_dicts() == plain(explainer) and found.columns[:3] == list(ROWS)
    spans = found.explode("highlight_spans").select("highlight_spans").unnest("highlight_spans")
    assert spans["text"].to_list() == [span["text"] for row in plain(explainer) for span in row["highlight_spans"]] != []
    assert highlight(frame.lazy(), explainer, top=2).equals(found)
    nulls = highlight(pl.DataFrame({"query": ["x", "x"], "passage": ["", "A kitten."]}), explainer)
    assert nulls["highlight_score"].is_null().to_list() == nulls["highlight_spans"].is_null().to_list() == [True, False]
    with pytest.raises(whysim.InputError, match="must be a polars DataFrame or LazyFrame, not dict"):
        highlight({}, explainer)
    with pytest.raises(whysim.InputError, match="there is no column `passage`"):
        highlight(frame.drop("passage"), explainer)
