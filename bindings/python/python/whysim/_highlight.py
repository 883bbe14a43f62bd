"""What of a passage answers a query."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Literal, NamedTuple

import numpy as np

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._embedder import Embedder
from ._errors import InputError
from ._fields import Field, Fields
from ._settings import OF_PATH
from ._types import Floats, Similarity, Token, token

if TYPE_CHECKING:
    from ._explainer import Explainer

Mark = Literal["phrase", "sentence"]


class Span(NamedTuple):
    """A piece of a passage to mark."""

    start: int
    """First character: ``passage[start:end]`` is the span."""
    end: int
    """One past the last character."""
    text: str
    """What is there."""
    score: float
    """What it adds to the score by what it shares with the query."""
    share: float
    """``score`` divided by the sum over all words of the passage for which it is positive."""
    bytes: tuple[int, int]
    """The same place in UTF-8."""
    utf16: tuple[int, int]
    """The same place in units of UTF-16, as JavaScript counts."""


class Window(NamedTuple):
    """A part of a passage that is longer than what the model reads at once."""

    start: int
    """First character."""
    end: int
    """One past the last character."""
    score: float
    """Its similarity to the query."""


class Highlight(Fields):
    """What of a passage answers a query. It can be pickled.

    >>> h = explainer.highlight("a sleeping cat", "The cat sleeps on the roof.")
    >>> all(h.text[span.start : span.end] == span.text for span in h.spans)
    True
    >>> len(h.tokens) == len(h.relevance) == len(h.match)
    True
    """

    _inner: core.Highlight

    def __init__(self, inner: core.Highlight) -> None:
        self._inner = inner

    query = Field[str]("The query.")
    text = Field[str]("The passage as it was given.")
    score = Field[float]("The similarity of the query and the passage; with windows, of the one that is most similar.")
    reference = Field[float]("What the passage's reference has with the query. Zero for an exact model.")
    error = Field[float]("Signed error of the sum ``relevance.sum() + reference``.")
    bound = Field[float]("A bound on the error's absolute value.")
    gap = Field[float]("The relative completeness gap of the passage's contributions.")
    n_steps = Field[int]("Quadrature nodes used, or texts embedded.")
    converged = Field["bool | None"]("Whether the tolerance was reached; None where none was asked for.")
    window = Field["int | None"]("Which of the windows carried the score; None for a passage that was read at once.")

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """What to mark, strongest first."""
        found = self._inner.spans
        return tuple(Span(start, end, text, score, share, utf8, utf16) for start, end, utf8, utf16, text, score, share in found)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows of a passage that is longer than what the model reads at once; else empty."""
        return tuple(Window(*window) for window in self._inner.windows)

    @cached_property
    def rows(self) -> tuple[Token, ...]:
        """The rows of what was read, with their places in it; of a passage with windows, of the one that carried the score."""
        return tuple(token(row) for row in self._inner.tokens)

    @property
    def tokens(self) -> list[str]:
        """The rows' texts."""
        return [row.text for row in self.rows]

    @cached_property
    def relevance(self) -> Floats:
        """What each row adds to the score, ``[S]``."""
        return self._inner.relevance()

    @cached_property
    def match(self) -> Floats:
        """How closely each row matches a row of the query, ``[S]``; NaN for special and prompt tokens, and where it is not known."""
        return self._inner.matched()

    @cached_property
    def standard_error(self) -> Floats | None:
        """How far sampling may have moved each value of ``relevance``, ``[S]``; None for contributions by a path."""
        return self._inner.standard_error()

    def marked(self, open: str = "<mark>", close: str = "</mark>", *, escape: bool = False) -> str:
        """The passage with signs around every span.

        ``escape``: True escapes the passage, not the signs, for HTML. By default nothing is escaped: a passage of somebody else's can then
        put any HTML into a page.

        >>> explainer.highlight("a cat", "The cat sleeps.", by="sentence").marked("**", "**")
        '**The cat sleeps.**'
        >>> explainer.highlight("a cat", "<i>cats</i> sleep", by="sentence").marked(escape=True)
        '<mark>&lt;i&gt;cats&lt;/i&gt; sleep</mark>'
        """
        for name, sign in (("open", open), ("close", close)):
            arguments.text(sign, name)
        plain = html.escape if escape else str
        out, at = "", 0
        for span in sorted(self.spans):
            out += plain(self.text[at : span.start]) + open + plain(self.text[span.start : span.end]) + close
            at = span.end
        return out + plain(self.text[at:])

    def to_dict(self) -> dict[str, Any]:
        """The program's JSON for a passage, as a dict."""
        value: dict[str, Any] = json.loads(self._inner.json())
        return value

    def to_json(self, path: _files.Path | None = None) -> str:
        """The program's JSON for a passage; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    def to_html(self, path: _files.Path | None = None) -> str:
        """A page with the passage and its spans in ``<mark>``; written to ``path`` if there is one."""
        return _files.written(self._inner.html(), path)

    def save(self, path: _files.Path) -> None:
        """Writes a file in the format of its extension: ``.html``, ``.json`` or ``.txt``."""
        forms: dict[str, Callable[[], str]] = {".html": self.to_html, ".json": self.to_json, ".txt": self._inner.terminal}
        form = forms.get(_files.ending(_files.place(path, "path")))
        if form is None:
            raise InputError(f"{path} has no known extension: use {', '.join(forms)}")
        _files.write(path, form())

    def __eq__(self, other: object) -> bool:
        """Whether query and passage, and all that is said of them, are the same."""
        return isinstance(other, Highlight) and self.query == other.query and self._inner.json() == other._inner.json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        spans = ", ".join(repr(span.text) for span in self.spans)
        return f"Highlight({self.score:.4f}, [{spans}])"

    def __str__(self) -> str:
        return self._inner.terminal()

    def _repr_html_(self) -> str:
        return self._inner.fragment()

    def __reduce__(self) -> tuple[Callable[..., Highlight], tuple[Any, ...]]:
        return _unpickle, self._inner.state()


def _unpickle(*state: Any) -> Highlight:
    return Highlight(core.Highlight.from_state(*state))


def highlights_html(highlights: Iterable[Highlight | None], path: _files.Path | None = None) -> str:
    """One page for several passages of a query; written to ``path`` if there is one. None is left out.

    >>> page = whysim.highlights_html(explainer.highlight("a cat", ["The cat sleeps.", "A kitten naps."]))
    >>> page.count('class="ws-passage"')
    2
    """
    given = arguments.many(highlights, "highlights", "Highlight, as explainer.highlight(query, passages) gives")
    many = [arguments.instance(one, f"highlight number {i}", Highlight) for i, one in enumerate(given, 1) if one is not None]
    query = many[0].query if many else ""
    return _files.written(core.highlights_html(query, [one._inner for one in many]), path)


def highlights_of(explainer: Explainer, query: str, texts: Iterable[str], options: Mapping[str, Any]) -> dict[str, Highlight]:
    """The highlights of different texts by their text; a text of which the model reads nothing has none."""
    read = [text for text in dict.fromkeys(texts) if not is_blank(explainer, text)]
    return dict(zip(read, explainer.highlight(query, read, **options))) if read else {}


def is_blank(explainer: Explainer, text: str) -> bool:
    """Whether a text has nothing for the model to read."""
    return not text.strip() or explainer._encoder.is_empty(text, explainer._prompt)


def wish(mark: Mark, top: int, least: float) -> tuple[str, int, float]:
    """What to mark, once it is what it should be."""
    least = arguments.number(least, "least", "a number from 0 to 1", 0.0, 1.0)
    return arguments.choice(mark, "by", ("phrase", "sentence")), arguments.whole(top, "top", 0), least


def settings_of(settings: dict[str, Any], is_function: bool) -> dict[str, Any]:
    """The explainer's settings, with few nodes and rows of tokens where nothing was asked for."""
    by = settings["by"] or ("token" if is_function else None)
    asked = settings["method"] == "removal" or any(settings[name] != default for name, default in OF_PATH.items())
    steps = settings["n_steps"] if asked or is_function else core.HIGHLIGHT_NODES
    return {**settings, "by": by, "n_steps": steps}


def by_function(
    embedder: Embedder,
    query: str,
    passages: list[str],
    options: core.Options,
    wished: tuple[str, int, float],
    similarity: Similarity,
    listener: core.Listener | None,
) -> list[core.Highlight]:
    """Highlights by an embed function, which is asked for what is lacking until nothing is."""
    texts: list[str] = []
    vectors: Floats = np.zeros((0, 0), dtype=np.float32)
    while True:
        lacking, found = core.opaque_highlight(
            embedder.name, query, passages, options, wished, similarity, texts, vectors
        )
        if not lacking:
            return found
        more = embedder.embed(lacking, None, listener)
        texts += lacking
        vectors = np.concatenate([vectors, more]) if len(vectors) else more
