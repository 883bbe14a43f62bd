"""LanceDB: a reranker by our score that says why, and the results of a search explained.

Needs lancedb: ``pip install 'whysim[lancedb]'``.
"""

from __future__ import annotations

from typing import Any

from .._errors import InputError, TypeInputError
from .._highlight import highlights_of
from .._texts import check_text
from ._explainer import Model, check_options, explainer_of, missing

try:
    import pyarrow as pa
    from lancedb.rerankers import Reranker
except ModuleNotFoundError as error:
    raise missing(error, "lancedb") from error

from .. import arrow


class WhysimReranker(Reranker):
    """Reranks by our similarity of query and text, and adds ``highlight_score`` and ``highlight_spans``
    (:data:`whysim.arrow.HIGHLIGHTS`) to the rows: ``table.search("...").rerank(WhysimReranker())``, for vector, full-text and hybrid
    searches. A search by vector needs the query's text too: ``.rerank(reranker, query_string="...")``.

    ``explainer``: a :class:`whysim.Explainer`, a model's name or folder, or None for the default model. ``column``: the column of
    texts; rows without one come last, and have nulls. ``return_score``: ``"relevance"``, or ``"all"`` to keep the search's own scores.
    ``options``: those of :meth:`whysim.Explainer.highlight`.
    """

    def __init__(self, explainer: Model = None, *, column: str = "text", return_score: str = "relevance", **options: Any) -> None:
        super().__init__(return_score)
        self.column = column
        self.options = check_options(options)
        self.explainer = explainer_of(explainer)

    def rerank_vector(self, query: str, vector_results: pa.Table) -> pa.Table:
        """LanceDB calls it after a search by vector."""
        return self._reranked(query, vector_results)

    def rerank_fts(self, query: str, fts_results: pa.Table) -> pa.Table:
        """LanceDB calls it after a full-text search."""
        return self._reranked(query, fts_results)

    def rerank_hybrid(self, query: str, vector_results: pa.Table, fts_results: pa.Table) -> pa.Table:
        """LanceDB calls it after both."""
        if self.score == "all":
            return self._reranked(query, self._merge_and_keep_scores(vector_results, fts_results))
        return self._reranked(query, self.merge_results(vector_results, fts_results))

    def _reranked(self, query: str, results: pa.Table) -> pa.Table:
        if not isinstance(query, str):
            raise InputError('the results cannot be explained without the query\'s text: .rerank(reranker, query_string="...")')
        table = _explained(query, results, self.explainer, self.column, self.options)
        table = table.append_column("_relevance_score", table["highlight_score"].cast(pa.float32()))
        return self._keep_relevance_score(table).sort_by([("_relevance_score", "descending")])


def explain_results(query: str, results: Any, explainer: Model = None, *, column: str = "text", **options: Any) -> Any:
    """Adds ``highlight_score`` and ``highlight_spans`` (:data:`whysim.arrow.HIGHLIGHTS`) to the results of a search, in their order.

    ``results``: a search that has not run (``table.search(...)``) or an Arrow table, which give an Arrow table; a pandas data frame,
    which gives one. ``column``: the column of texts; a row without one has nulls. ``options``: those of :meth:`whysim.Explainer.highlight`.
    """
    check_text(query, "query")
    chosen = check_options(options)
    if isinstance(results, pa.Table):
        return _explained(query, results, explainer_of(explainer), column, chosen)
    if hasattr(results, "to_arrow"):
        return _explained(query, results.to_arrow(), explainer_of(explainer), column, chosen)
    if hasattr(results, "iloc"):
        table = pa.Table.from_pandas(results, preserve_index=False)
        added = _explained(query, table, explainer_of(explainer), column, chosen).select(arrow.HIGHLIGHTS.names).to_pandas()
        return results.assign(**{name: added[name].to_numpy() for name in added})
    raise TypeInputError(f"results must be a search, an Arrow table or a pandas data frame, not {type(results).__name__}")


def _explained(query: str, table: pa.Table, explainer: Any, column: str, options: dict[str, Any]) -> pa.Table:
    texts = arrow.texts(table, column)
    known = highlights_of(explainer, query, texts, options)
    return arrow.with_highlights(table, [known.get(text) for text in texts])
