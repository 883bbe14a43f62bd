"""LlamaIndex's own classes with ours."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from required import required

import whysim

core = required("llama_index.core")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps."]


def nodes() -> list[Any]:
    from llama_index.core.schema import NodeWithScore, TextNode

    made = [TextNode(text=text, id_=str(i), metadata={"n": i}) for i, text in enumerate(TEXTS)]
    return [NodeWithScore(node=node, score=float(i)) for i, node in enumerate(made)]


def test_nodes_of_a_query_engine(explainer: whysim.Explainer) -> None:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.schema import MetadataMode

    from whysim.integrations.llama_index import WhysimHighlighter

    class Own(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(x) for x in explainer.encode(text)]

        _get_query_embedding = _get_text_embedding

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    index = VectorStoreIndex([node.node for node in nodes()], embed_model=Own())
    highlighter = WhysimHighlighter(explainer=explainer, metadata_mode=MetadataMode.EMBED, options={"top": 1})
    answer = index.as_query_engine(llm=MockLLM(), similarity_top_k=3, node_postprocessors=[highlighter]).query(QUERY)
    assert len(answer.source_nodes) == 3
    for rank, node in enumerate(answer.source_nodes, 1):
        why = node.metadata["whysim"]
        assert json.loads(json.dumps(why)) and why["their_rank"] == rank
        # The text as it was embedded, metadata included, has the index's own score.
        assert why["score"] == pytest.approx(node.score, abs=1e-5) == why["their_score"]
        text = node.get_content(MetadataMode.EMBED)
        (span,) = why["spans"]
        assert "whysim" not in text and text.startswith("n: ") and text[span["start"] : span["end"]] == span["text"]
        assert "whysim" not in node.get_content(MetadataMode.LLM)


def test_reranking_and_cutting(explainer: whysim.Explainer) -> None:
    from whysim.integrations.llama_index import WhysimHighlighter

    given = nodes()
    plain = WhysimHighlighter(explainer=explainer).postprocess_nodes(given, query_str=QUERY)
    assert [(node.node_id, node.score) for node in plain] == [("0", 0.0), ("1", 1.0), ("2", 2.0)]
    assert [node.metadata["whysim"]["their_rank"] for node in plain] == [3, 2, 1]
    assert all("whysim" not in node.metadata for node in given)
    best = WhysimHighlighter(explainer=explainer, order="score", top_n=2)
    found = asyncio.run(best.apostprocess_nodes(given, query_str=QUERY))
    ours = sorted((node.metadata["whysim"]["score"] for node in plain), reverse=True)
    assert [node.score for node in found] == ours[:2]
    # Twice is as good as once.
    again = WhysimHighlighter(explainer=explainer).postprocess_nodes(plain, query_str=QUERY)
    assert [node.metadata["whysim"] for node in again] == [node.metadata["whysim"] for node in plain]
    assert again[0].node.excluded_llm_metadata_keys == ["whysim"]


def test_an_empty_node_is_kept(explainer: whysim.Explainer) -> None:
    from llama_index.core.schema import NodeWithScore, TextNode

    from whysim.integrations.llama_index import WhysimHighlighter

    given = [NodeWithScore(node=TextNode(text=""), score=0.9), *nodes()]
    found = WhysimHighlighter(explainer=explainer, order="score").postprocess_nodes(given, query_str=QUERY)
    assert len(found) == 4 and found[-1].score is None and found[-1].node.metadata["whysim"]["note"] == "it has no text"


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    from whysim.integrations.llama_index import WhysimHighlighter

    with pytest.raises(whysim.InputError, match="without their query"):
        WhysimHighlighter(explainer=explainer).postprocess_nodes(nodes())
    wrong: list[tuple[dict[str, Any], str]]
    wrong = [({"order": "best"}, "given"), ({"top_n": 0}, "at least one"), ({"options": {"tops": 1}}, "'tops'")]
    for settings, message in wrong:
        with pytest.raises(ValueError, match=message):
            WhysimHighlighter(explainer=explainer, **settings)
