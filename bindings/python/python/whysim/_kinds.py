"""What a piece of JSON holds, so that one that is read as something else is told by its name."""

from __future__ import annotations

import json
from typing import Callable, NamedTuple, TypeVar

from . import _arguments as arguments
from ._errors import InputError

T = TypeVar("T")


class _Kind(NamedTuple):
    """A result's JSON: the keys that tell it, and who reads it again, if anybody does."""

    name: str
    keys: frozenset[str]
    reader: str | None


_KINDS = (
    _Kind("an explanation", frozenset({"matrix", "effects", "terms"}), "whysim.Explanation"),
    _Kind("a margin", frozenset({"better", "worse", "margin"}), "whysim.Margin"),
    _Kind("an evaluation", frozenset({"setting", "faithfulness"}), "whysim.EvaluationReport"),
    _Kind("a highlight", frozenset({"spans", "text", "score"}), None),
    _Kind("contrast tests", frozenset({"passed", "failed", "tests"}), None),
    _Kind("a comparison", frozenset({"names", "scores", "moved"}), None),
    _Kind("duplicates", frozenset({"groups", "hubs", "boilerplate"}), None),
)


def read(text: object, wanted: str, make: Callable[[str], T]) -> T:
    """What ``make`` makes of the JSON of something, ``wanted``; where it cannot and the JSON is of something else, the error says of what."""
    found = arguments.text(text, "text", f"the JSON of {wanted}, a str")
    try:
        return make(found)
    except InputError as error:
        kind = _kind(found)
        if kind is None or kind.name == wanted:
            raise
        how = f"{kind.reader} reads it" if kind.reader else "it is not read again, its values are those of json.loads"
        raise InputError(f"this is the JSON of {kind.name}, not of {wanted}: {how}") from error


def _kind(text: str) -> _Kind | None:
    try:
        values = json.loads(text)
    except ValueError:
        return None
    return next((kind for kind in _KINDS if isinstance(values, dict) and kind.keys <= set(values)), None)
