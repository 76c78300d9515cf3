"""`displacement`: who moves up and who moves down between two orders of the same people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.reordering.fairness import because_of_fairness, in_the_team
from equiwait.answers.reordering.group_counts import (
    EVERYONE,
    NOWHERE,
    Split,
    asking,
    nowhere,
    nowhere_said,
    share_ends,
    splits_of,
)
from equiwait.answers.reordering.movement_words import lead_of, movement_said
from equiwait.counts.waits import By
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Cell, ReleasedCounts, Rule, count, in_words, notes_of, release, row_notes, rule_named
from equiwait.disclosure.cells import SHOWN
from equiwait.errors import OptionError, RefusedError
from equiwait.frames import need, provenance, snapshot_of
from equiwait.results import Certainty, Chart, Headline, Result, Units, answered, provenance_of
from equiwait.rows.policies import Policy

__all__ = ["Displacement", "displacement", "furthest", "paired", "policy_of", "steps_of"]

_KEYS = ("pathway_id", "pathway_issuer", "referral_id", "clock_start", "provider")
_COLUMNS = [
    "by", "group", "people", "moved_up", "moved_down", "share_up", "share_up_lower", "share_up_upper",
    "share_down", "share_down_lower", "share_down_upper", "places_up", "places_down",
    "most_up", "most_down", "days_gained", "days_lost", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Displacement(Result):
    """Who moves between two orders: one row for each question and group.

    ``places_up`` and ``places_down`` are the mean places of those who move, ``most_…`` the largest move, or, where small
    numbers are hidden, the largest of a few steps that enough people make for their number to be shown; ``days_gained``
    and ``days_lost`` are the mean in days, where a capacity was given. ``overlap`` says how many of the first so many
    places are held by the same people in both orders.
    """

    section: ClassVar[str] = "movement"
    main: ClassVar[tuple[str, ...]] = ("by", "group", "people", "share_up", "share_down", "places_up", "places_down")
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("moved_up", "moved_down"), "people"),
            **dict.fromkeys(
                (f"share_{way}{end}" for way in ("up", "down") for end in ("", "_lower", "_upper")), "percent"
            ),
            **dict.fromkeys(("places_up", "places_down", "most_up", "most_down"), "places"),
            **dict.fromkeys(("days_gained", "days_lost"), "days"),
        }
    )

    overlap: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    brief: tuple[str, ...] = field(default=(), kw_only=True)
    """The findings in the few words that a first screen has room for."""

    def headlines(self) -> Sequence[Headline]:
        """Return what happens to everyone, then of each question who moves down more than others, and who up."""
        asked = [EVERYONE, *(by for by in self.table["by"].unique() if by != EVERYONE)]
        charts = [chart.name for chart in self.charts()]
        made = []
        for sentence, brief in zip(self.findings, self.brief or self.findings, strict=True):
            by = next(
                (name for name in asked[1:] if f"movement by {name}" in charts and sentence.startswith(lead_of(name))),
                "",
            )
            of = float(self.table["people"].iloc[0])
            certainty: Certainty = "clear" if "is more common among" in sentence else "too_few" if by else "stated"
            made.append(
                Headline(
                    says=brief,
                    asked=self.title,
                    certainty=certainty,
                    n=of,
                    by=by,
                    chart=f"movement by {by}" if by else "",
                )
            )
        return made

    def charts(self) -> Sequence[Chart]:
        """Return for each question the shares who move down, to the left of a line, and up."""
        return [self._chart(str(by)) for by in self.table["by"].unique() if by != EVERYONE]

    def _chart(self, by: str) -> Chart:
        rows = self.table[self.table["by"] == by].reset_index(drop=True)
        rows["suppressed"] = rows[["share_up", "share_down"]].isna().any(axis=1)
        title = f"Who would move up and who would move down, by {spoken(by)}"
        shown = partial(draw.mover_plot, rows, note="", hidden="hidden")
        page = partial(draw.mover_html, rows, note="", hidden="hidden")
        words = draw.mover_words(rows)
        return Chart(f"movement by {by}", title, words, lambda ax: shown(ax=ax), rows, draw.size_for(len(rows)), page)


def displacement(
    before: pd.DataFrame,
    after: pd.DataFrame | None = None,
    by: By | None = None,
    *,
    top: Sequence[int] = (20, 50, 100),
    per_week: float | None = None,
    policy: Policy | None = None,
    suppression: str = "hes",
) -> Displacement:
    """Say who moves up and who moves down when one order takes the place of another, or because of fairness.

    Parameters
    ----------
    before, after : DataFrame
        The same list under two policies, as `score` returns it. Of one list alone it is said who moves *because of
        fairness*: from the place that the same policy gives without what is social (``base_rank``) to the place with it.
    by : str, or sequence of str and tuples, optional
        Groups to look at, from columns of ``before``.
    top : sequence of int
        First so many places of which to count how many people are the same.
    per_week : float, optional
        People treated each week from each ranked group; turns places into days.
    policy : Policy, optional
        Of one list alone, the policy that ordered it; by default the one of its stamp, if that is at hand.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Displacement
        One row for everyone and for each group; those who move down as plainly as those who move up. Of one list alone
        there is a question more for each social factor: who has points for it, and who has none.

    Raises
    ------
    ColumnsError
        If a list has not been scored, or lacks a column of ``by``.
    RefusedError
        If nobody has a place in both orders, if rows cannot be told apart, or if the two lists were ranked within
        different columns.

    Notes
    -----
    People placed in only one of the two orders are counted in the notes and not in the table. A place counts within the
    group that each list was ranked in, so both must be ranked within the same columns. A place lost to someone with more need is
    still a place lost: read both columns. Shares have Wilson's intervals, over the sampling of a list like this one; groups
    are compared with everyone else by Newcombe's, all of a question together (Sidak), and where none excludes 0 there are
    *too few to tell*. Factors that are sensitive are one question, *other recorded needs*.

    Examples
    --------
    >>> before = pd.DataFrame({"pathway_id": ["a", "b", "c"], "rank": [1, 2, 3], "policy": "old", "sex": ["1", "2", "2"]})
    >>> moved = displacement(before, before.assign(rank=[3, 1, 2], policy="new"), by="sex", suppression="none")
    >>> moved.table[["by", "group", "people", "moved_up", "moved_down", "most_down"]]
             by     group  people  moved_up  moved_down  most_down
    0  everyone  everyone     3.0       2.0         1.0        2.0
    1       sex      Male     1.0       0.0         1.0        2.0
    2       sex    Female     2.0       2.0         0.0        NaN
    """
    rule = rule_named(suppression)
    if per_week is not None and not per_week > 0:
        raise OptionError("per_week is not a number of people.", todo="Give how many are treated each week, such as 4.")
    named = (
        f"{policy_of(before)} to {policy_of(after)}"
        if after is not None
        else f"because of fairness, {policy_of(before)}"
    )
    said: tuple[str, ...] = ()
    other = after is not None
    if after is None:
        said = in_the_team(before, policy, policy_of(before)) if rule.exact else ()
        before, after, by = because_of_fairness(before, by, policy, policy_of(before))
    both, alone = paired(before, after)
    lost = both["rank_after"].to_numpy(np.int64) - both["rank_before"].to_numpy(np.int64)
    splits = splits_of(both, by, "displacement")
    asked = _Asked(
        f"in both orders, {named} {snapshot_of(before)}".strip(),
        named,
        tuple(split.nameless for split in splits),
        "before and after" if other else "with and without social need",
        tuple(top),
        per_week,
        steps_of(np.abs(lost), rule),
        said,
    )
    counts = asking(
        asked.population,
        splits,
        {UP: lost < 0, DOWN: lost > 0, "stays": lost == 0},
        {UP: (-lost, asked.steps), DOWN: (lost, asked.steps)},
    )
    for size in top:
        first, then = both["rank_before"] <= size, both["rank_after"] <= size
        for event, people in ((_SAME, first & then), (_OTHER, ~first & then)):
            counts += count(Cell(asked.population, event=event.format(size)), int(people.sum()))
    counts += count(Cell(asked.population, event=_ALONE), alone)
    counts += count(Cell(asked.population, event=NOWHERE), nowhere(before))
    return answered(partial(_answer, asked), release(counts, rule), provenance_of(before, after))


class _Asked(NamedTuple):
    """What the answer is about, none of it a number of people."""

    population: str
    named: str
    splits: tuple[Split, ...]
    orders: str
    top: tuple[int, ...]
    per_week: float | None
    steps: tuple[int, ...]
    said: tuple[str, ...]  # to the team alone


UP, DOWN = "moves up", "moves down"
_SAME, _OTHER, _ALONE = "first {} in both orders", "first {} in the new order only", "placed in one order only"

_STEPS = (1, 2, 4, 6, 9, 14, 19, 29, 49, 74, 99, 149, 199, 299, 499, 999, 1999, 4999, 9999)
"""Places over which people are counted: they moved by more than so many."""


def steps_of(places: NDArray[np.int64], rule: Rule) -> tuple[int, ...]:
    """Every number of places where counts are exact; else a few, as far as anybody moves."""
    if rule.exact:
        return tuple(sorted({int(each) - 1 for each in places[places > 1]}))
    return tuple(step for step in _STEPS if (places > step).any())


def _answer(asked: _Asked, released: ReleasedCounts) -> Displacement:
    rows = [row for split in asked.splits for row in _rows(split, asked, released)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    alone = Cell(asked.population, event=_ALONE)
    days = f"Days take {asked.per_week:g} people treated each week from each ranked group." if asked.per_week else ""
    left = (
        f"{in_words(released, alone)} places are in one of the two orders only, and are not counted."
        if released.people(alone) != 0
        else ""
    )
    bands = (
        ""
        if released.rule.exact
        else "Mean places are made of released counts of people who move by so many places or more."
    )
    lost = nowhere_said(released, Cell(asked.population, event=NOWHERE))
    said = [lost, *asked.said, "Moving down means a later place than before.", left, days, bands, *notes_of(released)]
    title = f"Who moves: {unstamped(asked.named)}"
    notes = (*filter(None, said), f"Orders compared: {asked.named}.")
    told = movement_said(table, released.rule.variance, asked.orders)
    findings, brief = (tuple(each[at] for each in told) for at in (0, 1))
    return Displacement(title, table, notes, findings, overlap=_overlap(asked, released), brief=brief)


def paired(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the people placed in both orders, with both places, and how many are placed in one alone."""
    for frame in (before, after):
        need(frame, ["pathway_id", "rank"], "displacement")
    keys = [name for name in _KEYS if name in before.columns and name in after.columns]
    left, right = (frame[frame["rank"].notna().to_numpy()] for frame in (before, after))
    twice = sum(int(frame.duplicated(keys).sum()) for frame in (left, right))
    if twice:
        raise RefusedError(
            f"{twice} placed rows share {', '.join(keys)} with another.", todo="Keep one row for each pathway."
        )
    both = left.rename(columns={"rank": "rank_before"}).merge(
        right[[*keys, "rank"]].rename(columns={"rank": "rank_after"}), on=keys, how="inner"
    )
    if both.empty:
        raise RefusedError(
            "Nobody has a place in both orders.",
            f"{len(left)} and {len(right)} people placed.",
            "Score the same list twice.",
        )
    alone = len(left) + len(right) - 2 * len(both)
    _refuse_other_groups(left["rank"], right["rank"], alone)
    return both, alone


