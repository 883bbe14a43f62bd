"""Many pairs of texts: every row is checked, every text decomposed once, in chunks and within bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice, repeat, zip_longest
from typing import Any, NamedTuple

import numpy as np

from . import _texts
from . import _whysim as core
from ._embedder import Embedder
from ._errors import InputError, TypeInputError
from ._explanation import Explanation
from ._types import Doubles, Floats, Similarity
from ._warnings import warn_of_cut, warn_of_missed

# Rows that are explained together: at first, at most, and for how many seconds, so that all cores have work and a bar moves.
_FIRST, _MOST = 16, 256
_SECONDS = 1.0

# Bytes of contributions that are kept for rows to come.
_KEPT = 256 << 20

# Rows whose embeddings are compared at once.
_COMPARED = 4096

_ABSENT = object()


class BadRow(NamedTuple):
    """A row of many that has no result."""

    row: int
    """Its number, counted from 1."""
    index: Any
    """Its label in the index of a pandas Series or DataFrame; None where rows have none but their numbers."""
    problem: str
    """What is wrong with it."""


class Row(NamedTuple):
    """A pair of texts, or why there is none."""

    a: Any
    b: Any
    bad: BadRow | None


class Prompted(NamedTuple):
    """How the texts of one side are read: the model's name for their prompt, and the options with it."""

    prompt: str | None
    options: core.Options


class Pairs:
    """The rows of two columns.

    ``a``, ``b``: many texts each, or one that goes with all of the other side's. ``names``: what errors call them. ``prompts``: what the
    model calls the prompts of their texts.
    """

    def __init__(
        self, a: Any, b: Any, names: tuple[str, str], model: core.Encoder | Embedder, prompts: Sequence[str | None]
    ) -> None:
        self._is_one = isinstance(a, str) and isinstance(b, str)
        if self._is_one:
            a = [a]
        self.names = names
        self._is_empty = [lru_cache(maxsize=4096)(partial(_is_empty, model, prompt)) for prompt in prompts]
        columns = [None if isinstance(one, str) else _texts.values(one, name, "a str or ") for one, name in zip((a, b), names)]
        sizes = [len(one) for one in columns if isinstance(one, Sequence)]
        if len(sizes) == 2 and sizes[0] != sizes[1]:
            raise InputError(f"{names[0]} has {sizes[0]} texts and {names[1]} has {sizes[1]}: they must be as many")
        self.size: int | None = sizes[0] if len(sizes) == sum(one is not None for one in columns) else None
        indexes = [_texts.index_of(one) for one in (a, b)]
        _texts.check_same_index((indexes[0], names[0]), (indexes[1], names[1]))
        self.index: Any = next((index for index in indexes if index is not None), None)
        self.labels = _texts.labels(self.index)
        sides = [repeat(one) if column is None else column for one, column in zip((a, b), columns)]
        self._rows: Iterable[tuple[Any, Any]] = zip(*sides) if None in columns else zip_longest(*sides, fillvalue=_ABSENT)

    def rows(self, skip_bad: bool) -> Iterator[Row]:
        """The rows one by one; a bad one is an error unless it is to be skipped.

        Of columns whose size is known all are checked first, so that an error comes before the work and not amid it.
        """
        found = (self._row(i, a, b, skip_bad) for i, (a, b) in enumerate(self._rows))
        return iter(list(found)) if self.size is not None and not skip_bad else found

    def _row(self, i: int, a: Any, b: Any, skip_bad: bool) -> Row:
        if a is _ABSENT or b is _ABSENT:
            names = self.names if a is _ABSENT else self.names[::-1]
            raise InputError(f"{names[0]} ends before row {i + 1}, which {names[1]} has: they must be as many")
        for side, value in enumerate((a, b)):
            problem = self._problem(side, value)
            if problem is not None:
                return Row(a, b, self.bad(i, problem, skip_bad, isinstance(value, str)))
        return Row(a, b, None)

    def _problem(self, side: int, value: Any) -> str | None:
        if _texts.is_missing(value):
            return f"{self.names[side]} is missing ({value})"
        problem = _texts.problem_of(value)
        if problem is None and self._is_empty[side](value):
            problem = "is empty: give at least one word"
        return None if problem is None else f"{self.names[side]} {problem}"

    def bad(self, i: int, problem: str, skip_bad: bool, is_text: bool = True) -> BadRow:
        """The i-th row, which has a problem: an error, unless it is to be skipped."""
        if not skip_bad:
            text = problem if self._is_one else f"{_texts.place('row', i, self.labels)}: {problem}; skip_bad=True goes on without such rows"
            raise (InputError if is_text else TypeInputError)(text)
        return BadRow(i + 1, None if self.labels is None else self.labels[i], problem)


def _is_empty(model: core.Encoder | Embedder, prompt: str | None, text: str) -> bool:
    return model.is_empty(text, prompt)


