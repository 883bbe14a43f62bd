"""How many threads work runs on."""

from __future__ import annotations

from . import _arguments as arguments
from . import _whysim as core


def set_num_threads(threads: int) -> None:
    """Sets how many threads work runs on: one for each core unless set, or as many as ``RAYON_NUM_THREADS`` says."""
    core.set_num_threads(arguments.whole(threads, "threads", 1, 4096))


def get_num_threads() -> int:
    """How many threads work runs on."""
    return core.get_num_threads()
