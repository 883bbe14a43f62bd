"""What moves between two models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import FIXTURES

import whysim

A, B = "The dog runs after the kitten.", "Outside, the cat is chased by the dog."
PAIRS = [(A, B, 0.8), ("Red wine.", "White wine.", 0.9), ("She plays.", "Prices rose.", 0.1), ("It rained.", "A cat.", 0.0)]


@pytest.fixture(scope="module")
def both(explainer: whysim.Explainer) -> list[whysim.Explainer]:
    return [explainer, whysim.Explainer(FIXTURES / "mpnet")]


def test_a_pair_is_compared_by_the_words_of_both(both: list[whysim.Explainer]) -> None:
    found = whysim.compare(A, B, explainers=both, word_pairs=3)
    assert np.allclose(found.scores, [one.similarity(A, B) for one in both], atol=1e-5)
    assert found.moved == found.scores[1] - found.scores[0] and len(found.pairs) == 3
    assert [word.text for word in found.words_a] == ["The", "dog", "runs", "after", "the", "kitten", "."]
    x = both[1].with_options(by="word").explain(A, B)
    assert np.allclose(found.explanations[1].matrix, x.matrix, atol=1e-6)
    word, pair = found.words_b[2], found.pairs[0]
    border_b = found.explanations[1].border.b
    column = word.rows[1]
    assert column is not None
    assert abs(found.explanations[1].matrix[:, column].sum() + border_b[column] - word.totals[1]) < 1e-6
    assert abs(pair.moved - (pair.interaction[1] - pair.interaction[0])) < 1e-12
    assert found.to_dict()["names"] == list(found.names) and "under the second" in repr(found)
    assert found.agreement["interaction"] == found.to_dict()["agreement"]["interaction"]


def test_layers_and_functions_are_compared_too(both: list[whysim.Explainer]) -> None:
    layers = whysim.compare(A, B, explainers=[both[0], both[0].with_options(layer=0)])
    assert abs(layers.moved) < 1e-6 and layers.names[1].endswith("layer 0 of 3")

    def embed(texts: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return both[1].encode(texts)

    function = whysim.Explainer(embed=embed, name="a service")
    found = whysim.compare("a red cat", "the red dog", explainers=[both[0], function])
    assert found.names[1] == "a service" and abs(found.scores[1] - both[1].similarity("a red cat", "the red dog")) < 1e-5
    overview = whysim.compare_pairs([("a red cat", "the red dog"), ("wine", "a cat")], [both[0], function], top=1)
    assert overview.names[1] == "a service" and len(overview.moved) == 1


def test_many_pairs(both: list[whysim.Explainer], tmp_path: Path) -> None:
    found = whysim.compare_pairs(PAIRS, both, top=2, sample=3)
    values = found.to_dict()
    direct = [[one.similarity(a, b) for one in both] for a, b, _ in PAIRS]
    assert np.allclose([pair["scores"] for pair in values["pairs"]], direct, atol=1e-5)
    assert values["sample"] == 3 and found.gold is not None and found.gold["pairs"] == 4
    z = [np.subtract(*pair["standardised"][::-1]) for pair in values["pairs"]]
    assert found.numbers == sorted(range(4), key=lambda i: -abs(z[i]))[:2]
    assert [one.to_dict()["a"]["text"] for one in found.moved] == [PAIRS[i][0] for i in found.numbers]
    assert abs(found.scores["difference"] - np.abs(np.subtract(*np.transpose(direct))).mean()) < 1e-5
    assert all(word["count"] >= 2 for word in found.words) and "pairs that moved most" in repr(found)
    file = tmp_path / "pairs.csv"
    file.write_text("sentence1,sentence2,score\n" + "".join(f'"{a}","{b}",{s}\n' for a, b, s in PAIRS))
    assert whysim.compare_pairs(file, both, top=2, sample=3).to_dict() == values
    assert json.loads(found.to_json(tmp_path / "moved.json")) == values


def test_what_is_wrong_is_named(both: list[whysim.Explainer]) -> None:
    with pytest.raises(whysim.InputError, match="two Explainers"):
        whysim.compare(A, B, explainers=both[:1])
    with pytest.raises(whysim.InputError, match="row 2 has no second text"):
        whysim.compare_pairs([("a", "b"), "c"], both)  # type: ignore[list-item]
    with pytest.raises(whysim.InputError, match="one at least"):
        whysim.compare_pairs([], both)
    with pytest.raises(whysim.InputError, match="top must be"):
        whysim.compare_pairs(PAIRS, both, top=-1)
