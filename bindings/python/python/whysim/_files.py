"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import uuid
from typing import Union

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
    if ending(place(path, "path")) != ".json":
        raise InputError(f"{os.fspath(path)} must end in .json: results are read from what save() writes there, not from pictures or pages")
    return read(path)


def written(content: str, path: Path | None) -> str:
    """The content, also written to ``path`` if one is given."""
    if path is not None:
        write(place(path, "path"), content)
    return content


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
