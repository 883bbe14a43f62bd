"""Tables of pairs in, tables of explanations out."""

from __future__ import annotations

import pytest

import whysim

pa = pytest.importorskip("pyarrow")


def test_rows_are_those_of_plain_calls(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    pairs = pa.table({"id": [7, 8, 9], "left": ["a cat", "a dog", "a cat"], "right": ["a dog", "two cats", "a dog"]})
    table = arrow.explain(explainer, pairs, a="left", b="right")
    assert table.schema == arrow.schema(pairs.schema)
    assert table.column_names[:3] == ["id", "left", "right"]
    for row in table.to_pylist():
        x = explainer.explain(row["left"], row["right"])
        assert (row["tokens_a"], row["tokens_b"]) == (x.tokens_a, x.tokens_b)
        assert row["matrix"] == pytest.approx(x.matrix.ravel().tolist(), abs=1e-6)
        for name in ("score", "sum", "error", "bound"):
            assert row[name] == pytest.approx(getattr(x, name), abs=1e-6)


def test_a_table_without_rows_has_all_columns(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    empty = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.string())})
    assert arrow.explain(explainer, empty).schema == arrow.schema(empty.schema)


def test_bad_tables(explainer: whysim.Explainer) -> None:
    from whysim import arrow

    with pytest.raises(whysim.InputError, match="there is no column `b`; the table has a, c"):
        arrow.explain(explainer, pa.table({"a": ["x"], "c": ["y"]}))
    with pytest.raises(whysim.InputError, match="column `b` is of the type int64, and not of texts"):
        arrow.explain(explainer, pa.table({"a": ["x", "y"], "b": [3, 4]}))
    with pytest.raises(whysim.InputError, match="columns named score already"):
        arrow.explain(explainer, pa.table({"a": ["x"], "b": ["y"], "score": [0.5]}))
