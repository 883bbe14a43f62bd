"""The result of an evaluation."""

from __future__ import annotations

import json
from typing import Any, Callable

from . import _files
from . import _whysim as core
from ._errors import InputError


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
        return self.to_dict()[part]

    def to_dict(self) -> dict[str, Any]:
        """All numbers as plain values."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers as JSON; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    def to_html(self, path: _files.Path | None = None) -> str:
        """A self-contained page with plots; also written to ``path`` if one is given."""
        return _files.written(self._inner.html(), path)

    def save(self, path: _files.Path) -> None:
        """Writes a file of the form that its ending asks for: ``.html``, ``.json`` or ``.txt``."""
        forms: dict[str, Callable[[], str]] = {".html": self.to_html, ".json": self.to_json, ".txt": self._inner.text}
        form = forms.get(_files.ending(path))
        if form is None:
            raise InputError(f"{path} has no known extension: use {', '.join(forms)}")
        _files.write(path, form())

    def __repr__(self) -> str:
        return self._inner.text().rstrip("\n")
