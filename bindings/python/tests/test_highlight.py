"""What of a passage answers a query."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

QUERY, PASSAGES = "a small kitten", ["The cat sleeps on the warm roof. Nobody saw the kitten.", "A kitten."]


def test_spans_lie_where_they_say(explainer: whysim.Explainer) -> None:
    found = explainer.highlight(QUERY, PASSAGES, top=5, least=0.0)
    for one, passage in zip(found, PASSAGES):
        assert one.text == passage and one.query == QUERY and one.windows == () and one.window is None
        assert abs(one.score - explainer.similarity(QUERY, passage)) < 1e-5
        assert abs(one.relevance.sum() + one.reference - one.score) <= one.bound + 1e-6
        for span in one.spans:
            assert passage[span.start : span.end] == span.text
            assert passage.encode()[slice(*span.bytes)].decode() == span.text
            assert passage.encode("utf-16-le")[2 * span.utf16[0] : 2 * span.utf16[1]].decode("utf-16-le") == span.text
        assert sum(span.share for span in one.spans) <= 1 + 1e-9
        special = [token.origin != "text" for token in one.rows]
        assert np.array_equal(np.isnan(one.match), special)
    assert [len(one.spans) for one in explainer.highlight(QUERY, PASSAGES, top=0)] == [0, 0]


def test_settings_of_the_explainer_are_honoured(explainer: whysim.Explainer) -> None:
    assert explainer.highlight(QUERY, PASSAGES[0]).n_steps == 3
    assert explainer.with_options(n_steps=7).highlight(QUERY, PASSAGES[0]).n_steps == 7
    removed = explainer.with_options(method="removal", by="word", budget=64).highlight(QUERY, PASSAGES[0])
    assert removed.n_steps <= 66 and removed.standard_error is not None


def test_a_function_is_asked_within_the_budget(explainer: whysim.Explainer) -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> Any:
        asked.extend(texts)
        return np.array([[text.count(letter) + 0.1 for letter in "kitenrof"] for text in texts])

    opaque = whysim.Explainer(embed=embed, name="letters")
    found = opaque.highlight("kitten", PASSAGES)
    assert all(one.spans[0].text.endswith("kitten") for one in found)
    assert len(asked) == len(set(asked)) and len(asked) <= 1 + 2 * 2 * 64
    assert np.isnan(found[0].match).all()
    assert opaque.highlight("kitten", PASSAGES[0], by="sentence").spans[0].text == "Nobody saw the kitten."
    with pytest.raises(whysim.InputError, match="budget must be"):
        opaque.with_options(budget=4).highlight("kitten", PASSAGES)
    with pytest.raises(whysim.InputError, match="prompt must be left out"):
        opaque.highlight("kitten", PASSAGES, prompt_query="query")


def test_every_form_says_the_same(explainer: whysim.Explainer, tmp_path: Path) -> None:
    found = explainer.highlight(QUERY, PASSAGES)
    one = found[0]
    value = one.to_dict()
    assert [span["text"] for span in value["spans"]] == [span.text for span in one.spans]
    assert value["score"] == one.score and value["text"] == PASSAGES[0]
    page = one.to_html(tmp_path / "one.html")
    assert (tmp_path / "one.html").read_text() == page and page.count("<mark ") == len(one.spans)
    for name in ("one.json", "one.txt", "one.HTML"):
        one.save(tmp_path / name)
    assert (tmp_path / "one.json").read_text() == one.to_json() == one.to_json(tmp_path / "again.json") and json.loads(one.to_json()) == value
    assert (tmp_path / "one.txt").read_text() == str(one) and (tmp_path / "one.HTML").read_text() == page
    with pytest.raises(whysim.InputError, match="no known extension: use .html, .json, .txt"):
        one.save(tmp_path / "one.svg")
    assert "<mark " in one._repr_html_() and "**" in str(one) and repr(one).startswith("Highlight(")
    assert whysim.highlights_html(found).count("ws-passage\"") == 2
    assert whysim.highlights_html([]).startswith("<!doctype html>")


def test_equal_is_what_says_the_same(explainer: whysim.Explainer) -> None:
    one = explainer.highlight(QUERY, PASSAGES[0])
    assert one == explainer.highlight(QUERY, PASSAGES[0]) and one != explainer.highlight(QUERY, PASSAGES[1])
    assert one != explainer.highlight(QUERY + "s", PASSAGES[0]) and one != PASSAGES[0]


def test_marks_are_plain_or_escaped(explainer: whysim.Explainer) -> None:
    one = explainer.highlight("a kitten", "A <b>kitten</b> & more.", top=5, least=0.0)
    assert one.marked("", "") == one.text
    escaped = one.marked("<em>", "</em>", escape=True)
    assert "<em>" in escaped and "<b>" not in escaped and "&amp;" in escaped
    assert html.unescape(escaped.replace("<em>", "").replace("</em>", "")) == one.text


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="number 2 is empty"):
        explainer.highlight(QUERY, [PASSAGES[0], ""])
    with pytest.raises(whysim.InputError, match='by must be "phrase" or "sentence"'):
        explainer.highlight(QUERY, PASSAGES, by="word")  # type: ignore[call-overload]
    with pytest.raises(whysim.InputError, match="passages must be a str or a list of str, not NoneType"):
        explainer.highlight(QUERY, None)  # type: ignore[call-overload]
    with pytest.raises(whysim.InputError, match="top must be"):
        explainer.highlight(QUERY, PASSAGES, top=-1)
    with pytest.raises(whysim.InputError, match="least must be a number from 0 to 1, not 2"):
        explainer.highlight(QUERY, PASSAGES, least=2)
    with pytest.raises(whysim.InputError, match="by must be token or word"):
        explainer.with_options(by="sentence").highlight(QUERY, PASSAGES)


def test_bad_passages_can_be_skipped(explainer: whysim.Explainer) -> None:
    found = explainer.highlight(QUERY, [None, PASSAGES[0], ""], skip_bad=True)
    assert found == [None, explainer.highlight(QUERY, PASSAGES[0]), None]
    assert whysim.highlights_html(found) == whysim.highlights_html(found[1:2])
    with pytest.raises(whysim.InputError, match="number 1 must be a str"):
        explainer.highlight(QUERY, [None, PASSAGES[0]])  # type: ignore[list-item]
