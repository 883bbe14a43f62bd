"""What is put before texts: a prompt of the model's, by its name, or a text of the user's, as in sentence-transformers."""

from __future__ import annotations

from typing import Union

from . import _arguments as arguments
from . import _whysim as core
from ._embedder import Embedder
from ._errors import InputError
from ._texts import check_text

Model = Union[core.Encoder, Embedder]


def asked(model: Model, own: frozenset[str], side: str, prompt: str | None, name: str | None) -> tuple[Model, str | None]:
    """The model, which knows the prompt that is asked for, and by what name; None: that of its config.

    ``own``: the names of the model's prompts. ``side``: what the arguments' names end with, as in ``prompt_a``.
    """
    if prompt is not None and name is not None:
        raise InputError(f"give prompt{side}, a text, or prompt_name{side}, the name of a prompt of the model's, not both")
    if name is not None:
        return model, _known(model, own, side, name)
    if prompt is None:
        return model, None
    check_text(prompt, f"prompt{side}")
    if prompt in own:
        raise InputError(
            f'prompt{side} is the text itself that is put before others; for the model\'s prompt "{prompt}" write '
            f'prompt_name{side}="{prompt}"'
        )
    return (model if prompt in model.prompt_names() else model.with_prompt(prompt, prompt)), prompt


def _known(model: Model, own: frozenset[str], side: str, name: str) -> str:
    """A name that the model has a prompt of."""
    arguments.text(name, f"prompt_name{side}", "the name of a prompt")
    if isinstance(model, Embedder):
        model.check_prompt(name)
    if name not in own:
        there = f"it has {', '.join(sorted(own))}" if own else "it has none"
        raise InputError(
            f'prompt_name{side} must be the name of a prompt of the model\'s, not "{name}": {there}; prompt{side} takes a text'
        )
    return name


def names_of(model: Model) -> frozenset[str]:
    """The names of a model's own prompts."""
    return frozenset(model.prompt_names())
