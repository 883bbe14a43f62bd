"""Texts that say the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._compare import _Result
from ._embedder import Embedder
from ._errors import InputError
from ._explainer import Explainer
from ._progress import progress as shown
from ._texts import texts_of, values
from ._types import Floats, SimilarityName, Texts

if TYPE_CHECKING:
    import pandas

# Pairs, groups and the like that a printed result lists.
_SHOWN = 8


class DuplicatePair(NamedTuple):
    """Two texts at or above the threshold."""

    a: int
    """Index of A in the texts."""
    b: int
    """Index of B in the texts, or in ``against``."""
    id_a: str
    """A's name."""
    id_b: str
    """B's name."""
    score: float
    """Their similarity."""
    group: int
    """Index of their group."""
    kinds: tuple[str, ...]
    """What kinds of words differ: ``"copy"`` (none), ``"form"``, ``"number"``, ``"name"``, ``"negation"``, ``"order"``, ``"word"``."""
    telling: bool
    """Whether they differ in numbers, names or negations alone, or in their places: similar, and no duplicates."""
    summary: str
    """In what they differ, in a line."""
    differences: list[tuple[str | None, str | None]]
    """The words of A and of B that differ; None where only the other has some."""
    carries: list[tuple[str, str, float]]
    """The words of A and of B that carry the similarity, strongest first; empty if the pair was not explained."""
    truncated: bool
    """Whether the model read only the beginning of one of them, so that what differs behind has no effect; False if it was not explained."""


class DuplicateGroup(NamedTuple):
    """Texts joined by pairs at or above the threshold, directly or through others."""

    texts: list[int]
    """Indices of its texts."""
    against: list[int]
    """Indices of its texts in ``against``."""
    representative: str
    """The name of the text that is most similar to the others: which to keep."""
    lowest: float
    """The lowest similarity of two of its texts."""
    mean: float
    """Their mean similarity."""
    chain: bool
    """Whether some of its texts are below the threshold, joined only through others."""


class Duplicates(_Result):
    """Texts that say the same; printed, the strongest of everything. ``to_dict`` has it all: docs/json.md.

    >>> found = whysim.duplicates(["The cat sleeps for 10 days.", "The cat sleeps for 12 days.", "A bird."], explainer)
    >>> found.pairs[0].summary, found.groups[0].texts
    ('differs in a number: 10 → 12', [0, 1])
    """

    def __init__(self, inner: core.Duplicates) -> None:
        self._inner = inner

    @property
    def items(self) -> list[dict[str, Any]]:
        """The texts that the numbers in ``to_dict`` are of: ``id``, ``set``, ``at``, ``text``."""
        items: list[dict[str, Any]] = self._values["items"]
        return items

    @cached_property
    def pairs(self) -> list[DuplicatePair]:
        """Pairs, strongest first; then texts that are equal word for word."""
        return [self._pair(pair) for pair in self._values["pairs"]]

    def _pair(self, pair: dict[str, Any]) -> DuplicatePair:
        a, b = self.items[pair["a"]], self.items[pair["b"]]
        evidence = pair["evidence"] or {"carries": [], "truncated": []}
        return DuplicatePair(
            a["at"],
            b["at"],
            a["id"],
            b["id"],
            pair["score"],
            pair["group"],
            tuple(pair["kinds"]),
            pair["telling"],
            pair["summary"],
            [(one["a"] and one["a"]["text"], one["b"] and one["b"]["text"]) for one in pair["differences"]],
            [(one["a"]["text"], one["b"]["text"], one["value"]) for one in evidence["carries"]],
            any(cut is not None for cut in evidence["truncated"]),
        )

    @cached_property
    def groups(self) -> list[DuplicateGroup]:
        """Groups, largest first."""
        return [self._group(group) for group in self._values["groups"]]

    def _group(self, group: dict[str, Any]) -> DuplicateGroup:
        of = [[self.items[i]["at"] for i in group["texts"] if self.items[i]["set"] == set] for set in (0, 1)]
        representative = self.items[group["representative"]]["id"]
        return DuplicateGroup(of[0], of[1], representative, group["lowest"], group["mean"], group["chain"])

    @cached_property
    def hubs(self) -> dict[str, Any]:
        """Texts near to unusually many others: ``neighbours``, ``skewness``, ``never``, ``count``, ``mean``, ``hubs``.

        ``text`` of a hub is its index in the texts, or in ``against`` if there are any, as in pairs and groups; ``id`` is its name.
        """
        hubs: dict[str, Any] = self._values["hubs"]
        item = self.items
        named = [{**one, "text": item[one["text"]]["at"], "id": item[one["text"]]["id"]} for one in hubs["hubs"]]
        return {**hubs, "hubs": named}

    @property
    def boilerplate(self) -> dict[str, Any]:
        """``sentences`` that stand in many texts, and ``carriers``: words that carry similarity in many of the explained pairs."""
        boilerplate: dict[str, Any] = self._values["boilerplate"]
        return boilerplate

    def to_csv(self, path: _files.Path | None = None) -> str:
        """The pairs as CSV, one a row; also written to ``path`` if one is given."""
        content: str = self._inner.csv()
        return _files.written(content, path)

    def to_html(self, path: _files.Path | None = None) -> str:
        """A page with the differing words marked; also written to ``path`` if one is given."""
        content: str = self._inner.html()
        return _files.written(content, path)

    def to_dataframe(self) -> pandas.DataFrame:
        """One row per pair, with the fields of :class:`DuplicatePair`. Needs pandas."""
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        return pandas.DataFrame(self.pairs, columns=list(DuplicatePair._fields))


