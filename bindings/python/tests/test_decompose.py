"""Texts on their own: batches, storage, threads, memory and Ctrl-C."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import whysim

TEXTS = ["The cat sleeps on the warm roof.", "A kitten naps.", "In the garden the old dog runs.", "The birds sing."]


def test_one_and_many(explainer: whysim.Explainer) -> None:
    many = explainer.decompose(TEXTS)
    assert [d.text for d in many] == TEXTS
    for text, d in zip(TEXTS, many):
        one = explainer.decompose(text)
        assert one == d or np.abs(one.contributions - d.contributions).max() < 1e-6
        assert len(d) == len(d.tokens) == len(d.rows) == d.contributions.shape[0]
        rest = d.contributions.sum(0, dtype=float) - (d.embedding.astype(float) - d.reference_embedding)
        assert np.linalg.norm(rest) == pytest.approx(d.residual, abs=1e-6) and d.gap <= 1e-3
    assert explainer.decompose([]) == [] and explainer.decompose(tuple(TEXTS))[1].text == TEXTS[1]


def test_pairs_from_stored_texts(explainer: whysim.Explainer, tmp_path: Path) -> None:
    a, b = explainer.decompose(TEXTS[:2])
    x = a.attribute(b)
    a.save(tmp_path / "a.safetensors")
    read = whysim.Decomposition.load(tmp_path / "a.safetensors")
    for again in (read, pickle.loads(pickle.dumps(a)), whysim.Decomposition.from_bytes(a.to_bytes())):
        assert again == a and again.attribute(b) == x
        assert (again.matrix(b) == x.matrix).all()
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_cosine_and_dot_product(mean_pooled: Any) -> None:
    a, b = whysim.Explainer(mean_pooled("bert")).decompose(TEXTS[:2])
    norm = np.linalg.norm(a.embedding.astype(float)) * np.linalg.norm(b.embedding.astype(float))
    assert np.allclose(a.matrix(b) * norm, a.matrix(b, similarity="dot"), rtol=1e-5)


def test_the_similarity_is_kept(explainer: whysim.Explainer) -> None:
    d = explainer.with_options(similarity="dot").decompose("The cat sleeps.")
    assert pickle.loads(pickle.dumps(d)).similarity == d.similarity == "dot"


def test_arrays_outlive_what_they_came_from(explainer: whysim.Explainer) -> None:
    contributions = explainer.decompose(TEXTS[0]).contributions
    kept = contributions.copy()
    for _ in range(200):
        explainer.decompose(TEXTS[1])
    assert (contributions == kept).all() and not contributions.flags.owndata


def test_embeddings(explainer: whysim.Explainer) -> None:
    many = explainer.encode(TEXTS)
    assert many.shape == (4, explainer.dim) and many.dtype == np.float32
    assert np.abs(explainer.encode(TEXTS[2]) - many[2]).max() < 1e-6
    assert explainer.encode([]).shape == (0, explainer.dim)
    cosine = many[0] @ many[1] / np.linalg.norm(many[0]) / np.linalg.norm(many[1])
    assert cosine == pytest.approx(explainer.similarity(TEXTS[0], TEXTS[1]), abs=1e-6)


def test_several_threads_at_once(explainer: whysim.Explainer) -> None:
    alone = [explainer.explain(TEXTS[0], text).matrix for text in TEXTS]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: explainer.explain(TEXTS[0], TEXTS[i % 4]).matrix, range(80)))
    for i, matrix in enumerate(together):
        assert np.abs(matrix - alone[i % 4]).max() < 1e-6


def test_the_number_of_threads(explainer: whysim.Explainer) -> None:
    before = whysim.get_num_threads()
    try:
        expected = explainer.explain(*TEXTS[:2]).matrix
        for threads in (1, 3):
            whysim.set_num_threads(threads)
            assert whysim.get_num_threads() == threads
            assert np.abs(explainer.explain(*TEXTS[:2]).matrix - expected).max() < 1e-6
        for wrong in (0, -1, 10**6):
            with pytest.raises(ValueError, match="threads must be"):
                whysim.set_num_threads(wrong)
    finally:
        whysim.set_num_threads(before)


def _score(path: str) -> float:
    return whysim.Explainer(path).explain(*TEXTS[:2]).score


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own(explainer: whysim.Explainer, folder: str) -> None:
    here = explainer.explain(*TEXTS[:2]).score
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_score, [folder] * 4).get(timeout=60) == [here] * 4


def resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells a process its memory this way")
def test_memory_does_not_grow(explainer: whysim.Explainer) -> None:
    def explain(times: int) -> None:
        for i in range(times):
            x = explainer.explain(TEXTS[i % 4], TEXTS[(i + 1) % 4])
            x.matrix, x.border, x.a, x._repr_html_(), repr(x), x.to_json()

    explain(300)
    before = resident()
    explain(1000)
    grown = resident() - before
    # One explanation left behind each time, with its page, would be 50 MB.
    assert grown < 8 << 20, f"{grown / 2**20:.1f} MiB"


LONG = """
import signal, sys, whysim
# A shell without job control starts background programs with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
explainer = whysim.Explainer(sys.argv[1], layer=0, n_steps=2000)
texts = ["The cat sleeps on the warm roof and the dog runs after a bird."] * 100000
print("ready", flush=True)
{work}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent in another way there")
@pytest.mark.parametrize("work", ["explainer.decompose(texts)", "explainer.encode(texts * 20)"])
def test_ctrl_c_ends_a_long_batch(folder: str, work: str) -> None:
    command = [sys.executable, "-c", LONG.format(work=work), folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(1.0)
        assert child.poll() is None, child.stderr.read()
        child.send_signal(signal.SIGINT)
        begun = time.monotonic()
        error = child.stderr.read()
        child.wait(timeout=30)
        assert time.monotonic() - begun < 10
        assert "KeyboardInterrupt" in error and child.returncode != 0, error


def test_progress(explainer: whysim.Explainer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    texts = TEXTS * 20
    explainer.decompose(texts)
    explainer.decompose(texts, progress=False)
    assert capfd.readouterr().err == "", "nobody asked, and nobody looks on"
    pytest.importorskip("tqdm")
    explainer.decompose(texts, progress=True)
    assert "decomposing" in capfd.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="progress=True needs tqdm"):
        explainer.decompose(texts, progress=True)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_sets_are_read_by_others(explainer: whysim.Explainer, tmp_path: Path, precision: Any) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "set.parquet"
    texts = ["The cat sleeps.", "A kitten naps on the roof."]
    made = explainer.decompose(texts)
    whysim.save_set(path, made, precision=precision)
    loaded = whysim.load_set(path)
    table = pq.read_table(path).to_pylist()
    for row, one, again in zip(table, made, loaded):
        stored = np.array(row["contributions"], dtype=np.float32).reshape(len(row["tokens"]), -1)
        assert np.array_equal(stored, again.contributions)
        assert np.abs(stored - one.contributions).max() == pytest.approx(row["rounding"], abs=1e-12)
        assert [token["text"] for token in row["tokens"]] == one.tokens and row["text"] == one.text
        assert again.residual == row["residual"] and (precision == "float16" or again == one)
    wrong: list[tuple[Any, str]] = [
        (made[0], "decompositions must be a list of Decomposition, not Decomposition"),
        (texts, "decomposition number 1 must be a Decomposition, not str; explainer.decompose"),
        (None, "decompositions must be a list of Decomposition, not NoneType"),
    ]
    for given, message in wrong:
        with pytest.raises(whysim.InputError, match=message):
            whysim.save_set(path, given)
    with pytest.raises(whysim.InputError, match="set.csv must end in .parquet"):
        whysim.save_set(tmp_path / "set.csv", made)
    with pytest.raises(whysim.FileError, match="cannot write"):
        whysim.save_set(tmp_path / "missing" / "set.parquet", made)
    with pytest.raises(whysim.InputError, match="precision must be"):
        whysim.save_set(path, made, precision="int8")  # type: ignore[arg-type]
