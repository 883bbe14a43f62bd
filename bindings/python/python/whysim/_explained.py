"""Many explanations together: a page, a file, and the words that go with errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._errors import InputError
from ._explanation import Explanation
from ._margin import Margin
from ._texts import check_text
from ._types import View

if TYPE_CHECKING:
    import pandas

# The level at which a finding is told from chance.
_LEVEL = 0.05


class SavedExplanations(list[Explanation]):
    """The explanations of a file: a list, with the gold scores and names that were saved beside them.

    >>> found = SavedExplanations([explainer.explain("The cat sleeps.", "A kitten naps.")], gold=[0.9])
    >>> len(found), found.gold, found.names
    (1, [0.9], [None])
    """

    def __init__(
        self,
        explanations: Iterable[Explanation] = (),
        gold: Sequence[float | None] | None = None,
        names: Sequence[str | None] | None = None,
    ) -> None:
        super().__init__(explanations)
        self.gold: list[float | None] = [None] * len(self) if gold is None else list(gold)
        """The gold score of each, None where there is none."""
        self.names: list[str | None] = [None] * len(self) if names is None else list(names)
        """What each is called, None where it has no name."""


class WordUse(NamedTuple):
    """A word in many explained pairs. docs/evaluation.md ("Words that go with errors") defines every number.

    Each ``p`` is corrected for the number of words in the table. Without gold scores, and where a number is undefined, it is NaN.
    """

    word: str
    """The word in lower case."""
    pairs: int
    """How many pairs have it."""
    occurrences: int
    """How often it occurs in them."""
    relevance: float
    """What it adds to the score, as a mean over its occurrences."""
    shift: float
    """The mean of score - gold over the pairs that have it, less that over all others."""
    shift_error: float
    """Its standard error."""
    shift_p: float
    """How likely a table of chance shows a word with as much."""
    correlation: float
    """The correlation of what the word adds to the score with score - gold, over the pairs that have it."""
    correlation_error: float
    """Its standard error."""
    correlation_p: float
    """How likely a table of chance shows a word with as much."""

    @property
    def is_clear(self) -> bool:
        """Whether the shift or the correlation is more than chance: its ``p`` is below 0.05."""
        return self.shift_p < _LEVEL or self.correlation_p < _LEVEL


class WordTable(list[WordUse]):
    """Words, those that go with errors most surely first: a list."""

    def to_dataframe(self) -> pandas.DataFrame:
        """One row per word, with the fields of :class:`WordUse` and ``is_clear``. Needs pandas."""
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        rows = [(*word, word.is_clear) for word in self]
        return pandas.DataFrame(rows, columns=[*WordUse._fields, "is_clear"])


def report(
    explanations: Sequence[Explanation | None],
    path: _files.Path | None = None,
    *,
    gold: Sequence[float | None] | None = None,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
    view: View | None = None,
) -> str:
    """One self-contained page for many explanations: a list to search and to sort, in which each opens to its interactive picture.

    ``explanations``: a list, what :meth:`Explainer.explain_pairs` or :func:`load_explanations` gave; None is left out. ``gold``: what the
    scores should be, on their own scale; the page then has errors, sorts by them, and lists the words that go with them. ``names``: what the pairs are called. What :func:`load_explanations` gave has its own.
    ``title``: of the page. ``view``: what an opened pair shows first. Returns the page, which is also written to ``path`` if one is given. Twenty kilobytes a pair of sentences.

    >>> many = [explainer.explain("The cat sleeps.", text) for text in ("A kitten naps.", "The dog runs.")]
    >>> page = whysim.report(many, gold=[0.9, 0.2], names=["first", "second"])
    >>> page.count("<template>")
    2
    """
    if title is not None:
        check_text(title, "title")
    return _files.written(core.explained_html(_pairs(explanations, gold, names), title, arguments.view_if_any(view)), path)


def words_of(explanations: Sequence[Explanation | None], gold: Sequence[float | None] | None = None, *, least: int = 5) -> WordTable:
    """The words of many explanations: how often they occur, what they add to scores, and how they go with errors.

    ``gold``: what the scores should be, on their own scale; without it, words come by what they add. ``least``: how many pairs must have a
    word. docs/evaluation.md defines the numbers and how chance is told from findings.

    >>> many = [explainer.explain("The cat sleeps.", text) for text in ("A cat naps.", "The dog runs.", "A cat.")]
    >>> table = whysim.words_of(many, gold=[0.9, 0.2, 0.7], least=2)
    >>> [(word.word, word.pairs, word.occurrences) for word in table if word.word == "cat"]
    [('cat', 3, 5)]
    """
    nothing = (math.nan, math.nan, math.nan)
    found = core.explained_words(_pairs(explanations, gold, None), arguments.whole(least, "least", 1))
    return WordTable(WordUse(*word[:4], *(word[4] or nothing), *(word[5] or nothing)) for word in found)


def save_explanations(
    path: _files.Path,
    explanations: Sequence[Explanation | None],
    *,
    gold: Sequence[float | None] | None = None,
    names: Sequence[str | None] | None = None,
) -> None:
    """Writes explanations as JSON lines, which appear whole or not at all: the JSON of one on each, with ``gold`` and ``name`` beside it.

    The file's name ends in ``.jsonl``; ``whysim explain --pairs FILE --output pairs.jsonl`` writes the same. docs/json.md has the keys.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "pairs.jsonl"
    >>> many = [explainer.explain("The cat sleeps.", text) for text in ("A kitten naps.", "The dog runs.")]
    >>> whysim.save_explanations(path, many, gold=[0.9, 0.2])
    >>> found = whysim.load_explanations(path)
    >>> found == many, found.gold
    (True, [0.9, 0.2])
    """
    _check_ending(path)
    _files.write(path, core.explained_lines(_pairs(explanations, gold, names)))


def load_explanations(path: _files.Path) -> SavedExplanations:
    """Reads what :func:`save_explanations` or ``whysim explain --pairs`` wrote: a list, with ``gold`` and ``names`` beside it."""
    _check_ending(path)
    found = core.explained_from_lines(_files.read(path), _files.place(path, "path"))
    return SavedExplanations((Explanation(one) for one, *_ in found), [one[2] for one in found], [one[3] for one in found])


def _check_ending(path: _files.Path) -> None:
    place = _files.place(path, "path")
    if _files.ending(place) != ".jsonl":
        raise InputError(f"{place} must end in .jsonl, which is what many explanations are written as")


def _pairs(
    explanations: Sequence[Explanation | None],
    gold: Sequence[float | None] | None,
    names: Sequence[str | None] | None,
) -> list[tuple[core.Explanation, int, float | None, str | None]]:
    """The explanations with their numbers, gold scores and names, once they are what they should be; pairs without one are left out."""
    if isinstance(explanations, SavedExplanations):
        gold = explanations.gold if gold is None else gold
        names = explanations.names if names is None else names
    many = arguments.many(explanations, "explanations", "Explanation")
    scores, called = _beside(gold, len(many), "gold"), _beside(names, len(many), "names")
    pairs = []
    for i, (one, score, name) in enumerate(zip(many, scores, called), 1):
        if one is None:
            continue
        hint = "; the better and worse of a Margin are explanations, and its to_html() is a page" if isinstance(one, Margin) else ""
        known = arguments.instance(one, f"explanation number {i}", Explanation, hint)
        if name is not None:
            check_text(name, f"name number {i}")
        pairs.append((known._inner, i, _score(score, i), cast("str | None", name)))
    return pairs


def _beside(values: object, count: int, name: str) -> list[object]:
    """One value for each explanation."""
    if values is None:
        return [None] * count
    found = arguments.many(values, name, "one for each explanation")
    if len(found) != count:
        raise InputError(f"{name} must be one for each explanation, {count}, not {len(found)}")
    return found


def _score(value: object, number: int) -> float | None:
    """A gold score; None and NaN are none."""
    if value is None or value != value:
        return None
    return arguments.number(value, f"gold score number {number}", "a finite number, or None")
