"""The explanations of many pairs, and the columns that tables of them have."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from . import _arguments as arguments
from . import _beside, _files, _tables, _texts
from ._explanation import Explanation
from ._pairs import BadRow
from ._types import Doubles

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

# Pairs that a notebook shows.
_DRAWN = 10


class Explanations(Sequence["Explanation | None"], _beside.Collection):
    """The explanations of many pairs, in their order; None for a pair that has none, of which ``errors`` says why.

    >>> many = explainer.explain_pairs(["The cat sleeps.", None], ["A kitten naps.", "A bird."], skip_bad=True)
    >>> many
    Explanations(1 of 2 pairs; row 2: a is missing (None))
    >>> many[0].tokens_a[2], many[1]
    ('cat', None)
    """

    def __init__(self, found: Sequence[Explanation | BadRow], texts: Sequence[tuple[Any, Any]], index: Any = None) -> None:
        self._all = [None if isinstance(one, BadRow) else one for one in found]
        self._texts, self._index = texts, index
        self.errors: tuple[BadRow, ...] = tuple(one for one in found if isinstance(one, BadRow))
        """The rows without an explanation."""

    @property
    def scores(self) -> Doubles:
        """The similarity of each pair, ``[pairs]``; NaN without an explanation."""
        return np.array([np.nan if one is None else one.score for one in self._all], dtype=np.float64)

    def to_dataframe(self) -> pandas.DataFrame:
        """One row for each pair: ``a``, ``b``, and the columns of :meth:`Explainer.explain_table`. Needs pandas.

        Its index is that of the Series that the texts came in, if it was one.
        """
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        frame = pandas.DataFrame(self._pairs(), index=self._index, dtype=object)
        return _tables.of_pandas(frame, self._columns())

    def to_polars(self) -> polars.DataFrame:
        """The same as a frame of polars, which it needs."""
        try:
            import polars
        except ImportError:
            raise arguments.missing("to_polars", "polars", "polars") from None
        frame = polars.DataFrame(self._pairs(), schema={"a": polars.String, "b": polars.String})
        return _tables.of_polars(frame, self._columns())

    def to_arrow(self) -> pyarrow.Table:
        """The same as a table of Arrow. Needs pyarrow."""
        try:
            import pyarrow
        except ImportError:
            raise arguments.missing("to_arrow", "pyarrow", "arrow") from None
        table = pyarrow.table(self._pairs(), schema=pyarrow.schema([("a", pyarrow.string()), ("b", pyarrow.string())]))
        return _tables.of_arrow(table, self._columns())

    def save(
        self,
        path: _files.Path,
        *,
        gold: Sequence[float | None] | None = None,
        names: Sequence[object] | None = None,
    ) -> None:
        """Writes them as JSON lines, as :func:`whysim.save_explanations` does; :func:`whysim.load_explanations` reads them."""
        _beside.write_lines(path, _beside.pairs_of(self, gold, names))

    def _known(self) -> _beside.Beside:
        # An index that only counts is no name.
        return _beside.Beside(names=_texts.labels(self._index), index=self._index, errors=self.errors)

    def _pairs(self) -> dict[str, list[str | None]]:
        """The texts; what is none is left out."""
        sides: list[list[str | None]] = [[], []]
        for pair in self._texts:
            for side, text in zip(sides, pair):
                side.append(text if isinstance(text, str) else None)
        return {"a": sides[0], "b": sides[1]}

    def _columns(self) -> dict[str, list[Any]]:
        bad = {error.row: error for error in self.errors}
        return columns_of(bad[i] if one is None else one for i, one in enumerate(self._all, 1))

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, place: int) -> Explanation | None: ...
    @overload
    def __getitem__(self, place: slice) -> list[Explanation | None]: ...
    def __getitem__(self, place: int | slice) -> Explanation | None | list[Explanation | None]:
        """That of a pair, counted from 0; of a slice a list."""
        if isinstance(place, slice):
            return self._all[place]
        return self._all[arguments.position(place, len(self._all), "pair")]

    def __iter__(self) -> Iterator[Explanation | None]:
        return iter(self._all)

    def _repr_html_(self) -> str:
        """The first pairs, their texts coloured by what each word adds to the score."""
        parts = [f"<p>{html.escape(repr(self))}</p>"]
        for one in [one for one in self._all if one is not None][:_DRAWN]:
            parts.append(one.by("word").to_html(form="texts") if one.unit == "token" else one.to_html(form="texts"))
        more = len(self) - len(self.errors) - _DRAWN
        if more > 0:
            parts.append(f"<p>and {more} more: whysim.report(...) makes a page of all</p>")
        return "\n<hr>\n".join(parts)

    def __repr__(self) -> str:
        bad = [_beside.listed(self.errors)] if self.errors else []
        return f"Explanations({'; '.join([f'{len(self) - len(self.errors)} of {len(self)} pairs', *bad])})"


def columns_of(found: Iterable[Explanation | BadRow]) -> dict[str, list[Any]]:
    """The columns that an explanation adds to a table's row; null where there is none, and ``note`` says why.

    Explanations are let go one by one, as they come.
    """
    columns: dict[str, list[Any]] = {name: [] for name in _tables.COLUMNS}
    for one in found:
        row = dict.fromkeys(_tables.COLUMNS)
        if isinstance(one, BadRow):
            row["note"] = one.problem
        else:
            row.update({name: getattr(one, name) for name in ("score", "sum", "error", "bound", "tokens_a", "tokens_b")})
            row["matrix"] = one.matrix.ravel()
            row["note"] = _remarks(one)
        for name, value in row.items():
            columns[name].append(value)
    return columns


def _remarks(one: Explanation) -> str | None:
    """What to know of a row that has an explanation."""
    cut = [(name, side.truncated) for name, side in (("a", one.a), ("b", one.b)) if side.truncated is not None]
    remarks = [f"{name} is too long for the model, which read {read} of {of} tokens" for name, (read, of) in cut]
    if one.converged is False:
        gap = max(one.gaps)
        remarks.append(f"the tolerance was missed: a completeness gap of {gap:.1e}")
    return "; ".join(remarks) or None
