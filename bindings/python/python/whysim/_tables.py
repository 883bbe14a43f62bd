"""Tables of pandas, polars and Arrow: their columns of texts, and columns added to them. None of the three is imported unless it is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ._errors import InputError, TypeInputError

#: The columns that an explanation adds: their kinds. ``matrix`` is row-major, ``len(tokens_a) * len(tokens_b)`` numbers; ``note`` says why
#: a row has none of the others, or what to know of it: a text that was cut, a tolerance that was missed.
COLUMNS = {
    "score": "number",
    "sum": "number",
    "error": "number",
    "bound": "number",
    "tokens_a": "texts",
    "tokens_b": "texts",
    "matrix": "numbers",
    "note": "text",
}


def kind_of(table: Any) -> str:
    """``"pandas"``, ``"polars"`` or ``"pyarrow"``; what is no table of theirs is refused."""
    kinds = {"pandas": ("DataFrame",), "polars": ("DataFrame", "LazyFrame"), "pyarrow": ("Table", "RecordBatch")}
    for library, names in kinds.items():
        module = sys.modules.get(library)
        if module is not None and isinstance(table, tuple(getattr(module, name) for name in names)):
            return library
    hint = "; explain_pairs(a, b) takes lists and columns" if isinstance(table, (list, tuple, Mapping)) else ""
    if callable(getattr(table, "to_pandas", None)):
        hint = "; its to_pandas() makes one"
    raise TypeInputError(f"table must be a table of pandas, polars or pyarrow, not {type(table).__name__}{hint}")


def names_of(table: Any) -> list[Any]:
    """The names of its columns."""
    return list(table.schema.names if kind_of(table) == "pyarrow" else table.columns)


def collected(table: Any) -> Any:
    """The table; a lazy one of polars is collected."""
    return table.collect() if kind_of(table) == "polars" and hasattr(table, "collect") else table


def column(table: Any, name: Any) -> Any:
    """A column that may hold texts. One of a type that holds none is refused, whatever rows are to be skipped."""
    names = names_of(table)
    if names.count(name) != 1:
        there = "there is no column" if name not in names else f"there are {names.count(name)} columns"
        raise InputError(f"{there} `{name}`; the table has {', '.join(map(str, names))}")
    found = table[name]
    type_of = getattr(found, "type", None) or found.dtype
    # A column with nothing in it has some type or other in pandas.
    is_bare = kind_of(table) == "pandas" and bool(found.isna().all())
    if not is_bare and not _may_be_texts(type_of, kind_of(table)):
        raise TypeInputError(f"column `{name}` is of the type {type_of}, and not of texts")
    return found


def _may_be_texts(type_of: Any, library: str) -> bool:
    if library == "pandas":
        import pandas.api.types as types

        return not (types.is_numeric_dtype(type_of) or types.is_datetime64_any_dtype(type_of) or types.is_timedelta64_dtype(type_of))
    if library == "polars":
        import polars

        return type_of.base_type() in (polars.String, polars.Categorical, polars.Enum, polars.Null, polars.Object)
    import pyarrow.types as types

    plain = type_of.value_type if types.is_dictionary(type_of) else type_of
    is_view = getattr(types, "is_string_view", lambda _: False)
    return types.is_string(plain) or types.is_large_string(plain) or types.is_null(plain) or bool(is_view(plain))


def check_room(names: list[Any], added: Mapping[str, Any]) -> None:
    """A table that has a column of the name of one that is to be added is refused."""
    taken = [name for name in added if name in names]
    if taken:
        raise InputError(f"the table has columns named {', '.join(taken)} already, which the explanations need; rename them")


def added(table: Any, columns: dict[str, list[Any]]) -> Any:
    """The table with the columns of :data:`COLUMNS` behind its own."""
    return {"pandas": of_pandas, "polars": of_polars, "pyarrow": of_arrow}[kind_of(table)](table, columns)


def of_pandas(frame: Any, columns: dict[str, list[Any]]) -> Any:
    """A DataFrame of pandas with the columns."""
    import pandas

    kinds = {"number": "float64"}
    series = {name: pandas.Series(values, index=frame.index, dtype=kinds.get(COLUMNS[name], "object")) for name, values in columns.items()}
    return frame.assign(**series)


def of_polars(frame: Any, columns: dict[str, list[Any]]) -> Any:
    """A frame of polars with the columns."""
    import polars

    kinds = {
        "number": polars.Float64,
        "texts": polars.List(polars.String),
        "numbers": polars.List(polars.Float32),
        "text": polars.String,
    }
    # Arrays between missing values are not taken by all of its versions.
    lists = {name: [value.tolist() if hasattr(value, "tolist") else value for value in values] for name, values in columns.items()}
    series = [polars.Series(name, values, dtype=kinds[COLUMNS[name]]) for name, values in lists.items()]
    return frame.hstack(series)


def of_arrow(table: Any, columns: dict[str, list[Any]]) -> Any:
    """A table of Arrow with the columns."""
    import pyarrow

    from . import arrow

    arrays = [pyarrow.array(columns[field.name], field.type) for field in arrow.COLUMNS]
    return pyarrow.Table.from_arrays([*table.columns, *arrays], schema=arrow.schema(table.schema))
