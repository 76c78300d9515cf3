"""What a policy says of time: until when a justification or an approval holds. Days are compared with the list's own."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from equiwait.errors import OptionError, attempt
from equiwait.rows.policies.protected_characteristics import protection_of
from equiwait.rows.policies.validation import Fault, Path

if TYPE_CHECKING:
    from equiwait.rows.policies.document import Document
    from equiwait.rows.policies.factors import Factor
    from equiwait.rows.policies.order import Tier
    from equiwait.rows.policies.people import Justification

__all__ = ["as_day", "expired", "expired_in", "protected_lines", "undated"]


def as_day(day: dt.date | str) -> dt.date:
    """Return a day from a date or its ISO text."""
    if isinstance(day, dt.datetime):
        return day.date()
    if isinstance(day, dt.date):
        return day
    parts = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", day.strip()) if isinstance(day, str) else None
    return attempt(
        lambda: dt.date(*(int(part) for part in (parts.groups() if parts else ()))),
        lambda _: OptionError("snapshot is not a date.", todo="Write YYYY-MM-DD."),
    )


def protected_lines(policy: Document) -> Iterable[tuple[Path, Factor | Tier]]:
    """Yield every factor that counts and every tier that reads what the law protects, with where it stands."""
    for place, factor in enumerate(policy.factors):
        if factor.protection and factor.matters:
            yield ("factors", place), factor
    for place, tier in enumerate(policy.tiers):
        if tier.protection:
            yield ("tiers", place), tier


def undated(policy: Document) -> Iterable[Fault]:
    """Yield justifications without their date, unless the policy is only an illustration, and those over too soon."""
    for path, line in protected_lines(policy):
        if line.justification is not None:
            yield from _undated((*path, "justification"), line.protection, line.justification, policy)


def _undated(path: Path, protection: str, justification: Justification, policy: Document) -> Iterable[Fault]:
    needs = "expires" if protection == "strict" else "review"
    if policy.status != "illustrative" and justification.ends is None:
        yield (*path, needs), "is left out; only an illustration may go without"
    elif protection == "strict" and policy.status != "illustrative" and justification.expires is None:
        yield (*path, "expires"), "is left out; a review date is not enough here"
    approved = policy.approval.date if policy.approval else None
    if approved and justification.ends and justification.ends < approved:
        yield (*path, needs), "had passed before the policy was approved"


def expired(policy: Document, snapshot: dt.date) -> Iterable[Fault]:
    """Yield what has ended by the day of the list; an illustration is exempt, and says so on every output."""
    if policy.status == "illustrative":
        return
    if policy.approval and policy.status == "approved":
        yield from _past(("approval", "review"), policy.approval.review, snapshot)
        if policy.approval.date > snapshot:
            yield (
                ("approval", "date"),
                f"is {policy.approval.date}, after the list's snapshot of {snapshot}: an approval counts from its date. To look "
                "back, score with policy.with_changes(status='draft', approval=None)",
            )
    for path, line in protected_lines(policy):
        if line.justification:
            yield from _past((*path, "justification"), line.justification.ends, snapshot)


def _past(path: Path, ends: dt.date | None, snapshot: dt.date) -> Iterable[Fault]:
    if ends is not None and ends < snapshot:
        yield path, f"expired on {ends.isoformat()}, before the list's snapshot of {snapshot.isoformat()}"


# --- a file with other faults ---------------------------------------------------------------------------------------------


def expired_in(data: Mapping[str, Any], snapshot: dt.date) -> Iterable[Fault]:
    """Yield dates that have passed in a file too faulty to be a policy: they belong in the same message."""
    if data.get("status") == "illustrative":
        return
    if data.get("status") == "approved":
        yield from _past(("approval", "review"), _ends(data.get("approval"), "review"), snapshot)
    for where in ("factors", "tiers"):
        lines = data.get(where)
        for place, line in enumerate(lines if isinstance(lines, list | tuple) else ()):
            if isinstance(line, Mapping) and any(map(protection_of, _read_by(line))):
                ends = _ends(line.get("justification"), "expires", "review")
                yield from _past((where, place, "justification"), ends, snapshot)


def _ends(table: object, *names: str) -> dt.date | None:
    """The earliest of some dates of a table, in whichever way each is written."""
    given = [table.get(name) for name in names] if isinstance(table, Mapping) else []
    return min((day for day in map(_day, given) if day is not None), default=None)


def _day(value: object) -> dt.date | None:
    try:
        return as_day(value) if isinstance(value, dt.date | str) else None
    except OptionError:
        return None


def _read_by(line: Mapping[str, Any]) -> list[str]:
    """Every column that a line of a file seems to read."""
    found = [line.get(name) for name in ("column", "days_until")]
    found += [*_several(line.get("any_of")), *_keys(line.get("when")), *_keys(line.get("only_if"))]
    beside = [*_several(line.get("specials")), *_several(line.get("times"))]
    found += [each.get(name) for each in beside if isinstance(each, Mapping) for name in ("column", "by")]
    return [each for each in found if isinstance(each, str)]


def _keys(when: object) -> list[Any]:
    tables = [when] if isinstance(when, Mapping) else _several(when)
    return [key for each in tables if isinstance(each, Mapping) for key in each]


def _several(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
