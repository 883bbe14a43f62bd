"""Indexes of embeddings on disk."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

from . import _whysim as core
from ._errors import InputError
from ._explainer import Explainer
from ._fields import Field, Fields
from ._files import Path
from ._highlight import Highlight
from ._model import load
from ._progress import progress as shown
from ._types import Floats, Similarity


class IndexedText(NamedTuple):
    """A text of an index, and where it comes from."""

    id: str
    """Its name, which no other text has."""
    text: str
    """The text."""
    source: str
    """Its file, as it was given."""
    line: int
    """Its line in the file, or its row in a Parquet file, from 1."""
    metadata: dict[str, Any]
    """The other columns."""


class Hit(NamedTuple):
    """A text that was found."""

    id: str
    """Its name, which no other text has."""
    score: float
    """Its similarity to the query."""
    text: str
    """The text."""
    source: str
    """Its file, as it was given."""
    line: int
    """Its line in the file, or its row in a Parquet file, from 1."""
    metadata: dict[str, Any]
    """The other columns."""
    position: int
    """Its position in the index."""
    highlight: Highlight | None
    """What of it answers the query; None if that was not asked for."""


class BuiltIndex(NamedTuple):
    """What :func:`index` did."""

    texts: int
    """Texts of the index."""
    kept: int
    """Those that it had before."""
    resumed: int
    """Those that a run that was stopped had embedded."""
    embedded: int
    """Those that were embedded now."""
    removed: int
    """Texts that it had before and has no more."""
    skipped: int
    """Empty texts that were left out."""
    truncated: int
    """Texts embedded now that are longer than the model reads."""


def _encoder(model: Any, revision: str | None, truncate_dim: int | None, progress: bool | None) -> core.Encoder:
    if not isinstance(model, Explainer):
        return load(model, revision, truncate_dim, progress)
    if not isinstance(model._encoder, core.Encoder):
        raise InputError("an index needs a model; this explainer has an embed function")
    return model._encoder


def index(
    files: Path | Sequence[Path],
    output: Path,
    model: Any = None,
    *,
    text: str = "text",
    id: str | None = None,
    skip_empty: bool = False,
    prompt: str | None = None,
    precision: Literal["float32", "float16"] = "float32",
    revision: str | None = None,
    truncate_dim: int | None = None,
    progress: bool | None = None,
) -> BuiltIndex:
    """Makes the folder ``output`` the index of exactly these files, for :class:`Index`: texts that it holds are not embedded again.

    ``files``: .txt (a text a line), .csv, .tsv, .jsonl or .parquet, one or several.
    ``model``: as for :class:`Explainer`, or an explainer.
    ``text``, ``id``: the columns of the texts and of their names, by default ``id`` if there is one, else ``FILE:LINE``; all other columns
    are kept as metadata. ``skip_empty``: leave out empty texts instead of failing at the first.
    ``prompt``: the name of the model's prompt to put before every text. ``precision``: the numbers that embeddings are kept in.
    ``revision``, ``truncate_dim``: as for :class:`Explainer`.

    A run that was stopped or killed goes on when it is called again.

    >>> import pathlib, tempfile
    >>> place = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (place / "faq.txt").write_text("The cat sleeps.\\nA dog runs.\\n")
    >>> whysim.index(place / "faq.txt", place / "faq.index", folder).embedded
    2
    >>> whysim.index(place / "faq.txt", place / "faq.index", folder).kept
    2
    >>> [hit.text for hit in whysim.Index(place / "faq.index").search("The cat sleeps.", top=1)]
    ['The cat sleeps.']
    """
    encoder = _encoder(model, revision, truncate_dim, progress)
    if isinstance(model, Explainer):
        name, revision, truncate_dim = model._source or (encoder.name, None, None)
    else:
        name = encoder.name
    paths = [files] if isinstance(files, (str, os.PathLike)) else files
    with shown(progress) as listener:
        done = core.build_index(
            encoder,
            ([os.fspath(path) for path in paths], os.fspath(output)),
            (text, id, skip_empty),
            (prompt, precision),
            (name, revision, truncate_dim),
            listener,
        )
    if done["truncated"]:
        warnings.warn(f"{done['truncated']} texts are longer than the {encoder.limit} tokens that the model reads", stacklevel=2)
    return BuiltIndex(**done)


class Index(Fields):
    """An index on disk: texts of files with their embeddings, searched exactly.

    ``folder``: made by :func:`index` or ``whysim index``. ``model``: where its model is now, if it is no longer found by the name that it had,
    or an explainer; another model is refused.

    Files that have changed since they were indexed get a warning; texts are found as they were then.
    """

    _inner: core.Index

    dim = Field[int]("D, the width of an embedding.")
    similarity = Field[Similarity]("How embeddings are compared.")
    prompt = Field["str | None"]("The name of the prompt before every text.")
    precision = Field[Literal["float32", "float16"]]("The numbers of the embeddings.")
    sources = Field["list[tuple[str, int]]"]("The files, as they were given, each with the number of its texts.")

    def __init__(self, folder: Path, *, model: Any = None, progress: bool | None = None) -> None:
        self._folder = os.fspath(folder)
        self._inner = core.Index.open(self._folder)
        self._model, self._progress = model, progress
        for file in self._inner.changes():
            warnings.warn(f"{file} is gone or has changed since it was indexed: index it again", stacklevel=2)

    @cached_property
    def _encoder(self) -> core.Encoder:
        name, revision, truncate_dim = self._inner.model
        if self._model is None:
            return load(name, revision, truncate_dim, self._progress)
        return _encoder(self._model, None, truncate_dim, self._progress)

    @property
    def model(self) -> str:
        """The model's name."""
        return self._inner.model[0]

    def search(
        self, query: str, *, top: int = 10, prompt: str | None = None, highlight: bool = True, progress: bool | None = None
    ) -> list[Hit]:
        """The ``top`` texts most similar to the query, each with what of it answers the query.

        ``prompt``: the name of the model's prompt to put before the query. ``highlight``: False leaves highlights out, which saves about
        five embeddings of each text. ``progress``: as for :meth:`Explainer.decompose`.

        Highlights compare scores: texts whose embedding in the index is not what the model makes of them get a warning.
        """
        if top < 0:
            raise InputError(f"top must be 0 or more, not {top}")
        encoder = self._encoder
        with shown(progress) as listener:
            found, doubtful = self._inner.search(encoder, (query, prompt), top, highlight, listener)
        hits = [
            Hit(id, score, text, source, line, json.loads(metadata), position, None if one is None else Highlight(one))
            for position, score, (id, text, source, line, metadata), one in found
        ]
        if doubtful:
            names = ", ".join(repr(hits[i].id) for i in doubtful[:3]) + (", …" if len(doubtful) > 3 else "")
            warnings.warn(
                f"{self._folder}: these are not the model's embeddings of these texts, and what is found may be wrong: {names}; remove the "
                "index and make it again",
                stacklevel=2,
            )
        return hits

    def embeddings(self, start: int = 0, stop: int | None = None) -> Floats:
        """Embeddings of the texts from ``start`` to before ``stop``, as the model gives them, ``[texts, D]``."""
        first, last, _ = slice(start, stop).indices(len(self))
        return self._inner.embeddings(first, max(first, last))

    def __len__(self) -> int:
        return len(self._inner)

    def __getitem__(self, position: int) -> IndexedText:
        """The text at a position, from 0, or from the end."""
        at = position + len(self) if position < 0 else position
        if not 0 <= at < len(self):
            raise IndexError(f"there is no text {position} of {len(self)}")
        id, text, source, line, metadata = self._inner.record(at)
        return IndexedText(id, text, source, line, json.loads(metadata))

    def __repr__(self) -> str:
        return f"Index({self._folder!r}, {len(self)} texts, {self.model!r})"
