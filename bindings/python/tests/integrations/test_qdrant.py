"""A real Qdrant client in local mode."""

from __future__ import annotations

import pytest
from required import required

import whysim

qdrant_client = required("qdrant_client")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps."]


@pytest.mark.parametrize("similarity", ["cos", "dot"])
def test_points_of_a_query(explainer: whysim.Explainer, similarity: whysim._types.Similarity) -> None:
    from whysim.integrations.qdrant import explain_points, points, vector_params

    made = explainer.with_options(similarity=similarity)
    client = qdrant_client.QdrantClient(":memory:")
    client.create_collection("texts", vectors_config=vector_params(made))
    client.upsert("texts", points(TEXTS, made, payloads=[{"n": i} for i in range(3)]))
    response = client.query_points("texts", query=made.encode(QUERY).tolist(), limit=3)
    for given in (response, response.points):
        hits = explain_points(QUERY, given, made, top=1)
        assert [hit.their_score for hit in hits] == pytest.approx([hit.score for hit in hits], abs=1e-5)
        assert hits.agreement == 1.0 and all(TEXTS[hit.hit.payload["n"]] == hit.text for hit in hits)
    client.close()


def test_distances_and_other_keys(explainer: whysim.Explainer) -> None:
    from qdrant_client import models

    from whysim.integrations.qdrant import explain_points, points

    client = qdrant_client.QdrantClient(":memory:")
    client.create_collection("texts", vectors_config=models.VectorParams(size=explainer.dim, distance=models.Distance.EUCLID))
    client.upsert("texts", points(TEXTS, explainer, ids=[7, 8, 9], key="body"))
    response = client.query_points("texts", query=explainer.encode(TEXTS[1]).tolist(), limit=3)
    hits = explain_points(TEXTS[1], response, explainer, text="payload.body", scale="distance")
    assert hits[0].hit.id == 8 and [hit.their_rank for hit in hits] == [1, 2, 3] and hits[0].rank == 1
    with pytest.raises(whysim.InputError, match="hit 1 has no 'payload.text'"):
        explain_points(TEXTS[1], response, explainer)
    client.close()


def test_columns_of_other_lengths(explainer: whysim.Explainer) -> None:
    from whysim.integrations.qdrant import points

    with pytest.raises(whysim.InputError, match="there are 3 texts, but 1 ids"):
        points(TEXTS, explainer, ids=[1])
    assert points([], explainer) == []
