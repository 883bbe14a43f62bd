"""The guide's examples print what it says. ``WHYSIM_WRITE_GUIDE=1`` writes what they print into it instead."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from required import required

GUIDE = Path(__file__).parents[4] / "docs/integrations.md"
BLOCKS = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+")

LIBRARIES = {
    "Any list of hits": "whysim",
    "LangChain": "langchain_core",
    "LlamaIndex": "llama_index.core",
    "Haystack": "haystack",
    "Chroma": "chromadb",
    "Qdrant": "qdrant_client",
    "LanceDB": "lancedb",
    "sqlite-vec": "sqlite_vec",
    "DuckDB": "duckdb",
    "Polars": "polars",
    "sentence-transformers": "sentence_transformers",
    "Arrow, Ray, Spark": "pyarrow",
}


def sections() -> dict[str, str]:
    """The guide's sections that have examples, by their titles."""
    parts = re.split(r"^## (.*)\n", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {title: body for title, body in zip(parts[::2], parts[1::2]) if "```python" in body}


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the first section defines for all others."""
    known: dict[str, Any] = {}
    for code, _ in BLOCKS.findall(sections()["Any list of hits"]):
        printed(code, known)
    return known


def printed(code: str, names: dict[str, Any]) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code, names)  # the repository's own text
    return output.getvalue()


def test_every_section_is_run() -> None:
    assert list(sections()) == list(LIBRARIES)
    for body in sections().values():
        assert body.count("```python") == len(BLOCKS.findall(body)) > 0


@pytest.mark.parametrize("title", list(LIBRARIES))
def test_examples_print_what_the_guide_says(title: str, names: dict[str, Any]) -> None:
    # It is in another environment, with torch, in which the other test of it requires it.
    if title == "sentence-transformers":
        pytest.importorskip("sentence_transformers")
    required(LIBRARIES[title])
    known = dict(names)
    for code, expected in BLOCKS.findall(sections()[title]):
        found = "\n".join(line.rstrip() for line in printed(code, known).splitlines()) + "\n"
        if os.environ.get("WHYSIM_WRITE_GUIDE") == "1":
            block = f"```python\n{code}```\n\n```text\n"
            text = GUIDE.read_text(encoding="utf-8")
            GUIDE.write_text(text.replace(f"{block}{expected}```", f"{block}{found}```"), encoding="utf-8")
            continue
        # The last digit may be another one on another processor.
        assert NUMBER.sub("#", found) == NUMBER.sub("#", expected)
        numbers = [[float(number) for number in NUMBER.findall(text)] for text in (found, expected)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.011)
