"""Tables of pairs: pandas, polars and Arrow, each as it came."""

from __future__ import annotations

import importlib
import importlib.util
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from test_pairs import FULL, HAS, A, B, dicts

import whysim


def tables(rows: dict[str, list[Any]]) -> dict[str, Any]:
    """The same table of every kind."""
    found: dict[str, Any] = {}
    if HAS["pandas"]:
        import pandas

        found["pandas"] = pandas.DataFrame(rows, index=[f"row-{i}" for i in range(len(rows["left"]))])
    if HAS["polars"]:
        import polars

        found["polars"] = polars.DataFrame(rows)
    if HAS["pyarrow"]:
        import pyarrow

        found["pyarrow"] = pyarrow.table(rows)
    return found


@pytest.mark.parametrize("kind", [name for name, there in HAS.items() if there])
def test_tables_come_back_as_they_came(explainer: whysim.Explainer, kind: str) -> None:
    table = tables({"id": [1, 2, 3], "left": A, "right": B})[kind]
    found = explainer.explain_table(table, a="left", b="right")
    assert type(found) is type(table)
    names = found.column_names if kind == "pyarrow" else list(found.columns)
    assert names == ["id", "left", "right", *FULL[2:]]
    for row, a, b in zip(dicts(found), A, B):
        one = explainer.explain(a, b)
        assert list(row["tokens_a"]) == one.tokens_a and row["note"] is None
        np.testing.assert_allclose(row["matrix"], one.matrix.ravel(), atol=1e-6)
        assert row["score"] == pytest.approx(one.score, abs=1e-6) and row["bound"] >= abs(row["error"])
    if kind == "pandas":
        assert list(found.index) == list(table.index) and list(table.columns) == ["id", "left", "right"]


@pytest.mark.parametrize("kind", [name for name, there in HAS.items() if there])
def test_bad_rows_of_tables(explainer: whysim.Explainer, kind: str) -> None:
    table = tables({"left": ["a cat", None, ""], "right": B})[kind]
    with pytest.raises(whysim.InputError, match="row 2.*: left is missing"):
        explainer.explain_table(table, a="left", b="right")
    found = dicts(explainer.explain_table(table, a="left", b="right", skip_bad=True))
    assert [row["score"] is None for row in found] == [False, True, True]
    assert found[1]["tokens_a"] is None and found[1]["matrix"] is None and "left is missing" in found[1]["note"]
    assert found[2]["note"] == "left is empty: give at least one word"
    with pytest.raises(whysim.InputError, match="there is no column `b`; the table has left, right"):
        explainer.explain_table(table, a="left", b="b")
    numbers = tables({"left": A, "right": [1, 2, 3]})[kind]
    with pytest.raises(whysim.TypeInputError, match="column `right` is of the type [Ii]nt64, and not of texts"):
        explainer.explain_table(numbers, a="left", b="right", skip_bad=True)
    taken = tables({"left": A, "score": B})[kind]
    with pytest.raises(whysim.InputError, match="columns named score already"):
        explainer.explain_table(taken, a="left", b="score")


def test_columns_of_pandas_with_nothing_in_them(explainer: whysim.Explainer) -> None:
    pandas = pytest.importorskip("pandas")
    empty = pandas.DataFrame({"a": [], "b": []})
    assert list(explainer.explain_table(empty).columns) == FULL
    bare = pandas.DataFrame({"a": [math.nan, math.nan], "b": ["a cat", "a dog"]})
    assert explainer.explain_table(bare, skip_bad=True)["note"].tolist() == ["a is missing (nan)"] * 2


@pytest.mark.parametrize(
    ("package", "form", "extra"), [("pandas", "to_dataframe", "pandas"), ("polars", "to_polars", "polars"), ("pyarrow", "to_arrow", "arrow")]
)
def test_what_is_not_installed_is_named(
    explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch, package: str, form: str, extra: str
) -> None:
    many = explainer.explain_pairs(A, B)
    monkeypatch.setitem(sys.modules, package, None)
    text = f"{form} needs {package}, which is not installed: pip install {package}, or whysim with its extra `{extra}`"
    with pytest.raises(whysim.MissingError, match=text) as caught:
        getattr(many, form)()
    assert isinstance(caught.value, ImportError) and caught.value.name == package


def test_arrow_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "whysim.arrow", raising=False)
    with pytest.raises(whysim.MissingError, match="whysim.arrow needs pyarrow, which is not installed"):
        importlib.import_module("whysim.arrow")


def test_no_table_is_imported_unless_the_user_has() -> None:
    code = "import sys, whysim; print([name for name in ('pandas', 'polars', 'pyarrow') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
