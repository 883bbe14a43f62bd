"""Texts that say the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import whysim

TEXTS = [
    "The red cat sleeps on the table for 10 days.",
    "The red cat sleeps on the table for 12 days.",
    "The red cat sleeps on the table for 10 days.",
    "Prices rose in March.",
    "The red cat doesn't sleep on the table for 10 days.",
]


def test_texts_that_say_the_same(explainer: whysim.Explainer, tmp_path: Path) -> None:
    found = whysim.duplicates(TEXTS, explainer, threshold=0.5, ids=list("abcde"), explain=2, words=3)
    vectors = explainer.encode(TEXTS)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for pair in found.pairs:
        assert abs(pair.score - unit[pair.a] @ unit[pair.b]) < 1e-5 and pair.id_a == "abcde"[pair.a]
    by_place = {(pair.a, pair.b): pair for pair in found.pairs}
    assert by_place[0, 1].summary == "differs in a number: 10 → 12" and by_place[0, 1].differences == [("10", "12")]
    assert by_place[0, 2].kinds == ("copy",) and by_place[0, 4].telling
    explained = [pair for pair in found.pairs if pair.carries]
    assert len(explained) == 2 and all(pair.telling and len(pair.carries) == 3 for pair in explained)
    group = found.groups[0]
    assert {0, 1, 2} <= set(group.texts) and group.against == [] and group.representative in "abcde"
    assert found.hubs["neighbours"] == 10 and found.boilerplate["sentences"] == []
    values = json.loads(found.to_json(tmp_path / "found.json"))
    assert values == found.to_dict() and values["texts"] == [5] and values["distinct"] == [4]
    assert found.to_csv(tmp_path / "pairs.csv").startswith("group,set_a,id_a,set_b,id_b,")
    assert "differs in a number" in repr(found) and "<mark" in found.to_html(tmp_path / "page.html")
    frame = found.to_dataframe()
    assert list(frame["id_a"]) == [pair.id_a for pair in found.pairs]


def test_embeddings_functions_and_two_sets(explainer: whysim.Explainer) -> None:
    vectors = explainer.encode(TEXTS)
    own = whysim.duplicates(TEXTS, embeddings=vectors, threshold=0.5)
    assert own.to_dict()["model"] is None and all(pair.carries == [] for pair in own.pairs)
    both = whysim.duplicates(TEXTS[:2], explainer, against=TEXTS[2:], threshold=0.5, explain=0)
    assert {(pair.a, pair.b) for pair in both.pairs} >= {(0, 0), (1, 0), (0, 2)}
    assert both.groups[0].texts == [0, 1] and set(both.groups[0].against) >= {0, 2}

    def embed(texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return explainer.encode(texts)

    function = whysim.Explainer(embed=embed, name="a service", budget=64)
    found = whysim.duplicates(TEXTS[:2], function, threshold=0.5, words=2)
    assert found.to_dict()["model"] == "a service" and len(found.pairs[0].carries) == 2


def test_hubs_are_numbered_as_the_texts_are(explainer: whysim.Explainer) -> None:
    # The first text is found by all, and the copies before it are not among the items but for the first.
    texts = ["far", "far", "far", "middle", *(f"text {i}" for i in range(30))]
    vectors = np.concatenate([-np.ones((3, 30)), np.ones((1, 30)), np.eye(30) + 0.01])
    found = whysim.duplicates(texts, embeddings=vectors, threshold=0.99, neighbours=1)
    assert [(hub["text"], hub["id"], hub["found"] >= 29) for hub in found.hubs["hubs"]] == [(3, "3", True)]
    assert found.groups[0].texts == [0, 1, 2]
    named = whysim.duplicates(TEXTS, explainer, threshold=0.999, explain=0).to_dict()["model"]
    assert named == explainer.model


def test_a_series_is_a_list_and_a_table_is_not() -> None:
    pandas = pytest.importorskip("pandas")
    vectors = np.eye(2)
    frame = pandas.DataFrame({"text": ["red", "blue"]}, index=[7, 9])
    assert whysim.duplicates(frame["text"], embeddings=vectors).to_dict()["texts"] == [2]
    with pytest.raises(whysim.InputError, match="not a DataFrame: give one of its columns"):
        whysim.duplicates(frame, embeddings=vectors)
    with pytest.raises(whysim.InputError, match="texts must be a list of str, not one str; the lines of a file"):
        whysim.duplicates("file.txt")
    with pytest.raises(whysim.InputError, match="against must be a list of str, not a dict: give list"):
        whysim.duplicates(["a"], against={"a": 1}, embeddings=np.eye(1))
    with pytest.raises(whysim.InputError, match="texts must be a list of str, not int"):
        whysim.duplicates(5)  # type: ignore[arg-type]


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="a cosine, from -1 to 1, not 2"):
        whysim.duplicates(TEXTS, explainer, threshold=2)
    with pytest.raises(whysim.InputError, match="5 different names"):
        whysim.duplicates(TEXTS, explainer, ids=list("aabcd"))
    with pytest.raises(whysim.InputError, match=r"of shape \(5, D\), not \(2, 2\)"):
        whysim.duplicates(TEXTS, embeddings=np.eye(2))
    with pytest.raises(whysim.InputError, match="against, which is missing"):
        whysim.duplicates(TEXTS, explainer, ids_against=["a"])
    with pytest.raises(whysim.InputError, match="edges must be from 1 to 1000"):
        whysim.duplicates(TEXTS, explainer, edges=0)
    with pytest.raises(whysim.InputError, match="the one that the texts were embedded with"):
        whysim.duplicates(TEXTS, explainer, embeddings=np.eye(5), threshold=-1)
