"""What may be written: results, and small numbers only when the caller says that the file stays in the team."""

from __future__ import annotations

from collections.abc import Sequence

from equiwait.errors import DisclosureError, OptionError, listed
from equiwait.results import SECTIONS, Result

__all__ = ["BANNER", "in_reading_order", "let_through"]

BANNER = "In-team, not for release: small numbers are shown."


def let_through(results: Sequence[object], allow_unsuppressed: bool) -> tuple[list[Result], bool]:
    """Return the results in reading order, and whether what is made of them must stay in the team.

    Raises
    ------
    OptionError
        If there are no results, or something that is not one.
    DisclosureError
        If a result shows small numbers and ``allow_unsuppressed`` is false.
    """
    ready = [result for result in results if isinstance(result, Result)]
    if len(ready) != len(results) or not ready:
        others = sorted({type(result).__name__ for result in results if not isinstance(result, Result)})
        raise OptionError(
            "Only results can be written." if others else "There is no result to write.",
            found=listed(others),
            todo="Give what completeness(), disparities() and the like return; a list goes through ordered_list().",
        )
    exact = [result.title for result in ready if result.in_team]
    if exact and not allow_unsuppressed:
        raise DisclosureError(
            "These results show small numbers, so they are not written to a file that others may read.",
            found=listed(exact),
            todo="Build them with suppression='hes', or say allow_unsuppressed=True for a file that stays in the team.",
        )
    return in_reading_order(ready), bool(exact)


def in_reading_order(results: Sequence[Result]) -> list[Result]:
    """Return results by their section, in the order given within each; unknown sections come last."""
    places = {name: place for place, name in enumerate(SECTIONS)}
    return sorted(results, key=lambda result: places.get(result.section, len(places)))
