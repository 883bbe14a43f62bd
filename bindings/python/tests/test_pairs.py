"""Many pairs: lists, arrays, columns and tables of pandas, polars and Arrow."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

A = ["The cat sleeps.", "A dog runs in the garden.", "The cat sleeps."]
B = ["A kitten naps.", "The old dog.", "The old dog."]
FULL = ["a", "b", "score", "sum", "error", "bound", "tokens_a", "tokens_b", "matrix", "note"]

HAS = {name: importlib.util.find_spec(name) is not None for name in ("pandas", "polars", "pyarrow")}


def columns() -> dict[str, tuple[Any, Any]]:
    """The same texts as everything that is taken for many texts."""
    found: dict[str, tuple[Any, Any]] = {
        "lists": (A, B),
        "tuples": (tuple(A), tuple(B)),
        "arrays": (np.array(A), np.array(B)),
        "objects": (np.array(A, dtype=object), B),
        "generators": ((text for text in A), iter(B)),
        "values": (dict(enumerate(A)).values(), B),
    }
    if HAS["pandas"]:
        import pandas

        found["series"] = (pandas.Series(A, index=[3, 5, 7]), pandas.Series(B, index=[3, 5, 7]))
        found["categories"] = (pandas.Series(A, dtype="category"), pandas.Series(B, dtype="string"))
    if HAS["polars"]:
        import polars

        found["polars"] = (polars.Series(A), polars.Series(B))
    if HAS["pyarrow"]:
        import pyarrow

        found["arrow"] = (pyarrow.array(A), pyarrow.chunked_array([B[:1], B[1:]]))
        found["dictionary"] = (pyarrow.array(A).dictionary_encode(), pyarrow.array(B, pyarrow.large_string()))
    return found


def dicts(table: Any) -> list[dict[str, Any]]:
    """The rows of a table of any kind, None for what is missing."""
    kind = type(table).__module__.split(".")[0]
    rows: list[dict[str, Any]]
    if kind == "pandas":
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
    else:
        rows = table.to_dicts() if kind == "polars" else table.to_pylist()
    return rows


@pytest.mark.parametrize("kind", list(columns()))
def test_every_kind_of_column_gives_the_same(explainer: whysim.Explainer, kind: str) -> None:
    many = explainer.explain_pairs(*columns()[kind])
    alone = [explainer.explain(a, b) for a, b in zip(A, B)]
    assert len(many) == 3 and many.errors == ()
    for one, other in zip(many, alone):
        assert one is not None and (one.tokens_a, one.tokens_b) == (other.tokens_a, other.tokens_b)
        assert np.abs(one.matrix - other.matrix).max() < 1e-6
    similar = explainer.similarity(*columns()[kind])
    np.testing.assert_allclose(similar, [one.score for one in alone], atol=1e-6)
    assert similar.dtype == np.float64
    np.testing.assert_array_equal(explainer.encode(columns()[kind][0]), explainer.encode(A))


def test_one_text_goes_with_all(explainer: whysim.Explainer) -> None:
    for a, b in ((A[0], B), (iter(B), A[0])):
        many = explainer.explain_pairs(a, b)
        assert [one is not None for one in many] == [True] * 3
    np.testing.assert_allclose(explainer.similarity(A[0], B), [explainer.similarity(A[0], text) for text in B], atol=1e-6)
    assert explainer.similarity(B, A[0]).shape == (3,) and isinstance(explainer.similarity(A[0], B[0]), float)


def test_each_text_is_decomposed_once(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    def embed(texts: list[str]) -> Any:
        counted.extend(texts)
        return np.array([[len(text), text.count("a") + 1.0] for text in texts])

    explainer = whysim.Explainer(embed=embed)
    rows = 200
    explainer.explain_pairs(["a query"] * rows, [f"passage {i % 10}" for i in range(rows)])
    # The words "passage" and "i", alone and together, of ten texts; the query's likewise.
    assert len(counted) <= 3 * 11
    # With no room for any decomposition, the answers are the same.
    whole = explainer.explain_pairs(["a query"] * rows, [f"passage {i}" for i in range(rows)]).scores
    monkeypatch.setattr("whysim._pairs._KEPT", 0)
    assert (explainer.explain_pairs(["a query"] * rows, [f"passage {i}" for i in range(rows)]).scores == whole).all()


def test_a_generator_is_read_chunk_by_chunk(explainer: whysim.Explainer) -> None:
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        for i in range(10_000):
            read += 1
            yield "a cat" if i < 100 else ""

    with pytest.raises(whysim.InputError, match="row 101: a is empty"):
        explainer.explain_pairs(texts(), "a dog")
    assert read < 400


def test_bad_rows_are_named_before_the_work(explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is decomposed or embedded.
    for work in ("_decompose", "_one", "_embedded"):
        monkeypatch.setattr(f"whysim._pairs.{work}", None)
    good = ["a cat"] * 100
    for bad, text in (
        (None, r"row 101: b is missing \(None\); skip_bad=True"),
        (math.nan, r"row 101: b is missing \(nan\)"),
        (" ", "row 101: b is empty: give at least one word"),
        (3, "row 101: b must be a str, not int"),
        ("a \ud800", r"row 101: b has half a surrogate pair, '\\ud800', as character 2"),
    ):
        with pytest.raises(whysim.InputError, match=text):
            explainer.explain_pairs([*good, "a cat"], [*good, bad])  # type: ignore[list-item]
        with pytest.raises(whysim.InputError, match=text):
            explainer.similarity([*good, "a cat"], [*good, bad])  # type: ignore[list-item]
    with pytest.raises(whysim.InputError, match="a has 100 texts and b has 1: they must be as many"):
        explainer.explain_pairs(good, ["a dog"])
    with pytest.raises(whysim.InputError, match="b is empty: give"):
        explainer.similarity("a cat", "")


def test_columns_of_other_lengths(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="b ends before row 3, which a has"):
        explainer.explain_pairs(iter(A), B[:2])
    with pytest.raises(whysim.InputError, match="a and b are one text each"):
        explainer.explain_pairs("a cat", "a dog")
    assert len(explainer.explain_pairs([], [])) == 0 and explainer.similarity([], []).shape == (0,)


def test_bad_rows_are_skipped_and_noted(explainer: whysim.Explainer) -> None:
    left: list[Any] = ["a cat", None, "", 3, "a cat", "a \ud800"]
    many = explainer.explain_pairs(left, "a dog", skip_bad=True)
    assert [one is not None for one in many] == [True, False, False, False, True, False]
    assert [(bad.row, bad.index) for bad in many.errors] == [(2, None), (3, None), (4, None), (6, None)]
    assert many.errors[2].problem == "a must be a str, not int"
    assert np.isnan(many.scores).tolist() == [one is None for one in many]
    assert repr(many).startswith("Explanations(2 of 6 pairs; row 2: a is missing (None); row 3: a is empty")
    similar = explainer.similarity(left, "a dog", skip_bad=True)
    np.testing.assert_allclose(similar, many.scores, atol=1e-6)
    rows = explainer.encode(left, skip_bad=True)
    assert np.isnan(rows[:, 0]).tolist() == np.isnan(similar).tolist()
    assert many[-2] is many[4] and many[4:5] == [many[4]]
    with pytest.raises(whysim.PositionError, match="there is no pair 6: there are 6, counted from 0"):
        many[6]


def test_a_text_that_fails_alone_is_blamed_alone(explainer: whysim.Explainer) -> None:
    # Two texts' worth of budget is too little for three words.
    few = explainer.with_options(method="removal", by="word", budget=2)
    with pytest.raises(whysim.InputError):
        few.decompose("three words here")
    texts = ["one", "three words here", "one"]
    with pytest.raises(whysim.InputError, match="row 2: .*budget"):
        few.explain_pairs(texts, "cat")
    many = few.explain_pairs(texts, "cat", skip_bad=True)
    assert [one is not None for one in many] == [True, False, True] and "budget" in many.errors[0].problem


def test_rows_are_named_by_their_index_too(explainer: whysim.Explainer) -> None:
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(["a cat", None], index=[17, 19])
    with pytest.raises(whysim.InputError, match=r"row 2 \(index 19\): a is missing"):
        explainer.explain_pairs(series, "a dog")
    with pytest.raises(whysim.InputError, match=r"text number 2 \(index 19\) must be a str"):
        explainer.decompose(series)
    many = explainer.explain_pairs(series, "a dog", skip_bad=True)
    assert many.errors[0].index == 19
    frame = many.to_dataframe()
    assert list(frame.index) == [17, 19] and list(frame.columns) == FULL
    assert frame["note"][17] is None and "missing" in frame["note"][19]


def test_other_forms(explainer: whysim.Explainer) -> None:
    many = explainer.explain_pairs([*A, None], [*B, "x"], skip_bad=True)
    for name, make in (("pandas", many.to_dataframe), ("polars", many.to_polars), ("pyarrow", many.to_arrow)):
        if HAS[name]:
            rows = dicts(make())
            assert list(rows[0]) == FULL and [row["a"] for row in rows] == [*A, None]
            assert rows[0]["score"] == many.scores[0] and rows[3]["score"] is None
    with pytest.raises(whysim.TypeInputError, match=r"table must be .* not dict; explain_pairs\(a, b\) takes"):
        explainer.explain_table({"a": A, "b": B})


def test_a_notebook_shows_the_texts(explainer: whysim.Explainer) -> None:
    many = explainer.explain_pairs(["a cat <i>", None, *["a dog"] * 11], ["the cat"] * 13, skip_bad=True)
    shown = many._repr_html_()
    assert shown.count("cosine") == 10 and "and 2 more" in shown and "row 2: a is missing" in shown
    assert "<script" not in shown and "&lt;" in shown and "<i>" not in shown


def test_prompts_of_both_sides(prompted: Path) -> None:
    explainer = whysim.Explainer(prompted)
    named = explainer.explain_pairs(A, B, prompt_name_a="query")[0]
    given = explainer.explain_pairs(A, B, prompt_a="find it: ")[0]
    alone = explainer.explain(A[0], B[0], prompt_name_a="query")
    assert named is not None and given is not None
    assert named.tokens_a == given.tokens_a == alone.tokens_a and len(named.tokens_a) > len(explainer.explain(A[0], B[0]).tokens_a)
    assert np.abs(named.matrix - alone.matrix).max() < 1e-6 and named == given
    # Everything takes both.
    for one, other in (
        (explainer.encode(A[0], prompt="find it: "), explainer.encode(A[0], prompt_name="query")),
        (explainer.similarity(A, B, prompt_a="find it: "), explainer.similarity(A, B, prompt_name_a="query")),
        (explainer.with_options(prompt="find it: ").encode(A), explainer.with_options(prompt_name="query").encode(A)),
        (explainer.relevance(A[0], B[0], prompt_query="find it: ").relevance, explainer.relevance(A[0], B[0], prompt_name_query="query").relevance),
        (explainer.encode("find it: " + A[0]), explainer.encode(A[0], prompt_name="query")),
    ):
        np.testing.assert_array_equal(one, other)
    assert explainer.highlight(A[0], B[0], prompt_query="find it: ") == explainer.highlight(A[0], B[0], prompt_name_query="query")
    assert explainer.similarity(A[0], B[0], prompt_name_a="query") == pytest.approx(alone.score, abs=1e-6)
    # The explainer's own prompt is every method's; another one takes its place.
    asked = explainer.with_options(prompt="find it: ")
    assert asked.similarity(A[0], B[0]) == pytest.approx(asked.explain(A[0], B[0]).score, abs=1e-6)
    assert asked.with_options(prompt_name="query").explain(A[0], B[0]) == asked.explain(A[0], B[0])
    assert (asked.encode(A, prompt="") == explainer.encode(A)).all()
    # A name is no text.
    for wrong in (lambda: whysim.Explainer(prompted, prompt="query"), lambda: explainer.encode(A, prompt="query")):
        with pytest.raises(whysim.InputError, match='for the model\'s prompt "query" write prompt_name="query"'):
            wrong()
    with pytest.raises(whysim.InputError, match='write prompt_name_b="query"'):
        explainer.explain(A[0], B[0], prompt_b="query")
    with pytest.raises(whysim.InputError, match="not \"nobody\": it has query; prompt takes a text"):
        explainer.decompose(A, prompt_name="nobody")


def test_the_default_model_in_one_line(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setenv("WHYSIM_MODEL", folder)
    assert whysim.explain(A[0], B[0]) == whysim.Explainer(folder).explain(A[0], B[0])
    with pytest.raises(whysim.TypeInputError, match="a must be a str, not list; explain_pairs takes many"):
        whysim.explain(A, B)  # type: ignore[arg-type]


def test_progress_and_ctrl_c(explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    class Bars:
        def __init__(self, desc: str, total: int | None, **_: Any) -> None:
            assert desc in ("explaining pairs", "embedding") and total in (100, 1)

        def update(self, steps: int) -> None:
            told.append(steps)
            if len(told) == 3:
                raise KeyboardInterrupt

        def close(self) -> None:
            told.append(-1)

    monkeypatch.setattr("whysim._progress._tqdm", lambda: Bars)
    texts = [f"a cat {i % 7}" for i in range(100)]
    with pytest.raises(KeyboardInterrupt):
        explainer.explain_pairs(texts, "a dog", progress=True)
    # What is done is told in pieces, and the bar is closed.
    assert told[-1] == -1 and len(told) == 4 and all(0 < steps < 100 for steps in told[:3])
    told.clear()
    monkeypatch.setattr("whysim._pairs._MOST", 16)
    with pytest.raises(KeyboardInterrupt):
        explainer.explain_pairs(texts, "a dog", progress=True)
    assert told[:3] == [16, 16, 16]


def test_a_tolerance_that_is_missed_is_warned_of_once(explainer: whysim.Explainer) -> None:
    rough = explainer.with_options(layer=0, tolerance=1e-12, max_steps=2)
    with pytest.warns(whysim.ConvergenceWarning, match="the text 'a cat'") as caught:
        rough.explain_pairs(["a cat"] * 50, "a dog")
    assert len(caught) == 1 and caught[0].filename == __file__
