"""What an explainer does with a query and passages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeVar, overload

from . import _highlight
from . import _whysim as core
from ._configured import Configured, check_read
from ._embedder import Embedder
from ._margin import Margin
from ._progress import forewarn
from ._progress import progress as shown
from ._relevance import Relevance, relevance, shortfall
from ._settings import options
from ._texts import check_text, usable
from ._types import MaybeTexts, Texts
from ._warnings import warn_of_cut, warn_of_missed

T = TypeVar("T")


class OnPassages(Configured):
    """Passages for a query: relevance, highlights, margins."""

    @overload
    def relevance(  # type: ignore[overload-overlap]  # as for decompose
        self,
        query: str,
        passages: str,
        *,
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance: ...

    @overload
    def relevance(
        self,
        query: str,
        passages: Texts,
        *,
        skip_bad: Literal[False] = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[Relevance]: ...

    @overload
    def relevance(
        self,
        query: str,
        passages: MaybeTexts,
        *,
        skip_bad: bool,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[Relevance | None]: ...

    def relevance(
        self,
        query: str,
        passages: str | MaybeTexts,
        *,
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> Relevance | list[Relevance] | list[Relevance | None]:
        """What each token of a passage adds to its similarity to the query: a :class:`Relevance` for one passage (a str),
        a list of them for many (a list). It takes a few times as long as embedding the passages, however long they are.

        ``skip_bad``: passages of a list that are missing, empty or no str have None in their place, instead of being an error.
        ``prompt_query``, ``prompt_name_query`` and the like: prompts of their own, as for :class:`Explainer`. ``progress``: as for
        :meth:`decompose`.

        >>> [round(r.score, 3) == round(explainer.similarity("a cat", p), 3)
        ...  for p in ["The cat sleeps."] for r in explainer.relevance("a cat", [p])]
        [True]
        """
        check_text(query, "query")
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_passage", prompt_passage, prompt_name_passage)
        )
        many, places, count = _passages(model, passages, told, skip_bad)
        with shown(progress) as listener:
            forewarn(listener, model.forecast_texts(many, self._with_prompt(told), "relevance"))
            found = model.relevance((query, asked), many, self._with_prompt(told), self._similarity, listener)
        warn_of_missed(shortfall(one) for one in found)
        results = [relevance(one) for one in found]
        warn_of_cut([one.truncated for one in results])
        all = _in_place(results, places, count)
        return all[0] if isinstance(passages, str) else all

    @overload
    def highlight(  # type: ignore[overload-overlap]  # as for decompose
        self,
        query: str,
        passages: str,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight: ...

    @overload
    def highlight(
        self,
        query: str,
        passages: Texts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: Literal[False] = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[_highlight.Highlight]: ...

    @overload
    def highlight(
        self,
        query: str,
        passages: MaybeTexts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: bool,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> list[_highlight.Highlight | None]: ...

    def highlight(
        self,
        query: str,
        passages: str | MaybeTexts,
        *,
        top: int = 5,
        least: float = 0.05,
        by: _highlight.Mark = "phrase",
        skip_bad: bool = False,
        prompt_query: str | None = None,
        prompt_passage: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_passage: str | None = None,
        progress: bool | None = None,
    ) -> _highlight.Highlight | list[_highlight.Highlight] | list[_highlight.Highlight | None]:
        """What of a passage answers the query: a :class:`Highlight` for one passage (a str), a list of them for many (a list).

        ``top``: the most spans of a passage. ``least``: the least share of a span, from 0 to 1. ``by``: ``"phrase"`` merges words that stand
        together, ``"sentence"`` marks whole sentences. A passage that is longer than what the model reads is read in overlapping windows.
        Without settings of its own an explainer uses three quadrature nodes here, at five to seven times the cost of embedding; one with an
        ``embed`` function removes sentences, then the words of the best one, within ``budget`` texts for each passage.
        ``skip_bad``, ``prompt_query``, ``prompt_name_query`` and the like, ``progress``: as for :meth:`relevance`.

        >>> [span.text for span in explainer.highlight("a sleeping cat", "The cat sleeps.", by="sentence").spans]
        ['The cat sleeps.']
        """
        check_text(query, "query")
        wished = _highlight.wish(by, top, least)
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_passage", prompt_passage, prompt_name_passage)
        )
        many, places, count = _passages(model, passages, told, skip_bad)
        is_function = isinstance(model, Embedder)
        chosen = options(_highlight.settings_of(self._settings, is_function), is_function, told)
        with shown(progress) as listener:
            if isinstance(model, Embedder):
                found = _highlight.by_function(model, query, many, chosen, wished, self._similarity, listener)
            else:
                found = model.highlight((query, asked), many, chosen, wished, self._similarity, listener)
        warn_of_missed(one.shortfall(f"passage number {i + 1}") for i, one in zip(places, found))
        all = _in_place((_highlight.Highlight(one) for one in found), places, count)
        return all[0] if isinstance(passages, str) else all

    def margin(
        self,
        query: str,
        better: str,
        worse: str,
        *,
        prompt_query: str | None = None,
        prompt_text: str | None = None,
        prompt_name_query: str | None = None,
        prompt_name_text: str | None = None,
        progress: bool | None = None,
    ) -> Margin:
        """Why ``better`` ranks above ``worse`` for the query.

        ``prompt_query``, ``prompt_name_query`` and the like: as for :class:`Explainer`. ``progress``: as for :meth:`decompose`.
        """
        for name, text in (("query", query), ("better", better), ("worse", worse)):
            check_text(text, name)
        model, (asked, told) = self._asked(
            ("_query", prompt_query, prompt_name_query), ("_text", prompt_text, prompt_name_text)
        )
        for name, text, prompt in (("query", query, asked), ("better", better, told), ("worse", worse, told)):
            check_read(model, text, prompt, name)
        chosen = self._with_prompt(told)
        with shown(progress) as listener:
            forewarn(listener, model.forecast_texts([query, better, worse], chosen, "decompose"))
            of_query = model.decompose_text(query, self._with_prompt(asked), "query", listener)
            best, worst = model.decompose_pair(better, worse, chosen, chosen, listener)
        named = ((of_query, "the query"), (best, "the better text"), (worst, "the worse text"))
        warn_of_missed(one.shortfall(name) for one, name in named)
        warn_of_cut([one.truncated for one, _ in named])
        return Margin(of_query.margin(best, worst, self._similarity))


def _passages(
    model: core.Encoder | Embedder, passages: str | MaybeTexts, prompt: str | None, skip_bad: bool
) -> tuple[list[str], list[int], int]:
    """Passages that can be read, their places, and how many there are; one alone is never skipped."""
    if isinstance(passages, str):
        return [passages], [0], 1
    return usable(passages, "passages", lambda text: model.is_empty(text, prompt), skip_bad)


def _in_place(found: Iterable[T], places: list[int], count: int) -> list[T]:
    """Results in the places of their texts; None in those of texts that were skipped, which a caller has asked for."""
    all: list[Any] = [None] * count
    for i, one in zip(places, found):
        all[i] = one
    return all
