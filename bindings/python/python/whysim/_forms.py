"""The forms of an explanation: pages, pictures, text, JSON and plots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Literal, cast

from . import _arguments as arguments
from . import _files, _fonts, _terminal
from . import _whysim as core
from ._errors import InputError
from ._fields import Fields
from ._types import Theme, View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from ._explanation import Explanation


class Forms(Fields):
    """What an :class:`~whysim.Explanation` looks like."""

    _inner: core.Explanation

    @property
    def default_view(self) -> View:
        """What pictures show unless told: ``"attribution"`` for an exact model or a text of one row, else ``"interaction"``."""
        return self._inner.default_view()

    def to_json(self, path: _files.Path | None = None) -> str:
        """All numbers in full precision, as JSON; also written to ``path`` if one is given."""
        return _files.written(self._inner.json(), path)

    def to_dict(self) -> dict[str, Any]:
        """The JSON's content as plain values."""
        values: dict[str, Any] = json.loads(self._inner.json())
        return values

    def to_html(
        self,
        path: _files.Path | None = None,
        *,
        view: View | None = None,
        theme: Theme | None = None,
        form: Literal["page", "fragment", "texts"] = "page",
    ) -> str:
        """The pair to explore, as HTML that needs no network; also written to ``path`` if one is given.

        ``form``: ``"page"`` is a page of its own that begins with ``view``, ``"fragment"`` the same as an element for a page of
        yours, and ``"texts"`` an element with the two texts alone, coloured by what each row adds to the score, which needs no
        script and stands in reports and documents. ``theme``: ``"light"``, ``"dark"``, or None for the reader's.

        >>> x = explainer.explain("The cat sleeps.", "A kitten naps.").by("word")
        >>> "<script" in x.to_html(form="texts")
        False
        """
        shape: Literal["page", "fragment", "texts"] = arguments.choice(form, "form", ("page", "fragment", "texts"))
        return _files.written(self._inner.html(shape, arguments.theme_if_any(theme), arguments.view_if_any(view)), path)

    def to_svg(
        self,
        path: _files.Path | None = None,
        *,
        theme: Theme = "light",
        title: str | None = None,
        view: View | None = None,
    ) -> str:
        """A vector picture for papers; also written to ``path`` if one is given.

        ``view``: ``"attribution"``, ``"interaction"`` with the main effects beside it, or None for :attr:`default_view`.
        """
        theme, title, view = arguments.picture(theme, title, view)
        return _files.written(self._inner.svg(theme, title, view), path)

    def to_png(
        self,
        path: _files.Path | None = None,
        *,
        theme: Theme = "light",
        title: str | None = None,
        scale: float = 2.0,
        view: View | None = None,
    ) -> bytes:
        """The picture of :meth:`to_svg` in pixels: ``scale`` pixels for each SVG unit; also written to ``path`` if one is given."""
        theme, title, view = arguments.picture(theme, title, view)
        self._warn_of_boxes(title, view)
        return _files.kept(self._inner.png(theme, title, arguments.positive(scale, "scale"), view), path)

    def to_pdf(
        self,
        path: _files.Path | None = None,
        *,
        theme: Theme = "light",
        title: str | None = None,
        view: View | None = None,
    ) -> bytes:
        """The picture of :meth:`to_svg` as a PDF of one page; also written to ``path`` if one is given.

        Letters are outlines: nothing to embed, nothing to search.
        """
        theme, title, view = arguments.picture(theme, title, view)
        self._warn_of_boxes(title, view)
        return _files.kept(self._inner.pdf(theme, title, view), path)

    def _warn_of_boxes(self, title: str | None, view: View | None) -> None:
        missing = self._inner.missing_letters(title, view)
        if missing:
            _fonts.warn(missing, "the picture")

    def to_text(self, path: _files.Path | None = None, *, width: int = 100, top: int = 8, view: View | None = None) -> str:
        """A heatmap, the strongest pairs and the ledger, as plain text of at most ``width`` columns; also written to ``path``."""
        width, top = arguments.whole(width, "width", 1), arguments.whole(top, "top", 0)
        return _files.written(self._inner.text(width, "none", "dark", top, arguments.view_if_any(view)), path)

    def save(self, path: _files.Path, *, view: View | None = None) -> None:
        """Writes a file in the format of its extension: ``.html``, ``.svg``, ``.png``, ``.pdf``, ``.json`` or ``.txt``.

        ``view`` is for all of them but JSON, which has both.
        """
        forms: dict[str, Callable[[], str | bytes]] = {
            ".html": lambda: self.to_html(view=view),
            ".svg": lambda: self.to_svg(view=view),
            ".png": lambda: self.to_png(view=view),
            ".pdf": lambda: self.to_pdf(view=view),
            ".json": self.to_json,
            ".txt": lambda: self.to_text(view=view),
        }
        ending = _files.ending(_files.place(path, "path"))
        form = forms.get(ending)
        if form is None:
            raise InputError(f"{path} has no known extension: use {', '.join(forms)}")
        if ending == ".json" and view is not None:
            raise InputError("view chooses between two that JSON both has, as matrix and interaction: leave it out")
        _files.write(path, form())

    def plot(
        self,
        ax: Axes | None = None,
        *,
        view: View | None = None,
        figsize: tuple[float, float] | None = None,
        vmax: float | None = None,
        cmap: str | Colormap | None = None,
    ) -> Axes:
        """Draws the matrix or the interaction with matplotlib: orange is above zero, blue below. Needs matplotlib.

        ``ax``: axes to draw in, one of a grid too; the scale stands beside them, and a figure without a layout engine gets the
        constrained one. None for a figure of its own, of ``figsize`` inches. ``vmax``: the end of the scale, the same in several
        plots that are to be compared (:func:`whysim.plot` finds it); None for the largest entry. ``cmap``: another colour map.

        A long text beside a short one goes down the figure. Where there is no room for all names, the strongest rows have theirs.
        """
        from ._plot import draw

        return draw(cast("Explanation", self), ax, arguments.view_if_any(view) or self.default_view, figsize, vmax, cmap)

    def __repr__(self) -> str:
        return self._inner.text(_terminal.width(), _terminal.color(), _terminal.theme(), 8, None).rstrip("\n")

    def _repr_html_(self) -> str:
        return self._inner.fragment()
