"""Records in, scores out, a line each: for SQL Agent, R, PowerShell and whatever else can write and read lines.

Lines are read, scored and written a few thousand at a time, so that memory stays the same whatever the length of the stream.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from equiwait.cli.messages import EXIT_CODES, Stopped, tell
from equiwait.errors import EquiwaitError, InputError

if TYPE_CHECKING:
    from equiwait.rows.policies import Policy
    from equiwait.rows.scoring.scores import Score

__all__ = ["LINES", "is_stream", "one_record", "score_stream"]

LINES = (".jsonl", ".ndjson")
AT_ONCE = 4_000
"""Lines that are held at a time."""
LONGEST = 1_000_000
"""Bytes of the longest line that is read; a record has a few hundred."""
MOST_SAID = 20
"""Bad lines that are named on the standard error; each has its error among the results too."""


def is_stream(source: Path) -> bool:
    """Whether records come a line each: from the standard input (``-``), or from a file that is named so."""
    return str(source) == "-" or source.suffix.lower() in LINES


def score_stream(source: Path, policy: Policy, *, why: bool) -> int:
    """Score each line and write each score on a line of its own; return the exit code.

    A line that is no record, and a record that cannot be used, has its error in its place; the rest are scored.
    """
    bad = last = 0
    try:
        with _opened(source) as stream:
            numbered = enumerate(_lines(stream), 1)
            while some := list(islice(numbered, AT_ONCE)):
                bad = _scored(some, policy, why, bad)
                last = some[-1][0]
    except KeyboardInterrupt:
        pass  # said below, outside this block
    except BrokenPipeError:  # whoever reads us has read enough, as `head` does
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - the end of the process closes it
        return 0
    else:
        if not last:
            tell("Nothing was scored: not one line came.")
        if bad > MOST_SAID:
            tell(f"… and {bad - MOST_SAID} more.")
        if bad:
            tell(
                f"{'1 line was' if bad == 1 else f'{bad} lines were'} not scored; the results say why. All others were."
            )
        return EXIT_CODES[InputError] if bad else 0
    raise Stopped("Stopped. The lines before were scored.")


def _scored(some: list[tuple[int, bytes]], policy: Policy, why: bool, bad: int) -> int:
    """Score some lines and write them; return how many were bad so far."""
    from equiwait.rows.scoring.score_record import score_records
    from equiwait.rows.scoring.scores import failed, json_lines

    records = [_record(line) for _, line in some]
    found: list[Score] = score_records(
        [{} if isinstance(each, EquiwaitError) else each for each in records], policy, why=why
    )
    for at, each in enumerate(records):
        if isinstance(each, EquiwaitError):
            found[at] = failed(each, policy.stamp)
    for (number, _), one in zip(some, found, strict=True):
        if one.error is not None:
            bad += 1
            if bad <= MOST_SAID:
                tell(f"Line {number}: {one.error.wrong}{' ' + one.error.todo if one.error.todo else ''}")
    _write(json_lines(found))
    return bad


def _write(lines: Iterable[str]) -> None:
    """Write lines as they are on every system: JSON in plain ASCII, and one byte at the end of each."""
    data = "".join(f"{line}\n" for line in lines).encode("ascii")
    stream: Any = sys.stdout
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()


# --- lines ------------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(source: Path) -> Iterator[IO[bytes]]:
    if str(source) == "-":
        yield sys.stdin.buffer
    elif not source.is_file():
        raise InputError(f"There is no file {source.name!r} in {str(source.parent)!r}.", todo="Check the name.")
    else:
        with source.open("rb") as stream:
            yield stream


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield each line that is not blank with blank ones in their places as empty, in UTF-8 without a mark at the beginning.

    PowerShell writes UTF-16 unless it is told otherwise; its mark says so.
    """
    first = stream.readline(LONGEST)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from _lines_of_utf16(first, stream)
        return
    line = first.removeprefix(codecs.BOM_UTF8)
    while line:
        if not line.endswith(b"\n") and len(line) >= LONGEST:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST)
            yield b"\0"  # no JSON: said to be too long
        else:
            yield line
        line = stream.readline(LONGEST)


def _lines_of_utf16(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    rest, block = "", first
    while block:
        *whole, rest = (rest + decoder.decode(block)).split("\n")
        yield from (line.encode() for line in whole)
        if len(rest) > LONGEST:
            rest = "\0"
        block = stream.read(65_536)
    if rest:
        yield rest.encode()


def _refuse(_: str) -> Any:
    raise ValueError  # NaN and Infinity are no JSON


_DECODE = json.JSONDecoder(parse_constant=_refuse).decode


def _record(line: bytes) -> Any:
    """Return the record of a line, or what is wrong with the line; its own words are never repeated."""
    if line == b"\0":
        return InputError(f"The line is longer than {LONGEST:,} bytes.")
    try:
        found = _DECODE(line.decode("utf-8").strip())
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    return InputError(
        "The line is no JSON object." if line.strip() else "The line is empty.",
        todo='Write each record on a line of its own, in UTF-8, such as {"priority": "P2"}; null for what is not known, not NaN.',
    )


def one_record(source: Path) -> dict[str, Any]:
    """Return the one record that stands on the standard input, or in a file, on one line or several."""
    with _opened(source) as stream:
        text = stream.read(LONGEST).removeprefix(codecs.BOM_UTF8)
    encoding = "utf-16" if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    found = _record(text.decode(encoding, "replace").encode())
    if isinstance(found, EquiwaitError):
        raise InputError("There is no JSON object to explain, or more than one.", todo=found.todo)
    record: dict[str, Any] = found
    return record
