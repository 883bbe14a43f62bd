"""Explained hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from .. import _files
from .._errors import InputError
from . import _page

if TYPE_CHECKING:
    from .. import Highlight, Span

#: As the search returned them, or by our score.
Order = Literal["given", "score"]

# Texts are cut to this many characters in print, and lists of hits to this many of them there and in notebooks.
_WIDTH = 72
_SHOWN = 50

_NO_TEXT = "it has no text"


class Hit(NamedTuple):
    """One hit with its explanation."""

    hit: Any
    """As it was given."""
    text: str
    """Its text; empty if it has none."""
    highlight: Highlight | None
    """What in the text is near to the query; None if it has no text."""
    rank: int
    """Its place by our score, from 1; hits without a text are behind all others."""
    their_score: float | None
    """The search's own score; None if it gave none."""
    their_rank: int
    """Its place by the search's score, from 1; without scores, its place in the list."""

    @property
    def score(self) -> float | None:
        """The similarity of the query and the text under our model; None if it has no text."""
        return None if self.highlight is None else float(self.highlight.score)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What of the text to mark, strongest first; none if it has no text."""
        return () if self.highlight is None else self.highlight.spans

    @property
    def note(self) -> str | None:
        """Why the hit is not explained; None if it is."""
        return _NO_TEXT if self.highlight is None else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a document's metadata: ``score``, ``rank``, ``their_score``, ``their_rank``, ``note``, and ``spans``
        as in :meth:`whysim.Highlight.to_dict`."""
        return {
            "score": self.score,
            "rank": self.rank,
            "their_score": self.their_score,
            "their_rank": self.their_rank,
            "note": self.note,
            "spans": [] if self.highlight is None else self.highlight.to_dict()["spans"],
        }


class Hits(Sequence[Hit]):
    """The hits of a search, explained, in the order in which they were given.

    >>> found = whysim.explain_hits("a sleeping cat", ["The dog runs.", "The cat sleeps."], explainer)
    >>> len(found), found.query, [hit.text for hit in found.chosen("score", most=1)]
    (2, 'a sleeping cat', ['The cat sleeps.'])
    """

    query: str
    """What was searched for."""

    def __init__(self, query: str, hits: list[Hit]) -> None:
        self.query = query
        self._hits = tuple(hits)

    @overload
    def __getitem__(self, index: int) -> Hit: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Hit, ...]: ...

    def __getitem__(self, index: int | slice) -> Hit | tuple[Hit, ...]:
        return self._hits[index]

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    def chosen(self, order: Order = "score", most: int | None = None, least_score: float | None = None) -> list[Hit]:
        """The hits in the search's order (``"given"``) or by our score (``"score"``); at most ``most`` of them, and none whose score is
        below ``least_score``, nor then any without a text."""
        check_choice(order, most)
        hits = list(self._hits) if order == "given" else sorted(self._hits, key=lambda hit: hit.rank)
        if least_score is not None:
            hits = [hit for hit in hits if hit.score is not None and hit.score >= least_score]
        return hits[:most]

    @cached_property
    def _pairs(self) -> tuple[int, list[tuple[Hit, Hit]]]:
        """How many pairs of hits with a text both rankings tell apart, and those that they have the other way round."""
        told, swapped = 0, []
        hits = sorted((hit for hit in self._hits if hit.highlight is not None), key=lambda hit: hit.their_rank)
        for i, above in enumerate(hits):
            for below in hits[i + 1 :]:
                is_tied = above.their_score is not None and above.their_score == below.their_score
                if is_tied or _lead(above, below) == 0:
                    continue
                told += 1
                if _lead(above, below) < 0:
                    swapped.append((above, below))
        return told, sorted(swapped, key=lambda pair: _lead(*pair))

    @property
    def agreement(self) -> float | None:
        """The share of pairs of hits that both rankings have the same way round: 1 for the same order, 0 for the opposite one. Pairs
        of equal scores do not count; None if there are no others. Kendall's tau without ties is ``2 * agreement - 1``."""
        told, swapped = self._pairs
        return 1 - len(swapped) / told if told else None

    @property
    def disagreements(self) -> list[tuple[Hit, Hit]]:
        """The pairs (above, below) that the search and our model rank the other way round, by how far our scores are apart, the farthest
        first. ``explainer.margin(query, better=below.text, worse=above.text)`` says which words make the difference."""
        return list(self._pairs[1])

    def to_dicts(self) -> list[dict[str, Any]]:
        """:meth:`Hit.to_dict` of every hit, with its ``text``."""
        return [{"text": hit.text, **hit.to_dict()} for hit in self._hits]

    def __str__(self) -> str:
        lines = [f"query: {self.query}", f"{'theirs':>12}  {'ours':>12}"]
        for hit in self._shown():
            theirs, ours = _number(hit.their_rank, hit.their_score), _number(hit.rank, hit.score)
            text = f"({hit.note})" if hit.highlight is None else _short(hit.highlight.marked("[", "]"))
            lines.append(f"{theirs:>12}  {ours:>12}  {text}")
        return "\n".join([*lines, *self._verdict()])

    def _shown(self) -> list[Hit]:
        return sorted(self._hits, key=lambda hit: hit.their_rank)[:_SHOWN]

    __repr__ = __str__

    def _verdict(self) -> list[str]:
        told, swapped = self._pairs
        more = [f"and {len(self) - _SHOWN} more"] if len(self) > _SHOWN else []
        if not told:
            return more
        if not swapped:
            return [*more, "both rankings have the same order"]
        above, below = swapped[0]
        return [
            *more,
            f"{told - len(swapped)} of {told} pairs of hits agree; farthest apart: "
            f"theirs has #{above.their_rank} above #{below.their_rank}, our scores are {above.score:.4f} and {below.score:.4f}",
        ]

    def to_html(self, path: _files.Path | None = None) -> str:
        """A page with the table that notebooks show; also written to ``path`` if one is given."""
        return _files.written(_page.page(self.query, self._repr_html_()), path)

    def _repr_html_(self) -> str:
        return _page.fragment(self.query, self._shown(), self._verdict())


def _lead(above: Hit, below: Hit) -> float:
    """By how much our score of a hit is above that of another, both of which have a text."""
    return (above.score or 0.0) - (below.score or 0.0)


def check_choice(order: Order, most: int | None) -> None:
    """Reports wrong settings of :meth:`Hits.chosen`."""
    if order not in ("given", "score"):
        raise InputError(f'order must be "given" or "score", not {order!r}')
    if most is not None and most < 1:
        raise InputError(f"at least one hit must be kept, not {most}")


def _number(rank: int, score: float | None) -> str:
    return f"#{rank}" + ("" if score is None else f" {score:8.4f}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
