"""Run a command in a process of its own, and tell want of memory from every other failure."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

__all__ = ["printed"]

_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
"""How a process ends that the system stops for want of memory."""

_WANT = re.compile(
    r"MemoryError|Out ?Of ?Memory|memory allocation of \d+ bytes failed|alloc of size \d+ failed|bad_?.?alloc"
    r"|(cannot|unable to) allocate|can't start new thread|ThreadPoolBuildError|failed to map segment",
    re.IGNORECASE,
)
"""How Python, numpy, Arrow, DuckDB, Rust, C++ and the system's libraries say it; a thread that has no room for its stack is not started."""


def printed(
    name: str, command: Sequence[str], env: Mapping[str, str] | None = None, patience: float = 20
) -> str | None:
    """Return what a command printed; None if it wanted memory, in whatever way it came to its end.

    A library may say that memory is wanting and then stand still for ever: it is given ``patience`` seconds. Any other
    failure ends the run.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as failed:
        process = subprocess.Popen(command, stdout=said, stderr=failed, text=True, env=env)
        try:
            code = _ended(process, failed, patience)
        finally:
            process.kill()
            process.wait()
        if code == 0:
            return _read(said)
        if code in _KILLED or _wanted(failed):
            return None
        raise SystemExit(f"{name}: ended with {code}: {_read(failed)[-2000:]}")


def _ended(process: subprocess.Popen[str], failed: IO[str], patience: float) -> int:
    """Wait for a process; one that has said that it wants memory is waited for no longer than ``patience``."""
    told = False
    while True:
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            if told:
                return -signal.SIGKILL
            told = _wanted(failed)


def _wanted(failed: IO[str]) -> bool:
    """Whether it says so; lines of a program that a traceback quotes are indented, and say nothing."""
    return any(_WANT.search(line) for line in _read(failed).splitlines() if not line.startswith(" "))


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
