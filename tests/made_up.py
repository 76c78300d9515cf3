"""Made-up results that may leave the room: of released counts that count nothing, under the usual rule."""

from __future__ import annotations

from typing import TypeVar

from equiwait.disclosure import Counts, release, rule_named
from equiwait.results import Result, answered

Made = TypeVar("Made", bound=Result)


def made_up(result: Made) -> Made:
    """Return a result as a verb would give it."""
    return answered(lambda _: result, release(Counts(), rule_named("hes")))
