"""Bounds of each kind of measure: shares, quantiles, curves, slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.question_counts import Floats, Question
from equiwait.answers.disparity.time_to_treatment import Flow
from equiwait.answers.unknowns.released_parts import released, released_by_part
from equiwait.counts.waits.references import Reference
from equiwait.disclosure.rules import Rule
from equiwait.statistics import (
    Bounds,
    PartlyRecorded,
    filling,
    gap_bounds,
    gap_if,
    quantile_gap_bounds,
    records_alone,
    records_to_fill,
    slope_bounds,
    survival_bounds,
    tipping_odds,
)

Row = dict[str, object]
SLOPE = "slope index"
HIDDEN = "so few are not recorded that their number is hidden: the bounds hold for any number up to it"
GRID = (1 / 8, 1 / 4, 1 / 2, 1 / 1.5, 1.0, 1.5, 2.0, 4.0, 8.0)


def share_rows(part: Question, reference: Reference, measure: Measure, rule: Rule, limit: float | None) -> list[Row]:
    """One row for each recorded group: bounds, tipping point and records to fill of its gap in a share."""
    found = released(part, reference, measure.weeks, rule)
    sharp, odds, records = gap_bounds(found.groups), tipping_odds(found.groups), records_to_fill(found.groups)
    few = found.unknown_hidden
    rows = []
    for at in compared(part, reference):
        counts = one_line(found.groups, at)
        row: Row = {
            "group": part.groups[at], "n": counts.n, "n_unknown": np.nan if few else counts.n_unknown,
            "bound_lower": sharp.lower[at], "bound_upper": sharp.upper[at], "bound_kind": "outer" if few else "sharp",
            "tipping_odds": np.nan if few else odds[at], "records_to_fill": np.nan if few else records[at],
            "note": HIDDEN if few else "",
        }  # fmt: skip
        rows.append(row)
        if limit is not None and not few:
            ends = gap_if(counts, np.array([1 / limit, limit]))
            rows.append(row | {"bound_lower": ends[0], "bound_upper": ends[1], "bound_kind": f"odds up to {limit:g}"})
    return rows


def sensitivity_of(part: Question, reference: Reference, measure: Measure, rule: Rule) -> pd.DataFrame:
    """The gap of each group, were the unknown so much more often in it: with the event, and without it."""
    found = released(part, reference, measure.weeks, rule)
    lines = []
    for at in compared(part, reference) if not found.unknown_hidden else []:
        for without in GRID:
            gaps = gap_if(one_line(found.groups, at), np.array(GRID), np.full(len(GRID), without))
            lines += [(part.groups[at], odds, without, gap) for odds, gap in zip(GRID, gaps, strict=True)]
    return pd.DataFrame(lines, columns=["group", "odds_over", "odds_not_over", "difference"])


def filling_rows(part: Question, reference: Reference, measure: Measure, rule: Rule) -> tuple[list[Row], pd.DataFrame]:
    """What filling each part of the list settles: by itself, and in the order that settles the question soonest."""
    whole = released(part, reference, measure.weeks, rule)
    cells, shown = released_by_part(part, reference, measure.weeks, rule)
    rows: list[Row] = []
    curves = []
    names = np.array(part.stratum_names, object)[shown]
    for at in compared(part, reference) if not whole.unknown_hidden and shown.any() else []:
        lines = PartlyRecorded(*(each[at][shown] for each in cells))
        everyone = one_line(whole.groups, at)
        alone, found = records_alone(lines, everyone), filling(lines, everyone)
        for place in found.order:
            rows.append({
                "group": part.groups[at], "split": names[place], "n": lines.n[place], "n_unknown": lines.n_unknown[place],
                "bound_lower": alone.lower[place], "bound_upper": alone.upper[place], "bound_kind": "sharp, once filled",
                "tipping_odds": np.nan, "records_to_fill": alone.records[place], "note": "",
            })  # fmt: skip
        curves.append(_curve(part.groups[at], names, found))
    return rows, pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=FILLING)


FILLING = ["group", "step", "split", "records", "lower", "upper", "settled_after"]


def _curve(group: str, names: NDArray[np.object_], found: object) -> pd.DataFrame:
    order, records, lower, upper, settled = found  # type: ignore[misc]
    return pd.DataFrame({
        "group": group, "step": range(1, len(order) + 1), "split": names[order], "records": records, "lower": lower,
        "upper": upper, "settled_after": settled,
    })  # fmt: skip


def quantile_rows(part: Question, reference: Reference, measure: Measure, rule: Rule) -> list[Row]:
    """One row for each recorded group: bounds of its gap in a quantile, by trying every way to divide the unknown."""
    own = banded_as_shown(part.counts, rule)
    recorded, unknown = (banded_as_shown(part.counts[who].sum(0), rule) for who in (part.known, ~part.known))
    edges = [float(start - 1) / 7 if start else 0.0 for start in part.starts] + [np.inf]
    rows = []
    for at in compared(part, reference):
        named = reference.against[at].sum() == 1
        base = own[reference.against[at].argmax()] if named else np.maximum(recorded - own[at], 0.0)
        ends = quantile_gap_bounds(own[at], base, unknown, measure.order, others=named, edges=edges)
        rows.append({
            "group": part.groups[at], "n": own[at].sum(), "n_unknown": unknown.sum(), "bound_lower": ends.lower,
            "bound_upper": ends.upper, "bound_kind": "sharp", "tipping_odds": np.nan, "records_to_fill": np.nan, "note": "",
        })  # fmt: skip
    return rows


def banded_as_shown(counts: Floats, rule: Rule) -> Floats:
    """People in each band from the released numbers of those who waited longer; a hidden one is taken at its middle."""
    beyond = counts[..., ::-1].cumsum(-1)[..., ::-1]
    shown = rule.release(beyond)
    known = np.where(shown.hidden, (rule.most_hidden + 1) / 2, shown.counts)
    beyond = np.minimum.accumulate(np.round(known), axis=-1)
    return np.asarray(beyond - np.concatenate([beyond[..., 1:], np.zeros_like(beyond[..., :1])], axis=-1))


def curve_rows(flow: Flow, part: Question, reference: Reference, measure: Measure) -> list[Row]:
    """One row for each recorded group: outer bounds of its gap in the share still waiting by the curve."""
    day = measure.days
    unknown = ~part.known
    more, waiting = _leaving(_some(flow, unknown), day)
    rows = []
    for at in compared(part, reference):
        own, base = (
            survival_bounds(*_leaving(_some(flow, who), day), more, waiting)
            for who in (np.arange(len(part.groups)) == at, reference.against[at])
        )
        ends = Bounds(own.lower[-1] - base.upper[-1], own.upper[-1] - base.lower[-1])
        rows.append({
            "group": part.groups[at], "n": flow.seen[at].sum(), "n_unknown": flow.seen[unknown].sum(),
            "bound_lower": ends.lower, "bound_upper": ends.upper, "bound_kind": "outer", "tipping_odds": np.nan,
            "records_to_fill": np.nan, "note": "",
        })  # fmt: skip
    return rows


def _some(flow: Flow, who: NDArray[np.bool_]) -> Flow:
    parts = (flow.treated, flow.otherwise, flow.still, flow.entered)
    return Flow(*(part[who].reshape(-1, part.shape[-1]).sum(0) for part in parts))


def _leaving(flow: Flow, day: int) -> tuple[Floats, Floats]:
    """People treated on each day up to one, and people at risk just before."""
    gone = flow.treated + flow.otherwise + flow.still
    at_risk = np.cumsum(flow.entered) - flow.entered - (np.cumsum(gone) - gone)
    return flow.treated[: day + 1], np.maximum(at_risk[: day + 1], flow.treated[: day + 1])


def slope_row(part: Question, measure: Measure, rule: Rule) -> Row | None:
    """Outer bounds of the slope index, where groups have an order from most to least deprived."""
    known = np.flatnonzero(part.known)
    if not any(part.groups[at].endswith("(least deprived)") for at in known):
        return None
    over, people = rule.release(part.over(measure.weeks)), rule.release(part.people)
    hidden = (over.hidden | people.hidden)[known]
    unknown = [rule.release(each[~part.known].sum()) for each in (part.over(measure.weeks), part.people)]
    if hidden.any() or any(bool(each.hidden) for each in unknown):
        return None
    some, n = (each.counts[known][::-1] for each in (over, people))
    more, everyone = (float(each.counts) for each in unknown)
    ends = slope_bounds(np.minimum(some, n), n, min(more, everyone), everyone)
    return {
        "group": SLOPE, "n": n.sum(), "n_unknown": everyone, "bound_lower": ends.lower, "bound_upper": ends.upper,
        "bound_kind": "outer", "tipping_odds": np.nan, "records_to_fill": np.nan, "note": "",
    }  # fmt: skip


def compared(part: Question, reference: Reference) -> list[int]:
    """Places of the recorded groups that stand against something."""
    return [at for at in np.flatnonzero(part.known) if not reference.itself[at]]


def one_line(of: PartlyRecorded, at: int) -> PartlyRecorded:
    """Return the counts of one group."""
    return PartlyRecorded(*(np.asarray(each[at]) for each in of))
