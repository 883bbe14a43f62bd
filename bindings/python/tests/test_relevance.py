"""What each token of a passage adds to its similarity to a query."""

from __future__ import annotations

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


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="number 2 is empty"):
        explainer.relevance(QUERY, [PASSAGES[0], ""])
    with pytest.raises(whysim.InputError, match="precision must be float32"):
        explainer.with_options(precision="bfloat16").relevance(QUERY, PASSAGES)
    with pytest.raises(TypeError):
        explainer.relevance(QUERY, [1])  # type: ignore[list-item]
