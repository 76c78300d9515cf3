"""`outputs`: everything of a run in one folder, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from equiwait.derived import list_from
from equiwait.disclosure.rules import rule_named
from equiwait.files.whole_files import IN_TEAM
from equiwait.parallel import meanwhile
from equiwait.reporting.atomic_files import write_folder
from equiwait.reporting.manifest import manifest
from equiwait.reporting.own_files import MANIFEST
from equiwait.reporting.release_gate import Folders, let_through, save_figures
from equiwait.reporting.report import page_of, save_page
from equiwait.reporting.team_list import MOST_ROWS, save_ordered, team_rows
from equiwait.reporting.tidy import save_csv, tidy_tables
from equiwait.reporting.workbook import save_book
from equiwait.results import Result

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["Run", "outputs"]


def outputs(
    *results: Result,
    to: str | PathLike[str],
    waiting: pd.DataFrame,
    policy: Policy | None = None,
    sources: Mapping[str, str | PathLike[str]] | None = None,
    title: str | None = None,
    allow_unsuppressed: bool = False,
    previous: Folders = None,
    replace: bool = False,
    in_team: bool = False,
) -> list[Path]:
    """Write the report, the workbook, the tidy tables, the ordered list and the manifest into one folder.

    Parameters
    ----------
    *results : Result
        What the report is about.
    to : path
        The folder; it is made if it is not there, and only its owner can look into it then. Files of an earlier run are
        replaced, all of them together; a file that equiwait did not write is never overwritten.
    waiting : pandas.DataFrame
        The list after the last step. It is written too, stamped in-team: in its suggested order if it has been scored,
        else as it came (``waiting-list-IN-TEAM.csv``).
    policy : Policy, optional
        The policy that it was scored with.
    sources : mapping, optional
        What each file was used as, and the file, for the manifest.
    title : str, optional
        The heading of the report.
    allow_unsuppressed : bool
        Let results with small numbers through; they are bannered, and named in-team.
    previous : path, or sequence of path, optional
        The folder of the last release, or of several: what they show is known, so that less may have to be shown now.
    replace : bool
        Write over files of an earlier run that somebody has changed since, such as an ordered list edited by hand.

    in_team : bool
        The folder of the team: exact results (``suppression="none"``) are let through, as by ``allow_unsuppressed``.

    Returns
    -------
    list of pathlib.Path
        The files written, the report first, the manifest last.

    Raises
    ------
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    OptionError
        If the folder cannot be written to, or if files of an earlier run were changed since and ``replace`` is false.
        Nothing is then written at all.
    """
    waiting = list_from(waiting)
    ready = let_through(results, allow_unsuppressed or in_team, previous)
    run = Run(waiting, policy, sources or {}, title or "Is the wait fair?", replace)
    return run.written(lambda: ready, to)


@dataclass(frozen=True)
class Run:
    """What a folder of outputs is made from, but for the results.

    Parameters
    ----------
    waiting : pandas.DataFrame
    policy : Policy or None
    sources : mapping
        What each file was used as, and the file.
    title : str
    replace : bool
    """

    waiting: pd.DataFrame
    policy: Policy | None
    sources: Mapping[str, str | PathLike[str]]
    title: str
    replace: bool = False

    def written(self, results: Callable[[], tuple[list[Result], bool]], to: str | PathLike[str]) -> list[Path]:
        """Write the folder, and return its files; a long list is written while ``results`` are asked for.

        Parameters
        ----------
        results : callable
            Gives what `let_through` gives, and may measure it first. It must not change the list.
        to : path
        """
        waiting, policy = self.waiting, self.policy
        exact, rule, first = False, rule_named("hes"), ""

        def about(key: str) -> dict[str, Any]:
            suppression = "none" if exact else rule
            return manifest(waiting, sources=self.sources, policy=policy, suppression=suppression, key=key)

        def save(folder: Path) -> None:
            nonlocal exact, rule, first
            with meanwhile(lambda: save_ordered(team_rows(waiting, policy), folder), worth=len(waiting) > MOST_ROWS):
                ready, exact = results()
                rule = next((result.released.rule for result in ready if result.released is not None), rule)
                first = _save_results(ready, exact, self.title, folder)

        written = write_folder(to, save, made_by="outputs", about=about, replace=self.replace)
        return [*sorted(written, key=lambda path: path.name != first), Path(to) / MANIFEST]


def _save_results(results: Sequence[Result], in_team: bool, title: str, folder: Path) -> str:
    """Write what is told of the results, and return the name of the page."""
    stamp = f"-{IN_TEAM}" if in_team else ""
    first = f"report{stamp}.html"
    save_page(folder / first, page_of(results, in_team, title))
    save_book(folder / f"workbook{stamp}.xlsx", results, in_team, title)
    (folder / "tidy").mkdir()
    for name, table in tidy_tables(results, in_team).items():
        save_csv(table, folder / "tidy" / name)
    save_figures(results, folder)
    return first
