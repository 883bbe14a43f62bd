"""Training and evaluation, from files and from lists."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import whysim

PAIRS = [
    ("The cat sleeps on the roof.", "A kitten naps in the sun.", 0.8),
    ("The dog runs.", "The old dog runs after a cat.", 0.7),
    ("The birds sing.", "A warm roof.", 0.1),
    ("The birds sing in the garden.", "The birds fly to the garden.", 0.6),
]


def test_an_exact_model_is_made(folder: str, tmp_path: Path) -> None:
    report = whysim.train(
        folder, PAIRS, tmp_path / "exact", dev=PAIRS, test=PAIRS, epochs=3, batch_size=2, lr=1e-3, similarity="dot"
    )
    assert report.steps == 6 and report.best_step in (2, 4, 6) and report.dev is not None
    assert list(report.tests) == ["test"] and -1 <= report.tests["test"].spearman <= 1
    exact = whysim.Explainer(report.folder)
    x = exact.explain(PAIRS[0][0], PAIRS[0][1])
    assert exact.exact and x.exact and x.sum == pytest.approx(x.score, abs=2 * x.bound)
    assert [path.name for path in tmp_path.iterdir()] == ["exact"]


def test_files_and_lists_are_the_same(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(dict(zip(("sentence1", "sentence2", "score"), pair))) + "\n" for pair in PAIRS))
    for name, data in (("a", file), ("b", PAIRS)):
        whysim.train(folder, data, tmp_path / name, objective="distill", epochs=1, seed=3)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]


def test_texts_alone_are_enough_to_distill(folder: str, tmp_path: Path) -> None:
    texts = [text for pair in PAIRS for text in pair[:2]]
    report = whysim.train(folder, texts, tmp_path / "twin", objective="distill", epochs=1, partners=1)
    assert report.dev is None and whysim.Explainer(report.folder).exact


def test_a_score_off_the_scale_names_the_argument(explainer: whysim.Explainer, tmp_path: Path) -> None:
    file = tmp_path / "likert.csv"
    file.write_text("sentence1,sentence2,score\na cat,a dog,4\na cat,a house,0.5\n", "utf-8")
    with pytest.raises(whysim.InputError, match=r"score 4 is not from 0 to 1: give the scores' range, as score_range=\(0, 5\)$"):
        explainer.evaluate(file)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([("a cat", "a dog")], 'train row 1 must be \\(text, text, score\\) for objective="gold"'),
        ([("a cat", "a dog", 3.0)], "train row 1: its score 3.0 is not from 0 to 1"),
        ([PAIRS[0], ("a cat", 3, 0.5)], "train row 2 must be \\(text, text, score\\), not"),
        ([("a cat", " ", 0.5)], "text B of pair 1 is empty"),
    ],
)
def test_bad_rows(folder: str, tmp_path: Path, data: list[tuple[str, str, float]], text: str) -> None:
    with pytest.raises(whysim.InputError, match=text):
        whysim.train(folder, data, tmp_path / "model")


def test_bad_settings(folder: str, tmp_path: Path) -> None:
    with pytest.raises(whysim.InputError, match="epochs must be a whole number, 1 or more, not 0"):
        whysim.train(folder, PAIRS, tmp_path / "model", epochs=0)
    with pytest.raises(whysim.InputError, match='dropout must be "config" or "off", not "half"'):
        whysim.train(folder, PAIRS, tmp_path / "model", dropout="half")  # type: ignore[arg-type]
    (tmp_path / "model").mkdir()
    with pytest.raises(whysim.FileError, match="model"):
        whysim.train(folder, PAIRS, tmp_path / "model")
    with pytest.raises(whysim.FileError, match="cannot read .*nothing.csv"):
        whysim.train(folder, tmp_path / "nothing.csv", tmp_path / "other")


TRAIN = """
import signal, sys, whysim
# A shell without job control starts background programs with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
pairs = [("The cat sleeps.", "A kitten naps.", 0.8), ("The dog runs.", "The birds sing.", 0.2)] * 20
print("ready", flush=True)
whysim.train(sys.argv[1], pairs, sys.argv[2], epochs=int(sys.argv[3]), shift=False, resume=len(sys.argv) > 4)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent in another way there")
def test_ctrl_c_leaves_a_checkpoint(folder: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TRAIN, folder, str(tmp_path / "model"), "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(1.5)
        child.send_signal(signal.SIGINT)
        error = child.stderr.read()
        assert child.wait(timeout=30) != 0
    # The checkpoint's place is told too.
    assert "KeyboardInterrupt" in error and "with a checkpoint in" in error, error
    assert (tmp_path / "model.training").is_dir() and not (tmp_path / "model").exists()


def test_an_evaluation(explainer: whysim.Explainer, tmp_path: Path) -> None:
    report = explainer.evaluate(PAIRS, sample=2, subsets=5, nodes=[1, 2], layers=[2])
    values = report.to_dict()
    assert values["setting"]["pairs"] == 4 and values["setting"]["sample"] == 2
    assert all(values[part] is not None for part in ("predictive", "accuracy", "faithfulness", "pointing", "sanity"))
    assert values["agreement"] is None and report["predictive"] == values["predictive"]
    assert "spearman" in repr(report).lower()
    for name, start in {"r.html": "<!doctype html>", "r.json": "{", "r.txt": explainer.model}.items():
        report.save(tmp_path / name)
        assert (tmp_path / name).read_text().lower().startswith(start.lower())
    # The weights were randomised in a model of its own.
    again = explainer.evaluate(PAIRS, sample=2, subsets=5, nodes=[1, 2], layers=[2])
    assert again.to_json() == report.to_json()


def test_an_evaluation_as_a_table(explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    report = explainer.evaluate(PAIRS, sample=2, subsets=5, nodes=[2], layers=[2])
    frame = report.to_dataframe()
    assert list(frame.columns) == ["part", "method", "layer", "rule", "nodes", "from", "measure", "value", "low", "high", "n"]

    def one(**where: object) -> Any:
        rows = frame
        for name, value in where.items():
            rows = rows[rows[name] == value]
        assert len(rows) == 1
        return rows.iloc[0]

    spearman = report["predictive"]["cos"]["spearman"]
    row = one(part="predictive", measure="cos.spearman")
    assert (row["value"], row["low"], row["high"], row["n"]) == tuple(spearman[name] for name in ("value", "low", "high", "n"))
    area = next(part for part in report["faithfulness"] if part["method"] == "removal")["second_order"]["raw_area"]
    assert one(part="faithfulness", method="removal", measure="second_order.raw_area")["value"] == area["value"]
    mean = report["accuracy"][1]["mean"]["value"]
    assert one(part="accuracy", layer=2, rule=report["accuracy"][1]["rule"], measure="mean")["value"] == mean
    assert one(part="sanity", measure="attribution", **{"from": 3})["value"] == pytest.approx(1.0)
    # Everything that is measured with an interval is there, once.
    assert len(frame[frame["low"].notna()]) == report.to_json().count('"low"') - report.to_json().count('"low": null')
    assert not frame.duplicated(["part", "method", "layer", "rule", "nodes", "from", "measure"]).any()
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(whysim.MissingError, match="to_dataframe needs pandas"):
        report.to_dataframe()


def test_agreement_with_another_model(explainer: whysim.Explainer, folder: str) -> None:
    report = explainer.evaluate(PAIRS, against=whysim.Explainer(folder), metrics=["agreement"], layers=[2])
    assert report["agreement"]["spearman"]["value"] == pytest.approx(1.0) and report["predictive"] is None


def test_bad_evaluations(explainer: whysim.Explainer, tmp_path: Path) -> None:
    with pytest.raises(whysim.InputError, match="pairs must be two pairs or more"):
        explainer.evaluate(PAIRS[:1])
    with pytest.raises(whysim.InputError, match='metric must be "predictive", .* or "alignment", not "speed"'):
        explainer.evaluate(PAIRS, metrics=["speed"])
    with pytest.raises(whysim.InputError, match="sample must be a whole number, 1 or more"):
        explainer.evaluate(PAIRS, sample=0)
    with pytest.raises(whysim.InputError, match="has no known extension"):
        explainer.evaluate(PAIRS, metrics=["predictive"]).save(tmp_path / "r.png")


def test_gold_alignments(explainer: whysim.Explainer, tmp_path: Path) -> None:
    file = tmp_path / "words.tsv"
    file.write_text("0\tThe cat sleeps\t\tA cat naps\t\t1\t1\t1-1 2-2\t0-0\n")
    report = explainer.evaluate([], gold=[file]).to_dict()
    (alignment,) = report["alignment"]
    assert alignment["gold"] == str(file) and alignment["pairs"] == 1 and report["accuracy"] is None
    assert {row["method"] for row in alignment["methods"]} == {"attribution", "removal", "token cosine", "overlap", "random"}
    file.write_text(file.read_text().replace("2-2", "2-9"))
    with pytest.raises(whysim.Error, match="names word 9 of the second text"):
        explainer.evaluate([], gold=[file])
