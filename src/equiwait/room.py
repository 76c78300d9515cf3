"""Room for long columns: memory as the system gives it, a page at a time.

numpy asks Linux for pages of two megabytes for what is long. On a virtual machine such a page is dear while it is new: the
host has to find it. A column of a whole list is written once, so that small pages serve it as well, and never cost as much.
"""

from __future__ import annotations

import mmap
import sys

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["noughts", "room_for"]

_LONG = 1 << 22  # bytes from which numpy asks for large pages


def room_for(rows: int, kind: DTypeLike) -> np.ndarray:
    """Return a column to be written in, whatever it holds; only what is written takes memory.

    Examples
    --------
    >>> room_for(3_000_000, np.float64).shape
    (3000000,)
    """
    return _mapped(rows, kind) if _is_long(rows, kind) else np.empty(rows, kind)


def noughts(rows: int, kind: DTypeLike) -> np.ndarray:
    """Return a column of noughts; only where something else is written does it take memory.

    Examples
    --------
    >>> noughts(3, np.int8).tolist(), noughts(3_000_000, np.float64).any()
    ([0, 0, 0], np.False_)
    """
    return _mapped(rows, kind) if _is_long(rows, kind) else np.zeros(rows, kind)


def _is_long(rows: int, kind: DTypeLike) -> bool:
    return sys.platform == "linux" and rows * np.dtype(kind).itemsize >= _LONG


def _mapped(rows: int, kind: DTypeLike) -> np.ndarray:
    size = rows * np.dtype(kind).itemsize
    return np.frombuffer(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), kind)
