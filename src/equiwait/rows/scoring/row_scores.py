"""Row work: one block of a list in, everything that its own rows can say out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from equiwait.rows.policies import Factor, Policy, State
from equiwait.rows.policies.columns import level_for
from equiwait.rows.policies.people import Eligibility
from equiwait.rows.scoring.alike import SEVERAL, Alike, Column, Kinds, all_of, by_row, kinds_of, worked
from equiwait.rows.scoring.blocks import Block, Known
from equiwait.rows.scoring.levels import recorded, spellings
from equiwait.rows.scoring.points import (
    Given,
    Part,
    Scale,
    by_codes,
    given,
    most_values,
    number_points,
    scale_of,
    score_kind,
    stand_in,
    whole,
)
from equiwait.rows.scoring.protected_people import Protected, protected
from equiwait.rows.scoring.sentences import tier_names
from equiwait.rows.scoring.targets import days_left, percent_of, review_due
from equiwait.rows.scoring.tiers import Situations

__all__ = ["LONGEST", "STATUSES", "Reader", "Reading"]

STATUSES = (
    "scored",
    "unscored",
    "no_mean",
    "ask_clinician",
    "no_tier",
    "below_threshold",
    "booked",
    "patient_choice",
    "out_of_scope",
    "not_open",
)
"""Where a person stands with the policy; only ``scored`` has a place, the rest are listed apart with the reason."""

LONGEST = 36_525
"""Days: what a wait that is not known could be at the most."""

_FEW = 32_767  # values that are told apart by a number of 16 bits
_DAYS = 4  # bytes: as many days as anybody could wait, added to and weighed

FURTHEST_BOOKING = 731
"""Days: nobody is booked two years ahead; a date to come in beyond that (2099-12-31) only fills a field."""

SCORED, UNSCORED, NO_MEAN, ASKS, NOWHERE, BELOW, BOOKED, CHOICE, OUTSIDE, NOT_OPEN = range(len(STATUSES))


@dataclass(frozen=True)
class Reading:
    """What rows say before anything is known of the list.

    ``parts`` are what each factor of the policy gives, before anything stands in for what is not recorded and before points
    build up with time.
    """

    status: np.ndarray
    situation: Column
    tier: Column  # 0 is none
    kept: Protected | None  # where something social could move anyone
    days: np.ndarray
    counted: np.ndarray  # whether the days waited are known; they are 0 where not
    elapsed: np.ndarray  # days since listing, -1 where no date says
    parts: tuple[Part, ...]
    review: Known  # whether the wait is to be reviewed for harm

    @property
    def people(self) -> np.ndarray:
        """Rows that the policy looks at: open, and of the list that it orders."""
        return np.asarray(self.status < OUTSIDE)


class _Stands(NamedTuple):
    """What a block's codes settle, how long its rows have waited, and what percentage of the target that is."""

    situation: Column
    days: np.ndarray
    counted: np.ndarray
    elapsed: np.ndarray
    percent: Known


_NOTHING = np.zeros(0, np.int64)
_UNASKED = (_NOTHING, _NOTHING)  # a percentage that no factor reads
_NOWHERE = _Stands(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _UNASKED)  # for factors that do not ask where anybody stands


