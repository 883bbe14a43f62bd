"""Qdrant: the points of a query explained, and points with our vectors.

Needs qdrant-client: ``pip install 'whysim[qdrant]'``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._errors import InputError
from .._texts import texts_of
from ._explainer import Model, explainer_of, missing
from .hits import Scale, Where, explain_hits
from .results import Hits

try:
    from qdrant_client import models
except ModuleNotFoundError as error:
    raise missing(error, "qdrant") from error


def points(
    texts: Iterable[str],
    explainer: Model = None,
    *,
    payloads: Sequence[Mapping[str, Any]] | None = None,
    ids: Sequence[int | str] | None = None,
    key: str = "text",
    prompt_name: str | None = None,
) -> list[models.PointStruct]:
    """Points to upsert: each text's embedding, its payload, and the text itself under ``key`` of the payload.

    ``ids``: None numbers them from 0. ``prompt_name``: that of the prompt of passages.
    """
    many = texts_of(texts)
    for name, column in (("payloads", payloads), ("ids", ids)):
        if column is not None and len(column) != len(many):
            raise InputError(f"there are {len(many)} texts, but {len(column)} {name}")
    rows = explainer_of(explainer).encode(many, prompt_name=prompt_name)
    return [
        models.PointStruct(
            id=i if ids is None else ids[i],
            vector=row.tolist(),
            payload={**(payloads[i] if payloads is not None else {}), key: text},
        )
        for i, (text, row) in enumerate(zip(many, rows))
    ]


def vector_params(explainer: Model = None) -> models.VectorParams:
    """What a collection must be made with for our vectors: their size and the model's own similarity."""
    made = explainer_of(explainer)
    distance = models.Distance.COSINE if made._similarity == "cos" else models.Distance.DOT
    return models.VectorParams(size=made.dim, distance=distance)


def explain_points(
    query: str, response: Any, explainer: Model = None, *, text: Where = "payload.text", scale: Scale = "similarity", **options: Any
) -> Hits:
    """Explains the points that ``client.query_points`` returned, or a list of them. A hit's ``hit`` is the ``ScoredPoint``.

    ``text``: where a point has its text. ``scale``: ``"distance"`` for collections by Euclid or Manhattan. ``options``: those of
    :meth:`whysim.Explainer.highlight`.
    """
    # Remote and local clients answer in classes of their own.
    found = getattr(response, "points", response)
    return explain_hits(query, found, explainer, text=text, scale=scale, **options)
