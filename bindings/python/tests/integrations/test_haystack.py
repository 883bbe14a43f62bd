"""A real Haystack pipeline with our component."""

from __future__ import annotations

import inspect
import json

import pytest
from required import required

import whysim

haystack = required("haystack")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps on the roof."]


def test_a_pipeline_and_its_file(folder: str) -> None:
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    from whysim.integrations.haystack import WhysimHighlighter

    explainer = whysim.Explainer(folder, truncate_dim=16)
    store = InMemoryDocumentStore()
    store.write_documents([haystack.Document(content=text, meta={"n": i}) for i, text in enumerate(TEXTS)])
    pipeline = haystack.Pipeline()
    pipeline.add_component("retriever", InMemoryBM25Retriever(store))
    pipeline.add_component("why", WhysimHighlighter(explainer, options={"top": 1}))
    pipeline.connect("retriever.documents", "why.documents")
    asked = {"retriever": {"query": "roof"}, "why": {"query": QUERY}}
    documents = pipeline.run(asked)["why"]["documents"]
    assert len(documents) >= 2
    for rank, document in enumerate(documents, 1):
        why = document.meta["whysim"]
        assert json.loads(json.dumps(why)) and why["their_rank"] == rank and why["their_score"] == document.score
        assert why["score"] == pytest.approx(explainer.similarity(QUERY, document.content), abs=1e-5)
        (span,) = why["spans"]
        assert TEXTS[document.meta["n"]][span["start"] : span["end"]] == span["text"]
    text = pipeline.dumps()
    # Before version 3 Haystack loads whatever a file names.
    only = {"allowed_modules": ["whysim.*"]} if "allowed_modules" in inspect.signature(haystack.Pipeline.loads).parameters else {}
    again = haystack.Pipeline.loads(text, **only)
    assert again.dumps() == text and again.get_component("why").explainer.dim == 16


def test_reranking_and_cutting(explainer: whysim.Explainer) -> None:
    from whysim.integrations.haystack import WhysimHighlighter

    given = [haystack.Document(content=text, score=float(i)) for i, text in enumerate(TEXTS)]
    plain = WhysimHighlighter(explainer).run(query=QUERY, documents=given)["documents"]
    assert [document.score for document in plain] == [0.0, 1.0, 2.0] and all("whysim" not in d.meta for d in given)
    assert [document.meta["whysim"]["their_rank"] for document in plain] == [3, 2, 1]
    best = WhysimHighlighter(explainer, order="score", top_k=2).run(query=QUERY, documents=given)["documents"]
    assert [d.score for d in best] == sorted((d.meta["whysim"]["score"] for d in plain), reverse=True)[:2]
    assert WhysimHighlighter(explainer).run(query=QUERY, documents=[]) == {"documents": []}


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    from whysim.integrations.haystack import WhysimHighlighter

    with pytest.raises(whysim.InputError, match="hit 1 has no text, but None"):
        WhysimHighlighter(explainer).run(query=QUERY, documents=[haystack.Document(content=None)])
    with pytest.raises(whysim.InputError, match="embed function cannot be saved"):
        WhysimHighlighter(whysim.Explainer(embed=lambda texts: explainer.encode(texts))).to_dict()
    with pytest.raises(whysim.InputError, match="at least one"):
        WhysimHighlighter(explainer, top_k=0)
