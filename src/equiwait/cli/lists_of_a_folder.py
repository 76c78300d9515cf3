"""The lists of a folder, each with its day in its name: read one after the other, and kept on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from equiwait.cli.list_options import ListOptions, question
from equiwait.cli.messages import Steps
from equiwait.cli.saved_mapping import NAME as MAPPING
from equiwait.errors import InputError, listed, naming

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.rows.intake.columns import SaidOfSeveral

__all__ = ["ListsOfAFolder", "read_all"]

_FEWEST = 3


class ListsOfAFolder(NamedTuple):
    """What a folder holds: one list is in memory, and the columns of one more that tell what became of its people.

    ``files`` are the lists as they were read, by day, and ``rows`` how many rows the longest has; ``last`` is the day up to
    which the run before this one went, and ``then`` the list of it; ``passed_over`` names the files that are no lists, by reason.
    """

    files: dict[str, list[Path]]
    rows: int
    newest: pd.DataFrame
    last: str
    then: pd.DataFrame
    passed_over: dict[str, list[str]]


def read_all(asked: ListOptions, runs: Path, by: Sequence[str], kept: Path, shown: Steps) -> ListsOfAFolder:
    """Read the lists of a folder.

    Parameters
    ----------
    asked : ListOptions
        The folder, and how its lists are read and linked.
    runs : pathlib.Path
        The folder of the runs: its names say which was the last day of the run before.
    by : sequence of str
        The questions, as they were typed.
    kept : pathlib.Path
        A folder for the lists as they were read: rows of people.
    shown : Steps
        The progress of the job.
    """
    shown.step("Reading the lists")
    days, passed_over = _by_day(asked.source, runs)
    last = _last_time(runs, sorted(days))
    said: list[SaidOfSeveral] = []
    files, rows, newest, then = {}, 0, None, None
    for at, (day, paths) in enumerate(sorted(days.items())):
        shown.part(at / len(days), f"Reading the list of {day}")
        parts = [_read(asked, path, day, said) for path in paths]
        files[day] = [_saved(part, kept / f"{day}-{number}.parquet") for number, part in enumerate(parts)]
        newest = _one_list(parts)
        rows = max(rows, len(newest))
        then = _followed(newest, by) if day == last else then
    for each in said:
        each.refuse()
    assert newest is not None
    assert then is not None
    return ListsOfAFolder(files, rows, newest, last, then, passed_over)


def _by_day(folder: Path, runs: Path) -> tuple[dict[str, list[Path]], dict[str, list[str]]]:
    """The files of each day, and the names of what is passed over, by reason."""
    from equiwait.files.read_table import can_be_read
    from equiwait.rows.intake.extracts import days_in

    if not folder.is_dir():
        raise InputError(f"{folder.name!r} is no folder.", todo="Give the folder that holds the lists of each month.")
    there = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")))
    there = [path for path in there if path.resolve() != runs.resolve() and path.name != MAPPING]
    files = [path for path in there if can_be_read(path) and path.is_file()]
    dated = [(path, days_in(path.name)) for path in files]
    found: dict[str, list[Path]] = {}
    for path, days in dated:
        if len(days) == 1:
            found.setdefault(days[0], []).append(path)
    if len(found) < _FEWEST:
        raise InputError(
            "The folder holds lists of fewer than three days.",
            found=f"Days in file names: {listed(sorted(found)) or 'none'}.",
            todo="Name each list by its day, ptl_2026-10-31.csv, and put all of them straight into this folder.",
        )
    return found, {
        "not one day in the name": [path.name for path, days in dated if len(days) != 1],
        "not a kind of file that can be read": [path.name for path in there if path not in files],
    }


def _last_time(runs: Path, days: Sequence[str]) -> str:
    """Return the last day of the run before this one; without one, the day of the list before the last."""
    done = {path.name for path in runs.iterdir()} if runs.is_dir() else set()
    known = [day for day in days[:-1] if day in done]
    return known[-1] if known else days[-2]


def _read(asked: ListOptions, path: Path, day: str, said: list[SaidOfSeveral]) -> pd.DataFrame:
    options = asked.of(path, day)
    return options.link(naming(path.name, partial(options.read, partial(_said_once, said))), Steps())


def _said_once(kept: list[SaidOfSeveral], given: Mapping[str, str]) -> SaidOfSeveral:
    """Return what is said of the headers of all lists: one may have a header that another has not."""
    from equiwait.rows.intake.columns import SaidOfSeveral

    if not kept:
        kept.append(SaidOfSeveral(given))
    return kept[0]


def _saved(waiting: pd.DataFrame, path: Path) -> Path:
    import pyarrow.parquet as pq

    from equiwait.rows.intake.parts import as_table

    pq.write_table(as_table(waiting), path, compression="lz4")
    return path


def _one_list(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    from equiwait.rows.intake.parts import joined

    return parts[0] if len(parts) == 1 else joined(parts)


def _followed(waiting: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Of a list the columns that tell who its people are and where they are found again."""
    from equiwait.answers.grouped_people import reads_of
    from equiwait.answers.snapshots.matching import NUMBERS

    asked = [question(one) for one in by] or None
    reads = reads_of(list(map(str, waiting.columns)), asked, "month", [*NUMBERS, "stop_reason"])
    return waiting[[name for name in waiting.columns if name in reads]]
