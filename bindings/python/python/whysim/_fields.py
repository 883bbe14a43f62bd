"""Fields of results, which the extension module holds."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, NoReturn, TypeVar, overload

T = TypeVar("T")


class Fields:
    """A result whose fields are those of ``self._inner``."""

    _inner: Any

    @cached_property
    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = self._inner.fields()
        return fields


class Field(Generic[T]):
    """One of them, read-only: declared with its type and its documentation, under its own name."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, instance: Fields, owner: type) -> T: ...
    def __get__(self, instance: Fields | None, owner: type) -> Field[T] | T:
        if instance is None:
            return self
        value: T = instance._fields[self._name]
        return value

    def __set__(self, instance: Fields, value: object) -> NoReturn:
        raise AttributeError(f"{self._name} is read-only")
