"""Small tables of results: as text for sessions and as HTML for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence

# A table: what its columns are called, and its cells, line by line.
Head = Sequence[str]
Lines = Sequence[Sequence[str]]


def number(value: float, error: float | None = None) -> str:
    """A number with its sign, and how far it may be off where that is known; a dash where it is not defined."""
    if value != value:
        return "–"
    return f"{value:+.4f}" if error is None or error != error else f"{value:+.4f} ± {error:.4f}"


def text(head: Head, lines: Lines) -> str:
    """The table in columns; the first to the left, all others to the right."""
    all = [head, *lines]
    widths = [max(len(line[i]) for line in all) for i in range(len(head))]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *(cell.rjust(size) for cell, size in zip(line[1:], widths[1:]))]) for line in all)


def page(head: Head, lines: Lines, caption: str = "") -> str:
    """The same as an element of HTML, below its caption; everything is escaped."""
    titles = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    rows = "".join(
        '<tr><td style="text-align:left" dir="auto">' + "</td><td>".join(html.escape(cell) for cell in line) + "</td></tr>" for line in lines
    )
    above = f"<p>{html.escape(caption)}</p>" if caption else ""
    return f"{above}<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
