"""`sensitivity` and `places_that_depend`: which places depend on which number of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.reordering.displacement import furthest, steps_of
from equiwait.answers.reordering.group_counts import EVERYONE, Split, asking
from equiwait.answers.reordering.policy_variants import EVERY, TIERS, WITHOUT, Variation, variations
from equiwait.derived import list_from
from equiwait.disclosure import Cell, Counts, ReleasedCounts, notes_of, release, row_notes, rule_named
from equiwait.errors import OptionError, RefusedError
from equiwait.frames import snapshot_of
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

__all__ = ["Sensitivity", "places_that_depend", "sensitivity"]

_COLUMNS = [
    "factor", "number", "change", "people", "places_changed", "share_changed", "most_places", "suppressed", "note",
]  # fmt: skip
_SHOWN = 20  # rows of a chart: more cannot be read


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Result):
    """How many places hang on each number of a policy: one row for each number and change of it.

    ``factor`` is the part of the policy: a factor, *tiers*, *targets*, *order* or *guards*; ``number`` the number as the
    file names it, or *every number* of a factor at once. ``most_places`` is the largest move, or, where small numbers are
    hidden, the largest of a few steps that enough people make for their number to be shown.
    """

    section: ClassVar[str] = "movement"
    units: ClassVar[Units] = MappingProxyType(
        {
            "change": "text",
            "places_changed": "people",
            "share_changed": "percent",
            "most_places": "places",
        }
    )

    def charts(self) -> Sequence[Chart]:
        """Return the numbers that most places hang on."""
        small = _small(self.table)
        small = small[small["share_changed"].notna()]
        if small.empty:
            return []
        small = small.assign(
            group=[_called(*each) for each in small[["factor", "number", "change"]].itertuples(index=False)]
        )
        rows = small.sort_values("share_changed", ascending=False, kind="stable").head(_SHOWN).reset_index(drop=True)
        how: dict[str, Any] = {"value": "share_changed", "n": "", "label": "Share of people who would stand elsewhere"}
        shown, page = partial(draw.bars, rows, **how), partial(draw.bars_html, rows, **how)
        title = "How many people would stand elsewhere if one number were a little other"
        words = draw.interval_words(rows, value="share_changed")
        return [Chart("sensitivity", title, words, lambda ax: shown(ax=ax), rows, draw.size_for(len(rows)), page)]


def sensitivity(waiting: object, policy: Policy, *, change: float = 0.2, suppression: str = "hes") -> Sensitivity:
    """Count the places that would change if one number of a policy were a little other, or nought.

    Parameters
    ----------
    waiting : DataFrame
        The list.
    policy : Policy
        The policy.
    change : float
        By how much of itself each number is lowered and raised, one at a time.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Sensitivity
        For each factor as a whole, and for each number of it, each target, each line between two tiers, the long waits
        that lead and the most places lost: how many people would stand elsewhere, and by how many places.

    Raises
    ------
    OptionError
        If ``change`` is not between 0 and 1.
    RefusedError
        If nobody on the list has a place.

    Notes
    -----
    The list is scored once for each row of the table. People who stand elsewhere under a small change of one number hold
    a place that is owed to that number: say so when the order is discussed. Who they are is for the team alone; see
    `places_that_depend`. Numbers of days are changed by whole days. Who has no place under one of the two is not counted.

    Examples
    --------
    >>> from equiwait.rows.policies import Policy
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a", "b"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [7, 70],
    ...     "need_points": [30, 5]})
    >>> found = sensitivity(waiting, Policy.preset("dynamic_accumulation"), suppression="none")
    >>> found.table[["factor", "number", "change", "places_changed"]]
      factor        number      change  places_changed
    0   need  every number     without             2.0
    1   need  every number   20% lower             0.0
    2   need  every number  20% higher             0.0
    """
    rule = rule_named(suppression)
    population = f"placed, {policy.stamp} {snapshot_of(list_from(waiting))}".strip()
    variants: list[_Variant] = []
    counts = Counts()
    for each, usual, other in _orders(waiting, policy, change):
        places, moved = _moves(usual, other)
        variant = _Variant(each.part, each.number, each.change, steps_of(moved, rule))
        split = Split(EVERYONE, (), (EVERYONE,), np.zeros(places, np.intp))
        counts += asking(
            variant.population(population),
            [split],
            {_CHANGED: moved > 0, _SAME: moved == 0},
            {_CHANGED: (moved, variant.steps)},
        )
        variants.append(variant)
    return answered(
        partial(_answer, population, str(policy.stamp), tuple(variants)), release(counts, rule), provenance_of(waiting)
    )


_CHANGED, _SAME = "stands elsewhere", "stands where it stood"


class _Variant(NamedTuple):
    """One change of a policy, and the steps over which moves are counted."""

    factor: str
    number: str
    change: str
    steps: tuple[int, ...]

    def population(self, usual: str) -> str:
        return f"{usual}; {self.factor}, {self.number}, {self.change}"


def _answer(population: str, stamp: str, variants: tuple[_Variant, ...], released: ReleasedCounts) -> Sensitivity:
    table = pd.DataFrame([_row(each, population, released) for each in variants], columns=_COLUMNS)
    nothing = (
        ""
        if variants
        else "This policy has no number of its own: people stand by the wait alone, so none can be changed."
    )
    one = "One number is changed at a time, or every number of one factor; all else stays." if variants else ""
    notes = tuple(filter(None, (nothing, one, stamp, *notes_of(released))))
    return Sensitivity("Which places depend on one number", table, notes, _findings(table))


def _row(variant: _Variant, population: str, released: ReleasedCounts) -> tuple[object, ...]:
    here = variant.population(population)
    cells = [Cell(here), Cell(here, event=_CHANGED), Cell(here, event=_SAME)]
    people, changed, _ = released.people(cells).tolist()
    changed = min(changed, people) if people == people else changed
    hidden = bool(released.hidden(cells[:2]).any())
    over = released.people([Cell(here, event=_CHANGED, over=step) for step in (-1, *variant.steps)])
    most = furthest(over, variant.steps) if changed > 0 else np.nan if hidden else 0.0
    share = changed / people if people > 0 else np.nan
    note = row_notes(released.rule, released.marked(cells[:2]).reshape(1, -1))[0]
    return (variant.factor, variant.number, variant.change, people, changed, share, most, hidden, note)


def places_that_depend(waiting: object, policy: Policy, *, change: float = 0.2) -> pd.DataFrame:
    """List, for the team alone, the people whose place depends on one number of a policy.

    Parameters
    ----------
    waiting : DataFrame
        The list.
    policy : Policy
        The policy.
    change : float
        By how much of itself each number is lowered and raised, as in `sensitivity`.

    Returns
    -------
    DataFrame
        One row for each person and change that moves them, with the index of ``waiting``: ``pathway_id``, ``factor``,
        ``number``, ``change``, ``place`` now and ``place_then`` (empty where the person would have none).

    Raises
    ------
    OptionError
        If ``change`` is not between 0 and 1.
    RefusedError
        If nobody on the list has a place.

    Notes
    -----
    It names people, so it is a plain frame and no result: no report takes it. It is not for release.

    Examples
    --------
    >>> from equiwait.rows.policies import Policy
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": ["a", "b"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [7, 70],
    ...     "need_points": [30, 5]})
    >>> places_that_depend(waiting, Policy.preset("dynamic_accumulation"))
      pathway_id factor        number   change  place  place_then
    0          a   need  every number  without      1           2
    1          b   need  every number  without      2           1
    """
    frame = list_from(waiting)
    parts = []
    for each, usual, other in _orders(frame, policy, change):
        moved = usual["rank"].notna() & (usual["rank"] != other["rank"]).fillna(True)
        rows = moved.to_numpy(bool)
        parts.append(
            frame.loc[rows, ["pathway_id"]].assign(
                factor=each.part,
                number=each.number,
                change=each.change,
                place=usual["rank"].array[rows],
                place_then=other["rank"].array[rows],
            )
        )
    return (
        pd.concat(parts)
        if parts
        else frame.iloc[:0][["pathway_id"]].reindex(
            columns=["pathway_id", "factor", "number", "change", "place", "place_then"]
        )
    )


def _orders(waiting: object, policy: Policy, change: float) -> Iterator[tuple[Variation, pd.DataFrame, pd.DataFrame]]:
    """Yield each variation of the policy, the order as it is, and the order under it."""
    if not 0 < change < 1:
        raise OptionError("change is not a share.", todo="Give a number between 0 and 1, such as 0.2.")
    usual = score(waiting, policy, ranges=False)
    if not usual["rank"].notna().any():
        raise RefusedError("Nobody on the list has a place.", f"{len(usual)} rows.", "Look at score_status.")
    for each in variations(policy, change):
        yield each, usual, score(waiting, each.policy, ranges=False)


def _moves(usual: pd.DataFrame, other: pd.DataFrame) -> tuple[int, NDArray[np.int64]]:
    """Return how many people have a place in both orders, and by how many places each moves."""
    both = (usual["rank"].notna() & other["rank"].notna()).to_numpy()
    before, after = (frame["rank"][both].to_numpy(np.int64) for frame in (usual, other))
    return len(before), np.abs(after - before)


def _small(table: pd.DataFrame) -> pd.DataFrame:
    """Return the changes that only make a number a little other; leaving a part out, or joining tiers, is no small change."""
    small: pd.DataFrame = table[(table["change"] != WITHOUT) & (table["factor"] != TIERS)]
    return small


def _called(factor: str, number: str, change: str) -> str:
    return f"{factor.replace('_', ' ')}: {number.replace('_', ' ')}, {change}"


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    every = _small(table)
    small = every[every["share_changed"].notna()]
    if small.empty:
        return ()
    shown = "" if len(small) == len(every) else "Of the numbers shown, the"
    most = small.iloc[int(small["share_changed"].to_numpy(np.float64).argmax())]
    of = "" if most["number"] == EVERY else f" ({most['number'].replace('_', ' ')})"
    return (
        f"{shown or 'The'} order leans most on {most['factor'].replace('_', ' ')}{of}: {most['change']}, and "
        f"{most['share_changed']:.0%} of people would stand elsewhere.",
    )
