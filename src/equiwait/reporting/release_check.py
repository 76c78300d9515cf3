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

from equiwait.counts.waits.group_values import is_code
from equiwait.disclosure.rules import RULES, Rule, rule_named
from equiwait.disclosure.strangers import is_count_column
from equiwait.errors import EquiwaitError, OptionError
from equiwait.fields import field_of
from equiwait.files.whole_files import IN_TEAM, is_in_team, write_file
from equiwait.reporting.figures_together import COLUMNS, judged
from equiwait.reporting.own_files import MANIFEST, fingerprint_of
from equiwait.reporting.published_tables import Found, read_anything
from equiwait.reporting.release_gate import BANNER, FIGURES

__all__ = ["ReleaseCheck", "release_check"]

_OF_ONE_PERSON = frozenset(
    ("pathway_id", "person_id", "referral_id", "postcode", "date_of_birth", "clock_start", "clock_stop", "tci_date")
)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_TEN_DIGITS = re.compile(r"(?<![\da-fA-F.,])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\da-fA-F.])")  # and not within a hash
_IDENTIFIER = re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z]{0,6}[-_/ ]?\d[\w/-]{3,20}")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4})([T ].*)?")
_FEWEST_ROWS = 10
_SHARE = re.compile(r"|hidden|suppressed|nobody|everyone|nearly all|\*+|[–-]|<?\d+(\.\d+)?%|0?\.\d+")  # no one person's
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
    found: dict[Path, Found] = {}
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
            reasons += [Reason(path.name, each) for each in _of_one_file(path, content, chosen)]
    if found and not any(_states_rule(each) for each in found.values()):
        reasons.append(Reason("all files", "None of them states the rule by which small numbers are hidden."))
    figures = judged(files, found, chosen)
    reasons = list(dict.fromkeys([*reasons, *(Reason(*each) for each in figures.reasons)]))
    checked = _Checked(chosen, checker, on, figures.to_hide)
    return ReleaseCheck(
        tuple(reasons),
        pd.DataFrame(figures.to_hide, columns=list(COLUMNS)),
        tuple(path.name for path in files),
        _record(files, found, checked, reasons),
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


# --- one file --------------------------------------------------------------------------------------------------------


_STAMPED, _HAS_POSTCODE, _HAS_NUMBER, _ROWS = (
    "It is stamped in-team.",
    "It holds what looks like a full postcode.",
    "It holds what looks like an NHS number.",
    "It holds rows of single people",
)
_PERSONAL = (_STAMPED, _HAS_POSTCODE, _HAS_NUMBER, _ROWS)


def _of_one_file(path: Path, found: Found, rule: Rule) -> Iterator[str]:
    if is_in_team(path.name) or f"{IN_TEAM}: " in found.text or BANNER in found.text:
        yield _STAMPED
    everything = f"{found.text}\n{found.unseen}"
    if _POSTCODE.search(everything):
        yield _HAS_POSTCODE
    if any(_is_nhs_number(each) for each in _TEN_DIGITS.findall(everything)):
        yield _HAS_NUMBER
    for each in found.behind:
        yield f"It holds {each}: what cannot be seen cannot be checked."
    if path.name not in (MANIFEST, FIGURES):
        for table in found.tables:
            yield from _of_one_table(table, rule)


def _of_one_table(table: Sequence[Sequence[str]], rule: Rule) -> Iterator[str]:
    headers, *rows = table
    columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(len(headers))]
    personal = [
        header
        for header, column in zip(headers, columns, strict=True)
        if field_of(header) in _OF_ONE_PERSON and not all(_SHARE.fullmatch(cell) for cell in column)
    ]
    if personal:
        yield f"{_ROWS}: its columns include {len(personal)} that tell persons apart."
    elif _is_row_level(headers, columns, len(rows)):
        yield f"{_ROWS}, as it seems: no column counts people, and one has another identifier or day in nearly every row."
    small = unrounded = 0
    for header, column in zip(headers, columns, strict=True):
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


def _is_row_level(headers: Sequence[str], columns: Sequence[Sequence[str]], rows: int) -> bool:
    """Whether a table looks as if each row were a person: nothing is counted, and an identifier or a day tells rows apart."""
    if rows < _FEWEST_ROWS or any(is_count_column(*each) for each in zip(headers, columns, strict=True)):
        return False
    return any(
        sum(bool(_IDENTIFIER.fullmatch(cell) or _DAY.fullmatch(cell)) for cell in column) > 0.9 * rows
        and len(set(column)) > 0.5 * rows
        and not all(is_code("area_code", cell) for cell in column if cell)
        for column in columns
    )


def _is_nhs_number(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 1 and check % 11 == digits[9]


def _states_rule(found: Found) -> bool:
    return bool(_RULE_WORDS.search(found.text)) or any(each.says in found.text for each in RULES.values())


# --- the record ------------------------------------------------------------------------------------------------------

_LOOKED_FOR = (
    "rows of single people",
    "postcodes and NHS numbers, in scripts, comments and attributes too",
    "in-team stamps",
    "hidden sheets, rows behind pivot tables, notes, other files inside workbooks",
    "a stated rule",
    "small counts shown",
    "counts that are not rounded",
    "hidden counts that can be worked out from all files together",
)


def _record(
    files: Sequence[Path], found: Mapping[Path, Found], checked: _Checked, reasons: Sequence[Reason]
) -> dict[str, Any]:
    rule = checked.rule
    return {
        "checker": checked.checker,
        "date": checked.on or dt.datetime.now(dt.UTC).date().isoformat(),
        "equiwait": version("equiwait"),
        "rule": {"name": rule.name, "says": rule.says, "source": rule.source},
        "looked_for": list(_LOOKED_FOR),
        "files": [
            _looked_at(
                path, found.get(path), personal={each.file for each in reasons if each.reason.startswith(_PERSONAL)}
            )
            for path in files
        ],
        "to_hide": [dict(zip(COLUMNS, each, strict=True)) for each in checked.to_hide],
        "passed": not reasons,
        "reasons": [each._asdict() for each in dict.fromkeys(reasons)],
    }


def _looked_at(path: Path, found: Found | None, personal: set[str]) -> dict[str, Any]:
    """A file as the record names it; of one with rows of people no hash is kept, by which a guess of them could be tested."""
    tables = found.tables if found else ()
    hashed = {} if path.name in personal or is_in_team(path.name) else fingerprint_of(path)
    return {"name": path.name, "tables": len(tables), "rows": sum(max(len(each) - 1, 0) for each in tables), **hashed}
