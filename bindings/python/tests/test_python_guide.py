"""The guide: its examples run as they stand, and it has everything public."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import whysim

GUIDE = Path(__file__).parents[3] / "docs/python.md"
BLOCKS = re.compile(r"^```python([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

RESULTS = (
    whysim.Explainer,
    whysim.Explanation,
    whysim.Explanations,
    whysim.Decomposition,
    whysim.Relevance,
    whysim.Highlight,
    whysim.Margin,
    whysim.Features,
    whysim.EvaluationReport,
    whysim.Index,
    whysim.Comparison,
    whysim.PairsComparison,
    whysim.ContrastReport,
    whysim.Duplicates,
)


def text() -> str:
    return GUIDE.read_text(encoding="utf-8")


def test_examples_run_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pandas", "pyarrow"):
        pytest.importorskip(package)
    # With the built-in model, and with nothing that is downloaded.
    monkeypatch.delenv("WHYSIM_MODEL", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, (kind, code) in enumerate(BLOCKS.findall(text()), 1):
        assert kind in ("", " no-run"), f"block {number} is {kind}"
        if not kind:
            # Each line that only shows something is looked at, as a notebook does.
            exec(compile(code, f"block {number} of the guide", "exec"), names)  # the repository's own text
    assert names["x"].score and sorted(path.suffix for path in tmp_path.iterdir())
    shown = [name for name, value in names.items() if not name.startswith("_") and isinstance(value, RESULTS) and not repr(value)]
    assert shown == []


def test_what_is_not_run_is_little() -> None:
    kinds = [kind for kind, _ in BLOCKS.findall(text())]
    assert kinds.count(" no-run") == 1 and len(kinds) == text().count("```python") > 12


def test_everything_public_is_in_it() -> None:
    guide = text()
    members = {
        (owner.__name__, name)
        for result in RESULTS
        for owner in result.__mro__
        if owner.__module__.startswith("whysim")
        for name in vars(owner)
        if not name.startswith("_")
    }
    lacking = [f"{owner}.{name}" for owner, name in sorted(members) if not re.search(rf"\b{name}\b", guide)]
    assert lacking == []
    functions = [name for name in whysim.__all__ if callable(getattr(whysim, name)) and not isinstance(getattr(whysim, name), type)]
    assert [name for name in functions if f"whysim.{name}" not in guide] == []
