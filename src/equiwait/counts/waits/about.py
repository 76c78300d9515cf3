"""What a table of counts is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

ESTIMANDS = ("still_waiting", "completed", "time_to_treatment")


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
    providers : tuple of str
        Whose people are counted, where the lists say it in codes.
    files : tuple of str
        The counts files that are in these counts, by their checksums.
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
    providers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def differing(self, other: About) -> list[str]:
        """Return what keeps two counts apart."""
        names = [each.name for each in fields(About) if each.name not in ("excluded", "providers", "files")]
        return [name for name in names if getattr(self, name) != getattr(other, name)]

    @property
    def population(self) -> str:
        """One name for the people who are counted: equal names are the same people."""
        when = "/".join(self.window) if self.window else self.snapshot
        kind = {"still_waiting": "open"}.get(self.estimand, self.estimand)
        return " ".join(filter(None, (kind, self.source, when)))

    def together(self, other: About) -> About:
        """Return what both are about: excluded rows add, providers and files stand side by side."""
        reasons = sorted({*self.excluded, *other.excluded})
        return replace(
            self,
            excluded={each: self.excluded.get(each, 0) + other.excluded.get(each, 0) for each in reasons},
            providers=tuple(sorted({*self.providers, *other.providers})),
            files=tuple(sorted({*self.files, *other.files})),
        )
