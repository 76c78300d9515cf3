"""Bounds of each kind of measure: shares, quantiles, curves, slopes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.disparity.flows import Flow
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.unknowns.released_parts import Floats, Question, shares_of, shares_of_parts
from equiwait.statistics import (
    Filling,
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

Row: TypeAlias = dict[str, Any]

SLOPE = "slope index"
HIDDEN = "so few are not recorded that their number is hidden: the bounds hold for any number that it may be"
GRID = (1 / 8, 1 / 4, 1 / 2, 1 / 1.5, 1.0, 1.5, 2.0, 4.0, 8.0)
_NOTHING = {"bound_lower": np.nan, "bound_upper": np.nan, "records_to_fill": np.nan, "tipping_odds": np.nan, "note": ""}


def share_rows(asked: Question, measure: Measure, limit: float | None) -> list[Row]:
    """One row for each recorded group: bounds, tipping point and records to fill of its gap in a share."""
    found = shares_of(asked, measure.days)
    few = found.unknown_hidden
    sharp, odds, records = gap_bounds(found.groups), tipping_odds(found.groups), records_to_fill(found.groups)
    rows = []
    for at in asked.compared:
        counts = one_line(found.groups, at)
        row = _NOTHING | {"group": asked.groups[at], "n": np.nan if found.hidden[at] else float(counts.n)}
        row |= {"n_unknown": np.nan if few else float(counts.n_unknown), "bound_kind": "outer" if few else "sharp"}
        if not found.hidden[at]:
            row |= {"bound_lower": float(sharp.lower[at]), "bound_upper": float(sharp.upper[at])}
            row |= {"note": HIDDEN} if few else {"tipping_odds": float(odds[at]), "records_to_fill": float(records[at])}
        rows.append(row)
        if limit is not None and not few and not found.hidden[at]:
            lower, upper = gap_if(counts, np.array([1 / limit, limit])).tolist()
            rows.append(row | {"bound_lower": lower, "bound_upper": upper, "bound_kind": f"odds up to {limit:g}"})
    return rows


def sensitivity_of(asked: Question, measure: Measure) -> pd.DataFrame:
    """The gap of each group, were the unknown so much more often in it: those over the weeks, and the others."""
    found = shares_of(asked, measure.days)
    grid = np.array(GRID)
    lines = []
    for at in asked.compared:
        if found.unknown_hidden or found.hidden[at]:
            continue
        for without in GRID:
            gaps = gap_if(one_line(found.groups, at), grid, np.full(len(grid), without))
            lines += [(asked.groups[at], odds, without, gap) for odds, gap in zip(GRID, gaps.tolist(), strict=True)]
    return pd.DataFrame(lines, columns=["group", "odds_over", "odds_not_over", "difference"])


def filling_rows(asked: Question, measure: Measure) -> tuple[list[Row], pd.DataFrame]:
    """What filling each part of the list settles: by itself, and the part that settles most first."""
    whole = shares_of(asked, measure.days)
    cells, shown = shares_of_parts(asked, measure.days)
    names = np.array(asked.parts, object)[shown]
    rows: list[Row] = []
    curves = []
    for at in asked.compared:
        if whole.unknown_hidden or whole.hidden[at] or not shown.any():
            continue
        lines, everyone = PartlyRecorded(*(each[at][shown] for each in cells)), one_line(whole.groups, at)
        alone, found = records_alone(lines, everyone), filling(lines, everyone)
        rows += [
            _NOTHING
            | {
                "group": asked.groups[at],
                "split": names[place],
                "n": float(lines.n[place]),
                "n_unknown": float(lines.n_unknown[place]),
                "bound_lower": float(alone.lower[place]),
                "bound_upper": float(alone.upper[place]),
                "bound_kind": "sharp, once filled",
                "records_to_fill": float(alone.records[place]),
            }
            for place in found.order
        ]
        curves.append(_curve(asked.groups[at], names, found))
    return rows, pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()


def _curve(group: str, names: NDArray[np.object_], found: Filling) -> pd.DataFrame:
    return pd.DataFrame({
        "group": group, "step": np.arange(1, len(names) + 1), "split": names[found.order], "records": found.records,
        "lower": found.lower, "upper": found.upper, "settled_after": found.settled_after,
    })  # fmt: skip


def quantile_rows(asked: Question, measure: Measure, starts: tuple[int, ...]) -> list[Row]:
    """One row for each recorded group: bounds of its gap in a quantile, by trying every way to divide the unknown.

    ``starts`` are the weeks at which the bands begin.
    """
    edges = [*map(float, starts), np.inf]
    days = [-1, *(7 * week for week in starts[1:])]
    own = _banded(np.stack([asked.of_groups(day) for day in days], axis=1), asked)
    recorded = _banded(np.array([asked.of_recorded(day) for day in days]), asked)
    unknown = _banded(np.array([asked.of_unknown(day) for day in days]), asked)
    hidden = np.isnan(asked.of_groups(-1))
    rows = []
    for at in asked.compared:
        named = asked.reference.against[at].sum() == 1
        base = own[asked.reference.against[at].argmax()] if named else np.maximum(recorded - own[at], 0.0)
        row = _NOTHING | {
            "group": asked.groups[at],
            "n": np.nan if hidden[at] else own[at].sum(),
            "n_unknown": unknown.sum(),
        }
        ends = quantile_gap_bounds(own[at], base, unknown, measure.order, others=bool(named), edges=edges)
        if not hidden[at]:
            row |= {"bound_lower": float(ends.lower), "bound_upper": float(ends.upper)}
        rows.append(row | {"bound_kind": "sharp"})
    return rows


def _banded(beyond: Floats, asked: Question) -> Floats:
    """People in each band, from those who have waited longer than its start; a hidden number is taken at its middle."""
    known = np.where(np.isnan(beyond), (asked.shown.rule.most_hidden + 1) / 2, beyond)
    beyond = np.minimum.accumulate(np.floor(known), axis=-1)
    return np.asarray(beyond - np.concatenate([beyond[..., 1:], np.zeros_like(beyond[..., :1])], axis=-1))


def curve_rows(flow: Flow, asked: Question, measure: Measure) -> list[Row]:
    """One row for each recorded group: outer bounds of its gap in the share still waiting by the curve."""
    day = measure.days
    more, waiting = _leaving(_some(flow, ~asked.known), day)
    rows = []
    for at in asked.compared:
        own, base = (
            survival_bounds(*_leaving(_some(flow, who), day), more, waiting)
            for who in (np.arange(len(asked.groups)) == at, asked.reference.against[at])
        )
        rows.append(
            _NOTHING
            | {
                "group": asked.groups[at],
                "n": float(flow.seen[at].sum()),
                "n_unknown": float(flow.seen[~asked.known].sum()),
                "bound_lower": float(own.lower[-1] - base.upper[-1]),
                "bound_upper": float(own.upper[-1] - base.lower[-1]),
                "bound_kind": "outer",
            }
        )
    return rows


def _some(flow: Flow, who: NDArray[np.bool_]) -> Flow:
    parts = (flow.treated, flow.otherwise, flow.still, flow.entered)
    return Flow(*(part[who].reshape(-1, part.shape[-1]).sum(0) for part in parts))


def _leaving(flow: Flow, day: int) -> tuple[Floats, Floats]:
    """People treated on each day up to one, and people at risk just before: {entry < t ≤ exit}."""
    gone = flow.treated + flow.otherwise + flow.still
    at_risk = np.cumsum(flow.entered) - flow.entered - (np.cumsum(gone) - gone)
    return flow.treated[: day + 1], np.maximum(at_risk[: day + 1], flow.treated[: day + 1])


def slope_row(asked: Question, measure: Measure) -> Row | None:
    """Outer bounds of the slope index, where groups run from most to least deprived; None where they do not."""
    known = np.flatnonzero(asked.known)
    if not any(asked.groups[at].endswith("(least deprived)") for at in known):
        return None
    some, n = (asked.of_groups(day)[known][::-1] for day in (measure.days, -1))
    more, everyone = asked.of_unknown(measure.days), asked.of_unknown(-1)
    row = _NOTHING | {"group": SLOPE, "n": n.sum(), "n_unknown": everyone, "bound_kind": "outer"}
    if not np.isnan([*some, *n, more, everyone]).any():
        ends = slope_bounds(np.minimum(some, n), n, min(more, everyone), everyone)
        row |= {"bound_lower": float(ends.lower), "bound_upper": float(ends.upper)}
    return row


def one_line(of: PartlyRecorded, at: int) -> PartlyRecorded:
    """Return the counts of one group."""
    return PartlyRecorded(*(np.asarray(each[at]) for each in of))
