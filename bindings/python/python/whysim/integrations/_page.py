"""Explained hits as HTML, without scripts, in the look of whysim's other pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import Hit

# A text of up to so many characters is shown whole; of a longer one this many on each side of every span, to the next space.
_WHOLE = 320
_AROUND = 80

# What is left where style sheets are removed, as in notebooks that are not trusted: plain colours first, since sanitizers
# drop what they do not know, and what their own rules for tables must not change.
_GROUND = (
    "background-color:#ffffff;color:#16191f;padding:16px;"
    "background-color:light-dark(#ffffff,#15181e);color:light-dark(#16191f,#eceff4)"
)
_MARK = "background-color:#fddcb7;color:#16191f;background-color:light-dark(#fddcb7,#583115);color:light-dark(#16191f,#eceff4)"
_CELL = "text-align:left;text-align:start;vertical-align:top"
_ROW = "background-color:transparent"

# The colours are those of the library's own pages, so that both can stand in one notebook.
_STYLE = """
.whysim-hits {
  color-scheme: light dark; --ink: light-dark(#16191f, #eceff4); --weak: light-dark(#59616d, #a3abb8); --line: light-dark(#d5d9df, #3a414d);
  box-sizing: border-box; padding: 20px 24px; container-type: inline-size; border: 1px solid var(--line); border-radius: 8px;
  background: light-dark(#ffffff, #15181e); color: var(--ink); text-align: start;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
@media screen {
  .whysim-hits:where([data-jp-theme-light="false"] *, .vscode-dark *) { color-scheme: dark; }
  .whysim-hits:where([data-jp-theme-light="true"] *, .vscode-light *) { color-scheme: light; }
}
@media print { .whysim-hits { color-scheme: light; } }
.whysim-hits .query { margin: 0 0 14px; font-size: 19px; font-weight: 650; overflow-wrap: anywhere; }
.whysim-hits .query span { margin-inline-end: 8px; font-size: 12.5px; font-weight: 400; color: var(--weak); }
.whysim-hits table { inline-size: 100%; margin: 0; border: 0; border-collapse: collapse; font-size: 15px; color: inherit; }
.whysim-hits tr, .whysim-hits tbody tr:nth-child(n), .whysim-hits tbody tr:hover { background: none; border: 0; }
.whysim-hits th, .whysim-hits td {
  padding: 10px 20px 10px 0; border: 0; border-top: 1px solid var(--line);
  line-height: 1.7; vertical-align: top; text-align: start; white-space: nowrap;
}
.whysim-hits th { padding-block: 0 6px; border: 0; font-size: 12.5px; font-weight: 400; color: var(--weak); }
.whysim-hits td.text { padding-inline-end: 0; inline-size: 100%; white-space: pre-wrap; overflow-wrap: anywhere; }
.whysim-hits td.text > div { max-inline-size: 76ch; unicode-bidi: isolate; }
.whysim-hits .rank { display: inline-block; min-inline-size: 2.2em; color: var(--weak); }
.whysim-hits .number { font-variant-numeric: tabular-nums; }
.whysim-hits mark { padding: 1px 2px; border-radius: 3px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.whysim-hits .gap, .whysim-hits .note, .whysim-hits p { color: var(--weak); }
.whysim-hits p { margin: 10px 0 0; font-size: 13.5px; }
@container (max-width: 560px) {
  .whysim-hits tr { display: grid; grid-template-columns: minmax(106px, auto) 1fr; }
  .whysim-hits th.text { display: none; }
  .whysim-hits td.text { grid-column: 1 / -1; padding-block-start: 0; border: 0; }
}
"""


def fragment(query: str, hits: Sequence[Hit], verdict: Sequence[str]) -> str:
    """An element for any page: the hits as a table, and what the two rankings make of each other below it."""
    names = (("theirs", ""), ("ours", ""), ("text", ' class="text"'))
    head = "".join(f'<th scope="col"{kind} style="{_CELL}">{name}</th>' for name, kind in names)
    rows = "".join(f'<tr style="{_ROW}">{_row(hit)}</tr>' for hit in hits)
    lines = "".join(f"<p>{escape(line)}</p>" for line in verdict)
    return (
        f'<div class="whysim-hits" style="{_GROUND}"><style>{_STYLE}</style>'
        f'<div class="query" dir="auto"><span>query:</span> {escape(query)}</div>'
        f'<table style="table-layout:auto;width:100%"><thead><tr style="{_ROW}">{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{lines}</div>"
    )


def page(query: str, content: str) -> str:
    """A self-contained page of an element."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>Hits: {escape(query)}</title>\n"
        "<style>body { margin: 0 auto; padding: 16px; max-width: 1100px; background: light-dark(#ffffff, #15181e); }</style>\n"
        f"</head>\n<body>\n{content}\n</body>\n</html>\n"
    )


def _row(hit: Hit) -> str:
    theirs, ours = _number(hit.their_rank, hit.their_score), _number(hit.rank, hit.score)
    text = _excerpt(hit) if hit.note is None else f'<span class="note">{escape(hit.note)}</span>'
    numbers = "".join(f'<td style="{_CELL};white-space:nowrap">{number}</td>' for number in (theirs, ours))
    return f'{numbers}<td class="text" style="{_CELL};width:100%"><div dir="auto">{text}</div></td>'


def _number(rank: int, score: float | None) -> str:
    number = "" if score is None else f'<span class="number">{score:.4f}</span>'
    return f'<span class="rank">#{rank}</span> {number}'


def _excerpt(hit: Hit) -> str:
    """The text, or what of a long one is around its spans, as HTML. The text is a stranger's: all of it is escaped."""
    gap = '<span class="gap">…</span>'
    out, at = [], 0
    for start, end in places(hit.text, [(span.start, span.end) for span in hit.spans]):
        out += [f"{gap} " if start and not at else f" {gap} " if start else "", _marked(hit, start, end)]
        at = end
    return "".join(out) + (f" {gap}" if at < len(hit.text) else "")


def _marked(hit: Hit, at: int, end: int) -> str:
    out = []
    for span in sorted(hit.spans):
        if at <= span.start and span.end <= end:
            title = f"{span.score:.4f} of the score, {span.share:.0%} of what answers the query"
            out += [escape(hit.text[at : span.start]), f'<mark title="{title}" style="{_MARK}">{escape(hit.text[span.start : span.end])}</mark>']
            at = span.end
    return "".join(out) + escape(hit.text[at:end])


def places(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of a text is shown, in order: all of a short one, else the words around each span; the beginning where there is no span."""
    if len(text) <= _WHOLE:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans) or [(0, _AROUND)]:
        first, last = _before(text, start), _after(text, end)
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _before(text: str, start: int) -> int:
    """Where the words before a span begin; in a script without spaces, within a word."""
    first = max(0, start - _AROUND)
    skipped = next((at for at in range(first, start) if text[at].isspace()), None)
    return first if first == 0 or skipped is None else skipped + 1


def _after(text: str, end: int) -> int:
    """Where the words behind a span end."""
    last = min(len(text), end + _AROUND)
    skipped = next((at for at in range(last - 1, end, -1) if text[at].isspace()), None)
    return last if last == len(text) or skipped is None else skipped
