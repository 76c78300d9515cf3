"""Where a person stands before any points: tier, target, protection, and every tier that an unrecorded code leaves open.

All of it follows from a few coded columns, so it is worked out once for each combination of codes that occurs, by the
plain function `Situations.of`, and looked up for every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from math import prod
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from equiwait.fields import FIELDS, INVALID
from equiwait.rows.policies import Cut, Policy, Tier
from equiwait.rows.policies.columns import level_for, levels_of, missing_codes
from equiwait.rows.scoring.alike import Column, worked
from equiwait.rows.scoring.blocks import Block, Coded, met_values
from equiwait.rows.scoring.conditions import Codes, column_of, cut, ends_of, keys_of, meets, stretches, takes
from equiwait.rows.scoring.levels import recorded

__all__ = ["Place", "Situation", "Situations"]

_MANY = 1 << 20  # combinations of codes that are numbered at a time
_OTHER = "\x00any other"  # a level that no policy names: what an unrecorded value of the user's own column might be


class Place(NamedTuple):
    """A tier and the target that goes with it."""

    tier: int  # 1 is the first; 0 is none
    base_tier: int  # the tier without the policy's social lines
    target: int  # days; 0 is none
    from_clock: bool  # whether the target runs from the clock start


@dataclass(frozen=True)
class Situation:
    """What the codes of one person settle, and what they leave open."""

    place: Place
    possible: tuple[Place, ...]
    asks: bool  # a clinician must choose between priorities
    keeps: bool  # never moved down by what is social
    near: int  # nor when this close to the target, in days; -1 is never
    may_keep: bool  # whether an unrecorded code could protect the person
    choices: tuple[str, ...] = ()  # the priorities that a clinician must choose between
    holds: tuple[
        bool | None, ...
    ] = ()  # of each factor that counts only for some: whether it does; None is not to be told
    sways: tuple[bool, ...] = ()  # and whether it could turn out otherwise, since the matrix may give another priority
    told: tuple[bool, ...] = ()  # for each social tier, whether all that it reads is recorded
    nowhere: bool = False  # every code is recorded, and none of the tiers is for them

    @property
    def waits(self) -> bool:
        """Whether the person may stand in a tier once all is recorded."""
        return any(place.tier for place in self.possible)

    @property
    def open(self) -> bool:
        """Whether the person may stand elsewhere than now."""
        return self.possible != (self.place,)


def _said(column: str, value: str | None) -> str | None:
    """Return a code, None for a silence, and INVALID for what is there and cannot be read: that is no silence."""
    return INVALID if value == INVALID else recorded(column, value)


class Situations:
    """The situations of a policy, found as they are met.

    Parameters
    ----------
    policy : Policy
        The policy whose tiers, targets, matrix and guards apply.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._ends = ends_of(self._conditions())
        self.cuts = bool(self._ends)  # where anybody stands hangs on a number too
        self.keys = tuple(dict.fromkeys(self._reads()))
        self.columns = tuple(dict.fromkeys(map(column_of, self.keys)))
        self.sometimes = tuple(place for place, factor in enumerate(policy.parts) if factor.only_if)
        self.no_tier = len(policy.tiers) + 2  # in the order: after every tier
        self.gone = self.no_tier + 1  # after that: who may turn out to have no place at all
        self.kind = np.int8 if self.gone < 127 else np.int16  # a whole number that holds every place in the order
        self.found: list[Situation] = []
        self._index: dict[tuple[str | None, ...], int] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._finding = Lock()  # blocks are read on several threads

    def _reads(self) -> Iterable[str]:
        yield from keys_of(self._conditions())
        if self.policy.targets:
            yield self.policy.targets.column
        if self.policy.retier:
            yield from ("priority", self.policy.retier.column)
        if self.policy.equity_lines:
            yield from ("priority", *(["cancer_pathway"] if self.policy.guards.protect.cancer else []))

    def _conditions(self) -> Iterable[Mapping[str, Any]]:
        """Yield every table of conditions: of tiers, of targets of their own, and of factors that count for some."""
        for tier in self.policy.tiers:
            yield from tier.when
        for case in self.policy.targets.cases if self.policy.targets else ():
            yield from case.when
        for factor in self.policy.parts:
            yield from factor.only_if

    def _coded(self, block: Block, key: str) -> Coded:
        """Return the codes of a key; of a column of the user's own only those that the policy tells apart."""
        if key in self._ends:
            return cut(block, key, self._ends[key])
        values, place = block.coded(key)
        codes = [_said(key, value) for value in values]
        if levels_of(key):
            return codes, place
        named = self._named(key)
        return [code if code in (None, INVALID) or level_for(named, code) else _OTHER for code in codes], place

    def _named(self, key: str) -> set[str]:
        """Return the levels that the policy names in a column."""
        tables = [each for each in self._conditions() if key in each and not isinstance(each[key], Cut)]
        named = {level for each in tables for level in each[key]}
        if self.policy.targets and key == self.policy.targets.column:
            named |= {*self.policy.targets.days, *self.policy.targets.from_clock_start}
            named |= {code for case in self.policy.targets.cases for code in (*case.days, *case.from_clock_start)}
        if self.policy.retier and key == self.policy.retier.column:
            named |= self._matrix_levels
        return named

    def rows(self, block: Block) -> np.ndarray:
        """Return for each row its place in ``found``."""
        keys: list[tuple[str | None, ...]] = [()]
        row = np.zeros(block.rows, np.int64)
        open_columns: list[list[str | None]] = []
        size = 1
        for name in self.keys:
            values, place = self._coded(block, name)
            if size * len(values) > _MANY:  # so that the number of a combination never outgrows its room
                keys, row = _folded(keys, row, open_columns)
                open_columns, size = [], len(keys)
            row = row * len(values) + place
            open_columns.append(list(values))
            size *= len(values)
        keys, row = _folded(keys, row, open_columns)
        return np.array([self._number(key) for key in keys], np.intp)[row]

    def _number(self, key: tuple[str | None, ...]) -> int:
        """Return the place in ``found`` of a combination of codes."""
        if key not in self._index:
            with self._finding:
                if key not in self._index:
                    self.found.append(self.of(dict(zip(self.keys, key, strict=True))))
                    self._index[key] = len(self.found) - 1
        return self._index[key]

    def column(self, name: str) -> np.ndarray:
        """Return one number of every situation found so far, for looking up by row: another column may have more by then."""
        known = self._columns.get(name)
        if known is None or len(known) < len(self.found):
            owner = "place" if name in Place._fields else ""
            found = [getattr(each.place if owner else each, name) for each in tuple(self.found)]
            known = self._columns[name] = np.array(found, np.int32) if found else np.zeros(0, np.int32)
        return known

    def look_up(self, name: str, situation: Column) -> Column:
        """Return one number of each row's situation."""
        return worked(self.column(name).take, situation)

    def flags(self, name: str, situation: Column) -> Column:
        """Return one flag of each row's situation."""
        return worked(self.column(name).astype(bool).take, situation)

    def possibilities(self) -> tuple[np.ndarray, np.ndarray]:
        """Return how many places each situation leaves open, and all of them one after another."""
        found = tuple(self.found)  # other threads find more of them meanwhile
        every = [place for each in found for place in each.possible]
        kinds = [("tier", np.int64), ("base_tier", np.int64), ("target", np.int64), ("from_clock", bool)]
        return np.array([len(each.possible) for each in found], np.int64), np.array(every, dtype=kinds)

    # --- one person ---------------------------------------------------------------------------------------------------

    def of(self, codes: Codes) -> Situation:
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
        nowhere = not (asks or silent or place.tier or self._leaves_open({**codes, "priority": outcomes[0]}))
        may_keep, told = self._may_keep(codes), self._told(codes)
        holds = self._holds(codes, (None,) if silent else outcomes)
        could = self._holds(codes, tuple(self._could_be(codes)))
        sways = tuple(one != two for one, two in zip(holds, could, strict=True))
        return Situation(place, possible, asks, keeps, near, may_keep, choices, holds, sways, told, nowhere)

    def _holds(self, codes: Codes, priorities: Sequence[str | None]) -> tuple[bool | None, ...]:
        """Return whether each factor that counts only for some does, with the priority that the matrix gives."""
        several = [
            {meets(self.policy.parts[place].only_if, {**codes, "priority": code}) for code in priorities}
            for place in self.sometimes
        ]
        return tuple(answers.pop() if len(answers) == 1 else None for answers in several)

    def counts_for(self, place: int, situation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return for which rows a factor that counts only for some does, for which that cannot be told, and could change."""
        at, every = self.sometimes.index(place), tuple(self.found)
        flags = [[each.holds[at] is True, each.holds[at] is None, each.sways[at]] for each in every]
        yes, doubt, sways = np.array(flags, bool).reshape(-1, 3)[situation].T
        return yes, doubt, sways

    @cached_property
    def open_blanks(self) -> frozenset[str]:
        """Columns of which some line takes a blank for not recorded: then it may be filled in, whatever other lines make of it."""
        policy = self.policy
        found = {column for tier in policy.tiers for column in tier.reads if not tier.reads_blank(column)}
        found |= set(policy.targets.reads) if policy.targets else set()
        found |= {policy.retier.column} if policy.retier else set()
        for factor in policy.parts:
            answered = factor.days_until if factor.blank != "" else ""
            found |= {column for column in factor.reads if factor.matters and column != answered}
        return frozenset(found)

    @cached_property
    def social_tiers(self) -> tuple[Tier, ...]:
        """The tiers by which something social crosses clinical priority."""
        return tuple(tier for tier in self.policy.tiers if tier.kind == "equity")

    def _told(self, codes: Codes) -> tuple[bool, ...]:
        return tuple(
            all(_is_told(tier, key, codes.get(key)) for key in keys_of(tier.when)) for tier in self.social_tiers
        )

    def told(self, place: int, situation: np.ndarray) -> np.ndarray:
        """Return of which rows all that a social tier reads is recorded."""
        return np.asarray(np.array([each.told[place] for each in tuple(self.found)], bool)[situation])

    def _may_keep(self, codes: Codes) -> bool:
        """Whether a priority that is not recorded, or not settled, could be one that equity never moves down."""
        protect, cancer = self.policy.guards.protect, codes.get("cancer_pathway")
        if protect.cancer and (cancer == INVALID or (cancer is None and "cancer_pathway" in self.open_blanks)):
            return True
        could = self._could_be(codes)
        return len(could) > 1 and bool(could & {*protect.priorities, *protect.near_target})

    def _could_be(self, codes: Codes) -> set[str]:
        """Return every priority that a person may have once all is recorded and the matrix has been looked at."""
        rule, code = self.policy.retier, recorded("priority", codes.get("priority"))
        own: set[str] = {code} if code else set(FIELDS["priority"].codes)
        if rule is None:
            return own
        level, could = recorded(rule.column, codes.get(rule.column)), set[str]()
        for each in own:
            leads = rule.outcomes.get(each, {})
            if level in leads:
                could |= set(leads[level])
            elif level in self._matrix_levels:
                could.add(each)
            else:
                could |= {each, *chain.from_iterable(leads.values())}
        return could

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
        days, from_clock = self._target(codes)
        clinical = [(number, tier) for number, tier in enumerate(self.policy.tiers, 1) if tier.kind == "clinical"]
        return Place(self._tier(codes, enumerate(self.policy.tiers, 1)), self._tier(codes, clinical), days, from_clock)

    def _target(self, codes: Codes) -> tuple[int, bool]:
        """Return the target in days, and whether it runs from the clock start; none where a case of its own is in doubt."""
        targets = self.policy.targets
        code = codes.get(targets.column) or "" if targets else ""
        for case in targets.cases if targets else ():
            if (code in case.days or code in case.from_clock_start) and (holds := meets(case.when, codes)) is not False:
                return (
                    (case.days.get(code) or case.from_clock_start[code], code not in case.days) if holds else (0, False)
                )
        if targets is None:
            return 0, False
        return targets.days.get(code, 0) or targets.from_clock_start.get(code, 0), code in targets.from_clock_start

    def _tier(self, codes: Codes, tiers: Iterable[tuple[int, Tier]]) -> int:
        """Return the first tier that the person certainly belongs to."""
        if not self.policy.tiers:
            return 1
        open_question = False
        for number, tier in tiers:
            if not tier.when:
                return number if tier.takes_unknown or not open_question else 0
            belongs = meets(tier.when, codes, tier.reads_blank)
            if belongs:
                return number
            open_question = open_question or belongs is None
        return 0

    def _leaves_open(self, codes: Codes) -> bool:
        """Whether something that is not recorded decides on a tier."""
        return any(tier.when and meets(tier.when, codes, tier.reads_blank) is None for tier in self.policy.tiers)

    def _possible(self, codes: Codes) -> tuple[Place, ...]:
        """Return every place that the unrecorded codes leave open, none of the tiers included; just one when nothing is open."""
        choices = [
            self._choices[name] if code == INVALID or not (code or self._reads_blank(name)) else [code]
            for name, code in ((name, codes.get(name)) for name in self.keys)
        ]
        found: dict[Place, None] = {}
        for completion in product(*choices):
            whole = dict(zip(self.keys, completion, strict=True))
            for priority in self._priorities(whole)[0]:
                place = self._place({**whole, "priority": priority} if "priority" in whole else whole)
                found[place] = None
        return tuple(found)

    def _reads_blank(self, key: str) -> bool:
        """Whether a blank says something, or matters to no tier, target or matrix."""
        tiers = [tier for tier in self.policy.tiers if key in keys_of(tier.when)]
        if tiers and column_of(key) in self.open_blanks:
            return False
        targets = self.policy.targets
        target = targets is not None and (
            key == targets.column or any(key in keys_of(case.when) for case in targets.cases)
        )
        matrix = self.policy.retier is not None and key in ("priority", self.policy.retier.column)
        return not target and not matrix and all(tier.reads_blank(column_of(key)) for tier in tiers)

    @cached_property
    def _choices(self) -> Mapping[str, list[str | None]]:
        """For each key one level for each way in which its levels are treated, so that many blanks leave few cases."""
        found: dict[str, dict[object, str | None]] = {key: {} for key in self.keys}
        for key, ways in found.items():
            for level in self._levels(key):
                ways.setdefault(self._treated(key, level), level)
        return {key: list(ways.values()) for key, ways in found.items()}

    def _treated(self, key: str, level: str | None) -> object:
        """Return all that a level changes: the conditions that it meets, its target, and what the matrix makes of it."""
        targets, rule, column = self.policy.targets, self.policy.retier, column_of(key)
        asked = [each[column] for each in self._conditions() if column in each]
        met = tuple(takes(level, each) for each in asked if isinstance(each, Cut) == (key in self._ends))
        aims: list[Mapping[str, int]] = []
        if targets and key == targets.column:
            aims = [targets.days, targets.from_clock_start]
            aims += [table for case in targets.cases for table in (case.days, case.from_clock_start)]
        leads = rule.outcomes.values() if rule and key == rule.column else ()
        turns = level if rule and key == "priority" and level in rule.outcomes else None
        return met, *(aim.get(level or "") for aim in aims), *(by_level.get(level or "") for by_level in leads), turns

    def _levels(self, key: str) -> list[str | None]:
        if key in self._ends:
            return stretches(self._ends[key])
        known = [level for level in levels_of(key) if level not in missing_codes(key)]
        return list(known) if known else [*sorted(self._named(key)), _OTHER]


def _is_told(tier: Tier, key: str, code: str | None) -> bool:
    return takes(code, (), blank_means_no=tier.reads_blank(column_of(key))) is not None


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
