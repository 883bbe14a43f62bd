"""Texts as users give them."""

from __future__ import annotations

from collections.abc import Iterable


def check_text(text: object, name: str) -> None:
    """A text is a str; ``name`` is what the error calls it."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")


def texts_of(texts: Iterable[str]) -> list[str]:
    """Texts as a list, each of them a str."""
    texts = list(texts)
    for i, text in enumerate(texts, 1):
        check_text(text, f"text number {i}")
    return texts
