"""A heatmap by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._arguments import missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._explanation import Explanation
    from ._types import View


def plot(x: Explanation, ax: Axes | None, view: View) -> Axes:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise missing("plot", "matplotlib", "matplotlib") from None
    matrix = x.matrix if view == "attribution" else x.interaction
    rows, columns = matrix.shape
    if ax is None:
        _, ax = plt.subplots(figsize=(2.0 + 0.45 * columns, 1.5 + 0.35 * rows), layout="constrained")
    # Special tokens are hardly ever what the picture is about, and may be large enough to pale all others. Attributions still have
    # the scale of the whole matrix, so that no cell is out of it; the interaction, as in all pictures, that of the texts' own rows.
    counted = np.ones_like(matrix, bool) if view == "attribution" else np.logical_and.outer(*x._inner.counted())
    limit = float(abs(matrix[counted]).max()) or 1.0
    image = ax.imshow(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
    ax.set_xticks(range(columns), x.tokens_b, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(rows), x.tokens_a)
    ax.set_title(f"{'cosine' if x.similarity == 'cos' else 'dot product'} {x.score:.4f}")
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, label=view)
    return ax
