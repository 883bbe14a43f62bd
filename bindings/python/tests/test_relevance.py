"""What each token of a passage adds to its similarity to a query."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import whysim

QUERY, PASSAGES = "a small kitten", ["The cat sleeps on the warm roof.", "Nobody saw it."]


def test_it_adds_up_and_is_what_contributions_have_with_the_query(explainer: whysim.Explainer) -> None:
    fixed = explainer.with_options(n_steps=6)
    query = fixed.decompose(QUERY)
    for found, passage in zip(fixed.relevance(QUERY, PASSAGES), PASSAGES):
        assert abs(found.relevance.sum() + found.reference - found.score) <= found.bound + 1e-6
        assert abs(found.score - fixed.similarity(QUERY, passage)) < 1e-5
        d = fixed.decompose(passage)
        n = np.linalg.norm(query.embedding) * np.linalg.norm(d.embedding)
        assert np.abs(found.relevance - d.contributions @ query.embedding / n).max() < 1e-5
        assert found.tokens == d.tokens and found.rows == d.rows and found.truncated is None and found.n_steps == 6


def test_one_passage_gives_one_result(explainer: whysim.Explainer) -> None:
    one = explainer.relevance(QUERY, PASSAGES[0])
    assert isinstance(one, whysim.Relevance)
    assert np.array_equal(one.relevance, explainer.relevance(QUERY, PASSAGES)[0].relevance)
    assert explainer.relevance(QUERY, []) == []


def test_bad_passages_can_be_skipped(explainer: whysim.Explainer) -> None:
    bad: list[Any] = [None, PASSAGES[0], "", float("nan"), PASSAGES[1], 3]
    found = explainer.relevance(QUERY, bad, skip_bad=True)
    assert [one and one.score for one in found] == [None, found[1].score, None, None, found[4].score, None]  # type: ignore[union-attr]
    assert found[1] == explainer.relevance(QUERY, PASSAGES)[0] and found[4] == explainer.relevance(QUERY, PASSAGES[1])
    assert explainer.relevance(QUERY, ["", None], skip_bad=True) == [None, None]
    with pytest.raises(whysim.InputError, match="number 1 must be a str"):
        explainer.relevance(QUERY, bad)


def test_results_with_arrays_are_equal_or_not(explainer: whysim.Explainer) -> None:
    one, other = explainer.relevance(QUERY, PASSAGES)
    x, y = explainer.explain(QUERY, PASSAGES[0]), explainer.explain(QUERY, PASSAGES[1])
    pairs = [(one, other), *((getattr(x, name), getattr(y, name)) for name in ("relevance", "border", "effects"))]
    for this, that in pairs:
        same = type(this)(*(value.copy() if isinstance(value, np.ndarray) else value for value in this))
        assert (this == same, this != same, this == that, this != that) == (True, False, False, True)
        assert this != tuple(this) and this != 3


def test_it_shows_what_is_strongest(explainer: whysim.Explainer) -> None:
    one = explainer.relevance(QUERY, "The <cat> sleeps on the warm roof, and nobody saw it there at night.")
    strongest = one.rows[int(abs(one.relevance).argmax())].text
    assert repr(one).startswith(f"Relevance(score {one.score:.4f}") and f": {strongest} {max(one.relevance, key=abs):+.4f}" in repr(one)
    assert repr(one).endswith(f"and {len(one.rows) - 4} more)") and "\n" not in repr(one)
    page = one._repr_html_()
    assert page.count("<tr>") == 13 and f"the 12 strongest of {len(one.rows)} rows" in page
    odd = explainer.relevance(QUERY, "<i>")._repr_html_()
    assert "&lt;" in odd and "<i>" not in odd


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="number 2 is empty"):
        explainer.relevance(QUERY, [PASSAGES[0], ""])
    with pytest.raises(whysim.InputError, match="precision must be float32"):
        explainer.with_options(precision="bfloat16").relevance(QUERY, PASSAGES)
    with pytest.raises(TypeError):
        explainer.relevance(QUERY, [1])  # type: ignore[list-item]
