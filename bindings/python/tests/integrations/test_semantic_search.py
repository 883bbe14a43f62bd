"""sentence-transformers' own functions and trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from required import required

import whysim

sentence_transformers = required("sentence_transformers")

QUERIES = ["a small kitten", "a dog outside"]
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps.", "The dog runs in the garden."]


@pytest.fixture
def model(folder: str) -> Any:
    return sentence_transformers.SentenceTransformer(folder, device="cpu")


def test_a_semantic_search(model: Any) -> None:
    from sentence_transformers.util import semantic_search

    from whysim.integrations.sentence_transformers import explain_search

    results = semantic_search(model.encode(QUERIES), model.encode(TEXTS), top_k=3)
    found = explain_search(QUERIES, results, TEXTS, model, top=1)
    for hits, query, result in zip(found, QUERIES, results):
        assert hits.query == query and [hit.hit for hit in hits] == result
        assert [hit.their_score for hit in hits] == pytest.approx([hit.score for hit in hits], abs=1e-5)
        assert hits.agreement == 1.0 and all(hit.text == TEXTS[hit.hit["corpus_id"]] for hit in hits)
    with pytest.raises(whysim.InputError, match="are of 2 queries, but 1 are given"):
        explain_search(QUERIES[0], results, TEXTS, model)
    with pytest.raises(whysim.InputError, match="is not the one searched"):
        explain_search(QUERIES, results, TEXTS[:1], model)


def test_a_matrix_of_similarities(model: Any) -> None:
    from whysim.integrations.sentence_transformers import explain_matrix

    vectors = model.encode(TEXTS, convert_to_tensor=True)
    own = model.similarity(vectors, vectors)
    values = own.numpy()
    found = explain_matrix(own, TEXTS, explainer=model, top=2)
    best = sorted(((values[a, b], a, b) for a in range(4) for b in range(a + 1, 4)), reverse=True)[:2]
    assert [(pair.a, pair.b) for pair in found] == [(a, b) for _, a, b in best]
    for pair in found:
        assert pair.explanation.score == pytest.approx(pair.similarity, abs=1e-5)
        assert (pair.explanation.a.text, pair.explanation.b.text) == (TEXTS[pair.a], TEXTS[pair.b])
    other = model.similarity(model.encode(QUERIES), vectors)
    crossed = explain_matrix(other, QUERIES, TEXTS, model, top=100)
    assert len(crossed) == 8 and crossed[0].similarity == float(other.max())
    with pytest.raises(whysim.InputError, match=r"shape \[2, 4\] of the texts, not \[4, 4\]"):
        explain_matrix(own, QUERIES, TEXTS, model)
    with pytest.raises(whysim.InputError, match="top must be 1 or more"):
        explain_matrix(own, TEXTS, explainer=model, top=0)


def test_an_evaluator_keeps_attributions(model: Any, tmp_path: Path) -> None:
    import torch

    from whysim.integrations.sentence_transformers import AttributionEvaluator

    pairs = [(QUERIES[0], TEXTS[2]), (QUERIES[1], TEXTS[3])]
    evaluator = AttributionEvaluator(pairs, name="fixed", settings={"n_steps": 8})
    path = tmp_path / "eval"
    first = evaluator(model, str(path), epoch=0.5, steps=10)
    before = whysim.Explainer(model, by="word", n_steps=8)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.1)
    second = evaluator(model, str(path), epoch=1.0, steps=20)
    assert first["fixed_change"] == 0.0 < second["fixed_change"] and evaluator.primary_metric == "fixed_mean_score"
    lines = [json.loads(line) for line in (path / "whysim_fixed_attributions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["steps"], line["epoch"], line["pair"]) for line in lines] == [(10, 0.5, 0), (10, 0.5, 1), (20, 1.0, 0), (20, 1.0, 1)]
    moved = []
    for pair, old, new in zip(pairs, lines[:2], lines[2:]):
        x = before.explain(*pair)
        assert (old["a"], old["b"], old["rows_a"], old["rows_b"]) == (*pair, x.tokens_a, x.tokens_b)
        assert np.abs(np.array(old["matrix"]) - x.matrix).max() < 1e-5
        assert np.abs(np.array(old["interaction"]) - x.interaction).max() < 1e-5
        moved.append(np.linalg.norm(np.array(new["matrix"]) - old["matrix"]) / np.linalg.norm(old["matrix"]))
    assert second["fixed_change"] == pytest.approx(np.mean(moved), rel=1e-4)
    assert first["fixed_mean_score"] == pytest.approx(np.mean([line["score"] for line in lines[:2]]))


def test_a_training_run_writes_every_step(model: Any, tmp_path: Path) -> None:
    required("accelerate")
    datasets = required("datasets")
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    try:
        from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss
    except ModuleNotFoundError:
        # Where versions 5 have it at first.
        from sentence_transformers.losses import CosineSimilarityLoss

    from whysim.integrations.sentence_transformers import AttributionEvaluator

    data = datasets.Dataset.from_dict({"sentence1": QUERIES * 4, "sentence2": TEXTS * 2, "score": [0.1, 0.9] * 4})
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(tmp_path), max_steps=4, per_device_train_batch_size=4, eval_strategy="steps", eval_steps=2,
        save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True,
    )
    evaluator = AttributionEvaluator([(QUERIES[0], TEXTS[2])])
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=data, loss=CosineSimilarityLoss(model), evaluator=evaluator
    )
    trainer.train()
    lines = [json.loads(line) for line in (tmp_path / "eval" / evaluator.file).read_text(encoding="utf-8").splitlines()]
    assert [line["steps"] for line in lines] == [2, 4] and lines[0]["score"] != lines[1]["score"]
    logged = [entry for entry in trainer.state.log_history if "eval_mean_score" in entry]
    assert [entry["eval_mean_score"] for entry in logged] == pytest.approx([line["score"] for line in lines], abs=1e-6)


def test_bad_pairs() -> None:
    from whysim.integrations.sentence_transformers import AttributionEvaluator

    with pytest.raises(whysim.InputError, match="there are no pairs"):
        AttributionEvaluator([])
    with pytest.raises(whysim.InputError, match="pair 2 must be of two texts, not 3"):
        AttributionEvaluator([("a", "b"), ("a", "b", "c")])  # type: ignore[list-item]
