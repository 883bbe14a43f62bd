"""Small values that results are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, Optional, Protocol, TypeVar, Union

import numpy as np
from numpy.typing import NDArray

Similarity = Literal["cos", "dot"]
Unit = Literal["token", "word", "sentence"]
Method = Literal["gausslegendre", "riemann_right", "removal"]
Removal = Literal["delete", "mask-token", "attention-mask"]
Index = Literal["shapley", "banzhaf"]
Precision = Literal["float32", "bfloat16"]
Theme = Literal["light", "dark"]
View = Literal["attribution", "interaction"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# What may be asked for, by the names that others have for them too.
SimilarityName = Literal["cos", "cosine", "dot", "dot_product"]
MethodName = Literal["gausslegendre", "gauss-legendre", "riemann_right", "riemann-right", "removal"]


class ArrowColumn(Protocol):
    """An array of Arrow, or a column of its tables."""

    def to_pylist(self) -> list[Any]: ...


# Many texts: a list, an array, a column of a table of pandas, polars or Arrow, or a generator.
Texts = Union[Iterable[str], ArrowColumn]
# The same where some may be missing.
MaybeTexts = Union[Iterable[Optional[str]], ArrowColumn]
# A table of pandas, polars or Arrow.
Table = TypeVar("Table")

T = TypeVar("T")


class Token(NamedTuple):
    """A row or column of a result: a token, or the tokens of a word or sentence taken together.

    >>> Token("coffee", 4, 10, "text").text
    'coffee'
    """

    text: str
    """The piece of the text as it was written, or a special token's name."""
    start: int
    """First character in the text."""
    end: int
    """One past the last character; equal to ``start`` for special and prompt tokens."""
    origin: Literal["text", "prompt", "special"]
    """The text itself, the model's prompt before it, or a special token such as ``[CLS]``."""


class Truncated(NamedTuple):
    """How much of a text the model read, in tokens with special tokens counted.

    >>> Truncated(read=256, of=300).of
    300
    """

    read: int
    of: int


class Side(NamedTuple):
    """One text of an explained pair."""

    text: str
    """The text as it was given."""
    tokens: tuple[Token, ...]
    """The rows (text A) or columns (text B) of the matrix."""
    truncated: Truncated | None
    """Set where the model did not read the text to its end."""


class Terms(NamedTuple):
    """The four similarities between texts and references, all divided by the same norm.

    >>> Terms(ab=0.8, a_ref=0.0, ref_b=0.0, ref_ref=0.0).ab
    0.8
    """

    ab: float
    """f(a, b): the score."""
    a_ref: float
    """f(a, reference of b)."""
    ref_b: float
    """f(reference of a, b)."""
    ref_ref: float
    """f(reference of a, reference of b)."""


def comparable(kind: type[T]) -> type[T]:
    """Lets results that are tuples with arrays be compared, number by number: by themselves they ask whether an array is true."""

    def same(one: Any, other: Any) -> bool:
        return type(one) is type(other) and all(_is_same(*pair) for pair in zip(one, other))

    kind.__eq__ = same  # type: ignore[method-assign]
    # A tuple has one of its own.
    kind.__ne__ = lambda one, other: not same(one, other)  # type: ignore[method-assign]
    return kind


def _is_same(value: Any, other: Any) -> bool:
    is_array = isinstance(value, np.ndarray) or isinstance(other, np.ndarray)
    return np.array_equal(value, other) if is_array else bool(value == other)


@comparable
class Border(NamedTuple):
    """What of the score does not come from pairs of tokens: the references' share. All zero for an exact model."""

    a: Floats
    """Each row of A against B's reference, ``[S_a]``."""
    b: Floats
    """A's reference against each row of B, ``[S_b]``."""
    corner: float
    """Reference against reference."""


@comparable
class Relevances(NamedTuple):
    """What each row adds to the score: its attributions to the whole of the other text, and its share of the border.

    With f(reference of a, b), those of A sum to the score; with f(a, reference of b), those of B.
    """

    a: Doubles
    """Of text A, ``[S_a]``."""
    b: Doubles
    """Of text B, ``[S_b]``."""


class Row(NamedTuple):
    """A row of a text, with what it does.

    >>> explainer.explain("The cat sleeps.", "A kitten naps.").rows_a[2].text
    'cat'
    """

    text: str
    """The piece of the text as it was written, or a special token's name."""
    start: int
    """First character in the text."""
    end: int
    """One past the last character; equal to ``start`` for special and prompt tokens."""
    origin: Literal["text", "prompt", "special"]
    """The text itself, the model's prompt before it, or a special token such as ``[CLS]``."""
    relevance: float
    """What it adds to the score."""
    effect: float
    """Its main effect: how far its mean attribution is above that of all pairs."""
    standard_error: float | None
    """How far sampling may have moved ``relevance``; None for contributions by a path."""


@comparable
class Effects(NamedTuple):
    """The parts of a matrix that concern one row or column alone: ``matrix = mean + a[:, None] + b + interaction``.

    Means are over the texts' own rows; special and prompt tokens are left out of them. Over these, ``a`` and ``b`` sum to zero.
    """

    mean: float
    """The mean attribution of a pair."""
    a: Doubles
    """How far each row's mean is above ``mean``, ``[S_a]``."""
    b: Doubles
    """How far each column's mean is above ``mean``, ``[S_b]``."""


class TopPair(NamedTuple):
    """One cell of the matrix.

    >>> TopPair(3, 6, 0.5, "coffee", "coffee").value
    0.5
    """

    a: int
    """Row."""
    b: int
    """Column."""
    value: float
    token_a: str
    token_b: str


class AlignedPair(NamedTuple):
    """A row and a column that belong together.

    >>> AlignedPair(3, 6, 0.5, 1.0, "coffee", "coffee").weight
    1.0
    """

    a: int
    """Row."""
    b: int
    """Column."""
    value: float
    """Their entry in the view."""
    weight: float
    """The mass that moves between them, up to 1; by mutual best always 1."""
    token_a: str
    token_b: str


def token(fields: tuple[str, int, int, Literal["text", "prompt", "special"]]) -> Token:
    return Token(*fields)


def truncated(fields: tuple[int, int] | None) -> Truncated | None:
    return None if fields is None else Truncated(*fields)


@comparable
class StandardError(NamedTuple):
    """How far sampling may have moved the numbers of an explanation. After :meth:`Explanation.by` these are upper limits."""

    matrix: Floats
    """Of every attribution, ``[S_a, S_b]``."""
    interaction: Floats
    """Of every entry of the interaction, ``[S_a, S_b]``."""
    a: Floats
    """Of what each row of A adds to the score, ``[S_a]``."""
    b: Floats
    """Of what each row of B adds to the score, ``[S_b]``."""
