"""Heatmaps by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arguments as arguments
from . import _fonts
from . import _whysim as core
from ._errors import InputError, TypeInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

    from ._explanation import Explanation
    from ._types import View

# Inches of a matrix in a figure of our own, at most: across, so that a page has room for it; down, so that some 240 rows have
# their names. And of the largest cells.
LONGEST = (13.0, 24.0)
CELL = (0.45, 0.35)
# Of matrices with more columns than this, and than twice the rows, B goes down the figure.
WIDEST = 30
# Points of the smallest and of the largest letters, and from one name to the next in units of their size.
LETTERS = (6.5, 10.0)
APART = 1.1
# What our colour bars are called, so that a second plot in the same axes replaces the first one's.
BAR = "whysim scale"


def plot(
    explanations: Explanation | Sequence[Explanation | None],
    *,
    view: View | None = None,
    figsize: tuple[float, float] | None = None,
    vmax: float | None = None,
    cmap: str | Colormap | None = None,
) -> list[Axes]:
    """Draws several explanations side by side on one scale, with one colour bar. Needs matplotlib.

    ``explanations``: a list, what :meth:`Explainer.explain_pairs` gave, in which None is left out, or one. ``view``: as in
    :meth:`Explanation.plot`, for all of them; None for the first one's default. ``vmax``: the end of the scale; None for the largest of
    all. Returns the axes in the order of ``explanations``; their figure is ``axes[0].figure``.
    """
    many = _drawn(explanations)
    plt = _pyplot()
    _check(plt, figsize, cmap)
    shown = arguments.view_if_any(view) or many[0].default_view
    pictures = [_Picture(x, shown) for x in many]
    across = min(len(pictures), 3)
    down = -(-len(pictures) // across)
    sizes = [picture.figsize() for picture in pictures]
    # A column is as wide as its widest picture, a row as high as its highest.
    wide = [max(size[0] for size in sizes[i::across]) for i in range(across)]
    high = [max(size[1] for size in sizes[i : i + across]) for i in range(0, len(sizes), across)]
    size = figsize or (min(sum(wide), 2 * LONGEST[0]), min(sum(high), 2 * LONGEST[1]))
    ratios = {"width_ratios": wide, "height_ratios": high}
    figure, grid = plt.subplots(down, across, figsize=size, layout="constrained", squeeze=False, gridspec_kw=ratios)
    every = [ax for row in grid for ax in row]
    for ax in every[len(pictures) :]:
        ax.remove()
    axes = every[: len(pictures)]
    limit = _limit(vmax, max(picture.limit for picture in pictures))
    images = [picture.draw(ax, limit, cmap, picture.within(ax)) for picture, ax in zip(pictures, axes)]
    _warn_of_boxes(pictures)
    beyond = [picture.beyond(limit) for picture in pictures]
    # Without an anchor of its own, which would move the axes to the middle of their places.
    figure.colorbar(images[0], ax=axes, label=pictures[0].view, extend=_extend(beyond), aspect=40, panchor=False)
    return axes


def draw(
    x: Explanation,
    ax: Axes | None,
    view: View,
    figsize: tuple[float, float] | None,
    vmax: float | None,
    cmap: str | Colormap | None,
) -> Axes:
    """One explanation, in axes of its own or in these."""
    plt = _pyplot()
    _check(plt, figsize, cmap)
    if ax is not None and not callable(getattr(ax, "imshow", None)):
        hint = ", one of them: give axes[0]" if isinstance(ax, (np.ndarray, list, tuple)) else ""
        raise TypeInputError(f"ax must be Axes of matplotlib, not {arguments.shown(ax)}{hint}")
    picture = _Picture(x, view)
    known = picture.inches() if ax is None and figsize is None else None
    if ax is None:
        _, ax = plt.subplots(figsize=figsize or picture.figsize(), layout="constrained")
    elif figsize is not None:
        raise InputError("figsize is for a figure of its own: give it where ax is made, or leave ax out")
    elif ax.figure.figure.get_layout_engine() is None:
        # Or the names of one plot would lie on the next one.
        ax.figure.figure.set_layout_engine("constrained")
    limit = _limit(vmax, picture.limit)
    image = picture.draw(ax, limit, cmap, known or _inches(ax))
    _warn_of_boxes([picture])
    for old in [child for child in ax.child_axes if child.get_label() == BAR]:
        old.remove()
    # Beside the axes, and not from their space: a grid of them stays one.
    bar = ax.inset_axes((1.0 + 0.12 / _inches(ax)[0], 0.0, 0.14 / _inches(ax)[0], 1.0), label=BAR)
    ax.figure.colorbar(image, cax=bar, label=view, extend=_extend([picture.beyond(limit)]))
    return ax


def _drawn(explanations: Explanation | Sequence[Explanation | None]) -> list[Explanation]:
    """What there is to draw."""
    from ._explanation import Explanation

    given = [explanations] if isinstance(explanations, Explanation) else arguments.many(explanations, "explanations", "Explanation")
    found = [arguments.instance(x, f"explanation number {i}", Explanation) for i, x in enumerate(given, 1) if x is not None]
    if not found:
        raise InputError("plot needs one explanation at least")
    return found


def _check(plt: Any, figsize: Any, cmap: Any) -> None:
    """What matplotlib would stumble over amid the drawing."""
    if figsize is not None:
        sides = arguments.many(figsize, "figsize", "two numbers, inches across and down")
        if len(sides) != 2:
            raise InputError(f"figsize must be two numbers, inches across and down, not {len(sides)}")
        for side in sides:
            arguments.positive(side, "a side of figsize")
    if cmap is not None:
        try:
            plt.get_cmap(cmap)
        except (ValueError, TypeError) as error:
            kind = InputError if isinstance(cmap, str) else TypeInputError
            raise kind(f"cmap must be a colour map of matplotlib or the name of one, not {arguments.shown(cmap)}") from error


class _Picture:
    """The matrix of a view as it lies in its axes."""

    def __init__(self, x: Explanation, view: View) -> None:
        self.view = view
        # Letters that no font has.
        self.missing = ""
        self.title = f"{'cosine' if x.similarity == 'cos' else 'dot product'} {x.score:.4f}"
        self.matrix: Any = x.matrix if view == "attribution" else x.interaction
        self.names = list(x._inner.names())
        self.counted = [np.asarray(rows, bool) for rows in x._inner.counted()]
        self.texts = ["text A", "text B"]
        rows, columns = self.matrix.shape
        if columns > WIDEST and columns >= 2 * rows:
            self.matrix = self.matrix.T
            for pair in (self.names, self.counted, self.texts):
                pair.reverse()
        # Special tokens are hardly ever what the picture is about, and may be large enough to pale all others. Attributions still
        # have the scale of the whole matrix; the interaction, as in all pictures, that of the texts' own rows.
        own = np.logical_and.outer(*self.counted)
        shown = self.matrix if view == "attribution" or not own.any() else self.matrix[own]
        self.limit = float(np.abs(shown).max(initial=0.0)) or 1.0
        strength = np.where(own, np.abs(self.matrix), 0)
        # Strongest first; special tokens last.
        self.ranked = [
            np.lexsort((-strength.max(axis=1 - side, initial=0.0), ~self.counted[side])).tolist() for side in (0, 1)
        ]

    def inches(self) -> tuple[float, float]:
        """The size that the matrix has in a figure of its own."""
        rows, columns = self.matrix.shape
        wide = min(max(columns, 4) * CELL[0], LONGEST[0])
        # A long text has the smallest letters.
        high = max(min(max(rows, 3) * CELL[1], LONGEST[0]), rows * 1.02 * APART * LETTERS[0] / 72)
        return wide, min(high, LONGEST[1])

    def figsize(self) -> tuple[float, float]:
        """The size of that figure, with room for names and scale."""
        wide, high = self.inches()
        longest = [0.085 * min(max(map(len, names), default=0), 30) for names in self.names]
        return wide + longest[0] + 1.4, high + longest[1] + 0.8

    def within(self, ax: Axes) -> tuple[float, float]:
        """Has these axes keep the shape of the picture beside larger ones, from the top of their place. Returns their size."""
        wide, high = self.inches()
        ax.set_box_aspect(high / wide)
        ax.set_anchor("N")
        room = _inches(ax)
        scale = min(room[0] / wide, room[1] / high)
        return wide * scale, high * scale

    def beyond(self, limit: float) -> tuple[bool, bool]:
        """Whether entries are below the scale, and above it."""
        return bool((self.matrix < -limit).any()), bool((self.matrix > limit).any())

    def draw(self, ax: Axes, limit: float, cmap: str | Colormap | None, inches: tuple[float, float]) -> AxesImage:
        """Fills the axes, of which ``inches`` are about the size."""
        image = ax.imshow(self.matrix, cmap=cmap or _palette(ax), vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
        wide, high = inches
        rows, columns = self.matrix.shape
        # On top of a high picture, where reading begins.
        top = rows > WIDEST
        ax.xaxis.set_ticks_position("top" if top else "bottom")
        ax.xaxis.set_label_position("top" if top else "bottom")
        slanted = 72 * wide / max(columns, 1) > 1.4 * LETTERS[1]
        if slanted:
            turned = {"rotation": 45, "ha": "left" if top else "right", "rotation_mode": "anchor"}
        else:
            turned = {"rotation": 90}
        self._name(ax, 0, 72 * high / max(rows, 1), {})
        self._name(ax, 1, 72 * wide / max(columns, 1), turned)
        ax.set_ylabel(self.texts[0])
        ax.set_xlabel(self.texts[1])
        ax.set_title(self.title)
        return image

    def _name(self, ax: Axes, side: int, cell: float, style: dict[str, Any]) -> None:
        """Writes the names of rows (0) or columns (1), of as many as have room; cell: points from one to the next."""
        size = min(max(0.8 * cell, LETTERS[0]), LETTERS[1])
        places = _apart(self.ranked[side], APART * size / max(cell, 1e-9))
        names, family, missing = _fonts.shown([self.names[side][i] for i in places])
        self.missing += missing
        set_ticks = ax.set_xticks if side else ax.set_yticks
        # A dollar is no formula.
        set_ticks(places, names, fontsize=size, fontfamily=family, parse_math=False, **style)
        if self.view == "interaction":
            labels = ax.get_xticklabels() if side else ax.get_yticklabels()
            for label, place in zip(labels, places):
                label.set_alpha(1.0 if self.counted[side][place] else 0.55)


def _warn_of_boxes(pictures: list[_Picture]) -> None:
    missing = sorted(set("".join(picture.missing for picture in pictures)))
    if missing:
        _fonts.warn(missing, "the plot" if len(pictures) == 1 else "the figure")


def _apart(ranked: list[int], least: float) -> list[int]:
    """The rows that can have their names, strongest first, such that none is nearer than ``least`` rows to another."""
    reach = max(int(np.ceil(least)), 1) - 1
    taken = np.zeros(len(ranked), bool)
    for i in ranked:
        if not taken[max(i - reach, 0) : i + reach + 1].any():
            taken[i] = True
    return [int(i) for i in np.flatnonzero(taken)]


def _limit(vmax: float | None, largest: float) -> float:
    if vmax is None:
        return largest
    return arguments.number(vmax, "vmax, the end of the scale,", "a number above 0", least=math.ulp(0.0))


def _extend(beyond: list[tuple[bool, bool]]) -> str:
    """Which ends of a scale stand for more, as matplotlib says it."""
    below, above = (any(ends) for ends in zip(*beyond))
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[below, above]


def _inches(ax: Axes) -> tuple[float, float]:
    """The axes' size, as far as it is known before the figure is laid out."""
    box = ax.get_window_extent()
    return box.width / ax.figure.figure.dpi, box.height / ax.figure.figure.dpi


def _palette(ax: Axes) -> Colormap:
    """The colours of all our pictures: orange is above zero, blue below; on a dark ground zero is dark."""
    from matplotlib.colors import LinearSegmentedColormap

    dark = sum(ax.get_facecolor()[:3]) < 1.5
    colors = np.array(core.palette("dark" if dark else "light")) / 255
    # An odd number, so that zero has a colour of its own.
    return LinearSegmentedColormap.from_list("whysim", colors.tolist(), N=257)


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise arguments.missing("plot", "matplotlib", "matplotlib") from None
    return plt
