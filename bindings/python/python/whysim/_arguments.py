"""What arguments must be: each function returns the checked value, or raises an error that names argument, value and what is right."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, Callable, TypeVar

from ._errors import InputError, MissingError, PositionError, TypeInputError
from ._types import Similarity, Theme, View

T = TypeVar("T")
S = TypeVar("S", bound=str)

# What sentence-transformers calls them, and what whysim does.
_SIMILARITIES: dict[str, Similarity] = {"cos": "cos", "cosine": "cos", "dot": "dot", "dot_product": "dot"}


def whole(value: Any, name: str, least: int | None = None, most: int | None = None) -> int:
    """A whole number, NumPy's too, but no float: 20.0 is as often a slip as a number of things."""
    bounds = {(True, True): f", {least} to {most}", (True, False): f", {least} or more", (False, False): ""}
    right = "a whole number" + bounds[least is not None, most is not None]
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeInputError(f"{name} must be {right}, not {shown(value)}")
    number = operator.index(value)
    if abs(number) >= 2**63 and most is None:
        raise InputError(f"{name} must be {right} that 64 bits hold, not {number}")
    if (least is not None and number < least) or (most is not None and number > most):
        raise InputError(f"{name} must be {right}, not {number}")
    return number


def position(value: Any, size: int, what: str) -> int:
    """A place among so many, from 0, or from the end; ``what``: what each is called."""
    place = whole(value, f"the place of a {what}")
    if not -size <= place < size:
        raise PositionError(f"there is no {what} {place}: there are {size}, counted from 0")
    return place % size


def number(value: Any, name: str, right: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number from ``least`` to ``most``; ``right`` says so."""
    is_number = hasattr(value, "__float__") and not isinstance(value, (bool, str, bytes)) and getattr(value, "ndim", 0) == 0
    if not is_number:
        raise TypeInputError(f"{name} must be {right}, not {shown(value)}")
    found = float(value)
    if not (math.isfinite(found) and least <= found <= most):
        raise InputError(f"{name} must be {right}, not {found:g}")
    return found


def positive(value: Any, name: str) -> float:
    """A number above zero."""
    return number(value, name, "a positive number", least=math.ulp(0.0))


def choice(value: Any, name: str, known: Sequence[S]) -> S:
    """One of some names."""
    listed = ", ".join(f'"{one}"' for one in known[:-1])
    right = f'{listed} or "{known[-1]}"' if listed else f'"{known[-1]}"'
    if not isinstance(value, str):
        raise TypeInputError(f"{name} must be {right}, not {shown(value)}")
    for one in known:
        if one == value:
            return one
    raise InputError(f'{name} must be {right}, not "{value}"')


def similarity(value: Any) -> Similarity:
    """``"cos"`` or ``"dot"``, by these names, sentence-transformers' own, or its ``SimilarityFunction``."""
    name = getattr(value, "value", value)
    if isinstance(name, str) and name in ("euclidean", "manhattan"):
        raise InputError(
            f'similarity must be "cos" (or "cosine") or "dot", not "{name}": a distance is no sum over pairs of tokens'
        )
    if isinstance(name, str) and name in _SIMILARITIES:
        return _SIMILARITIES[name]
    kind = InputError if isinstance(name, str) else TypeInputError
    raise kind(f'similarity must be "cos" (or "cosine") or "dot", not {shown(value)}')


def text(value: Any, name: str, right: str = "a str") -> str:
    """A str."""
    if not isinstance(value, str):
        raise TypeInputError(f"{name} must be {right}, not {shown(value)}")
    return value


def flag(value: Any, name: str) -> bool:
    """True or False, NumPy's too."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise TypeInputError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def seed(value: Any) -> int:
    """What random draws begin with."""
    return whole(value, "seed", 0, 2**64 - 1)


def unit(value: Any) -> str:
    """What rows stand for."""
    return choice(value, "by", ("token", "word", "sentence"))


def coarser(value: Any, now: str) -> str:
    """Coarser rows than those that there are now, or as coarse ones; entries are summed and never taken apart."""
    units = ("token", "word", "sentence")
    if units.index(unit(value)) < units.index(now):
        raise InputError(f'by must be "{now}" or coarser, not "{value}": the rows are {now}s already, which cannot be taken apart')
    return str(value)


def view(value: Any) -> View:
    """Which of the two matrices is meant."""
    found: View = "interaction" if choice(value, "view", ("attribution", "interaction")) == "interaction" else "attribution"
    return found


def view_if_any(value: Any) -> View | None:
    """The same, or None for the default."""
    return None if value is None else view(value)


def theme_if_any(value: Any) -> Theme | None:
    """What a page stands on, or None for the reader's own."""
    if value is None:
        return None
    found: Theme = choice(value, "theme", ("light", "dark"))
    return found


def picture(theme: Any, title: Any, shown: Any) -> tuple[Theme, str | None, View | None]:
    """Theme, title and view of a picture."""
    ground: Theme = "dark" if choice(theme, "theme", ("light", "dark")) == "dark" else "light"
    return ground, None if title is None else text(title, "title"), view_if_any(shown)


def instance(value: Any, name: str, kind: type[T], hint: str = "") -> T:
    """An object of a class of ours; ``hint`` says how to come by one."""
    if not isinstance(value, kind):
        raise TypeInputError(f"{name} must be an {kind.__name__}{hint}, not {shown(value)}".replace("an D", "a D"))
    return value


def many(value: Any, name: str, right: str) -> list[Any]:
    """Several of something, as a list; a str is one and not its letters."""
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        raise TypeInputError(f"{name} must be a list of {right}, not {shown(value)}")
    return list(value)


def each(value: Any, name: str, right: str, check: Callable[[Any], T]) -> list[T] | None:
    """Several of something, each of them checked; None is none."""
    return None if value is None else [check(one) for one in many(value, name, right)]


def shown(value: Any) -> str:
    """A value as errors name it: small ones themselves, others by their type."""
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str) and len(value) <= 40:
        return f'"{value}"'
    return type(value).__name__


def missing(what: str, package: str, extra: str) -> MissingError:
    """The error where a package is not installed that something needs, an extra of ours."""
    return MissingError(
        f"{what} needs {package}, which is not installed: pip install {package}, or whysim with its extra `{extra}`",
        name=package,
    )
