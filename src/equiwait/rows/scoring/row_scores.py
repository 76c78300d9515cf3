"""Row work: one block of a list in, everything that its own rows can say out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
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
    grouped,
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

__all__ = ["LONGEST", "STATUSES", "Reader", "Reading", "Sheet", "total"]

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


@dataclass(frozen=True)
class Sheet:
    """The score sheet of the rows: every part, their sum, and how far unrecorded inputs could move it."""

    status: np.ndarray
    points: tuple[Column, ...]
    filled: tuple[Column, ...]  # whether each part can be given: recorded, or missing by a rule that gives points
    summed: (
        np.ndarray
    )  # whether there is a score: every part can be given, or what lacks is social and takes nobody off
    low: np.ndarray
    high: np.ndarray

    @cached_property
    def score(self) -> np.ndarray:
        """The sum of the parts, in millionths."""
        return total(self.points, len(self.status))


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
        self._groups = [(group, [named[name] for name in group.of]) for group in policy.groups]
        self.by_target = any(factor.percent_of_target for factor in self.factors)
        self._asks_elapsed = bool(policy.targets or policy.guards.protect.near_target)
        self.social_tiers = any(tier.kind == "equity" for tier in policy.tiers)
        self._where = () if self.situations.cuts else self.situations.columns  # whose codes settle where anybody stands
        self._codes = list(map(self._codes_of, range(len(self.factors))))

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
        elapsed = np.full(block.rows, -1, np.int64)
        if not self._asks_elapsed:
            return elapsed
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

    def _built_up(self, parts: Sequence[Column], days: np.ndarray) -> list[Column]:
        """Points that build up count once for the day of listing and once more for every week since.

        Their sum is rounded, the social parts last: the parts add up to it, however the points are spread over them.
        """
        if self.policy.then != "accumulation":
            return list(parts)
        weeks, found = 1 + days / 7, list(parts)
        total = before = np.zeros(len(days), np.int64)
        for place in sorted(range(len(parts)), key=lambda place: self.factors[place].kind == "equity"):
            total = total + by_row(parts[place])
            so_far = _times(total, weeks)
            found[place], before = so_far - before, so_far
        return found

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

    # --- once the list is known ---------------------------------------------------------------------------------------

    def fill(self, reading: Reading, means: Mapping[str, int]) -> Sheet:
        """Give every missing input what its factor says, and the range of what it could be."""
        status, points, filled = reading.status.copy(), list[Column](), list[Column]()
        summed = ((status == SCORED) | (status > NOWHERE)) & (status < OUTSIDE)
        for factor, part, rule in zip(self.factors, reading.parts, self._stand_ins(means), strict=True):
            if all_of(part.known):
                points.append(part.points)
                filled.append(part.known)
                continue
            points.append(worked(partial(_stood_in, rule or 0), part.points, part.known))
            filled.append(part.known if rule is None else worked(np.ones_like, part.known))
            if rule is not None:
                continue
            takes_off = ~by_row(part.known)
            if factor.kind == "equity" and reading.kept is not None:
                takes_off &= ~by_row(reading.kept.now)  # nothing social takes a protected person off the order
            if factor.missing == "unscored":
                status[((status == SCORED) | (status == NO_MEAN)) & takes_off] = UNSCORED
            elif factor.missing == "list_mean":  # and nobody on the list has it recorded
                status[(status == SCORED) & takes_off] = NO_MEAN
            summed &= ~takes_off if factor.missing == "unscored" else by_row(part.known)
        points = self._built_up(self._in_groups(points), reading.days)
        low, high = self.bounds(reading, means) if self.ranges else (_NOTHING, _NOTHING)
        return Sheet(status, tuple(points), tuple(filled), summed, low, high)

    def bounds(
        self, reading: Reading, means: Mapping[str, int], *, only_clinical: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest sum of the parts, equity left out if asked, that unrecorded values leave possible.

        What stands in for them today is one of the possibilities, so that a score never lies outside its own range.
        """
        mine = [not (only_clinical and factor.kind == "equity") for factor in self.factors]
        stands = self._stand_ins(means)
        ends = [self._ends(*each, reading) for each in zip(self.scales, reading.parts, stands, strict=True)]
        parts = (self._in_groups([each[side] for each in ends]) for side in (0, 1))
        rows = len(reading.status)
        low, high = (total([each for each, has in zip(side, mine, strict=True) if has], rows) for side in parts)
        return self._over_time(low, high, reading)

    def _ends(self, scale: Scale, part: Part, rule: int | None, reading: Reading) -> tuple[Column, Column]:
        if all_of(part.known):
            return part.low, part.high
        missing = worked(np.logical_not, part.known)
        if rule is None and scale.factor.kind == "equity" and reading.kept is not None:
            rule, missing = 0, worked(np.logical_and, missing, reading.kept.now)
        if rule is None or scale.leaves_open(rule):
            return part.low, part.high
        low, high = partial(_reaching, np.minimum, rule), partial(_reaching, np.maximum, rule)
        return worked(low, missing, part.low), worked(high, missing, part.high)

    def _stand_ins(self, means: Mapping[str, int]) -> list[int | None]:
        """Return what each factor gives where its value is not recorded, in millionths; None where nothing stands in."""
        pairs = zip(self.factors, self.stand_ins, strict=True)
        return [means.get(factor.name) if factor.missing == "list_mean" else rule for factor, rule in pairs]

    def part_bounds(self, reading: Reading) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield for each part by itself the lowest and highest points that unrecorded values leave possible."""
        for part in reading.parts:
            yield self._over_time(by_row(part.low), by_row(part.high), reading)

    def _in_groups(self, parts: list[Column]) -> list[Column]:
        """Return the parts once the groups of the policy have been taken: it rises with every part, so ends stay ends."""
        for group, places in self._groups:
            mine = grouped(group, [by_row(parts[place]) for place in places])
            for place, part in zip(places, mine, strict=True):
                parts[place] = part
        return parts

    def _over_time(self, low: np.ndarray, high: np.ndarray, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
        """Return ends built up over the days waited; where those are unknown, over none and over the longest wait."""
        if self.policy.then != "accumulation":
            return low, high
        weeks = [1 + days / 7 for days in (reading.days, np.where(reading.counted, reading.days, LONGEST))]
        lows, highs = ([_times(points, each) for each in weeks] for points in (low, high))
        return np.minimum(*lows), np.maximum(*highs)

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


def total(parts: Sequence[Column], rows: int) -> np.ndarray:
    """Return the sum of some parts of the score, of none nought, in millionths."""
    found: np.ndarray | None = None
    by_kind: Alike | None = None
    for part in parts:
        if isinstance(part, Alike):  # added up for each kind first
            by_kind = part if by_kind is None else Alike(by_kind.each + part.each, part.kind)
        else:
            found = part if found is None else found + part
    if by_kind is not None:
        found = by_kind.rows if found is None else found + by_kind.rows
    return np.zeros(rows, np.int64) if found is None else found


# --- of rows, or of kinds of row --------------------------------------------------------------------------------------


def _tier_of(tier: np.ndarray, asks: np.ndarray, base: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return np.where((tier == 0) & kept & (asks == 0), base, tier)


def _status_of(asks: np.ndarray, nowhere: np.ndarray, tier: np.ndarray) -> np.ndarray:
    untold = np.where(tier == 0, UNSCORED, SCORED)
    return np.where(nowhere, NOWHERE, np.where(asks, ASKS, untold)).astype(np.int8)


def _stood_in(rule: int, points: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, points, rule)


def _reaching(farther: np.ufunc, rule: int, rows: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.where(rows, farther(end, rule), end)


def _times(points: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(points * weeks).astype(np.int64))