class Reader:
    """A policy made ready for rows.

    Parameters
    ----------
    policy : Policy
        The policy to read rows by.
    ranges : bool
        Whether anybody asks how far unrecorded inputs could move a score.
    """

    def __init__(self, policy: Policy, *, ranges: bool = True) -> None:
        self.policy = policy
        self.ranges = ranges
        self.factors: tuple[Factor, ...] = policy.parts
        self.situations = Situations(policy)
        self.score_kind = score_kind(policy)
        self.scales = [scale_of(factor, self.situations.open_blanks, self.score_kind) for factor in self.factors]
        self.stand_ins = [stand_in(factor) for factor in self.factors]
        self.spelt = spellings(policy)
        self.stamp = policy.stamp
        self.tier_names = tier_names(policy)
        self.checked: set[str | None] = set()  # snapshots on which the policy is known to hold
        self.means: tuple[State | None, dict[str, int]] | None = (
            None  # the list's means as last looked up, by their state
        )
        named = {factor.name: place for place, factor in enumerate(self.factors)}
        self.groups = [(group, [named[name] for name in group.of]) for group in policy.groups]
        self.by_target = any(factor.percent_of_target for factor in self.factors)
        self._asks_elapsed = bool(policy.targets or policy.guards.protect.near_target)
        self.social_tiers = any(tier.kind == "equity" for tier in policy.tiers)
        self._where = () if self.situations.cuts else self.situations.columns  # whose codes settle where anybody stands
        self._codes = list(map(self._codes_of, range(len(self.factors))))
        self.in_kinds = self._in_kinds()

    @cached_property
    def columns(self) -> list[str]:
        """Every column that it reads where the list has it."""
        fixed = ["snapshot_date", "days_waiting", "scope", "tci_date", "patient_choice", "priority_date"]
        fixed += ["decision_to_admit", "list_type", "row_problems"]
        own = [column for factor in self.factors for column in factor.reads]
        rule = self.policy.eligibility
        eligible = [rule.column, *filter(None, [rule.by])] if rule else []
        eligible += ["specialty"] if self.policy.specialties else []
        return list(dict.fromkeys([*fixed, *self.situations.columns, *own, *eligible]))

    @cached_property
    def record_columns(self) -> tuple[str, ...]:
        """Every column that is read of a record, whose wait may be said by its clock start."""
        return tuple(dict.fromkeys((*self.columns, "clock_start")))

    def read(self, block: Block) -> Reading:
        """Return what the rows of a block say."""
        block.spelt = self.spelt
        kinds = self._kinds(block)
        situation, waited, counted, elapsed, _ = stands = self._stands(block, kinds)
        parts = tuple(self._parts(block, range(len(self.scales)), stands, kinds))
        kept = protected(self.situations, situation, elapsed, waited) if self.policy.equity_lines else None
        tier = self._tier(situation, kept)
        status = self._status(block, situation, tier, counted)
        asks = self.policy.harm_review is not None
        left = days_left(self.situations, by_row(situation), waited, counted, elapsed) if asks else _UNASKED
        review = review_due(self.policy, block, left, waited, counted)
        return Reading(status, situation, tier, kept, waited, counted, elapsed, parts, review)

    def averaged(self, block: Block) -> tuple[np.ndarray, dict[str, Part]]:
        """Return which rows the policy looks at, and what each factor gives of which it wants the list's mean."""
        block.spelt = self.spelt
        asked = [place for place, factor in enumerate(self.factors) if factor.missing == "list_mean"]
        alone = not any(self.factors[at].percent_of_target or at in self.situations.sometimes for at in asked)
        parts = self._parts(block, asked, _NOWHERE if alone else self._stands(block, None), None)
        here = self._on_the_list(block)
        if block.has("scope"):
            here &= block.one_of("scope", ("rtt_open",))
        return here, {self.factors[place].name: part for place, part in zip(asked, parts, strict=True)}

    def _kinds(self, block: Block) -> Kinds | None:
        """Return the kinds of a block's rows: by what says where they stand, then by what each factor reads that reads codes."""
        return None if block.rows < SEVERAL else kinds_of(block, filter(None, [self._where, *self._codes]))

    def _stands(self, block: Block, kinds: Kinds | None) -> _Stands:
        days, counted = block.numbers("days_waiting")
        counted = counted & (days >= 0)  # fewer than none is a mistake, not a wait
        if not all_of(counted):
            days = np.where(counted, days, 0)
        if days.dtype.kind != "i" or days.itemsize < _DAYS:
            days = days.astype(np.int64)
        situation, elapsed = self._situation(block, kinds), self._elapsed(block)
        percent = _UNASKED
        if self.by_target:
            target, from_clock = (by_row(self.situations.look_up(name, situation)) for name in ("target", "from_clock"))
            percent = percent_of(target, from_clock, days, counted, elapsed)
        return _Stands(situation, days, counted, elapsed, percent)

    def _situation(self, block: Block, kinds: Kinds | None) -> Column:
        if kinds is None or not self._where or not kinds.settle(self._where):
            return self.situations.rows(block)
        return Alike(self.situations.rows(kinds.block), kinds.kind)

    def _parts(self, block: Block, places: Iterable[int], stands: _Stands, kinds: Kinds | None) -> Iterator[Part]:
        for place in places:
            codes = self._codes[place] if kinds is not None else ()
            if kinds is not None and codes and kinds.settle(codes):
                each = stands.situation.each if isinstance(stands.situation, Alike) else _NOTHING
                part = given(self.scales[place], kinds.block, _UNASKED, ranges=self.ranges)
                yield self._for_some(place, each, part).of_kinds(kinds.kind)
            else:
                part = given(self.scales[place], block, stands.percent, ranges=self.ranges)
                yield Part(*self._for_some(place, by_row(stands.situation), part))

    def _codes_of(self, place: int) -> tuple[str, ...]:
        """Return the columns whose codes settle what a factor gives; none where it takes more than codes."""
        factor, stands = self.factors[place], self._where if place in self.situations.sometimes else ()
        settled = by_codes(factor) and (stands or place not in self.situations.sometimes)
        return (*factor.reads, *stands) if settled else ()

    def _in_kinds(self) -> list[list[str]]:
        """Return the names of columns that hang on codes alone in the end, some together: few combinations of them can occur."""
        grouped = {place for _, places in self.groups for place in places}
        several = [("tier", len(self.policy.tiers) + 1)] if self._where and not self.social_tiers else []
        if self.policy.then != "accumulation":
            points = zip(self.factors, self._codes, strict=True)
            few = [(each, most_values(each)) for at, (each, codes) in enumerate(points) if codes and at not in grouped]
            several += [(f"points_{each.name}", many) for each, many in few if many <= _FEW]
        found, combinations = list[list[str]](), 1
        for name, many in several:
            if not found or combinations * many > _FEW:
                found.append([])
                combinations = 1
            found[-1].append(name)
            combinations *= many
        return found

    def _for_some(self, place: int, situation: np.ndarray, part: Given) -> Given:
        """A factor that counts only for some is 0 for all others, whatever is recorded of it; in doubt it is not recorded."""
        if place not in self.situations.sometimes:
            return part
        counts, doubt, sways = self.situations.counts_for(place, situation)
        never = ~(counts | doubt | sways)
        known = np.where(counts, part.known, ~doubt | (part.known & (part.points == 0)))
        mine = Given(
            np.where(counts, part.points, 0), known, np.where(never, 0, part.low), np.where(never, 0, part.high)
        )
        return mine.stretched(doubt | sways, 0)

    def _tier(self, situation: Column, kept: Protected | None) -> Column:
        """Return the tier of each row; where only a social tier is in doubt, a protected person stands in the base tier."""
        tier = self.situations.look_up("tier", situation)
        if kept is None or not self.social_tiers:
            return tier
        asks, base = (self.situations.look_up(name, situation) for name in ("asks", "base_tier"))
        return worked(_tier_of, tier, asks, base, kept.now)

    def _elapsed(self, block: Block) -> np.ndarray:
        """Days since the priority was set, else since the decision to admit; a date after the snapshot says nothing."""
        if not self._asks_elapsed:
            return np.full(block.rows, -1, np.int8)
        elapsed = np.full(block.rows, -1, np.int64)
        today, known = block.today
        for name in ("decision_to_admit", "priority_date"):
            if block.has(name):
                day, dated = block.days(name)
                elapsed = np.where(known & dated & (day <= today), today - day, elapsed)
        return elapsed

    def to_target(self, reading: Reading) -> Known:
        """Return how many days each row has until its target (fewer than none: past it), and whether that can be said."""
        situation = by_row(reading.situation)
        left, known = days_left(self.situations, situation, reading.days, reading.counted, reading.elapsed)
        return left, known & reading.people

    def _status(self, block: Block, situation: Column, tier: Column, counted: np.ndarray) -> np.ndarray:
        """Later lines go before earlier ones: what keeps a person off the list outweighs what is unknown about them."""
        asks, nowhere = (self.situations.look_up(name, situation) for name in ("asks", "nowhere"))
        status = by_row(worked(_status_of, asks, nowhere, tier))
        if not all_of(counted):
            status[(status == SCORED) & ~counted] = UNSCORED
        self._mark_ineligible(block, status)
        if block.has("patient_choice"):
            status[block.one_of("patient_choice", ("P5", "P6"))] = CHOICE
        if block.has("tci_date"):
            status[self._booked(block)] = BOOKED
        if self.policy.people != "everyone" or self.policy.specialties:
            status[~self._on_the_list(block)] = OUTSIDE
        if block.has("scope"):
            status[~block.one_of("scope", ("rtt_open",))] = NOT_OPEN
        return status

    def _mark_ineligible(self, block: Block, status: np.ndarray) -> None:
        rule = self.policy.eligibility
        if rule is not None:
            values, known = block.numbers(rule.column)
            status[known & (values < self._threshold(block, rule))] = BELOW
            if rule.missing == "unscored":
                status[~known] = UNSCORED

    def _threshold(self, block: Block, rule: Eligibility) -> np.ndarray | float:
        """Return the number from which each person is accepted; it may be another for a level of another column."""
        usual = rule.at_least or 0.0
        if not rule.by:
            return usual
        values, place = block.coded(rule.by)
        named = [None if recorded(rule.by, value) is None else level_for(rule.levels, value or "") for value in values]
        return np.array([usual if level is None else rule.levels[level] or 0.0 for level in named])[place]

    def _booked(self, block: Block) -> np.ndarray:
        """A date to come in that has passed while the pathway is open did not happen, and one years away is no booking."""
        (day, dated), (today, known) = block.days("tci_date"), block.today
        return dated & known & (day >= today) & (day <= today + FURTHEST_BOOKING)

    def _on_the_list(self, block: Block) -> np.ndarray:
        """Whether the policy orders these people at all: who does not say so is not among them."""
        here = np.ones(block.rows, bool)
        if self.policy.people == "admitted":
            here = np.asarray(block.days("decision_to_admit")[1] | block.one_of("list_type", ("IRTT",)))
        if named := self.policy.specialties:
            values, place = block.coded("specialty")
            ours = [
                recorded("specialty", value) is not None and level_for(named, value or "") is not None
                for value in values
            ]
            here &= np.array(ours).take(place)
        return here

    def standing_elsewhere(
        self, reading: Reading, rows: np.ndarray, target: np.ndarray, from_clock: np.ndarray
    ) -> Reading:
        """Return the reading of ``rows`` as if each had the target given for it: nothing else can change."""
        days, elapsed, counted = reading.days[rows], reading.elapsed[rows], reading.counted[rows]
        percent = percent_of(target, from_clock, days.astype(np.float64), counted, elapsed)
        parts = tuple(
            Part(*self._elsewhere(scale, part.at(rows), percent) if scale.factor.percent_of_target else part.at(rows))
            for scale, part in zip(self.scales, reading.parts, strict=True)
        )
        kept = None if reading.kept is None else Protected(*(by_row(each)[rows] for each in reading.kept))
        review = (reading.review[0][rows], reading.review[1][rows])
        situation, tier = by_row(reading.situation)[rows], by_row(reading.tier)[rows]
        return Reading(reading.status[rows], situation, tier, kept, days, counted, elapsed, parts, review)

    def _elsewhere(self, scale: Scale, part: Given, percent: Known) -> Given:
        """Return what a percentage of another target gives; where more than the target decides, all is left open."""
        factor, (least, most) = scale.factor, scale.ends
        if factor.times or factor.specials or factor.only_if:
            every = np.ones(len(part.known), bool)
            return part.stretched(every, least, most, *(whole(special.points) for special in factor.specials))
        points, told = number_points(factor, percent)
        return Given(part.points, part.known, np.where(told, points, least), np.where(told, points, most))


# --- of rows, or of kinds of row --------------------------------------------------------------------------------------


def _tier_of(tier: np.ndarray, asks: np.ndarray, base: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return np.where((tier == 0) & kept & (asks == 0), base, tier)


def _status_of(asks: np.ndarray, nowhere: np.ndarray, tier: np.ndarray) -> np.ndarray:
    untold = np.where(tier == 0, UNSCORED, SCORED)
    return np.where(nowhere, NOWHERE, np.where(asks, ASKS, untold)).astype(np.int8)