class Decomposed:
    """Decompositions of texts, each made once for as long as it is kept."""

    def __init__(self, model: core.Encoder | Embedder) -> None:
        self._model = model
        self._known: OrderedDict[tuple[str, str | None], core.Decomposition] = OrderedDict()
        self._bytes = 0
        self.truncated: list[tuple[int, int] | None] = []
        self.missed: list[str | None] = []
        """What to warn of: tolerances that were missed."""

    def add(self, texts: Iterable[str], how: Prompted) -> None:
        """Decomposes those that are not here yet, all at once."""
        lacking = [text for text in dict.fromkeys(texts) if (text, how.prompt) not in self._known]
        for text, one in zip(lacking, self._model.decompose(lacking, how.options, None) if lacking else ()):
            self._keep(text, how, one)

    def _keep(self, text: str, how: Prompted, one: core.Decomposition) -> None:
        self._known[text, how.prompt] = one
        name = text if len(text) <= 40 else text[:37] + "..."
        self.truncated.append(one.truncated)
        self.missed.append(one.shortfall(f"the text {name!r}"))
        self._bytes += one.contributions.nbytes

    def of(self, text: str, how: Prompted, name: str) -> core.Decomposition:
        """That of a text; ``name``: what an error calls it."""
        if (text, how.prompt) not in self._known:
            self._keep(text, how, self._model.decompose_text(text, how.options, name, None))
        self._known.move_to_end((text, how.prompt))
        return self._known[text, how.prompt]

    def forget(self) -> None:
        """Lets those go that were used longest ago, down to what may be kept."""
        while self._bytes > _KEPT:
            self._bytes -= self._known.popitem(last=False)[1].contributions.nbytes


def explained(
    model: core.Encoder | Embedder,
    pairs: Pairs,
    how: tuple[Prompted, Prompted],
    similarity: Similarity,
    skip_bad: bool,
    listener: core.Listener,
) -> Iterator[tuple[Row, Explanation | BadRow]]:
    """Each row with its explanation, or with what is wrong with it, in their order, as soon as its chunk is done."""
    known, rows, size = Decomposed(model), enumerate(pairs.rows(skip_bad)), _FIRST
    listener.begin("explaining pairs", pairs.size, "it")
    while True:
        chunk, start = list(islice(rows, size)), time.monotonic()
        if not chunk:
            warn_of_missed(known.missed)
            warn_of_cut(known.truncated)
            return
        _decompose(known, [row for _, row in chunk if row.bad is None], how)
        for i, row in chunk:
            yield row, row.bad or _one(known, i, row, pairs, how, similarity, skip_bad)
        known.forget()
        listener.advance(len(chunk))
        is_quick = time.monotonic() - start < _SECONDS
        size = min(2 * size, _MOST) if is_quick else max(size // 2, core.get_num_threads())


def _decompose(known: Decomposed, rows: list[Row], how: tuple[Prompted, Prompted]) -> None:
    """All texts of a chunk at once. Where that fails, each is tried on its own, to find out whose fault it is."""
    sides = [row.a for row in rows], [row.b for row in rows]
    # With one prompt both are read alike, and make one batch.
    wanted = [(sides[0] + sides[1], how[0])] if how[0].prompt == how[1].prompt else list(zip(sides, how))
    for texts, way in wanted:
        try:
            known.add(texts, way)
        except InputError:
            return


def _one(
    known: Decomposed, i: int, row: Row, pairs: Pairs, how: tuple[Prompted, Prompted], similarity: Similarity, skip_bad: bool
) -> Explanation | BadRow:
    try:
        sides = [known.of(text, way, f"{name} of row {i + 1}") for text, way, name in zip(row, how, pairs.names)]
        return Explanation(sides[0].explain(sides[1], similarity))
    except InputError as error:
        return pairs.bad(i, str(error), skip_bad)


def similarities(
    model: core.Encoder | Embedder,
    pairs: Pairs,
    prompts: Sequence[str | None],
    similarity: Similarity,
    skip_bad: bool,
    listener: core.Listener,
) -> Doubles:
    """The similarity of each row, ``[rows]``, NaN where one was skipped. Every text is embedded once."""
    rows = list(pairs.rows(skip_bad))
    good = [i for i, row in enumerate(rows) if row.bad is None]
    sides = [[rows[i].a for i in good], [rows[i].b for i in good]]
    found: Doubles = np.full(len(rows), np.nan)
    if good:
        vectors = _embedded(model, sides, prompts, listener)
        for start in range(0, len(good), _COMPARED):
            some = slice(start, start + _COMPARED)
            x, y = (vectors[prompt].of(side[some]) for prompt, side in zip(prompts, sides))
            found[good[some]] = compared(x, y, similarity)
    return found


class _Embedded(NamedTuple):
    """Embeddings of texts."""

    places: dict[str, int]
    """The row of each."""
    vectors: Floats
    """``[texts, D]``."""

    def of(self, texts: list[str]) -> Doubles:
        """Those of some texts, ``[texts, D]``."""
        return self.vectors[[self.places[text] for text in texts]].astype(np.float64)


def _embedded(
    model: core.Encoder | Embedder, sides: list[list[str]], prompts: Sequence[str | None], listener: core.Listener
) -> dict[str | None, _Embedded]:
    """The embeddings of both sides' texts, by prompt."""
    places: dict[str | None, dict[str, int]] = {}
    for side, prompt in zip(sides, prompts):
        of = places.setdefault(prompt, {})
        for text in side:
            of.setdefault(text, len(of))
    return {prompt: _Embedded(of, model.embed(list(of), prompt, listener)) for prompt, of in places.items()}


def compared(x: Doubles, y: Doubles, similarity: str) -> Doubles:
    """The similarity of each row of ``x`` with that of ``y``, ``[rows]``; a vector of length zero has 0 with all."""
    products: Doubles = (x * y).sum(axis=1)
    if similarity == "cos":
        lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
        products = products / np.where(lengths > 0, lengths, 1.0)
    return products
