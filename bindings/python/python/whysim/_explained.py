"""Many explanations together: a page, a file, and the words that go with errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import _arguments as arguments
from . import _beside, _files, _listing, _tables
from . import _whysim as core
from ._explanation import Explanation
from ._explanations import columns_of
from ._texts import check_text
from ._types import View

if TYPE_CHECKING:
    import pandas

# The level at which a finding is told from chance.
_LEVEL = 0.05

# Words that a table shows of itself, and its columns.
_SHOWN = 20
_HEAD = ("word", "pairs", "occurrences", "relevance", "shift", "correlation", "more than chance")


class SavedExplanations(list[Explanation], _beside.Collection):
    """The explanations of a file: a list, with the numbers, gold scores and names that were saved beside them.

    >>> found = SavedExplanations([explainer.explain("The cat sleeps.", "A kitten naps.")], gold=[0.9])
    >>> len(found), found.gold, found.names, found.numbers
    (1, [0.9], [None], [1])
    """

    def __init__(
        self,
        explanations: Iterable[Explanation] = (),
        gold: Sequence[float | None] | None = None,
        names: Sequence[str | None] | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        super().__init__(explanations)
        self.gold: list[float | None] = [None] * len(self) if gold is None else list(gold)
        """The gold score of each, None where there is none."""
        self.names: list[str | None] = [None] * len(self) if names is None else list(names)
        """What each is called, None where it has no name."""
        self.numbers: list[int] = list(range(1, len(self) + 1) if numbers is None else numbers)
        """The number of each pair, from 1, among all that there were: those that were left out are counted."""

    def to_dataframe(self) -> pandas.DataFrame:
        """One row for each pair: ``pair`` (its number), ``name``, ``a``, ``b``, ``gold``, ``score``, ``sum``, ``error``, ``bound``,
        ``tokens_a``, ``tokens_b`` and ``matrix`` (row-major). Needs pandas."""
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        gold = pandas.Series(self.gold, dtype="float64")
        texts = {"a": [one.a.text for one in self], "b": [one.b.text for one in self]}
        frame = pandas.DataFrame({"pair": self.numbers, "name": pandas.Series(self.names, dtype=object), **texts, "gold": gold})
        return _tables.of_pandas(frame, {name: column for name, column in columns_of(self).items() if name != "note"})

    def _known(self) -> _beside.Beside:
        return _beside.Beside(self.numbers, self.gold, self.names)


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
    """Words, those that go with errors most surely first: a list, which shows itself as a table."""

    def __repr__(self) -> str:
        more = [self._more()] if len(self) > _SHOWN else []
        return "\n".join([_listing.text(_HEAD, self._lines()), *more]) if self else "WordTable([])"

    def _repr_html_(self) -> str:
        return _listing.page(_HEAD, self._lines(), self._more() if len(self) > _SHOWN else "") if self else "WordTable([])"

    def _more(self) -> str:
        return f"The first {_SHOWN} of {len(self)} words; to_dataframe() has all."

    def _lines(self) -> list[list[str]]:
        return [
            [
                word.word,
                str(word.pairs),
                str(word.occurrences),
                _listing.number(word.relevance),
                _listing.number(word.shift, word.shift_error),
                _listing.number(word.correlation, word.correlation_error),
                "yes" if word.is_clear else "",
            ]
            for word in self[:_SHOWN]
        ]

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
    names: Sequence[object] | None = None,
    title: str | None = None,
    view: View | None = None,
) -> str:
    """One self-contained page for many explanations: a list to search and to sort, in which each opens to its interactive picture.

    ``explanations``: a list, what :meth:`Explainer.explain_pairs` or :func:`load_explanations` gave; None is left out, which the page says. ``gold``: what the
    scores should be, on their own scale; the page then has errors, sorts by them, and lists the words that go with them. ``names``: what the pairs are called, str or
    what has a name as one; pairs of a pandas Series have the labels of its index. What :func:`load_explanations` gave has its own.
    ``title``: of the page. ``view``: what an opened pair shows first. Returns the page, which is also written to ``path`` if one is given. Twenty kilobytes a pair of sentences.

    >>> many = [explainer.explain("The cat sleeps.", text) for text in ("A kitten naps.", "The dog runs.")]
    >>> page = whysim.report(many, gold=[0.9, 0.2], names=["first", "second"])
    >>> page.count("<template>")
    2
    """
    if title is not None:
        check_text(title, "title")
    if path is not None:
        _files.check_ending(path, (".html", ".htm"), "which is what a report is")
    pairs = _beside.pairs_of(explanations, gold, names)
    return _files.written(core.explained_html(pairs.some(), title, pairs.note, arguments.view_if_any(view)), path)


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
    found = core.explained_words(_beside.pairs_of(explanations, gold, None).found, arguments.whole(least, "least", 1))
    return WordTable(WordUse(*word[:4], *(word[4] or nothing), *(word[5] or nothing)) for word in found)


def save_explanations(
    path: _files.Path,
    explanations: Sequence[Explanation | None],
    *,
    gold: Sequence[float | None] | None = None,
    names: Sequence[object] | None = None,
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
    _beside.write_lines(path, _beside.pairs_of(explanations, gold, names))


def load_explanations(path: _files.Path) -> SavedExplanations:
    """Reads what :func:`save_explanations` or ``whysim explain --pairs`` wrote: a list, with ``gold``, ``names`` and ``numbers`` beside it."""
    _beside.check_lines(path)
    found = core.explained_from_lines(_files.read(path), _files.place(path, "path"))
    explanations = [Explanation(one) for one, *_ in found]
    return SavedExplanations(explanations, [one[2] for one in found], [one[3] for one in found], [one[1] for one in found])
