"""What stands beside explanations: numbers, names, gold scores, and which pairs have none."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

TEXTS = ["A kitten naps.", None, "The dog runs.", "", "It rained."]
KEPT = [1, 3, 5]


@pytest.fixture(scope="module")
def some(explainer: whysim.Explainer) -> whysim.Explanations:
    """Two of five pairs are bad."""
    return explainer.explain_pairs("The cat sleeps.", TEXTS, skip_bad=True)


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="pair-(\d+)"', page)]


def test_numbers_stay_what_they_were(some: whysim.Explanations, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    some.save(path, gold=[0.1, None, 0.2, 0.3, None])
    assert [json.loads(line)["pair"] for line in path.read_text().splitlines()] == KEPT
    found = whysim.load_explanations(path)
    assert (found.numbers, found.gold, found.names) == (KEPT, [0.1, 0.2, None], [None] * 3)
    assert listed(whysim.report(found)) == listed(whysim.report(some)) == KEPT
    whysim.save_explanations(tmp_path / "again.jsonl", found)
    assert (tmp_path / "again.jsonl").read_text() == path.read_text()
    pandas = pytest.importorskip("pandas")
    frame = found.to_dataframe()
    assert frame["pair"].tolist() == KEPT and frame["b"].tolist() == [TEXTS[i - 1] for i in KEPT]
    assert frame["score"].tolist() == [x.score for x in found] and pandas.isna(frame["gold"][2])
    assert frame["matrix"][0].tolist() == found[0].matrix.ravel().tolist() and "note" not in frame


def test_a_report_says_what_it_leaves_out(explainer: whysim.Explainer, some: whysim.Explanations) -> None:
    page = whysim.report(some)
    assert "2 of 5 pairs were left out: row 2: b is missing (None); row 4: b is empty" in page
    assert "1 of 2 pairs were left out: there is None in place of number 1" in whysim.report([None, some[0]])
    assert "left out" not in whysim.report([some[0]])
    none = explainer.explain_pairs("The cat sleeps.", [None, ""], skip_bad=True)
    for nothing, why in (([], "the list is empty"), ([None], "1 of 1 pairs were left out"), (none, "row 1: b is missing (None); row 2: b is empty")):
        with pytest.raises(whysim.InputError, match="there are no explanations: .*" + re.escape(why)):
            whysim.report(nothing)
        with pytest.raises(whysim.InputError, match="there are no explanations"):
            whysim.save_explanations("nothing.jsonl", nothing)
    assert not Path("nothing.jsonl").exists()


def test_names_are_labels(explainer: whysim.Explainer, some: whysim.Explanations) -> None:
    pandas = pytest.importorskip("pandas")
    texts = pandas.Series(["A kitten naps.", "The dog runs."], index=["x", 7])
    labelled = explainer.explain_pairs("The cat sleeps.", texts)
    assert re.findall(r"<b>(.*?)</b>", whysim.report(labelled)) == ["x", "7"]
    with_gap = explainer.explain_pairs("The cat sleeps.", pandas.Series(["A bird.", None], index=["x", 7]), skip_bad=True)
    assert "row 2 (index 7): b is missing" in repr(with_gap) and "row 2 (index 7): b is missing" in whysim.report(with_gap)
    assert "<b>" not in whysim.report(explainer.explain_pairs("The cat sleeps.", texts.reset_index(drop=True)))
    every: list[Any] = [pandas.RangeIndex(5), range(5), np.arange(5), [0, None, 2, float("nan"), "4"]]
    for names in every:
        assert re.findall(r"<b>(.*?)</b>", whysim.report(some, names=names)) == ["0", "2", "4"]
    with pytest.raises(whysim.TypeInputError, match="name number 1 must be a str, a number or a label, not bytes"):
        whysim.report([some[0]], names=[b"a"])


def test_columns_that_pandas_would_align_are_not_taken_by_their_places(explainer: whysim.Explainer) -> None:
    pandas = pytest.importorskip("pandas")
    a, b = pandas.Series(["The cat sleeps.", "It rained."]), pandas.Series(["A kitten naps.", "It snowed."])
    many = explainer.explain_pairs(a, b)
    for call, which in (
        (lambda: explainer.explain_pairs(a, b[::-1]), "the index of a and that of b differ"),
        (lambda: explainer.similarity(a, b[::-1]), "the index of a and that of b differ"),
        (lambda: whysim.words_of(many, gold=pandas.Series([0.1, 0.9], index=[1, 0])), "the index of the pairs and that of gold differ"),
        (lambda: whysim.report(many, names=pandas.Series(["x", "y"], index=[1, 0])), "the index of the pairs and that of names differ"),
    ):
        with pytest.raises(whysim.InputError, match=rf"{which}: row 1 is 0 in one and 1 in the other.*\.reset_index\(drop=True\)"):
            call()
    # What is no Series has places alone; the same labels are the same order.
    assert whysim.words_of(many, gold=pandas.Series([0.1, 0.9]), least=1) == whysim.words_of(many, gold=[0.1, 0.9], least=1)
    assert explainer.similarity(a, b[::-1].reset_index(drop=True)).shape == explainer.similarity(a, list(b[::-1])).shape == (2,)
    assert explainer.explain_pairs(a[::-1], b[::-1])[1] == many[0]


def gold_scores() -> list[Any]:
    """0.25, nothing, 0.5, as tables have them."""
    pandas, arrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    values = [0.25, None, 0.5]
    return [
        values, [0.25, float("nan"), 0.5], [0.25, pandas.NA, 0.5], np.array([0.25, np.nan, 0.5], np.float32), pandas.Series(values),
        pandas.Series(values, dtype="Float64"), pandas.Series(values, dtype="double[pyarrow]"), arrow.array(values), arrow.chunked_array([values]),
        [arrow.scalar(value, arrow.float64()) for value in values], pandas.Series([25, None, 50], dtype="Int64") / 100,
    ]


def test_gold_scores_of_every_table(explainer: whysim.Explainer, tmp_path: Path) -> None:
    many = [explainer.explain("The cat sleeps.", text) for text in ("A kitten naps.", "The dog runs.", "It rained.")]
    for gold in gold_scores():
        whysim.save_explanations(tmp_path / "x.jsonl", many, gold=gold)
        assert whysim.load_explanations(tmp_path / "x.jsonl").gold == [0.25, None, 0.5]
    polars = pytest.importorskip("polars")
    whysim.save_explanations(tmp_path / "x.jsonl", many, gold=polars.Series([0.25, None, 0.5]))
    assert whysim.load_explanations(tmp_path / "x.jsonl").gold == [0.25, None, 0.5]


def test_gold_scores_on_another_scale_are_warned_of(explainer: whysim.Explainer) -> None:
    texts = ["A kitten naps.", "The dog runs."]
    many = explainer.explain_pairs("The cat sleeps.", texts)
    for call in (whysim.report, whysim.words_of):
        with pytest.warns(UserWarning, match="gold scores range from 0.5 to 5, cosines from -1 to 1: rescale them") as told:
            call(many, gold=[0.5, 5])
        assert len(told) == 1 and told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whysim.report(many, gold=[-1, 1.0 + 1e-6])
        # A dot product has no scale.
        whysim.words_of(explainer.with_options(similarity="dot").explain_pairs("The cat sleeps.", texts), gold=[0.5, 5])


def test_what_was_written_is_not_shown_again(some: whysim.Explanations, tmp_path: Path) -> None:
    import copy
    import pickle

    path = tmp_path / "report.html"
    page = whysim.report(some, path)
    assert repr(page) == f"<{len(page):,} characters, written to {path}>"
    plain = whysim.report(some)
    assert page == plain == path.read_text() == str(page) and repr(plain) == repr(str(page))
    assert pickle.loads(pickle.dumps(page)) == copy.deepcopy(page) == page
    for wrong in ("e.pdf", "e", "e.html.gz"):
        with pytest.raises(whysim.InputError, match=f"{wrong} must end in .html or .htm, which is what a report is"):
            whysim.report(some, tmp_path / wrong)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_words_are_shown_as_a_table(explainer: whysim.Explainer) -> None:
    many = [explainer.explain("The cat <sleeps>.", f"The {'cat' if i < 15 else 'dog'} sleeps {i}.") for i in range(30)]
    table = whysim.words_of(many, gold=[x.score - 0.01 * (i % 3) for i, x in enumerate(many)], least=1)
    lines = repr(table).splitlines()
    assert lines[0].split()[:3] == ["word", "pairs", "occurrences"] and len(lines) == 22
    assert lines[-1] == f"The first 20 of {len(table)} words; to_dataframe() has all."
    assert len({len(line) for line in lines[:-1]}) == 1 and "±" in repr(table)
    assert table._repr_html_().count("<tr>") == 21
    # No tokenizer of ours makes a word of it.
    odd = whysim.WordTable([table[0]._replace(word="<i>")])
    assert "&lt;" in odd._repr_html_() and "<i>" not in odd._repr_html_()
    assert repr(whysim.words_of([])) == "WordTable([])"
