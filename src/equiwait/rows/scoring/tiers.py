"""Where a person stands before any points: tier, target, protection, and every tier that an unrecorded code leaves open.

All of it follows from a few coded columns, so it is worked out once for each combination of codes that occurs, by the
plain function `Standings.of`, and looked up for every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from threading import Lock
from typing import NamedTuple, TypeAlias

import numpy as np

from equiwait.fields import FIELDS, INVALID
from equiwait.rows.policies import Cut, Policy, Tier
from equiwait.rows.policies.columns import levels_of, silent_levels
from equiwait.rows.scoring.blocks import Block
from equiwait.rows.scoring.levels import recorded

__all__ = ["NO_TIER", "Place", "Standing", "Standings", "met_values"]

NO_TIER = 32_767  # in the order: after every tier that a policy can have

Codes: TypeAlias = Mapping[str, str | None]
_MANY = 1 << 20  # combinations of codes that are numbered at a time
_OTHER = "\x00any other"  # a level that no policy names: what an unrecorded value of the user's own column might be


class Place(NamedTuple):
    """A tier and the target that goes with it."""

    tier: int  # 1 is the first; 0 is none
    base_tier: int  # the tier without the policy's social lines
    target: int  # days; 0 is none
    from_clock: bool  # whether the target runs from the clock start


@dataclass(frozen=True)
class Standing:
    """What the codes of one person settle, and what they leave open."""

    place: Place
    possible: tuple[Place, ...]
    asks: bool  # a clinician must choose between priorities
    keeps: bool  # never moved down by what is social
    near: int  # nor when this close to the target, in days; -1 is never
    may_keep: bool  # whether an unrecorded code could protect the person
    choices: tuple[str, ...] = ()  # the priorities that a clinician must choose between
    nowhere: bool = False  # every code is recorded, and none of the tiers is for them

    @property
    def count(self) -> int:
        """How many places the person may stand at."""
        return len(self.possible)

    @property
    def open(self) -> bool:
        """Whether the person may stand elsewhere than now."""
        return bool(self.possible) and self.possible != (self.place,)


def _said(column: str, value: str | None) -> str | None:
    """Return a code, None for a silence, and INVALID for what is there and cannot be read: that is no silence."""
    return INVALID if value == INVALID else recorded(column, value)


class Standings:
    """The standings of a policy, found as they are met.

    Parameters
    ----------
    policy : Policy
        The policy whose tiers, targets, matrix and guards apply.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.columns = tuple(dict.fromkeys(self._reads()))
        self.found: list[Standing] = []
        self._index: dict[tuple[str | None, ...], int] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._finding = Lock()  # blocks are read on several threads

    def _reads(self) -> Iterable[str]:
        for tier in self.policy.tiers:
            yield from tier.reads
        if self.policy.targets:
            yield self.policy.targets.column
        if self.policy.retier:
            yield from ("priority", self.policy.retier.column)
        if self.policy.equity_lines:
            yield from ("priority", "cancer_pathway")

    def rows(self, block: Block) -> np.ndarray:
        """Return for each row its place in ``found``."""
        keys: list[tuple[str | None, ...]] = [()]
        row = np.zeros(block.rows, np.int64)
        open_columns: list[list[str | None]] = []
        size = 1
        for name in self.columns:
            values, place = block.coded(name)
            if size * len(values) > _MANY:  # so that the number of a combination never outgrows its room
                keys, row = _folded(keys, row, open_columns)
                open_columns, size = [], len(keys)
            row = row * len(values) + place
            open_columns.append([_said(name, value) for value in values])
            size *= len(values)
        keys, row = _folded(keys, row, open_columns)
        return np.array([self._number(key) for key in keys], np.int32)[row]

    def _number(self, key: tuple[str | None, ...]) -> int:
        """Return the place in ``found`` of a combination of codes."""
        if key not in self._index:
            with self._finding:
                if key not in self._index:
                    self.found.append(self.of(dict(zip(self.columns, key, strict=True))))
                    self._index[key] = len(self.found) - 1
        return self._index[key]

    def column(self, name: str) -> np.ndarray:
        """Return one number of every standing found so far, for looking up by row."""
        known = self._columns.get(name)
        if known is None or len(known) < len(self.found):
            owner = "place" if name in Place._fields else ""
            found = [getattr(each.place if owner else each, name) for each in tuple(self.found)]
            known = self._columns[name] = np.array(found, np.int32) if found else np.zeros(0, np.int32)
        return known

    def possibilities(self) -> tuple[np.ndarray, np.ndarray]:
        """Return how many places each standing leaves open, and all of them one after another."""
        every = [place for each in self.found for place in each.possible]
        kinds = [("tier", np.int64), ("base_tier", np.int64), ("target", np.int64), ("from_clock", bool)]
        return np.array([len(each.possible) for each in self.found], np.int64), np.array(every, dtype=kinds)

    # --- one person ---------------------------------------------------------------------------------------------------

    def of(self, codes: Codes) -> Standing:
        """Return what one combination of recorded codes settles."""
        outcomes, silent = self._priorities(codes)
        asks = len(outcomes) > 1
        place = Place(0, 0, 0, False) if asks or silent else self._place({**codes, "priority": outcomes[0]})
        protect = self.policy.guards.protect
        keeps = any(code in protect.priorities for code in outcomes) or (
            protect.cancer and codes.get("cancer_pathway") == "true"
        )
        near = max((protect.near_target.get(code or "", -1) for code in outcomes), default=-1)
        choices = tuple(code for code in outcomes if code) if asks else ()
        possible = self._possible(codes)
        nowhere = not (asks or silent or place.tier or possible)
        return Standing(place, possible, asks, keeps, near, self._may_keep(codes), choices, nowhere)

    def _may_keep(self, codes: Codes) -> bool:
        """Whether a priority that is not recorded, or not settled, could be one that equity never moves down."""
        protect, rule, code = (
            self.policy.guards.protect,
            self.policy.retier,
            recorded("priority", codes.get("priority")),
        )
        if protect.cancer and codes.get("cancer_pathway") == INVALID:
            return True
        could: set[str] = {code} if code else set(FIELDS["priority"].codes)
        if rule is not None:
            could |= {
                new
                for each in could & set(rule.outcomes)
                for several in rule.outcomes[each].values()
                for new in several
            }
        return len(could) > 1 and bool(could & {*protect.priorities, *protect.near_target})

    def _priorities(self, codes: Codes) -> tuple[tuple[str | None, ...], bool]:
        """Return the priorities that the matrix gives, and whether an unrecorded level stops it."""
        rule, code = self.policy.retier, recorded("priority", codes.get("priority"))
        if rule is None or code not in rule.outcomes:
            return (codes.get("priority"),), False
        level = recorded(rule.column, codes.get(rule.column))
        if level is None or level not in self._matrix_levels:
            return (code,), rule.missing == "unscored"
        return rule.outcomes[code].get(level, (code,)), False

    @cached_property
    def _matrix_levels(self) -> frozenset[str]:
        """The levels that the matrix can speak of; another one is not recorded, and never *as it is* by default."""
        rule = self.policy.retier
        named = {level for by_level in rule.outcomes.values() for level in by_level} if rule else set()
        return frozenset(named | set(levels_of(rule.column) if rule else ()))

    def _place(self, codes: Codes) -> Place:
        targets = self.policy.targets
        code = codes.get(targets.column) or "" if targets else ""
        from_clock = bool(targets) and code in targets.from_clock_start  # type: ignore[union-attr]
        days = (targets.days.get(code, 0) or targets.from_clock_start.get(code, 0)) if targets else 0
        clinical = [(number, tier) for number, tier in enumerate(self.policy.tiers, 1) if tier.kind == "clinical"]
        return Place(self._tier(codes, enumerate(self.policy.tiers, 1)), self._tier(codes, clinical), days, from_clock)

    def _tier(self, codes: Codes, tiers: Iterable[tuple[int, Tier]]) -> int:
        """Return the first tier that the person certainly belongs to."""
        if not self.policy.tiers:
            return 1
        open_question = False
        for number, tier in tiers:
            if not tier.when:
                return number if tier.takes_unknown or not open_question else 0
            belongs = _belongs(tier, codes)
            if belongs:
                return number
            open_question = open_question or belongs is None
        return 0

    def _possible(self, codes: Codes) -> tuple[Place, ...]:
        """Return every place that the unrecorded codes leave open; just one when nothing is open."""
        choices = [
            self._choices[name] if code == INVALID or not (code or self._reads_blank(name)) else [code]
            for name, code in ((name, codes.get(name)) for name in self.columns)
        ]
        found: dict[Place, None] = {}
        for completion in product(*choices):
            whole = dict(zip(self.columns, completion, strict=True))
            for priority in self._priorities(whole)[0]:
                place = self._place({**whole, "priority": priority} if "priority" in whole else whole)
                if place.tier:
                    found[place] = None
        return tuple(found)

    def _reads_blank(self, name: str) -> bool:
        """Whether a blank of the column says something, or matters to no tier, target or matrix."""
        asked = [tier for tier in self.policy.tiers if name in tier.reads]
        target = self.policy.targets is not None and name == self.policy.targets.column
        matrix = self.policy.retier is not None and name in ("priority", self.policy.retier.column)
        return not target and not matrix and all(tier.reads_blank(name) for tier in asked)

    @cached_property
    def _choices(self) -> Mapping[str, list[str | None]]:
        """For each column one level for each way in which its levels are treated, so that many blanks leave few cases."""
        found: dict[str, dict[object, str | None]] = {name: {} for name in self.columns}
        for name, ways in found.items():
            for level in self._levels(name):
                ways.setdefault(self._treated(name, level), level)
        return {name: list(ways.values()) for name, ways in found.items()}

    def _treated(self, name: str, level: str | None) -> object:
        """Return all that a level changes: the conditions that it meets, its target, and what the matrix makes of it."""
        targets, rule = self.policy.targets, self.policy.retier
        meets = tuple(
            _takes(each[name], level or "") for tier in self.policy.tiers for each in tier.when if name in each
        )
        aims = [targets.days, targets.from_clock_start] if targets and name == targets.column else []
        leads = rule.outcomes.values() if rule and name == rule.column else ()
        turns = level if rule and name == "priority" and level in rule.outcomes else None
        return meets, *(aim.get(level or "") for aim in aims), *(by_level.get(level or "") for by_level in leads), turns

    def _levels(self, name: str) -> list[str | None]:
        known = [level for level in levels_of(name) if level not in silent_levels(name)]
        if known:
            return list(known)
        asked = [each[name] for tier in self.policy.tiers for each in tier.when if name in each]
        named = {level for levels in asked if not isinstance(levels, Cut) for level in levels}
        if self.policy.targets and name == self.policy.targets.column:
            named |= {*self.policy.targets.days, *self.policy.targets.from_clock_start}
        if self.policy.retier and name == self.policy.retier.column:
            named |= self._matrix_levels
        return [*sorted(named), _OTHER]