def _refuse_other_groups(before: pd.Series[Any], after: pd.Series[Any], alone: int) -> None:
    """Within the same columns each place is held as often in one order as in the other, but for people in one alone."""
    held = (before.value_counts().astype("int64"), after.value_counts().astype("int64"))
    if int(held[0].sub(held[1], fill_value=0).abs().sum()) > alone:
        raise RefusedError(
            "The two lists were not ranked within the same columns, so that their places cannot be compared.",
            f"{int(held[0].get(1, 0))} and {int(held[1].get(1, 0))} people stand first.",
            "Score both with the same rank_within=.",
        )


def _rows(split: Split, asked: _Asked, released: ReleasedCounts) -> list[tuple[object, ...]]:
    """One row for each group; of a group of which a count is hidden, only what is shown."""
    people = released.people(split.cells(asked.population)).ravel()
    ladders = [released.people(split.cells(asked.population, event, (-1, *asked.steps))) for event in (UP, DOWN)]
    marks = np.column_stack([released.marked(split.cells(asked.population, event)) for event in ("", UP, DOWN)])
    notes = row_notes(released.rule, marks)
    days = 7 / asked.per_week if asked.per_week else np.nan
    rows: list[tuple[object, ...]] = []
    for at, name in enumerate(split.groups):
        moved = [np.minimum(ladder[at], people[at]) for ladder in ladders]
        counts = [float(each[0]) for each in moved]
        shares = [
            figure
            for each in counts
            for figure in (
                each / people[at] if people[at] > 0 else np.nan,
                *share_ends(each, float(people[at]), released.rule.variance),
            )
        ]
        means = [_mean(each, asked.steps, exact=released.rule.exact) for each in moved]
        most = [furthest(each, asked.steps) for each in moved]
        hidden = bool((marks[at] != SHOWN).any())
        rows.append(
            (split.by, name, float(people[at]), *counts, *shares, *means, *most, *(each * days for each in means), hidden, notes[at])
        )  # fmt: skip
    return rows


