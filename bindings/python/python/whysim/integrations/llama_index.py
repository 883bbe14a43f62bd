"""LlamaIndex: retrieved nodes that say why they came.

Needs llama-index-core: ``pip install 'whysim[llama-index]'``.
"""

from __future__ import annotations

from typing import Any, Optional

from .._errors import InputError
from ._explainer import check_options, explainer_of, missing
from .hits import explained
from .results import Order, check_choice

try:
    from llama_index.core.bridge.pydantic import Field, model_validator
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle
except ModuleNotFoundError as error:
    raise missing(error, "llama-index") from error

_KEY = "whysim"


class WhysimHighlighter(BaseNodePostprocessor):
    """A node postprocessor that gives each node ``metadata["whysim"]``: ``score``, ``rank``, ``their_score``, ``their_rank`` and ``spans``
    (:meth:`whysim.integrations.results.Hit.to_dict`), out of sight of language models and embeddings. All nodes are kept in their
    order with the retriever's score, unless ``order``, ``top_n`` or ``least_score`` say otherwise. Nodes that are given are not changed.
    """

    explainer: Any = Field(default=None, exclude=True)
    """A :class:`whysim.Explainer`, a model's name or folder, or None for the default model."""
    order: Order = "given"
    """``"given"``, or ``"score"`` to rerank by our score, which then is the nodes' score."""
    top_n: Optional[int] = None  # noqa: UP045  # evaluated by pydantic, on Python 3.9 too
    """How many nodes to keep; None: all."""
    least_score: Optional[float] = None  # noqa: UP045
    """Nodes with a lower score of ours are left out; None: none is."""
    metadata_mode: MetadataMode = MetadataMode.NONE
    """Which metadata is part of a node's text: none, or ``MetadataMode.EMBED`` to explain the text as indices embed it. Spans are places
    in that text."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of :meth:`whysim.Explainer.highlight`."""

    @model_validator(mode="after")
    def _ready(self) -> WhysimHighlighter:
        check_choice(self.order, self.top_n)
        check_options(self.options)
        self.explainer = explainer_of(self.explainer)
        return self

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex knows it."""
        return "WhysimHighlighter"

    def _postprocess_nodes(self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None) -> list[NodeWithScore]:
        if query_bundle is None:
            raise InputError("the nodes cannot be explained without their query: give query_str or query_bundle")
        texts = [node.get_content(self.metadata_mode) for node in nodes]
        scores = [node.score for node in nodes]
        found = explained(
            self.explainer, query_bundle.query_str, nodes, texts, None if None in scores else scores, options=self.options
        )
        return [self._described(hit) for hit in found.chosen(self.order, self.top_n, self.least_score)]

    def _described(self, hit: Any) -> NodeWithScore:
        node = hit.hit.node.model_copy()
        node.metadata = {**node.metadata, _KEY: hit.to_dict()}
        for name in ("excluded_llm_metadata_keys", "excluded_embed_metadata_keys"):
            hidden = getattr(node, name)
            setattr(node, name, hidden if _KEY in hidden else [*hidden, _KEY])
        return NodeWithScore(node=node, score=hit.score if self.order == "score" else hit.hit.score)
