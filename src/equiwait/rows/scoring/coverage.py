"""List work: how well a list has recorded what a policy counts, as sums over blocks, so that no block has to be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from equiwait.errors import InputError, PolicyError, listed
from equiwait.frames import as_we_write, distinct, to_arrow
from equiwait.plain_columns import plain
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.alike import Alike, Column, all_of, by_row
from equiwait.rows.scoring.row_scores import Reader, Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Grouping",
    "Recorded",
    "check_coverage",
    "groupings",
    "one_day",
    "open_days",
    "recorded",
    "snapshot_of",
    "total",
]

_FEW = 20  # a group smaller than this says nothing of how well something is recorded


class Grouping(NamedTuple):
    """Groups that the policy looks at: what they are called, and for each row its group (None: all are one)."""

    said: str
    place: np.ndarray | None


class Recorded(NamedTuple):
    """For each factor and each social tier: in each grouping how many people it is recorded for.

    The first row of each table counts the people.
    """

    counts: tuple[np.ndarray, ...]

    def __add__(self, other: object) -> Recorded:
        """Add the counts of another block."""
        if not isinstance(other, Recorded):
            return NotImplemented
        return Recorded(tuple(one + two for one, two in zip(self.counts, other.counts, strict=True)))


def groupings(frame: pd.DataFrame, policy: Policy) -> list[Grouping]:
    """Return everyone together, and the groups by each column that the policy names."""
    named = [Grouping(f"a group by {name}", distinct(to_arrow(frame[name]))[1]) for name in policy.guards.coverage_by]
    return [Grouping("the list", None), *named]


def recorded(reader: Reader, reading: Reading, looked_at: Sequence[Grouping], rows: slice) -> Recorded:
    """Count how well a block's factors and social tiers are recorded."""
    people, situations = reading.people, reader.situations
    told = [situations.told(place, by_row(reading.situation)) for place in range(len(situations.social_tiers))]
    known = [*(part.known for part in reading.parts), *told]
    return Recorded(tuple(_counted(people, known, grouping.place, rows) for grouping in looked_at))


def _counted(people: np.ndarray, known: Sequence[Column], place: np.ndarray | None, rows: slice) -> np.ndarray:
    if place is None:
        return np.array([[count] for count in _counts(people, known)])
    groups = int(place.max(initial=0)) + 1
    masks = [people, *(by_row(each) & people for each in known)]
    return np.array([np.bincount(place[rows][mask], minlength=groups) for mask in masks])


def _counts(people: np.ndarray, known: Sequence[Column]) -> Iterator[int]:
    """Yield how many people there are, then of how many each is known."""
    kinds = next((each.kind for each in known if isinstance(each, Alike)), None)
    by_kind = None if kinds is None else _people_of(kinds, people)
    yield (everyone := int(np.count_nonzero(people)))
    for each in known:
        if all_of(each):
            yield everyone
        elif isinstance(each, Alike) and by_kind is not None:
            yield int(by_kind[each.each[: len(by_kind)]].sum())
        else:
            yield int(np.count_nonzero(by_row(each) & people))


