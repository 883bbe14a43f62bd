"""What is said where a library is not installed, and what the package costs without it."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

LIBRARIES = {
    "chroma": "chromadb",
    "duckdb": "duckdb",
    "haystack": "haystack",
    "lancedb": "lancedb",
    "langchain": "langchain_core",
    "llama-index": "llama_index",
    "polars": "polars",
    "qdrant": "qdrant_client",
    "sentence-transformers": "sentence_transformers",
    "sqlite-vec": "sqlite_vec",
}


@pytest.mark.parametrize("extra", list(LIBRARIES))
def test_a_missing_library_is_named(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library, module = LIBRARIES[extra], f"whysim.integrations.{extra.replace('-', '_')}"
    for name in [name for name in sys.modules if name.startswith(f"{library}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ImportError, match=rf"{module} needs .*, which is not installed: pip install 'whysim\[{extra}\]'"):
        importlib.import_module(module)


def test_none_is_imported_with_the_package() -> None:
    code = f"import sys, whysim; print([name for name in {list(LIBRARIES.values())} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
