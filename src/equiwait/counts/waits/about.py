"""What a table of counts is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from equiwait.counts.waits.group_values import NATIONS
from equiwait.counts.waits.groups import is_place_rank
from equiwait.errors import RefusedError, listed

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
    nations : tuple of str
        Of the people whose places' ranks are counted without their nation.
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
    nations: tuple[str, ...] = ()
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
        in_words = self.providers_in_words or other.providers_in_words
        return replace(
            self,
            excluded={each: self.excluded.get(each, 0) + other.excluded.get(each, 0) for each in reasons},
            editions=_added(self.editions, other.editions),
            nations=_united(self.nations, other.nations),
            providers=() if in_words else _united(self.providers, other.providers),
            providers_in_words=in_words,
            files=_united(self.files, other.files),
        )


_ADDED = ("excluded", "editions", "nations", "providers", "providers_in_words", "files")


def _united(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *two}))


def _agree(one: Mapping[str, tuple[str, ...]], two: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether one list can have been linked with both: by one directory, and by one index of each nation.

    In a part of a list nobody may be of a nation, or have a place that is known: it has no editions then, and agrees with any. An
    index of a nation that is not said could be that of any. A list that does not say with what it was linked agrees with none that does.
    """
    for column in EDITIONS:
        mine, theirs = _of_column(one, column), _of_column(two, column)
        here = [any(each.values()) for each in (mine, theirs)]
        if bool(mine) != bool(theirs) and any(here):
            return False
        if all(here):
            both = {each: _united(mine.get(each, ()), theirs.get(each, ())) for each in {*mine, *theirs}}
            every = {edition for each in both.values() for edition in each}
            if any(len(each) > 1 for each in both.values()) or (both.get(column) and len(every) > 1):
                return False
    return True


def _of_column(editions: Mapping[str, tuple[str, ...]], column: str) -> dict[str, tuple[str, ...]]:
    return {each: editions[each] for each in editions if each.startswith(column)}


def _added(one: Mapping[str, tuple[str, ...]], two: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Editions side by side, of the columns that both have: what one list does not say, both do not."""
    found: dict[str, tuple[str, ...]] = {}
    for column in EDITIONS:
        mine, theirs = _of_column(one, column), _of_column(two, column)
        if mine and theirs:
            found |= {each: _united(mine.get(each, ()), theirs.get(each, ())) for each in sorted({*mine, *theirs})}
    return found


def refuse_pooled_nations(nations: Sequence[str], asked: Sequence[tuple[str, ...]]) -> None:
    """A decile ranks an area within its own nation: two nations' deciles are not one scale."""
    if len(nations) > 1:
        ranked = pooled(asked)
        raise RefusedError(
            f"{listed(ranked)} would pool the ranks of several nations.",
            found=listed([*(nation for nation in NATIONS if nation in nations), f"{len(nations)} values in all."]),
            todo=f"Count one nation, or cross with it: by=[('nation', '{ranked[0]}')].",
        )


def pooled(asked: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the ranks of places that questions look at without the nation."""
    return sorted({column for one in asked if "nation" not in one for column in one if is_place_rank(column)})
