"""What a number is a number of, and how it is printed: one home for page, workbook, notebook and sentences.

No printer guesses from a name: a result declares the unit of every column of its table (`equiwait.results.Result.units`),
and columns that mean the same in every result are declared once, in `COLUMN_UNITS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["COLUMN_UNITS", "Unit", "bare", "gap_of", "printed"]

Unit: TypeAlias = Literal[
    "percent", "points", "weeks", "weeks_apart", "people", "days", "places", "ratio", "p", "number", "name", "text", "flag"
]  # fmt: skip
"""``percent`` is a share from 0 to 1, ``points`` a difference of shares, ``weeks_apart`` a difference of weeks, with a
sign; ``name`` is a name of ours that is put in words, ``text`` stands as it is."""

_PATTERNS: Mapping[str, str] = MappingProxyType({
    "percent": "{:.1%}", "weeks": "{:.1f}", "people": "{:,.0f}", "days": "{:,.0f}",
    "places": "{:,.0f}", "ratio": "{:.2f}",
})  # fmt: skip

COLUMN_UNITS: Mapping[str, Unit] = MappingProxyType({
    # who and what
    "estimand": "name", "measure": "name", "by": "name", "field": "name", "reason": "name", "code": "name",
    "index": "name", "outcome": "name", "group": "text", "within": "text", "adjustment": "text", "reference": "text",
    "method": "text", "note": "text", "meaning": "text", "what_to_do": "text", "suppressed": "flag", "since": "text",
    "snapshot": "text", "standardised_for": "text", "factor": "text", "number": "text", "detailed": "text",
    "source": "text", "period": "text", "warns": "flag",
    # how many
    **dict.fromkeys(("n", "n_people", "of", "events", "people", "pathways", "rows", "listed", "population", "earlier", "later",
                     "at_risk"), "people"),
    "expected": "number",
    # what share of them, and what is between two shares
    **dict.fromkeys(("share", "share_of_list", "confidence"), "percent"),
    **dict.fromkeys(("ratio", "ratio_lower", "ratio_upper"), "ratio"),
    **dict.fromkeys(("p_value", "p_adjusted"), "p"),
})  # fmt: skip
"""The unit of every column that means the same in every result."""


def gap_of(unit: Unit) -> Unit:
    """Return what a difference of two such numbers is.

    Examples
    --------
    >>> gap_of("percent"), gap_of("weeks"), gap_of("ratio")
    ('points', 'weeks_apart', 'number')
    """
    gaps: dict[str, Unit] = {"percent": "points", "weeks": "weeks_apart"}
    return gaps.get(unit, "number")


def printed(number: float, unit: Unit) -> str:
    """Return a number as it is printed.

    Parameters
    ----------
    number : float
        A share from 0 to 1 for ``percent`` and ``points``; otherwise the number itself. An infinite one has no limit.
    unit : Unit

    Examples
    --------
    >>> [printed(*each) for each in ((0.0004, "p"), (0.08, "percent"), (-0.06, "points"), (1240, "people"), (1.5, "ratio"))]
    ['<0.001', '8.0%', '−6.0 points', '1,240', '1.50']
    >>> printed(0.0002, "points"), printed(0.0, "points")  # what is above nought is not printed as nought
    ('+0.02 points', '+0.0 points')
    >>> printed(float("inf"), "ratio"), printed(-1.25, "weeks_apart"), printed(0.012345, "number"), printed(7, "number")
    ('no upper limit', '−1.2 weeks', '0.0123', '7')
    """
    if number in (float("inf"), float("-inf")):
        return "no upper limit" if number > 0 else "no lower limit"
    if unit == "p":
        return "<0.001" if number < 0.001 else f"{number:.3f}"
    if unit in ("points", "weeks_apart"):
        return _minus(f"{_signed(100 * number if unit == 'points' else number)} {unit.removesuffix('_apart')}")
    if unit in _PATTERNS:
        return _minus(_PATTERNS[unit].format(number))
    return _minus(f"{number:,.0f}" if number == int(number) else f"{number:.3g}")


def _signed(number: float) -> str:
    """A difference with one digit, or with one or two more where it would be nought and is not: its sign is what it says."""
    digits = next((digits for digits in (1, 2, 3) if round(number, digits)), 1)
    return f"{round(number, digits) + 0:+.{digits}f}"  # nought has no minus


def _minus(text: str) -> str:
    return text.replace("-", "−")


def bare(number: str) -> str:
    """Return a printed number without its unit, where the unit was said just before.

    Examples
    --------
    >>> bare(printed(0.06, "points"))
    '+6.0'
    """
    return number.removesuffix(" points").removesuffix(" weeks")
