"""Hits of any search, explained: why each came, what our model makes of it, and where the two rankings disagree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Literal, Union

from .._errors import InputError, TypeInputError
from .._highlight import highlights_of
from .._texts import check_text
from ._explainer import Model, check_options, explainer_of
from .results import Hit, Hits

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where a value is in a hit: a key or attribute, a path of them as in ``"payload.text"``, or a function of the hit.
Where = Union[str, Callable[[Any], Any]]

#: Whether the better of two scores is the higher or the lower one.
Scale = Literal["similarity", "distance"]

_MISSING = object()


def explain_hits(
    query: str,
    hits: Iterable[Any],
    explainer: Model = None,
    *,
    text: Where = "text",
    score: Where | None = "score",
    scale: Scale = "similarity",
    **options: Any,
) -> Hits:
    """Explains the hits of a search: what in each is near to the query, and our own score and rank beside theirs.

    ``hits``: texts, dicts, objects, or pairs of one of these and a score, in the order of the search.
    ``explainer``: an :class:`~whysim.Explainer`, the name or folder of a model, or None for the default one. It need not be the model
    that searched.
    ``text``, ``score``: where a hit has its text and its score: a key or attribute, a path of them (``"payload.text"``), or a function
    of the hit. ``score=None``: the hits have none, and their order is their ranking; so it is where no hit has a ``score``.
    ``scale``: ``"distance"`` if lower scores are better. ``options``: those of :meth:`whysim.Explainer.highlight`, which makes the
    highlights: ``top``, ``least``, ``by``, ``prompt_query``, ``prompt_passage``, ``progress``.

    A hit whose text is empty, None or not there is kept without an explanation: its ``highlight`` is None, its ``note`` says why, and its
    rank is behind all others. If no hit has a text, and where a score is not a number, it is an :class:`~whysim.InputError` that gives the
    hit's number.

    >>> found = whysim.explain_hits("a sleeping cat", [("The dog runs.", 0.9), ("The cat sleeps.", 0.4)], explainer)
    >>> [(hit.their_rank, hit.rank, hit.text) for hit in found]
    [(1, 2, 'The dog runs.'), (2, 1, 'The cat sleeps.')]
    >>> found.agreement
    0.0
    """
    check_text(query, "query")
    given = _listed(hits)
    chosen = check_options(options)
    if scale not in ("similarity", "distance"):
        raise InputError(f'scale must be "similarity" or "distance", not {scale!r}')
    return explained(explainer_of(explainer), query, given, _texts(given, text), _scores(given, score), scale, chosen)


def explained(
    explainer: Any,
    query: str,
    hits: Sequence[Any],
    texts: Sequence[str | None],
    scores: Sequence[float] | None,
    scale: Scale = "similarity",
    options: Mapping[str, Any] | None = None,
) -> Hits:
    """The same for hits whose texts and scores are known; None is no text. A text that is in several hits is explained once."""
    for number, text in enumerate(texts, 1):
        if text is not None and not isinstance(text, str):
            raise TypeInputError(f"hit {number} has no text, but {text!r}")
    chosen = dict(options or {})
    plain = ["" if text is None else text for text in texts]
    known = highlights_of(explainer, query, plain, chosen)
    if texts and not known:
        raise InputError(f"hit 1 has no text, but {texts[0]!r}, and no other hit has one")
    found = [known.get(text) for text in plain]
    ours = _ranks([math.inf if one is None else -one.score for one in found])
    sign = 1.0 if scale == "distance" else -1.0
    theirs = list(range(1, len(hits) + 1)) if scores is None else _ranks([sign * score for score in scores])
    return Hits(
        query,
        [
            Hit(hit, text, found[i], ours[i], None if scores is None else scores[i], theirs[i])
            for i, (hit, text) in enumerate(zip(hits, plain))
        ],
    )


def _listed(hits: Iterable[Any]) -> list[Any]:
    if isinstance(hits, (str, Mapping)) or not isinstance(hits, Iterable):
        raise TypeInputError(f"hits must be a list of hits, not {type(hits).__name__}")
    return list(hits)


def _ranks(keys: list[float]) -> list[int]:
    """The rank of each, from 1; the lowest key is first, and of equal ones the earlier."""
    ranks = [0] * len(keys)
    for rank, i in enumerate(sorted(range(len(keys)), key=keys.__getitem__), 1):
        ranks[i] = rank
    return ranks


def _is_pair(hit: Any) -> bool:
    return isinstance(hit, tuple) and len(hit) == 2 and not hasattr(hit, "_fields")


def _texts(hits: list[Any], where: Where) -> list[str | None]:
    """The text of each hit, None where there is none; but a place where no hit has anything is a wrong one."""
    bare = [hit[0] if _is_pair(hit) else hit for hit in hits]
    found = [hit if isinstance(hit, str) else value_at(hit, where) for hit in bare]
    if found and all(text is _MISSING for text in found):
        raise InputError(f"hit 1 has no {where!r}; {_what_it_has(bare[0])}. Say where its text is: text=...")
    for number, text in enumerate(found, 1):
        if text is not _MISSING and text is not None and not isinstance(text, str):
            raise TypeInputError(f"hit {number} has no text in {where!r}, but {text!r}")
    return [None if text is _MISSING else text for text in found]


def _scores(hits: list[Any], where: Where | None) -> list[float] | None:
    if where is None:
        return None
    found = [hit[1] if _is_pair(hit) else value_at(hit, where) for hit in hits]
    absent = [number for number, value in enumerate(found, 1) if value is _MISSING]
    if len(absent) == len(found) and where == "score":
        return None
    if absent:
        raise InputError(f"hit {absent[0]} has no {where!r}; {_what_it_has(hits[absent[0] - 1])}. Say where its score is: score=...")
    return [number_of(value, f"the score of hit {number}") for number, value in enumerate(found, 1)]


def number_of(value: Any, name: str) -> float:
    """A number that can be ranked."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be a number, not {value!r}") from error
    if math.isnan(number):
        raise InputError(f"{name} is not a number (NaN)")
    return number


def value_at(hit: Any, where: Where) -> Any:
    """What a hit has at a place."""
    if callable(where):
        return where(hit)
    whole = _step(hit, where)
    if whole is not _MISSING or "." not in where:
        return whole
    for name in where.split("."):
        hit = _step(hit, name)
    return hit


def _step(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, _MISSING)
    return getattr(value, name, _MISSING) if not isinstance(value, str) else _MISSING


def _what_it_has(hit: Any) -> str:
    if isinstance(hit, Mapping):
        return f"it has {', '.join(map(str, hit))}" if hit else "it is empty"
    return f"it is a {type(hit).__name__}"
