"""The whole job: read, link, flag, score, measure, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equiwait.cli.messages import Steps
from equiwait.errors import ColumnsError, OptionError, PolicyError, listed

if TYPE_CHECKING:  # each room is opened when its step begins, so that the command starts at once
    import pandas as pd

    from equiwait.results import Result
    from equiwait.rows.policies import Policy

__all__ = ["DEFAULT_POLICY", "Done", "Job"]

DEFAULT_POLICY = "england_default"
STEPS = 7
_NO_POLICY = "none"
_GROUPS = ("ethnicity", "age_band", "sex")


@dataclass(frozen=True)
class Done:
    """What a job made."""

    files: Sequence[Path]
    findings: Sequence[str]
    remarks: Sequence[str]


@dataclass(frozen=True)
class Job:
    """What was asked for on the command line.

    Parameters
    ----------
    source : Path
        The waiting list.
    snapshot : str
        The day that it describes.
    out : Path
        The folder for what is made.
    directory : str, optional
        Postcodes to areas: a place's name, an ``.equiwait`` file, or the file as published.
    index : sequence of str
        Indices of deprivation: names or files; ``idaci=FILE`` names the columns, ``idaci:idaci=FILE`` takes a domain.
    policy : str, optional
        A preset, a file, ``none``; by default `DEFAULT_POLICY` where the list has what it needs.
    """

    source: Path
    snapshot: str
    out: Path
    directory: str | None = None
    index: Sequence[str] = ()
    changes: str | None = None
    policy: str | None = None
    by: Sequence[str] = ()
    suppression: str = "hes"
    title: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    def run(self, steps: Steps) -> Done:
        """Do it all, and write the folder only when everything is ready."""
        from equiwait.reporting import outputs

        waiting = self.read(steps)
        waiting = self.linked(waiting, steps)
        policy, remarks, waiting = self._score(waiting, steps)
        results = self._measure(waiting, policy, steps)
        steps.step("Writing the report")
        files = outputs(
            *results,
            to=self.out,
            waiting=waiting,
            policy=policy,
            sources=self._sources(),
            title=self.title or f"Is the wait fair? The waiting list on {self.snapshot}",
            allow_unsuppressed=self.suppression == "none",
        )
        return Done(files, _first(results), remarks)

    def read(self, steps: Steps) -> pd.DataFrame:
        """Return the list as read."""
        from equiwait.rows.intake import read_list

        steps.step("Reading the list")
        return read_list(self.source, snapshot=self.snapshot, **self.reading)

    def linked(self, waiting: pd.DataFrame, steps: Steps) -> pd.DataFrame:
        """Return the list with its areas and indices, where any were given, and what is missing."""
        from equiwait.rows.missing import flag_missing

        steps.step("Opening the directory")
        directory = self._directory(steps)
        steps.step("Linking postcodes to areas")
        if self.index:
            from equiwait.rows.places import link_deprivation, load_index

            indices = [load_index(file, name=name, domain=domain) for name, domain, file in map(_index, self.index)]
            waiting = link_deprivation(
                waiting, directory=directory, index=indices[0] if len(indices) == 1 else indices, changes=self.changes
            )
        return flag_missing(waiting)

    def _directory(self, steps: Steps) -> Any:
        """Return the directory by name or file; one as published is built in memory, and nothing is kept."""
        from equiwait.rows.places import Directory

        if self.directory is None:
            return None
        path = Path(self.directory)
        if path.exists() and path.suffix != ".equiwait":
            return Directory.build(path, progress=steps.part)
        return Directory.load(self.directory)

    def _score(self, waiting: pd.DataFrame, steps: Steps) -> tuple[Policy | None, list[str], pd.DataFrame]:
        steps.step("Putting the list in order")
        if self.policy == _NO_POLICY:
            return None, [], waiting
        from equiwait.rows.scoring import score

        policy = _policy(self.policy or DEFAULT_POLICY, self.snapshot)
        try:
            return policy, [], score(waiting, policy)
        except ColumnsError as lacking:
            if self.policy:
                raise
            remark = f"No ordered list was made. {lacking.wrong}"
        return None, [remark], waiting

    def _measure(self, waiting: pd.DataFrame, policy: Policy | None, steps: Steps) -> list[Result]:
        from equiwait.answers.completeness import completeness
        from equiwait.answers.disparity import disparities
        from equiwait.rows.intake import check_list

        steps.step("Counting what is missing")
        self._need_groups(waiting)
        site = next((name for name in ("site", "provider") if name in waiting and waiting[name].nunique() > 1), None)
        missing = completeness(waiting, site, suppression=self.suppression)
        steps.step("Measuring the gaps")
        gaps = disparities(waiting, [_question(one) for one in self.by] or None, suppression=self.suppression)
        problems = check_list(waiting, suppression=self.suppression)
        return [gaps, missing, problems, *self._accounts(waiting, policy)]

    def _accounts(self, waiting: pd.DataFrame, policy: Policy | None) -> list[Result]:
        """Return what linking and ordering did, where the list was linked and ordered."""
        from equiwait.reporting import how_linked, how_ordered

        linked = [how_linked(waiting, suppression=self.suppression)] if self.index else []
        return [*linked, *([how_ordered(waiting, policy, suppression=self.suppression)] if policy else [])]

    def _need_groups(self, waiting: pd.DataFrame) -> None:
        """Say it in the words of the command line where there is nothing to look at waits by."""
        known = [name for name in map(str, waiting) if name in _GROUPS or name.endswith("_quintile")]
        if not known and not self.by:
            raise OptionError(
                "The list has no column of groups to compare.",
                found=f"None of {listed(_GROUPS)}, and no index was linked.",
                todo="Name a column with --by, or link an index with --directory and --index.",
            )

    def _sources(self) -> dict[str, Path]:
        """Return the files that went in, by what they were used as."""
        named = {"list": str(self.source), "directory": self.directory, "policy": self.policy}
        named |= {f"index {name}": file for name, _, file in map(_index, self.index)} | {"changes": self.changes}
        return {use: Path(given) for use, given in named.items() if given and Path(given).is_file()}


def _policy(given: str, snapshot: str) -> Policy:
    """Return a policy by its file, with what has expired by the snapshot among its faults, or by the name of a preset."""
    from equiwait.rows.policies import Policy

    path = Path(given)
    if path.is_file():
        return Policy.load(path, snapshot=snapshot)
    if path.suffix or path.exists():
        raise PolicyError(
            f"There is no policy file {path.name!r} at that path.",
            todo=f"Give --policy the path of a TOML file, or one of: {listed([*Policy.presets(), _NO_POLICY], 30)}.",
        )
    return Policy.preset(given)


def _index(given: str) -> tuple[str, str, str]:
    """Return the name of an index's columns, its domain, and its file or name: ``FILE`` or ``name[:domain]=FILE``."""
    left, equals, file = given.partition("=")
    if not equals or Path(given).exists():
        return "imd", "overall", given
    name, _, domain = left.partition(":")
    return name, domain or "overall", file


def _question(given: str) -> str | tuple[str, ...]:
    """Return one question: ``a`` looks at a, ``a+b`` at both crossed."""
    parts = tuple(part.strip() for part in given.split("+"))
    return parts if len(parts) > 1 else parts[0]


def _first(results: Sequence[Result], most: int = 3) -> list[str]:
    """Return the first findings: two about gaps, one about what is not known, then whatever there is."""
    said = {result.section: list(result.findings) for result in results}
    gaps, missing = said.get("gaps", []), said.get("missing", [])
    return list(dict.fromkeys([*gaps[:2], *missing[:1], *gaps[2:], *missing[1:]]))[:most]
