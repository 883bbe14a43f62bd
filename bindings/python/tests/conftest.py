"""The tiny seeded models of the Rust tests, and what PyTorch computes with them."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

FIXTURES = Path(__file__).parents[3] / "crates/whysim/tests/fixtures"
FAMILIES = ["bert", "mpnet", "roberta", "xlm-roberta", "camembert", "distilbert"]
FAMILIES += ["modernbert", "nomic", "gte", "qwen3", "eurobert"]
FAMILIES += ["gemma3", "jina", "t5", "albert", "electra"]


def safetensors(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Read here, so that the tests need no further package."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    kinds = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U32": "<u4", "I32": "<i4"}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = (8 + length + at for at in entry["data_offsets"])
            tensors[name] = np.frombuffer(data[start:end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors


@pytest.fixture(scope="session")
def folder() -> str:
    return str(FIXTURES / "bert")


@pytest.fixture(scope="session")
def explainer(folder: str) -> whysim.Explainer:
    return whysim.Explainer(folder)


@pytest.fixture
def prompted(tmp_path: Path) -> Path:
    """The folder of a model with a prompt, ``"query"``: "find it: "."""
    import shutil

    folder = tmp_path / "prompted"
    shutil.copytree(FIXTURES / "bert", folder)
    file = folder / "config_sentence_transformers.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "prompts": {"query": "find it: "}}))
    return folder


@pytest.fixture
def mean_pooled(tmp_path: Path) -> Any:
    """A fixture's folder with mean pooling and nothing after it, as the golden values have it; shifted if it is to be exact."""

    def make(family: str, exact: bool = False) -> Path:
        import shutil

        folder = tmp_path / f"{family}-{'exact' if exact else 'plain'}"
        shutil.copytree(FIXTURES / family, folder)
        modules = json.loads((folder / "modules.json").read_text())
        modules = [module for module in modules if module["path"] in ("", "1_Pooling")][:2]
        if exact:
            modules[0]["type"] = "xsbert.models.ShiftingReferenceTransformer"
        (folder / "modules.json").write_text(json.dumps(modules))
        pooling = {"embedding_dimension": 32, "pooling_mode": "mean"}
        (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))
        return folder

    return make
