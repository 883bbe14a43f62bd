"""Letters that fonts lack: which of the machine's have those that matplotlib's own has not, and a warning of the others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from . import _warnings

# Fonts for many scripts, and where they are from. Fonts of coloured pictures are left out: matplotlib cannot draw them.
KNOWN = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
    *("Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    *("PingFang SC", "Hiragino Sans", "Hiragino Sans GB", "Heiti TC", "Apple SD Gothic Neo", "Arial Unicode MS"),
    *("Microsoft YaHei", "SimHei", "Yu Gothic", "MS Gothic", "Meiryo", "Malgun Gothic", "Nirmala UI", "Segoe UI"),
    *("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil"),
    *("Noto Sans Thai", "Noto Sans Symbols 2", "Noto Sans Symbols", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol"),
    *("Symbola", "GNU Unifont", "Unifont"),
)
# How many other fonts are looked through for a letter that none of these has.
OTHERS = 200
BOX = "□"


def shown(names: list[str]) -> tuple[list[str], list[str], str]:
    """The names, with a box for every letter that no font has; the families that have the others; those letters."""
    from matplotlib import rcParams

    own = tuple(rcParams["font.family"])
    files = tuple(_file(family) for family in own)
    lacking = {c for name in names for c in name if not c.isspace() and not any(_has(file, c) for file in files)}
    if not lacking:
        return names, list(own), ""
    found, missing = _fallbacks("".join(sorted(lacking)))
    boxes = str.maketrans({c: BOX for c in missing})
    return [name.translate(boxes) for name in names], [*own, *found], missing


def warn(missing: list[str], what: str) -> None:
    """Once for all letters that no font has."""
    others = len(missing) - 5
    some = ", ".join(missing[:5]) + (f" and {others} other{'s' if others > 1 else ''}" if others > 0 else "")
    _warnings.warn(
        f"no font on this machine has {some}, so {what} shows boxes: install one that has, such as Noto Sans CJK or Noto Emoji, "
        "or look at x.to_html()"
    )


@lru_cache(maxsize=64)
def _fallbacks(letters: str) -> tuple[tuple[str, ...], str]:
    """The families that have these letters, and the letters that none has."""
    from matplotlib.font_manager import fontManager

    # The upright one of each family comes last, and is what matplotlib draws with.
    plain = {"style": "normal", "stretch": "normal", "variant": "normal"}
    fonts = sorted(fontManager.ttflist, key=lambda font: sum(getattr(font, key) == value for key, value in plain.items()))
    fonts.sort(key=lambda font: font.weight in (400, "normal", "regular"))
    there = {font.name: font.fname for font in fonts}
    others = [name for name in there if name not in KNOWN and "Color" not in name and not name.startswith("Last Resort")]
    found: list[str] = []
    for family in [*(name for name in KNOWN if name in there), *others[:OTHERS]]:
        if not letters:
            break
        rest = "".join(c for c in letters if not _has(there[family], c))
        if len(rest) < len(letters):
            found.append(family)
            letters = rest
    return tuple(found), letters


@lru_cache(maxsize=4096)
def _has(file: str, letter: str) -> bool:
    """Whether a font has a letter; not if it cannot be read."""
    from matplotlib.font_manager import get_font

    try:
        return bool(get_font(file).get_char_index(ord(letter)))
    except (OSError, RuntimeError, ValueError):
        return False


def _file(family: str) -> str:
    from matplotlib.font_manager import FontProperties, findfont

    file: Any = findfont(FontProperties(family=[family]))
    return str(file)
