"""What a table of counts is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

EDITIONS = ("directory_edition", "index_edition")
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
    editions : mapping of str to tuple of str
        Sources of place by the column that names them, those of an index for each nation; a column in which nobody has one
        names none, and a column that is not there is not named.
    policy : tuple of str
        Policy of an ordered list.
    suppression : str
        The small-number rule that the counts have already been through.
    source : str
        The publication that they were read from.
    excluded : mapping of str to int
        Rows that are not counted, by reason.
    providers : tuple of str
        Whose people are counted, where the lists say it in codes.
    providers_in_words : bool
        Whether a list says it in words, which are not repeated.
    files : tuple of str
        The counts files that are in these counts, by their checksums.
    """

    estimand: str
    by: tuple[tuple[str, ...], ...]
    within: tuple[str, ...] = ()
    snapshot: str = ""
    window: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    editions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: tuple[str, ...] = ()
    suppression: str = "none"
    source: str = ""
    excluded: Mapping[str, int] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    providers_in_words: bool = False
    files: tuple[str, ...] = ()

    def differing(self, other: About) -> list[str]:
        """Return what keeps two counts apart."""
        names = [each.name for each in fields(About) if each.name not in _ADDED]
        differ = [name for name in names if getattr(self, name) != getattr(other, name)]
        return [*differ, *([] if _agree(self.editions, other.editions) else ["editions"])]

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of place, by name."""
        return tuple(dict.fromkeys(each for column in sorted(self.editions) for each in self.editions[column]))

    @property
    def population(self) -> str:
        """One name for the people who are counted: equal names are the same people."""
        when = "/".join(self.window) if self.window else self.snapshot
        kind = {"still_waiting": "open"}.get(self.estimand, self.estimand)
        return " ".join(filter(None, (kind, self.source, when)))

    def of_nobody(self, other: About) -> About:
        """Return this of a part in which nobody counts: it may be of no day, or name no editions, and takes those of the other."""
        editions = {**dict.fromkeys(other.editions, ()), **self.editions}
        return replace(self, snapshot=self.snapshot or other.snapshot, editions=editions)

    def together(self, other: About) -> About:
        """Return what both are about: excluded rows add, editions, providers and files stand side by side."""
        reasons = sorted({*self.excluded, *other.excluded})
        columns = sorted({*self.editions, *other.editions})
        in_words = self.providers_in_words or other.providers_in_words
        return replace(
            self,
            excluded={each: self.excluded.get(each, 0) + other.excluded.get(each, 0) for each in reasons},
            editions={each: _united(self.editions.get(each, ()), other.editions.get(each, ())) for each in columns},
            providers=() if in_words else _united(self.providers, other.providers),
            providers_in_words=in_words,
            files=_united(self.files, other.files),
        )


_ADDED = ("excluded", "editions", "providers", "providers_in_words", "files")


def _united(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *two}))


def _agree(one: Mapping[str, tuple[str, ...]], two: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether one list can have been linked with both: in a part of it nobody may be of a nation, or have a place that is known.

    A list that does not say with what it was linked agrees with none that does.
    """
    for column in EDITIONS:
        mine, theirs = ({each: said[each] for each in said if each.startswith(column)} for said in (one, two))
        if bool(mine) != bool(theirs) and any((*mine.values(), *theirs.values())):
            return False
        both = [(set(mine[each]), set(theirs[each])) for each in mine if each in theirs]
        if not all(this <= that or that <= this for this, that in both):
            return False
    return True
