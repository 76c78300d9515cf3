"""What two series of a gap allow to be said of its change: closing, widening, no change that could have shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equiwait.statistics import Line, straight_line
from equiwait.statistics.shapes import normal_point
from equiwait.units import printed

__all__ = [
    "CLOSING",
    "CROSSED",
    "DISAGREE",
    "NO_CHANGE",
    "RECORDING",
    "TOO_SHORT",
    "WIDENING",
    "Change",
    "change_of",
    "sentence",
]

Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]

CLOSING, WIDENING, CROSSED = "closing", "widening", "changed sides"
NO_CHANGE = "no change that this could have shown"
DISAGREE = "the two disagree because people who joined earlier remain"
RECORDING = "recording changed"
TOO_SHORT = "too few months to tell"

LEAST_RECORDING = 0.03
"""By how much the share not recorded must have changed, beyond chance, for a gap that moved with it to be put down to that."""
_POWER = 0.8


class Change(NamedTuple):
    """The change of a gap over a year by the month of joining, that of the burden, and that of what is not recorded.

    ``way`` is which way the gap goes, if it does; ``early`` is how much of the last list's gap is of people who joined before
    ``cut``; ``could_have_shown`` the smallest change that such a series would show four times in five.
    """

    verdict: str
    way: str
    joined: Line
    on_list: Line
    unrecorded: Line
    early: float
    could_have_shown: float
    months: int
    cut: str = ""


def change_of(joined: Series, on_list: Series, unrecorded: Series, early: float, cut: str, confidence: float) -> Change:
    """Return what the series say.

    Parameters
    ----------
    joined, on_list, unrecorded : pair of ndarray, shape (months,)
        Gap among those who joined in each month, gap on each month's list, share not recorded of those who joined; each with its
        standard errors. nan for a month without a value.
    early : float
        How much of the last list's gap is of people who joined early.
    cut : str
        The month before which that is.
    confidence : float
        Of each interval: those of several groups hold together if it is that of the family.

    Returns
    -------
    Change

    Notes
    -----
    Each series gets a straight line (`equiwait.statistics.straight_line`). The verdict rests on the gap by month of joining,
    in which everybody counts once; successive lists hold the same people, so the burden only ever explains.
    """
    lines = [straight_line(*each, confidence=confidence) for each in (joined, on_list, unrecorded)]
    own, burden, silent = lines
    way = _way(own, float(normal_point(confidence)))
    could = (float(normal_point(confidence)) + float(normal_point(2 * _POWER - 1))) * own.std_error
    months = int(np.isfinite(joined[0]).sum())
    return Change(_verdict(own, burden, silent, early, way), way, own, burden, silent, early, could, months, cut)


def _verdict(own: Line, burden: Line, silent: Line, early: float, way: str) -> str:
    if np.isnan(own.change):
        return TOO_SHORT
    if not _clear(own):
        return NO_CHANGE
    if _clear(silent) and abs(silent.change) >= LEAST_RECORDING:
        return RECORDING
    if _clear(burden) and burden.change * own.change < 0 and 2 * early * np.sign(burden.end) >= abs(burden.end):
        return DISAGREE
    return way


def _way(line: Line, point: float) -> str:
    """Which way a gap goes: nearer to nought, further from it, or from one side of it to the other.

    A line that crosses nought has changed sides unless one of its ends is clear of nought and the other is not.
    """
    if line.start * line.end < 0:
        clear = abs(line.start) > point * line.start_error, abs(line.end) > point * line.end_error
        if clear[0] == clear[1]:
            return CROSSED
        return CLOSING if clear[0] else WIDENING
    return CLOSING if abs(line.end) < abs(line.start) else WIDENING


def _clear(line: Line) -> bool:
    return bool(line.lower > 0 or line.upper < 0)


def sentence(change: Change, whom: str, reference: str, measure: str) -> str:
    """Return the one sentence that the change allows.

    Examples
    --------
    >>> line = Line(0.20, 0.08, -0.12, -0.18, -0.06, 0.03, -0.01, 1.0)
    >>> flat = Line(0.1, 0.1, 0.0, -0.05, 0.05, 0.02, 0.0, 1.0)
    >>> sentence(Change("closing", "closing", line, flat, flat, 0.0, 0.08, 12), "Team B", "Team A", "over 18 weeks")
    'Team B against Team A, over 18 weeks: closing, from +20.0 to +8.0 points by month of joining (change −12.0 points, −18.0 to −6.0).'
    """
    own, burden, silent = change.joined, change.on_list, change.unrecorded
    begin = f"{whom} against {reference}, {measure}: "
    if change.verdict == TOO_SHORT:
        months = "one month of joining has" if change.months == 1 else f"{change.months or 'no'} months of joining have"
        return f"{begin}{TOO_SHORT}: {months} a gap that can be shown."
    moved = f"from {_points(own.start)} to {_points(own.end)} points by month of joining"
    interval = f"change {_points(own.change)} points, {_points(own.lower)} to {_points(own.upper)}"
    if change.verdict == NO_CHANGE:
        small = f"a change of under {100 * change.could_have_shown:.1f} points would often be missed"
        return f"{begin}{NO_CHANGE} ({interval}); {small}."
    if change.verdict == RECORDING:
        share = f"the share not recorded went from {silent.start:.0%} to {silent.end:.0%}"
        return f"{begin}{RECORDING}: the gap moved {moved} while {share}, so people may only have changed group."
    if change.verdict == DISAGREE:
        lists = f"the gap on the list went from {_points(burden.start)} to {_points(burden.end)}"
        part = f"{_points(change.early)} of which are people who joined before {change.cut}"
        return f"{begin}{DISAGREE}: {change.way} {moved} ({interval}), while {lists}, {part}."
    sides = ""
    if change.verdict == CROSSED:
        before, now = (whom, reference) if own.start > 0 else (reference, whom)
        sides = f"; waits were longer among {before} and are now longer among {now}"
    return f"{begin}{change.verdict}, {moved} ({interval}){sides}."


def _points(share: float) -> str:
    return printed(float(share), "points").removesuffix(" points")
