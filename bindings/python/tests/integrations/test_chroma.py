"""A real Chroma, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from required import required

import whysim

chromadb = required("chromadb")

QUERIES = ["a small kitten", "a dog outside"]
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps."]


def test_prompts_have_names_and_are_stored(prompted: Path) -> None:
    from whysim.integrations.chroma import WhysimEmbeddingFunction

    made = WhysimEmbeddingFunction(whysim.Explainer(prompted), prompt_name_query="query")
    again = WhysimEmbeddingFunction.build_from_config(made.get_config())
    for one in (made, again):
        np.testing.assert_allclose(one.embed_query(QUERIES)[0], made.explainer.encode("find it: " + QUERIES[0]), atol=1e-6)
        np.testing.assert_allclose(one(TEXTS)[0], made.explainer.encode(TEXTS[0]), atol=1e-6)


@pytest.mark.parametrize("space", ["cosine", "ip", "l2"])
def test_a_query_explained(explainer: whysim.Explainer, space: str) -> None:
    from whysim.integrations.chroma import WhysimEmbeddingFunction, explain_query

    made = explainer if space == "cosine" else explainer.with_options(similarity="dot")
    client = chromadb.EphemeralClient()
    collection = client.create_collection(
        f"of-{space}", embedding_function=WhysimEmbeddingFunction(made), configuration={"hnsw": {"space": space}}
    )
    try:
        collection.add(ids=["x", "y", "z"], documents=TEXTS, metadatas=[{"n": i} for i in range(3)])
        result = collection.query(query_texts=QUERIES, n_results=3)
    finally:
        client.delete_collection(f"of-{space}")
    found = explain_query(result, QUERIES, made, space=space, top=1)
    assert [hits.query for hits in found] == QUERIES
    for hits in found:
        assert [hit.their_rank for hit in hits] == [1, 2, 3] and all(len(hit.spans) == 1 for hit in hits)
        assert all(TEXTS[hit.hit["metadata"]["n"]] == hit.text for hit in hits)
        if space != "l2":
            # Their similarity is ours: the vectors are of the same model.
            assert [hit.their_score for hit in hits] == pytest.approx([hit.score for hit in hits], abs=1e-5)
            assert hits.agreement == 1.0


def test_a_collection_remembers_its_function(folder: str, tmp_path: Path) -> None:
    from whysim.integrations.chroma import WhysimEmbeddingFunction

    explainer = whysim.Explainer(folder, truncate_dim=16)
    first = chromadb.PersistentClient(str(tmp_path))
    first.create_collection("texts", embedding_function=WhysimEmbeddingFunction(explainer)).add(ids=["x"], documents=TEXTS[:1])
    again = chromadb.PersistentClient(str(tmp_path)).get_collection("texts")
    assert again.configuration["embedding_function"].get_config()["explainer"] == {
        "model": folder, "similarity": "cos", "truncate_dim": 16
    }
    assert again.configuration["hnsw"]["space"] == "cosine"
    stored = again.get(include=["embeddings"])["embeddings"][0]
    assert np.abs(stored - explainer.encode(TEXTS[0])).max() < 1e-6
    distance = again.query(query_texts=["a small kitten"], n_results=1)["distances"][0][0]
    assert 1 - distance == pytest.approx(explainer.similarity("a small kitten", TEXTS[0]), abs=1e-5)


def test_the_model_is_loaded_once(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from whysim.integrations import chroma

    function = chroma.WhysimEmbeddingFunction(folder)
    monkeypatch.setattr(chroma, "Explainer", None)
    assert chroma.WhysimEmbeddingFunction.build_from_config(function.get_config()).explainer is function.explainer
    assert not function.is_legacy()


def test_an_embed_function_is_not_stored(explainer: whysim.Explainer) -> None:
    from whysim.integrations.chroma import WhysimEmbeddingFunction

    client = chromadb.EphemeralClient()
    function = WhysimEmbeddingFunction(whysim.Explainer(embed=lambda texts: explainer.encode(texts)))
    collection = client.create_collection("opaque", embedding_function=function)
    try:
        collection.add(ids=["x", "y"], documents=TEXTS[:2])
        assert collection.query(query_texts=[TEXTS[1]], n_results=1)["ids"] == [["y"]]
    finally:
        client.delete_collection("opaque")


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    from whysim.integrations.chroma import WhysimEmbeddingFunction, explain_query

    result = {"ids": [["x"]], "documents": [["A kitten naps."]], "distances": None, "metadatas": None}
    (hits,) = explain_query(result, "a cat", explainer)
    assert hits[0].their_score is None and hits[0].hit == {"id": "x", "metadata": None, "distance": None}
    with pytest.raises(whysim.InputError, match="the result is of 1 queries, but 2 are given"):
        explain_query(result, QUERIES, explainer)
    with pytest.raises(whysim.InputError, match="the result has no documents"):
        explain_query({**result, "documents": None}, "a cat", explainer)
    with pytest.raises(whysim.InputError, match='space must be "cosine"'):
        explain_query(result, "a cat", explainer, space="cos")
    with pytest.raises(whysim.InputError, match='must have "explainer" with "model"'):
        WhysimEmbeddingFunction.build_from_config({"model": "x"})
    with pytest.raises(whysim.InputError, match="from model 'a', and cannot be queried with 'b'"):
        WhysimEmbeddingFunction(explainer).validate_config_update({"explainer": {"model": "a"}}, {"explainer": {"model": "b"}})
