"""Room for long columns: memory as the system gives it, a page at a time.

numpy asks Linux for pages of two megabytes for what is long. On a virtual machine such a page is dear while it is new: the
host has to find it. A column of a whole list is written once, so that small pages serve it as well, and never cost as much.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike

__all__ = ["give_back", "noughts", "room_for", "system_memory", "tidily"]

_LONG = 1 << 22  # bytes from which numpy asks for large pages
_MANY_ROWS = 1 << 16  # rows from which on the memory that reading leaves is worth the time of giving it back
_TIDIED_ROWS = 1 << 18
_LARGEST = (1 << 25) - (1 << 16)
"""Bytes, a little under 32 MB: the C library of Linux keeps twice as much of what is freed as the largest piece had, up to this size, that
was ever given back whole."""

_changing, _before = Lock(), list[pa.MemoryPool]()


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


@contextmanager
def system_memory(*, keeps: bool = True) -> Iterator[None]:
    """Have Arrow take memory from the system while this lasts, unless the environment names an allocator.

    Its own asks for large pages, and gives back what the next block of rows needs again. So does the system, of what is freed, unless
    it has once had back a large piece.

    Parameters
    ----------
    keeps : bool
        Whether the system is to keep what is freed: up to 64 MB for each thread, which no part after the first takes anew. What is done
        once is better off without.

    Examples
    --------
    >>> usual = pa.default_memory_pool().backend_name
    >>> with system_memory():
    ...     pass
    >>> pa.default_memory_pool().backend_name == usual
    True
    """
    if sys.platform != "linux":
        yield
        return
    if keeps:
        np.empty(_LARGEST, np.uint8)  # never written, and given back at once
    if "ARROW_DEFAULT_MEMORY_POOL" in os.environ:
        yield
        return
    with _changing:
        _before.append(pa.default_memory_pool())
        pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        with _changing:  # of several that run at once the last to end gives back what the first has found
            usual = _before.pop()
            if not _before:
                pa.set_memory_pool(usual)


def give_back(rows: int) -> None:
    """Give back to the system what was freed and is kept for later, where so many rows may have left much of it.

    Each thread keeps its own, and the next step would take new memory beside what others have left.

    Examples
    --------
    >>> give_back(1_000_000)
    """
    if rows >= _MANY_ROWS:
        pools = {pool.backend_name: pool for pool in (pa.default_memory_pool(), pa.system_memory_pool())}
        for pool in pools.values():
            pool.release_unused()


def tidily(blocks: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield blocks, and give back now and then what making them leaves, which may be far more than they hold.

    Examples
    --------
    >>> len(list(tidily([pa.record_batch({"days": [1]})])))
    1
    """
    rows = 0
    for block in blocks:
        rows += block.num_rows
        yield block
        del block
        if rows >= _TIDIED_ROWS:
            give_back(rows)
            rows = 0


def _is_long(rows: int, kind: DTypeLike) -> bool:
    return sys.platform == "linux" and rows * np.dtype(kind).itemsize >= _LONG


def _mapped(rows: int, kind: DTypeLike) -> np.ndarray:
    size = rows * np.dtype(kind).itemsize
    return np.frombuffer(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), kind)
