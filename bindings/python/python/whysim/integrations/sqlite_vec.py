"""sqlite-vec: embeddings as it stores them, and the rows of a query explained.

Needs sqlite-vec: ``pip install 'whysim[sqlite-vec]'``, and a Python whose sqlite3 can load extensions, or another module with its
interface that can (``pysqlite3``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .._errors import InputError
from .._highlight import is_blank
from ._explainer import Model, check_options, explainer_of, missing
from .hits import explain_hits, number_of
from .results import Hits

try:
    import sqlite_vec
except ModuleNotFoundError as error:
    raise missing(error, "sqlite-vec") from error


def serialize(vectors: ArrayLike) -> bytes | list[bytes]:
    """Embeddings as sqlite-vec's ``float[D]``: bytes for one ``[D]``, a list for many ``[texts, D]``."""
    rows = np.asarray(vectors, dtype="<f4")
    if rows.ndim not in (1, 2):
        raise InputError(f"vectors must have the shape [D] or [texts, D], not {list(rows.shape)}")
    return rows.tobytes() if rows.ndim == 1 else [row.tobytes() for row in rows]


def setup(connection: Any, explainer: Model = None, *, prompt_name: str | None = None) -> None:
    """Loads sqlite-vec into a connection, with two SQL functions of the model: ``whysim_embed(text)``, a vector for ``vec0`` tables, and
    ``whysim_similarity(a, b)``, our score of two texts. Of NULL and of empty texts they are NULL. ``prompt_name``: that of the prompt
    that ``whysim_embed`` puts before texts.
    """
    made = explainer_of(explainer)
    if not hasattr(connection, "enable_load_extension"):
        raise InputError(
            "this Python's sqlite3 was built without extensions: use another Python, or a connection of pysqlite3 (pip install pysqlite3-binary)"
        )
    connection.enable_load_extension(True)
    try:
        sqlite_vec.load(connection)
    finally:
        connection.enable_load_extension(False)

    def embed(text: str | None) -> Any:
        return None if text is None or is_blank(made, text) else serialize(made.encode(text, prompt_name=prompt_name))

    def similarity(a: str | None, b: str | None) -> float | None:
        return None if a is None or b is None or is_blank(made, a) or is_blank(made, b) else made.similarity(a, b)

    connection.create_function("whysim_embed", 1, embed, deterministic=True)
    connection.create_function("whysim_similarity", 2, similarity, deterministic=True)


def explain_rows(
    query: str,
    rows: Iterable[Any],
    explainer: Model = None,
    *,
    text: str = "text",
    distance: str | None = "distance",
    metric: Literal["cosine", "l2", "l1"] = "l2",
    **options: Any,
) -> Hits:
    """Explains the rows of a query. A hit's ``hit`` is the row as a dict.

    ``rows``: the cursor of ``connection.execute(...)``, or rows that know their columns (``sqlite3.Row`` or dicts). ``text``,
    ``distance``: the columns; ``distance=None``: there is none, and the rows' order is their ranking. ``metric``: that of the table or of
    the function that was called, as in ``distance_metric=cosine``; sqlite-vec's own default is ``"l2"``. Of ``"cosine"`` ``their_score``
    is 1 - distance, a similarity; of the others it is the distance. ``options``: those of :meth:`whysim.Explainer.highlight`.
    """
    check_options(options)
    if metric not in ("cosine", "l2", "l1"):
        raise InputError(f'metric must be "cosine", "l2" or "l1", not {metric!r}')
    found = _dicts(rows)
    if distance is None:
        return explain_hits(query, found, explainer, text=text, score=None, **options)
    for i, row in enumerate(found, 1):
        if distance not in row:
            raise InputError(f"row {i} has no column {distance!r}; it has {', '.join(row)}. Say where its distance is: distance=...")
    if metric == "cosine":
        score = lambda row: 1.0 - number_of(row[distance], f"column {distance!r}")
        return explain_hits(query, found, explainer, text=text, score=score, **options)
    return explain_hits(query, found, explainer, text=text, score=distance, scale="distance", **options)


def _dicts(rows: Iterable[Any]) -> list[dict[str, Any]]:
    if hasattr(rows, "description"):
        if rows.description is None:
            raise InputError("the cursor has no rows: it is not of a SELECT")
        names = [column[0] for column in rows.description]
        return [dict(zip(names, tuple(row))) for row in rows]
    found = list(rows)
    for i, row in enumerate(found, 1):
        if not callable(getattr(row, "keys", None)):
            raise InputError(f"row {i} is a {type(row).__name__}, which has no names of columns: give the cursor, or rows of sqlite3.Row")
    return [{name: row[name] for name in row.keys()} for row in found]