def duplicates(
    texts: Texts,
    explainer: Explainer | None = None,
    *,
    threshold: float = 0.9,
    against: Texts | None = None,
    ids: Iterable[str] | None = None,
    ids_against: Iterable[str] | None = None,
    embeddings: Any = None,
    embeddings_against: Any = None,
    similarity: SimilarityName | None = None,
    explain: int = 100,
    words: int = 5,
    longest: int = 256,
    edges: int = 10,
    listed: int = 10_000,
    neighbours: int = 10,
    hubs: int = 10,
    boilerplate: int = 10,
    least: int = 3,
    progress: bool | None = None,
) -> Duplicates:
    """Texts that say the same: pairs at or above ``threshold``, their groups, what differs in each pair, hubs, boilerplate.

    The same as ``whysim duplicates``. ``texts``: a list, or a Series of pandas or polars. ``against``: pairs are of one text of each. ``ids``: names of the texts, by default their
    numbers from 0. ``embeddings``: ``[texts, D]``, if there are some already; without an ``explainer`` nothing is explained then.
    ``explain``: how many pairs to explain, by ``words`` pairs of words each; pairs with a text of more than ``longest`` tokens by
    sentences. ``edges``: for each text its strongest pairs are kept, and all counted; ``listed`` of them are listed.
    ``neighbours``: k of the lists in which hubs are counted. ``least``: in how many texts or pairs boilerplate stands.

    >>> found = whysim.duplicates(["red", "Red!", "blue"], embeddings=[[1, 0], [1, 0.1], [0, 1]])
    >>> [(pair.a, pair.b, pair.kinds) for pair in found.pairs]
    [(0, 1, ('form',))]
    """
    sizes = {"explain": explain, "words": words, "longest": longest, "edges": edges, "listed": listed, "neighbours": neighbours}
    sizes.update({"hubs": hubs, "boilerplate": boilerplate, "least": least})
    for name, value in sizes.items():
        arguments.whole(value, name, 0)
    threshold = arguments.number(threshold, "threshold", "a number")
    if explainer is not None:
        arguments.instance(explainer, "explainer", Explainer, ", as whysim.Explainer(model) makes")
    if against is None and not (ids_against is None and embeddings_against is None):
        raise InputError("ids_against and embeddings_against are of texts in against, which is missing")
    needs_model = embeddings is None or (against is not None and embeddings_against is None)
    if explainer is None and needs_model:
        explainer = Explainer()
    by = arguments.similarity(similarity if similarity is not None else explainer._similarity if explainer else "cos")
    with shown(progress) as listener:
        first = _set(texts, ids, embeddings, explainer, "", listener)
        second = None if against is None else _set(against, ids_against, embeddings_against, explainer, "_against", listener)
        kept = (edges, listed, neighbours, hubs, boilerplate, least)
        model = explainer._encoder.name if explainer is not None else None
        found = core.duplicates(first, second, (by, model), threshold, kept, listener)
        if explainer is not None and explain:
            found = _explained(found, explainer.with_options(similarity=by), (explain, words, longest), listener)
    return Duplicates(found)


def _set(
    texts: Texts,
    ids: Iterable[str] | None,
    embeddings: Any,
    explainer: Explainer | None,
    which: str,
    listener: core.Listener | None,
) -> tuple[list[str], list[str], Floats]:
    """Names, texts and embeddings that fit each other."""
    many = texts_of(texts, "against" if which else "texts")
    names = [str(i) for i in (range(len(many)) if ids is None else values(ids, f"ids{which}"))]
    if len(names) != len(many) or len(set(names)) != len(names):
        raise InputError(f"ids{which} must be {len(many)} different names, one for each text")
    if embeddings is None and explainer is not None:
        unique = list(dict.fromkeys(many))
        place = {text: i for i, text in enumerate(unique)}
        vectors = explainer._encoder.embed(unique, explainer._prompt, listener)
        embeddings = vectors[[place[text] for text in many]]
    try:
        rows = np.ascontiguousarray(embeddings, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"embeddings{which} must be an array of numbers of shape ({len(many)}, D): {error}") from None
    if rows.ndim != 2 or len(rows) != len(many):
        raise InputError(f"embeddings{which} must be of shape ({len(many)}, D), not {rows.shape}")
    return names, many, rows


def _explained(
    found: core.Duplicates, explainer: Explainer, sizes: tuple[int, int, int], listener: core.Listener | None
) -> core.Duplicates:
    if not isinstance(explainer._encoder, Embedder):
        return found.explain(explainer._encoder, explainer._options, sizes, listener)
    by_words = explainer.with_options(by="word")
    pairs = found.worth(sizes[0])
    if listener is not None:
        listener.begin("explaining", len(pairs), "it")
    explanations = []
    for i, a, b in pairs:
        explanations.append((i, by_words.explain(a, b)._inner))
        if listener is not None:
            listener.advance(1)
    return found.explained(explanations, sizes[1])
