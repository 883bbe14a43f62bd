"""DuckDB: highlights of a relation's rows, and as a function in SQL.

Needs duckdb and pyarrow: ``pip install 'whysim[duckdb]'``.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ._explainer import Model, check_options, explainer_of, missing

try:
    import duckdb
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise missing(error, "duckdb") from error

from .. import arrow

#: The type of ``whysim_highlight`` in SQL.
TYPE = (
    "STRUCT(score DOUBLE, spans STRUCT(\"start\" BIGINT, \"end\" BIGINT, bytes BIGINT[], utf16 BIGINT[], "
    '"text" VARCHAR, score DOUBLE, share DOUBLE)[])'
)


def highlight(
    relation: duckdb.DuckDBPyRelation,
    explainer: Model = None,
    *,
    query: str = "query",
    passage: str = "passage",
    connection: duckdb.DuckDBPyConnection | None = None,
    **options: Any,
) -> duckdb.DuckDBPyRelation:
    """A relation with the columns ``highlight_score`` and ``highlight_spans`` behind its own (:func:`whysim.arrow.highlight`).

    ``query``, ``passage``: the columns of texts. ``connection``: where the result belongs, which is that of ``relation``; None: the
    module's own connection, as for ``duckdb.sql``. ``options``: those of :meth:`whysim.Explainer.highlight`.
    """
    chosen = check_options(options)
    table = arrow.highlight(explainer_of(explainer), relation.to_arrow_table(), query=query, passage=passage, **chosen)
    return (connection or duckdb).from_arrow(table)


def register(connection: duckdb.DuckDBPyConnection, explainer: Model = None, **options: Any) -> None:
    """Makes two functions of the model for SQL: ``whysim_similarity(a, b)``, and ``whysim_highlight(query, passage)``, a struct of
    ``score`` and ``spans`` (:data:`TYPE`). Of NULL and of empty texts they are NULL. Where the connection has them already, from another
    explainer or with other options, they are replaced. ``options``: those of :meth:`whysim.Explainer.highlight`.
    """
    chosen = check_options(options)
    made = explainer_of(explainer)

    def highlights(queries: pa.ChunkedArray, passages: pa.ChunkedArray) -> pa.Array:
        table = arrow.highlight(made, pa.table({"query": queries, "passage": passages}), **chosen)
        columns = [table[name].combine_chunks() for name in arrow.HIGHLIGHTS.names]
        return pa.StructArray.from_arrays(columns, names=["score", "spans"], mask=columns[0].is_null())

    def similarities(a: pa.ChunkedArray, b: pa.ChunkedArray) -> pa.Array:
        # NaN, of a row without one of the texts, is NULL.
        return pa.array(made.similarity(a, b, skip_bad=True, progress=False), pa.float64(), from_pandas=True)

    for name, function, type in (("whysim_highlight", highlights, TYPE), ("whysim_similarity", similarities, "DOUBLE")):
        # DuckDB has no way to replace one, nor to ask for those that Python made.
        with contextlib.suppress(duckdb.InvalidInputException):
            connection.remove_function(name)
        # By default DuckDB refuses a NULL for what is not NULL, as an empty text.
        connection.create_function(name, function, ["VARCHAR", "VARCHAR"], type, type="arrow", null_handling="special")