def _mean(over: NDArray[np.float64], steps: Sequence[int], *, exact: bool) -> float:
    """The mean of moves of which it is known how many are over each step; of those between two steps, their middle.

    A step of which the count is hidden is passed over.
    """
    if not over[0] > 0:
        return np.nan
    known = np.isfinite(over)
    people, low = np.minimum.accumulate(over[known]), np.array([0, *steps], float)[known] + 1
    inside = people - np.append(people[1:], 0.0)
    middle = low if exact else (low + np.append(low[1:] - 1, low[-1])) / 2
    return round(float((inside * middle).sum() / people[0]), 9 if exact else 1)


def furthest(over: NDArray[np.float64], steps: Sequence[int]) -> float:
    """The largest of the steps that people are shown to make, so that nobody's own move is told; NaN if there is none."""
    shown = np.flatnonzero(over > 0)
    return float([0, *steps][shown[-1]] + 1) if len(shown) else np.nan


def _overlap(asked: _Asked, released: ReleasedCounts) -> pd.DataFrame:
    """Of the first so many places in every ranked group, how many are held by the same people in both orders."""
    rows = []
    for size in asked.top:
        shown = released.people([Cell(asked.population, event=each.format(size)) for each in (_SAME, _OTHER)])
        rows.append((size, *shown.tolist(), bool(np.isnan(shown).any())))
    return pd.DataFrame(rows, columns=["top", "same_people", "other_people", "suppressed"])


def unstamped(named: str) -> str:
    """Return the name of an order without its fingerprint and marks, for a heading; they stand in the notes.

    Examples
    --------
    >>> unstamped("because of fairness, england_default 5dba98167386 [not approved]")
    'because of fairness, england default'
    """
    return re.sub(r" [0-9a-f]{12}\b|( \[[^\]]*\])+", "", named).replace("_", " ")


def policy_of(frame: pd.DataFrame) -> str:
    """Return what the list says of the policy that ordered it."""
    return " and ".join(provenance(frame, "policy")) or "unnamed"
