"""What results do not show by themselves is said: texts that were cut, tolerances that were missed, work that is long."""

from __future__ import annotations

import warnings
from typing import Any

import pandas
import pytest

import whysim

LONG = "The dog runs after the cat in the garden. " * 20
SHORT = "A kitten naps."


def said(work: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    # In the name of the code that called.
    assert all(one.filename == __file__ for one in caught)
    return [str(one.message) for one in caught]


def test_texts_that_are_cut(explainer: whysim.Explainer) -> None:
    frame = pandas.DataFrame({"a": [LONG, SHORT], "b": [SHORT, SHORT]})
    for work in (
        lambda: explainer.explain(LONG, SHORT),
        lambda: explainer.explain_pairs([LONG], [SHORT]),
        lambda: explainer.explain_table(frame),
        lambda: explainer.similarity(LONG, SHORT),
        lambda: explainer.encode([SHORT, LONG]),
        lambda: explainer.decompose([SHORT, LONG]),
        lambda: explainer.relevance(SHORT, LONG),
        lambda: explainer.margin(SHORT, LONG, SHORT),
        lambda: explainer.evaluate([(LONG, SHORT, 0.5), (SHORT, SHORT, 0.9), ("a", "b", 0.1)], metrics=["predictive"]),
        lambda: whysim.duplicates([LONG + "one", LONG + "two"], explainer),
    ):
        messages = said(work)
        assert len(messages) == 1 and "the rest has no effect" in messages[0], messages
    notes = explainer.explain_table(frame)["note"].tolist()
    assert "a is too long for the model, which read 24 of" in notes[0] and notes[1] is None
    assert [pair.truncated for pair in whysim.duplicates([LONG + "one", LONG + "two", "a", "a b"], explainer, threshold=0.99).pairs][:1] == [True]
    assert said(lambda: explainer.explain(SHORT, SHORT)) == []


def test_tolerances_that_are_missed(explainer: whysim.Explainer) -> None:
    strict = explainer.with_options(layer=0, tolerance=1e-9, max_steps=6)
    for work in (lambda: strict.explain(SHORT, "cat"), lambda: strict.decompose([SHORT]), lambda: strict.relevance("cat", SHORT)):
        with pytest.warns(whysim.ConvergenceWarning, match=r"above the tolerance of 1e-9; .*max_steps=24"):
            work()
    with pytest.warns(whysim.ConvergenceWarning):
        table = strict.explain_table(pandas.DataFrame({"a": [SHORT], "b": ["cat"]}))
        x = strict.explain(SHORT, "cat")
    assert "the tolerance was missed" in table["note"][0]
    assert x.converged is False and x.tolerances == (1e-9, 1e-9)
    assert explainer.explain(SHORT, "cat").converged and explainer.with_options(n_steps=3).explain(SHORT, "cat").converged is None


def test_work_that_is_long(explainer: whysim.Explainer) -> None:
    slow = explainer.with_options(layer=0, n_steps=60_000)
    forecast = slow._encoder.forecast(LONG, LONG, slow._options, slow._options)
    assert forecast is not None and "this takes about" in forecast
    assert explainer._encoder.forecast(SHORT, SHORT, explainer._options, explainer._options) is None
    assert slow._encoder.forecast_texts([LONG] * 10_000, slow._options, "decompose") is not None
