"""Contrast tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import whysim

TESTS = [
    {"anchor": "a red dog", "closer": "a red dog", "farther": "the wine", "category": "same"},
    {"anchor": "a cat", "closer": "the cat runs", "farther": "a cat", "category": "other way round", "note": "cannot pass"},
]


def test_tests_are_judged_and_failures_taken_apart(explainer: whysim.Explainer) -> None:
    report = explainer.test(TESTS)
    assert (report.passed, report.failed) == (1, 1)
    assert report.by_category == {"same": (1, 1), "other way round": (0, 1)}
    assert np.allclose(report.tests[1]["scores"], [explainer.similarity("a cat", "the cat runs"), 1.0], atol=1e-5)
    (failure,) = report.failures
    total = sum(word["difference"] for word in failure["words"]) + failure["rest"]
    assert failure["number"] == 2 and abs(total - report.tests[1]["difference"]) < 1e-5
    assert report.to_dict()["failures"] == report.failures and "1 of 2 tests pass" in repr(report)
    assert explainer.test(TESTS, top=0).failures == []


def test_files_lists_and_the_built_in_tests(explainer: whysim.Explainer, tmp_path: Path) -> None:
    file = tmp_path / "tests.jsonl"
    file.write_text("\n".join(json.dumps(test) for test in TESTS))
    assert explainer.test(file).to_dict() == explainer.test(TESTS).to_dict()
    texts = [(test["anchor"], test["closer"], test["farther"]) for test in TESTS]
    assert explainer.test(texts).by_category == {"other": (1, 2)}
    built_in = explainer.test(top=1)
    assert built_in.passed + built_in.failed == 60 and len(built_in.by_category) == 8


def test_functions_are_tested_too(explainer: whysim.Explainer) -> None:
    function = whysim.Explainer(embed=explainer.encode, name="a service")
    report = function.test(TESTS)
    assert (report.passed, report.failed, report.to_dict()["model"]) == (1, 1, "a service")
    assert report.failures[0]["margin"]["better"]["method"] == "removal"


def test_what_is_wrong_is_named(explainer: whysim.Explainer, tmp_path: Path) -> None:
    with pytest.raises(whysim.Error, match="line 2: it has no `closer`"):
        explainer.test([TESTS[0], {"anchor": "a"}])
    with pytest.raises(whysim.InputError, match="test 1 must be"):
        explainer.test([("a", "b")])  # type: ignore[list-item]
    with pytest.raises(whysim.FileError):
        explainer.test(tmp_path / "absent.jsonl")
