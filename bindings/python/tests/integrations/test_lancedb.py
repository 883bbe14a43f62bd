"""A real LanceDB in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from required import required

import whysim

lancedb = required("lancedb")

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps on the roof."]


@pytest.fixture
def table(explainer: whysim.Explainer, tmp_path: Path) -> Any:
    rows = [{"text": text, "vector": explainer.encode(text).tolist(), "n": i} for i, text in enumerate(TEXTS)]
    made = lancedb.connect(str(tmp_path)).create_table("texts", rows)
    try:
        made.create_index("text", config=lancedb.index.FTS())
    except TypeError:
        # What earlier versions call it.
        made.create_fts_index("text", use_tantivy=False)
    return made


@pytest.mark.parametrize("kept", ["relevance", "all"])
@pytest.mark.parametrize("way", ["vector", "fts", "hybrid"])
def test_reranked_searches(explainer: whysim.Explainer, table: Any, way: str, kept: str) -> None:
    from whysim.integrations.lancedb import WhysimReranker

    reranker = WhysimReranker(explainer, return_score=kept, top=1)
    vector = explainer.encode(QUERY)
    if way == "vector":
        search = table.search(vector).rerank(reranker, query_string=QUERY)
    elif way == "fts":
        search = table.search("kitten roof", query_type="fts").rerank(reranker)
    else:
        search = table.search(query_type="hybrid").vector(vector).text(QUERY).rerank(reranker)
    asked = "kitten roof" if way == "fts" else QUERY
    rows = search.limit(3).to_list()
    assert len(rows) >= 2
    ours = [explainer.similarity(asked, row["text"]) for row in rows]
    assert ours == sorted(ours, reverse=True)
    for row, score in zip(rows, ours):
        assert row["highlight_score"] == pytest.approx(score, abs=1e-5) == row["_relevance_score"]
        assert row["text"] == TEXTS[row["n"]]
        (span,) = row["highlight_spans"]
        assert row["text"][span["start"] : span["end"]] == span["text"]
        assert ("_distance" in row or "_score" in row) == (kept == "all")


def test_results_explained(explainer: whysim.Explainer, table: Any) -> None:
    from whysim.integrations.lancedb import explain_results

    pd = pytest.importorskip("pandas")
    search = table.search(explainer.encode(QUERY)).distance_type("cosine").limit(3)
    found = explain_results(QUERY, search, explainer)
    assert explain_results(QUERY, search.to_arrow(), explainer).equals(found)
    for row in found.to_pylist():
        assert 1 - row["_distance"] == pytest.approx(row["highlight_score"], abs=1e-5)
    frame = explain_results(QUERY, search.to_pandas().set_index("n"), explainer, top=1)
    assert isinstance(frame, pd.DataFrame) and list(frame.columns[-2:]) == ["highlight_score", "highlight_spans"]
    assert list(frame.index) == [row["n"] for row in found.to_pylist()]
    assert [len(spans) for spans in frame["highlight_spans"]] == [1, 1, 1]
    nothing = explain_results(QUERY, search.to_arrow().slice(0, 0), explainer)
    assert nothing.num_rows == 0 and nothing.schema == found.schema


def test_what_is_wrong_is_named(explainer: whysim.Explainer, table: Any) -> None:
    from whysim.integrations.lancedb import WhysimReranker, explain_results

    search = table.search(explainer.encode(QUERY))
    with pytest.raises(whysim.InputError, match="without the query's text"):
        WhysimReranker(explainer).rerank_vector(None, search.to_arrow())  # type: ignore[arg-type]
    with pytest.raises(whysim.InputError, match="there is no column `body`"):
        explain_results(QUERY, search.limit(1).to_arrow(), explainer, column="body")
    with pytest.raises(TypeError, match="a search, an Arrow table"):
        explain_results(QUERY, [1], explainer)
