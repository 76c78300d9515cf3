"""The whole job: read, link, flag, score, measure, write."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from equiwait.cli.first_runs import by_person, no_groups, no_order, nobody_placed
from equiwait.cli.list_options import DEFAULT_POLICY, NO_POLICY, ListOptions, opened_policy, question
from equiwait.cli.messages import Steps
from equiwait.errors import ColumnsError, RefusedError

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.answers.asked import AskedAnswer
    from equiwait.answers.disparity.answer import AskedGaps
    from equiwait.results import Result
    from equiwait.rows.policies import Policy

__all__ = ["STEPS", "Done", "Job"]

STEPS = 6
Question: TypeAlias = str | tuple[str, ...]
_GROUPS = ("ethnicity", "age_band", "sex")
_PLACES = ("priority", "specialty", "site", "provider")


@dataclass(frozen=True)
class Done:
    """What a job made; what is to be read first stands in ``on_top``."""

    files: Sequence[Path]
    findings: Sequence[str]
    remarks: Sequence[str]
    on_top: Sequence[str] = ()


@dataclass(frozen=True)
class Job:
    """What was asked for on the command line.

    Parameters
    ----------
    listed : ListOptions
        The list, and how it is read and linked.
    out : Path
        The folder for what is made.
    policy : str, optional
        A preset, a file, ``none``; by default `DEFAULT_POLICY` where the list has what it needs.
    """

    listed: ListOptions
    out: Path
    policy: str | None = None
    by: Sequence[str] = ()
    within: Sequence[str] = ()
    suppression: str = "hes"
    title: str | None = None
    previous: Sequence[Path] = ()
    replace: bool = False

    def run(self, steps: Steps) -> Done:
        """Do it all, and write the folder only when everything is ready."""
        from equiwait.derived import looked_at
        from equiwait.reporting import made_together, run_folder
        from equiwait.reporting.release_gate import let_through

        waiting, policy, groups, on_top = self.prepared(steps)
        title = self.title or f"Is the wait fair? The waiting list on {self.listed.snapshot}"
        results: list[Result] = []

        def measured() -> tuple[list[Result], bool]:
            asked = self._measure(waiting, policy, groups, steps)
            steps.step("Writing the report")
            results.extend(made_together(asked, self.previous))
            return let_through(results, self.suppression == "none", self.previous)

        with looked_at(waiting):
            run = run_folder.Run(waiting, policy, self.listed.sources(self.policy), title, self.replace)
            files = run.written(measured, self.out)
        return Done(files, _first(results), (), on_top)

    def measured(self, steps: Steps) -> tuple[pd.DataFrame, Policy | None, list[Result], list[str]]:
        """Return the list after the last step, the policy that ordered it, what was found, and what is to be said on top."""
        from equiwait.answers.asked import AskedAnswer

        waiting, policy, groups, on_top = self.prepared(steps)
        asked = self._measure(waiting, policy, groups, steps)
        return waiting, policy, [each.made() if isinstance(each, AskedAnswer) else each for each in asked], on_top

    def prepared(self, steps: Steps) -> tuple[pd.DataFrame, Policy | None, Sequence[Question] | None, list[str]]:
        """Return the list linked and in order, its policy, what to look at waits by, and what is to be said on top."""
        used = opened_policy(self.policy or DEFAULT_POLICY, self.listed.snapshot) if self.policy != NO_POLICY else None
        policy, on_top, waiting = self._score(self.listed.linked(steps), used, steps)
        groups, lacks = self._groups(waiting)
        return waiting, policy, groups, [*on_top, *lacks]

    def _score(
        self, waiting: pd.DataFrame, policy: Policy | None, steps: Steps
    ) -> tuple[Policy | None, list[str], pd.DataFrame]:
        steps.step("Putting the list in order")
        if policy is None:
            return None, [], waiting
        from equiwait.rows.scoring import score

        try:
            ordered = score(waiting, policy)
        except ColumnsError:
            if self.policy:
                raise
            return None, no_order(policy, waiting), waiting
        return (
            policy,
            [*nobody_placed(ordered, policy), *by_person(ordered, asked_before=self.listed.has_mapping)],
            ordered,
        )

    def _measure(
        self, waiting: pd.DataFrame, policy: Policy | None, asked: Sequence[Question] | None, steps: Steps
    ) -> list[Result | AskedAnswer[Any]]:
        """Return what is counted and released; most answers are made of it later, when all have been audited together."""
        from equiwait.answers.completeness import asked_completeness
        from equiwait.answers.disparity import asked_gaps
        from equiwait.counts.waits import only_codes
        from equiwait.rows.intake import check_list

        steps.step("Counting what is missing")
        site = next((n for n in ("site", "provider") if only_codes(waiting, n) and waiting[n].nunique() > 1), None)
        missing: list[AskedAnswer[Any]] = []
        with contextlib.suppress(RefusedError):  # a list without a single column whose gaps could be counted
            missing = [asked_completeness(waiting, site, suppression=self.suppression)]
        steps.step("Measuring the gaps")
        if asked == []:
            return [*missing, check_list(waiting, suppression=self.suppression), *self._accounts(waiting, policy)]
        gaps = asked_gaps(waiting, asked, within=list(self.within) or None, suppression=self.suppression)
        released = gaps.released()
        problems = check_list(waiting, suppression=self.suppression)
        matters = self._does_it_matter(waiting, gaps, asked)
        return [
            released,
            *matters,
            *missing,
            problems,
            *self._accounts(waiting, policy),
            *self._movers(waiting, gaps, policy),
        ]

    def _does_it_matter(
        self, waiting: pd.DataFrame, gaps: AskedGaps, asked: Sequence[Question] | None
    ) -> list[AskedAnswer[Any]]:
        """Return what the people who are not recorded could change, by the first share that was looked at."""
        from equiwait.answers.unknowns import asked_unknowns

        first = gaps.asked.first_share
        looked_at = asked or [name for name in gaps.by if name in waiting]
        if first is None:
            return []
        with contextlib.suppress(RefusedError):  # of one of them nobody is recorded: the gaps say so
            return [asked_unknowns(waiting, looked_at, measure=first.name, suppression=self.suppression)]
        return []

    def _movers(self, waiting: pd.DataFrame, gaps: AskedGaps, policy: Policy | None) -> list[AskedAnswer[Any]]:
        """Return who moves because of what is social, where the policy weighs any of it."""
        from equiwait.answers.reordering.displacement import asked_displacement

        if policy is None or not policy.equity_lines:
            return []
        plain = [name for name in gaps.by if name in waiting]
        return [asked_displacement(waiting, by=plain, policy=policy, suppression=self.suppression)]

    def _accounts(self, waiting: pd.DataFrame, policy: Policy | None) -> list[Result]:
        """Return what linking and ordering did, where the list was linked and ordered."""
        from equiwait.reporting import how_linked, how_ordered

        linked = [how_linked(waiting, suppression=self.suppression)] if self.listed.index else []
        return [*linked, *([how_ordered(waiting, policy, suppression=self.suppression)] if policy else [])]

    def _groups(self, waiting: pd.DataFrame) -> tuple[list[Question] | None, list[str]]:
        """Return what to look at waits by (None: what the list has about people), and what to say of what it lacks.

        A list that says nothing about people is looked at by where they wait; one that does not say that either, by nothing.
        """
        from equiwait.counts.waits import only_codes

        if self.by:
            return [question(one) for one in self.by], []
        if any(name in _GROUPS or name.endswith("_quintile") for name in map(str, waiting)):
            own = [name for name in _GROUPS if name in waiting] if "imd_decile" in waiting else []
            return (["imd_decile", *own] if own and "imd_quintile" not in waiting else None), []
        instead = [name for name in _PLACES if only_codes(waiting, name) and waiting[name].nunique() > 1]
        return list(instead), no_groups(waiting, _GROUPS, instead)


def _first(results: Sequence[Result], most: int = 4) -> list[str]:
    """Return the first finding of each: gaps, what is not recorded, whether it matters, who moves; then more of the gaps."""
    said = {result.section: list(result.findings) for result in results}
    one_each = [finding for name in ("gaps", "missing", "unknowns", "movement") for finding in said.get(name, [])[:1]]
    return list(dict.fromkeys([*one_each, *said.get("gaps", [])]))[:most]
