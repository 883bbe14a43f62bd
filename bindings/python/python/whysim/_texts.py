"""Texts as users give them."""

from __future__ import annotations

from collections.abc import Iterable

from ._errors import TypeInputError


def check_text(text: object, name: str) -> None:
    """A text is a str; ``name`` is what the error calls it."""
    if not isinstance(text, str):
        raise TypeInputError(f"{name} must be a str, not {type(text).__name__}")


def texts_of(texts: Iterable[str], name: str = "texts", also: str = "") -> list[str]:
    """Texts as a list, each of them a str. ``name``: what the error calls them; ``also``: what is right besides a list."""
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise TypeInputError(f"{name} must be {also}a list of str, not {type(texts).__name__}")
    texts = list(texts)
    for i, text in enumerate(texts, 1):
        check_text(text, f"text number {i}")
    return texts
