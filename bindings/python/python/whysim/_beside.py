"""What stands beside explanations: the pairs' numbers, gold scores and names, and what is said of pairs that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

import numpy as np

from . import _arguments as arguments
from . import _files, _texts
from . import _whysim as core
from ._errors import InputError, TypeInputError
from ._explanation import Explanation
from ._margin import Margin
from ._warnings import warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._pairs import BadRow

# As far as cosines go, and what may be rounding.
_REACH = 1.05

# Pairs without an explanation that are told of one by one.
_SHOWN = 5

# An explanation, its pair's number from 1, its gold score, and what it is called.
Pair = tuple[core.Explanation, int, Optional[float], Optional[str]]


class Beside(NamedTuple):
    """What a collection of explanations knows of its pairs: one value for each, or None where there are none."""

    numbers: Sequence[int] | None = None
    gold: Sequence[float | None] | None = None
    names: Sequence[Any] | None = None
    index: Any = None
    """The pandas index of the rows."""
    errors: tuple[BadRow, ...] = ()
    """Why pairs have no explanation."""


class Collection:
    """Explanations that know something of their pairs."""

    def _known(self) -> Beside:
        raise NotImplementedError


class Pairs(NamedTuple):
    """Checked explanations with what stands beside them."""

    found: list[Pair]
    note: str | None
    """Which pairs have none, and why; None where all have one."""

    def some(self) -> list[Pair]:
        """The pairs, of which there must be one."""
        if not self.found:
            raise InputError(f"there are no explanations: {self.note or 'the list is empty'}")
        return self.found


def pairs_of(explanations: object, gold: object, names: object) -> Pairs:
    """The explanations with their numbers, gold scores and names, once they are what they should be; None is left out.

    Unless they are given, gold scores and names are those that the collection knows.
    """
    known = explanations._known() if isinstance(explanations, Collection) else Beside()
    many = arguments.many(explanations, "explanations", "Explanation")
    for values, name in ((gold, "gold"), (names, "names")):
        _texts.check_same_index((known.index, "the pairs"), (_texts.index_of(values), name))
    gold, names = known.gold if gold is None else gold, known.names if names is None else names
    numbers: list[Any] = _one_for_each(known.numbers or range(1, len(many) + 1), len(many), "numbers")
    scores, called = _one_for_each(gold, len(many), "gold"), _one_for_each(names, len(many), "names")
    found: list[Pair] = []
    for i, (one, number, score, name) in enumerate(zip(many, numbers, scores, called), 1):
        if one is None:
            continue
        hint = "; the better and worse of a Margin are explanations, and its to_html() is a page" if isinstance(one, Margin) else ""
        inner = arguments.instance(one, f"explanation number {i}", Explanation, hint)._inner
        found.append((inner, number, _score(score, i), _name(name, i)))
    _warn_of_scale(found)
    return Pairs(found, _left_out(len(many), [i for i, one in enumerate(many, 1) if one is None], known.errors))


def write_lines(path: _files.Path, pairs: Pairs) -> None:
    """Writes explanations as JSON lines."""
    check_lines(path)
    _files.write(path, core.explained_lines(pairs.some()))


def check_lines(path: _files.Path) -> None:
    """A file's name that says what the file holds."""
    _files.check_ending(path, (".jsonl",), "which is what many explanations are written as")


def listed(errors: Sequence[BadRow]) -> str:
    """The first of some bad rows, and how many more there are."""
    label = ["" if one.index is None else f" (index {one.index!r})" for one in errors[:_SHOWN]]
    first = [f"row {one.row}{of}: {one.problem}" for one, of in zip(errors, label)]
    more = [f"and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
    return "; ".join([*first, *more])


def _left_out(count: int, missing: list[int], errors: Sequence[BadRow]) -> str | None:
    if not missing:
        return None
    first = ", ".join(map(str, missing[:_SHOWN])) + (", …" if len(missing) > _SHOWN else "")
    return f"{len(missing)} of {count} pairs were left out: {listed(errors) or f'there is None in place of number {first}'}"


def _one_for_each(values: object, count: int, name: str) -> list[Any]:
    """One value for each explanation; None is none for any."""
    if values is None:
        return [None] * count
    # Values of Arrow are of types of its own.
    found = [one.as_py() if callable(getattr(one, "as_py", None)) else one for one in arguments.many(values, name, "one for each explanation")]
    if len(found) != count:
        raise InputError(f"{name} must be one for each explanation, {count}, not {len(found)}")
    return found


def _score(value: Any, number: int) -> float | None:
    """A gold score; None, NaN and what else stands for nothing are none."""
    if _texts.is_missing(value) or (isinstance(value, np.floating) and np.isnan(value)):
        return None
    return arguments.number(value, f"gold score number {number}", "a finite number, or None")


def _name(value: Any, number: int) -> str | None:
    """What a pair is called: a str, or anything that has a name as one, such as a label of an index."""
    if _texts.is_missing(value):
        return None
    if isinstance(value, (bytes, list, dict, set)):
        raise TypeInputError(f"name number {number} must be a str, a number or a label, not {type(value).__name__}")
    name = value if isinstance(value, str) else str(value)
    _texts.check_text(name, f"name number {number}")
    return name


def _warn_of_scale(pairs: Iterable[Pair]) -> None:
    """Warns of gold scores that no cosine can have: what is said of errors would be said of the scales."""
    gold = [score for one, _, score, _ in pairs if score is not None and one.fields()["similarity"] == "cos"]
    if gold and max(map(abs, gold)) > _REACH:
        warn(f"gold scores range from {min(gold):g} to {max(gold):g}, cosines from -1 to 1: rescale them")
