"""Indexes of embeddings on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, SupportsIndex, overload

from . import _arguments as arguments
from . import _files, _prompts
from . import _whysim as core
from ._embedder import Embedder
from ._errors import FileError, InputError, TypeInputError
from ._explainer import Explainer
from ._fields import Field, Fields
from ._files import Path
from ._highlight import Highlight
from ._model import load
from ._progress import progress as shown
from ._texts import check_text
from ._types import Floats, Similarity
from ._warnings import warn

_NEEDS_MODEL = "an index needs a model; this explainer has an embed function"


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
    truncated: bool
    """Whether it is longer than what the model reads, and was indexed by its beginning."""


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
    if not isinstance(model._model, core.Encoder):
        raise InputError(_NEEDS_MODEL)
    return model._model


def index(
    files: Path | Sequence[Path],
    output: Path,
    model: Any = None,
    *,
    text: str = "text",
    id: str | None = None,
    skip_empty: bool = False,
    prompt_name: str | None = None,
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
    ``prompt_name``: the model's prompt to put before every text; None: the explainer's own, else the default one. ``precision``: the numbers
    that embeddings are kept in.
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
    if not isinstance(files, (str, os.PathLike, Sequence)):
        raise TypeInputError(f"files must be a path or a list of paths, not {type(files).__name__}")
    many = [files] if isinstance(files, (str, os.PathLike)) else files
    paths = [_files.place(path, f"file number {i}") for i, path in enumerate(many, 1)]
    output = _files.place(output, "output")
    if prompt_name is not None:
        arguments.text(prompt_name, "prompt_name", "the name of a prompt")
    encoder = _encoder(model, revision, truncate_dim, progress)
    in_memory = model._source is None if isinstance(model, Explainer) else not (model is None or isinstance(model, (str, os.PathLike)))
    if isinstance(model, Explainer):
        name, revision, truncate_dim = model._source or (encoder.name, None, None)
        prompt_name = _prompt_of(model) if prompt_name is None else prompt_name
    else:
        name = encoder.name
    with shown(progress) as listener:
        done = core.build_index(
            encoder,
            (paths, output),
            (
                arguments.text(text, "text", "the name of a column"),
                None if id is None else arguments.text(id, "id", "the name of a column"),
                arguments.flag(skip_empty, "skip_empty"),
            ),
            (prompt_name, arguments.choice(precision, "precision", ("float32", "float16"))),
            (name, revision, truncate_dim, in_memory),
            listener,
        )
    if done["truncated"]:
        warn(f"{done['truncated']} texts are longer than the {encoder.limit} tokens that the model reads")
    return BuiltIndex(**done)


def _prompt_of(explainer: Explainer) -> str | None:
    if explainer._settings["prompt"] is not None:
        raise InputError("an index remembers its prompt by name: give prompt_name instead of an explainer whose prompt is a text")
    return explainer._prompt


class Index(Fields):
    """An index on disk: texts of files with their embeddings, searched exactly.

    ``folder``: made by :func:`index` or ``whysim index``. ``model``: where its model is now, if it is no longer found by the name that it had,
    or an explainer; another model is refused.

    ``index[0]`` is the text at a position, ``index[2:5]`` a list of them, ``index["faq.txt:3"]`` the text of an id.

    Files that have changed since they were indexed get a warning; texts are found as they were then.
    """

    _inner: core.Index

    dim = Field[int]("D, the width of an embedding.")
    similarity = Field[Similarity]("How embeddings are compared.")
    prompt_name = Field["str | None"]("The name of the prompt before every text.")
    precision = Field[Literal["float32", "float16"]]("The numbers of the embeddings.")
    sources = Field["list[tuple[str, int]]"]("The files, as they were given, each with the number of its texts.")

    def __init__(self, folder: Path, model: Any = None, *, progress: bool | None = None) -> None:
        self._folder = _files.place(folder, "folder")
        self._inner = core.Index.open(self._folder)
        self._model, self._progress = model, progress
        if isinstance(model, Explainer):
            self._inner.check(self._encoder)
        for file in self._inner.changes():
            warn(f"{file} is gone or has changed since it was indexed: index it again")

    @cached_property
    def explainer(self) -> Explainer:
        """The explainer of its model, for margins and highlights of what was found: the one that was given, or one with default settings
        that compares as the index does. The model is loaded when it is first needed."""
        if isinstance(self._model, Explainer):
            return self._model
        name, revision, truncate_dim, in_memory = self._inner.model
        if self._model is not None:
            return Explainer(self._model, truncate_dim=truncate_dim, similarity=self.similarity, progress=self._progress)
        how = "give it, or an explainer with it: whysim.Index(folder, explainer)"
        if in_memory and "/" not in name:
            raise FileError(f"{self._folder} was made with a loaded {name}, which was in memory only: {how}")
        try:
            return Explainer(name, revision=revision, truncate_dim=truncate_dim, similarity=self.similarity, progress=self._progress)
        except FileError as error:
            memory = ", which was in memory" if in_memory else ""
            raise FileError(f"cannot load {name}{memory}, with which {self._folder} was made: {how}; {error}") from error

    @property
    def _encoder(self) -> core.Encoder:
        return _encoder(self.explainer, None, None, None)

    @property
    def model(self) -> str:
        """The model's name."""
        return self._inner.model[0]

    def search(
        self,
        query: str,
        *,
        top: int = 10,
        prompt: str | None = None,
        prompt_name: str | None = None,
        highlight: bool = True,
        progress: bool | None = None,
    ) -> list[Hit]:
        """The ``top`` texts most similar to the query, each with what of it answers the query.

        ``prompt``, ``prompt_name``: what to put before the query, as for :class:`Explainer`. ``highlight``: False leaves highlights out, which
        saves about five embeddings of each text. ``progress``: as for :meth:`Explainer.decompose`.

        Highlights compare scores: texts whose embedding in the index is not what the model makes of them get a warning.
        """
        if not isinstance(query, str):
            hint = ": [index.search(query) for query in queries]"
            raise TypeInputError(f"query must be a str, one at a time, not {type(query).__name__}{hint}")
        check_text(query, "query")
        top, marks = arguments.whole(top, "top", 0), arguments.flag(highlight, "highlight")
        encoder, told = _prompts.asked(self._encoder, _prompts.names_of(self._encoder), "", prompt, prompt_name)
        if isinstance(encoder, Embedder):
            raise InputError(_NEEDS_MODEL)
        with shown(progress) as listener:
            found, doubtful = self._inner.search(encoder, (query, told), top, marks, listener)
        hits = [
            Hit(id, score, text, source, line, json.loads(metadata), position, None if one is None else Highlight(one), truncated)
            for position, score, (id, text, source, line, metadata), one, truncated in found
        ]
        if doubtful:
            names = ", ".join(repr(hits[i].id) for i in doubtful[:3]) + (", …" if len(doubtful) > 3 else "")
            warn(
                f"{self._folder}: these are not the model's embeddings of these texts, and what is found may be wrong: {names}; remove the "
                "index and make it again",
            )
        return hits

    def embeddings(self, start: int = 0, stop: int | None = None) -> Floats:
        """Embeddings of the texts from ``start`` to before ``stop``, as the model gives them, ``[texts, D]``."""
        until = len(self) if stop is None else arguments.whole(stop, "stop")
        first, last, _ = slice(arguments.whole(start, "start"), until).indices(len(self))
        return self._inner.embeddings(first, max(first, last))

    def __len__(self) -> int:
        return len(self._inner)

    @overload
    def __getitem__(self, place: SupportsIndex | str) -> IndexedText: ...

    @overload
    def __getitem__(self, place: slice) -> list[IndexedText]: ...

    def __getitem__(self, place: SupportsIndex | str | slice) -> IndexedText | list[IndexedText]:
        """The text at a position, from 0, or from the end; the texts of a slice; the text of an id. The first look-up of an id reads all
        of them."""
        if isinstance(place, slice):
            return [self._at(at) for at in range(*place.indices(len(self)))]
        if isinstance(place, str):
            if place not in self._positions:
                raise InputError(f"no text of the index has the id {place!r}")
            return self._at(self._positions[place])
        return self._at(arguments.position(place, len(self), "text"))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {self._inner.record(at)[0]: at for at in range(len(self))}

    def _at(self, at: int) -> IndexedText:
        id, text, source, line, metadata = self._inner.record(at)
        return IndexedText(id, text, source, line, json.loads(metadata))

    def __repr__(self) -> str:
        return f"Index({self._folder!r}, {len(self)} texts, {self.model!r})"
