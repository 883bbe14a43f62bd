"""Rows of files, for what learns from them and what measures by them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Union

from . import _arguments as arguments
from . import _files
from . import _whysim as core
from ._errors import InputError, TypeInputError
from ._texts import check_text
from ._warnings import warn

Row = tuple[str, Union[str, None], Union[float, None]]


def _read(
    path: _files.Path,
    objective: Literal["gold", "distill"],
    columns: Sequence[str] | None,
    score_range: tuple[float, float] | None,
    skip_bad: bool,
) -> list[Row]:
    """A file's rows; with ``"gold"`` all of them are pairs with a score. Rows that are left out are warned of."""
    given = None if columns is None else [arguments.text(one, "a column's name") for one in arguments.many(columns, "columns", "names")]
    rows, skipped = core.read_rows(os.fspath(path), objective, given, _range(score_range), arguments.flag(skip_bad, "skip_bad"))
    if skipped:
        warn(f"{os.fspath(path)}: {skipped} of {len(rows) + skipped} rows were skipped")
    return rows


def _range(bounds: Any) -> tuple[float, float] | None:
    if bounds is None:
        return None
    ends = arguments.many(bounds, "score_range", "two numbers, the lowest and the highest score")
    if len(ends) != 2:
        raise InputError(f"score_range must be two numbers, the lowest and the highest score, not {len(ends)}")
    low, high = (arguments.number(end, "an end of score_range", "a number") for end in ends)
    return low, high


def rows_of(
    source: Any,
    name: str,
    objective: Literal["gold", "distill"],
    columns: Sequence[str] | None,
    score_range: tuple[float, float] | None,
    skip_bad: bool,
    asked_by: str = "",
) -> list[Row]:
    """The rows of a file or a list; none of None. ``name``: what errors call the list; ``asked_by``: what else they say asks for scores."""
    if source is None:
        return []
    if isinstance(source, (str, os.PathLike)):
        return _read(source, objective, columns, score_range, skip_bad)
    rows, bad = [], []
    for i, item in enumerate(_iterated(source, name), 1):
        try:
            rows.append(_row(item, f"{name} row {i}", objective, asked_by))
        except InputError as error:
            if not skip_bad:
                raise
            bad.append(str(error))
    if bad:
        warn(f"{len(bad)} of {len(rows) + len(bad)} rows of {name} were skipped; the first: {bad[0]}")
    return rows


def _iterated(source: Any, name: str) -> Iterable[Any]:
    kind = type(source).__name__
    if hasattr(source, "columns") or hasattr(source, "column_names"):
        raise TypeInputError(f"{name} must be a file or a list of rows, not a {kind}: give list(zip(table[\"a\"], table[\"b\"], ...))")
    if isinstance(source, (bytes, dict, set)) or not isinstance(source, Iterable):
        raise TypeInputError(f"{name} must be a file or a list of rows, not {kind}")
    return source


def _row(item: Any, place: str, objective: str, asked_by: str) -> Row:
    """A row of a list, held to what a row of a file is held to."""
    whole = (item,) if isinstance(item, str) else item
    fields: tuple[Any, ...] = tuple(whole) if isinstance(whole, Iterable) and not isinstance(whole, bytes) else (None,)
    a, b, score = (*fields, None, None)[:3]
    is_scored = score is None or (hasattr(score, "__float__") and not isinstance(score, (str, bytes)))
    if len(fields) > 3 or not isinstance(a, str) or not (b is None or isinstance(b, str)) or not is_scored:
        raise InputError(f"{place} must be (text, text, score), not {item!r}")
    for text in (a, b):
        if text is not None:
            check_text(text, f"a text of {place}")
    if objective == "gold" and (b is None or score is None):
        raise InputError(f"{place} must be (text, text, score){asked_by}, not {item!r}")
    if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
        raise InputError(f"{place}: its score {score} is not from 0 to 1: the scores of a list must be scaled to that")
    return a, b, None if score is None else float(score)
