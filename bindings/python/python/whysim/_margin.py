"""Why one text ranks above another."""

from __future__ import annotations

from functools import cached_property

from . import _arguments as arguments
from . import _whysim as core
from ._explanation import Explanation
from ._fields import Field, Fields
from ._types import Doubles, Unit


class Margin(Fields):
    """Why one text ranks above another for a query: the difference of their attributions, and its ledger.

    ``margin = sum + references - error``, and ``sum`` is the sum of ``query``, and of ``better_rows`` and ``worse_rows`` together.

    >>> m = explainer.margin("The cat sleeps.", better="A kitten naps.", worse="The dog runs.")
    >>> bool(abs(m.query.sum() + m.references - m.margin) <= m.bound)
    True
    >>> bool(abs(m.better_rows.sum() + m.worse_rows.sum() - m.sum) < 1e-6)
    True
    """

    _inner: core.Margin

    def __init__(self, inner: core.Margin) -> None:
        self._inner = inner

    margin = Field[float]("Score of the better text less that of the worse; negative if they rank the other way round.")
    query = Field[Doubles]("What each row of the query has for the better text more than for the worse, ``[S_query]``.")
    query_border = Field[Doubles]("The same of what each row has with the references of the two texts, ``[S_query]``. Zero for an exact model.")
    better_rows = Field[Doubles]("What each row of the better text adds to the margin, ``[S_better]``.")
    worse_rows = Field[Doubles]("What each row of the worse text adds to the margin, negative where it speaks for that text, ``[S_worse]``.")
    sum = Field[float]("What pairs of tokens add to the margin.")
    references = Field[float]("What the references add to the margin. Zero for an exact model.")
    error = Field[float]("Signed error of the ledger: ``sum`` + ``references`` - ``margin``.")
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

    def __repr__(self) -> str:
        def strongest(tokens: list[str], values: Doubles) -> list[str]:
            order = sorted(range(len(tokens)), key=lambda i: -abs(values[i]))[:5]
            return [f"  {values[i]:+9.4f}  {tokens[i]}" for i in order]

        lines = [f"margin {self.margin:+.4f} = {self.better.score:.4f} - ({self.worse.score:.4f})"]
        lines += [f"= {self.sum:+.4f} pairs {self.references:+.4f} references, error {self.error:.1e}, at most {self.bound:.1e}"]
        for name, tokens, values in (
            ("query", self.tokens_query, self.query),
            ("better", self.tokens_better, self.better_rows),
            ("worse", self.tokens_worse, self.worse_rows),
        ):
            lines += [name, *strongest(tokens, values)]
        return "\n".join(lines)
