"""Tables of pairs in, tables of explanations, highlights or duplicates out: for Parquet, Ray Data, Spark, DuckDB and whatever else speaks Arrow.

Needs pyarrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _tables
from ._arguments import missing
from ._duplicates import duplicates as find_duplicates
from ._errors import TypeInputError
from ._highlight import highlights_of, is_blank

try:
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise missing("whysim.arrow", "pyarrow", "arrow") from error

if TYPE_CHECKING:
    from . import Explainer, Highlight

#: What :func:`explain` adds to a table of pairs. ``matrix`` is row-major, ``len(tokens_a) * len(tokens_b)`` numbers; ``note`` says why a row
#: has none of the others.
COLUMNS = pa.schema(
    [
        pa.field("score", pa.float64()),
        pa.field("sum", pa.float64()),
        pa.field("error", pa.float64()),
        pa.field("bound", pa.float64()),
        pa.field("tokens_a", pa.list_(pa.string())),
        pa.field("tokens_b", pa.list_(pa.string())),
        pa.field("matrix", pa.list_(pa.float32())),
        pa.field("note", pa.string()),
    ]
)

#: What :func:`highlight` adds to a table of queries and passages: their similarity, and the spans of the passage that are near to the
#: query, as in ``Highlight.to_dict()``.
HIGHLIGHTS = pa.schema(
    [
        pa.field("highlight_score", pa.float64()),
        pa.field(
            "highlight_spans",
            pa.list_(
                pa.struct(
                    [
                        pa.field("start", pa.int64()),
                        pa.field("end", pa.int64()),
                        pa.field("bytes", pa.list_(pa.int64())),
                        pa.field("utf16", pa.list_(pa.int64())),
                        pa.field("text", pa.string()),
                        pa.field("score", pa.float64()),
                        pa.field("share", pa.float64()),
                    ]
                )
            ),
        ),
    ]
)

#: What :func:`duplicates` adds to a table of texts: the group of texts that say the same, null for a text that none repeats, and whether to
#: keep it, which one text of each group is.
DUPLICATES = pa.schema([pa.field("duplicate_group", pa.int64()), pa.field("duplicate_keep", pa.bool_())])


def schema(pairs: pa.Schema) -> pa.Schema:
    """The schema of the table that :func:`explain` makes of a table with the schema ``pairs``.

    A column with one of the names that are added is an :class:`InputError`.
    """
    return _with_fields(pairs, COLUMNS)


def highlight_schema(table: pa.Schema) -> pa.Schema:
    """The schema of the table that :func:`highlight` makes of a table with the schema ``table``, under the same condition."""
    return _with_fields(table, HIGHLIGHTS)


def duplicate_schema(table: pa.Schema) -> pa.Schema:
    """The schema of the table that :func:`duplicates` makes of a table with the schema ``table``, under the same condition."""
    return _with_fields(table, DUPLICATES)


def _with_fields(given: pa.Schema, added: pa.Schema) -> pa.Schema:
    _tables.check_room(given.names, dict.fromkeys(added.names))
    for field in added:
        given = given.append(field)
    return given


def explain(explainer: Explainer, pairs: pa.Table, *, a: str = "a", b: str = "b") -> pa.Table:
    """Explains every row of a table: :meth:`whysim.Explainer.explain_table` with ``skip_bad=True``, for engines that run by themselves.

    ``pairs``: a table whose columns ``a`` and ``b`` hold texts; its other columns are kept. -> the table with the columns of
    :data:`COLUMNS` behind its own, rows in the same order; in a row that has a text that is null or empty they are null, but for
    ``note``, which says so. A column that is missing, or holds something else than texts, is an :class:`InputError` that names it.

    >>> import pyarrow, whysim.arrow
    >>> pairs = pyarrow.table({"a": ["The cat sleeps."], "b": ["A kitten naps."]})
    >>> whysim.arrow.explain(explainer, pairs)["tokens_a"].to_pylist()
    [['[CLS]', 'The', 'cat', 'sleeps', '.', '[SEP]']]
    """
    return explainer.explain_table(pairs, a=a, b=b, skip_bad=True, progress=False)


def highlight(
    explainer: Explainer, table: pa.Table, *, query: str = "query", passage: str = "passage", **options: Any
) -> pa.Table:
    """Highlights in every row what of its passage is near to its query.

    ``table``: a table whose columns ``query`` and ``passage`` hold texts; its other columns are kept. ``options``: those of
    :meth:`whysim.Explainer.highlight`. A passage that several rows have with the same query is explained once. -> the table with the
    columns of :data:`HIGHLIGHTS` behind its own, rows in the same order; they are null in a row whose query or passage is null or empty.
    Errors are those of :func:`explain`.

    >>> import pyarrow, whysim.arrow
    >>> rows = pyarrow.table({"query": ["a sleeping cat"], "passage": ["The cat sleeps."]})
    >>> whysim.arrow.highlight(explainer, rows, top=1).column_names
    ['query', 'passage', 'highlight_score', 'highlight_spans']
    """
    queries, passages = texts(table, query), texts(table, passage)
    highlight_schema(table.schema)
    wanted: dict[str, dict[str, None]] = {}
    for asked, text in zip(queries, passages):
        wanted.setdefault(asked, {})[text] = None
    known = {
        (asked, text): one
        for asked, distinct in wanted.items()
        if not is_blank(explainer, asked)
        for text, one in highlights_of(explainer, asked, distinct, options).items()
    }
    return with_highlights(table, [known.get(row) for row in zip(queries, passages)])


def with_highlights(table: pa.Table, highlights: Sequence[Highlight | None]) -> pa.Table:
    """The table with the columns of :data:`HIGHLIGHTS`; one highlight for each row, or None."""
    target = highlight_schema(table.schema)
    values: list[list[Any]] = [
        [None if one is None else one.score for one in highlights],
        [None if one is None else one.to_dict()["spans"] for one in highlights],
    ]
    added = [pa.array(value, field.type) for value, field in zip(values, HIGHLIGHTS)]
    return pa.Table.from_arrays([*table.columns, *added], schema=target)


def duplicates(explainer: Explainer, table: pa.Table, *, text: str = "text", threshold: float = 0.9) -> pa.Table:
    """Finds the rows whose texts say the same as another row's (:func:`whysim.duplicates`).

    All rows are compared with each other: of a large table give blocks, rows that share a key, as Spark's ``groupBy(...).applyInArrow``
    and Ray's ``groupby(...).map_groups`` do. ``text``: the column of texts. ``threshold``: the least similarity. -> the table with the
    columns of :data:`DUPLICATES` behind its own, rows in the same order; groups are numbered from 0 in each table. A text that is null
    or empty is in no group, and kept. Errors are those of :func:`explain`.

    >>> import pyarrow, whysim.arrow
    >>> rows = pyarrow.table({"text": ["The cat sleeps.", "A bird.", "The cat sleeps."]})
    >>> whysim.arrow.duplicates(explainer, rows, threshold=0.9999)["duplicate_group"].to_pylist()
    [0, None, 0]
    """
    many = texts(table, text)
    target = duplicate_schema(table.schema)
    group: list[int | None] = [None] * len(many)
    keep = [True] * len(many)
    rows = [row for row, one in enumerate(many) if not is_blank(explainer, one)]
    if rows:
        found = find_duplicates([many[row] for row in rows], explainer, threshold=threshold, explain=0, progress=False)
        for number, one in enumerate(found.groups):
            for i in one.texts:
                group[rows[i]], keep[rows[i]] = number, i == int(one.representative)
    added = [pa.array(value, field.type) for value, field in zip((group, keep), DUPLICATES)]
    return pa.Table.from_arrays([*table.columns, *added], schema=target)


def texts(table: pa.Table, name: str) -> list[str]:
    """A column's texts; null is an empty one."""
    if _tables.kind_of(table) != "pyarrow":
        raise TypeInputError(f"the table must be one of pyarrow, not {type(table).__name__} of {_tables.kind_of(table)}")
    return [text or "" for text in _tables.column(table, name).to_pylist()]
