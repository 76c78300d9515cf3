"""``month``: the monthly job. The lists of a folder put together, a report with the gap over time, what changed since last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equiwait.cli.list_options import ListOptions, question
from equiwait.cli.messages import Steps, Stopped, say, steps
from equiwait.errors import InputError, choose, listed, naming

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.answers.snapshots.trend import Trend
    from equiwait.results import Result
    from equiwait.rows.intake.columns import SaidOfSeveral
    from equiwait.rows.intake.stitched import Stitched

__all__ = ["month"]

_GROUPS = ("ethnicity", "age_band", "sex")


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
        from equiwait.reporting import as_written, outputs
        from equiwait.rows.intake.stitch import stitch

        lists, passed_over = self._lists(shown)
        shown.step("Putting the lists together")
        year = stitch(lists, gone_means=self.gone_means)
        day = year.days[-1]
        asked = [question(one) for one in self.by] or _default_questions(year)
        shown.step("Looking at the gap over time")
        over_time = self._trends(year, asked)
        last = self._last_time(lists, day)
        before = {name: each for name, each in lists.items() if name <= last}
        earlier = self._trends(stitch(before, gone_means=self.gone_means), asked) if len(before) > 2 else []
        shown.step("Looking at the last list")
        results = self._results(year, lists, asked, over_time, earlier, last)
        shown.step("Writing the report")
        files = outputs(
            *results,
            to=self.out / day,
            waiting=lists[day],
            title=f"Is the gap closing? The waiting lists to {day}",
            allow_unsuppressed=self.suppression == "none",
            replace=self.replace,
        )
        time = [finding for each in as_written(results) if each.section == "time" for finding in each.findings]
        aside = [f"Passed over, {why}: {listed(names)}." for why, names in passed_over.items() if names]
        return [f"The report is in {files[0]}", *(f"- {each}" for each in (*year.findings, *time[:6])), *aside]

    def _lists(self, shown: Steps) -> tuple[dict[str, pd.DataFrame], dict[str, list[str]]]:
        """Return the list of each day, linked, and the names of what was passed over, by reason."""
        from equiwait.files.read_table import can_be_read
        from equiwait.rows.intake.extracts import days_in
        from equiwait.rows.intake.parts import joined

        shown.step("Reading the lists")
        if not self.listed.source.is_dir():
            raise InputError(
                f"{self.listed.source.name!r} is no folder.", todo="Give the folder that holds the lists of each month."
            )
        there = sorted(path for path in self.listed.source.iterdir() if not path.name.startswith((".", "~$")))
        there = [path for path in there if path.resolve() != self.out.resolve()]
        files = [path for path in there if can_be_read(path) and path.is_file()]
        dated = [(path, days_in(path.name)) for path in files]
        aside = {
            "not one day in the name": [path.name for path, days in dated if len(days) != 1],
            "not a kind of file that can be read": [path.name for path in there if path not in files],
        }
        found: dict[str, list[pd.DataFrame]] = {}
        said: list[SaidOfSeveral] = []
        for path, days in dated:
            if len(days) == 1:
                options = self.listed.of(path, days[0])
                waiting = naming(path.name, partial(options.read, partial(_said_once, said)))
                found.setdefault(days[0], []).append(options.link(waiting, Steps()))
        if len(found) < 3:
            raise InputError(
                "The folder holds lists of fewer than three days.",
                found=f"Days in file names: {listed(sorted(found)) or 'none'}.",
                todo="Name each list by its day, ptl_2026-10-31.csv, and put all of them straight into this folder.",
            )
        for each in said:
            each.refuse()
        lists = {day: parts[0] if len(parts) == 1 else joined(parts) for day, parts in sorted(found.items())}
        return lists, aside

    def _trends(self, year: Stitched, asked: Sequence[str | tuple[str, ...]]) -> list[Trend]:
        from equiwait.answers.snapshots.trend import trend

        return [trend(year, one, self.measure, each=self.each, suppression=self.suppression) for one in asked]

    def _last_time(self, lists: dict[str, pd.DataFrame], day: str) -> str:
        """Return the last day of the run before this one; without one, the day of the list before the last."""
        runs = sorted(path.name for path in self.out.iterdir() if path.name < day) if self.out.is_dir() else []
        known = [name for name in runs if name in lists]
        return known[-1] if known else sorted(lists)[-2]

    def _results(
        self,
        year: Stitched,
        lists: dict[str, pd.DataFrame],
        asked: Sequence[str | tuple[str, ...]],
        over_time: Sequence[Trend],
        earlier: Sequence[Trend],
        last: str,
    ) -> list[Result]:
        from equiwait.answers.disparity import disparities
        from equiwait.answers.snapshots import exits
        from equiwait.answers.snapshots.since_last_time import since_last_time

        day = year.days[-1]
        new = [each for each in year.days if each > last]
        return [
            disparities(lists[day], list(asked), suppression=self.suppression),
            *self._missing(lists[day]),
            *over_time,
            since_last_time(earlier, over_time, last, new),
            exits(lists[last], lists[day], list(asked), suppression=self.suppression),
        ]

    def _missing(self, waiting: pd.DataFrame) -> list[Result]:
        """Return what is not recorded, where the list has a column of which that can be said."""
        from equiwait.answers.completeness import completeness

        if not any(str(name).startswith("missing_") for name in waiting.columns):
            return []
        return [completeness(waiting, suppression=self.suppression)]


def _said_once(kept: list[SaidOfSeveral], given: Mapping[str, str]) -> SaidOfSeveral:
    """Return what is said of the headers of all lists: one may have a header that another has not."""
    from equiwait.rows.intake.columns import SaidOfSeveral

    if not kept:
        kept.append(SaidOfSeveral(given))
    return kept[0]


def _default_questions(year: Stitched) -> list[str]:
    """The first rank of deprivation that the lists have, else the first of the usual groups."""
    names = [str(name) for name in year.pathways.columns]
    known = [name for name in (*(name for name in names if name.endswith("_quintile")), *_GROUPS) if name in names]
    if not known:
        raise InputError(
            "The lists have no column of groups to compare.",
            found=f"None of {listed(_GROUPS)}, and no index was linked.",
            todo="Name a column with --by, or link an index with --directory and --index.",
        )
    return known[:1]
