"""Passes over a list bigger than memory: part by part, resumed where it was stopped.

All work lies in a folder beside the place of the outputs until everything is there. A part of a pass is a folder that gets
its name when it is whole; so a job that was killed finds what it has finished, does the rest, and gives what it would have
given. The outputs get their name last. What a pass leaves for the next stays in memory as long as there is room for all of
it; a job that was killed then has nothing to find but parts of the outputs, and does the passes before them anew.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from equiwait.engines.keys_on_disk import read_table, write_answers, write_keys, write_table
from equiwait.engines.parts_between import (
    ABOUT,
    CELLS,
    ROWS,
    Answers,
    Filed,
    Held,
    InMemory,
    Keys,
    Left,
    OnDisk,
    Part,
)
from equiwait.engines.passes import Gather, Pass, Plan, Sums, Told, added, total_cells
from equiwait.errors import EquiwaitError, OptionError
from equiwait.parallel import spread

__all__ = ["BLOCK", "ROOM", "Part", "Progress", "Source", "finish", "run"]

Value = TypeVar("Value")

BLOCK = 131_072
ROOM = 1 << 30
"""Bytes of rows and keys that may lie in memory between passes; of a list that has more they lie on disk."""

_TOLD = "told.json"
_LAST = 4  # blocks at once in the last pass, so that fewer cells of counts stand in several
_TABLES = 16  # of counts, added up at a time
_LOT = 1_500_000
"""Rows whose keys are solved together."""

Progress: TypeAlias = Callable[[float, str], None]
"""Is told the share of a pass that is done, and what is being done."""

Write: TypeAlias = Callable[[pa.Table, Path], None]
"""Writes one part of the outputs."""


class Source(Protocol):
    """A list in parts, always the same parts in the same order."""

    @property
    def identity(self) -> str:
        """What tells it from every other list, and from itself once it has changed."""

    @property
    def rows(self) -> int:
        """About how many rows it has."""

    @property
    def slow(self) -> bool:
        """Whether reading it twice costs more than writing it down."""

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[Part]:
        """Yield its parts, with the columns asked for."""


def run(
    plan: Plan,
    source: Source,
    job: Path,
    fingerprint: str,
    write: Write,
    progress: Progress | None = None,
    *,
    room: int | None = None,
) -> Path:
    """Run a plan over a source, and return the folder in which the parts of its outputs lie.

    Parameters
    ----------
    plan : Plan
        What is done.
    source : Source
        The list.
    job : pathlib.Path
        The folder of the work; one that is there is gone on with.
    fingerprint : str
        What tells this work from every other.
    write : callable
        Writes a part of the outputs to a path.
    progress : callable, optional
        Called as ``progress(share_done, what)``.
    room : int, optional
        How many bytes of rows and keys may lie in memory between passes; by default `ROOM`.

    Raises
    ------
    OptionError
        If the folder holds other work, or the disk does not take it.
    """
    work = _Job(source, job, write, progress or _silent, ROOM if room is None else room)

    def done() -> Path:
        work.begin({"work": fingerprint, "source": source.identity})
        return work.passes(plan)

    try:
        return _on_disk(done, job)
    except EquiwaitError as failed:
        if not isinstance(
            failed, _NoRoomError
        ):  # what is wrong with the list or with what is asked is wrong the next time too
            work.end()
        raise


def finish(job: Path, to: Path, write: Callable[[Path], None]) -> None:
    """Make the outputs of a finished job, give them their place, and leave nothing else behind."""

    def done() -> None:
        new = job / "output"
        if new.is_dir():
            shutil.rmtree(new)
        new.unlink(missing_ok=True)
        write(new)
        new.replace(to)

    _on_disk(done, job)
    shutil.rmtree(job, ignore_errors=True)


class _NoRoomError(OptionError):
    """The disk does not take what is written; the work so far is kept."""


def _on_disk(do: Callable[[], Value], job: Path) -> Value:
    """Call ``do``; a failure of the disk becomes one sentence, raised outside the ``except`` block."""
    try:
        return do()
    except OSError as failed:
        failure = os.strerror(failed.errno) if failed.errno else type(failed).__name__
    raise _NoRoomError(
        f"The work could not be written to {job.name!r} ({failure}).",
        found="What was finished is kept there; no output has been made.",
        todo="Make room, or choose another place, and run it again: it goes on where it stopped.",
    )


def _silent(_share: float, _what: str) -> None:
    """Tell nobody."""


class _Job:
    """The work on one source, in a folder of its own: what a pass leaves for the next lies there if memory has no room for it."""

    def __init__(self, source: Source, folder: Path, write: Write, progress: Progress, room: int) -> None:
        self.source, self.folder, self.write, self.progress, self.room = source, folder, write, progress, room
        self.homes = max(1, -(-source.rows // _LOT))
        self.mine = False
        self.filed = False
        self.left: Left | None = None
        self.untold: list[tuple[Path, Told]] = []

    def begin(self, identity: dict[str, str]) -> None:
        """Begin, or go on with what is there; refuse the folder of other work."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        about = self.folder / "job.json"
        if about.is_file() and json.loads(about.read_text(encoding="utf-8")) != identity:
            raise OptionError(
                f"{self.folder.name!r} holds unfinished work of another recipe, or on a list that has changed since.",
                todo="Delete that folder to begin anew, or choose another place for the outputs.",
            )
        _write_json(identity, about)
        self.mine = True
        self.filed = any(self.folder.glob(f"pass-*/part-*/{ROWS}"))

    def end(self) -> None:
        """Leave nothing behind."""
        if self.mine:
            shutil.rmtree(self.folder, ignore_errors=True)

    def passes(self, plan: Plan) -> Path:
        """Run every pass, and return the folder of the last."""
        ahead, number = next(plan, None), 0
        here = self.folder
        while ahead is not None:
            here = self.folder / f"pass-{number}"
            told = self._told(ahead, here)
            number += 1
            try:
                ahead = plan.send(told)
            except StopIteration:
                ahead = None
        return here

    def _keeps(self, ahead: Pass) -> bool:
        """Whether a pass leaves rows behind for the next: one that only looks does so where looking twice is slow."""
        return ahead.reads is None or self.source.slow

    def _told(self, ahead: Pass, here: Path) -> Told:
        """Run one pass, or read what it told when it was run before."""
        left: Left
        if (here / _TOLD).is_file():
            cells = here / CELLS
            told, left = Told(_read_json(here / _TOLD), read_table(cells) if cells.is_file() else None), OnDisk(here)
        else:
            here.mkdir(exist_ok=True)
            told, left = self._passed(ahead, here)
        if self._keeps(ahead):
            if self.left is not None:
                self.left.gone()
            self.left = left
        return told

    def _passed(self, ahead: Pass, here: Path) -> tuple[Told, Left]:
        """Run one pass, and return what it tells and the rows that it leaves."""
        parts = self._done(ahead, here)
        held = [part for part in parts if isinstance(part, Held)]
        nothing: Sums = {}
        sums, answers = reduce(added, (part.sums for part in parts), nothing), dict[str, Answers]()
        for gather in ahead.gathers:
            said, found = self._solved(gather, here, parts)
            sums = added(sums, said)
            if held:
                answers[gather.name] = Answers(found, [part.keys[gather.name] for part in held])
        told = Told(sums, _total(parts))
        self.untold.append((here, told))
        if not held and (self._keeps(ahead) or len(self.untold) == 1):
            self._tell()
        return told, InMemory(held, answers) if held else OnDisk(here)

    def _tell(self) -> None:
        """Write what passes told whose rows nobody needs in memory any more, the last first: none is told whose rows are lost."""
        for here, told in reversed(self.untold):
            if told.cells is not None:
                _whole(here / CELLS, partial(write_table, told.cells))
            _write_json(told.sums, here / _TOLD)
        self.untold = []

    def _done(self, ahead: Pass, here: Path) -> list[Held | Filed]:
        """Do every part of a pass, and return what was made of them: all in memory, or all in folders."""
        if self.left is None:
            several = enumerate(self.source.parts(None if self._keeps(ahead) else ahead.reads))
        else:
            several = enumerate(self.left.parts())
        parts: list[Held | Filed] = []
        seen = held = 0
        for part in spread(lambda each: self._part(ahead, here, *each), several):
            parts.append(part)
            seen, held = seen + part.many, held + part.size()
            self.filed = self.filed or self._too_large(held, seen)
            if self.filed:
                parts = [self._file(ahead, here, *each) for each in enumerate(parts)]
            self.progress(min(seen / max(self.source.rows, 1), 1.0), f"{ahead.name}: {seen:,} rows")
        return parts

    def _too_large(self, held: int, seen: int) -> bool:
        """Whether rows and keys of the list, by those that have been seen, are more than may stay in memory."""
        expected = held * max(1.0, self.source.rows / max(seen, 1))
        return held > 0 and expected + (self.left.size if self.left else 0) > self.room

    def _part(self, ahead: Pass, here: Path, number: int, read: Part) -> Held | Filed:
        """Do one part, unless it is done: in memory, or in a folder that gets its name when it is whole."""
        if (folder := _folder(here, number)).is_dir():
            return Filed(folder)
        made = self._made(ahead, read())
        return self._file(ahead, here, number, made) if self.filed or ahead.last or made.left is None else made

    def _made(self, ahead: Pass, table: pa.Table) -> Held:
        done = [ahead.work(block) for block in _blocks(table, BLOCK * (_LAST if ahead.last else 1))]
        left = table if self.source.slow else None
        if ahead.reads is None:
            left = pa.Table.from_batches([each.rows for each in done])
        keys = {gather.name: Keys([each.keys[gather.name] for each in done], self.homes) for gather in ahead.gathers}
        cells = [each.cells for each in done if each.cells is not None]
        counted = cells[0] if len(cells) == 1 else total_cells(cells)
        nothing: Sums = {}
        return Held(table.num_rows, reduce(added, (each.sums for each in done), nothing), left, keys, counted)

    def _file(self, ahead: Pass, here: Path, number: int, part: Held | Filed) -> Filed:
        """Write what was made of a part to its folder, unless it is there."""
        if isinstance(part, Filed):
            return part
        folder = _folder(here, number)
        _whole(folder, partial(self._written, ahead, part))
        return Filed(folder)

    def _written(self, ahead: Pass, part: Held, folder: Path) -> None:
        folder.mkdir()
        if part.left is not None:
            self.write(part.left, folder) if ahead.last else write_table(part.left, folder / ROWS)
        for name, keys in part.keys.items():
            write_keys(keys.blocks, self.homes, folder / f"{name}.keys")
        if part.counted is not None:
            write_table(part.counted, folder / CELLS)
        _write_json({"rows": part.many, "sums": part.sums}, folder / ABOUT)

    def _solved(self, gather: Gather, here: Path, parts: Sequence[Held | Filed]) -> tuple[Sums, list[pa.Table]]:
        """Solve the keys of a pass, lot by lot; return what the answers say of the whole list, and those in memory."""
        votes: Sums = {}
        said: Sums = {}
        lots = range(self.homes)
        if gather.vote is not None:
            vote = gather.vote
            votes = reduce(added, spread(lambda lot: vote(self._keys(gather, parts, lot)[0]), lots), votes)
        filed = any(isinstance(part, Filed) for part in parts)
        folder = here / f"answers-{gather.name}"
        if filed:
            folder.mkdir(exist_ok=True)

        def solved(lot: int) -> pa.Table:
            path = folder / f"lot-{lot:04d}.arrow"
            if not path.is_file():
                mine, sizes = self._keys(gather, parts, lot)
                found = gather.solve(mine, votes)
                if not filed:
                    return found
                _whole(path, partial(write_answers, found, sizes))
            return read_table(path)

        tables: list[pa.Table] = []
        for lot, table in enumerate(spread(solved, lots)):
            self.progress((lot + 1) / self.homes, f"{gather.name}: {lot + 1} of {self.homes}")
            if gather.tell is not None:
                said = added(said, gather.tell(table))
            tables += [] if filed else [table]
        return said, tables

    def _keys(self, gather: Gather, parts: Sequence[Held | Filed], lot: int) -> tuple[pa.Table, list[int]]:
        """Return the keys of one lot in the order of the list, and how many of them come from each part."""
        tables = [part.keys_of(gather.name, lot, self.homes) for part in parts]
        return pa.concat_tables(tables), [table.num_rows for table in tables]


