"""How texts are decomposed: the keywords of :class:`~whysim.Explainer`, and what they are where they are left out."""

from __future__ import annotations

from typing import Any

from . import _whysim as core
from ._errors import InputError

# What a path alone has, with what stands for it being left out.
OF_PATH = {"layer": None, "n_steps": None, "tolerance": 1e-3, "max_steps": 256, "precision": "float32"}

# What removal alone has.
_OF_REMOVAL = {"removal": "delete", "index": "shapley", "budget": None, "seed": 0}


def options(settings: dict[str, Any], is_function: bool, prompt: str | None) -> core.Options:
    """The library's options. is_function: whether there is no model but an embed function."""
    given = dict(settings)
    method = given.pop("method") or ("removal" if is_function else "gausslegendre")
    if is_function and method != "removal":
        raise InputError(f'method must be "removal" for an embed function, not {method!r}')
    by = given.pop("by") or ("word" if is_function else "token")
    reference = given.pop("reference")
    removal = {name: given.pop(name) for name in _OF_REMOVAL}
    prompt = prompt or given.pop("prompt")
    given.pop("prompt", None)
    if method != "removal":
        _refuse(removal, _OF_REMOVAL, 'needs method="removal"')
        return core.Options(**given, method=method, reference=reference or "pad", by=by, prompt=prompt, removal=None)
    _refuse(given, OF_PATH, "must be left out for contributions by removal, which have no path")
    empty = reference or ("zero" if is_function else "empty")
    chosen = (removal["removal"], removal["index"], empty, removal["budget"], removal["seed"])
    return core.Options(**given, method="gausslegendre", reference="pad", by=by, prompt=prompt, removal=chosen)


def _refuse(given: dict[str, Any], default: dict[str, Any], why: str) -> None:
    for name, value in given.items():
        if value != default[name]:
            raise InputError(f"{name} {why}")
