"""Progress bars, drawn by tqdm if it is installed."""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import Any

from ._arguments import missing
from ._warnings import warn

# A bar that nobody asked for appears only where the work takes longer than this, in seconds.
_DELAY = 1.0


def _is_watched() -> bool:
    """Whether this runs in a terminal or a notebook."""
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())


def _tqdm() -> Any:
    try:
        # tqdm.auto warns where a notebook lacks the widgets, and then draws with text.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm


class Bars:
    """Receives progress from the library; one bar for each stage."""

    def __init__(self, tqdm: Any, delay: float) -> None:
        self._tqdm = tqdm
        self._delay = delay
        self._bar: Any = None

    def begin(self, name: str, total: int | None, unit: str) -> None:
        self.close()
        scale = unit == "B"
        self._bar = self._tqdm(
            desc=name, total=total, unit=unit, unit_scale=scale, unit_divisor=1024 if scale else 1000,
            delay=self._delay, leave=False,
        )

    def advance(self, steps: int) -> None:
        if self._bar is not None:
            self._bar.update(steps)

    def status(self, text: str) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(text, refresh=False)

    def note(self, message: str) -> None:
        warn(message)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _Silent:
    """Shows no bars, only notes."""

    def begin(self, name: str, total: int | None, unit: str) -> None:
        pass

    def advance(self, steps: int) -> None:
        pass

    def status(self, text: str) -> None:
        pass

    def note(self, message: str) -> None:
        warn(message)

    def close(self) -> None:
        pass


class progress:
    """The listener to hand to the library, closed at the end.

    ``wanted``: True shows a bar at once and needs tqdm, False shows none, None shows one where tqdm is installed, somebody looks on,
    and the work takes longer than a second.
    """

    def __init__(self, wanted: bool | None) -> None:
        tqdm = None if wanted is False else _tqdm()
        if wanted and tqdm is None:
            raise missing("progress=True", "tqdm", "tqdm")
        is_shown = tqdm is not None and (wanted or _is_watched())
        self._listener: Bars | _Silent = Bars(tqdm, 0.0 if wanted else _DELAY) if is_shown else _Silent()

    def __enter__(self) -> Bars | _Silent:
        return self._listener

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()


def forewarn(listener: Bars | _Silent, forecast: str | None) -> None:
    """Says before long work how long it will take; None: not long."""
    if forecast is not None:
        listener.note(forecast)
