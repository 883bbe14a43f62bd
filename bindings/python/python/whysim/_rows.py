"""Rows of files, for what learns from them and what measures by them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Union

from . import _files
from . import _whysim as core
from ._errors import InputError, TypeInputError
from ._warnings import warn

Row = tuple[str, Union[str, None], Union[float, None]]


def _read(
    path: _files.Path,
    objective: Literal["gold", "distill"],
    columns: Sequence[str] | None,
    score_range: tuple[float, float] | None,
    skip_bad_rows: bool,
) -> list[Row]:
    """A file's rows; with ``"gold"`` all of them are pairs with a score. Rows that are left out are warned of."""
    given = None if columns is None else list(columns)
    rows, skipped = core.read_rows(os.fspath(path), objective, given, score_range, skip_bad_rows)
    if skipped:
        warn(f"{os.fspath(path)}: {skipped} of {len(rows) + skipped} rows were skipped")
    return rows


def rows_of(
    source: Any,
    name: str,
    objective: Literal["gold", "distill"],
    columns: Sequence[str] | None,
    score_range: tuple[float, float] | None,
    skip_bad_rows: bool,
) -> list[Row]:
    """The rows of a file or a list; none of None. ``name``: what errors call the list."""
    if source is None:
        return []
    if isinstance(source, (str, os.PathLike)):
        return _read(source, objective, columns, score_range, skip_bad_rows)
    return [_row(item, f"{name} row {i}", objective) for i, item in enumerate(_iterated(source), 1)]


def _iterated(source: Any) -> Iterable[Any]:
    if not isinstance(source, Iterable):
        raise TypeInputError(f"data must be a file or a list of rows, not {type(source).__name__}")
    return source


def _row(item: Any, place: str, objective: str) -> Row:
    """A row of a list, held to what a row of a file is held to."""
    fields: tuple[Any, ...] = (item,) if isinstance(item, str) else tuple(item)
    a, b, score = (*fields, None, None)[:3]
    if len(fields) > 3 or not isinstance(a, str) or not (b is None or isinstance(b, str)):
        raise InputError(f"{place} must be (text, text, score), not {item!r}")
    if objective == "gold" and (b is None or score is None):
        raise InputError(f"{place} must be (text, text, score) for objective=\"gold\", not {item!r}")
    if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
        raise InputError(f"{place}: its score {score} is not from 0 to 1")
    return a, b, None if score is None else float(score)
