"""What a table of counts is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace


@dataclass(frozen=True)
class About:
    """What a table of counts is about: two can be added only if these agree (exclusions add).

    Parameters
    ----------
    estimand : str
        One of `ESTIMANDS`.
    by : tuple of tuple of str
        The questions.
    within : tuple of str
        The columns whose combinations are strata.
    snapshot : str
        The day that the counts describe.
    window : tuple of str
        First and last day of the window; empty for ``still_waiting``.
    bands : tuple of int
        Empty where days are exact; else the first day of each band, the last one open.
    editions, policy : tuple of str
        Sources of place; policy of an ordered list.
    suppression : str
        The small-number rule that the counts have already been through.
    source : str
        The publication that they were read from.
    excluded : mapping of str to int
        Rows that are not counted, by reason.
    """

    estimand: str
    by: tuple[tuple[str, ...], ...]
    within: tuple[str, ...] = ()
    snapshot: str = ""
    window: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    editions: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    suppression: str = "none"
    source: str = ""
    excluded: Mapping[str, int] = field(default_factory=dict)

    def differing(self, other: About) -> list[str]:
        """Return what keeps two counts apart."""
        names = [each.name for each in fields(About) if each.name != "excluded"]
        return [name for name in names if getattr(self, name) != getattr(other, name)]

    @property
    def population(self) -> str:
        """One name for the people who are counted: equal names are the same people."""
        when = "/".join(self.window) if self.window else self.snapshot
        kind = {"still_waiting": "open"}.get(self.estimand, self.estimand)
        return " ".join(filter(None, (kind, self.source, when)))

    def with_excluded(self, more: Mapping[str, int]) -> About:
        """Return the same with more rows excluded."""
        reasons = sorted({*self.excluded, *more})
        return replace(self, excluded={each: self.excluded.get(each, 0) + more.get(each, 0) for each in reasons})
