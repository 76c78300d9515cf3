"""Room for long columns: memory as the system gives it, a page at a time.

numpy asks Linux for pages of two megabytes for what is long. On a virtual machine such a page is dear while it is new: the
host has to find it. A column of a whole list is written once, so that small pages serve it as well, and never cost as much.
"""

from __future__ import annotations

import mmap
import sys

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["room_for"]

_LONG = 1 << 22  # bytes from which numpy asks for large pages


def room_for(rows: int, kind: DTypeLike) -> np.ndarray:
    """Return a column of so many noughts, of which only what is written takes memory.

    Examples
    --------
    >>> room_for(3, np.int8).tolist(), room_for(3_000_000, np.float64).any()
    ([0, 0, 0], np.False_)
    """
    size = rows * np.dtype(kind).itemsize
    if size < _LONG or sys.platform != "linux":
        return np.zeros(rows, kind)
    return np.frombuffer(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), kind)
