"""What matplotlib draws, measured in the figure that it lays out."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import whysim
from whysim import _fonts

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

A = "The cat sleeps in the café."
B = "A kitten naps."


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    from matplotlib import pyplot

    with warnings.catch_warnings():
        # A letter without a glyph, a layout that does not fit.
        warnings.simplefilter("error")
        yield
    pyplot.close("all")


def beside_a_passage(x: whysim.Explanation, tokens: int = 200) -> whysim.Explanation:
    """An explanation with this many columns, which the tiny model does not read: with the numbers of no model."""
    form = x.to_dict()
    first, *own, last = form["b"]["tokens"]
    form["b"]["tokens"] = [first, *(own[i % len(own)] for i in range(tokens - 2)), last]
    values = np.random.default_rng(3).normal(0, 0.01, (len(x.tokens_a), tokens))
    form["matrix"], form["border"]["b"] = values.tolist(), [0.0] * tokens
    return whysim.Explanation.from_json(json.dumps(form))


def boxes(ax: Any) -> dict[str, list[Any]]:
    """Where the names of rows and of columns are, once the figure is laid out."""
    ax.figure.canvas.draw()
    labels = {"rows": ax.get_yticklabels(), "columns": ax.get_xticklabels()}
    return {side: [label.get_window_extent() for label in of if label.get_text()] for side, of in labels.items()}


def check(ax: Any) -> dict[str, list[Any]]:
    """That names and scale are on the figure, and that no two overlap."""
    found = boxes(ax)
    whole = ax.figure.bbox
    for box in itertools.chain(*found.values()):
        assert whole.x0 - 1 <= box.x0 and box.x1 <= whole.x1 + 1 and whole.y0 - 1 <= box.y0 and box.y1 <= whole.y1 + 1
    sizes = [label.get_fontsize() for label in [*ax.get_yticklabels(), *ax.get_xticklabels()]]
    assert min(sizes) >= 6.5
    pixels = sizes[0] * ax.figure.dpi / 72
    for above, below in zip(found["rows"], found["rows"][1:]):
        assert (above.y0 + above.y1 - below.y0 - below.y1) / 2 > 1.05 * pixels
    return found


def test_every_name_of_a_query_and_a_passage_can_be_read(explainer: whysim.Explainer) -> None:
    x = beside_a_passage(explainer.explain(A, B))
    ax = x.plot()
    found = check(ax)
    assert [len(found["rows"]), len(found["columns"])] == list(x.matrix.T.shape)
    assert np.array_equal(np.asarray(ax.images[0].get_array()), x.interaction.T)
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("text B", "text A")
    assert max(ax.figure.figure.get_size_inches()) < 28


def test_the_strongest_keep_their_names_in_a_small_figure(explainer: whysim.Explainer) -> None:
    x = beside_a_passage(explainer.explain(A, B))
    ax = x.plot(figsize=(6, 5))
    found = check(ax)
    assert 10 < len(found["rows"]) < 80
    own = [token.origin == "text" for token in x.b.tokens]
    strongest = int((abs(x.interaction[[token.origin == "text" for token in x.a.tokens]]).max(0) * own).argmax())
    assert strongest in ax.get_yticks()
    with pytest.raises(whysim.InputError, match="figsize is for a figure of its own"):
        x.plot(ax, figsize=(6, 5))


def test_the_scale_takes_no_space_and_lies_on_nothing(explainer: whysim.Explainer) -> None:
    from matplotlib import pyplot

    x = explainer.explain(A, B)
    figure, grid = pyplot.subplots(2, 2, figsize=(10, 8))
    for ax in grid.flat:
        assert x.plot(ax) is ax
    x.plot(grid[0, 0])
    figure.canvas.draw()
    renderer: Any = figure.canvas.get_renderer()
    bars = [child for ax in grid.flat for child in ax.child_axes]
    assert len(bars) == 4, "a second plot in the same axes replaces the first one's scale"
    assert len({tuple(np.round(ax.get_window_extent().size)) for ax in grid.flat}) == 1
    for ax, other in itertools.permutations(grid.flat, 2):
        # With its names and scale.
        assert not ax.get_tightbbox(renderer).overlaps(other.get_window_extent())
    for ax in grid.flat:
        assert not ax.child_axes[0].get_window_extent().overlaps(ax.get_window_extent())


def test_several_share_a_scale(explainer: whysim.Explainer) -> None:
    pair = [explainer.explain(A, B), explainer.explain(B, B), explainer.explain(B, A), explainer.explain(A, A)]
    axes = whysim.plot(pair, view="attribution")
    assert [ax.get_title()[:6] for ax in axes] == ["cosine"] * 4
    limit = max(abs(x.matrix).max() for x in pair)
    assert {ax.images[0].get_clim() for ax in axes} == {(-limit, limit)}
    for ax in axes:
        check(ax)
    (ax,) = whysim.plot(pair[:1], vmax=0.5, cmap="viridis")
    assert ax.images[0].get_clim() == (-0.5, 0.5) and ax.images[0].get_cmap().name == "viridis"
    with pytest.raises(whysim.InputError, match="one explanation at least"):
        whysim.plot([])
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(whysim.InputError, match="vmax, the end of the scale, must be a number above 0"):
            pair[0].plot(vmax=wrong)


def test_what_is_drawn_may_have_gaps_or_be_one(explainer: whysim.Explainer) -> None:
    many = explainer.explain_pairs(A, [B, None, A], skip_bad=True)
    assert len(whysim.plot(many)) == 2
    (ax,) = whysim.plot(explainer.explain(A, B))
    assert ax.get_title().startswith("cosine")


def test_wrong_arguments_are_errors_of_ours(explainer: whysim.Explainer) -> None:
    from matplotlib import pyplot

    x = explainer.explain(A, B)
    _, grid = pyplot.subplots(1, 2)
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"ax": grid}, TypeError, "ax must be Axes of matplotlib, not ndarray, one of them: give axes"),
        ({"ax": "x"}, TypeError, 'ax must be Axes of matplotlib, not "x"'),
        ({"vmax": "a"}, TypeError, 'must be a number above 0, not "a"'),
        ({"figsize": 3}, TypeError, "figsize must be a list of two numbers"),
        ({"figsize": (3,)}, ValueError, "figsize must be two numbers, inches across and down, not 1"),
        ({"figsize": (3, 0)}, ValueError, "a side of figsize must be a positive number, not 0"),
        ({"cmap": "pinkish"}, ValueError, 'cmap must be a colour map of matplotlib or the name of one, not "pinkish"'),
        ({"cmap": 3}, TypeError, "cmap must be a colour map"),
        ({"view": "x"}, ValueError, "view must be"),
    ]
    for arguments, kind, text in wrong:
        with pytest.raises(kind, match=text) as raised:
            x.plot(**arguments)
        assert isinstance(raised.value, whysim.Error)
        if "ax" not in arguments:
            with pytest.raises(kind, match=text):
                whysim.plot([x], **arguments)
    for nothing, text in (([None], "one explanation at least"), ("x", 'explanations must be a list of Explanation, not "x"'), ([3], "number 1 must be an Explanation")):
        with pytest.raises(whysim.InputError, match=text):
            whysim.plot(nothing)  # type: ignore[arg-type]


def test_a_scale_that_entries_go_beyond_says_so(explainer: whysim.Explainer) -> None:
    x = explainer.explain(A, B)
    largest = float(abs(x.matrix).max())
    ends = [x.plot(view="attribution", vmax=vmax).images[0].colorbar.extend for vmax in (9, largest / 99)]  # type: ignore[union-attr]
    assert ends == ["neither", "both" if (x.matrix < -largest / 99).any() else "max"]


def test_colours_are_those_of_all_pictures(explainer: whysim.Explainer) -> None:
    from matplotlib import pyplot
    from matplotlib.colors import to_hex

    x = explainer.explain(A, B)
    with pyplot.style.context("default"):
        colors = x.plot(view="attribution").images[0].get_cmap()
    i, j = np.unravel_index(abs(x.matrix).argmax(), x.matrix.shape)
    end = to_hex(colors(1.0 if x.matrix[i, j] > 0 else 0.0))
    assert end in x.to_svg(view="attribution") and end in ("#8b3a06", "#0d4285")
    with pyplot.style.context("dark_background"):
        assert to_hex(x.plot().images[0].get_cmap()(0.5)) == "#1e2229"


def test_letters_come_from_fonts_that_have_them(explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    # In another font that matplotlib brings along. Drawing warns where a letter is missing, which is an error here.
    x = explainer.explain("The $5$ cat \u214a sleeps.", B).by("word")
    ax = x.plot()
    check(ax)
    labels = ax.get_yticklabels()
    assert "\u214a" in [label.get_text() for label in labels] and len(labels[0].get_fontfamily()) > 1
    has = _fonts._has
    monkeypatch.setattr(_fonts, "_has", lambda file, letter: letter not in "éf" and has(file, letter))
    with pytest.warns(UserWarning, match="no font on this machine has f, é, so the plot") as told:
        ax = explainer.explain(A, B).by("word").plot()
    assert len(told) == 1 and "ca□□" in [label.get_text() for label in ax.get_yticklabels()]


def test_short_panels_are_not_stretched_beside_a_long_one(explainer: whysim.Explainer) -> None:
    short = explainer.explain(A, B)
    axes = whysim.plot([short, beside_a_passage(short, 60), short])
    axes[0].figure.canvas.draw()

    def cell(ax: Any) -> tuple[float, float]:
        rows, columns = np.asarray(ax.images[0].get_array()).shape
        box = ax.get_window_extent()
        return box.width / columns, box.height / rows

    wide, high = zip(*map(cell, axes))
    assert max(wide) < 1.4 * min(wide) and max(high) < 2 * min(high), (wide, high)
    tops = [ax.get_window_extent().y1 for ax in axes]
    assert max(tops) - min(tops) < 1
    for ax in axes:
        check(ax)


def test_letters_that_no_font_has_are_told_once_for_all_panels(
    explainer: whysim.Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    has = _fonts._has
    monkeypatch.setattr(_fonts, "_has", lambda file, letter: letter not in "éfcats" and has(file, letter))
    _fonts._fallbacks.cache_clear()
    x = explainer.explain(A, B).by("word")
    with pytest.warns(UserWarning, match="has a, c, f, s, t and 1 other, so the figure shows boxes") as told:
        whysim.plot([x, x, x])
    _fonts._fallbacks.cache_clear()
    assert len(told) == 1
