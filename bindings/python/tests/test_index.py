"""Indexes on disk."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import whysim

TEXTS = ["The cat sleeps.", "A dog runs.", "Red wine is on the table.", "It rained all night."]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [{"id": f"t{i}", "text": text, "by": {"name": "Ann"}} for i, text in enumerate(TEXTS)]
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_what_is_indexed_is_found(source: Path, tmp_path: Path, explainer: whysim.Explainer) -> None:
    built = whysim.index([source], tmp_path / "it", explainer)
    assert (built.texts, built.embedded, built.kept) == (4, 4, 0)
    index = whysim.Index(tmp_path / "it")
    assert (len(index), index.dim, index.similarity, index.precision) == (4, 32, "cos", "float32")
    assert [index[i].text for i in range(4)] == TEXTS
    assert index[-1].id == "t3" and index["t2"] == index[2] and index[np.int64(1)] == index[1]
    assert [one.id for one in index[1:3]] == ["t1", "t2"] and [one.id for one in index[::-2]] == ["t3", "t1"] and index[9:] == []
    assert index.explainer.fingerprint == explainer.fingerprint and whysim.Index(tmp_path / "it", explainer).explainer is explainer
    hits = index.search(TEXTS[2], top=2)
    assert (len(hits), hits[0].id, hits[0].line, hits[0].metadata) == (2, "t2", 3, {"by": {"name": "Ann"}})
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    marks = hits[0].highlight
    assert marks is not None and marks.spans == explainer.highlight(TEXTS[2], TEXTS[2]).spans
    assert (marks.text, marks.query) == (TEXTS[2], TEXTS[2]) and "<mark" in marks.to_html()
    bare = index.search(TEXTS[2], top=2, highlight=False)
    assert bare == [hit._replace(highlight=None) for hit in hits] and not bare[0].truncated
    expected = np.stack([d.embedding for d in explainer.decompose(TEXTS)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = index.embeddings()
    np.testing.assert_allclose(found / np.linalg.norm(found, axis=1, keepdims=True), expected, atol=1e-5)
    assert index.embeddings(1, 3).shape == (2, 32)
    assert "4 texts" in repr(index)


def test_other_readers_read_the_parts(source: Path, tmp_path: Path, explainer: whysim.Explainer) -> None:
    arrow = pytest.importorskip("pyarrow")
    for precision in ("float32", "float16"):
        folder = tmp_path / precision
        whysim.index(source, folder, explainer, precision=precision)
        part = json.loads((folder / "index.json").read_text())["parts"][0]["name"]
        vectors = arrow.ipc.open_file(folder / f"{part}.vectors.arrow").read_all()
        texts = arrow.ipc.open_file(folder / f"{part}.texts.arrow").read_all()
        assert texts["text"].to_pylist() == TEXTS
        number = {"float32": arrow.float32(), "float16": arrow.float16()}[precision]
        assert (vectors["embedding"].type.value_type, vectors["embedding"].type.list_size) == (number, 32)
        values = np.stack([np.asarray(row.values) for row in vectors["embedding"]])
        np.testing.assert_array_equal(values.astype(np.float32), whysim.Index(folder).embeddings())
        assert json.loads(vectors.schema.metadata[b"whysim"])["recipe"]["dim"] == 32


def test_a_changed_file_is_said_and_updated(source: Path, tmp_path: Path, folder: str) -> None:
    whysim.index(source, tmp_path / "it", folder)
    source.write_text(source.read_text() + '\n{"id": "new", "text": "A new text."}')
    with pytest.warns(UserWarning, match="changed since it was indexed"):
        whysim.Index(tmp_path / "it")
    built = whysim.index(source, tmp_path / "it", folder)
    assert (built.texts, built.kept, built.embedded) == (5, 4, 1)


def test_embeddings_that_are_not_the_models_are_said(source: Path, tmp_path: Path, folder: str) -> None:
    whysim.index(source, tmp_path / "it", folder)
    vectors = next((tmp_path / "it").glob("*.vectors.arrow"))
    stamp, content = vectors.stat(), bytearray(vectors.read_bytes())
    # Other numbers in a file whose size and time are as they were, as by a failing disk.
    numbers = whysim.Index(tmp_path / "it").embeddings()
    at = content.find(numbers.tobytes())
    content[at : at + numbers.nbytes] = numbers[::-1].tobytes()
    vectors.write_bytes(content)
    os.utime(vectors, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.warns(UserWarning, match="not the model's embeddings of these texts.*'t0'"):
        whysim.Index(tmp_path / "it").search(TEXTS[3])


def test_mistakes_are_said(source: Path, tmp_path: Path, folder: str) -> None:
    with pytest.raises(whysim.FileError, match="there is no such folder"):
        whysim.Index(tmp_path / "absent")
    with pytest.raises(whysim.InputError, match="has no `body`"):
        whysim.index(source, tmp_path / "it", folder, text="body")
    whysim.index(source, tmp_path / "it", folder)
    other = whysim.Explainer(str(Path(folder).parent / "mpnet"))
    with pytest.raises(whysim.FileError, match="it was made with the model"):
        whysim.Index(tmp_path / "it", model=other)
    with pytest.raises(whysim.FileError, match="it was made with the model"):
        whysim.Index(tmp_path / "it", model=str(Path(folder).parent / "mpnet")).search("cat")
    index = whysim.Index(tmp_path / "it")
    with pytest.raises(IndexError, match="there is no text 4: there are 4, counted from 0"):
        index[4]
    wrong: list[tuple[Any, str]] = [
        (lambda: index.search(["cat"]), "query must be a str, one at a time, not list"),  # type: ignore[arg-type]
        (lambda: index.search("cat", top="3"), 'top must be a whole number, 0 or more, not "3"'),  # type: ignore[arg-type]
        (lambda: index[1.5], "the place of a text must be a whole number, not 1.5"),  # type: ignore[call-overload]
        (lambda: index["t9"], "no text of the index has the id 't9'"),
        (lambda: index.embeddings("a"), 'start must be a whole number, not "a"'),  # type: ignore[arg-type]
        (lambda: whysim.Index(3), "folder must be a path"),  # type: ignore[arg-type]
        (lambda: whysim.index([3], tmp_path / "new"), "file number 1 must be a path"),  # type: ignore[list-item]
        (lambda: whysim.index(3, tmp_path / "new"), "files must be a path or a list"),  # type: ignore[arg-type]
    ]
    for call, text in wrong:
        with pytest.raises(whysim.InputError, match=text):
            call()
    with pytest.raises(whysim.InputError, match="top must be a whole number, 0 or more, not -1"):
        index.search("cat", top=-1)
    with pytest.raises(whysim.InputError, match="embed function"):
        whysim.index(source, tmp_path / "new", whysim.Explainer(embed=lambda texts: np.ones((len(texts), 2))))


def test_prompts_have_names(prompted: Path, tmp_path: Path) -> None:
    (tmp_path / "faq.txt").write_text("The cat sleeps.\nA dog runs.\n")
    explainer = whysim.Explainer(prompted)
    whysim.index(tmp_path / "faq.txt", tmp_path / "plain", explainer)
    whysim.index(tmp_path / "faq.txt", tmp_path / "asked", explainer.with_options(prompt_name="query"))
    plain, asked = whysim.Index(tmp_path / "plain", explainer), whysim.Index(tmp_path / "asked", explainer)
    assert (plain.prompt_name, asked.prompt_name) == (None, "query")
    np.testing.assert_allclose(asked.embeddings(), explainer.encode(["The cat sleeps.", "A dog runs."], prompt="find it: "), atol=1e-6)
    hits = plain.search("a cat", prompt="find it: "), plain.search("a cat", prompt_name="query"), plain.search("a cat")
    given, named, bare = ([(hit.id, hit.score) for hit in found] for found in hits)
    assert given == named != bare
    with pytest.raises(whysim.InputError, match="an index remembers its prompt by name"):
        whysim.index(tmp_path / "faq.txt", tmp_path / "new", explainer.with_options(prompt="find it: "))


class Loaded:
    """A model in memory, as far as whysim asks it for anything."""

    def __init__(self, folder: str, name: str = "") -> None:
        self.folder = folder
        self.model_card_data = SimpleNamespace(model_id=name, base_model=None)

    def save(self, folder: str) -> None:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def encode(self, texts: Any) -> Any:
        raise NotImplementedError


def test_a_model_in_memory_must_be_given_again(source: Path, tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whysim.index(source, tmp_path / "it", Loaded(folder))
    index = whysim.Index(tmp_path / "it")
    assert index[0].text and index.embeddings().shape[0] == len(index)
    with pytest.raises(whysim.FileError, match=r"was made with a loaded Loaded, which was in memory only: give it, or an explainer with it"):
        index.search("cat")
    given = whysim.Index(tmp_path / "it", whysim.Explainer(Loaded(folder))).search("cat")
    assert [hit.id for hit in given] == [hit.id for hit in whysim.Index(tmp_path / "it", folder).search("cat")]
    other = str(Path(folder).parent / "mpnet")
    with pytest.raises(whysim.FileError, match=r"made with the model `Loaded` \(a loaded one, in memory only\), and"):
        whysim.Index(tmp_path / "it", whysim.Explainer(other))
    # One that may be on the hub is looked for.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    whysim.index(source, tmp_path / "named", whysim.Explainer(Loaded(folder, "some/model")))
    with pytest.raises(whysim.FileError, match="cannot load some/model, which was in memory, with which .*named was made: give it, or an explainer"):
        whysim.Index(tmp_path / "named").search("cat")
