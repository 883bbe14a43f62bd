"""A heatmap by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._explanation import Explanation


def plot(x: Explanation, ax: Axes | None) -> Axes:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("plot needs matplotlib: pip install matplotlib") from None
    rows, columns = x.matrix.shape
    if ax is None:
        _, ax = plt.subplots(figsize=(2.0 + 0.45 * columns, 1.5 + 0.35 * rows), layout="constrained")
    # Special tokens are hardly ever what the picture is about, and may be large enough to pale all others: still, the scale is
    # that of the whole matrix, so that no cell is out of it.
    limit = float(abs(x.matrix).max()) or 1.0
    image = ax.imshow(x.matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
    ax.set_xticks(range(columns), x.tokens_b, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(rows), x.tokens_a)
    ax.set_title(f"{'cosine' if x.similarity == 'cos' else 'dot product'} {x.score:.4f}")
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, label="attribution")
    return ax
