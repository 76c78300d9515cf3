"""Flows through a list as they may be shown: who came, was treated, left otherwise and was last seen, by released counts.

Counts are of people within so many days, from a grid of days; between two of them people are spread evenly. So curves of
time to treatment rest on released figures alone. Shown from two hundred people on, in steps of ten or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from equiwait.answers.disparity.flows import FEWEST_FOR_CURVES, Curves, Flow, wider
from equiwait.answers.disparity.rows import Floats, Truths
from equiwait.answers.named_groups import NamedGroups
from equiwait.counts.waits.references import RECORDED, REST, Reference
from equiwait.disclosure import Cells, Counts, ReleasedCounts, Rule, Sum, rising_steps, together
from equiwait.disclosure.cells import SHARED, SHOWN, SMALL
from equiwait.disclosure.populations import LAST_SEEN
from equiwait.statistics import Curve

_WIDEST = 4.0  # of the logarithm: nothing is known of such a curve
_WEEKS = (0, 4, 8, 12, 16, 20, 24, 32, 40, 52, 64, 76, 88, 104)
Steps = dict[str, tuple[int, ...]]
EVENTS = ("treated", "left otherwise", LAST_SEEN, "came under observation")


def grid_days(longest: int) -> tuple[int, ...]:
    """Return the days within which people may be counted, up to the last that anybody was seen."""
    return (*(7 * week for week in _WEEKS if 7 * week < longest), longest)


def within(event: str, day: int) -> str:
    """Return the event of something happening within so many days."""
    return f"{event} within {day} days"


def steps_of(flow: Flow, days: Sequence[int], measured: Sequence[int], rule: Rule) -> Steps:
    """Return for each event the days of a grid within which people are counted: those by which ten more have been.

    People treated and people who left otherwise are counted within the days of measures too. Everybody has come under
    observation in the end, so that the last day says nothing new.
    """
    steps: Steps = {}
    for event, each in zip(EVENTS, _parts(flow), strict=True):
        every = each.reshape(-1, each.shape[-1]).sum(0)
        risen = rising_steps([every[: day + 1].sum() for day in days], rule)
        kept = {days[at] for at in risen}
        steps[event] = tuple(sorted(kept | set(measured) if event in EVENTS[:2] else kept - {days[-1]}))
    return steps


def flow_counts(groups: NamedGroups, population: str, flow: Flow, steps: Steps) -> Counts:
    """Return the counts that curves are made of, groups × days, each within the next."""
    parts = [Counts()]
    for event, each in zip(EVENTS, _parts(flow), strict=True):
        days = steps[event]
        for day in days:
            parts.append(groups.tally(population, each[..., : day + 1].sum(-1), event=within(event, day)))
        for earlier, later in pairwise(days):
            cells = [groups.cells(population, within(event, day)) for day in (later, earlier)]
            between = groups.cells(population, f"{event} from {earlier + 1} to {later} days")
            sums = [Sum(whole, (part, rest)) for whole, part, rest in zip(*cells, between, strict=True)]
            parts[-1] = parts[-1].with_sums(*sums)
    return together(parts)


@dataclass(frozen=True)
class ReleasedFlows:
    """The flows of the groups and of all recorded, by day, and which of them are not shown."""

    groups: Flow
    recorded: Flow
    hidden: Truths

    def against(self, reference: Reference) -> Flow:
        """Return the flow of those whom each group stands against."""
        one = reference.against.argmax(1)
        parts = []
        for own, whole in zip(_parts(self.groups), _parts(self.recorded), strict=True):
            rows = [
                np.maximum(whole[0] - own[at], 0.0) if name == REST else whole[0] if name == RECORDED else own[one[at]]
                for at, name in enumerate(reference.names)
            ]
            parts.append(np.stack(rows))
        return _feasible(Flow(*parts))


def _parts(flow: Flow) -> tuple[Floats, ...]:
    return flow.treated, flow.otherwise, flow.still, flow.entered


def released_flows(
    released: ReleasedCounts, groups: NamedGroups, population: str, steps: Steps, last: int
) -> ReleasedFlows:
    """Return the flows that released counts give, people spread evenly between the days of the grid."""
    own, whole = [], []
    for event in EVENTS:
        of = [(day, within(event, day)) for day in steps[event]]
        if event == EVENTS[-1]:
            of.append((last, ""))  # everybody
        days = [day for day, _ in of]
        cells: Cells = np.empty((len(groups.names), len(of)), object)
        every: Cells = np.empty((1, len(of)), object)
        for at, (_, name) in enumerate(of):
            cells[:, at] = groups.cells(population, name)
            every[0, at] = groups.all_recorded(population, name)
        own.append(_by_day(released, cells, days, last))
        whole.append(_by_day(released, every, days, last))
    hidden = np.isnan(np.stack([each.sum(-1) for each in own])).any(0)
    return ReleasedFlows(_feasible(Flow(*own)), _feasible(Flow(*whole)), hidden)


def _by_day(released: ReleasedCounts, cells: Cells, days: Sequence[int], last: int) -> Floats:
    """People on each day, rows × days; NaN where the last number is hidden."""
    marks, shown = released.marked(cells), released.people(cells)
    low, high = released.bounds(cells)
    few = np.isin(marks, (SMALL, SHARED))
    shown = np.where(few, (low + high) / 2, shown)
    every = np.arange(last + 1)
    if not days:
        return np.zeros((len(cells), last + 1))
    rows = []
    for row, mark in zip(shown, marks, strict=True):
        there = np.isin(mark, (SHOWN, SMALL, SHARED))
        if not there[-1]:
            rows.append(np.full(len(every), np.nan))
            continue
        at, people = np.r_[-1, np.array(days)[there]], np.r_[0.0, np.maximum.accumulate(row[there])]
        rows.append(np.diff(np.interp(every, at, people), prepend=0.0))
    return np.array(rows).reshape(len(cells), len(every))


def _feasible(flow: Flow) -> Flow:
    """Nobody leaves who has not come: where rounding says so, they leave later."""
    parts = [np.nan_to_num(each) for each in _parts(flow)]
    exits, entered = np.stack(parts[:3]), parts[3]
    here, owed = np.zeros(entered.shape[:-1]), np.zeros(exits.shape[:-1])
    made = np.zeros_like(exits)
    for day in range(entered.shape[-1]):
        due = exits[..., day] + owed
        total = due.sum(0)
        may = np.minimum(total, here)
        share = np.divide(may, total, out=np.zeros_like(may), where=total > 0)
        made[..., day] = due * share
        owed = due - made[..., day]
        here = here + entered[..., day] - may
    return Flow(made[0], made[1], made[2], entered)


def released_curves(
    flows: ReleasedFlows, reference: Reference, few: Truths, n: Floats, spread: Floats, variance: float
) -> Curves:
    """Return the curves of released flows: as wide as rounding and the days between two counts leave them besides."""
    wide = spread, reference.design_effect(n, spread)
    base = flows.against(reference)
    own_curve, base_curve = (
        _rounded(wider(each.curve(), some), variance) for each, some in zip((flows.groups, base), wide, strict=True)
    )
    return Curves(own_curve, base_curve, flows.groups, spread, few)


def _rounded(curve: Curve, variance: float) -> Curve:
    """Add what rounded counts add: of people treated 1/n² for each count, of people at risk the hazard so far as often.

    n is the fewest at risk so far, once somebody was; the delta method on the logarithm of the curve.
    """
    some = np.where(curve.events.cumsum(-1) > 0, curve.at_risk, np.inf)
    fewest = np.minimum.accumulate(some, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        more = np.where(np.isfinite(fewest) & (fewest > 0), variance * (2 + 4 * curve.hazard**2) / fewest**2, 0.0)
    return curve._replace(log_variance=curve.log_variance + np.minimum(more, _WIDEST))


__all__ = [
    "EVENTS",
    "FEWEST_FOR_CURVES",
    "ReleasedFlows",
    "flow_counts",
    "grid_days",
    "released_curves",
    "released_flows",
    "steps_of",
    "within",
]
