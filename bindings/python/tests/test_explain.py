"""Pairs: golden values, the ledger, and every form of the result."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FAMILIES, FIXTURES, safetensors

import whysim

A, B = "The cat sleeps on the warm roof.", "A kitten naps at Zoé's café!"


def close(got: Any, expected: Any) -> bool:
    scale = max(1.0, float(np.abs(expected).max()))
    return got.shape == expected.shape and float(np.abs(got - expected).max()) <= 2e-5 * scale


@pytest.mark.parametrize("family", FAMILIES)
def test_matrices_are_those_of_pytorch(family: str, mean_pooled: Any) -> None:
    golden = safetensors(FIXTURES / family / "golden.safetensors")
    texts = json.loads((FIXTURES / family / "golden.json").read_text())["texts"]
    plain, exact = (whysim.Explainer(mean_pooled(family, exact), n_steps=12) for exact in (False, True))
    for layer in range(4):
        for similarity in ("cos", "dot"):
            at = f"mean.{similarity}.{layer}"
            x = plain.with_options(layer=layer, similarity=similarity).explain(texts["a"], texts["b"])
            assert close(x.matrix, golden[f"matrix.{at}"]), at
            assert close(x.border.a, golden[f"border_a.{at}"]) and close(x.border.b, golden[f"border_b.{at}"]), at
            y = exact.with_options(layer=layer, similarity=similarity).explain(texts["a"], texts["b"])
            assert close(y.matrix, golden[f"exact_matrix.{at}"]), at
            assert y.exact and not x.exact


@pytest.mark.parametrize("family", FAMILIES)
def test_contributions_are_those_of_pytorch(family: str, mean_pooled: Any) -> None:
    golden = safetensors(FIXTURES / family / "golden.safetensors")
    texts = json.loads((FIXTURES / family / "golden.json").read_text())["texts"]
    explainer = whysim.Explainer(mean_pooled(family), n_steps=12, layer=1)
    for name, d in zip("abc", explainer.decompose([texts[t] for t in "abc"])):
        assert close(d.contributions, golden[f"contributions.mean.{name}.1"])
        assert close(d.embedding, golden[f"embedding.mean.{name}"].ravel())
    riemann = explainer.with_options(method="riemann_right", n_steps=10)
    assert close(riemann.decompose(texts["a"]).contributions, golden["riemann.mean.a.1"])


def test_products_in_bfloat16_are_near_and_said(explainer: whysim.Explainer) -> None:
    whole, rounded = (explainer.with_options(layer=0, precision=p) for p in ("float32", "bfloat16"))
    x, y = whole.explain(A, B), rounded.explain(A, B)
    assert (x.precision, y.precision) == ("float32", "bfloat16")
    assert 0 < np.abs(x.matrix - y.matrix).max() < 1e-2 * np.abs(x.matrix).max()
    assert abs(y.error) <= y.bound and rounded.decompose(A).precision == "bfloat16"
    with pytest.raises(whysim.InputError, match="cannot be paired: their precisions differ"):
        whole.decompose(A).attribute(rounded.decompose(B))
    with pytest.raises(whysim.InputError, match='precision must be "float32" or "bfloat16", not "half"'):
        explainer.with_options(precision="half")


def test_the_ledger_closes(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    total = x.matrix.sum(dtype=float) + x.border.a.sum(dtype=float) + x.border.b.sum(dtype=float) + x.border.corner
    assert abs(total - x.score - x.error) < 1e-12 and abs(x.error) <= x.bound
    assert x.terms.ab == x.score and x.terms.ref_ref == x.border.corner
    assert x.matrix.dtype == np.float32 and x.matrix.shape == (len(x.tokens_a), len(x.tokens_b))
    assert abs(x.score - explainer.similarity(A, B)) < 1e-6
    assert (x.a.text, x.b.text, x.layer, x.layers, x.unit, x.method) == (A, B, 2, 3, "token", "gausslegendre")
    assert x.reference == "pad" and all(0 < n <= 256 for n in x.n_steps) and all(gap <= 1e-3 for gap in x.gaps)
    first = x.a.tokens[1]
    assert A[first.start : first.end] == first.text and x.a.tokens[0].origin == "special"


def test_arrays_are_read_only(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    for array in (x.matrix, x.border.a, x.border.b, explainer.decompose(A).contributions):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert x.matrix is x.matrix


def test_coarser_rows(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    words = x.by("word")
    assert len(words.tokens_b) < len(x.tokens_b) and words.unit == "word" and "café" in words.tokens_b
    assert abs(words.matrix.sum(dtype=float) - x.sum) < 1e-5
    straight = explainer.with_options(by="word").explain(A, B)
    assert straight.tokens_b == words.tokens_b and close(straight.matrix, words.matrix)


def test_the_strongest(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    strongest = x.top(3, special=True)
    assert strongest[0].value == x.matrix.flat[np.abs(x.matrix).argmax()]
    assert strongest[0].token_a == x.tokens_a[strongest[0].a]
    assert x.top(0) == [] and len(x.top(10**6, special=True)) == x.matrix.size
    assert not {"[CLS]", "[SEP]"} & {token for pair in x.top(10**6) for token in (pair.token_a, pair.token_b)}


def test_main_effects_and_interaction(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    mean, a, b = x.effects
    assert close(mean + a[:, None] + b + x.interaction, x.matrix) and x.effects is x.effects
    own = np.ix_(*([token.origin == "text" for token in side.tokens] for side in (x.a, x.b)))
    assert mean == pytest.approx(x.matrix[own].mean(dtype=float))
    assert np.abs(x.interaction[own].sum(0)).max() < 1e-5 and np.abs(x.interaction[own].sum(1)).max() < 1e-5
    assert x.to_dict()["effects"]["a"] == pytest.approx(a.tolist())
    for array in (x.interaction, a, b):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    strongest = x.top(1, view="interaction")[0]
    assert abs(strongest.value) == np.abs(x.interaction[own]).max() == abs(x.interaction[strongest.a, strongest.b])
    assert len(x.top(10**6, view="interaction")) == x.interaction[own].size < x.matrix.size
    words = x.by("word")
    assert close(words.effects.mean + words.effects.a[:, None] + words.effects.b + words.interaction, words.matrix)


def test_views(explainer: whysim.Explainer, tmp_path: Path, mean_pooled: Any) -> None:
    x = explainer.explain(A, B)
    exact = whysim.Explainer(mean_pooled("bert", exact=True)).explain(A, B)
    assert (x.default_view, exact.default_view) == ("interaction", "attribution")
    for form in ("to_html", "to_svg", "to_png", "to_text"):
        attribution, interaction = (getattr(x, form)(view=view) for view in ("attribution", "interaction"))
        assert attribution != interaction == getattr(x, form)(), form
        with pytest.raises(whysim.InputError, match='view must be "attribution" or "interaction", not "both"'):
            getattr(x, form)(view="both")
    assert "main: main effects" in repr(x) and "main: main effects" not in repr(exact)
    assert 'data-view="interaction"' in x._repr_html_()
    x.save(tmp_path / "x.svg", view="attribution")
    assert (tmp_path / "x.svg").read_text() == x.to_svg(view="attribution")
    with pytest.raises(whysim.InputError, match="JSON both has"):
        x.save(tmp_path / "x.json", view="attribution")
    assert not (tmp_path / "x.json").exists()


def test_aligned_rows(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    pairs = x.align()
    assert pairs and all(x.a.tokens[pair.a].origin == x.b.tokens[pair.b].origin == "text" for pair in pairs)
    assert all(pair.token_a == x.tokens_a[pair.a] and pair.weight == 1 for pair in pairs)
    best = x.align(view="attribution")[0]
    own = [j for j, token in enumerate(x.b.tokens) if token.origin == "text"]
    assert best.value == x.matrix[best.a, own].max() == x.matrix[best.a, best.b]
    assert all(0.5 <= pair.weight <= 1.001 for pair in x.align("transport"))
    with pytest.raises(whysim.Error, match="mutual"):
        x.align("best")  # type: ignore[arg-type]


def test_every_form(explainer: whysim.Explainer, tmp_path: Path) -> None:
    x = explainer.explain(A, B)
    assert whysim.Explanation.from_json(x.to_json()) == x == pickle.loads(pickle.dumps(x))
    assert x.to_dict()["matrix"][1][1] == pytest.approx(float(x.matrix[1, 1]))
    for name, start in {"x.html": b"<!doctype html>", "x.svg": b"<svg", "x.png": b"\x89PNG", "x.pdf": b"%PDF", "x.json": b"{", "x.txt": b"cos"}.items():
        x.save(tmp_path / name)
        assert (tmp_path / name).read_bytes()[: len(start)].lower() == start.lower(), name
    assert x.to_html(tmp_path / "y.html") == (tmp_path / "y.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.html", "x.json", "x.pdf", "x.png", "x.svg", "x.txt", "y.html"]
    fragment = x._repr_html_()
    assert fragment.startswith('<div class="whysim"') and "<html" not in fragment


def test_pages_have_themes_and_forms(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    page, fragment, texts = x.to_html(), x.to_html(form="fragment"), x.to_html(form="texts")
    assert fragment == x._repr_html_() and fragment in page
    assert "data-theme" not in fragment.split(">")[0] and 'data-theme="dark"' in x.to_html(theme="dark").split("<style")[1]
    assert "<script" not in texts and "<button" not in texts and texts.count("dir=") == 2
    # Colours that are seen through, on a ground of their own only if one is asked for.
    assert "light-dark(" not in texts and x.to_html(form="texts", theme="dark") != texts
    with pytest.raises(whysim.InputError, match='theme must be "light" or "dark", not "grey"'):
        x.to_html(theme="grey")  # type: ignore[arg-type]
    with pytest.raises(whysim.InputError, match='form must be "page", "fragment" or "texts", not "book"'):
        x.to_html(form="book")  # type: ignore[arg-type]


def test_text_is_plain_where_nobody_looks_on(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    assert "\x1b" not in repr(x) and str(x) == repr(x)
    assert max(map(len, x.to_text(width=60).splitlines())) <= 60


def test_colours_on_a_terminal(explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    x = explainer.explain(A, B)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "70")
    assert "\x1b[" in repr(x)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in repr(x) and max(map(len, repr(x).splitlines())) <= 70


def test_every_form_is_also_written_to_a_path(explainer: whysim.Explainer, tmp_path: Path) -> None:
    x = explainer.explain(A, B)
    texts: dict[str, Any] = {"x.html": x.to_html, "x.svg": x.to_svg, "x.json": x.to_json, "x.txt": x.to_text}
    for name, text in texts.items():
        assert text(tmp_path / name) == (tmp_path / name).read_text("utf-8") == text()
    pictures: dict[str, Any] = {"x.png": x.to_png, "x.pdf": x.to_pdf}
    for name, data in pictures.items():
        assert data(tmp_path / name) == (tmp_path / name).read_bytes() == data()
    with pytest.raises(whysim.FileError, match="cannot write .*x.png"):
        x.to_png(tmp_path / "none" / "x.png")
    for form in [*texts.values(), *pictures.values()]:
        with pytest.raises(TypeError, match="path must be a path"):
            form(3)


def test_letters_that_no_font_has_are_named(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    for draw in (x.to_png, x.to_pdf):
        draw()
        with pytest.warns(UserWarning, match="no font on this machine has \U000f0000, so the picture shows boxes"):
            draw(title="cat \U000f0000")


def test_frames_and_plots(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    pytest.importorskip("pandas")
    frame = x.to_dataframe()
    assert list(frame.columns) == ["a", "b", "token_a", "token_b", "attribution", "interaction"] and len(frame) == x.matrix.size
    assert (frame.pivot(index="a", columns="b", values="attribution").to_numpy() == x.matrix).all()
    assert (frame.pivot(index="a", columns="b", values="interaction").to_numpy() == x.interaction).all()
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = x.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == x.tokens_a
    assert x.plot(ax) is ax
    assert np.array_equal(np.asarray(x.plot(view="attribution").images[0].get_array()), x.matrix)
    assert np.array_equal(np.asarray(x.plot(view="interaction").images[0].get_array()), x.interaction)
    with pytest.raises(whysim.InputError, match='view must be "attribution" or "interaction"'):
        x.plot(view="both")  # type: ignore[arg-type]


@pytest.mark.parametrize(("package", "call"), [("pandas", "to_dataframe"), ("matplotlib.pyplot", "plot")])
def test_what_is_not_installed_is_named(
    explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch, package: str, call: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"{call} needs {package.split('.')[0]}, which is not installed: pip install"):
        getattr(explainer.explain(A, B), call)()


def test_explainers_can_be_sent_away(explainer: whysim.Explainer) -> None:
    asked = explainer.with_options(layer=0, n_steps=5, similarity="dot")
    again = pickle.loads(pickle.dumps(asked))
    assert again.layer == 0 and again.explain(A, B) == asked.explain(A, B)


def test_empty_texts_are_named_or_skipped(explainer: whysim.Explainer) -> None:
    texts = ["The cat sleeps.", "  ", "A kitten naps."]
    with pytest.raises(whysim.InputError, match="text number 2 is empty"):
        explainer.encode(texts)
    rows = explainer.encode(texts, skip_bad=True)
    assert rows.shape == (3, explainer.dim) and np.isnan(rows[1]).all()
    np.testing.assert_array_equal(rows[[0, 2]], explainer.encode([texts[0], texts[2]]))


def test_first_dimensions(folder: str) -> None:
    whole, cut = whysim.Explainer(folder), whysim.Explainer(folder, truncate_dim=5)
    assert (whole.dim, cut.dim) == (32, 5) and cut.fingerprint != whole.fingerprint
    text = "The cat sleeps."
    np.testing.assert_allclose(cut.encode(text), whole.encode(text)[:5], atol=1e-6)
    assert cut.decompose(text).contributions.shape == (6, 5)
    x = cut.explain(text, "A kitten naps.")
    assert abs(x.error) <= x.bound and x.score == pytest.approx(cut.similarity(text, "A kitten naps."), abs=1e-6)
    assert pickle.loads(pickle.dumps(cut)).dim == cut.with_options(layer=0).dim == 5
    for wrong in (0, 33):
        with pytest.raises(whysim.InputError, match="truncate_dim must be (1 to 32|a whole number, 1 or more)"):
            whysim.Explainer(folder, truncate_dim=wrong)


def test_prompts_and_references(explainer: whysim.Explainer) -> None:
    zero = explainer.with_options(reference="zero").explain(A, B)
    own = explainer.with_options(reference="the dog").explain(A, B)
    assert zero.reference == "zero" and own.reference == "the dog"
    assert not close(zero.matrix, own.matrix)


def test_features(explainer: whysim.Explainer) -> None:
    f = explainer.features(A, B)
    assert f.block(1, 2).shape == (f.hidden, f.hidden) and abs(f.block(1, 2).sum() - f.matrix[1, 2]) < 1e-5
    assert close(f.marginal_a().sum(1), f.matrix.sum(1)) and close(f.marginal_b().sum(1), f.matrix.sum(0))
    assert close(f.factors_a.sum(1), f.a.contributions)
    assert (f.block(-1, -1) == f.block(len(f.a) - 1, len(f.b) - 1)).all()
    with pytest.raises(IndexError):
        f.block(len(f.a), 0)
