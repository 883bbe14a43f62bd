"""Polars: explanations and highlights of a frame's rows.

Needs polars and pyarrow: ``pip install 'whysim[polars]'``.
"""

from __future__ import annotations

from typing import Any

from .._errors import TypeInputError
from ._explainer import Model, check_options, explainer_of, missing

try:
    import polars as pl
    import pyarrow  # noqa: F401  # what frames are converted by
except ModuleNotFoundError as error:
    raise missing(error, "polars") from error

from .. import arrow


def explain(
    frame: pl.DataFrame | pl.LazyFrame, explainer: Model = None, *, a: str = "a", b: str = "b", **options: Any
) -> pl.DataFrame:
    """The frame with the columns of :meth:`whysim.Explainer.explain_table` behind its own, which this is for an explainer or a model.

    ``frame``: a lazy one is collected. ``a``, ``b``: the columns of texts. ``options``: those of ``explain_table``, such as ``skip_bad``.
    """
    found: pl.DataFrame = explainer_of(explainer).explain_table(_collected(frame), a=a, b=b, **options)
    return found


def highlight(
    frame: pl.DataFrame | pl.LazyFrame, explainer: Model = None, *, query: str = "query", passage: str = "passage", **options: Any
) -> pl.DataFrame:
    """The frame with the columns ``highlight_score`` and ``highlight_spans`` behind its own (:func:`whysim.arrow.highlight`).

    ``frame``: a lazy one is collected. ``query``, ``passage``: the columns of texts; a row where one is null or empty has nulls.
    ``options``: those of :meth:`whysim.Explainer.highlight`.
    """
    chosen = check_options(options)
    frame = _collected(frame)
    table = arrow.highlight(explainer_of(explainer), frame.to_arrow(), query=query, passage=passage, **chosen)
    added = pl.from_arrow(table.select(arrow.HIGHLIGHTS.names))
    return frame.hstack(added.get_columns())


def _collected(frame: Any) -> pl.DataFrame:
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, pl.DataFrame):
        raise TypeInputError(f"frame must be a polars DataFrame or LazyFrame, not {type(frame).__name__}")
    return frame
