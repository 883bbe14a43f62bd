"""Every public call, with arguments of wrong types and values: an error of whysim's own that names the argument, never another one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

import whysim

TEXTS = ["The cat sleeps.", "A kitten naps."]
PAIRS = [("The cat sleeps.", "A kitten naps.", 0.9), ("A bird.", "The dog runs.", 0.1)]


class Odd:
    """What nothing takes."""

    def __repr__(self) -> str:
        return "Odd()"


# What no argument of the kind takes. Each call below gives one of these for one of its arguments, all others being right.
NO_TEXT: list[Any] = [3, b"bytes", ["a list"], {"a": 1}, Odd(), "half \ud800"]
NO_TEXTS: list[Any] = [3, b"bytes", {"a": "b"}, {"a", "b"}, [3], [None], [b"x"], ["half \ud800"], np.array([["a"]]), np.array("a"), Odd()]
NO_NAME: list[Any] = [3, "nothing of the kind", ["token"], Odd()]
NO_NUMBER: list[Any] = ["3", 2.5, 3.0, True, -(2**70), 2**70, [1], Odd()]
NO_REAL: list[Any] = ["3", True, [1.0], float("nan"), float("inf"), Odd()]
NO_PATH: list[Any] = [3, ["x"], Odd()]
NO_OBJECT: list[Any] = ["x", 3, None, [], Odd()]
NO_FLAG: list[Any] = ["yes", 1, None, Odd()]

Call = tuple[Callable[..., Any], dict[str, Any], dict[str, list[Any]]]


@pytest.fixture(scope="module")
def things(explainer: whysim.Explainer) -> dict[str, Any]:
    d = explainer.decompose(TEXTS)
    return {
        "x": explainer.explain(*TEXTS),
        "d": d,
        "m": explainer.margin(TEXTS[0], better=TEXTS[1], worse="The dog runs."),
        "f": explainer.features(*TEXTS),
        "h": explainer.highlight(*TEXTS),
        "many": explainer.explain_pairs(TEXTS, TEXTS),
        "report": explainer.evaluate(PAIRS * 2, metrics=["predictive"]),
    }


def calls(explainer: whysim.Explainer, folder: str, things: dict[str, Any], place: Path) -> Iterator[Call]:
    """Calls, what is right for their arguments, and what is wrong for each."""
    a, b = TEXTS
    two, text, texts = {"a": a, "b": b}, {"texts": a}, {"texts": TEXTS}
    prompts = {"prompt_a": NO_TEXT, "prompt_b": NO_TEXT, "prompt_name_a": NO_NAME, "prompt_name_b": NO_NAME}
    asked = {"prompt_query": NO_TEXT, "prompt_passage": NO_TEXT, "prompt_name_query": NO_NAME, "prompt_name_passage": NO_NAME}
    settings = {
        **{name: NO_NAME for name in ("by", "precision", "method", "similarity", "removal", "index", "prompt_name")},
        **{name: NO_NUMBER for name in ("layer", "n_steps", "max_steps", "seed")},
        **{"prompt": NO_TEXT, "reference": [3, Odd()], "tolerance": [*NO_REAL, 0, -1]},
    }
    yield whysim.Explainer, {"model": folder}, {
        **settings, "model": [3, ["x"], Odd()], "truncate_dim": [*NO_NUMBER, 0], "revision": [3, Odd()], "embed": ["x", 3], "name": [3],
        "batch_size": [*NO_NUMBER, 0], "budget": [*NO_NUMBER, 0],
    }
    yield explainer.with_options, {}, {**settings, "steps": [3]}
    yield explainer.explain, two, {"a": NO_TEXT, "b": NO_TEXT, **prompts}
    yield explainer.features, two, {"a": NO_TEXT, "b": [*NO_TEXT, ""], **prompts}
    yield explainer.similarity, two, {"a": [3, b"x", [3, 4], {"a": "b"}, Odd()], "b": [*NO_TEXTS, ""], **prompts}
    yield explainer.explain_pairs, {"a": TEXTS, "b": TEXTS}, {"a": [*NO_TEXTS, TEXTS[:1]], "b": NO_TEXTS, **prompts}
    yield explainer.explain_table, {"table": _table(a=TEXTS, b=TEXTS)}, {"table": NO_OBJECT, "a": [3, "c"], "b": [3, "c"], **prompts}
    yield explainer.decompose, text, {"texts": [*NO_TEXTS, _table(a=TEXTS), ""], "prompt": NO_TEXT, "prompt_name": NO_NAME}
    yield explainer.encode, texts, {"texts": [*NO_TEXTS, _table(a=TEXTS), ""], "prompt": NO_TEXT, "prompt_name": NO_NAME}
    passages = {"query": a, "passages": TEXTS}
    yield explainer.relevance, passages, {"query": [*NO_TEXT, ""], "passages": NO_TEXTS, **asked}
    marks = {"top": [*NO_NUMBER, -1], "least": [*NO_REAL, 2], "by": NO_NAME}
    yield explainer.highlight, passages, {"query": [*NO_TEXT, ""], "passages": NO_TEXTS, **marks, **asked}
    three = {"query": a, "better": b, "worse": b}
    yield explainer.margin, three, {**{name: [*NO_TEXT, ""] for name in three}, "prompt_text": NO_TEXT, "prompt_name_query": NO_NAME}
    yield explainer.test, {"tests": [(a, a, b)]}, {"tests": [3, [3], [("a", 3, "c")], [{"anchor": Odd()}], "nowhere.csv"], "top": [*NO_NUMBER, -1]}
    pairs: list[Any] = [3, b"x", {"a": "b"}, [3], [("a", "b")], [("a", 3, 0.5)], [("a", "b", "c")], [("half \ud800", "b", 0.5)], "nowhere.csv", Odd()]
    yield explainer.evaluate, {"pairs": PAIRS}, {
        "pairs": [*pairs, _table(a=TEXTS, b=TEXTS)], "against": ["x", 3, Odd()], "gold": ["x", 3, [3]], "metrics": ["predictive", ["speed"], 3, [3]],
        "sample": NO_NUMBER, "subsets": NO_NUMBER, "nodes": [3, ["x"], [0]], "layers": [3, ["x"], [99]], "removal": NO_NAME,
        "value": NO_NAME, "seed": NO_NUMBER,
    }
    x = things["x"]
    yield x.by, {"unit": "word"}, {"unit": NO_NAME}
    yield x.by("word").by, {"unit": "word"}, {"unit": ["token"]}
    yield x.top, {}, {"k": [*NO_NUMBER, -1], "view": NO_NAME, "special": NO_FLAG}
    yield x.align, {}, {"method": NO_NAME, "view": NO_NAME}
    yield x.to_html, {}, {"view": NO_NAME, "path": NO_PATH, "theme": NO_NAME, "form": NO_NAME}
    yield x.to_svg, {}, {"view": NO_NAME, "path": NO_PATH, "theme": NO_NAME, "title": [3, Odd()]}
    yield x.to_pdf, {}, {"view": NO_NAME, "theme": NO_NAME, "title": [3, Odd()]}
    yield x.to_png, {}, {"view": NO_NAME, "theme": NO_NAME, "title": [3, Odd()], "scale": [*NO_REAL, 0, -1]}
    yield x.to_text, {}, {"view": NO_NAME, "width": [*NO_NUMBER, 0], "top": [*NO_NUMBER, -1]}
    yield x.to_json, {}, {"path": NO_PATH}
    yield x.from_json, {"text": x.to_json()}, {"text": [3, "{}", "nothing", Odd()]}
    yield x.save, {"path": place / "x.svg"}, {"path": [*NO_PATH, "x", "x.docx"], "view": NO_NAME}
    x.save(place / "x.json")
    yield x.load, {"path": place / "x.json"}, {"path": [*NO_PATH, place / "x.svg", place / "nowhere.json"]}
    d, (one, other) = things["d"], things["d"]
    yield one.attribute, {"other": other}, {"other": NO_OBJECT, "similarity": [*NO_NAME, "manhattan"]}
    yield one.matrix, {"other": other}, {"other": NO_OBJECT, "similarity": NO_NAME}
    yield one.margin, {"better": one, "worse": other}, {"better": NO_OBJECT, "worse": NO_OBJECT, "similarity": NO_NAME}
    yield one.save, {"path": place / "d"}, {"path": NO_PATH}
    yield whysim.Decomposition.load, {"path": place / "d"}, {"path": [*NO_PATH, "nowhere"], "similarity": NO_NAME}
    yield whysim.Decomposition.from_bytes, {"data": one.to_bytes()}, {"data": [3, "x", b"x", Odd()], "similarity": NO_NAME}
    stored = {"path": place / "d.parquet", "decompositions": d}
    yield whysim.save_set, stored, {"path": [*NO_PATH, "x"], "decompositions": [3, "x", TEXTS, one], "precision": NO_NAME}
    yield whysim.load_set, {"path": place / "d.parquet"}, {"path": [*NO_PATH, "nowhere"], "similarity": NO_NAME}
    yield things["m"].by, {"unit": "word"}, {"unit": NO_NAME}
    m, called = things["m"], [3, "ab", ["a"], ["a", 3], ["a", "half \ud800"]]
    yield m.to_html, {}, {"path": NO_PATH, "names": called}
    yield m.to_text, {}, {"names": called, "top": [*NO_NUMBER, -1]}
    yield m.to_json, {}, {"path": NO_PATH}
    yield m.from_json, {"text": m.to_json()}, {"text": [3, "{}", "nothing", Odd()]}
    yield m.save, {"path": place / "m.json"}, {"path": [*NO_PATH, "x", "x.svg"]}
    yield m.save, {"path": place / "m.txt"}, {"names": called}
    yield m.load, {"path": place / "m.json"}, {"path": [*NO_PATH, place / "x.svg", place / "nowhere.json", place / "x.json"]}
    beside = {"gold": [3, "x", [1.0], [1.0, "x"], [1.0, float("inf")]], "names": [3, "x", ["a"], ["a", ["b"]], ["a", "half \ud800"]]}
    yield whysim.report, {"explanations": [x, x]}, {
        "explanations": [3, "x", x, ["x"], [m], Odd()], "path": NO_PATH, **beside, "title": [3, "half \ud800"], "view": NO_NAME,
    }
    yield whysim.words_of, {"explanations": [x, x]}, {"explanations": [3, "x", x, ["x"], [m], Odd()], "gold": beside["gold"], "least": [*NO_NUMBER, 0]}
    lines = place / "x.jsonl"
    yield whysim.save_explanations, {"path": lines, "explanations": [x, x]}, {"path": [*NO_PATH, place / "x.json"], "explanations": [3, x, ["x"]], **beside}
    yield whysim.load_explanations, {"path": lines}, {"path": [*NO_PATH, place / "x.json", place / "nowhere.jsonl"]}
    yield things["f"].block, {"i": 0, "j": 0}, {"i": [*NO_NUMBER, 99, -99], "j": [*NO_NUMBER, 99]}
    yield things["h"].marked, {}, {"open": [3, Odd()], "close": [3]}
    yield things["h"].save, {"path": place / "h.txt"}, {"path": [*NO_PATH, "x.docx"]}
    yield things["h"].to_html, {}, {"path": NO_PATH}
    yield whysim.highlights_html, {"highlights": [things["h"]]}, {"highlights": [3, "x", ["x"]], "path": NO_PATH}
    yield things["report"].__getitem__, {"part": "predictive"}, {"part": [3, "nothing"]}
    yield things["report"].save, {"path": place / "r.txt"}, {"path": [*NO_PATH, "x.docx"]}
    things["report"].save(place / "r.json")
    yield things["report"].load, {"path": place / "r.json"}, {"path": [*NO_PATH, place / "r.txt", place / "nowhere.json", place / "x.json"]}
    yield things["report"].from_json, {"text": things["report"].to_json()}, {"text": [3, "{}", "nothing", Odd()]}
    yield things["many"].__getitem__, {"place": 0}, {"place": ["x", 9, 1.0, None]}
    both = [explainer, explainer.with_options(layer=0)]
    yield whysim.compare, {"a": a, "b": b, "explainers": both}, {"a": NO_TEXT, "b": NO_TEXT, "explainers": [3, "x", both[:1], [1, 2]], "word_pairs": [*NO_NUMBER, -1]}
    yield whysim.compare_pairs, {"pairs": PAIRS, "explainers": both}, {
        "pairs": [*(one for one in pairs if one != [("a", "b")]), []], "explainers": [3, "x", [1, 2]], "top": [*NO_NUMBER, -1], "sample": [*NO_NUMBER, -1], "seed": NO_NUMBER,
    }
    yield whysim.duplicates, {"texts": TEXTS, "explainer": explainer}, {
        "texts": [*NO_TEXTS, "x", _table(a=TEXTS)], "explainer": ["x", 3, Odd()], "threshold": [*NO_REAL, 2], "against": [3, "x", [3]], "ids": [3, "x", ["x"]],
        "embeddings": [3, "x", [["x"], ["y"]], [[1.0]]], "similarity": NO_NAME, "explain": [*NO_NUMBER, -1], "neighbours": NO_NUMBER,
    }
    yield whysim.explain_hits, {"query": a, "hits": TEXTS, "explainer": explainer}, {"query": [*NO_TEXT, ""], "hits": [3, "x", [3], {"a": 1}], "scale": NO_NAME, **marks}
    yield whysim.set_num_threads, {"threads": whysim.get_num_threads()}, {"threads": [*NO_NUMBER, 0, 10**6]}
    (place / "faq.txt").write_text("The cat sleeps.\nA dog runs.\n")
    yield whysim.index, {"files": place / "faq.txt", "output": place / "it", "model": explainer}, {
        "files": [3, [3], "nowhere.txt", Odd()], "output": NO_PATH, "model": [3, Odd()], "text": [3], "id": [3], "precision": NO_NAME, "prompt_name": NO_NAME,
        "skip_empty": NO_FLAG,
    }
    index = whysim.Index(place / "it", explainer)
    yield whysim.Index, {"folder": place / "it"}, {"folder": [*NO_PATH, place / "nowhere"]}
    yield index.search, {"query": a}, {"query": [*NO_TEXT, ""], "top": [*NO_NUMBER, -1], "prompt": NO_TEXT, "prompt_name": NO_NAME, "highlight": NO_FLAG}
    yield index.__getitem__, {"place": 0}, {"place": ["x", 9, 1.0, None]}
    yield index.embeddings, {}, {"start": ["x", 1.0], "stop": ["x", 1.0]}
    yield whysim.train, {"base": folder, "data": PAIRS, "output": place / "trained", "epochs": 1}, {
        "base": [3, Odd(), place / "nowhere"], "data": [3, [3], [("a", "b")], "nowhere.csv"], "output": NO_PATH, "objective": NO_NAME, "similarity": NO_NAME, "shift": NO_FLAG,
        "epochs": [*NO_NUMBER, 0], "batch_size": [*NO_NUMBER, 0], "lr": [*NO_REAL, 0], "weight_decay": [*NO_REAL, -1], "warmup": [*NO_REAL, 2], "dropout": NO_NAME,
        "seed": NO_NUMBER, "eval_every": [*NO_NUMBER, 0], "partners": NO_NUMBER, "resume": NO_FLAG, "score_range": [3, "x", (1,), ("a", "b")], "columns": [3, "x", [3]],
    }


def _table(**columns: list[str]) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(columns)


def test_every_wrong_argument_is_an_error_of_ours(
    explainer: whysim.Explainer, folder: str, things: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrongly = []
    for call, right, wrong in calls(explainer, folder, things, tmp_path):
        call(**right)
        name = getattr(call, "__qualname__", repr(call))
        for argument, values in wrong.items():
            for value in values:
                try:
                    call(**{**right, argument: value})
                except whysim.Error as error:
                    if isinstance(value, Odd) and "0x" in str(error):
                        wrongly.append(f"{name}({argument}={value!r}) names an address: {error}")
                except BaseException as error:  # a panic is no Exception
                    wrongly.append(f"{name}({argument}={value!r}): {type(error).__name__}: {error}")
                else:
                    wrongly.append(f"{name}({argument}={value!r}) is taken")
    assert wrongly == []


def test_all_public_calls_are_swept(
    explainer: whysim.Explainer, folder: str, things: dict[str, Any], tmp_path: Path
) -> None:
    swept = set()
    for call, right, _ in calls(explainer, folder, things, tmp_path):
        call(**right)
        swept.add(getattr(call, "__qualname__", ""))
    # What takes nothing that could be wrong, or is swept under another name; plots have tests of their own.
    spared = {"Forms.plot", "Highlight.to_json", "EvaluationReport.to_json", "EvaluationReport.to_html", "Index.explainer"}
    missing = []
    kinds = (whysim.Explainer, whysim.Explanation, whysim.Decomposition, whysim.Margin, whysim.Features, whysim.Highlight, whysim.Index)
    for owner in {owner for kind in kinds for owner in kind.__mro__ if owner.__module__.startswith("whysim")}:
        for name, member in vars(owner).items():
            function = member.__func__ if isinstance(member, staticmethod) else member
            if name.startswith("_") or not inspect.isfunction(function):
                continue
            takes = [one for one in inspect.signature(function).parameters if one != "self"]
            if takes and function.__qualname__ not in swept | spared:
                missing.append(function.__qualname__)
    assert missing == []
