"""LangChain: retrieved documents that say why they came, and embeddings of our models for its vector stores.

Needs langchain-core: ``pip install 'whysim[langchain]'``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from ._explainer import Model, check_options, explainer_of, missing
from .hits import explained, number_of
from .results import Order, check_choice

try:
    from langchain_core.documents import BaseDocumentCompressor, Document
    from langchain_core.embeddings import Embeddings
    from pydantic import ConfigDict, Field, model_validator
except ModuleNotFoundError as error:
    raise missing(error, "langchain") from error


class WhysimHighlighter(BaseDocumentCompressor):
    """A document compressor that gives each document ``metadata["whysim"]``: ``score``, ``rank``, ``their_score``, ``their_rank`` and
    ``spans`` (:meth:`whysim.integrations.results.Hit.to_dict`). For ``ContextualCompressionRetriever(base_compressor=...)``, or called
    on its own. All documents are kept in their order, unless ``order``, ``top_n`` or ``least_score`` say otherwise. Documents that are
    given are not changed.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    explainer: Any = None
    """A :class:`whysim.Explainer`, a model's name or folder, or None for the default model."""
    order: Order = "given"
    """``"given"``, or ``"score"`` to rerank by our score."""
    top_n: Optional[int] = None  # noqa: UP045  # evaluated by pydantic, on Python 3.9 too
    """How many documents to keep; None: all."""
    least_score: Optional[float] = None  # noqa: UP045
    """Documents with a lower score of ours are left out; None: none is."""
    score_key: Optional[str] = None  # noqa: UP045
    """The key of ``metadata`` that has the retriever's score, if it leaves one there."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of :meth:`whysim.Explainer.highlight`, such as ``{"top": 2, "by": "sentence"}``."""

    @model_validator(mode="after")
    def _ready(self) -> WhysimHighlighter:
        check_choice(self.order, self.top_n)
        check_options(self.options)
        self.explainer = explainer_of(self.explainer)
        return self

    def compress_documents(self, documents: Sequence[Document], query: str, callbacks: Any = None) -> list[Document]:
        """The documents with their explanations. LangChain calls it."""
        texts = [document.page_content for document in documents]
        found = explained(self.explainer, query, documents, texts, self._scores(documents), options=self.options)
        return [
            hit.hit.model_copy(update={"metadata": {**hit.hit.metadata, "whysim": hit.to_dict()}})
            for hit in found.chosen(self.order, self.top_n, self.least_score)
        ]

    def _scores(self, documents: Sequence[Document]) -> list[float] | None:
        if self.score_key is None:
            return None
        values = [document.metadata.get(self.score_key) for document in documents]
        return [number_of(value, f'metadata["{self.score_key}"] of document {i}') for i, value in enumerate(values, 1)]


class WhysimEmbeddings(Embeddings):
    """Embeddings by the model that explains, so that a vector store's cosines are the scores that are explained.

    ``explainer``: as for :class:`WhysimHighlighter`. ``prompt_name_query``, ``prompt_name_passage``: names of prompts.
    """

    def __init__(
        self, explainer: Model = None, *, prompt_name_query: str | None = None, prompt_name_passage: str | None = None
    ) -> None:
        self.explainer = explainer_of(explainer)
        self._prompts = prompt_name_query, prompt_name_passage

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of D numbers for each text."""
        return [list(map(float, row)) for row in self.explainer.encode(texts, prompt_name=self._prompts[1])]

    def embed_query(self, text: str) -> list[float]:
        """A vector of D numbers."""
        return list(map(float, self.explainer.encode(text, prompt_name=self._prompts[0])))
