"""`release_check`: may these files leave the room? Pass or fail, with reasons, the cells to hide, and a record."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from equiwait.disclosure.audit import audited
from equiwait.disclosure.cells import SHOWN
from equiwait.disclosure.documents import from_document
from equiwait.disclosure.protection import contradicts
from equiwait.disclosure.release import ReleasedCounts
from equiwait.disclosure.rules import RULES, Rule, rule_named
from equiwait.disclosure.strangers import counts_of_table, is_count_column
from equiwait.errors import EquiwaitError, OptionError
from equiwait.fields import field_of
from equiwait.reporting.atomic_files import write_file
from equiwait.reporting.published_tables import Found, read_anything
from equiwait.reporting.release_gate import BANNER, FIGURES
from equiwait.reporting.tidy import IN_TEAM

__all__ = ["ReleaseCheck", "release_check"]

_OF_ONE_PERSON = frozenset(
    ("pathway_id", "person_id", "referral_id", "postcode", "date_of_birth", "clock_start", "clock_stop", "tci_date")
)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_TEN_DIGITS = re.compile(r"(?<![\d.,])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d.])")
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
        For the checker's file: who, when, which files by their SHA-256, the rule, what was looked for, what was found.
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
        Files and folders. CSV, workbooks and web pages are read; of other kinds only text is, or they are a reason.
    rule : str or Rule
        The small-number rule that they must keep.
    checker : str
        Who checks, for the record.
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
    relation between them; other tables are read as they stand: a row named *Total* is the sum over that column. The check
    finds faults; a person decides. No value of a file is repeated in a reason.

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
    found: dict[str, Found] = {}
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
            found[str(path)] = content
            reasons += [Reason(path.name, each) for each in _of_one_file(path, content, chosen)]
    if found and not any(_states_rule(each) for each in found.values()):
        reasons.append(Reason("all files", "None of them states the rule by which small numbers are hidden."))
    to_hide, together = _recoverable(files, found, chosen)
    reasons += together
    return ReleaseCheck(
        tuple(dict.fromkeys(reasons)),
        to_hide,
        tuple(path.name for path in files),
        _record(files, chosen, checker, on, reasons),
    )


def _files(paths: Sequence[str | PathLike[str]]) -> Iterator[Path]:
    if not paths:
        raise OptionError("There is nothing to check.", todo="Give the files or the folder that are to leave.")
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise OptionError(f"There is no file or folder {path.name!r} at that path.", todo="Check the name.")
        yield from (each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


# --- one file --------------------------------------------------------------------------------------------------------


def _of_one_file(path: Path, found: Found, rule: Rule) -> Iterator[str]:
    if IN_TEAM.lower() in path.name.lower() or f"{IN_TEAM}: " in found.text or BANNER in found.text:
        yield "It is stamped in-team."
    if _POSTCODE.search(found.text):
        yield "It holds what looks like a full postcode."
    if any(_is_nhs_number(each) for each in _TEN_DIGITS.findall(found.text)):
        yield "It holds what looks like an NHS number."
    for table in found.tables:
        yield from _of_one_table(table, rule)


def _of_one_table(table: Sequence[Sequence[str]], rule: Rule) -> Iterator[str]:
    headers, *rows = table
    personal = [header for header in headers if field_of(header) in _OF_ONE_PERSON]
    if personal and rows:
        yield f"It holds rows of single people: its columns include {len(personal)} that tell persons apart."
    small = unrounded = 0
    for at, header in enumerate(headers):
        column = [row[at] if at < len(row) else "" for row in rows]
        if is_count_column(header, column):
            numbers = [
                float(cell.replace(",", "")) for cell in column if cell.replace(",", "").replace(".", "").isdigit()
            ]
            small += sum(rule.fewest <= number <= rule.most_hidden for number in numbers)
            unrounded += sum(number > rule.most_hidden and number % rule.base != 0 for number in numbers)
    if small:
        yield f"It shows counts of {rule.small}: {small}."
    if unrounded:
        yield f"It shows counts that are not rounded to {rule.base}: {unrounded}."


def _is_nhs_number(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 1 and check % 11 == digits[9]


def _states_rule(found: Found) -> bool:
    return bool(_RULE_WORDS.search(found.text)) or any(each.says in found.text for each in RULES.values())


# --- all files together ----------------------------------------------------------------------------------------------


def _recoverable(files: Iterable[Path], found: dict[str, Found], rule: Rule) -> tuple[pd.DataFrame, list[Reason]]:
    """Return what must be hidden besides, and why, from all the figures of all the files."""
    ours = [_figures(path) for path in files if path.name == FIGURES]
    reasons = [Reason(FIGURES, "It does not hold released figures.") for each in ours if each is None]
    known = [each for each in ours if each is not None]
    folders = {path.parent for path in files if path.name == FIGURES}
    tables = [
        table
        for path in files
        if not any(folder in path.parents for folder in folders)
        for table in (found[str(path)].tables if str(path) in found else ())
    ]
    strangers = _tables(tables, rule)
    rows: list[tuple[str, str, str, int]] = []
    for releases in (known, *([each] for each in strangers)):
        if not releases:
            continue
        if any(each.rule.exact for each in releases):
            reasons.append(Reason("all files", "Their figures are exact."))
            continue
        if any(contradicts(each.rule, each.cells, each.shown, each.marks, each.sums) for each in releases):
            reasons.append(Reason("all files", "Their numbers do not add up as they say, so they cannot be judged."))
            continue
        for before, after in zip(releases, audited(releases), strict=True):
            more = np.flatnonzero((before.marks == SHOWN) & (after.marks != SHOWN))
            rows += [_said(before, int(at)) for at in more]
    if rows:
        reasons.append(
            Reason("all files", f"Hidden counts can be worked out from them together; {len(rows)} more must be hidden.")
        )
    return pd.DataFrame(rows, columns=["table", "groups", "event", "over"]), reasons


def _tables(tables: Sequence[Sequence[Sequence[str]]], rule: Rule) -> list[ReleasedCounts]:
    """Return the counts of other people's tables; those that are not rounded are read as exact."""
    made = []
    for table in tables:
        read = counts_of_table(table, rule, "table")
        plain = read.shown[read.marks == SHOWN]
        exact = bool((np.mod(plain, rule.base) != 0).any())
        if len(read.cells) and read.sums:
            made.append(replace(read, rule=replace(rule, base=1)) if exact else read)
    return made


def _figures(path: Path) -> ReleasedCounts | None:
    try:
        return from_document(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _said(released: ReleasedCounts, at: int) -> tuple[str, str, str, int]:
    cell = released.cells[at]
    return (
        cell.population,
        "; ".join(f"{column}: {group}" for column, group in cell.groups) or "everyone",
        cell.event,
        cell.over,
    )


def _record(
    files: Sequence[Path], rule: Rule, checker: str, on: str | None, reasons: Sequence[Reason]
) -> dict[str, Any]:
    return {
        "checker": checker,
        "date": on or dt.datetime.now(dt.UTC).date().isoformat(),
        "rule": {"name": rule.name, "says": rule.says, "source": rule.source},
        "looked_for": [
            "rows of single people",
            "postcodes and NHS numbers",
            "in-team stamps",
            "a stated rule",
            "small counts shown",
            "counts that are not rounded",
            "hidden counts that can be worked out from all files together",
        ],
        "files": [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files],
        "passed": not reasons,
        "reasons": [each._asdict() for each in dict.fromkeys(reasons)],
    }
