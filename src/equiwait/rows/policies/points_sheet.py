"""A sheet of points that a workshop filled in, as the factors of a policy: one row for each level, read with all its slips."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from equiwait.errors import InputError, PolicyError, listed
from equiwait.fields import FIELDS, about, field_of, plain, read_flag
from equiwait.files.sheets import read_sheets
from equiwait.rows.policies.columns import counts_days, levels_of
from equiwait.rows.policies.validation import Fault, refused

__all__ = ["HEADERS", "factors_of_sheet"]

HEADERS = (
    "factor", "column", "kind", "level", "points", "missing", "how", "plain", "source", "sensitive", "reason", "owner", "expires", "review",
)  # fmt: skip
"""The columns of a sheet. A blank cell repeats what stands above it for the same factor; only level and points are needed in
every row. ``how`` is *levels*, or *line* for straight lines between numbers."""

_OTHERWISE = ("otherwise", "anythingelse", "anyother", "other", "else", "rest")
_MISSING = ("notrecorded", "missing", "blank", "unknown", "notknown")


def factors_of_sheet(path: str | os.PathLike[str], *, missing: str | float | None = None) -> list[dict[str, Any]]:
    """Return the factors of a sheet, shaped like a policy file.

    Parameters
    ----------
    path : path
        A CSV file or workbook with the columns of `HEADERS`, in any order and case.
    missing : str or number, optional
        What an unrecorded input gives in factors that do not say; there is no default.

    Returns
    -------
    list of dict
        One for each factor, in the order of the sheet; `Policy.read` checks them.

    Raises
    ------
    InputError
        If the file cannot be read or has no such columns.
    PolicyError
        With every row that cannot be read, by its number.
    """
    name = FilePath(path).name
    head, rows = _table(read_sheets(path)[0].cells(), name)
    faults: list[Fault] = []
    factors: dict[str, dict[str, Any]] = {}
    label = ""
    for number, row in rows:
        cells = {header: row[place].strip() for place, header in head.items() if place < len(row)}
        label = cells.get("factor") or label
        if not label:
            faults.append(((f"row {number}",), "names no factor, and none stands above it"))
            continue
        factor = factors.setdefault(_named(label), {"label": label, "said": {}, "levels": []})
        factor["said"] |= {
            key: value for key, value in cells.items() if value and key not in ("factor", "level", "points")
        }
        if cells.get("level") or cells.get("points"):
            faults += _add(factor, cells.get("level", ""), cells.get("points", ""), number)
    found = [_factor(key, each, missing, name) for key, each in factors.items()]
    faults += [((each["name"], "missing"), _NO_DEFAULT) for each in found if "missing" not in each]
    faults += [
        ((each["name"], "column"), "is left out: say which column of the list it reads")
        for each in found
        if _reads_nothing(each)
    ]
    if faults:
        raise refused(f"The sheet {name}", faults)
    return found


_NO_DEFAULT = "is left out: say unscored, zero, list_mean or points, for each favours somebody; or give a row 'not recorded' points"


def _reads_nothing(factor: Mapping[str, Any]) -> bool:
    return not factor.get("column") and not factor.get("percent_of_target")


def _table(cells: Sequence[Sequence[str]], name: str) -> tuple[dict[int, str], list[tuple[int, Sequence[str]]]]:
    """Return which column is which, and the rows under the header with their numbers as a spreadsheet counts them."""
    known = {plain(header): header for header in HEADERS}
    for at, row in enumerate(cells):
        head = {place: known[plain(cell)] for place, cell in enumerate(row) if plain(cell) in known}
        if {"factor", "points"} <= set(head.values()):
            return head, [
                (number, each) for number, each in enumerate(cells[at + 1 :], start=at + 2) if any(map(str.strip, each))
            ]
    raise InputError(
        f"'{name}' is no sheet of points.",
        found="No row has the headers factor and points.",
        todo=f"Give it these headers: {listed(HEADERS, 20)}. equiwait policy sheet writes one to fill in.",
    )


def _named(label: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:59]
    return name if name[:1].isalpha() else f"factor_{name}"


def _add(factor: dict[str, Any], level: str, points: str, number: int) -> Iterable[Fault]:
    try:
        factor["levels"].append((level, float(points.replace(",", ""))))
    except ValueError:
        yield (f"row {number}", "points"), "is not a number"


def _factor(name: str, found: Mapping[str, Any], missing: str | float | None, sheet: str) -> dict[str, Any]:
    said = dict(found["said"])
    column = field_of(said.get("column", "")) or said.get("column", "")
    target = column == "percent_of_target"
    kind = said.get("kind", "").lower() or _kind(column, target=target)
    factor: dict[str, Any] = {
        "name": name,
        "label": found["label"],
        "kind": kind,
        "source": said.get("source", f"The sheet {sheet}"),
    }
    factor |= {"plain": said["plain"]} if "plain" in said else {}
    factor |= {"percent_of_target": True} if target else {"column": column}
    factor |= _gives(column, found["levels"], line=target or said.get("how", "").lower() == "line")
    if "missing" not in factor and (rule := said.get("missing") or missing) is not None:
        factor["missing"] = _rule(rule)
    if "sensitive" in about(column) or read_flag(said.get("sensitive", "")) == "true":
        factor["sensitive"] = True
    if reason := {key: said[key] for key in ("reason", "owner", "expires", "review") if key in said}:
        factor["justification"] = reason
    return factor


def _kind(column: str, *, target: bool) -> str:
    """What reads something social is equity, what counts a wait is time; the rest is clinical unless the sheet says otherwise."""
    return "equity" if about(column) - {"age"} else "time" if target or counts_days(column) else "clinical"


def _rule(rule: str | float) -> str | float:
    text = str(rule).strip().lower().replace(" ", "_")
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _gives(column: str, levels: Sequence[tuple[str, float]], *, line: bool) -> dict[str, Any]:
    """Points by level, or knots of a line; rows for *otherwise* and *not recorded* say what those give."""
    found: dict[str, Any] = {}
    known: list[tuple[str, float]] = []
    for level, points in levels:
        word = plain(level)
        if word in _MISSING and level not in levels_of(column):
            found["missing"] = points
        elif word in _OTHERWISE and level not in levels_of(column):
            found["otherwise"] = points
        else:
            known.append((level, points))
    if line or counts_days(column):
        knots = [(re.fullmatch(r"-?\d+(\.\d+)?", level.strip()), points) for level, points in known]
        if not all(at for at, _ in knots):
            raise PolicyError(
                f"The factor that reads {column or 'a column'} is a line, and a level of it is no number.",
                todo="Write numbers under level, such as days, or leave how blank for points by level.",
            )
        return found | {"knots": [[float(at[0]), points] for at, points in knots if at]}
    return found | {"points": {_level(column, level): points for level, points in known}}


def _level(column: str, level: str) -> str:
    """Return a level as the policy spells it: yes and no of a flag, a code in any spelling, else as it stands."""
    field = FIELDS.get(column)
    if level in levels_of(column):
        return level
    if field is None or field.kind == "flag":
        return read_flag(level) or level if field or plain(level) in ("yes", "no") else level
    return field.read(level) or level
