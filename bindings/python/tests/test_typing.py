"""What works is typed as it works: mypy, which checks the tests too, finds nothing wrong here, and would if a hint were too narrow."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import whysim

TEXTS = ["The cat sleeps.", "A kitten naps."]


def generated() -> Iterator[str]:
    yield from TEXTS


def test_texts_of_every_type(explainer: whysim.Explainer) -> None:
    words: NDArray[np.str_] = np.array(TEXTS)
    some: list[str | None] = [*TEXTS]
    frozen: tuple[str, ...] = tuple(TEXTS)
    many: list[whysim.Decomposition] = explainer.decompose(words)
    one: whysim.Decomposition = explainer.decompose(TEXTS[0])
    found: list[whysim.Relevance] = explainer.relevance(TEXTS[0], generated())
    marked: list[whysim.Highlight] = explainer.highlight(TEXTS[0], {"a": TEXTS[0], "b": TEXTS[1]}.values())
    pairs: whysim.Explanations = explainer.explain_pairs(some, generated())
    first: whysim.Explanation | None = pairs[0]
    rest: list[whysim.Explanation | None] = pairs[1:]
    alike: float = explainer.similarity(*TEXTS)
    all_alike: NDArray[np.float64] = explainer.similarity(TEXTS[0], frozen)
    vectors: NDArray[np.float32] = explainer.encode(generated())
    assert len(many) == len(found) == len(marked) == len(pairs) == len(rest) + 1 == len(vectors) == len(all_alike) == 2
    assert first is not None and one == many[0] and abs(alike - all_alike[1]) < 1e-6
    assert isinstance(pairs, Sequence) and all(isinstance(one, whysim.Explanation) for one in pairs)


def test_names_of_every_spelling(folder: str, tmp_path: Path) -> None:
    path: os.PathLike[str] = Path(folder)
    similarity: Literal["cosine"] = "cosine"
    explainer = whysim.Explainer(path, similarity=similarity, method="riemann-right", n_steps=3, prompt="in the garden: ")
    x = explainer.explain(*TEXTS)
    assert (x.similarity, x.method, x.n_steps) == ("cos", "riemann_right", (3, 3))
    assert explainer.with_options(similarity="dot_product").explain(*TEXTS).similarity == "dot"
    d = explainer.decompose(TEXTS)
    assert d[0].attribute(d[1], similarity="cosine") == x
    d[0].save(tmp_path / "d")
    assert whysim.Decomposition.load(tmp_path / "d", similarity="cosine").similarity == "cos"


def test_tables_keep_their_type(explainer: whysim.Explainer) -> None:
    class Table:
        """No table of anyone's."""

    try:
        table: Table = explainer.explain_table(Table())
    except whysim.TypeInputError as error:
        assert "not Table" in str(error)
    else:
        raise AssertionError(table)
