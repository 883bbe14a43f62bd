"""Texts as users give them: lists, arrays, columns of tables, whatever else can be gone through."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from ._errors import InputError, TypeInputError


def check_text(text: object, name: str, many: str = "") -> None:
    """A text is a str of Unicode; ``name`` is what the error calls it, ``many`` what takes several texts instead."""
    problem = problem_of(text)
    if problem is not None:
        hint = f"; {many} takes many" if many and isinstance(text, Iterable) and not isinstance(text, (str, bytes)) else ""
        raise (InputError if isinstance(text, str) else TypeInputError)(f"{name} {problem}{hint}")


def problem_of(text: object) -> str | None:
    """What is wrong with something that should be a text, to be read behind its name."""
    if not isinstance(text, str):
        return f"must be a str, not {_kind(text)}"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            found = f"has half a surrogate pair, {text[error.start]!r}, as character {error.start}"
            return f"{found}, which is no Unicode: text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace') mends it"
    return None


def _kind(value: object) -> str:
    return "missing (NaN)" if isinstance(value, float) and value != value else type(value).__name__


def is_missing(value: object) -> bool:
    """Whether a table has nothing there: None, NaN, and pandas' own."""
    return value is None or (isinstance(value, float) and value != value) or type(value).__name__ in ("NAType", "NaTType")


def texts_of(texts: Any, name: str = "texts", also: str = "") -> list[str]:
    """Texts as a list, each of them a str. ``name``: what the error calls them; ``also``: what is right besides a list."""
    found = list(values(texts, name, also))
    labels = labels_of(texts)
    for i, text in enumerate(found):
        check_text(text, f"text {place('number', i, labels)}")
    return found


def usable(texts: Any, name: str, is_empty: Callable[[str], bool], skip_bad: bool) -> tuple[list[str], list[int], int]:
    """The texts that can be read, their places, and how many there are in all. A bad one is an error unless it is to be skipped.

    ``name``: what the error calls them; ``is_empty``: whether the model finds nothing in a text.
    """
    if not skip_bad:
        found = texts_of(texts, name, "a str or ")
        return found, list(range(len(found))), len(found)
    all = list(values(texts, name, "a str or "))
    kept = [i for i, text in enumerate(all) if not (problem_of(text) or is_empty(text))]
    return [all[i] for i in kept], kept, len(all)


def values(texts: Any, name: str, also: str = "") -> Iterable[Any]:
    """What is given as texts, one by one, as plain values; what only looks like many texts is refused.

    A str would be its letters, a table its columns' names, a dict its keys, and a set has no order.
    """
    wanted = f"{name} must be {also}a list of str"
    kind = type(texts).__name__
    if isinstance(texts, (Mapping, set, frozenset)):
        right = f"list({name}.values()) or list({name})" if isinstance(texts, Mapping) else f"sorted({name})"
        raise TypeInputError(f"{wanted}, not a {kind}: give {right}")
    if hasattr(texts, "columns") or hasattr(texts, "column_names"):
        raise TypeInputError(f"{wanted}, not a {kind}: give one of its columns")
    if isinstance(texts, str):
        raise TypeInputError(f"{wanted}, not one str; the lines of a file are open(path).read().splitlines()")
    if isinstance(texts, (bytes, bytearray)) or not isinstance(texts, Iterable):
        raise TypeInputError(f"{wanted}, not {kind}")
    if getattr(texts, "ndim", 1) != 1:
        raise TypeInputError(f"{wanted}, not an array of shape {tuple(getattr(texts, 'shape', ()))}")
    # Columns of Arrow and arrays of NumPy give values of their own types, one by one.
    plain = (getattr(texts, name, None) for name in ("to_pylist", "tolist", "to_list"))
    return next((method() for method in plain if callable(method)), texts)


def index_of(values: Any) -> Any:
    """The index of a pandas Series; None of anything else."""
    pandas = sys.modules.get("pandas")
    return values.index if pandas is not None and isinstance(values, pandas.Series) else None


def labels_of(texts: Any) -> Sequence[Any] | None:
    """The index of a pandas Series, unless it only counts from 0."""
    return labels(index_of(texts))


def labels(index: Any) -> Sequence[Any] | None:
    """The labels of a pandas index, unless it only counts from 0."""
    is_plain = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    return None if index is None or is_plain else list(index)


def check_same_index(one: tuple[Any, str], other: tuple[Any, str]) -> None:
    """Refuses two columns of as many rows whose pandas indexes differ: rows are taken by their places, and pandas would take them by
    their labels. Each index comes with the name of its column."""
    (index, name), (second, called) = one, other
    if index is None or second is None or len(index) != len(second) or index.equals(second):
        return
    pairs = zip(index.tolist(), second.tolist())
    at, (label, wanted) = next(((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (1, (index[0], second[0])))
    raise InputError(
        f"the index of {name} and that of {called} differ: row {at} is {label!r} in one and {wanted!r} in the other, and rows go together "
        "by their places; bring them into one order, as by .reindex or .loc, or drop the index of both by .reset_index(drop=True)"
    )


def place(what: str, i: int, labels: Sequence[Any] | None) -> str:
    """How errors name the i-th of many: counted from 1, with its label where it has one."""
    return f"{what} {i + 1}" if labels is None else f"{what} {i + 1} (index {labels[i]!r})"
