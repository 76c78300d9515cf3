"""`release_check`: may these files leave the room? Pass or fail, with reasons, the cells to hide, and a record."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from equiwait.disclosure.rules import RULES, Rule, rule_named
from equiwait.errors import EquiwaitError, OptionError
from equiwait.files.whole_files import is_in_team, write_file
from equiwait.reporting.figures_together import COLUMNS, judged
from equiwait.reporting.file_faults import PERSONAL, faults_of_file
from equiwait.reporting.own_files import fingerprint_of
from equiwait.reporting.published_tables import Found, read_anything

__all__ = ["ReleaseCheck", "release_check"]

_RULE_WORDS = re.compile(r"suppress|hidden|redact|rounded", re.I)


class Reason(NamedTuple):
    """Why files may not leave: in which, and what."""

    file: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class ReleaseCheck:
    """What a check of files found.

    Parameters
    ----------
    reasons : tuple of Reason
        Why they may not leave; none means that they may.
    to_hide : pandas.DataFrame
        ``table groups event over``: the smallest set of further cells found that makes the rest safe.
    files : tuple of str
        What was looked at.
    record : dict
        For the checker's file: who by role, when, which files by their SHA-256, how many tables and rows each has, the rule,
        what was looked for, what was found, what is to be hidden.
    """

    reasons: tuple[Reason, ...]
    to_hide: pd.DataFrame
    files: tuple[str, ...]
    record: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the files may leave."""
        return not self.reasons

    def save(self, to: str | PathLike[str]) -> Path:
        """Write the record as JSON."""
        text = json.dumps(self.record, indent=2, ensure_ascii=False) + "\n"

        def written(path: Path) -> None:
            path.write_text(text, encoding="utf-8", newline="\n")

        return write_file(to, written)

    def __repr__(self) -> str:
        """Return pass or fail and every reason."""
        head = f"<ReleaseCheck: {'pass' if self.passed else 'FAIL'}; {len(self.files)} files>"
        return "\n".join([head, *(f"  {each.file}: {each.reason}" for each in self.reasons)])


def release_check(
    *paths: str | PathLike[str], rule: str | Rule = "hes", checker: str = "", on: str | None = None
) -> ReleaseCheck:
    r"""Say whether files may leave the room: ours or anybody's, a folder or single files, looked at together.

    Parameters
    ----------
    *paths : path
        Files and folders. CSV, workbooks of any kind, web pages, Parquet, JSON and plain text are read; that a file is of
        another kind (a picture, a document, an archive) is a reason.
    rule : str or Rule
        The small-number rule that they must keep.
    checker : str
        Who checks, by role ("output checker", "analyst"), for the record.
    on : str, optional
        The day of the check, for the record; by default today.

    Returns
    -------
    ReleaseCheck
        Passed, or every reason at once: rows of single people, anything stamped in-team, no rule stated, small counts
        shown, counts that are not rounded, hidden counts that can be worked out from all the files together.

    Raises
    ------
    OptionError
        If there is no such file or folder.

    Notes
    -----
    Folders that equiwait wrote hold their released figures (``released-figures.json``), which are audited with every
    relation between them; other tables, those that somebody put beside ours among them, are read as they stand: a row named
    *Total* is the sum over that column, and a total of one file that of another's parts where that can be true. Up to 12
    cells are tried one by one, so that none is hidden that could stay. The check finds faults; a person decides. No value of
    a file is repeated in a reason.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "waits.csv"
    >>> _ = path.write_text("Sex,Patients\nFemale,100\nMale,*\nTotal,101\n")
    >>> check = release_check(path)
    >>> check.passed, len(check.reasons)
    (False, 3)
    """
    chosen = rule_named(rule)
    files = sorted(set(_files(paths)))
    reasons: list[Reason] = []
    if not files:
        reasons.append(Reason("all files", "There is no file in it: nothing was looked at."))
    found: dict[Path, Found] = {}
    of_people: set[Path] = set()
    for path in files:
        try:
            content = read_anything(path)
        except EquiwaitError as failure:
            content, said = None, f"It could not be read: {failure.wrong}"
        else:
            said = "It is of a kind that cannot be looked into."
        if content is None:
            reasons.append(Reason(path.name, said))
        else:
            found[path] = content
            faults = list(faults_of_file(path, content, chosen))
            of_people |= {path} if any(each.startswith(PERSONAL) for each in faults) else set()
            reasons += [Reason(path.name, each) for each in faults]
    if found and not any(_states_rule(each) for each in found.values()):
        reasons.append(Reason("all files", "None of them states the rule by which small numbers are hidden."))
    # Rows of people are no counts, and what is to be hidden is said by the words of its row.
    figures = judged(files, {path: each for path, each in found.items() if path not in of_people}, chosen)
    reasons = list(dict.fromkeys([*reasons, *(Reason(*each) for each in figures.reasons)]))
    checked = _Checked(chosen, checker, on, figures.to_hide)
    return ReleaseCheck(
        tuple(reasons),
        pd.DataFrame(figures.to_hide, columns=list(COLUMNS)),
        tuple(path.name for path in files),
        _record(files, found, checked, reasons, of_people),
    )


class _Checked(NamedTuple):
    """By which rule, by whom and when; and what must be hidden besides."""

    rule: Rule
    checker: str
    on: str | None
    to_hide: list[tuple[str, str, str, int]]


def _files(paths: Sequence[str | PathLike[str]]) -> Iterator[Path]:
    if not paths:
        raise OptionError("There is nothing to check.", todo="Give the files or the folder that are to leave.")
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise OptionError(f"There is no file or folder {path.name!r} at that path.", todo="Check the name.")
        yield from (each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _states_rule(found: Found) -> bool:
    return bool(_RULE_WORDS.search(found.text)) or any(each.says in found.text for each in RULES.values())


# --- the record ------------------------------------------------------------------------------------------------------

_LOOKED_FOR = (
    "rows of single people",
    "postcodes and NHS numbers, in scripts, comments and attributes too",
    "in-team stamps",
    "hidden sheets, rows behind pivot tables, notes, other files inside workbooks",
    "a stated rule",
    "patients' names, where the words before say that they are",
    "days of birth, and what else one person alone has, in files of any length",
    "small counts shown",
    "small counts that a share gives away beside the number that it is of",
    "counts that are not rounded",
    "hidden counts that can be worked out from all files together",
)


def _record(
    files: Sequence[Path],
    found: Mapping[Path, Found],
    checked: _Checked,
    reasons: Sequence[Reason],
    of_people: set[Path],
) -> dict[str, Any]:
    rule = checked.rule
    return {
        "checker": checked.checker,
        "date": checked.on or dt.datetime.now(dt.UTC).date().isoformat(),
        "equiwait": version("equiwait"),
        "rule": {"name": rule.name, "says": rule.says, "source": rule.source},
        "looked_for": list(_LOOKED_FOR),
        "files": [_looked_at(path, found.get(path), personal=path in of_people) for path in files],
        "to_hide": [dict(zip(COLUMNS, each, strict=True)) for each in checked.to_hide],
        "passed": not reasons,
        "reasons": [each._asdict() for each in dict.fromkeys(reasons)],
    }


def _looked_at(path: Path, found: Found | None, *, personal: bool) -> dict[str, Any]:
    """A file as the record names it; of one with rows of people no hash is kept, by which a guess of them could be tested."""
    tables = found.tables if found else ()
    hashed = {} if personal or is_in_team(path.name) else fingerprint_of(path)
    return {"name": path.name, "tables": len(tables), "rows": sum(max(len(each) - 1, 0) for each in tables), **hashed}
