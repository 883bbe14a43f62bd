"""Chroma: an embedding function of our models that a collection remembers, and the results of its queries explained.

Needs chromadb: ``pip install 'whysim[chroma]'``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from .._embedder import Embedder
from .._errors import InputError
from .._explainer import Explainer
from ._explainer import Model, check_options, description, explainer_of, missing
from .hits import explained
from .results import Hits

try:
    from chromadb.api.types import Documents, EmbeddingFunction, Embeddings
    from chromadb.utils.embedding_functions import register_embedding_function
except ModuleNotFoundError as error:
    raise missing(error, "chroma") from error

# Spaces whose distances are 1 - similarity, so that theirs and ours can be compared as numbers.
_COMPLEMENTS = ("cosine", "ip")

# Explainers that are in use, by their configurations: Chroma makes the function again from its own configuration in every check, and
# the model must not be loaded for that.
_LOADED: WeakValueDictionary[str, Explainer] = WeakValueDictionary()


class WhysimEmbeddingFunction(EmbeddingFunction[Documents]):
    """Embeds by the model that explains. Chroma stores its configuration with a collection and makes it again when the collection is
    opened, if this module was imported before.

    ``explainer``: a :class:`whysim.Explainer`, a model's name or folder, or None for the default model. One with an ``embed`` function
    works, but cannot be stored: give the function again with every ``get_collection``. ``prompt_name_query``, ``prompt_name_passage``: names of
    prompts for queries and for documents.
    """

    def __init__(
        self, explainer: Model = None, *, prompt_name_query: str | None = None, prompt_name_passage: str | None = None
    ) -> None:
        self.explainer = explainer_of(explainer)
        self.prompts = {"prompt_name_query": prompt_name_query, "prompt_name_passage": prompt_name_passage}

    def __call__(self, input: Documents) -> Embeddings:
        return list(self.explainer.encode(list(input), prompt_name=self.prompts["prompt_name_passage"]))

    def embed_query(self, input: Documents) -> Embeddings:
        """The embeddings of queries."""
        return list(self.explainer.encode(list(input), prompt_name=self.prompts["prompt_name_query"]))

    @staticmethod
    def name() -> str:
        """The name under which Chroma finds this class again."""
        return "whysim"

    def default_space(self) -> Any:
        """Cosine, or the inner product for models that are compared by it."""
        return "cosine" if self.explainer._similarity == "cos" else "ip"

    def supported_spaces(self) -> Any:
        """All of Chroma's."""
        return ["cosine", "l2", "ip"]

    def get_config(self) -> dict[str, Any]:
        """What is stored with a collection."""
        if isinstance(self.explainer._encoder, Embedder):
            # Chroma's way to say that there is none.
            return NotImplemented  # type: ignore[no-any-return]
        known = description(self.explainer)
        _LOADED[_key(known)] = self.explainer
        return {"explainer": known, **self.prompts}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> WhysimEmbeddingFunction:
        """The function that a collection was made with."""
        WhysimEmbeddingFunction.validate_config(config)
        prompts = {name: config.get(name) for name in ("prompt_name_query", "prompt_name_passage")}
        loaded = _LOADED.get(_key(config["explainer"]))
        return WhysimEmbeddingFunction(loaded or Explainer(**config["explainer"]), **prompts)

    @staticmethod
    def validate_config(config: dict[str, Any]) -> None:
        """A configuration that :meth:`get_config` did not make is an :class:`whysim.InputError`."""
        if not isinstance(config.get("explainer"), dict) or "model" not in config["explainer"]:
            raise InputError(f'the configuration of a whysim embedding function must have "explainer" with "model", not {config!r}')

    def validate_config_update(self, old_config: dict[str, Any], new_config: dict[str, Any]) -> None:
        """Another model would embed queries apart from the documents that are stored."""
        for key in ("model", "revision", "truncate_dim"):
            old, new = old_config["explainer"].get(key), new_config["explainer"].get(key)
            if old != new:
                raise InputError(f"the collection's vectors are from {key} {old!r}, and cannot be queried with {new!r}: make a new one")


# Not as a decorator, which gives no class back in version 1.0.
register_embedding_function(WhysimEmbeddingFunction)


def _key(description: dict[str, Any]) -> str:
    return json.dumps(description, sort_keys=True)


def explain_query(
    result: Mapping[str, Any], queries: str | Sequence[str], explainer: Model = None, *, space: str = "cosine", **options: Any
) -> list[Hits]:
    """Explains the result of ``collection.query``: one :class:`~whysim.integrations.results.Hits` for each query. A hit's ``hit`` is a
    dict with ``id``, ``metadata`` and ``distance``.

    ``queries``: the ``query_texts`` of the query. ``explainer``: as for :class:`WhysimEmbeddingFunction`.
    ``space``: the collection's distance. Of ``"cosine"`` and ``"ip"`` ``their_score`` is 1 - distance, a similarity; of ``"l2"`` it is
    the distance. ``options``: those of :meth:`whysim.Explainer.highlight`. The result must include documents.
    """
    chosen = check_options(options)
    if space not in ("cosine", "ip", "l2"):
        raise InputError(f'space must be "cosine", "ip" or "l2", not {space!r}')
    texts = [queries] if isinstance(queries, str) else list(queries)
    if len(texts) != len(result["ids"]):
        raise InputError(f"the result is of {len(result['ids'])} queries, but {len(texts)} are given")
    if result.get("documents") is None:
        raise InputError('the result has no documents: query with include=["documents", "distances"]')
    made = explainer_of(explainer)
    return [_explained(made, result, i, query, space, chosen) for i, query in enumerate(texts)]


def _explained(explainer: Explainer, result: Mapping[str, Any], i: int, query: str, space: str, options: dict[str, Any]) -> Hits:
    def column(name: str) -> list[Any]:
        return result[name][i] if result.get(name) is not None else [None] * len(result["ids"][i])

    distances = column("distances")
    rows = zip(column("ids"), column("metadatas"), distances)
    hits = [{"id": id, "metadata": metadata, "distance": distance} for id, metadata, distance in rows]
    if None in distances:
        scores = None
    elif space in _COMPLEMENTS:
        scores = [1.0 - distance for distance in distances]
    else:
        scores = distances
    return explained(explainer, query, hits, column("documents"), scores, "distance" if space == "l2" else "similarity", options)
