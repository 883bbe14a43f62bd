"""Contrast tests."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._errors import InputError, TypeInputError

if TYPE_CHECKING:
    from ._explainer import Explainer

Tests = Union[_files.Path, Sequence[Union[Mapping[str, Any], tuple[str, str, str]]]]
"""A file, or its contents: ``{"anchor", "closer", "farther"}`` with ``category``, ``margin`` and ``note`` if there are any, or the three texts."""

# Words of each failure that a printed report names.
_NAMED = 4


class ContrastReport:
    """Which contrast tests a model passes, and which words made it fail the others.

    >>> report = explainer.test([("The cat sleeps.", "The cat sleeps.", "The dog runs.")])
    >>> report.passed, report.failed, report.by_category
    (1, 0, {'other': (1, 1)})
    """

    def __init__(self, inner: core.Contrast) -> None:
        self._inner = inner
        self._values: dict[str, Any] = json.loads(inner.json())

    @property
    def passed(self) -> int:
        """How many tests pass."""
        passed: int = self._values["passed"]
        return passed

    @property
    def failed(self) -> int:
        """How many fail."""
        failed: int = self._values["failed"]
        return failed

    @property
    def by_category(self) -> dict[str, tuple[int, int]]:
        """For each category, how many of its tests pass, and how many there are."""
        return {c["name"]: (c["passed"], c["total"]) for c in self._values["categories"]}

    @property
    def tests(self) -> list[dict[str, Any]]:
        """Every test with its ``scores``, their ``difference``, and whether it ``passed``."""
        tests: list[dict[str, Any]] = self._values["tests"]
        return tests

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Failures taken apart, those that miss by most first: ``number``, ``words``, ``rest``, ``margin``."""
        failures: list[dict[str, Any]] = self._values["failures"]
        return failures

    def to_dict(self) -> dict[str, Any]:
        """All numbers as plain values; docs/json.md describes them."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers as JSON; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    def __repr__(self) -> str:
        return self._inner.text(_NAMED).rstrip("\n")


def run(explainer: Explainer, tests: Tests | None, top: int, listener: core.Listener) -> ContrastReport:
    """Runs tests, and takes the ``top`` failures that miss by most apart by words."""
    lines = lines_of(tests)
    texts = texts_of(lines)
    by_words = explainer if explainer._settings["by"] in ("word", "sentence") else explainer.with_options(by="word")
    name, similarity = explainer.model, explainer._similarity
    vectors = explainer._encoder.embed([text for three in texts for text in three], explainer._prompt, listener)
    scores = scores_of(vectors, similarity)
    missed = core.contrast(name, similarity, lines, scores, []).missed()[:top]
    listener.begin("explaining failures", len(missed), "it")
    failures = []
    for number in missed:
        anchor, closer, farther = texts[number - 1]
        failures.append((number, by_words.margin(anchor, better=closer, worse=farther)._inner))
        listener.advance(1)
    return ContrastReport(core.contrast(name, similarity, lines, scores, failures))


def lines_of(tests: Tests | None) -> str:
    """Checked tests as JSON lines; the built-in ones of None."""
    if tests is None:
        return core.contrast_tests(None, None)
    if isinstance(tests, (str, os.PathLike)):
        return core.contrast_tests(os.fspath(tests), None)
    many = arguments.many(tests, "tests", "tests, or a file of them")
    return core.contrast_tests(None, "\n".join(_line(test, i) for i, test in enumerate(many, 1)))


def _line(test: Any, number: int) -> str:
    if isinstance(test, Mapping):
        try:
            return json.dumps(dict(test))
        except TypeError as error:
            raise TypeInputError(f"test {number} must hold texts and numbers alone: {error}") from None
    if isinstance(test, (tuple, list)) and len(test) == 3 and all(isinstance(text, str) for text in test):
        return json.dumps(dict(zip(("anchor", "closer", "farther"), test)))
    raise InputError(f"test {number} must be a mapping with anchor, closer and farther, or three texts, not {test!r}")


def texts_of(lines: str) -> list[tuple[str, str, str]]:
    """The three texts of each test."""
    tests = [json.loads(line) for line in lines.split("\n")]
    return [(test["anchor"], test["closer"], test["farther"]) for test in tests]


def scores_of(vectors: Any, similarity: str) -> list[tuple[float, float]]:
    """The anchor's similarities to the closer and to the farther text. vectors: of all texts in their order, ``[3 tests, D]``."""
    wide = np.asarray(vectors, dtype=np.float64).reshape(-1, 3, np.shape(vectors)[-1])
    if similarity == "cos":
        lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
        wide = wide / np.where(lengths > 0, lengths, 1.0)
    anchor, closer, farther = (wide[:, i] for i in range(3))
    return [(float((a * c).sum()), float((a * f).sum())) for a, c, f in zip(anchor, closer, farther)]
