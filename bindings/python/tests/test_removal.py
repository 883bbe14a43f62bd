"""Contributions by removal, by models and by functions."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import whysim

A, B = "The cat sleeps on the warm roof.", "A kitten naps."


def by_letters(texts: list[str]) -> Any:
    """Counts of letters: a vector for any text."""
    return np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)


def test_a_model_by_removal(folder: str) -> None:
    explainer = whysim.Explainer(folder, method="removal", by="word")
    x = explainer.explain(A, B)
    assert (x.method, x.index, x.removal, x.reference) == ("removal", "shapley", "delete", "empty")
    assert abs(x.error) <= x.bound < 1e-5
    assert x.standard_error is not None and not x.standard_error.matrix.any()
    d = explainer.decompose(A)
    assert np.allclose(d.contributions.sum(0), d.embedding - d.reference_embedding, atol=1e-5)
    assert d.standard_error is not None and not d.standard_error.any()
    sampled = explainer.with_options(budget=40).decompose(A)
    assert sampled.standard_error is not None and (sampled.standard_error > 0).all()
    other = explainer.decompose(B)
    error = sampled.attribute(other).standard_error
    assert error is not None
    assert error.interaction.shape == (8, 4) and (error.interaction > 0).all()
    assert error.matrix.shape == (8, 4) and (error.matrix > 0).all() and error.b.shape == (4,)
    r = explainer.relevance(B, A)
    assert np.allclose(r.relevance, explainer.explain(B, A).matrix.sum(0) + explainer.explain(B, A).border.b, atol=1e-5)
    assert r.standard_error is not None
    assert whysim.Explainer(folder).explain(A, B).standard_error is None
    assert repr(explainer) == "Explainer('bert', by removal, cos)"


def test_a_function(folder: str) -> None:
    calls: list[int] = []

    def embed(texts: list[str]) -> Any:
        calls.append(len(texts))
        return by_letters(texts)

    explainer = whysim.Explainer(embed=embed, name="letters", batch_size=50)
    x = explainer.explain(A, B)
    assert x.tokens_a == ["The", "cat", "sleeps", "on", "the", "warm", "roof", "."]
    assert max(calls) == 50 and sum(calls) <= 2**8 + 2**4
    assert x.model == "letters" and x.exact and abs(x.error) < 1e-6
    assert x.score == pytest.approx(explainer.similarity(A, B), abs=1e-6)
    # Letters add up, so a word's contribution is its letters.
    d = explainer.decompose(A)
    assert np.allclose(d.contributions, by_letters(x.tokens_a), atol=1e-5)
    assert explainer.encode([A, B]).shape == (2, 26) and explainer.dim == 26
    assert explainer.relevance(B, [A])[0].score == pytest.approx(x.score, abs=1e-6)
    m = explainer.margin(B, A, "Dogs bark.")
    assert abs(m.error) <= m.bound
    texts = [f"One {word}" for word in A.split() * 6]
    assert len(texts) > 32 and np.allclose(explainer.decompose(texts)[40].contributions, explainer.decompose(texts[40]).contributions)
    with pytest.raises(whysim.InputError, match="text number 42 is empty"):
        explainer.decompose([*texts[:41], " "])
    assert repr(explainer) == "Explainer('letters', by removal, cos)"
    sentences = explainer.with_options(by="sentence").explain("One two. Three.", "Three. Four.")
    assert sentences.tokens_a == ["One two.", "Three."]


def test_a_loaded_model_as_a_function_gives_the_same_score(folder: str) -> None:
    model = whysim.Explainer(folder, similarity="cos")
    x = whysim.Explainer(embed=model.encode).explain(A, B)
    assert x.score == pytest.approx(model.similarity(A, B), abs=1e-5)


class Tensor:
    """Like a tensor of PyTorch on a GPU: it converts only once it is detached and moved."""

    def __init__(self, values: Any, ready: int = 0) -> None:
        self._values, self._ready = values, ready

    def detach(self) -> Tensor:
        return Tensor(self._values, 1)

    def cpu(self) -> Tensor:
        return Tensor(self._values, 2)

    def float(self) -> Tensor:
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self._ready < 2:
            raise TypeError("can't convert device tensor")
        return np.asarray(self._values, dtype=dtype)


@pytest.mark.parametrize(
    "convert",
    [lambda v: v.tolist(), lambda v: list(v), lambda v: v.astype(np.float16), Tensor, lambda v: [Tensor(row) for row in v]],
)
def test_whatever_holds_numbers_is_taken(convert: Callable[[Any], Any]) -> None:
    x = whysim.Explainer(embed=lambda texts: convert(by_letters(texts))).explain(A, B)
    assert x.score == pytest.approx(whysim.Explainer(embed=by_letters).similarity(A, B), abs=1e-3)


@pytest.mark.parametrize(
    ("embed", "said"),
    [
        (lambda texts: 1 / 0, "raised ZeroDivisionError"),
        (lambda texts: by_letters(texts)[:-1], r"must return an array \[texts, dimensions\]"),
        (lambda texts: by_letters(texts)[0], "it has shape"),
        (lambda texts: by_letters(texts)[:, : 20 + len(texts[0]) % 2], "dimensions, after"),
        (lambda texts: by_letters(texts) * np.nan, "NaN"),
        (lambda texts: None, "must return an array"),
        (lambda texts: "no", "must return an array"),
        (lambda texts: [[1.0], [1.0, 2.0]], "must return an array"),
        (lambda texts: by_letters(texts)[:, :0], "no dimensions"),
    ],
)
def test_a_function_that_does_something_else_is_one_clear_error(embed: Any, said: str) -> None:
    explainer = whysim.Explainer(embed=embed, name="mine", batch_size=7)
    with pytest.raises(whysim.InputError, match=said) as error:
        explainer.explain(A, B)
    assert "mine" in str(error.value)


def test_what_means_nothing_is_refused_by_name(folder: str) -> None:
    with pytest.raises(whysim.InputError, match="budget needs"):
        whysim.Explainer(folder, budget=5)
    with pytest.raises(whysim.InputError, match="layer must be left out"):
        whysim.Explainer(folder, method="removal", layer=1)
    with pytest.raises(whysim.InputError, match="reference must be"):
        whysim.Explainer(folder, method="removal", reference="mask")
    with pytest.raises(whysim.InputError, match="not both"):
        whysim.Explainer(folder, embed=by_letters)
    with pytest.raises(TypeError, match="must be a function"):
        whysim.Explainer(embed=3)  # type: ignore[arg-type]
    function = whysim.Explainer(embed=by_letters)
    with pytest.raises(whysim.InputError, match="by must be word or sentence"):
        function.with_options(by="token").explain(A, B)
    with pytest.raises(whysim.InputError, match="layer must be left out"):
        function.with_options(layer=1)
    with pytest.raises(whysim.InputError, match='method must be "removal"'):
        function.with_options(method="riemann_right")
    with pytest.raises(whysim.InputError, match="text B is empty"):
        function.explain(A, "  ")
    with pytest.raises(whysim.InputError, match="need the model itself"):
        function.features(A, B)
