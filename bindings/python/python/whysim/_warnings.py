"""Warnings, in the name of the code that called the package."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

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


def warn_of_cut(truncated: Sequence[Any]) -> None:
    """Warns of texts that were not read to their ends. truncated: of every text how much was read and of how much, None for all of it."""
    cut = [(number, one) for number, one in enumerate(truncated, 1) if one is not None]
    if cut:
        number, (read, of) = cut[0]
        if len(cut) == 1:
            which = "the text" if len(truncated) == 1 else f"text number {number} of {len(truncated)}"
            warn(f"{which} is too long for the model, which read {read} of {of} tokens: the rest has no effect")
        else:
            warn(
                f"{len(cut)} of {len(truncated)} texts are too long for the model, the first of them text number {number}, of which it read "
                f"{read} of {of} tokens: the rest has no effect"
            )


def warn_of_missed(shortfalls: Iterable[str | None]) -> None:
    """Warns of tolerances that were missed: sentences, or None where they were reached."""
    missed = [sentence for sentence in shortfalls if sentence is not None]
    if missed:
        more = f"\nand {len(missed) - _MOST} more" if len(missed) > _MOST else ""
        # As Python spells the argument.
        text = "\n".join(missed[:_MOST]).replace("max steps ", "max_steps=")
        warn(text + more, ConvergenceWarning)
