"""Work on many pieces at once: numpy and Arrow let go of Python's lock, so that every core of the machine helps."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from itertools import chain, islice
from typing import TypeVar

__all__ = ["cores", "meanwhile", "spread", "taken_out", "threads_for"]

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")


_here = threading.local()


def _mark() -> None:
    """Remember that this thread does a piece of work that has been spread."""
    _here.spread = True


def threads_for(rows: int) -> int | None:
    """Return how many threads work on columns of so many rows: one for few, since starting others takes longer than the work.

    Examples
    --------
    >>> threads_for(2_000), threads_for(1_000_000)
    (1, None)
    """
    return 1 if rows < _FEW_ROWS else None


_FEW_ROWS = 65_536


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(work: Callable[[Piece], Answer], pieces: Iterable[Piece], *, threads: int | None = None) -> Iterator[Answer]:
    """Yield ``work(piece)`` for every piece, in the order of the pieces, on as many threads as there are cores.

    Parameters
    ----------
    work : callable
        What is done to a piece; it must not write where another piece's work reads.
    pieces : iterable
        Taken one by one, and only a few ahead of the answers, so that a long stream needs little memory.
    threads : int, optional
        How many; by default `cores`. What comes out is the same for any number. Work that is spread already is not spread
        again: every core is busy.

    Examples
    --------
    >>> list(spread(str.upper, ["a", "b", "c"]))
    ['A', 'B', 'C']
    """
    coming, many = iter(pieces), 1 if getattr(_here, "spread", False) else threads or cores()
    first = list(islice(coming, 2))
    alone, coming = len(first) < 2, chain(taken_out(first), coming)  # nothing is held that has been worked on
    if alone or many < 2:
        yield from map(work, coming)
        return
    under_way: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(many, initializer=_mark) as pool:
        try:
            for piece in coming:
                under_way.append(pool.submit(work, piece))
                del piece
                if len(under_way) > many:  # one waits, so that no thread has nothing to do
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for each in under_way:
                each.cancel()


@contextmanager
def meanwhile(work: Callable[[], object], *, worth: bool = True) -> Iterator[None]:
    """Do ``work`` beside what is done within: it is done when the block ends, and what it raises is raised there.

    Where the block fails, the work is waited for all the same, so that nothing goes on behind, and the block's error is
    raised. Where there is but one core, or it is not ``worth`` a thread, the work is done after the block, if that went well.

    Examples
    --------
    >>> done = []
    >>> with meanwhile(lambda: done.append("beside")):
    ...     pass
    >>> done
    ['beside']
    """
    if not worth or cores() < 2:
        yield
        work()
        return
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(copy_context().run, work)
        yield
        under_way.result()


def taken_out(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield what a list holds, in its order, and let go of each piece: the list is empty in the end.

    Examples
    --------
    >>> held = [1, 2, 3]
    >>> next(taken_out(held)), held
    (1, [3, 2])
    """
    pieces.reverse()
    while pieces:
        yield pieces.pop()
