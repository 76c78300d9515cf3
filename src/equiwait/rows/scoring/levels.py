"""What a cell means as a level: read as `read_list` reads it, whether it stands in a list or in a record that came alone.

A cell that is not empty and can be read as none of its column's levels becomes `INVALID`: it is not recorded, and it is
never taken for a blank, so that nobody is told *no* because of a spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from equiwait.fields import FIELDS, INVALID, read_flag
from equiwait.rows.policies import Cut, Factor, Policy
from equiwait.rows.policies.columns import levels_of, missing_codes

__all__ = ["Spelt", "recorded", "spellings"]

Spelt: TypeAlias = Mapping[str, Callable[[str], str]]
"""How the text of a column becomes a level; a column that is not there has levels as they are written."""

_FLAG = ("true", "false")
_FIXED = ("patient_choice", "list_type")  # columns that scoring reads whatever the policy says


def recorded(column: str, value: str | None) -> str | None:
    """Return a code, or None if the cell is blank, invalid or records a silence."""
    return None if value is None or value in ("", INVALID) or value in missing_codes(column) else value


def spellings(policy: Policy) -> Spelt:
    """Return how each column that the policy reads as levels is spelt."""
    named: dict[str, list[str]] = {name: [] for name in _FIXED}
    for column, levels in _named(policy):
        named.setdefault(column, []).extend(levels)
    matrix = policy.retier.column if policy.retier else ""
    return {column: _reader(column, dict.fromkeys(levels), only=column == matrix) for column, levels in named.items()}


def _named(policy: Policy) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield every column that is read as levels, with levels that the policy names."""
    tables = [each for tier in policy.tiers for each in tier.when]
    tables += [each for case in (policy.targets.cases if policy.targets else ()) for each in case.when]
    tables += [each for factor in policy.parts for each in factor.only_if]
    for table in tables:
        yield from ((column, asked) for column, asked in table.items() if not isinstance(asked, Cut))
    if policy.targets:
        column = policy.targets.column
        yield column, (*policy.targets.days, *policy.targets.from_clock_start)
        yield from ((column, (*case.days, *case.from_clock_start)) for case in policy.targets.cases)
    if policy.specialties:
        yield "specialty", policy.specialties
    if policy.eligibility and policy.eligibility.by:
        yield policy.eligibility.by, policy.eligibility.levels
    if policy.retier:
        yield "priority", policy.retier.outcomes
        yield from ((policy.retier.column, levels) for levels in policy.retier.outcomes.values())
    if policy.equity_lines:
        yield "priority", ()
        yield "cancer_pathway", ()
    for factor in policy.parts:
        yield from _named_by(factor)


def _named_by(factor: Factor) -> Iterator[tuple[str, Iterable[str]]]:
    if factor.points and factor.column:
        yield factor.column, factor.lookup or factor.points
    yield from ((flag, _FLAG) for flag in factor.any_of)
    yield from ((special.column, [special.value]) for special in factor.specials)
    yield from ((each.by, [level for level in each.levels if level != "otherwise"]) for each in factor.times)


def _reader(column: str, named: Iterable[str], *, only: bool) -> Callable[[str], str]:
    """Return how one column is read: as flag, as one of fixed levels, or as the policy spells it.

    A matrix speaks ``only`` of levels that it names: another one says nothing, and never *as it is* in silence.
    """
    levels = levels_of(column)
    if levels == _FLAG or (not levels and set(named) and set(named) <= set(_FLAG)):
        return lambda text: read_flag(text.strip()) or INVALID
    if levels:
        return partial(_code, column, frozenset(levels))
    return partial(_own, {level.lower(): level for level in named} | {level: level for level in named}, only)


def _code(column: str, levels: frozenset[str], text: str) -> str:
    """A bare 1, 2 or 3 for a priority may be a P-code or a referral priority, which run opposite ways: it is neither."""
    if text in levels:
        return text
    if column == "priority" and re.fullmatch(r"\s*[1-3](\.0)?\s*", text):
        return INVALID
    field = FIELDS.get(column)
    read = field.read(text.strip()) if field else text.strip().removesuffix(".0")
    return read if read in levels else INVALID


def _own(named: Mapping[str, str], only: bool, text: str) -> str:
    """A column of the user's own: a level that the policy names, whatever its case, else as it is."""
    plain = text.strip().lower()
    return named.get(text) or named.get(plain) or named.get(plain.removesuffix(".0"), INVALID if only else text)
