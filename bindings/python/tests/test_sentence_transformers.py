"""Models that are loaded in sentence-transformers: embeddings must be theirs, also after their weights have changed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FAMILIES, FIXTURES

import whysim

# A broken installation is not a missing one: only that the package is not there is a reason to skip.
sentence_transformers = pytest.importorskip(
    "sentence_transformers", reason="sentence-transformers is not installed; scripts/check --full has it"
)

TEXTS = ["The cat sleeps on the warm roof.", "A kitten naps.", "In the garden the old dog runs after a cat."]
MINILM = Path(__file__).parents[3] / "models/all-MiniLM-L6-v2"


def same(explainer: whysim.Explainer, model: Any) -> bool:
    own, theirs = explainer.encode(TEXTS), model.encode(TEXTS)
    return own.shape == theirs.shape and float(np.abs(own - theirs).max()) < 2e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_are_theirs(family: str) -> None:
    import torch

    # Some of the fixtures' weights are stored in 16 bits, in which sentence-transformers would also compute.
    kwargs = {"dtype": torch.float32}
    model = sentence_transformers.SentenceTransformer(str(FIXTURES / family), device="cpu", model_kwargs=kwargs)
    assert same(whysim.Explainer(model), model)


def test_dimensions_of_a_loaded_model() -> None:
    model = sentence_transformers.SentenceTransformer(str(FIXTURES / "bert"), device="cpu", truncate_dim=5)
    explainer = whysim.Explainer(model)
    assert explainer.dim == 5 and same(explainer, model)
    assert whysim.Explainer(model, truncate_dim=3).dim == 3


def test_a_loaded_model_is_taken_as_it_is_or_refused() -> None:
    def loaded(**kwargs: Any) -> Any:
        return sentence_transformers.SentenceTransformer(str(FIXTURES / "bert"), device="cpu", **kwargs)

    for distance in ("euclidean", "manhattan"):
        with pytest.raises(whysim.InputError, match=f"`{distance}`; supported: cosine and dot, as a distance"):
            whysim.Explainer(loaded(similarity_fn_name=distance))
        assert ", cos, from memory" in repr(whysim.Explainer(loaded(similarity_fn_name=distance), similarity="cosine").with_options(layer=0))
    dot = loaded(similarity_fn_name="dot")
    score = whysim.Explainer(dot).similarity(*TEXTS[:2])
    assert score == pytest.approx(float(dot.similarity(*dot.encode(TEXTS[:2]))), rel=1e-5)
    prompted = loaded(prompts={"q": "in the garden "}, default_prompt_name="q")
    assert same(whysim.Explainer(prompted), prompted) and not same(whysim.Explainer(dot), prompted)
    x = whysim.Explainer(prompted).explain(*TEXTS[:2])
    assert [token.origin for token in x.a.tokens][1:4] == ["prompt"] * 3
    assert repr(whysim.Explainer(dot)).endswith("dot, from memory (float32))")
    with pytest.warns(UserWarning, match="computes in float16; whysim computes in float32 on the CPU"):
        half = whysim.Explainer(loaded().half())
    assert repr(half).endswith("from memory (float16))")
    other = loaded()
    other.backend = "onnx"
    with pytest.raises(whysim.InputError, match='backend "torch", not "onnx"'):
        whysim.Explainer(other)


def test_weights_as_they_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    # All temporary folders of this test are below one that is looked into at the end.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    model = sentence_transformers.SentenceTransformer(str(FIXTURES / "bert"), device="cpu")
    before = whysim.Explainer(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.1)
    after = whysim.Explainer(model)
    with pytest.raises(TypeError, match="its model is in memory only"):
        pickle.dumps(after)
    assert same(after, model) and not same(before, model)
    assert before.fingerprint != after.fingerprint
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not MINILM.is_dir(), reason="scripts/fetch-models has not been run")
def test_a_real_model() -> None:
    model = sentence_transformers.SentenceTransformer(str(MINILM), device="cpu")
    explainer = whysim.Explainer(model)
    assert same(explainer, model)
    x = explainer.explain(TEXTS[0], TEXTS[1])
    assert abs(x.error) <= x.bound
    assert x.score == pytest.approx(float(model.similarity(*model.encode(TEXTS[:2]))), abs=1e-5)
