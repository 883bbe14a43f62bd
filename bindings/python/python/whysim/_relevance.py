"""What each token of a passage adds to its similarity to a query."""

from __future__ import annotations

from typing import Literal, NamedTuple

from . import _listing
from ._types import Floats, Token, Truncated, comparable, token, truncated

Fields = tuple[
    float,
    list[tuple[str, int, int, Literal["text", "prompt", "special"]]],
    Floats,
    tuple[float, float, float],
    "tuple[int, float, bool | None, str | None]",
    "tuple[int, int] | None",
    "Floats | None",
]


# Rows that its line names, and that its table has.
_NAMED, _LISTED = 4, 12


@comparable
class Relevance(NamedTuple):
    """What each row of a passage adds to its similarity to a query: ``score = relevance.sum() + reference - error``.

    >>> r = explainer.relevance("a sleeping cat", "The cat sleeps.")
    >>> bool(abs(r.relevance.sum() + r.reference - r.score) <= r.bound)
    True
    >>> r.tokens
    ['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']
    """

    score: float
    """The similarity of the query and the passage."""
    rows: tuple[Token, ...]
    """The rows of the passage, with their places in it."""
    relevance: Floats
    """What each row adds to the score, ``[S]``."""
    reference: float
    """What the passage's reference has with the query. Zero for an exact model."""
    error: float
    """Signed error of the sum, which is that of the quadrature."""
    bound: float
    """A bound on the error's absolute value."""
    n_steps: int
    """Quadrature nodes used, or texts embedded."""
    gap: float
    """The error relative to the lengths of the query's embedding and of the passage's less its reference's."""
    truncated: Truncated | None
    """Set where the model did not read the passage to its end."""
    converged: bool | None
    """Whether the tolerance was reached; None where none was asked for."""
    standard_error: Floats | None
    """How far sampling may have moved each value of ``relevance``, ``[S]``; None for contributions by a path."""

    @property
    def tokens(self) -> list[str]:
        """The rows' texts."""
        return [row.text for row in self.rows]

    def __repr__(self) -> str:
        found = [f"{token} {value}" for token, value in self._strongest(_NAMED)]
        more = [f"and {len(self.rows) - _NAMED} more"] if len(self.rows) > _NAMED else []
        return f"Relevance({self._sum()}: {', '.join([*found, *more])})"

    def _repr_html_(self) -> str:
        more = f", the {_LISTED} strongest of {len(self.rows)} rows" if len(self.rows) > _LISTED else ""
        return _listing.page(("token", "relevance"), self._strongest(_LISTED), self._sum() + more)

    def _sum(self) -> str:
        reference = "" if self.reference == 0 else f", {self.reference:+.4f} of the reference"
        return f"score {self.score:.4f}{reference}"

    def _strongest(self, most: int) -> list[tuple[str, str]]:
        order = sorted(range(len(self.rows)), key=lambda i: -abs(self.relevance[i]))[:most]
        errors = [None] * len(self.rows) if self.standard_error is None else self.standard_error
        return [(self.rows[i].text, _listing.number(self.relevance[i], errors[i])) for i in order]


def relevance(fields: Fields) -> Relevance:
    score, tokens, values, (reference, error, bound), (steps, gap, converged, _), cut, errors = fields
    rows = tuple(token(row) for row in tokens)
    return Relevance(score, rows, values, reference, error, bound, steps, gap, truncated(cut), converged, errors)


def shortfall(fields: Fields) -> str | None:
    """What to warn of."""
    return fields[4][3]
