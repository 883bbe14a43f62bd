"""How texts are decomposed: the keywords of :class:`~whysim.Explainer`, and what they are where they are left out."""

from __future__ import annotations

from typing import Any

from . import _arguments as arguments
from . import _whysim as core
from ._errors import InputError

# What a path alone has, with what stands for it being left out.
OF_PATH = {"layer": None, "n_steps": None, "tolerance": None, "max_steps": None, "precision": "float32"}

# What an adaptive integration aims for, and the most nodes that it may take.
_TOLERANCE, _MAX_STEPS = 1e-3, 256

# What removal alone has.
_OF_REMOVAL = {"removal": "delete", "index": "shapley", "budget": None, "seed": 0}

# captum's names of the methods, and what results and the program call the same.
_METHODS = {
    "gausslegendre": "gausslegendre",
    "gauss-legendre": "gausslegendre",
    "gauss_legendre": "gausslegendre",
    "riemann_right": "riemann_right",
    "riemann-right": "riemann_right",
    "riemann": "riemann_right",
    "removal": "removal",
}

# What says how many nodes are needed, where n_steps does not.
_ADAPTIVE = ("tolerance", "max_steps")

_CHOICES = {
    "by": ("token", "word", "sentence"),
    "precision": ("float32", "bfloat16"),
    "removal": ("delete", "mask-token", "attention-mask"),
    "index": ("shapley", "banzhaf"),
}

def checked(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as the library takes them, once each is what it should be."""
    found = dict(settings)
    for name, known in _CHOICES.items():
        if found[name] is not None or name != "by":
            found[name] = arguments.choice(found[name], name, known)
    if found["method"] is not None:
        found["method"] = _method(found["method"])
    for name in ("n_steps", "max_steps", "budget"):
        if found[name] is not None:
            found[name] = arguments.whole(found[name], name, 1)
    if found["tolerance"] is not None:
        found["tolerance"] = arguments.positive(found["tolerance"], "tolerance")
    for name in _ADAPTIVE:
        if found[name] is not None and found["n_steps"] is not None:
            raise InputError(f"n_steps fixes the number of nodes, and {name} is for as many as are needed: give one of the two")
    found["seed"] = arguments.seed(found["seed"])
    if found["layer"] is not None:
        found["layer"] = arguments.whole(found["layer"], "layer")
    if found["reference"] is not None:
        arguments.text(found["reference"], "reference", '"pad", "mask", "zero" or a text')
    return found


def changed(settings: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The settings with others: what is given lets go of what it stands for."""
    given = {name for name, value in changes.items() if value is not None}
    gone: list[str] = ["prompt", "prompt_name"] if {"prompt", "prompt_name"} & set(changes) else []
    gone += _ADAPTIVE if "n_steps" in given else ()
    gone += ["n_steps"] if given & set(_ADAPTIVE) else []
    return {**settings, **dict.fromkeys(gone), **changes}


def _method(method: Any) -> str:
    if isinstance(method, str) and method in _METHODS:
        return _METHODS[method]
    return arguments.choice(method, "method", ("gausslegendre", "riemann_right", "removal"))


def options(settings: dict[str, Any], is_function: bool, prompt: str | None) -> core.Options:
    """The library's options. is_function: whether there is no model but an embed function. prompt: the name that the model has for it."""
    given = {name: value for name, value in settings.items() if name not in ("prompt", "prompt_name")}
    method = given.pop("method") or ("removal" if is_function else "gausslegendre")
    if is_function and method != "removal":
        raise InputError(f'method must be "removal" for an embed function, not "{method}"')
    by = given.pop("by") or ("word" if is_function else "token")
    reference = given.pop("reference")
    removal = {name: given.pop(name) for name in _OF_REMOVAL}
    if method == "removal":
        _refuse(given, OF_PATH, "must be left out for contributions by removal, which have no path")
    given["tolerance"] = given["tolerance"] or _TOLERANCE
    given["max_steps"] = given["max_steps"] or _MAX_STEPS
    if method != "removal":
        _refuse(removal, _OF_REMOVAL, 'needs method="removal"')
        return core.Options(**given, method=method, reference=reference or "pad", by=by, prompt=prompt, removal=None)
    empty = reference or ("zero" if is_function else "empty")
    chosen = (removal["removal"], removal["index"], empty, removal["budget"], removal["seed"])
    return core.Options(**given, method="gausslegendre", reference="pad", by=by, prompt=prompt, removal=chosen)


def _refuse(given: dict[str, Any], default: dict[str, Any], why: str) -> None:
    for name, value in given.items():
        if value != default[name]:
            raise InputError(f"{name} {why}")
