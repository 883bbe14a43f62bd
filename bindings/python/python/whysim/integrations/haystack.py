"""Haystack: a pipeline component after a retriever, whose documents say why they came.

Needs haystack-ai: ``pip install 'whysim[haystack]'``.
"""

# Types are not strings here: Haystack reads them at run time, to connect components.

import dataclasses
from typing import Any, Optional

from ._explainer import Model, check_options, description, explainer_of, missing
from .hits import explained
from .results import Order, check_choice

try:
    from haystack import Document, component, default_from_dict, default_to_dict
except ModuleNotFoundError as error:
    raise missing(error, "haystack") from error


@component
class WhysimHighlighter:
    """Gives each document ``meta["whysim"]``: ``score``, ``rank``, ``their_score``, ``their_rank`` and ``spans``
    (:meth:`whysim.integrations.results.Hit.to_dict`). All documents are kept in their order with the retriever's score, unless
    ``order``, ``top_k`` or ``least_score`` say otherwise. Documents that are given are not changed.

    ``explainer``: a :class:`whysim.Explainer`, its keywords as a dict, a model's name or folder, or None for the default model.
    ``order``: ``"given"``, or ``"score"`` to rerank by our score, which then is the documents' score. ``top_k``: how many to keep; None:
    all. ``least_score``: documents with a lower score of ours are left out. ``options``: those of :meth:`whysim.Explainer.highlight`.

    A pipeline with it is loaded by ``Pipeline.loads(text, allowed_modules=["whysim.*"])``.
    """

    def __init__(
        self,
        explainer: Model = None,
        order: Order = "given",
        top_k: Optional[int] = None,
        least_score: Optional[float] = None,
        options: Optional[dict[str, Any]] = None,
    ) -> None:
        check_choice(order, top_k)
        self.order, self.top_k, self.least_score = order, top_k, least_score
        self.options = check_options(options or {})
        self.explainer = explainer_of(explainer)

    @component.output_types(documents=list[Document])
    def run(self, query: str, documents: list[Document]) -> dict[str, list[Document]]:
        """The documents with their explanations, as ``{"documents": [...]}``. Haystack calls it."""
        texts = [document.content for document in documents]
        scores = [document.score for document in documents]
        given = None if None in scores else scores
        found = explained(self.explainer, query, documents, texts, given, options=self.options)
        return {"documents": [self._described(hit) for hit in found.chosen(self.order, self.top_k, self.least_score)]}

    def _described(self, hit: Any) -> Document:
        score = hit.score if self.order == "score" else hit.hit.score
        return dataclasses.replace(hit.hit, meta={**hit.hit.meta, "whysim": hit.to_dict()}, score=score)

    def to_dict(self) -> dict[str, Any]:
        """For the pipeline's file. An explainer with an ``embed`` function is an :class:`whysim.InputError`."""
        made: dict[str, Any] = default_to_dict(
            self,
            explainer=description(self.explainer),
            order=self.order,
            top_k=self.top_k,
            least_score=self.least_score,
            options=self.options,
        )
        return made

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "WhysimHighlighter":
        """From the pipeline's file."""
        made: WhysimHighlighter = default_from_dict(cls, data)
        return made
