"""Hits of any search: their scores and ours."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import whysim
from whysim.integrations import _explainer
from whysim.integrations._page import places as shown_places

QUERY = "a small kitten"
TEXTS = ["The cat sleeps on the warm roof.", "Nobody saw it.", "A kitten naps.", "The dog runs in the garden."]
SCORES = [3.0, 9.0, 1.0, 5.0]


def test_scores_and_ranks_are_beside_theirs(explainer: whysim.Explainer) -> None:
    found = whysim.explain_hits(QUERY, list(zip(TEXTS, SCORES)), explainer)
    ours = [explainer.similarity(QUERY, text) for text in TEXTS]
    assert [hit.score for hit in found] == pytest.approx(ours, abs=1e-5)
    assert [hit.their_rank for hit in found] == [3, 1, 4, 2]
    assert [hit.rank for hit in found] == [sorted(ours, reverse=True).index(score) + 1 for score in ours]
    assert [hit.text for hit in found] == TEXTS and found[1].their_score == 9.0
    for hit, plain in zip(found, explainer.highlight(QUERY, TEXTS)):
        assert hit.spans == plain.spans


@pytest.mark.parametrize("scale", ["similarity", "distance"])
def test_agreement_counts_pairs(explainer: whysim.Explainer, scale: Any) -> None:
    ours = [explainer.similarity(QUERY, text) for text in TEXTS]
    same = ours if scale == "similarity" else [-score for score in ours]
    agreeing = whysim.explain_hits(QUERY, list(zip(TEXTS, same)), explainer, scale=scale)
    assert agreeing.agreement == 1.0 and agreeing.disagreements == [] and "the same order" in str(agreeing)
    opposite = whysim.explain_hits(QUERY, list(zip(TEXTS, [-score for score in same])), explainer, scale=scale)
    assert opposite.agreement == 0.0 and len(opposite.disagreements) == 6
    above, below = opposite.disagreements[0]
    assert (above.rank, below.rank) == (4, 1)
    # Two of four theirs are equal: that pair tells nothing.
    tied = whysim.explain_hits(QUERY, list(zip(TEXTS, [same[0], same[0], same[2], same[3]])), explainer, scale=scale)
    assert len(tied._pairs[1]) <= 5 == tied._pairs[0]


def test_every_kind_of_hit(explainer: whysim.Explainer) -> None:
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (TEXTS, {}),
        ([{"text": text} for text in TEXTS], {}),
        ([SimpleNamespace(page_content=text) for text in TEXTS], {"text": "page_content"}),
        ([SimpleNamespace(payload={"text": text}) for text in TEXTS], {"text": "payload.text"}),
        ([{"payload.text": text} for text in TEXTS], {"text": "payload.text"}),
        ([[text] for text in TEXTS], {"text": lambda hit: hit[0]}),
    ]
    for hits, places in kinds:
        found = whysim.explain_hits(QUERY, hits, explainer, **places)
        assert [(hit.text, hit.their_score, hit.their_rank, hit.hit) for hit in found] == [
            (text, None, i, hit) for i, (text, hit) in enumerate(zip(TEXTS, hits), 1)
        ]
    nested = [{"n": {"s": np.float32(score)}, "text": text} for text, score in zip(TEXTS, SCORES)]
    assert [hit.their_score for hit in whysim.explain_hits(QUERY, nested, explainer, score="n.s")] == SCORES
    assert len(whysim.explain_hits(QUERY, [], explainer)) == 0


def test_choosing(explainer: whysim.Explainer) -> None:
    found = whysim.explain_hits(QUERY, TEXTS, explainer)
    ours = sorted(found, key=lambda hit: hit.rank)
    assert found.chosen("given") == list(found) and found.chosen() == ours
    assert found.chosen("score", 2) == ours[:2] and found.chosen("given", 2) == list(found)[:2]
    assert found.chosen("score", least_score=ours[1].score) == ours[:2]
    with pytest.raises(whysim.InputError, match='order must be "given" or "score"'):
        found.chosen("best")  # type: ignore[arg-type]
    with pytest.raises(whysim.InputError, match="at least one hit"):
        found.chosen("score", 0)


def test_long_lists_are_cut_in_print(explainer: whysim.Explainer) -> None:
    found = whysim.explain_hits(QUERY, TEXTS[:1] * 60, explainer)
    assert len(str(found).splitlines()) == 2 + 50 + 1 and "and 10 more" in str(found)
    assert found._repr_html_().count("<tr") == 51 and len(found) == 60


def test_strangers_texts_are_escaped(explainer: whysim.Explainer) -> None:
    text = "A kitten <script>alert(1)</script> naps & sleeps."
    found = whysim.explain_hits("a <b>kitten</b>", [text, text, "x" * 400 + text], explainer)
    for html in (found._repr_html_(), found.to_html()):
        assert "<script" not in html and "<b>" not in html and "<mark" in html and "&amp;" in html


def test_a_hit_without_a_text_is_kept(explainer: whysim.Explainer) -> None:
    hits: list[Any] = [{"text": "", "score": 3}, {"text": TEXTS[2], "score": 2}, {"text": None, "score": 1}, {"score": 0}]
    found = whysim.explain_hits(QUERY, hits, explainer)
    assert [hit.hit for hit in found] == hits and [hit.their_rank for hit in found] == [1, 2, 3, 4]
    assert [hit.rank for hit in found] == [2, 1, 3, 4] and found.agreement is None
    for i in (0, 2, 3):
        assert (found[i].text, found[i].highlight, found[i].score, found[i].spans) == ("", None, None, ())
        assert found.to_dicts()[i]["note"] == "it has no text" and found.to_dicts()[i]["spans"] == []
    assert found[1].note is None and found[1].spans == explainer.highlight(QUERY, TEXTS[2]).spans
    assert found.chosen()[0] is found[1] and found.chosen(least_score=-1) == [found[1]]
    assert str(found).count("(it has no text)") == found.to_html().count("it has no text") == 3
    opaque = whysim.Explainer(embed=lambda texts: [explainer.encode(t) if t else np.zeros(32) for t in texts])
    assert whysim.explain_hits(QUERY, hits, opaque)[0].highlight is None


def test_long_texts_are_shown_around_their_spans(explainer: whysim.Explainer, tmp_path: Path) -> None:
    filler = "Nothing of the kind is said in these many words about bread. "
    text = filler * 10 + "A small kitten naps." + filler * 10
    found = whysim.explain_hits(QUERY, [text, TEXTS[0]], explainer, by="sentence", top=1)
    cell = found._repr_html_().split("<td")[3]
    (span,) = found[0].spans
    assert f">{span.text}</mark>" in cell and cell.count("…") >= 1 and len(cell) < len(text)
    assert found.to_html(tmp_path / "hits.html") == (tmp_path / "hits.html").read_text(encoding="utf-8")
    assert found._repr_html_() in found.to_html()


def test_excerpts_begin_and_end_with_words() -> None:
    words = [f"w{i:03}" for i in range(200)]
    text = " ".join(words)
    first, last = text.index("w020"), text.index("w150")
    pieces = shown_places(text, [(first, first + 4), (last, last + 4)])
    shown = [text[slice(*piece)].split() for piece in pieces]
    assert len(shown) == 2 and "w020" in shown[0] and "w150" in shown[1] and all(word in words for piece in shown for word in piece)
    assert [len(piece) for piece in shown] == [pytest.approx(33, abs=3)] * 2
    # Spans whose surroundings meet are in one piece, which goes no further than the text.
    assert len(shown_places(text, [(first, first + 4), (first + 50, first + 54)])) == 1
    ends = shown_places(text, [(0, 4), (len(text) - 4, len(text))])
    assert len(ends) == 2 and ends[0][0] == 0 and ends[1][0] == pytest.approx(len(text) - 84, abs=5) and ends[1][1] == len(text)
    assert shown_places("short", [(0, 5)]) == [(0, 5)] and shown_places(text, [])[0][0] == 0 and shown_places(text, [])[0][1] < 200
    assert shown_places("水" * 500, [(250, 251)]) == [(170, 331)]


def test_an_embed_function_explains_too(explainer: whysim.Explainer) -> None:
    opaque = whysim.Explainer(embed=lambda texts: [explainer.encode(t) if t else np.zeros(32) for t in texts])
    found = whysim.explain_hits(QUERY, TEXTS, opaque)
    assert [hit.score for hit in found] == pytest.approx([explainer.similarity(QUERY, text) for text in TEXTS], abs=1e-5)
    with pytest.raises(whysim.InputError, match="embed function cannot be saved"):
        _explainer.description(opaque)


def test_a_description_makes_the_same_explainer(explainer: whysim.Explainer, folder: str) -> None:
    changed = whysim.Explainer(folder, truncate_dim=16, layer=0, n_steps=7, similarity="dot")
    again = whysim.Explainer(**_explainer.description(changed))
    assert again.fingerprint == changed.fingerprint and again._settings == changed._settings and again._similarity == "dot"
    assert _explainer.description(explainer) == {"model": folder, "similarity": "cos"}


def test_what_is_wrong_is_named(explainer: whysim.Explainer) -> None:
    wrong: list[tuple[Any, dict[str, Any], str]] = [
        ([{"body": "x"}], {}, "hit 1 has no 'text'; it has body. Say where its text is"),
        (["", "  "], {}, "hit 1 has no text, but '', and no other hit has one"),
        ([{"text": "x"}, {"text": 3}], {}, "hit 2 has no text in 'text', but 3"),
        ([{"text": "x"}], {"score": "rank"}, "hit 1 has no 'rank'"),
        ([{"text": "x", "score": 1}, {"text": "y"}], {}, "hit 2 has no 'score'"),
        ([("x", "high")], {}, "the score of hit 1 must be a number"),
        ([("x", float("nan"))], {}, "NaN"),
        (["x"], {"scale": "cosine"}, "scale must be"),
        (["x"], {"tops": 2}, "highlights have no option 'tops'; they have top, least"),
    ]
    for hits, keywords, message in wrong:
        with pytest.raises(whysim.InputError, match=message):
            whysim.explain_hits(QUERY, hits, explainer, **keywords)
    wrong_kinds: list[Any] = ["a text", {"ids": []}, 3]
    for bad in wrong_kinds:
        with pytest.raises(TypeError, match="hits must be a list of hits"):
            whysim.explain_hits(QUERY, bad, explainer)
