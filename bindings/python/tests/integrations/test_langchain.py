"""LangChain's own classes with ours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from required import required

import whysim

core = required("langchain_core")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps."]


def test_prompts_have_names(prompted: Path) -> None:
    from whysim.integrations.langchain import WhysimEmbeddings

    explainer = whysim.Explainer(prompted)
    embeddings = WhysimEmbeddings(explainer, prompt_name_query="query")
    assert embeddings.embed_query(QUERY) == pytest.approx(explainer.encode("find it: " + QUERY).tolist(), abs=1e-6)
    assert embeddings.embed_documents(TEXTS)[0] == pytest.approx(explainer.encode(TEXTS[0]).tolist(), abs=1e-6)


def test_a_retrievers_documents_get_their_explanations(explainer: whysim.Explainer) -> None:
    from langchain_core.runnables import RunnableLambda
    from langchain_core.vectorstores import InMemoryVectorStore

    from whysim.integrations.langchain import WhysimEmbeddings, WhysimHighlighter

    store = InMemoryVectorStore.from_texts(TEXTS, WhysimEmbeddings(explainer), metadatas=[{"n": i} for i in range(3)])
    highlighter = WhysimHighlighter(explainer=explainer, options={"top": 1})
    chain = RunnableLambda(lambda query: highlighter.compress_documents(store.as_retriever().invoke(query), query))
    documents = chain.invoke(QUERY)
    assert [d.page_content for d in documents] == sorted(TEXTS, key=lambda text: -explainer.similarity(QUERY, text))
    for rank, document in enumerate(documents, 1):
        why = document.metadata["whysim"]
        assert json.loads(json.dumps(why)) and (why["rank"], why["their_rank"], why["their_score"]) == (rank, rank, None)
        assert why["score"] == pytest.approx(explainer.similarity(QUERY, document.page_content), abs=1e-5)
        (span,) = why["spans"]
        assert document.page_content[span["start"] : span["end"]] == span["text"]
        assert TEXTS[document.metadata["n"]] == document.page_content
    # The store's own scores are cosines of the same embeddings.
    found = whysim.explain_hits(QUERY, store.similarity_search_with_score(QUERY), explainer, text="page_content")
    assert [hit.their_score for hit in found] == pytest.approx([hit.score for hit in found], abs=1e-5)
    assert found.agreement == 1.0


def test_reranking_and_cutting(explainer: whysim.Explainer) -> None:
    from langchain_core.documents import Document

    from whysim.integrations.langchain import WhysimHighlighter

    documents = [Document(text, metadata={"bm25": float(i)}, id=str(i)) for i, text in enumerate(TEXTS)]
    plain = WhysimHighlighter(explainer=explainer, score_key="bm25").compress_documents(documents, QUERY)
    assert [d.id for d in plain] == ["0", "1", "2"]
    assert [d.metadata["whysim"]["their_rank"] for d in plain] == [3, 2, 1]
    assert all("whysim" not in document.metadata for document in documents)
    order = sorted(range(3), key=lambda i: -plain[i].metadata["whysim"]["score"])
    best = WhysimHighlighter(explainer=explainer, order="score", top_n=2)
    assert [d.id for d in asyncio.run(best.acompress_documents(documents, QUERY))] == [str(i) for i in order[:2]]
    least = plain[order[0]].metadata["whysim"]["score"]
    assert len(WhysimHighlighter(explainer=explainer, least_score=least).compress_documents(documents, QUERY)) == 1
    assert WhysimHighlighter(explainer=explainer).compress_documents([], QUERY) == []


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    from langchain_core.documents import Document

    from whysim.integrations.langchain import WhysimHighlighter

    wrong: list[tuple[dict[str, Any], str]] = [
        ({"order": "best"}, "given"),
        ({"top_n": 0}, "at least one"),
        ({"options": {"tops": 1}}, "have no option 'tops'"),
        ({"topn": 3}, "topn"),
    ]
    for settings, message in wrong:
        with pytest.raises(ValueError, match=message):
            WhysimHighlighter(explainer=explainer, **settings)
    with pytest.raises(whysim.InputError, match="hit 1 has no text"):
        WhysimHighlighter(explainer=explainer).compress_documents([Document("")], QUERY)
    kept = WhysimHighlighter(explainer=explainer).compress_documents([Document(" "), Document("A kitten.")], QUERY)
    assert [d.metadata["whysim"]["note"] for d in kept] == ["it has no text", None] and kept[0].metadata["whysim"]["spans"] == []
    with pytest.raises(whysim.InputError, match=r'metadata\["s"\] of document 1 must be a number'):
        WhysimHighlighter(explainer=explainer, score_key="s").compress_documents([Document("x")], QUERY)
