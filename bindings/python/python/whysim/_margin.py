"""Why one text ranks above another."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable

from . import _arguments as arguments
from . import _files, _kinds
from . import _whysim as core
from ._errors import InputError
from ._explanation import Explanation
from ._fields import Field, Fields
from ._texts import check_text
from ._types import Doubles, Unit

if TYPE_CHECKING:
    import pandas

# What pages and texts call the two texts unless they are named.
_NAMES = ("the better text", "the worse text")


class Margin(Fields):
    """Why one text ranks above another for a query: the difference of their attributions, and its ledger.

    By rows of the texts, or by those of the query: ``margin = better_rows.sum() + worse_rows.sum() + text_references - error``, and
    ``margin = query.sum() + query_reference - error``.

    >>> m = explainer.margin("The cat sleeps.", better="A kitten naps.", worse="The dog runs.")
    >>> bool(abs(m.better_rows.sum() + m.worse_rows.sum() + m.text_references - m.margin) <= m.bound)
    True
    >>> bool(abs(m.query.sum() + m.query_reference - m.margin) <= m.bound)
    True

    In a notebook it shows itself as three coloured texts, and both pairs to explore. It can be pickled.
    """

    _inner: core.Margin

    def __init__(self, inner: core.Margin) -> None:
        self._inner = inner

    margin = Field[float]("Score of the better text less that of the worse; negative if they rank the other way round.")
    query = Field[Doubles]("What each row of the query adds to the better text's score more than to the worse one's, ``[S_query]``.")
    query_reference = Field[float]("What the query's reference has with the better text more than with the worse. Zero for an exact model.")
    better_rows = Field[Doubles]("What each row of the better text adds to the margin, ``[S_better]``.")
    worse_rows = Field[Doubles]("What each row of the worse text adds to the margin, negative where it speaks for that text, ``[S_worse]``.")
    text_references = Field[float]("What the query has with the better text's reference more than with the worse one's. Zero for an exact model.")
    error = Field[float]("Signed error of both sums.")
    bound = Field[float]("A proved bound on ``abs(error)``.")

    @cached_property
    def better(self) -> Explanation:
        """The query (A) with the better text (B)."""
        return Explanation(self._inner.better)

    @cached_property
    def worse(self) -> Explanation:
        """The query (A) with the worse text (B)."""
        return Explanation(self._inner.worse)

    @property
    def tokens_query(self) -> list[str]:
        """The texts of the query's rows."""
        return self.better.tokens_a

    @property
    def tokens_better(self) -> list[str]:
        """The texts of the better text's rows."""
        return self.better.tokens_b

    @property
    def tokens_worse(self) -> list[str]:
        """The texts of the worse text's rows."""
        return self.worse.tokens_b

    def by(self, unit: Unit) -> Margin:
        """The same by coarser rows."""
        return Margin(self._inner.by(arguments.coarser(unit, self.better.unit)))

    def to_dataframe(self) -> pandas.DataFrame:
        """One row per row of the three texts: ``text`` (``"query"``, ``"better"``, ``"worse"``), ``row``, ``token``, and ``margin``, what it
        adds to the margin. Needs pandas.
        """
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        rows = [
            (text, i, token, float(value))
            for text, tokens, values in self._texts()
            for i, (token, value) in enumerate(zip(tokens, values))
        ]
        return pandas.DataFrame(rows, columns=["text", "row", "token", "margin"])

    def to_dict(self) -> dict[str, Any]:
        """The JSON's content as plain values, both explanations included."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers in full precision, as JSON; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    @staticmethod
    def from_json(text: str) -> Margin:
        """Reads what :meth:`to_json` or ``whysim margin --format json`` wrote.

        >>> m = explainer.margin("The cat sleeps.", better="A kitten naps.", worse="The dog runs.")
        >>> Margin.from_json(m.to_json()) == m
        True
        """
        return Margin(_kinds.read(text, "a margin", core.Margin.from_json))

    @staticmethod
    def load(path: _files.Path) -> Margin:
        """Reads what :meth:`save` wrote as ``.json``."""
        return Margin.from_json(_files.read_json(path))

    def to_html(self, path: _files.Path | None = None, *, names: tuple[str, str] = _NAMES) -> str:
        """A self-contained page: the query and both texts coloured by what each row adds to the margin, the ledger, and both pairs to
        explore. Also written to ``path`` if one is given. ``names``: what the better and the worse text are called.

        >>> page = explainer.margin("The cat sleeps.", "A kitten naps.", "The dog runs.").to_html(names=("first hit", "second hit"))
        >>> "In first hit" in page
        True
        """
        return _files.written(self._inner.html(_named(names)), path)

    def to_text(self, *, names: tuple[str, str] = _NAMES, top: int = 8) -> str:
        """The margin in words and numbers, with the ``top`` rows of each text."""
        return self._inner.text(_named(names), arguments.whole(top, "top", 0))

    def save(self, path: _files.Path, *, names: tuple[str, str] = _NAMES) -> None:
        """Writes a file in the format of its extension: ``.html``, ``.json`` or ``.txt``. JSON has no names."""
        forms: dict[str, Callable[[], str]] = {
            ".html": lambda: self.to_html(names=names),
            ".json": self.to_json,
            ".txt": lambda: self.to_text(names=names),
        }
        form = forms.get(_files.ending(_files.place(path, "path")))
        if form is None:
            raise InputError(f"{path} has no known extension: use {', '.join(forms)}")
        _files.write(path, form())

    def _texts(self) -> tuple[tuple[str, list[str], Doubles], ...]:
        """The three texts with their rows and what these add."""
        return (
            ("query", self.tokens_query, self.query),
            ("better", self.tokens_better, self.better_rows),
            ("worse", self.tokens_worse, self.worse_rows),
        )

    def _repr_html_(self) -> str:
        return self._inner.fragment(_NAMES)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Margin) and self._inner.json() == other._inner.json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Callable[[str], Margin], tuple[str]]:
        return Margin.from_json, (self._inner.json(),)

    def __repr__(self) -> str:
        def strongest(tokens: list[str], values: Doubles) -> list[str]:
            order = sorted(range(len(tokens)), key=lambda i: -abs(values[i]))[:5]
            return [f"  {values[i]:+9.4f}  {tokens[i]}" for i in order]

        lines = [f"margin {self.margin:+.4f} = {self.better.score:.4f} - ({self.worse.score:.4f})"]
        words = float(self.better_rows.sum() + self.worse_rows.sum())
        lines += [f"= {words:+.4f} of both texts {self.text_references:+.4f} references, error {self.error:.1e}, at most {self.bound:.1e}"]
        for name, tokens, values in self._texts():
            lines += [name, *strongest(tokens, values)]
        return "\n".join(lines)


def _named(names: tuple[str, str]) -> tuple[str, str]:
    """What the two texts are called."""
    found = arguments.many(names, "names", "two str, what the better and the worse text are called")
    if len(found) != 2:
        raise InputError(f"names must be two str, what the better and the worse text are called, not {len(found)} of them")
    for name, number in zip(found, (1, 2)):
        check_text(name, f"name number {number}")
    return found[0], found[1]
