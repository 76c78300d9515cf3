"""The audit log: what was asked and answered, without anybody's identifier, each entry bound to the one before.

An entry is a line of JSON that holds the hash of the entry before it and its own. To change, drop or insert an entry breaks
the chain from there on. Whoever can write the file can write a new chain, so keep the last hash elsewhere now and then
(``equiwait audit FILE`` prints it).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

from equiwait.errors import InputError, OptionError

__all__ = ["AuditLog", "Verified", "verify"]

FIRST = "0" * 64
_LONGEST = 65_536


class Verified(NamedTuple):
    """What `verify` found.

    Parameters
    ----------
    entries : int
        Whole entries whose chain holds.
    last : str
        The hash of the last of them.
    broken_at : int, optional
        The number of the first entry that does not fit the chain; None where all do.
    torn : int
        Bytes of an entry that was being written when the service was killed.
    """

    entries: int
    last: str
    broken_at: int | None
    torn: int

    @property
    def whole(self) -> bool:
        """Whether every whole entry fits the chain."""
        return self.broken_at is None


class AuditLog:
    """An audit log that is being written; one process at a time.

    Parameters
    ----------
    path : Path
        Its file. An entry that was torn by a kill is cut off, and the next entry says so.
    """

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise OptionError(f"There is no folder {path.parent.name!r} for the audit log.", todo="Make it first.")
        self._file: IO[bytes] = open(path, "ab+", opener=lambda name, how: os.open(name, how, 0o600))  # noqa: SIM115 - an opener
        _lock(self._file, path)
        found = verify(path)
        if not found.whole:
            self._file.close()
            raise InputError(
                f"The audit log {path.name!r} does not hold together from entry {found.broken_at} on.",
                todo="Keep the file as evidence, and start the service with another --audit.",
            )
        if found.torn:
            self._file.truncate(path.stat().st_size - found.torn)
        self.entries, self.last = found.entries, found.last
        self._writing = threading.Lock()
        self.write("started", {"torn_bytes": found.torn} if found.torn else {})

    def write(self, what: str, about: Mapping[str, Any]) -> tuple[int, str]:
        """Append an entry and return its number and hash. It is in the file when this returns, and outlives a kill."""
        with self._writing:
            at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            entry = {"n": self.entries + 1, "at": at, "what": what, **about, "before": self.last}
            self.last = hash_of(entry)
            self._file.write(_line({**entry, "hash": self.last}))
            self._file.flush()
            self.entries += 1
            return self.entries, self.last

    def close(self) -> None:
        """Write that the service ends, and leave the file on the disk."""
        if not self._file.closed:
            self.write("stopped", {})
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def verify(path: Path) -> Verified:
    """Read a log and say up to where its chain holds.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "audit.jsonl"
    >>> with AuditLog(path) as log:
    ...     number, _ = log.write("score", {"records": 3})
    >>> found = verify(path)
    >>> (number, found.entries, found.whole, found.torn)
    (2, 3, True, 0)
    """
    entries, last, line = 0, FIRST, b""
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(_LONGEST), b""):
            if not line.endswith(b"\n"):
                break
            said = _hash_if_next(line, entries + 1, last)
            if said is None:
                return Verified(entries, last, entries + 1, 0)
            entries, last, line = entries + 1, said, b""
        rest = len(line) + len(file.read())
    return Verified(entries, last, None, rest)


def hash_of(entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry, its own left out."""
    return hashlib.sha256(_line(entry)).hexdigest()


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"


def _hash_if_next(line: bytes, number: int, before: str) -> str | None:
    """Return the hash of an entry that follows on the one before, None for any other line."""
    try:
        entry = json.loads(line)
        said = entry.pop("hash")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    follows = entry.get("n") == number and entry.get("before") == before and hash_of(entry) == said
    return said if follows and _line({**entry, "hash": said}) == line else None


def _lock(file: IO[bytes], path: Path) -> None:
    """Hold the file for this process alone: two that wrote would break the chain."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held = True
    else:
        held = False
    if held:
        file.close()
        raise OptionError(f"Another service writes the audit log {path.name!r}.", todo="Stop it, or give another file.")