def _people_of(kinds: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return how many people are of each kind: all but the few rows that the policy does not look at."""
    every = np.bincount(kinds, minlength=1)
    return every if people.all() else every - np.bincount(kinds[~people], minlength=len(every))


def check_coverage(reader: Reader, looked_at: Sequence[Grouping], found: Recorded) -> None:
    """Refuse factors and social tiers recorded for too few, overall or in a group that the policy looks at."""
    lines = [(factor.name, factor.coverage if factor.matters else 0.0) for factor in reader.factors]
    lines += [(f"tier {tier.name}", tier.coverage) for tier in reader.situations.social_tiers]
    few = [
        f"{name}: recorded for {_share_of(share, grouping.said)} ({needed:.0%} needed)"
        for grouping, counts in zip(looked_at, found.counts, strict=True)
        for (name, needed), share in zip(lines, _least_shares(counts), strict=True)
        if share < needed
    ]
    if few:
        raise PolicyError(
            "A line of the policy is recorded for too few people to count fairly.",
            found="; ".join(few) + ".",
            todo="Fill the records, leave it out, or set its coverage= and coverage_because= in the policy.",
        )


def _share_of(share: float, whom: str) -> str:
    """A share that is nought, or only looks it once it is rounded, has words of its own."""
    if share == 0:
        return f"nobody {'on' if whom == 'the list' else 'in'} {whom}"
    return f"{'under 1%' if share < 0.01 else f'{share:.0%}'} of {whom}"


def _least_shares(counts: np.ndarray) -> np.ndarray:
    """Return for each factor the smallest share of a group, large enough to say anything, that has it recorded."""
    size, have = counts[0], counts[1:]
    enough = size >= max(min(_FEW, int(size.sum())), 1)
    return np.asarray((have[:, enough] / size[enough]).min(axis=1, initial=1.0))


def snapshot_of(frame: pd.DataFrame, policy: Policy) -> str:
    """Return the day that the list's open rows describe, and refuse a policy that does not hold on it."""
    open_ = _holds(frame["scope"], "rtt_open") if "scope" in frame else np.ones(len(frame), bool)
    return one_day(open_days(_met(frame["snapshot_date"], open_)), policy)


def _holds(column: pd.Series[Any], code: str) -> np.ndarray:
    """Return which rows hold a code."""
    held = plain(column)
    if held is not None and held.names is not None:
        return np.asarray(held.values == held.names.index(code) if code in held.names else np.zeros(len(column), bool))
    return (column == code).to_numpy(bool, na_value=False)


def _met(column: pd.Series[Any], rows: np.ndarray) -> pa.Array:
    """Return the distinct values that a coded column has in some rows; of any other column its values there."""
    held = plain(column)
    if held is not None and rows.any() and held.part(slice(None)).missing is None and _alike(held.values):
        return held.part(slice(0, 1)).arrow()  # as a rule all rows are of one day, and none need be told apart
    if not rows.all():
        column = column[rows]
        held = plain(column)
    if held is None or held.names is None:
        return to_arrow(column)
    return pa.array(
        [[None, *held.names][at] for at in np.flatnonzero(np.bincount(held.places())).tolist()], pa.string()
    )


def _alike(values: np.ndarray) -> bool:
    """Whether all values are one, as a column of a list's day or scope is as a rule."""
    return bool(len(values) and values.min() == values.max())


def open_days(dated: pa.Array) -> list[str]:
    """Return the distinct snapshot dates of open rows as text, empty for none."""
    texts, place = distinct(dated)
    one = len(place) > 0 and place.min() == place.max()  # as a rule
    met = place[:1] if one else np.flatnonzero(np.bincount(place))
    return sorted({(texts[each] or "")[:10] for each in met.tolist()})


def one_day(days: Sequence[str], policy: Policy) -> str:
    """Return the one day of all open rows, and refuse a policy that does not hold on it."""
    if "" in days:
        raise InputError(
            "The list has no snapshot date for some open rows, so nothing can be compared with it.",
            todo="Read it with read_list(..., snapshot=...).",
        )
    known = as_we_write("snapshot_date", days)
    if len(days) > 1:
        raise InputError(
            "The list holds open rows of several snapshots, and people would stand on it more than once.",
            found=f"Snapshots: {listed(known, 12)}; {len(days)} values in all.",
            todo=f"Score one at a time: read it with read_list(..., snapshot='{(known or ['2026-10-31'])[-1]}').",
        )
    policy.check(days[0] if days else "1970-01-01")  # nothing can have expired for nobody
    return days[0] if days else "1970-01-01"


def total(parts: Iterable[Recorded]) -> Recorded:
    """Add up what blocks have recorded."""
    first, *rest = parts
    for each in rest:
        first = first + each
    return first
