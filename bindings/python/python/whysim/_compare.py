"""What moves when the model changes, or the layer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._errors import InputError
from ._explainer import Explainer
from ._explanation import Explanation
from ._pairs import compared
from ._progress import progress as shown
from ._rows import Row, rows_of

# Words and pairs of words that a printed comparison lists.
_SHOWN = 8


class ComparedWord(NamedTuple):
    """A word, or a sentence, under both models."""

    text: str
    """The word as it was written."""
    start: int
    """First character in the text."""
    end: int
    """One past the last."""
    rows: tuple[int | None, int | None]
    """Its row or column in each explanation; None where the model did not see it."""
    totals: tuple[float, float]
    """What it adds to each score."""
    moved: float
    """The second total less the first."""
    ranks: tuple[float, float]
    """Its place among the text's words by what they add, 1 for the most."""


class ComparedPair(NamedTuple):
    """A word of A with a word of B."""

    a: int
    """Index of the word in A."""
    b: int
    """Index of the word in B."""
    attribution: tuple[float, float]
    """Their attribution under each model."""
    interaction: tuple[float, float]
    """Their interaction under each model."""
    moved: float
    """The second interaction less the first."""


class _Result:
    """What is common to results that the extension module holds as JSON."""

    _inner: Any

    def to_dict(self) -> dict[str, Any]:
        """All numbers as plain values; docs/json.md describes them."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers as JSON; also written to ``path`` if one is given."""
        content: str = self._inner.json()
        return _files.written(content, path)

    @cached_property
    def _values(self) -> dict[str, Any]:
        return self.to_dict()

    @property
    def names(self) -> tuple[str, str]:
        """What the two are called."""
        first, second = self._values["names"]
        return first, second

    def __repr__(self) -> str:
        text: str = self._inner.text(_SHOWN)
        return text.rstrip("\n")


class Comparison(_Result):
    """One pair of texts under two models; printed, it is sentences and tables.

    Tuples of two have the first explainer, then the second; what moved is the second less the first.

    >>> c = whysim.compare("The cat sleeps.", "A kitten naps.", explainers=[explainer, explainer.with_options(layer=0)])
    >>> bool(abs(c.moved) < 1e-6), [word.text for word in c.words_a]
    (True, ['The', 'cat', 'sleeps', '.'])
    """

    def __init__(self, inner: core.Comparison) -> None:
        self._inner = inner

    @property
    def scores(self) -> tuple[float, float]:
        """The similarity of the two texts under each."""
        first, second = self._values["scores"]
        return first, second

    @property
    def moved(self) -> float:
        """The second score less the first. Scores of two models are on scales of their own."""
        moved: float = self._values["moved"]
        return moved

    @property
    def words_a(self) -> list[ComparedWord]:
        """The words of A, and what each adds to the scores."""
        return _words(self._values["a"]["words"])

    @property
    def words_b(self) -> list[ComparedWord]:
        """The words of B, and what each adds to the scores."""
        return _words(self._values["b"]["words"])

    @property
    def pairs(self) -> list[ComparedPair]:
        """The pairs of words whose interaction moved most, strongest first."""
        return [
            ComparedPair(p["a"], p["b"], tuple(p["attribution"]), tuple(p["interaction"]), p["moved"])
            for p in self._values["pairs"]
        ]

    @property
    def agreement(self) -> dict[str, float | None]:
        """Spearman's correlation of the two matrices: ``"attribution"`` and ``"interaction"``."""
        agreement: dict[str, float | None] = self._values["agreement"]
        return agreement

    @cached_property
    def explanations(self) -> tuple[Explanation, Explanation]:
        """Both explanations, by the words that both models have."""
        first, second = self._inner.explanations
        return Explanation(first), Explanation(second)


def _words(words: list[dict[str, Any]]) -> list[ComparedWord]:
    return [
        ComparedWord(w["text"], w["start"], w["end"], tuple(w["rows"]), tuple(w["totals"]), w["moved"], tuple(w["ranks"]))
        for w in words
    ]


class PairsComparison(_Result):
    """Many pairs of texts under two models; printed, it is sentences and tables.

    ``to_dict`` has the scores of every pair, and all of this.
    """

    def __init__(self, inner: core.Overview) -> None:
        self._inner = inner

    @property
    def scores(self) -> dict[str, Any]:
        """How far the scores agree: ``spearman``, ``pearson``, ``kendall``, ``discordant``, ``difference``, ``mean``, ``deviation``."""
        scores: dict[str, Any] = self._values["scores"]
        return scores

    @property
    def gold(self) -> dict[str, Any] | None:
        """How far each model agrees with the gold scores: ``pairs``, ``spearman``, ``pearson``; None without any."""
        gold: dict[str, Any] | None = self._values["gold"]
        return gold

    @property
    def words(self) -> list[dict[str, Any]]:
        """The words that moved scores most: ``word``, ``count``, ``totals``, ``moved``, ``standardised``."""
        words: list[dict[str, Any]] = self._values["words"]
        return words

    @property
    def numbers(self) -> list[int]:
        """Which pairs moved most, counted from 0, strongest first."""
        return [pair["number"] - 1 for pair in self._values["moved"]]

    @cached_property
    def moved(self) -> list[Comparison]:
        """The same pairs, compared by their words."""
        return [Comparison(self._inner.comparison(i)) for i in range(len(self.numbers))]


