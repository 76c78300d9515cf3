"""Passes over a list bigger than memory: part by part, on disk between passes, resumed where it was stopped.

All work lies in a folder beside the place of the outputs until everything is there. A part of a pass is a folder that gets
its name when it is whole; so a job that was killed finds what it has finished, does the rest, and gives what it would have
given. The outputs get their name last.
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

from equiwait.engines.keys_on_disk import answers_of, keys_of, read_table, write_answers, write_keys, write_table
from equiwait.engines.passes import Gather, Pass, Plan, Sums, Told, added, total_cells
from equiwait.errors import EquiwaitError, OptionError
from equiwait.parallel import meanwhile, spread
from equiwait.room import system_memory

__all__ = ["BLOCK", "Part", "Progress", "Source", "finish", "refuse_what_stands_at", "run"]

Value = TypeVar("Value")

BLOCK = 524_288
_SHAPE = "10 of 0.1.0"
"""What lies on disk between passes, and by which release: work of another shape is not gone on with. Any change of it is another number."""

_ABOUT = "job.json"
_OUTPUT = "output"
_CELLS = "cells.arrow"
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
        return _on_disk(done, job)
    except EquiwaitError as failed:
        if not isinstance(
            failed, _NoRoomError
        ):  # what is wrong with the list or with what is asked is wrong the next time too
            work.end()
        raise


def finish(job: Path, to: Path, write: Callable[[Path], None]) -> None:
    """Make the outputs of a finished job, give them their place, and leave nothing else behind.

    ``write`` may be stopped and called again: what it has moved stays where it moved it. Rows that lie between passes go before the
    outputs get their name, so that whatever stops this, no row is left where nobody looks for it.
    """
    whole = job / _OUTPUT

    def done() -> None:
        if not whole.exists():
            new = job / f"{_OUTPUT}.new"
            write(new)
            new.replace(whole)
        for rows in job.glob("pass-*/*-*"):
            _gone(rows)
        refuse_what_stands_at(to)
        whole.replace(to)

    _on_disk(done, job)
    shutil.rmtree(job, ignore_errors=True)


def refuse_what_stands_at(to: Path, job: Path | None = None) -> None:
    """Refuse to write over anything; what a ``job`` has left that was stopped after its outputs got their name goes.

    Raises
    ------
    OptionError
        If something stands there.
    """
    if not to.exists():
        return
    if job is not None and job.is_dir() and not _has_rows(job):
        shutil.rmtree(job, ignore_errors=True)
    raise OptionError(f"Something stands at {to.name!r} already.", todo="Choose another name, or move it away.")


def _has_rows(job: Path) -> bool:
    """Whether a folder holds anything but what a job leaves when all else of it is gone."""
    return any(each.is_file() and each.name not in ("told.json", _ABOUT, _CELLS) for each in job.rglob("*"))


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
    """The work on one source, in a folder of its own."""

    def __init__(self, source: Source, folder: Path, write: Write, progress: Progress) -> None:
        self.source, self.folder, self.write, self.progress = source, folder, write, progress
        lots = max(1, -(-source.rows // _LOT))
        self.homes = lots + (lots > 1) * lots % 2  # several are an even number, as cores mostly are
        self.mine = False

    def begin(self, identity: dict[str, str]) -> None:
        """Begin, or go on with what is there; refuse the folder of other work."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        about = self.folder / _ABOUT
        if _identity_in(about) not in (None, identity):
            raise OptionError(
                f"{self.folder.name!r} holds unfinished work of another recipe, of another version of equiwait, or on a list "
                "that has changed since.",
                todo="Delete that folder to begin anew, or choose another place for the outputs.",
            )
        if not about.is_file() and any(each.name[:1] != "." for each in self.folder.iterdir()):
            raise OptionError(
                f"{self.folder.name!r} is where the work would lie until it is done, and holds something else.",
                todo="Move it away, or choose another place for the outputs.",
            )
        _write_json(identity, about)
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
        done = here / "told.json"
        if not done.is_file():
            here.mkdir(exist_ok=True)
            parts = self._done(ahead, here, rows)
            nothing: Sums = {}
            sums = reduce(added, (_read_json(part / "part.json")["sums"] for part in parts), nothing)
            with meanwhile(partial(_add_up, parts, here / _CELLS)):
                for gather in ahead.gathers:
                    sums = added(sums, self._solved(gather, here, parts))
            _write_json(sums, done)
        if rows is not None and self._keeps(ahead):
            for old in (
                *rows.glob("part-*"),
                *rows.glob("answers-*"),
            ):  # what each pass told stays, for a job that resumes
                shutil.rmtree(old)
        cells = here / _CELLS
        return Told(_read_json(done), read_table(cells) if cells.is_file() else None)

    def _done(self, ahead: Pass, here: Path, rows: Path | None) -> list[Path]:
        """Do every part of a pass, and return their folders."""
        several = enumerate(self._parts(ahead, rows))
        parts, seen = [], 0
        for part in spread(lambda each: self._part(ahead, here, each[0], *each[1]), several):
            parts.append(part)
            seen += _read_json(part / "part.json")["rows"]
            self.progress(min(seen / max(self.source.rows, 1), 1.0), f"{ahead.name}: {seen:,} rows")
        return parts

    def _parts(self, ahead: Pass, rows: Path | None) -> Iterator[tuple[Part, Path | None]]:
        """Yield the parts that a pass works on: of the source, or as the last pass left them, and where that is."""
        if rows is None:
            parts = self.source.parts(None if self._keeps(ahead) else ahead.reads)
            return ((partial(_in_one, part), None) for part in parts)
        answers = sorted(rows.glob("answers-*"))
        return ((partial(_left, part, at, answers), part) for at, part in enumerate(sorted(rows.glob("part-*"))))

    def _part(self, ahead: Pass, here: Path, number: int, read: Part, before: Path | None) -> Path:
        """Do one part, unless it is done: it gets its name when it is whole, and what it was made of goes."""
        folder = here / f"part-{number:06d}"
        if not folder.is_dir():
            _whole(folder, partial(self._written, ahead, read))
        if before is not None and self._keeps(ahead):
            for old in before.iterdir():  # the folder itself stays: parts are counted by it
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
            write_table(rows, folder / "rows.arrow")
        for gather in ahead.gathers:
            keys = pa.Table.from_batches([each.keys[gather.name] for each in done])
            kept = rows if self._keeps(ahead) else None
            write_keys(keys, gather.seldom, kept, self.homes, folder / f"{gather.name}.keys")
        cells, said = ahead.counts(done)
        if cells is not None:
            write_table(cells, folder / _CELLS)
        sums = reduce(added, (each.sums for each in done), said)
        about = json.dumps({"rows": table.num_rows, "sums": sums})
        (folder / "part.json").write_text(about, encoding="utf-8")  # the folder gets its name when all of it is there

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
            if not path.is_file():
                mine, sizes = keys_of(lot, self.homes, keys)
                _whole(path, partial(write_answers, gather.solve(mine, votes), sizes))
            return path

        for lot, path in enumerate(spread(solved, range(self.homes))):
            self.progress((lot + 1) / self.homes, f"{gather.name}: {lot + 1} of {self.homes}")
            if gather.tell is not None:
                said = added(said, gather.tell(read_table(path)))
        return said


def _identity_in(about: Path) -> object:
    """Return what tells the work that lies in a folder from other work; nothing where none does."""
    if not about.is_file():
        return None
    try:
        return json.loads(about.read_text(encoding="utf-8"))
    except ValueError:
        return "damaged"


def _add_up(parts: Sequence[Path], path: Path) -> None:
    """Write the counts of all parts as one table, where there are any."""
    cells = [part / _CELLS for part in parts if (part / _CELLS).is_file()]
    if cells:
        _whole(path, partial(write_table, _total(cells)))


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


def _left(part: Path, number: int, answers: Sequence[Path]) -> pa.Table:
    """Read a part as the last pass left it, with the answers to its keys beside it."""
    table = read_table(part / "rows.arrow")
    for folder in answers:
        name = folder.name.removeprefix("answers-")
        found = answers_of(number, sorted(folder.glob("lot-*.arrow")), part / f"{name}.keys")
        for column in found.column_names:
            table = table.append_column(column, found[column])
    return table


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
