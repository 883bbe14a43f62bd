"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence, Sized
from typing import Union, cast

from ._errors import FileError, InputError, TypeInputError

Path = Union[str, "os.PathLike[str]"]


def place(path: object, name: str) -> str:
    """A path as a str; ``name`` is what the error calls it."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeInputError(f"{name} must be a path, a str or os.PathLike, not {type(path).__name__}")
    found: str = os.fspath(path)
    return found


def ending(path: Path) -> str:
    """The ending of a file's name, in small letters and with its dot."""
    return os.path.splitext(os.fspath(path))[1].lower()


def check_ending(path: Path, endings: Sequence[str], why: str) -> None:
    """Refuses a file whose name does not end as what is written to it does; ``why``: to be read behind the endings."""
    found = place(path, "path")
    if ending(found) not in endings:
        raise InputError(f"{found} must end in {' or '.join(endings)}, {why}")


def read(path: Path) -> str:
    """A text file's content."""
    try:
        with open(place(path, "path"), encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise FileError(f"cannot read {os.fspath(path)}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise InputError(f"{os.fspath(path)} is no text in UTF-8: only .json files can be read again") from None


def read_json(path: Path) -> str:
    """The content of a ``.json`` file, which is the form that results are read from."""
    if ending(place(path, "path")) == ".jsonl":
        raise InputError(f"{os.fspath(path)} holds many explanations, one on each line: whysim.load_explanations reads them")
    if ending(path) != ".json":
        raise InputError(f"{os.fspath(path)} must end in .json: results are read from what save() writes there, not from pictures or pages")
    return read(path)


class _Written:
    """Content that was also written to a file: a notebook or an interactive session shows that, and not a whole page."""

    _place: str
    _counted: str

    def __repr__(self) -> str:
        return f"<{len(cast(Sized, self)):,} {self._counted}, written to {self._place}>"


class Written(_Written, str):
    """A str that was."""

    _counted = "characters"

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


class WrittenBytes(_Written, bytes):
    """Bytes that were."""

    _counted = "bytes"

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(self),)


def written(content: str, path: Path | None) -> str:
    """The content, also written to ``path`` if one is given."""
    if path is None:
        return content
    made = Written(content)
    made._place = _wrote(content, path)
    return made


def kept(content: bytes, path: Path | None) -> bytes:
    """The same of bytes."""
    if path is None:
        return content
    made = WrittenBytes(content)
    made._place = _wrote(content, path)
    return made


def _wrote(content: str | bytes, path: Path) -> str:
    found = place(path, "path")
    write(found, content)
    return found


def write(path: Path, content: str | bytes) -> None:
    """Writes a file, under a temporary name first."""
    data = content.encode() if isinstance(content, str) else content
    # A link stays a link.
    target = os.path.realpath(os.fspath(path))
    temporary = os.path.join(os.path.dirname(target), f".whysim-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        if os.path.exists(target):
            os.chmod(temporary, os.stat(target).st_mode & 0o777)
        os.replace(temporary, target)
    except OSError as error:
        raise FileError(f"cannot write {os.fspath(path)}: {error.strerror or error}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
