"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import whysim

MODULES = [f"whysim.{module.name}" for module in pkgutil.iter_modules(whysim.__path__)] + ["whysim"]
# The modules of integrations that need no library; those that do have no examples of their own, and tests in integrations/.
MODULES += ["whysim.integrations.hits", "whysim.integrations.results", "whysim.integrations._explainer"]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "whysim._whysim"])
def test_examples(name: str, explainer: whysim.Explainer, folder: str) -> None:
    known = {"whysim": whysim, "explainer": explainer, "folder": folder}
    result = doctest.testmod(importlib.import_module(name), extraglobs=known, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_every_public_name_is_documented() -> None:
    bare = []
    for name in whysim.__all__:
        thing = getattr(whysim, name)
        if not isinstance(thing, str) and not thing.__doc__:
            bare.append(name)
        if isinstance(thing, type):
            owned = {k: v for owner in thing.__mro__ if owner.__module__.startswith("whysim") for k, v in vars(owner).items()}
            members = {k: v for k, v in owned.items() if not k.startswith("_") and (callable(v) or isinstance(v, property))}
            bare += [f"{name}.{key}" for key, value in members.items() if not value.__doc__]
    assert bare == []
