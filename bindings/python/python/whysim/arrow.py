"""Tables of pairs in, tables of explanations out: for Parquet, Ray Data, Spark, DuckDB and whatever else speaks Arrow.

Needs pyarrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from ._errors import InputError

if TYPE_CHECKING:
    from . import Explainer

#: What :func:`explain` adds to a table of pairs. ``matrix`` is row-major, ``len(tokens_a) * len(tokens_b)`` numbers.
COLUMNS = pa.schema(
    [
        pa.field("score", pa.float64()),
        pa.field("sum", pa.float64()),
        pa.field("error", pa.float64()),
        pa.field("bound", pa.float64()),
        pa.field("tokens_a", pa.list_(pa.string())),
        pa.field("tokens_b", pa.list_(pa.string())),
        pa.field("matrix", pa.list_(pa.float32())),
    ]
)


def schema(pairs: pa.Schema) -> pa.Schema:
    """The schema of the table that :func:`explain` makes of a table with the schema ``pairs``.

    A column with one of the names that are added is an :class:`InputError`.
    """
    taken = [name for name in COLUMNS.names if name in pairs.names]
    if taken:
        raise InputError(f"the table has columns named {', '.join(taken)} already, which the explanations need; rename them")
    for field in COLUMNS:
        pairs = pairs.append(field)
    return pairs


def explain(explainer: Explainer, pairs: pa.Table, *, a: str = "a", b: str = "b") -> pa.Table:
    """Explains every row of a table.

    ``pairs``: a table whose columns ``a`` and ``b`` hold texts; its other columns are kept. Every text is decomposed once, however many
    rows it is in. -> the table with the columns of :data:`COLUMNS` behind its own, rows in the same order. A column that is missing,
    and a text that is null or empty, is an :class:`InputError` that names it.

    >>> import pyarrow, whysim.arrow
    >>> pairs = pyarrow.table({"a": ["The cat sleeps."], "b": ["A kitten naps."]})
    >>> whysim.arrow.explain(explainer, pairs)["tokens_a"].to_pylist()
    [['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']]
    """
    columns = [texts(pairs, name) for name in (a, b)]
    target = schema(pairs.schema)
    distinct = list(dict.fromkeys(columns[0] + columns[1]))
    known = dict(zip(distinct, explainer.decompose(distinct))) if distinct else {}
    found = [known[x].attribute(known[y]) for x, y in zip(*columns)]
    values = {
        "score": [x.score for x in found],
        "sum": [x.sum for x in found],
        "error": [x.error for x in found],
        "bound": [x.bound for x in found],
        "tokens_a": [x.tokens_a for x in found],
        "tokens_b": [x.tokens_b for x in found],
        "matrix": [x.matrix.ravel() for x in found],
    }
    added = [pa.array(values[field.name], field.type) for field in COLUMNS]
    return pa.Table.from_arrays([*pairs.columns, *added], schema=target)


def texts(pairs: pa.Table, name: str) -> list[str]:
    """A column's texts."""
    if name not in pairs.column_names:
        raise InputError(f"there is no column `{name}`; the table has {', '.join(pairs.column_names)}")
    column: list[str] = pairs[name].to_pylist()
    for row, text in enumerate(column):
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"row {row} has no text in column `{name}`, but {text!r}")
    return column