def _folded(
    keys: list[tuple[str | None, ...]], row: np.ndarray, columns: Sequence[Sequence[str | None]]
) -> tuple[list[tuple[str | None, ...]], np.ndarray]:
    """Return the combinations of codes that occur, and each row's place among them.

    ``row`` numbers a combination of ``keys`` and of places in ``columns``, the last column counting fastest.
    """
    size = prod(map(len, columns)) * len(keys)
    met, row = (np.array([int(row[0])]), np.zeros(1, np.int64)) if len(row) == 1 else met_values(row, size)
    found = []
    for code in met.tolist():
        codes: list[str | None] = []
        for values in reversed(columns):
            code, place = divmod(code, len(values))
            codes.append(values[place])
        found.append((*keys[code], *reversed(codes)))
    return found, row


def _belongs(tier: Tier, codes: Codes) -> bool | None:
    """Whether a person belongs to a tier: yes, no, or not to be told from what is recorded."""
    answers = [_all_hold(tier, each, codes) for each in tier.when]
    return True if True in answers else None if None in answers else False


def _all_hold(tier: Tier, condition: Mapping[str, tuple[str, ...] | Cut], codes: Codes) -> bool | None:
    answers = [_holds(codes.get(column), levels, tier.reads_blank(column)) for column, levels in condition.items()]
    return False if False in answers else None if None in answers else True


def _holds(value: str | None, asked: tuple[str, ...] | Cut, blank_means_no: bool) -> bool | None:
    if value is None:
        return False if blank_means_no else None
    return None if value == INVALID else _takes(asked, value)


def _takes(asked: tuple[str, ...] | Cut, level: str) -> bool:
    """Whether a recorded level is one of those asked for, or a number inside a cut-off."""
    if isinstance(asked, Cut):
        return level.replace(".", "", 1).isdigit() and asked.takes(float(level))
    return level in asked


def met_values(values: np.ndarray, below: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values and each row's place among them; counting beats sorting while the values are small."""
    if below > max(65_536, len(values)):
        met, row = np.unique(values, return_inverse=True)
        return met, row
    met = np.flatnonzero(np.bincount(values, minlength=1))
    place = np.zeros(below or 1, np.int64)
    place[met] = np.arange(len(met))
    return met, place[values]
