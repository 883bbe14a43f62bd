"""The model of those who name none."""

from __future__ import annotations

import os
from functools import lru_cache

from ._explainer import Explainer
from ._explanation import Explanation


def default_explainer() -> Explainer:
    """The explainer of the default model, loaded once for as long as ``WHYSIM_MODEL`` names the same one."""
    return _loaded(os.environ.get("WHYSIM_MODEL"))


@lru_cache(maxsize=1)
def _loaded(_: str | None) -> Explainer:
    return Explainer()


def explain(a: str, b: str) -> Explanation:
    """Why two texts are similar, under the default model: ``Explainer().explain(a, b)``, with the model loaded once.

    The model is the one that the environment variable ``WHYSIM_MODEL`` names, else ``minilm-exact`` inside the package. For another
    one, other settings or many pairs make an :class:`Explainer`.

    >>> whysim.explain("The coffee is bad.", "This is not a good coffee.").top(1)[0].token_a
    'coffee'
    """
    return default_explainer().explain(a, b)
