"""`tidy`: plain CSV tables for other tools, with the same columns every time."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from os import PathLike
from pathlib import Path

import pandas as pd

from equiwait.files.whole_files import IN_TEAM
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.cell_text import formula_safe
from equiwait.reporting.release_gate import Folders, let_through
from equiwait.results import Result

__all__ = ["save_csv", "tidy", "tidy_tables"]


def tidy(
    *results: Result,
    to: str | PathLike[str],
    allow_unsuppressed: bool = False,
    previous: Folders = None,
    replace: bool = False,
    in_team: bool = False,
) -> list[Path]:
    """Write the tables of results as CSV files, one for each section of results.

    Parameters
    ----------
    *results : Result
        What `completeness`, `disparities` and the like return.
    to : path
        A folder; it is made if it is not there.
    allow_unsuppressed : bool
        Let results with small numbers through; ``IN-TEAM`` then stands in the file names.
    previous : path, or sequence of path, optional
        The folder of the last release, or of several: what they show is known, so that less may have to be shown now.
    replace : bool
        Write over tables of an earlier run that somebody has changed since.
    in_team : bool
        The tables of the team: exact results (``suppression="none"``) are let through, as by ``allow_unsuppressed``.

    Returns
    -------
    list of pathlib.Path
        The files written: ``gaps.csv``, ``missing.csv`` and so on, in the order of a report. Beside them stands
        ``manifest.json``, by which the next run knows its own files.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If something is not a result, or the folder cannot be written to, or holds a file of that name that is not ours or was
        changed since.

    Notes
    -----
    Seven columns stand first, ``section result period provider edition rule version``, so that a year of runs stacks; then
    those of the result's table as they are. Shares are from 0 to 1. A hidden or missing number is an empty cell. Dates are
    ISO. The encoding is UTF-8 with a byte-order mark, so that Excel reads it. Text that a spreadsheet would run has an
    apostrophe before it.

    Examples
    --------
    >>> import tempfile
    >>> import equiwait as ew
    >>> waiting = ew.read_list(pd.DataFrame({"clock_start": ["2026-01-01"] * 40, "sex": ["1", "2"] * 20}), snapshot="2026-10-31")
    >>> [path.name for path in tidy(ew.disparities(waiting, "sex"), to=Path(tempfile.mkdtemp()) / "tables")]
    ['gaps.csv']
    """
    ready, exact = let_through(results, allow_unsuppressed or in_team, previous)
    tables = tidy_tables(ready, exact)

    def save(folder: Path) -> None:
        for name, table in tables.items():
            save_csv(table, folder / name)

    write_folder(to, save, made_by="tidy", replace=replace)
    return [Path(to).resolve() / name for name in tables]


def tidy_tables(results: Sequence[Result], in_team: bool) -> dict[str, pd.DataFrame]:
    """Return the tables by file name: results of one section and the same columns share a file."""
    gathered: dict[tuple[str, tuple[str, ...]], list[pd.DataFrame]] = {}
    ours_is = version("equiwait")  # asked of the disk each time
    for result in results:
        table = result.table.reset_index(drop=True)
        told = result.provenance
        ours = {
            "section": result.section,
            "result": result.title,
            "period": told.period or result.as_of,
            "provider": told.provider,
            "edition": told.edition,
            "rule": result.suppression,
            "version": ours_is,
        }
        table = table.rename(columns={name: f"{name}_of_row" for name in ours if name in table})
        table = pd.concat([pd.DataFrame(ours, index=table.index), table], axis=1)
        gathered.setdefault((result.section, tuple(map(str, table.columns))), []).append(table)
    made: dict[str, pd.DataFrame] = {}
    for (section, _), parts in gathered.items():
        number = sum(name.split(".")[0].split("-")[0] == section for name in made) + 1
        made[_file_name(section, number, in_team)] = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return made


def _file_name(section: str, number: int, in_team: bool) -> str:
    return "-".join([section, *([str(number)] if number > 1 else []), *([IN_TEAM] if in_team else [])]) + ".csv"


def save_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: no formula, and the same bytes on every system. A list, which may be long, is for `write_list`."""
    formula_safe(table).to_csv(
        path, index=False, encoding="utf-8-sig", lineterminator="\r\n", float_format="%.10g", date_format="%Y-%m-%d"
    )
