"""From what the user calls a model to a loaded one."""

from __future__ import annotations

import difflib
import os
import tempfile
from typing import Any

from . import _whysim as core
from ._errors import FileError, InputError, TypeInputError
from ._progress import progress as shown

# How much of a name must be that of another for it to be a slip, as difflib measures it.
_NEAR = 0.85


def load(model: Any, revision: str | None, truncate_dim: int | None, progress: bool | None) -> core.Encoder:
    """None: the default model. A download shows its progress."""
    with shown(progress) as listener:
        if model is None or isinstance(model, (str, os.PathLike)):
            path = None if model is None else os.fspath(model)
            _check_spelling(path)
            encoder = core.Encoder.load(path, None, revision, listener)
        else:
            encoder = _load_object(model, listener)
            # sentence-transformers before version 6 does not save it.
            own = getattr(model, "truncate_dim", None)
            truncate_dim = truncate_dim or (None if own is None else min(int(own), encoder.dim))
    return encoder if truncate_dim is None else encoder.truncated(truncate_dim)


def _check_spelling(name: str | None) -> None:
    """Refuses what is nearly one of the names that stand for models by themselves; it would be looked for on the hub."""
    if name is None or name in core.MODEL_NAMES or "/" in name or os.sep in name or os.path.exists(name):
        return
    near = difflib.get_close_matches(name.lower(), core.MODEL_NAMES, 1, _NEAR)
    if near:
        raise FileError(f'there is no model "{name}": did you mean "{near[0]}"? A folder of that name is "./{name}", a model on the hub OWNER/{name}')


def _load_object(model: Any, listener: Any) -> core.Encoder:
    """A model in memory, by way of a folder that it writes itself."""
    if not (callable(getattr(model, "save", None)) and callable(getattr(model, "encode", None))):
        raise TypeInputError(
            f"model must be a folder, a model's name, or a SentenceTransformer, not {type(model).__name__}"
        )
    backend = getattr(model, "backend", "torch")
    if backend != "torch":
        raise InputError(f'model must be a SentenceTransformer with the backend "torch", not "{backend}", which keeps no weights to read')
    if place(model) not in ("", "float32"):
        listener.note(
            f"the model computes in {place(model)}; whysim computes in float32 on the CPU with the same weights, so that scores may differ in "
            "the third digit"
        )
    about = getattr(model, "model_card_data", None)
    name = getattr(about, "model_id", None) or getattr(about, "base_model", None) or type(model).__name__
    with tempfile.TemporaryDirectory(prefix="whysim-") as folder:
        model.save(folder)
        return core.Encoder.load(folder, str(name), None, listener)


def place(model: Any) -> str:
    """In what a loaded model computes, and where if that is not the CPU, such as ``float16 on cuda:0``; nothing for a model's name."""
    dtype = str(getattr(model, "dtype", "")).replace("torch.", "")
    device = str(getattr(model, "device", ""))
    return dtype if device in ("", "cpu") else f"{dtype} on {device}"
