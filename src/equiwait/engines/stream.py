"""Passes over a list bigger than memory: part by part, on disk between passes, resumed where it was stopped.

All work lies in a folder beside the place of the outputs until everything is there. A part of a pass is a folder that gets
its name when it is whole; so a job that was killed finds what it has finished, does the rest, and gives what it would have
given. The outputs get their name last.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from equiwait.engines.keys_on_disk import answers_of, keys_of, read_table, write_answers, write_keys, write_table
from equiwait.engines.passes import Gather, Pass, Plan, Sums, Told, added, total_cells
from equiwait.engines.work_folder import (
    CELLS,
    MADE,
    TOLD,
    NoRoomError,
    begin,
    gone,
    if_whole,
    is_whole,
    lost,
    on_disk,
    opens,
    read_json,
    refuse_what_stands_at,
    stamps,
    whole,
    write_json,
)
from equiwait.errors import EquiwaitError
from equiwait.parallel import meanwhile, spread
from equiwait.room import system_memory

__all__ = ["BLOCK", "Part", "Progress", "Source", "finish", "run"]

BLOCK = 524_288
_SHAPE = "11 of 0.1.0"
"""What lies on disk between passes, and by which release: work of another shape is not gone on with. Any change of it is another number."""

_OUTPUT = "output"
_PART, _KEPT = "part.json", "rows.arrow"
_TABLES = 16  # of counts, added up at a time
_LOT = 1_500_000
"""Rows whose keys are solved together."""

Part: TypeAlias = Callable[[], pa.Table]
"""Reads one part of a list."""

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
    plan: Plan, source: Source, job: Path, fingerprint: str, write: Write, progress: Progress | None = None
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

    Raises
    ------
    OptionError
        If the folder holds other work, or the disk does not take it.
    """
    work = _Job(source, job, write, progress or _silent)

    def done() -> Path:
        work.begin({"work": fingerprint, "source": source.identity, "shape": _SHAPE})
        with system_memory():
            return work.passes(plan)

    try:
        return on_disk(done, job)
    except EquiwaitError as failed:
        if not isinstance(
            failed, NoRoomError
        ):  # what is wrong with the list or with what is asked is wrong the next time too
            work.end()
        raise


def finish(job: Path, to: Path, write: Callable[[Path], None]) -> None:
    """Make the outputs of a finished job, give them their place, and leave nothing else behind.

    ``write`` may be stopped and called again: what it has moved stays where it moved it. Rows that lie between passes go before the
    outputs get their name, so that whatever stops this, no row is left where nobody looks for it.
    """
    output, said = job / _OUTPUT, job / MADE

    def done() -> None:
        if not output.exists():
            new = _moved_to(job)
            write(new)
            write_json(stamps(new), said)
            new.replace(output)
        elif stamps(output) != if_whole(said):
            shutil.rmtree(job)
            raise lost(job)
        for rows in job.glob("pass-*/*-*"):
            gone(rows)
        refuse_what_stands_at(to)
        output.replace(to)

    on_disk(done, job)
    shutil.rmtree(job, ignore_errors=True)


def _moved_to(job: Path) -> Path:
    """Where the outputs lie until all of them are there."""
    return job / f"{_OUTPUT}.new"


def _silent(_share: float, _what: str) -> None:
    """Tell nobody."""


