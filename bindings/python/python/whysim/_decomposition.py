"""One text on its own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Callable, Literal, Optional

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._errors import InputError, TypeInputError
from ._explanation import Explanation
from ._fields import Field, Fields
from ._margin import Margin
from ._types import Floats, Index, Method, Precision, Removal, Similarity, SimilarityName, Token, Truncated, Unit, token, truncated


class Decomposition(Fields):
    """A text's contributions: one vector for every token, whose rows sum to the embedding less that of the reference.

    Made once for a text, kept, and paired with any other in microseconds. It can be pickled.

    >>> d = explainer.decompose(["The cat sleeps.", "A kitten naps."])
    >>> d[0].contributions.shape == (len(d[0].tokens), explainer.dim)
    True
    >>> d[0].attribute(d[1]).score == explainer.explain("The cat sleeps.", "A kitten naps.").score
    True
    """

    _inner: core.Decomposition

    def __init__(self, inner: core.Decomposition, similarity: Similarity = "cos") -> None:
        self._inner = inner
        self._similarity: Similarity = similarity

    @property
    def contributions(self) -> Floats:
        """V, ``[S, D]``, read-only and without a copy."""
        return self._inner.contributions

    @property
    def embedding(self) -> Floats:
        """e, ``[D]``: the text's embedding before any normalisation; shifted by its reference for an exact model."""
        return self._inner.embedding

    @property
    def reference_embedding(self) -> Floats:
        """q, ``[D]``: the same of the reference. Zero for an exact model from its own reference."""
        return self._inner.reference_embedding

    text = Field[str]("The text as it was given.")

    @cached_property
    def rows(self) -> tuple[Token, ...]:
        """What each row of ``contributions`` stands for, with its place in the text."""
        return tuple(token(fields) for fields in self._inner.tokens)

    @property
    def tokens(self) -> list[str]:
        """The rows' texts."""
        return [row.text for row in self.rows]

    @property
    def truncated(self) -> Truncated | None:
        """Set where the model did not read the text to its end."""
        return truncated(self._inner.truncated)

    n_steps = Field[int]("Quadrature nodes used.")
    gap = Field[float]("``residual`` relative to the length of e - q: the error of the quadrature.")
    tolerance = Field[Optional[float]]("The largest gap that was acceptable; None where none was asked for.")
    converged = Field[Optional[bool]]("Whether it was reached; None where none was asked for: by a fixed ``n_steps``, or removal.")
    residual = Field[float]("Length of sum V - (e - q).")
    model = Field[str]("The model as it was named.")
    fingerprint = Field[str]("Hash of the model: decompositions of different models are never paired.")
    exact = Field[bool]("Whether the model is exact.")
    layer = Field[int]("The layer whose input is attributed.")
    layers = Field[int]("The model's number of layers L.")
    method = Field[Method]("The quadrature rule, or removal.")
    removal = Field[Optional[Removal]]("How rows were removed; None for contributions by a path.")
    index = Field[Optional[Index]]("Shapley or Banzhaf values; None for contributions by a path.")

    @cached_property
    def standard_error(self) -> Floats | None:
        """How far sampling may have moved each row of ``contributions``, ``[S]``; zero where all subsets were embedded; None for
        contributions by a path."""
        return self._inner.standard_error()

    precision = Field[Precision]("How tangents were multiplied with weights.")
    reference = Field[str]("What the text was compared with.")
    unit = Field[Unit]("What a row stands for.")

    @property
    def similarity(self) -> Similarity:
        """The similarity of its pairs unless another is asked for: that of the explainer that made it."""
        return self._similarity

    def attribute(self, other: Decomposition, *, similarity: SimilarityName | None = None) -> Explanation:
        """Why this text (A) and ``other`` (B) are as similar as they are."""
        return Explanation(self._inner.explain(_inner(other, "other"), self._by(similarity)))

    def matrix(self, other: Decomposition, *, similarity: SimilarityName | None = None) -> Floats:
        """The attributions alone, ``[S_a, S_b]``.

        >>> a, b = explainer.decompose(["The cat sleeps.", "A kitten naps."])
        >>> bool((a.matrix(b) == a.attribute(b).matrix).all())
        True
        """
        return self._inner.matrix(_inner(other, "other"), self._by(similarity))

    def margin(self, better: Decomposition, worse: Decomposition, *, similarity: SimilarityName | None = None) -> Margin:
        """Why ``better`` ranks above ``worse`` for this text, the query."""
        return Margin(self._inner.margin(_inner(better, "better"), _inner(worse, "worse"), self._by(similarity)))

    def _by(self, similarity: SimilarityName | None) -> Similarity:
        return self._similarity if similarity is None else arguments.similarity(similarity)

    def to_bytes(self) -> bytes:
        """The bytes of :meth:`save`'s file."""
        return self._inner.to_bytes()

    @staticmethod
    def from_bytes(data: bytes, *, similarity: SimilarityName = "cos") -> Decomposition:
        """Reads what :meth:`to_bytes` gave."""
        if not isinstance(data, bytes):
            raise TypeInputError(f"data must be bytes, as to_bytes() gives, not {arguments.shown(data)}")
        return Decomposition(core.Decomposition.from_bytes(data), arguments.similarity(similarity))

    def save(self, path: _files.Path) -> None:
        """Writes a safetensors file, which appears whole or not at all. Four bytes a number, and the rest as metadata."""
        self._inner.save(_files.place(path, "path"))

    @staticmethod
    def load(path: _files.Path, *, similarity: SimilarityName = "cos") -> Decomposition:
        """Reads what :meth:`save` wrote."""
        return Decomposition(core.Decomposition.load(_files.place(path, "path")), arguments.similarity(similarity))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decomposition) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Rows."""
        return len(self.rows)

    def __repr__(self) -> str:
        rows, dim = self.contributions.shape
        text = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        way = f"layer {self.layer} of {self.layers}" if self.removal is None else f"by removal of {self.unit}s"
        return f"Decomposition({text!r}, [{rows}, {dim}], {way}, gap {self.gap:.1e})"

    def __reduce__(self) -> tuple[Callable[[bytes, Similarity], Decomposition], tuple[bytes, Similarity]]:
        return _unpickle, (self.to_bytes(), self._similarity)


def save_set(
    path: _files.Path, decompositions: Iterable[Decomposition], *, precision: Literal["float32", "float16"] = "float32"
) -> None:
    """Writes decompositions as a Parquet file with a row for each, which appears whole or not at all. The file's name ends in ``.parquet``.

    ``precision``: ``"float16"`` rounds contributions to half precision, at half the size; each is off by up to 0.05 %, the column
    ``rounding`` says by how much, and residuals and bounds are those of the rounded numbers. pyarrow, polars and others read the file:
    docs/python.md has its columns.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "set.parquet"
    >>> whysim.save_set(path, explainer.decompose(["The cat sleeps.", "A kitten naps."]))
    >>> whysim.load_set(path)[1].text
    'A kitten naps.'
    """
    place = _files.place(path, "path")
    if _files.ending(place) != ".parquet":
        raise InputError(f"{place} must end in .parquet, which is what a set is written as")
    stored = arguments.choice(precision, "precision", ("float32", "float16"))
    core.save_set(place, [one._inner for one in _listed(decompositions)], stored)


def load_set(path: _files.Path, *, similarity: SimilarityName = "cos") -> list[Decomposition]:
    """Reads what :func:`save_set` wrote."""
    compared = arguments.similarity(similarity)
    return [Decomposition(one, compared) for one in core.load_set(_files.place(path, "path"))]


def _inner(one: object, name: str) -> core.Decomposition:
    """A decomposition as the extension module has it; ``name``: what an error calls it."""
    return arguments.instance(one, name, Decomposition, ", as explainer.decompose(text) gives")._inner


def _listed(decompositions: Iterable[Decomposition]) -> list[Decomposition]:
    """Decompositions as a list, each of them one."""
    if isinstance(decompositions, (str, Decomposition)) or not isinstance(decompositions, Iterable):
        raise TypeInputError(f"decompositions must be a list of Decomposition, not {type(decompositions).__name__}")
    many = list(decompositions)
    for i, one in enumerate(many, 1):
        if not isinstance(one, Decomposition):
            hint = "; explainer.decompose(texts) makes them of texts" if isinstance(one, str) else ""
            raise TypeInputError(f"decomposition number {i} must be a Decomposition, not {type(one).__name__}{hint}")
    return many


def _unpickle(data: bytes, similarity: Similarity) -> Decomposition:
    return Decomposition.from_bytes(data, similarity=similarity)
