"""Libraries that a test is about."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def required(name: str) -> Any:
    """The module, or a skip where it is not installed. With ``WHYSIM_REQUIRE_INTEGRATIONS=1``, which ``scripts/check-python --with``
    sets, a missing one is a failure; a broken one always is."""
    if os.environ.get("WHYSIM_REQUIRE_INTEGRATIONS") == "1":
        return importlib.import_module(name)
    return pytest.importorskip(name, exc_type=ModuleNotFoundError)