class _Job:
    """The work on one source, in a folder of its own."""

    def __init__(self, source: Source, folder: Path, write: Write, progress: Progress) -> None:
        self.source, self.folder, self.write, self.progress = source, folder, write, progress
        lots = max(1, -(-source.rows // _LOT))
        self.homes = lots + (lots > 1) * lots % 2  # several are an even number, as cores mostly are
        self.mine = False

    def begin(self, identity: dict[str, str]) -> None:
        """Begin, or go on with what is there; refuse the folder of other work."""
        begin(self.folder, identity)
        self.mine = True

    def end(self) -> None:
        """Leave nothing behind."""
        if self.mine:
            shutil.rmtree(self.folder, ignore_errors=True)

    def passes(self, plan: Plan) -> Path:
        """Run every pass, and return the folder of the last."""
        ahead, number, rows = next(plan, None), 0, None
        here = self.folder
        while ahead is not None:
            here = self.folder / f"pass-{number}"
            told = self._told(ahead, here, rows)
            rows, number = here if self._keeps(ahead) else rows, number + 1
            try:
                ahead = plan.send(told)
            except StopIteration:
                ahead = None
        return here

    def _keeps(self, ahead: Pass) -> bool:
        """Whether a pass leaves rows behind for the next: one that only looks does so where looking twice is slow."""
        return ahead.reads is None or self.source.slow

    def _told(self, ahead: Pass, here: Path, rows: Path | None) -> Told:
        """Run one pass, or read what it told when it was run before."""
        told = self._before(ahead, here) or self._now(ahead, here, rows)
        if rows is not None and self._keeps(ahead):
            for old in (
                *rows.glob("part-*"),
                *rows.glob("answers-*"),
            ):  # what each pass told stays, for a job that resumes
                shutil.rmtree(old)
        return Told(told["sums"], read_table(here / CELLS) if told["cells"] else None)

    def _before(self, ahead: Pass, here: Path) -> Any:
        """What a pass told when it was run before; None where anything of it is not whole that can be done again."""
        told = if_whole(here / TOLD)
        if told is None or (told["cells"] and not opens(here / CELLS)):
            return None
        needed = ahead.last and not (self.folder / _OUTPUT).exists()
        return told if not needed or all(map(self._is_whole, _parts_of(here))) else None

    def _now(self, ahead: Pass, here: Path, rows: Path | None) -> Any:
        """Run a pass, and write down what it tells."""
        here.mkdir(exist_ok=True)
        parts = self._done(ahead, here, rows)
        nothing: Sums = {}
        sums = reduce(added, (read_json(part / _PART)["sums"] for part in parts), nothing)
        with meanwhile(partial(_add_up, parts, here / CELLS)):
            for gather in ahead.gathers:
                sums = added(sums, self._solved(gather, here, parts))
        told = {"sums": sums, "parts": len(parts), "cells": (here / CELLS).is_file()}
        write_json(told, here / TOLD)
        return read_json(here / TOLD)  # as whoever goes on reads it

    def _is_whole(self, part: Path) -> bool:
        """Whether a part is as it was written; of an ended job its rows may lie among the outputs already."""
        return is_whole(part, if_whole(part / _PART), moved=_moved_to(self.folder))

    def _done(self, ahead: Pass, here: Path, rows: Path | None) -> list[Path]:
        """Do every part of a pass, and return their folders."""
        several = enumerate(self._parts(ahead, rows))
        parts, seen = [], 0
        for part in spread(lambda each: self._part(ahead, here, each[0], *each[1]), several):
            parts.append(part)
            seen += read_json(part / _PART)["rows"]
            self.progress(min(seen / max(self.source.rows, 1), 1.0), f"{ahead.name}: {seen:,} rows")
        return parts

    def _parts(self, ahead: Pass, rows: Path | None) -> Iterator[tuple[Part, Path | None]]:
        """Yield the parts that a pass works on: of the source, or as the last pass left them, and where that is."""
        if rows is None:
            parts = self.source.parts(None if self._keeps(ahead) else ahead.reads)
            return ((partial(_in_one, part), None) for part in parts)
        answers = sorted(rows.glob("answers-*"))
        if not all(map(opens, rows.glob("answers-*/lot-*.arrow"))):
            raise lost(self.folder)
        return ((partial(self._left, part, at, answers), part) for at, part in enumerate(_parts_of(rows)))

    def _left(self, part: Path, number: int, answers: Sequence[Path]) -> pa.Table:
        """Read a part as the last pass left it, with the answers to its keys beside it."""
        if not self._is_whole(part):
            raise lost(self.folder)
        table = read_table(part / _KEPT)
        for folder in answers:
            name = folder.name.removeprefix("answers-")
            found = answers_of(number, sorted(folder.glob("lot-*.arrow")), part / f"{name}.keys")
            for column in found.column_names:
                table = table.append_column(column, found[column])
        return table

    def _part(self, ahead: Pass, here: Path, number: int, read: Part, before: Path | None) -> Path:
        """Do one part, unless it is done: it gets its name when it is whole, and what it was made of goes."""
        folder = _part_at(here, number)
        if not self._is_whole(folder):
            gone(folder)  # what a machine that stopped has left of it
            whole(folder, partial(self._written, ahead, read))
        if before is not None and before.is_dir() and self._keeps(ahead):
            for old in before.iterdir():
                old.unlink()
        return folder

    def _written(self, ahead: Pass, read: Part, folder: Path) -> None:
        folder.mkdir()
        table = read()
        done = [ahead.work(block) for block in table.to_batches(max_chunksize=BLOCK)]
        rows = table if ahead.reads is not None else pa.Table.from_batches([each.rows for each in done])
        if ahead.last:
            self.write(rows, folder)
        elif self._keeps(ahead):
            write_table(rows, folder / _KEPT)
        for gather in ahead.gathers:
            keys = pa.Table.from_batches([each.keys[gather.name] for each in done])
            kept = rows if self._keeps(ahead) else None
            write_keys(keys, gather.seldom, kept, self.homes, folder / f"{gather.name}.keys")
        cells, said = ahead.counts(done)
        if cells is not None:
            write_table(cells, folder / CELLS)
        sums = reduce(added, (each.sums for each in done), said)
        about = json.dumps({"rows": table.num_rows, "sums": sums, "files": stamps(folder)})
        (folder / _PART).write_text(about, encoding="utf-8")  # the folder gets its name when all of it is there

    def _solved(self, gather: Gather, here: Path, parts: Sequence[Path]) -> Sums:
        """Solve the keys of a pass, lot by lot, and return what the answers say of the whole list."""
        folder = here / f"answers-{gather.name}"
        folder.mkdir(exist_ok=True)
        keys = [part / f"{gather.name}.keys" for part in parts]
        votes: Sums = {}
        said: Sums = {}
        if gather.vote is not None:
            vote = gather.vote
            votes = reduce(
                added, spread(lambda lot: vote(keys_of(lot, self.homes, keys)[0].table), range(self.homes)), votes
            )

        def solved(lot: int) -> Path:
            path = folder / f"lot-{lot:04d}.arrow"
            if not opens(path):
                mine, sizes = keys_of(lot, self.homes, keys)
                whole(path, partial(write_answers, gather.solve(mine, votes), sizes))
            return path

        for lot, path in enumerate(spread(solved, range(self.homes))):
            self.progress((lot + 1) / self.homes, f"{gather.name}: {lot + 1} of {self.homes}")
            if gather.tell is not None:
                said = added(said, gather.tell(read_table(path)))
        return said


def _part_at(here: Path, number: int) -> Path:
    return here / f"part-{number:06d}"


def _parts_of(here: Path) -> list[Path]:
    """Return the folders that the parts of a pass have or had: as many as it says, whatever lies there now."""
    return [_part_at(here, number) for number in range(read_json(here / TOLD)["parts"])]


def _add_up(parts: Sequence[Path], path: Path) -> None:
    """Write the counts of all parts as one table, where there are any."""
    cells = [part / CELLS for part in parts if (part / CELLS).is_file()]
    if cells:
        whole(path, partial(write_table, _total(cells)))


def _total(cells: Sequence[Path]) -> pa.Table:
    """Return the counts of all parts as one table, a few parts at a time: their number grows with the list, what they hold does not."""
    total: list[pa.Table] = []
    for start in range(0, len(cells), _TABLES):
        whole = total_cells([*total, *map(read_table, cells[start : start + _TABLES])])
        total = [] if whole is None else [whole]
    return total[0]


def _in_one(read: Part) -> pa.Table:
    """Read a part of the source, however small it was cut."""
    return read().unify_dictionaries().combine_chunks()
