"""Bad input: one clear error each, of whysim's own kinds and of Python's."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES

import whysim


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"layer": 9}, "there is no layer 9: this model has layers 0"),
        ({"layer": -5}, "there is no layer -5"),
        ({"method": "simpson"}, 'method must be "gausslegendre", "riemann_right" or "removal", not "simpson"'),
        ({"n_steps": 0}, "n_steps must be a whole number, 1 or more, not 0"),
        ({"n_steps": 20.0}, "n_steps must be a whole number, 1 or more, not 20.0"),
        ({"max_steps": -1}, "max_steps must be a whole number, 1 or more, not -1"),
        ({"tolerance": "1e-3"}, 'tolerance must be a positive number, not "1e-3"'),
        ({"tolerance": 0}, "tolerance must be a positive number, not 0"),
        ({"budget": True}, "budget must be a whole number, 1 or more, not True"),
        ({"seed": -1}, "seed must be a whole number, 0 to 18446744073709551615, not -1"),
        ({"batch_size": 0}, "batch_size must be a whole number, 1 or more, not 0"),
        ({"layer": 1.0}, "layer must be a whole number, not 1.0"),
        ({"layer": 2**64}, "layer must be a whole number that 64 bits hold"),
        ({"precision": "float64"}, 'precision must be "float32" or "bfloat16", not "float64"'),
        ({"truncate_dim": "8"}, 'truncate_dim must be a whole number, 1 or more, not "8"'),
        ({"revision": 1}, "revision must be a str, not 1"),
        ({"reference": 0}, 'reference must be "pad", "mask", "zero" or a text, not 0'),
        ({"by": "line"}, 'by must be "token", "word" or "sentence", not "line"'),
        ({"similarity": "l2"}, 'similarity must be "cos" (or "cosine") or "dot", not "l2"'),
        ({"similarity": "euclidean"}, "a distance is no sum over pairs of tokens"),
        ({"prompt_name": "nobody"}, "prompt_name must be the name of a prompt of the model's, not \"nobody\": it has none; prompt takes a text"),
        ({"prompt": 3}, "prompt must be a str, not int"),
        ({"prompt": "x", "prompt_name": "y"}, "give prompt, a text, or prompt_name"),
    ],
)
def test_settings(folder: str, settings: dict[str, Any], text: str) -> None:
    for error in (whysim.InputError, whysim.Error, ValueError):
        with pytest.raises(error) as caught:
            whysim.Explainer(folder, **settings)
        assert text in str(caught.value)


def test_tolerance(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="tolerance must be a positive number"):
        explainer.with_options(tolerance=-1).explain("a cat", "a dog")
    with pytest.raises(TypeError, match="with_options has no 'steps'; it takes layer, method"):
        explainer.with_options(steps=3)


def test_texts(explainer: whysim.Explainer) -> None:
    with pytest.raises(whysim.InputError, match="text B is empty"):
        explainer.explain("a cat", "")
    with pytest.raises(whysim.InputError, match="text number 2 is empty"):
        explainer.decompose(["a cat", " "])
    with pytest.raises(whysim.InputError, match="text number 1 is empty"):
        explainer.encode([""])
    for wrong in (None, 3, b"bytes", ["a list"]):
        for error in (TypeError, whysim.InputError):
            with pytest.raises(error, match="b must be a str"):
                explainer.explain("a cat", wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="text number 2 must be a str, not NoneType"):
        explainer.decompose(["a cat", None])  # type: ignore[list-item]


def test_models(tmp_path: Path) -> None:
    for error in (whysim.FileError, whysim.Error, OSError):
        with pytest.raises(error, match="no such folder"):
            whysim.Explainer(tmp_path / "nothing")
    with pytest.raises(TypeError, match="model must be a folder, a model's name, or a SentenceTransformer, not int"):
        whysim.Explainer(3)
    broken = tmp_path / "broken"
    shutil.copytree(FIXTURES / "bert", broken)
    (broken / "config.json").write_text("{")
    with pytest.raises(whysim.InputError, match="config.json is not usable"):
        whysim.Explainer(broken)
    config = json.loads((FIXTURES / "bert/config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(whysim.InputError, match="unsupported model_type `gpt2`; supported: "):
        whysim.Explainer(broken)


def test_the_default_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHYSIM_MODEL", folder)
    assert whysim.Explainer().model == folder
    monkeypatch.delenv("WHYSIM_MODEL")
    inside = whysim.Explainer()
    assert (inside.model, inside.exact) == ("minilm-exact", True)
    x = inside.explain("a cat", "a dog")
    assert abs(x.sum - x.score) <= x.bound < 1e-2 < x.score


def test_pairs_of_different_recipes(explainer: whysim.Explainer) -> None:
    a, b = explainer.decompose("a cat"), explainer.with_options(layer=0).decompose("a dog")
    with pytest.raises(whysim.InputError, match="cannot be paired: their layers differ"):
        a.attribute(b)
    with pytest.raises(whysim.InputError, match='similarity must be "cos" .* or "dot", not "l2"'):
        a.matrix(a, similarity="l2")  # type: ignore[arg-type]


def test_files(explainer: whysim.Explainer, tmp_path: Path) -> None:
    x, d = explainer.explain("a cat", "a dog"), explainer.decompose("a cat")
    with pytest.raises(whysim.InputError, match="has no known extension: use .html, .svg, .png, .pdf, .json, .txt"):
        x.save(tmp_path / "x.docx")
    for write in (x.save, x.to_html):
        with pytest.raises(whysim.FileError, match="cannot write .*x.html"):
            write(tmp_path / "nowhere/x.html")
    with pytest.raises(whysim.FileError, match="cannot write"):
        d.save(tmp_path / "nowhere/d")
    with pytest.raises(whysim.FileError, match="cannot read"):
        whysim.Decomposition.load(tmp_path / "nothing")
    with pytest.raises(whysim.InputError, match="not a decomposition saved by whysim"):
        whysim.Decomposition.from_bytes(b"nothing of the kind")
    with pytest.raises(whysim.InputError, match="the JSON of an explanation is not usable"):
        whysim.Explanation.from_json("{}")
    with pytest.raises(whysim.InputError, match="theme must be"):
        x.to_svg(theme="pink")  # type: ignore[arg-type]
    with pytest.raises(whysim.InputError, match="scale must be"):
        x.to_png(scale=-1)
    with pytest.raises(whysim.InputError, match="by must be"):
        x.by("line")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_nearly_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong, right in (("minilm-exakt", "minilm-exact"), ("MiniLM-Exact", "minilm-exact"), ("mpnet-cos", "mpnet_cos"), ("drobertas_dot", "droberta_dot")):
        with pytest.raises(whysim.FileError, match=f'there is no model "{wrong}": did you mean "{right}"'):
            whysim.Explainer(wrong)
    # A folder is meant, and others may be on the hub.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "minilm-exakt").mkdir()
    for other in ("minilm-exakt", "owner/minilm-exakt", "all-MiniLM-L6-v3"):
        with pytest.raises(whysim.Error) as raised:
            whysim.Explainer(other)
        assert "did you mean" not in str(raised.value)


def test_nodes_are_chosen_in_one_way(explainer: whysim.Explainer) -> None:
    for given in ({"tolerance": 1e-3}, {"max_steps": 256}):
        (name,) = given
        with pytest.raises(whysim.InputError, match=f"n_steps fixes the number of nodes, and {name} is for as many as are needed"):
            explainer.with_options(n_steps=3, **given)
        with pytest.raises(whysim.InputError, match=f"{name} must be left out for contributions by removal"):
            explainer.with_options(method="removal", **given)
        # What is given last stands for the other.
        assert explainer.with_options(n_steps=3).with_options(**given).explain("a cat", "a dog").converged is not None
    assert explainer.with_options(tolerance=0.5).with_options(n_steps=3).explain("a cat", "a dog").n_steps == (3, 3)
    assert explainer.with_options(tolerance=1e-3, max_steps=256).explain("a cat", "a dog") == explainer.explain("a cat", "a dog")


def test_json_of_something_else_says_what_it_is(explainer: whysim.Explainer, tmp_path: Path) -> None:
    pairs = [("The cat sleeps.", "A kitten naps.", 0.9), ("The cat sleeps.", "The dog runs.", 0.3), ("A bird.", "A bird.", 1.0)]
    results: dict[str, Any] = {
        "explanation": explainer.explain("a cat", "a dog"),
        "margin": explainer.margin("a cat", "a dog", "a bird"),
        "evaluation": explainer.evaluate(pairs, metrics=["predictive"]),
        "highlight": explainer.highlight("a cat", "a dog"),
    }
    for name, result in results.items():
        result.save(tmp_path / f"{name}.json")
    readers = {"explanation": whysim.Explanation, "margin": whysim.Margin, "evaluation": whysim.EvaluationReport}
    for (wanted, reader), name in itertools.product(readers.items(), results):
        if name == wanted:
            assert reader.load(tmp_path / f"{name}.json") == results[name]
            continue
        who = f"whysim.{readers[name].__name__} reads it" if name in readers else "it is not read again"
        with pytest.raises(whysim.InputError, match=f"this is the JSON of an? {name}, not of an? {wanted}: {who}"):
            reader.load(tmp_path / f"{name}.json")
    whysim.save_explanations(tmp_path / "many.jsonl", [results["explanation"]])
    with pytest.raises(whysim.InputError, match="holds many explanations, one on each line: whysim.load_explanations reads them"):
        whysim.Explanation.load(tmp_path / "many.jsonl")


def test_rows_without_a_score_are_told_what_is_right(explainer: whysim.Explainer, folder: str, tmp_path: Path) -> None:
    rows: Any = [("The cat sleeps.", "A kitten naps.")]
    with pytest.raises(whysim.InputError, match=r"^pairs row 1 must be \(text, text, score\), not"):
        explainer.evaluate(rows)
    with pytest.raises(whysim.InputError, match=r'^train row 1 must be \(text, text, score\) for objective="gold", not'):
        whysim.train(folder, rows, tmp_path / "trained")
