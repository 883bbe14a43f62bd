"""The result of an evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from . import _arguments as arguments
from . import _files, _kinds
from . import _whysim as core
from ._errors import InputError

if TYPE_CHECKING:
    import pandas


# What a number may be of.
_OF = ("method", "layer", "rule", "nodes", "from")


class EvaluationReport:
    """Everything that an evaluation measured; docs/evaluation.md defines every number.

    ``report["faithfulness"]`` is the part of that name, None if it was not asked for; printed, it is tables.

    >>> pairs = [("The cat sleeps.", "A kitten naps.", 0.9), ("The cat sleeps.", "The dog runs.", 0.3), ("A bird.", "A bird.", 1.0)]
    >>> report = explainer.evaluate(pairs, metrics=["predictive"])
    >>> report["predictive"]["cos"]["spearman"]["n"]
    3
    """

    def __init__(self, inner: core.Report) -> None:
        self._inner = inner

    def __getitem__(self, part: str) -> Any:
        parts = self.to_dict()
        if part not in parts:
            raise InputError(f"the report has no part {arguments.shown(part)}; it has {', '.join(parts)}")
        return parts[part]

    def to_dict(self) -> dict[str, Any]:
        """All numbers as plain values."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_dataframe(self) -> pandas.DataFrame:
        """One row for each number that was measured. Needs pandas.

        ``part``: as in ``report[part]``. ``method``, ``layer``, ``rule``, ``nodes``, ``from`` (the layer from which weights are randomised): what it is
        of; null where that says nothing.
        ``measure``: which number, by its names in :meth:`to_dict`. ``value``; ``low`` and ``high``, its confidence interval; ``n``, the number
        of pairs it is over; null where there are none. Curves and quantiles are left out.
        """
        try:
            import pandas
        except ImportError:
            raise arguments.missing("to_dataframe", "pandas", "pandas") from None
        parts = ((part, values) for part, values in self.to_dict().items() if part != "setting")
        rows = [row for part, values in parts for row in _numbers(values, {"part": part}, ())]
        return pandas.DataFrame(rows, columns=["part", *_OF, "measure", "value", "low", "high", "n"])

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers as JSON; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    @staticmethod
    def from_json(text: str) -> EvaluationReport:
        """Reads what :meth:`to_json` or ``whysim evaluate --format json`` wrote."""
        return EvaluationReport(_kinds.read(text, "an evaluation", core.Report.from_json))

    @staticmethod
    def load(path: _files.Path) -> EvaluationReport:
        """Reads what :meth:`save` wrote as ``.json``."""
        return EvaluationReport.from_json(_files.read_json(path))

    def to_html(self, path: _files.Path | None = None) -> str:
        """A self-contained page with plots; also written to ``path`` if one is given."""
        return _files.written(self._inner.html(), path)

    def save(self, path: _files.Path) -> None:
        """Writes a file of the form that its ending asks for: ``.html``, ``.json`` or ``.txt``."""
        forms: dict[str, Callable[[], str]] = {".html": self.to_html, ".json": self.to_json, ".txt": self._inner.text}
        form = forms.get(_files.ending(_files.place(path, "path")))
        if form is None:
            raise InputError(f"{path} has no known extension: use {', '.join(forms)}")
        _files.write(path, form())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EvaluationReport) and self._inner.json() == other._inner.json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Callable[[str], EvaluationReport], tuple[str]]:
        return EvaluationReport.from_json, (self._inner.json(),)

    def __repr__(self) -> str:
        return self._inner.text().rstrip("\n")


_METRICS = ("predictive", "accuracy", "agreement", "insertion", "coalitions", "differences", "pointing", "sanity", "alignment")


def settings(
    metrics: Any, gold: Any, removal: Any, value: Any, sample: Any, subsets: Any, nodes: Any, layers: Any, seed: Any
) -> dict[str, Any]:
    """What :meth:`Explainer.evaluate` was asked for, once it is what it should be."""
    return {
        "metrics": arguments.each(metrics, "metrics", "names", lambda one: arguments.choice(one, "metric", _METRICS)),
        "gold": [_files.place(file, "a file of gold") for file in arguments.many(gold, "gold", "files")],
        "removal": arguments.choice(removal, "removal", ("delete", "mask-token", "attention-mask")),
        "value": arguments.choice(value, "value", ("similarity", "interaction")),
        "sample": arguments.whole(sample, "sample", 1),
        "subsets": arguments.whole(subsets, "subsets", 1),
        "nodes": arguments.each(nodes, "nodes", "whole numbers", lambda one: arguments.whole(one, "a number of nodes", 1)),
        "layers": arguments.each(layers, "layers", "whole numbers", lambda one: arguments.whole(one, "a layer")),
        "seed": arguments.seed(seed),
    }


def _numbers(values: Any, of: dict[str, Any], path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The numbers under a place of a report, each with what it is of and its path from there."""
    if isinstance(values, dict) and "value" in values:
        yield {**of, "measure": ".".join(path), **values}
    elif isinstance(values, dict):
        of = {**of, **{name: value for name, value in values.items() if name in _OF and not isinstance(value, (dict, list))}}
        for name, value in values.items():
            if name not in of:
                yield from _numbers(value, of, path if name == "methods" else (*path, name))
    elif isinstance(values, list):
        for value in values:
            if isinstance(value, dict):
                yield from _numbers(value, of, path)
    elif isinstance(values, (int, float)) and not isinstance(values, bool):
        yield {**of, "measure": ".".join(path), "value": values}
