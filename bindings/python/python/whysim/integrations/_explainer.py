"""The explainer of an integration: as users name it, and as a pipeline's file keeps it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any, Union

from .._default import default_explainer
from .._embedder import Embedder
from .._errors import InputError, MissingError
from .._explainer import Explainer

#: An explainer, its keywords as a dict (:func:`description`), or what it takes as a model: a name, a folder, a loaded
#: ``SentenceTransformer``, or None for the default.
Model = Union[Explainer, str, "os.PathLike[str]", dict[str, Any], Any, None]


def explainer_of(model: Model) -> Explainer:
    """The explainer that is meant."""
    if isinstance(model, Explainer):
        return model
    if model is None:
        return default_explainer()
    if isinstance(model, dict):
        return Explainer(**model)
    return Explainer(model)


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of :meth:`whysim.Explainer.highlight`; another one is an :class:`InputError` now, not at the first query."""
    parameters = inspect.signature(Explainer.highlight).parameters.values()
    known = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise InputError(f"highlights have no option {unknown[0]!r}; they have {', '.join(known)}")
    return dict(options)


def description(explainer: Explainer) -> dict[str, Any]:
    """The keywords from which ``Explainer(**keywords)`` makes the same explainer again: names, numbers and None, as JSON takes them."""
    if isinstance(explainer._encoder, Embedder):
        raise InputError("an explainer with an embed function cannot be saved; use a model's name or folder, or do not save it")
    if explainer._source is None:
        raise InputError("an explainer whose model is in memory only cannot be saved; save the model, and give its folder")
    model, revision, truncate_dim = explainer._source
    settings = {**explainer._settings, "similarity": explainer._similarity, "revision": revision, "truncate_dim": truncate_dim}
    usual = {one.name: one.default for one in inspect.signature(Explainer.__init__).parameters.values()}
    return {"model": str(model), **{name: value for name, value in settings.items() if value != usual[name]}}


def missing(error: ModuleNotFoundError, extra: str) -> MissingError:
    """What to say where an integration's library is not installed."""
    text = f"whysim.integrations.{extra.replace('-', '_')} needs {error.name}, which is not installed: pip install 'whysim[{extra}]'"
    return MissingError(text, name=error.name)
