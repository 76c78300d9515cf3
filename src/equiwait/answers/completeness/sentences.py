"""Notes and findings on what is not recorded: only what the released counts allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equiwait.answers.completeness.counted_fields import LONG, Asked, due, everybody
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import ReleasedCounts, notes_of
from equiwait.fields import REASONS
from equiwait.statistics import effective_counts, newcombe
from equiwait.units import printed


def notes(released: ReleasedCounts, *, split: bool, partly_due: bool) -> tuple[str, ...]:
    """Return what must be read with the numbers."""
    return (
        "Blank, not stated (asked, and the person did not say), not known and invalid are four things with four remedies; "
        "none is filled in.",
        "Nobody's ethnicity is inferred.",
        *(
            ["A P-code is due for people listed for admission: shares of the field priority are of them."]
            if partly_due
            else []
        ),
        *(
            ["Medians are given for everyone: by group they would need many more counts, most of them small."]
            if split
            else []
        ),
        *notes_of(released),
    )


def finding(name: str, asked: Asked, released: ReleasedCounts) -> str:
    """How much of a field is not recorded, and how those people wait beside the others: only what the counts allow."""
    everyone = everybody()
    cells = asked.cells((), [()], name)
    overs = asked.overs(())
    people = released.people(cells)[0]
    of, over = (float(due(everyone, [()], name, asked, released, days)[0]) for days in (-1, LONG[0]))
    n, recorded = people[: len(REASONS), 0], float(people[0, 0])
    silent = [
        f"{n[at] / of:.1%} {reason.replace('_', ' ')}"
        for at, reason in enumerate(REASONS)
        if at and n[at] > 0 and of > 0
    ]
    if not silent:
        return ""
    said = f"{spoken(name).capitalize()}: {', '.join(silent)}."
    long = float(people[0, overs.index(LONG[0])])
    return f"{said}{_waits_beside(over - long, of - recorded, long, recorded, asked, released)}"


def _waits_beside(
    long: float, n: float, long_recorded: float, recorded: float, asked: Asked, released: ReleasedCounts
) -> str:
    """How people who are not recorded wait beside those who are, with an interval, or that they are too few."""
    if np.isnan([long, n, long_recorded, recorded]).any() or n <= 0 or recorded <= 0:
        return ""
    rounding = released.rule.variance
    sides = [
        effective_counts(min(max(some, 0.0), people), people, rounding=rounding)
        for some, people in ((long, n), (long_recorded, recorded))
    ]
    gap = newcombe(*sides[0], *sides[1], confidence=asked.confidence)
    said = (
        f" Waiting over 18 weeks: {min(max(long, 0.0), n) / n:.0%} of those not recorded, {long_recorded / recorded:.0%} of "
        f"those recorded ({printed(float(gap.value), 'points')}, {asked.confidence:.0%} interval "
        f"{printed(float(gap.lower), 'points')} to {printed(float(gap.upper), 'points')})"
    )
    return said + (", too few to tell." if gap.lower <= 0 <= gap.upper else ".")


def moved(name: str, series: Sequence[Asked], released: ReleasedCounts) -> str:
    """How the recorded share moved between the first and the last list."""
    shares = []
    for asked in (series[0], series[-1]):
        of = float(due(everybody(), [()], name, asked, released, -1)[0]) if name in asked.fields else np.nan
        shares.append(float(released.people(asked.cells((), [()], name))[0, 0, 0]) / of if of > 0 else np.nan)
    if len(series) < 2 or np.isnan(shares).any():
        return ""
    return (
        f"{spoken(name).capitalize()} recorded: {shares[0]:.1%} on {series[0].snapshot}, {shares[1]:.1%} on "
        f"{series[-1].snapshot}."
    )
