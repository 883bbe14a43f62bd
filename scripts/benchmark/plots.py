"""The plots of docs/performance/."""

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

PYTORCH = {"fmt": "s--", "color": "#D55E00", "label": "PyTorch, jvp"}
WHYSIM = {"fmt": "o-", "color": "#0072B2", "label": "whysim"}
ROUNDED = {"fmt": "^-", "color": "#56B4E9", "label": "whysim, bfloat16"}
LIMIT = {"fmt": ":", "color": "#555555", "label": "its operations at float32's product rate"}


def line(axis, x, y, look):
    look = dict(look)
    axis.plot(x, y, look.pop("fmt"), **look)


def panel(axis, rows, x, title, **series):
    """One line for each series: its look, and its value of a row."""
    for look, value in series.values():
        points = [(row[x], value(row)) for row in rows if value(row) is not None]
        line(axis, *zip(*points, strict=True), look)
    axis.set(xlabel=x, title=title)
    axis.grid(alpha=0.3)


def finish(figure, axes, label, legend, file):
    # One legend below all panels, of the one that has every line.
    axes[0].set_ylabel(label)
    figure.legend(*legend.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)


def pairs(file, rows):
    """Time a node against tokens, a panel for each layer, with the time that the products alone would take."""
    layers = sorted({r["layer"] for r in rows}, reverse=True)
    figure, axes = pyplot.subplots(1, len(layers), figsize=(3.6 * len(layers), 3.6), sharey=True, layout="constrained")
    for axis, layer in zip(axes, layers, strict=True):
        here = [r for r in rows if r["layer"] == layer]

        def seconds(side, precision):
            return lambda r: r[side]["least"] / r["nodes"] if r["precision"] == precision else None

        series = {
            "pytorch": (PYTORCH, seconds("pytorch", "float32")),
            "whysim": (WHYSIM, seconds("whysim", "float32")),
            "limit": (LIMIT, lambda r: r["operations"] / r["product_rate"] / r["nodes"] if r["precision"] == "float32" else None),
        }
        if any(r["precision"] == "bfloat16" for r in here):
            series["rounded"] = (ROUNDED, seconds("whysim", "bfloat16"))
        panel(axis, here, "tokens", f"layer {layer}", **series)
        tokens = sorted({r["tokens"] for r in here})
        axis.set(xscale="log", yscale="log")
        axis.set_xticks(tokens, [str(t) for t in tokens])
        axis.minorticks_off()
    finish(figure, axes, "seconds a node, both texts", axes[-1], file)


def growth(file, rows):
    """Time against the layer at 8 nodes, and against nodes at two layers."""
    series = {
        "pytorch": (PYTORCH, lambda r: r["pytorch"]),
        "whysim": (WHYSIM, lambda r: r["float32"]),
        "limit": (LIMIT, lambda r: r["limit"]),
    }
    if all("bfloat16" in r for r in rows):
        series["rounded"] = (ROUNDED, lambda r: r["bfloat16"])
    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    panel(axes[0], [r for r in rows if r["nodes"] == 8], "layer", "8 nodes", **series)
    axes[0].set_ylim(bottom=0)
    for axis, layer in zip(axes[1:], (11, 6), strict=True):
        here = sorted((r for r in rows if r["layer"] == layer), key=lambda r: r["nodes"])
        panel(axis, here, "nodes", f"layer {layer}", **series)
        axis.set(xlim=(0, None), ylim=(0, None))
    finish(figure, axes, "seconds, both texts of 12 tokens", axes[0], file)
