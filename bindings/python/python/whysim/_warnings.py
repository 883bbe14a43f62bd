"""Warnings, in the name of the code that called the package."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable

from ._errors import ConvergenceWarning

# Of many texts that missed a tolerance, as many are told of.
_MOST = 3

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def warn(message: str, kind: type[Warning] = UserWarning) -> None:
    """Warns at the first frame of the stack that is not the package's own."""
    frame, level = sys._getframe(), 1
    while frame.f_code.co_filename.startswith(_HERE) and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, kind, stacklevel=level)


def warn_of_missed(shortfalls: Iterable[str | None]) -> None:
    """Warns of tolerances that were missed: sentences, or None where they were reached."""
    missed = [sentence for sentence in shortfalls if sentence is not None]
    if missed:
        more = f"\nand {len(missed) - _MOST} more" if len(missed) > _MOST else ""
        warn("\n".join(missed[:_MOST]) + more, ConvergenceWarning)
