"""A model with the settings of its explanations: what all that an explainer does begins with."""

from __future__ import annotations

import os
from typing import Any, Callable, TypeVar

from . import _arguments as arguments
from . import _prompts
from . import _whysim as core
from ._embedder import Embed, Embedder
from ._errors import InputError, TypeInputError
from ._model import load, place
from ._settings import changed, checked, options
from ._types import Index, MethodName, Precision, Removal, Similarity, SimilarityName, Unit
from ._warnings import warn

E = TypeVar("E", bound="Configured")


class Configured:
    """The model and the settings of an :class:`~whysim.Explainer`, which documents them."""

    def __init__(
        self,
        model: Any = None,
        *,
        layer: int | None = None,
        embed: Embed | None = None,
        name: str | None = None,
        batch_size: int = 256,
        method: MethodName | None = None,
        n_steps: int | None = None,
        tolerance: float | None = None,
        max_steps: int | None = None,
        reference: str | None = None,
        by: Unit | None = None,
        precision: Precision = "float32",
        similarity: SimilarityName | None = None,
        prompt: str | None = None,
        prompt_name: str | None = None,
        removal: Removal = "delete",
        index: Index = "shapley",
        budget: int | None = None,
        seed: int = 0,
        revision: str | None = None,
        truncate_dim: int | None = None,
        progress: bool | None = None,
    ) -> None:
        if embed is None and name is not None:
            raise InputError("name is that of an embed function; a model's name is its own")
        if embed is not None and not (model is None and revision is None and truncate_dim is None):
            raise InputError("give a model, with its revision and truncate_dim, or an embed function, not both")
        batch_size = arguments.whole(batch_size, "batch_size", 1)
        truncate_dim = None if truncate_dim is None else arguments.whole(truncate_dim, "truncate_dim", 1)
        for text, what in ((name, "name"), (revision, "revision")):
            if text is not None:
                arguments.text(text, what)
        # Before the model is loaded, which may take long.
        path = {"layer": layer, "method": method, "n_steps": n_steps, "tolerance": tolerance, "max_steps": max_steps, "reference": reference}
        rows = {"by": by, "precision": precision, "prompt": prompt, "prompt_name": prompt_name}
        settings = checked({**path, **rows, "removal": removal, "index": index, "budget": budget, "seed": seed})
        wanted = None if similarity is None else arguments.similarity(similarity)
        # The two answer the same questions.
        self._model: core.Encoder | Embedder = (
            load(model, revision, truncate_dim, progress) if embed is None else Embedder(embed, name, batch_size)
        )
        # Where to load the same model from again; for the default model, the name under which it was found.
        is_named = embed is None and (model is None or isinstance(model, (str, os.PathLike)))
        self._source = (self._model.name, revision, truncate_dim) if is_named else None
        # What a model in memory computes in.
        self._computes = "" if is_named or embed is not None else place(model)
        for note in self._model.notes:
            warn(note)
        self._similarity: Similarity = wanted or self._model.similarity()
        self._set(settings)

    def _set(self, settings: dict[str, Any]) -> None:
        """Takes checked settings, and reports now, not at the first text, what the model cannot do."""
        self._settings = settings
        self._model.layer(settings["layer"])
        self._own_prompts = _prompts.names_of(self._model)
        self._encoder, self._prompt = _prompts.asked(
            self._model, self._own_prompts, "", settings["prompt"], settings["prompt_name"]
        )
        self._options = self._with_prompt(self._prompt)

    def _asked(self, *asked: tuple[str, str | None, str | None]) -> tuple[core.Encoder | Embedder, list[str | None]]:
        """The model, and by what names it knows the prompts that a method was given; the explainer's own where it was given none.

        Each is the end of the arguments' names, as in ``prompt_a``, the text, and the name.
        """
        model, found = self._encoder, []
        for side, prompt, name in asked:
            model, known = _prompts.asked(model, self._own_prompts, side, prompt, name)
            found.append(self._prompt if known is None else known)
        return model, found

    def _with_prompt(self, prompt: str | None) -> core.Options:
        return options(self._settings, isinstance(self._model, Embedder), prompt)

    def with_options(self: E, **changes: Any) -> E:
        """The same model with other settings: any keyword of the constructor but those that choose the model, and ``progress``.

        >>> explainer.with_options(layer=0, n_steps=20).layer
        0
        """
        other = type(self).__new__(type(self))
        other._model, other._source, other._computes = self._model, self._source, self._computes
        similarity = changes.pop("similarity", None)
        other._similarity = self._similarity if similarity is None else arguments.similarity(similarity)
        unknown = sorted(set(changes) - set(self._settings))
        if unknown:
            known = ", ".join([*self._settings, "similarity"])
            raise TypeInputError(f"with_options has no {unknown[0]!r}; it takes {known}")
        other._set(checked(changed(self._settings, changes)))
        return other

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if isinstance(self._encoder, Embedder):
            raise TypeInputError("this explainer cannot be pickled: it holds a function; make it again where it is needed")
        if self._source is None:
            raise TypeInputError("this explainer cannot be pickled: its model is in memory only; save the model, and give its folder")
        return _unpickle, (type(self), *self._source, {**self._settings, "similarity": self._similarity})

    @property
    def model(self) -> str:
        """The model as it was named."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Hash of the model's weights and of everything else that defines it."""
        return self._encoder.fingerprint

    @property
    def exact(self) -> bool:
        """Whether the model's attributions sum to the score itself."""
        return self._encoder.exact

    @property
    def layer(self) -> int:
        """The layer whose input is attributed, counted from 0."""
        return self._encoder.layer(self._settings["layer"])

    @property
    def layers(self) -> int:
        """L, the model's number of layers."""
        return self._encoder.layers

    @property
    def dim(self) -> int:
        """D, the width of an embedding."""
        return self._encoder.dim

    @property
    def hidden(self) -> int:
        """H, the width of a hidden state."""
        return self._encoder.hidden

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model reads, special tokens included."""
        return self._encoder.limit

    def __repr__(self) -> str:
        kind = ", exact" if self.exact else ""
        name = os.path.basename(self.model.rstrip("/")) or self.model
        way = f"layer {self.layer} of {self.layers}"
        if self._settings["method"] == "removal" or isinstance(self._encoder, Embedder):
            way = "by removal"
        memory = f", from memory ({self._computes})" if self._computes else ""
        return f"Explainer({name!r}, {way}, {self._similarity}{kind}{memory})"


def check_read(model: core.Encoder | Embedder, text: str, prompt: str | None, name: str) -> None:
    """A text that has something to read."""
    if model.is_empty(text, prompt):
        raise InputError(f"{name} is empty: give at least one word")


def _unpickle(kind: type[E], model: str, revision: str | None, truncate_dim: int | None, settings: dict[str, Any]) -> E:
    return kind(model, revision=revision, truncate_dim=truncate_dim, **settings)
