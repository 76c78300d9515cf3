"""The rows of the stages from released figures: means, differences, and what of the whole each stage makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.answers.named_groups import NamedGroups, noted
from equiwait.counts.waits.references import Reference
from equiwait.disclosure import ReleasedCounts
from equiwait.statistics import family_confidence
from equiwait.statistics.shapes import normal_point

__all__ = ["COLUMNS", "WHOLE", "Rows", "stage_rows"]

Floats = NDArray[np.float64]
Shown = Callable[[str, str], tuple[Floats, Floats, Floats]]
WHOLE = "the whole"
COLUMNS = [
    "measure", "stage", "by", "group", "n", "value", "lower", "upper", "difference", "difference_lower", "difference_upper",
    "part", "reference", "method", "confidence", "suppressed", "note",
]  # fmt: skip
_METHOD = "mean weeks within the horizon, Aalen–Johansen, late entry, if nobody left otherwise; normal"


class Rows(NamedTuple):
    """The table, and a sentence for each group."""

    table: pd.DataFrame
    says: tuple[str, ...]


class _Side(NamedTuple):
    """Mean days of each group, their standard errors with that of rounding, half the step that they are rounded to."""

    mean: Floats
    error: Floats
    step: Floats


def stage_rows(
    groups: NamedGroups,
    reference: Reference,
    stages: Sequence[str],
    population: str,
    days: int,
    confidence: float,
    released: ReleasedCounts,
    shown: Shown,
) -> Rows:
    """Return a row for each stage and group, the whole last."""
    cells = groups.cells(population)
    n = released.people(cells)
    counted = groups.wide(released)
    wide = np.where(np.isnan(counted), 1.0, np.maximum(counted, 1.0))
    n_base = reference.shown(n, float(released.people(groups.all_recorded(population))))
    wide_base = reference.design_effect(np.nan_to_num(n), wide)
    contrasts = reference.contrasts(groups.recorded) * len(stages)
    family = family_confidence(confidence, contrasts)
    sides = {
        (side, stage): _side(shown(side, stage), people, spread, days)
        for side, people, spread in (("own", n, wide), ("base", n_base, wide_base))
        for stage in stages
    }
    wholes = {
        side: _whole(side, stages, sides, shown, people, spread, days)
        for side, people, spread in (("own", n, wide), ("base", n_base, wide_base))
    }
    marks = noted(released, cells)
    whole_gap = _gap(wholes["own"], wholes["base"], reference)[0]
    parts, gaps = [], {}
    for stage in (*stages, WHOLE):
        own, base = (wholes[side] if stage == WHOLE else sides[side, stage] for side in ("own", "base"))
        level = confidence if stage == WHOLE else family
        gap, error = _gap(own, base, reference)
        half = float(normal_point(level)) * error
        around = float(normal_point(confidence)) * own.error
        gaps[stage] = (gap, gap - half, gap + half)
        with np.errstate(invalid="ignore", divide="ignore"):
            part = gap / whole_gap
        note = ["the reference" if same and not mark else mark or ("withheld: too few treated, or followed" if np.isnan(mean) else "")
                for same, mark, mean in zip(reference.itself, marks, own.mean, strict=True)]  # fmt: skip
        parts.append(pd.DataFrame({
            "measure": "weeks_in_stage", "stage": stage, "by": groups.question, "group": groups.names, "n": n,
            "value": own.mean / 7, "lower": np.maximum(own.mean - around, 0) / 7, "upper": (own.mean + around) / 7,
            "difference": gap / 7, "difference_lower": (gap - half) / 7, "difference_upper": (gap + half) / 7, "part": part,
            "reference": reference.names, "method": _METHOD, "confidence": confidence, "suppressed": np.isnan(n) | np.isnan(own.mean),
            "note": note,
        }))  # fmt: skip
    return Rows(pd.concat(parts, ignore_index=True), _sentences(groups, reference, stages, gaps))


def _side(shown: tuple[Floats, Floats, Floats], n: Floats, wide: Floats, days: int) -> _Side:
    mean, effect, step = shown
    share = mean / days
    with np.errstate(invalid="ignore", divide="ignore"):
        square = effect * share * (1 - share) / n * days**2 * wide
    return _Side(mean, np.sqrt(np.maximum(square, 0.0) + step**2 / 12), step)


def _whole(
    side: str,
    stages: Sequence[str],
    sides: dict[tuple[str, str], _Side],
    shown: Shown,
    n: Floats,
    wide: Floats,
    days: int,
) -> _Side:
    """The sum of the stages, with the error of the sum: what is spent in one stage is not spent in another."""
    each = [sides[side, stage] for stage in stages]
    mean = np.sum([one.mean for one in each], axis=0)
    steps = np.sum([one.step**2 / 12 for one in each], axis=0)
    _, effect, _ = shown(side, WHOLE)
    share = mean / days
    with np.errstate(invalid="ignore", divide="ignore"):
        square = effect * share * (1 - share) / n * days**2 * wide
    return _Side(mean, np.sqrt(np.maximum(square, 0.0) + steps), each[0].step)


def _gap(own: _Side, base: _Side, reference: Reference) -> tuple[Floats, Floats]:
    gap = np.where(reference.itself, np.nan, own.mean - base.mean)
    return gap, np.sqrt(own.error**2 + base.error**2)


def _sentences(
    groups: NamedGroups, reference: Reference, stages: Sequence[str], gaps: dict[str, Any]
) -> tuple[str, ...]:
    """For each group in which stage the gap clearly arises, or that none stands clear."""
    said = []
    compared = np.flatnonzero(groups.recorded & ~reference.itself)
    if reference.contrasts(groups.recorded) == 1 and not reference.itself.any():
        compared = compared[:1]  # each of two groups against the other is one gap
    for row in compared:
        whole = [float(end[row]) / 7 for end in gaps[WHOLE]]
        whom = f"{groups.names[row]} against {reference.names[row]}"
        if groups.recorded.sum() == 1:
            said.append(f"{groups.names[row]}: nobody else is recorded, so there is nobody to compare with.")
            continue
        if np.isnan(whole[0]):
            said.append(f"{whom}: too few to tell.")
            continue
        longer = "longer" if whole[0] > 0 else "shorter"
        begin = f"{whom}: {abs(whole[0]):.1f} weeks {longer} to treatment ({_signed(whole[1])} to {_signed(whole[2])})"
        clear = [stage for stage in stages if gaps[stage][1][row] > 0 or gaps[stage][2][row] < 0]
        if not clear:
            said.append(f"{begin}; no stage stands clear of chance.")
            continue
        named = [_with_interval(stage, [float(end[row]) / 7 for end in gaps[stage]]) for stage in clear]
        said.append(f"{begin}. Clear of chance: {'; '.join(named)}.")
    return tuple(said) or ("No two groups are recorded, so there is nothing to compare.",)


def _with_interval(stage: str, ends: Sequence[float]) -> str:
    return f"{stage} ({_signed(ends[0])} weeks, {_signed(ends[1])} to {_signed(ends[2])})"


def _signed(weeks: float) -> str:
    return f"{round(weeks, 1) + 0:+.1f}".replace("-", "−")
