"""What a stop may not cut in two, and what had been written when the stop came."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

__all__ = ["is_written", "unstopped", "written_meanwhile"]

_STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Ctrl-C, a plain kill, a terminal that is closed."""

_written: ContextVar[list[str] | None] = ContextVar("written", default=None)


@contextmanager
def unstopped() -> Iterator[None]:
    """Let a stop wait until what is done within has ended: a few moves of files, no long work.

    Only the main thread can be stopped; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def later(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    handlers = {}
    try:
        for each in _STOPS:
            handler = signal.getsignal(each)
            if handler is not None and handler is not signal.SIG_IGN:
                handlers[each] = handler
                signal.signal(each, later)
        yield
    finally:
        for each, handler in reversed(handlers.items()):  # Ctrl-C last: it would cut this short
            signal.signal(each, handler)
        for number in dict.fromkeys(came):
            signal.raise_signal(number)


@contextmanager
def written_meanwhile() -> Iterator[list[str]]:
    """Give a list that gets the name of every file and folder that is written whole while the block runs."""
    names: list[str] = []
    before = _written.set(names)
    try:
        yield names
    finally:
        _written.reset(before)


def is_written(name: str) -> None:
    """Say that a file or folder has got its place, and that a stop from here on leaves it there."""
    names = _written.get()
    if names is not None:
        names.append(name)
