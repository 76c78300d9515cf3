"""``month``: the monthly job. The lists of a folder put together, a report with the gap over time, what changed since last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equiwait.cli.list_options import ListOptions, question
from equiwait.cli.messages import Steps, Stopped, say, steps
from equiwait.errors import InputError, choose, listed

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.answers.snapshots.trend import Trend
    from equiwait.cli.lists_of_a_folder import ListsOfAFolder
    from equiwait.results import Result
    from equiwait.rows.intake.stitched import Stitched

__all__ = ["month"]

_GROUPS = ("ethnicity", "age_band", "sex")
_LONG = 100_000
"""Rows of a list from which on as many parts are made as there are lists."""


def month(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The lists, each with its day in its name: ptl_2026-10-31.csv.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the runs: one folder in it for each last day.")],
    by: Annotated[
        list[str] | None, typer.Option(help="Column to look at; a+b crosses two. May be given again.")
    ] = None,
    measure: Annotated[str, typer.Option(help="Which waits: over_N_weeks.")] = "over_18_weeks",
    each: Annotated[
        str | None, typer.Option(help="Column whose values are looked at one by one, such as provider.")
    ] = None,
    gone_means: Annotated[str, typer.Option(help="What leaving the lists means: unknown, or treated.")] = "unknown",
    directory: Annotated[str | None, typer.Option(help="Postcodes to areas: a name or a file.")] = None,
    index: Annotated[
        list[str] | None, typer.Option(help="Index of deprivation: a name or a file. May be given again.")
    ] = None,
    changes: Annotated[str | None, typer.Option(help="LSOA 2011 to 2021 lookup: a name or a file.")] = None,
    columns: Annotated[list[str] | None, typer.Option(help='Your header for a column, "Their header=name".')] = None,
    blank_means: Annotated[list[str] | None, typer.Option(help='What a blank means in a flag, "carer=no".')] = None,
    mapping: Annotated[Path | None, typer.Option(help="What `equiwait map` wrote.")] = None,
    date_order: Annotated[str | None, typer.Option(help="How 03/04/2026 is read: day_first or month_first.")] = None,
    suppression: Annotated[str, typer.Option(help="Small numbers: hes hides them; none keeps them, in-team.")] = "hes",
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over files of an earlier run that were edited since.")
    ] = False,
) -> None:
    """Put the lists of a folder together, and report on the last of them, on the gap over time, and on what changed."""
    choose("--suppression", suppression, ["hes", "none"])
    listed_as = ListOptions(
        source=folder, snapshot="", directory=directory, index=index, changes=changes, columns=columns,
        blank_means=blank_means, mapping=mapping, date_order=date_order,
    )  # fmt: skip
    job = _Job(listed_as, out, tuple(by or ()), measure, each, gone_means, suppression, replace)
    done: list[str] | None = None
    try:
        with steps(5) as shown:
            done = job.run(shown)
    except KeyboardInterrupt:
        pass  # said below, outside this block, so that nothing travels along
    if done is None:
        raise Stopped
    for line in done:
        say(line)


def _reports_before(out: Path, day: str) -> list[Path]:
    """The folders of earlier months: what they gave away is known, and their months stand in this month's series again."""
    from equiwait.reporting.release_gate import FIGURES

    return [folder for folder in sorted(out.glob("????-??-??")) if folder.name < day and (folder / FIGURES).is_file()]


@dataclass(frozen=True)
class _Job:
    """What was asked for."""

    listed: ListOptions
    out: Path
    by: tuple[str, ...]
    measure: str
    each: str | None
    gone_means: str
    suppression: str
    replace: bool

    def run(self, shown: Steps) -> list[str]:
        """Do it all, and return what is said at the end."""
        import tempfile

        from equiwait.files.hidden_folders import beside

        with beside(Path(tempfile.gettempdir()) / "month") as kept:  # rows of people: not left behind
            return self._run(shown, kept)

    def _run(self, shown: Steps, kept: Path) -> list[str]:
        from equiwait.answers.snapshots.since_last_time import since_last_time
        from equiwait.cli.lists_of_a_folder import read_all
        from equiwait.reporting import as_written, outputs

        lists = read_all(self.listed, self.out, self.by, kept, shown)
        shown.step("Putting the lists together")
        year = self._stitched(lists, list(lists.files))
        asked = [question(one) for one in self.by] or _default_questions(year)
        shown.step("Looking at the gap over time")
        over_time = self._trends(year, asked)
        early = [day for day in lists.files if day <= lists.last]
        earlier = self._trends(self._stitched(lists, early), asked) if len(early) > 2 else []
        new = [day for day in year.days if day > lists.last]
        told = [*over_time, since_last_time(earlier, over_time, lists.last, new)]
        shown.step("Looking at the last list")
        results = self._results(lists, asked, told)
        titles = [each.title for each in told]
        time = [finding for each in as_written(results) if each.title in titles for finding in each.findings]
        shown.step("Writing the report")  # the last that is done: a job that is stopped before has written nothing
        files = outputs(
            *results,
            to=self.out / year.days[-1],
            waiting=lists.newest,
            title=f"Is the gap closing? The waiting lists to {year.days[-1]}",
            allow_unsuppressed=self.suppression == "none",
            previous=_reports_before(self.out, year.days[-1]),
            replace=self.replace,
        )
        aside = [f"Passed over, {why}: {listed(names)}." for why, names in lists.passed_over.items() if names]
        return [f"The report is in {files[0]}", *(f"- {each}" for each in (*year.findings, *time)), *aside]

    def _stitched(self, lists: ListsOfAFolder, days: Sequence[str]) -> Stitched:
        """Put the lists of these days together, from their files; a part is no longer than a list, if lists are long."""
        from equiwait.rows.intake.stitch import MOST_PARTS, stitch

        files = [path for day in days for path in lists.files[day]]
        parts = min(len(days), MOST_PARTS) if lists.rows > _LONG else None
        return stitch(files, gone_means=self.gone_means, parts=parts)

    def _trends(self, year: Stitched, asked: Sequence[str | tuple[str, ...]]) -> list[Trend]:
        from equiwait.answers.snapshots.trend import trend

        return [trend(year, one, self.measure, each=self.each, suppression=self.suppression) for one in asked]

    def _results(
        self, lists: ListsOfAFolder, asked: Sequence[str | tuple[str, ...]], told: Sequence[Result]
    ) -> list[Result]:
        from equiwait.answers.disparity import disparities
        from equiwait.answers.snapshots.exits import exits

        return [
            disparities(lists.newest, list(asked), suppression=self.suppression),
            *self._missing(lists.newest),
            *told,
            exits(lists.then, lists.newest, list(asked), suppression=self.suppression),
        ]

    def _missing(self, waiting: pd.DataFrame) -> list[Result]:
        """Return what is not recorded, where the list has a column of which that can be said."""
        from equiwait.answers.completeness import completeness

        if not any(str(name).startswith("missing_") for name in waiting.columns):
            return []
        return [completeness(waiting, suppression=self.suppression)]


def _default_questions(year: Stitched) -> list[str]:
    """The first rank of deprivation that the lists have, else the first of the usual groups."""
    names = year.columns
    known = [name for name in (*(name for name in names if name.endswith("_quintile")), *_GROUPS) if name in names]
    if not known:
        raise InputError(
            "The lists have no column of groups to compare.",
            found=f"None of {listed(_GROUPS)}, and no index was linked.",
            todo="Name a column with --by, or link an index with --directory and --index.",
        )
    return known[:1]