def compare(
    a: str, b: str, *, explainers: Sequence[Explainer], word_pairs: int = 8
) -> Comparison:
    """What moves for one pair of texts between two explainers: two models, or two layers of one (:meth:`Explainer.with_options`).

    Texts are compared by words, which all models share, or by sentences if an explainer has ``by="sentence"``.
    ``word_pairs``: how many pairs of words to list. The same as ``whysim compare``.

    >>> c = whysim.compare("The cat sleeps.", "A kitten naps.", explainers=[explainer, explainer.with_options(layer=0)], word_pairs=2)
    >>> len(c.pairs)
    2
    """
    first, second = _both(explainers)
    word_pairs = arguments.whole(word_pairs, "word_pairs", 0)
    return Comparison(core.compare(first.explain(a, b)._inner, second.explain(a, b)._inner, word_pairs))


def compare_pairs(
    pairs: _files.Path | Iterable[tuple[str, str] | tuple[str, str, float]],
    explainers: Sequence[Explainer],
    *,
    top: int = 5,
    sample: int = 20,
    word_pairs: int = 8,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    score_range: tuple[float, float] | None = None,
    skip_bad: bool = False,
    progress: bool | None = None,
) -> PairsComparison:
    """What moves over many pairs of texts between two explainers. The same as ``whysim compare --data``.

    ``pairs``: a file as the program reads it (``columns``, ``score_range``, ``skip_bad``), or a list of ``(a, b)`` or
    ``(a, b, score)`` with gold scores from 0 to 1. All are embedded; the ``top`` that moved most, and ``sample`` others drawn by
    ``seed``, are explained.

    >>> both = [explainer, explainer.with_options(similarity="dot")]
    >>> whysim.compare_pairs([("The cat sleeps.", "A kitten naps."), ("A bird.", "The dog runs.")], both, top=1).scores["kendall"]
    1.0
    """
    both = _both(explainers)
    sizes = {"top": top, "sample": sample, "word_pairs": word_pairs}
    top, sample, word_pairs = (arguments.whole(value, name, 0) for name, value in sizes.items())
    seed = arguments.seed(seed)
    rows = rows_of(pairs, "pairs", "distill", columns, score_range, skip_bad)
    texts = [_pair(row, i) for i, row in enumerate(rows, 1)]
    if not texts:
        raise InputError("pairs must be one at least, not none")
    with shown(progress) as listener:
        scores = list(zip(*(_scores(one, texts, listener) for one in both)))
        moved, drawn, all = core.choose(scores, top, sample, seed)
        listener.begin("explaining", len(all), "it")
        made = []
        for i in all:
            first, second = (one.explain(*texts[i])._inner for one in both)
            made.append(core.compare(first, second, word_pairs))
            listener.advance(1)
    return PairsComparison(core.overview(scores, [row[2] for row in rows], (moved, drawn), made))


def _pair(row: Row, number: int) -> tuple[str, str]:
    if row[1] is None:
        raise InputError(f"pairs row {number} has no second text")
    return row[0], row[1]


def _both(explainers: Sequence[Explainer]) -> tuple[Explainer, Explainer]:
    """The two, by words unless they are by sentences."""
    both = tuple(arguments.many(explainers, "explainers", "two Explainers"))
    if len(both) != 2 or not all(isinstance(one, Explainer) for one in both):
        raise InputError(f"explainers must be two Explainers, not {explainers!r}")
    first, second = (one if one._settings["by"] in ("word", "sentence") else one.with_options(by="word") for one in both)
    return first, second


def _scores(explainer: Explainer, texts: list[tuple[str, str]], listener: core.Listener) -> list[float]:
    unique = list(dict.fromkeys(text for pair in texts for text in pair))
    place = {text: i for i, text in enumerate(unique)}
    vectors = explainer._encoder.embed(unique, explainer._prompt, listener).astype(np.float64)
    x, y = (vectors[[place[pair[side]] for pair in texts]] for side in (0, 1))
    return [float(value) for value in compared(x, y, explainer._similarity)]
