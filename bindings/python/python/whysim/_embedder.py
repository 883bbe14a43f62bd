"""A function from texts to vectors, in the place of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import _whysim as core
from ._errors import InputError, TypeInputError
from ._types import Floats, Similarity

Embed = Callable[[list[str]], Any]


class Embedder:
    """What an :class:`~whysim.Explainer` asks of a model, answered by a function alone."""

    exact = False
    layers = 0
    hidden = 0
    notes: tuple[str, ...] = ()

    def __init__(self, embed: Embed, name: str | None, batch_size: int) -> None:
        if not callable(embed):
            raise TypeInputError(f"embed must be a function from a list of texts to an array, not {type(embed).__name__}")
        self._embed = embed
        self._batch = batch_size
        self.name = name or getattr(embed, "__qualname__", None) or type(embed).__name__
        self._dim: int | None = None

    @property
    def dim(self) -> int:
        """D; a text is embedded to find it out."""
        if self._dim is None:
            self.embed(["a"], None, None)
        return self._dim or 0

    @property
    def limit(self) -> int:
        raise InputError(f"{self.name} is a function: how many tokens it reads is not known")

    @property
    def fingerprint(self) -> str:
        raise InputError(f"{self.name} is a function, which has no fingerprint")

    def layer(self, layer: int | None) -> int:
        if layer is not None:
            raise InputError("layer must be left out for an embed function, of which no layers are known")
        return 0

    def prompt_names(self) -> list[str]:
        return []

    def with_prompt(self, name: str, text: str) -> Embedder:
        self.check_prompt(text)
        return self

    def check_prompt(self, prompt: str | None) -> None:
        if prompt is not None:
            raise InputError("prompt must be left out for an embed function: put it before the texts in there")

    def similarity(self) -> Similarity:
        return "cos"

    def is_empty(self, text: str, prompt: str | None) -> bool:
        return not text.strip()

    def embed(self, texts: Sequence[str], prompt: str | None, listener: core.Listener | None) -> Floats:
        """The vectors of texts, in batches, once they are what they should be."""
        self.check_prompt(prompt)
        if not texts:
            return np.zeros((0, self._dim or 0), dtype=np.float32)
        if listener is not None:
            listener.begin("embedding", len(texts), "it")
        batches = []
        for start in range(0, len(texts), self._batch):
            batch = list(texts[start : start + self._batch])
            batches.append(self._vectors(batch))
            if listener is not None:
                listener.advance(len(batch))
        return np.concatenate(batches)

    def _vectors(self, texts: list[str]) -> Floats:
        try:
            found = self._embed(list(texts))
        except Exception as error:
            raise InputError(f"{self.name} raised {type(error).__name__} for {len(texts)} texts: {error}") from error
        array = as_array(found, self.name)
        if array.ndim != 2 or len(array) != len(texts):
            raise InputError(
                f"{self.name} must return an array [texts, dimensions], here [{len(texts)}, D]; it has shape {list(array.shape)}"
            )
        if array.shape[1] == 0:
            raise InputError(f"{self.name} returned vectors of no dimensions")
        if not np.isfinite(array).all():
            text = texts[int(np.argmin(np.isfinite(array).all(axis=1)))]
            raise InputError(f"{self.name} returned NaN or infinite values for {text!r}")
        if self._dim not in (None, array.shape[1]):
            raise InputError(f"{self.name} returned vectors of {array.shape[1]} dimensions, after {self._dim} before")
        self._dim = array.shape[1]
        return array

    def decompose(
        self, texts: list[str], options: core.Options, listener: core.Listener | None
    ) -> list[core.Decomposition]:
        for number, text in enumerate(texts, 1):
            core.opaque_check(self.name, text, options, f"number {number}")
        all: list[core.Decomposition] = []
        # No more vectors than those of a block are held.
        for start in range(0, len(texts), core.OPAQUE_BLOCK):
            block = texts[start : start + core.OPAQUE_BLOCK]
            parts = core.opaque_parts(self.name, block, options)
            all += core.opaque_decompose(self.name, block, options, parts, self.embed(parts, None, listener))
        return all

    def decompose_text(
        self, text: str, options: core.Options, which: str, listener: core.Listener | None
    ) -> core.Decomposition:
        core.opaque_check(self.name, text, options, which)
        return self.decompose([text], options, listener)[0]

    def decompose_pair(
        self, a: str, b: str, options_a: core.Options, options_b: core.Options, listener: core.Listener | None
    ) -> tuple[core.Decomposition, core.Decomposition]:
        for text, which in ((a, "A"), (b, "B")):
            core.opaque_check(self.name, text, options_a, which)
        one, other = self.decompose([a, b], options_a, listener)
        return one, other

    def forecast_texts(self, *_: Any) -> str | None:
        """How long a function takes is not known."""
        return None

    def forecast(self, *_: Any) -> str | None:
        """How long a function takes is not known."""
        return None

    def explain(
        self,
        a: str,
        b: str,
        options_a: core.Options,
        options_b: core.Options,
        by_similarity: Similarity,
        listener: core.Listener | None,
    ) -> core.Explanation:
        one, other = self.decompose_pair(a, b, options_a, options_b, listener)
        return one.explain(other, by_similarity)

    def relevance(
        self,
        query: tuple[str, str | None],
        passages: list[str],
        options: core.Options,
        by_similarity: Similarity,
        listener: core.Listener | None,
    ) -> list[Any]:
        if self.is_empty(query[0], None):
            raise InputError("text query is empty: give at least one word")
        vector = self.embed([query[0]], query[1], None)[0]
        return [one.relevance(vector, by_similarity) for one in self.decompose(passages, options, listener)]

    def features(self, text: str, options: core.Options, listener: core.Listener | None) -> core.Features:
        raise InputError(f"{self.name} is a function: feature attributions need the model itself")

    def evaluate(self, *_: Any) -> core.Report:
        raise InputError(f"{self.name} is a function: evaluation needs the model itself")


def as_array(found: Any, name: str) -> Floats:
    """What a function returned as an array of float32: an array, a tensor of PyTorch on any device, or lists of numbers."""
    # A tensor with gradients, or on a GPU, does not convert by itself; bfloat16 is no type of NumPy's.
    for step in ("detach", "cpu", "float"):
        method = getattr(found, step, None)
        if callable(method) and hasattr(found, "detach"):
            found = method()
    if isinstance(found, (list, tuple)):
        found = [as_array(row, name) if hasattr(row, "detach") else row for row in found]
    try:
        return np.asarray(found, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} must return an array [texts, dimensions]; it returned {type(found).__name__}, which is none: {error}"
        ) from error
