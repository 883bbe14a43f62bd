"""Many explanations together, and results that are saved and read again."""

from __future__ import annotations

import json
import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

# Something that no argument should be.
WRONG: Any = "x"
TEXTS = ["A kitten naps.", "The dog runs.", "It rained."]


@pytest.fixture(scope="module")
def many(explainer: whysim.Explainer) -> list[whysim.Explanation]:
    return [explainer.explain("The cat sleeps.", text) for text in TEXTS]


@pytest.fixture(scope="module")
def margin(explainer: whysim.Explainer) -> whysim.Margin:
    return explainer.margin("The cat sleeps.", better="A kitten naps.", worse="The <dog> runs.")


def test_a_report_has_every_pair_once(many: list[whysim.Explanation], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    page = whysim.report(many, path, gold=np.array([0.5, np.nan, 0.25]), names=["one", None, "</template>"], title="Mine")  # type: ignore[arg-type]
    assert path.read_text() == page
    assert (page.count("<template>"), page.count("</template>"), page.count("class HeatMap")) == (3, 3, 1)
    assert re.findall(r'data-error="([^"]+)"', page) and "against 2 gold scores" in page and "<title>Mine</title>" in page
    errors = [float(value) for value in re.findall(r'data-error="([^"]+)"', page)]
    assert np.allclose(errors, [many[0].score - 0.5, many[2].score - 0.25], atol=1e-12)
    assert "gold" not in re.sub(r"<script.*?</script>", "", whysim.report(many), flags=re.S)


def test_words_and_their_errors(explainer: whysim.Explainer) -> None:
    pairs = [("the cat naps", f"the cat runs {i}") for i in range(8)] + [("a dog runs", f"a dog naps {i}") for i in range(8)]
    many = [explainer.explain(a, b) for a, b in pairs]
    # Pairs with cats are half too high, give or take.
    gold = [x.score - (0.5 if i < 8 else 0.0) - 0.01 * (i % 3) for i, x in enumerate(many)]
    table = whysim.words_of(many, gold, least=8)
    words = {word.word: word for word in table}
    cat, naps = words["cat"], words["naps"]
    assert (cat.pairs, cat.occurrences, naps.pairs) == (8, 16, 16)
    assert abs(cat.shift - 0.5) < 0.02 and cat.is_clear and cat.shift_p < 1e-6 < cat.shift_error
    assert math.isnan(naps.shift) and not math.isnan(naps.correlation)
    assert table[0].word in ("a", "cat", "dog", "the")
    frame = table.to_dataframe()
    assert list(frame["word"]) == [word.word for word in table] and frame["is_clear"].any()
    # Without gold scores only what words add is known; relevance is the row's attributions and its share of the border.
    plain = {word.word: word for word in whysim.words_of(many[:1], least=1)}
    x = many[0].by("word")
    rows = [*zip(x.tokens_a, x.matrix.sum(1) + x.border.a), *zip(x.tokens_b, x.matrix.sum(0) + x.border.b)]
    assert abs(plain["cat"].relevance - np.mean([value for word, value in rows if word == "cat"])) < 1e-6
    assert math.isnan(plain["cat"].shift_p) and not plain["cat"].is_clear


def test_many_in_one_file(many: list[whysim.Explanation], tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    whysim.save_explanations(path, many, gold=[0.5, None, 0.25], names=["a", "b\n", None])
    found = whysim.load_explanations(path)
    assert found == many and found.gold == [0.5, None, 0.25] and found.names == ["a", "b\n", None]
    assert [json.loads(line)["pair"] for line in path.read_text().splitlines()] == [1, 2, 3]
    # What was saved goes on from hand to hand.
    assert "against 2 gold scores" in whysim.report(found) and whysim.words_of(found, least=1)
    whysim.save_explanations(tmp_path / "again.jsonl", found)
    assert (tmp_path / "again.jsonl").read_text() == path.read_text()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_margins_in_every_form(margin: whysim.Margin, tmp_path: Path) -> None:
    for name in ("m.html", "m.json", "m.txt"):
        margin.save(tmp_path / name, names=("first", "second"))
    assert whysim.Margin.load(tmp_path / "m.json") == margin == pickle.loads(pickle.dumps(margin))
    assert margin.to_dict()["margin"] == margin.margin
    assert (tmp_path / "m.txt").read_text().startswith("why first does not outrank second: ")
    page = (tmp_path / "m.html").read_text()
    assert "In first" in page and "&lt;" in page and "<dog>" not in page and "the better text" in margin._repr_html_()
    frame = margin.to_dataframe()
    sums = frame.groupby("text")["margin"].sum()
    assert abs(sums["query"] + margin.query_reference - margin.margin) <= margin.bound
    assert abs(sums["better"] + sums["worse"] + margin.text_references - margin.margin) <= margin.bound
    assert list(frame[frame["text"] == "query"]["token"]) == margin.tokens_query


def test_results_that_are_read_again(explainer: whysim.Explainer, many: list[whysim.Explanation], tmp_path: Path) -> None:
    many[0].save(tmp_path / "why.json")
    assert whysim.Explanation.load(tmp_path / "why.json") == many[0]
    pairs = [("The cat sleeps.", "A kitten naps.", 0.9), ("The cat sleeps.", "The dog runs.", 0.3), ("A bird.", "A bird.", 1.0)]
    report = explainer.evaluate(pairs, metrics=["predictive"])
    report.save(tmp_path / "report.json")
    assert whysim.EvaluationReport.load(tmp_path / "report.json") == report == pickle.loads(pickle.dumps(report))
    long = " ".join(["The cat sleeps on the roof."] * 30)
    for highlight in explainer.highlight("a cat", ["The cat sleeps.", long]):
        back = pickle.loads(pickle.dumps(highlight))
        assert back == highlight and (back.n_steps, back.gap) == (highlight.n_steps, highlight.gap)
        assert np.array_equal(back.relevance, highlight.relevance) and back.to_html() == highlight.to_html()


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda many, folder: whysim.report(many[0]), TypeError, "must be a list of Explanation, not Explanation"),
        (lambda many, folder: whysim.report([many[0], WRONG]), TypeError, 'number 2 must be an Explanation, not "x"'),
        (lambda many, folder: whysim.report(many, gold=[0.5]), ValueError, "one for each explanation, 3, not 1"),
        (lambda many, folder: whysim.report(many, gold=[WRONG, 1, 2]), TypeError, "gold score number 1 must be a finite number"),
        (lambda many, folder: whysim.report(many, names="abc"), TypeError, "names must be a list"),
        (lambda many, folder: whysim.report(many, view=WRONG), ValueError, "view must be"),
        (lambda many, folder: whysim.words_of(many, [math.inf, 0, 0]), ValueError, "must be a finite number"),
        (lambda many, folder: whysim.words_of(many, least=0), ValueError, "least must be"),
        (lambda many, folder: whysim.save_explanations(folder / "x.json", many), ValueError, "must end in .jsonl"),
        (lambda many, folder: whysim.load_explanations(folder / "none.jsonl"), OSError, "cannot read"),
        (lambda many, folder: whysim.load_explanations(folder / "bad.jsonl"), ValueError, "line 2 is no explanation"),
        (lambda many, folder: whysim.Explanation.load(folder / "page.html"), ValueError, "must end in .json"),
        (lambda many, folder: whysim.Margin.load(folder / "bad.json"), ValueError, "the JSON of a margin"),
        (lambda many, folder: whysim.EvaluationReport.load(folder / "bad.json"), ValueError, "the JSON of an evaluation"),
    ],
)
def test_what_is_wrong_is_said(many: list[whysim.Explanation], tmp_path: Path, call: Any, kind: type[Exception], part: str) -> None:
    (tmp_path / "bad.jsonl").write_text(json.dumps(json.loads(many[0].to_json())) + "\n{}\n")
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(kind, match=re.escape(part)) as raised:
        call(many, tmp_path)
    assert isinstance(raised.value, whysim.Error)


def test_what_margins_are_made_of(explainer: whysim.Explainer) -> None:
    texts = ["The cat sleeps on the warm roof.", "A kitten naps at Zoé's café!", "The dog runs after the cat."]
    m = explainer.margin(*texts)
    scores = [explainer.explain(texts[0], text).score for text in texts[1:]]
    assert m.margin == pytest.approx(scores[0] - scores[1], abs=1e-9)
    assert abs(m.error) <= m.bound
    assert m.query.sum() + m.query_reference - m.error == pytest.approx(m.margin)
    assert m.better_rows.sum() + m.worse_rows.sum() + m.text_references - m.error == pytest.approx(m.margin)
    assert m.better_rows == pytest.approx(m.better.relevance.b)
    words = m.by("word")
    assert len(words.tokens_better) == len(words.better_rows) < len(m.better_rows)
    assert "margin" in repr(m)
    stored = explainer.decompose(texts)
    assert stored[0].margin(stored[1], stored[2]).margin == pytest.approx(m.margin)
