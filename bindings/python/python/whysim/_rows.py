"""Rows of files, for what learns from them and what measures by them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Literal, Union

from . import _files
from . import _whysim as core

Row = tuple[str, Union[str, None], Union[float, None]]


def read(
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
        warnings.warn(f"{os.fspath(path)}: {skipped} of {len(rows) + skipped} rows were left out", stacklevel=4)
    return rows