def _folder(here: Path, number: int) -> Path:
    return here / f"part-{number:06d}"


def _blocks(table: pa.Table, size: int) -> list[pa.RecordBatch]:
    """Cut a table into blocks of so many rows; where it lies in such blocks already nothing is copied."""
    whole = table.unify_dictionaries()
    blocks: list[pa.RecordBatch] = whole.to_batches(max_chunksize=size)
    if len(blocks) > -(-len(table) // size):
        blocks = whole.combine_chunks().to_batches(max_chunksize=size)
    return blocks


def _total(parts: Sequence[Held | Filed]) -> pa.Table | None:
    """Return the counts of all parts as one table, a few parts at a time: their number grows with the list, what they hold does not."""
    total: pa.Table | None = None
    for start in range(0, len(parts), _TABLES):
        tables = (total, *(part.counted for part in parts[start : start + _TABLES]))
        total = total_cells([table for table in tables if table is not None])
    return total


# --- files that appear whole or not at all ---------------------------------------------------------------------------


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file or folder under another name, then give it its own."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    _gone(new)  # a process that was killed may have had the same numbers
    try:
        write(new)
        new.replace(path)
    except BaseException:
        _gone(new)
        raise


def _gone(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)


def _write_json(value: Any, path: Path) -> None:
    _whole(path, lambda new: new.write_text(json.dumps(value), encoding="utf-8"))


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
