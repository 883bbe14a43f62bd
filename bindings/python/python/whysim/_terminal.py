"""What the screen can show, as far as its environment says: the same rules as the program's."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Literal

from ._types import Theme

Color = Literal["none", "256", "true"]


def width() -> int:
    """Columns."""
    return shutil.get_terminal_size((100, 24)).columns


def color() -> Color:
    """Colours: none unless standard output is a terminal that has them."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    term = os.environ.get("TERM", "")
    if not is_terminal or os.environ.get("NO_COLOR") or term == "dumb":
        return "none"
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or term.endswith("-direct"):
        return "true"
    return "256" if "256color" in term else "none"


def theme() -> Theme:
    """The ground: some terminals say `foreground;background` by numbers of the palette of 16; 7 and from 9 on is bright."""
    ground = os.environ.get("COLORFGBG", "").split(";")[-1]
    return "light" if ground.isdigit() and (int(ground) == 7 or int(ground) > 8) else "dark"
