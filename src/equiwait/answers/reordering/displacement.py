"""`displacement`: who moves up and who moves down between two orders of the same people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.asked import AskedAnswer
from equiwait.answers.page_charts import PageChart
from equiwait.answers.reordering.fairness import because_of_fairness, in_the_team, without_each_weight
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
from equiwait.answers.reordering.paired_orders import paired, policy_of, row_by_row, unstamped
from equiwait.counts.waits import By
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import (
    Cell,
    Counts,
    ReleasedCounts,
    Rule,
    count,
    in_words,
    notes_of,
    release,
    row_notes,
    rule_named,
)
from equiwait.disclosure.cells import SHOWN
from equiwait.errors import OptionError
from equiwait.frames import snapshot_of
from equiwait.results import Certainty, Chart, Headline, Result, Units, provenance_of
from equiwait.rows.policies import Policy

__all__ = ["Displacement", "displacement", "furthest", "steps_of"]

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
    places are held by the same people in both orders. ``weights`` says the same as the table of each weight of the policy
    by itself, where that was asked: who moves as against the same policy without it.
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
    weights: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    brief: tuple[str, ...] = field(default=(), kw_only=True)
    """The findings in the few words that a first screen has room for."""

    def headlines(self) -> Sequence[Headline]:
        """Return what happens to everyone, then of each question who moves down more than others, and who up."""
        asked = [EVERYONE, *(by for by in self.table["by"].unique() if by != EVERYONE)]
        of = float(self.table["people"].iloc[0])
        made = []
        for sentence, brief in zip(self.findings, self.brief or self.findings, strict=True):
            by = next(
                (name for name in asked[1:] if sentence.startswith(lead_of(name))),
                "",
            )
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
        words, name = partial(draw.mover_words, rows), f"movement by {by}"
        return PageChart(name, title, words, lambda ax: shown(ax=ax), lambda: rows, draw.size_for(len(rows)), page)


def displacement(
    before: pd.DataFrame,
    after: pd.DataFrame | None = None,
    by: By | None = None,
    *,
    top: Sequence[int] = (20, 50, 100),
    per_week: float | None = None,
    policy: Policy | None = None,
    weights: bool = False,
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
    weights : bool
        Of one list alone, also say what each weight does, clinical ones included: the list is ordered again without each.
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

    What each weight of a policy does to a list, before anybody adopts it:

    >>> from equiwait.rows.scoring import score
    >>> waiting = pd.DataFrame({"pathway_id": list("abc"), "snapshot_date": "2026-10-31", "scope": "rtt_open",
    ...                         "list_type": "IRTT", "priority": "P3", "days_waiting": [40, 30, 20], "far": [0, 0, 1]})
    >>> far = {"kind": "clinical", "source": "the board", "column": "far", "points": {"1": 30, "0": 0}, "missing": "zero"}
    >>> ours = Policy.preset("england_default").with_changes(order={"then": "points"}, factors={"far": far})
    >>> found = displacement(score(waiting, ours), policy=ours, weights=True, suppression="none")
    >>> found.weights[["weight", "group", "moved_up", "moved_down"]]
      weight     group  moved_up  moved_down
    0    far  everyone       1.0         2.0
    """
    return asked_displacement(
        before, after, by, top=top, per_week=per_week, policy=policy, weights=weights, suppression=suppression
    ).made()


def asked_displacement(
    before: pd.DataFrame,
    after: pd.DataFrame | None = None,
    by: By | None = None,
    *,
    top: Sequence[int] = (20, 50, 100),
    per_week: float | None = None,
    policy: Policy | None = None,
    weights: bool = False,
    suppression: str = "hes",
) -> AskedAnswer[Displacement]:
    """Return what makes the answer that `displacement` is asked for."""
    rule = rule_named(suppression)
    if per_week is not None and not per_week > 0:
        raise OptionError("per_week is not a number of people.", todo="Give how many are treated each week, such as 4.")
    if weights and after is not None:
        raise OptionError(
            "weights=True is about one list.", todo="Give the list that the policy ordered, and no other."
        )
    before, after = list_from(before, ordered=True), None if after is None else list_from(after, ordered=True)
    stamp = policy_of(before)
    named = f"because of fairness, {stamp}" if after is None else f"{stamp} to {policy_of(after)}"
    said: tuple[str, ...] = ()
    orders = "before and after" if after is not None else "with and without social need"
    weighed: list[tuple[str, str, _Moves]] = []
    counts = Counts()
    if after is None:
        said = in_the_team(before, policy, stamp) if rule.exact else ()
        for number, (weight, kind, without) in enumerate(without_each_weight(before, policy, stamp) if weights else ()):
            population = f"with or without weight {number + 1}, {weight}, {stamp} {snapshot_of(before)}".strip()
            moves, more = _moves(row_by_row(without, before, by)[0], by, population, rule)
            weighed.append((weight, kind, moves))
            counts += more
        before, after, by = because_of_fairness(before, by, policy, stamp)
        both, alone = row_by_row(before, after, by)
    else:
        both, alone = paired(before, after)
    moves, more = _moves(both, by, f"in both orders, {named} {snapshot_of(before)}".strip(), rule)
    asked = _Asked(moves, named, orders, tuple(top), per_week, said, tuple(weighed))
    counts += more
    for size in top:
        first, then = both["rank_before"] <= size, both["rank_after"] <= size
        for event, people in ((_SAME, first & then), (_OTHER, ~first & then)):
            counts += count(Cell(asked.population, event=event.format(size)), int(people.sum()))
    counts += count(Cell(asked.population, event=_ALONE), alone)
    counts += count(Cell(asked.population, event=NOWHERE), nowhere(before))
    return AskedAnswer(partial(_answer, asked), release(counts, rule), provenance_of(before, after))


class _Moves(NamedTuple):
    """Two orders compared: of whom, in which groups, and over how many places people are counted."""

    population: str
    splits: tuple[Split, ...]
    steps: tuple[int, ...]


class _Asked(NamedTuple):
    """What the answer is about, none of it a number of people."""

    moves: _Moves
    named: str
    orders: str
    top: tuple[int, ...]
    per_week: float | None
    said: tuple[str, ...]  # to the team alone
    weights: tuple[tuple[str, str, _Moves], ...]

    @property
    def population(self) -> str:
        """Who is counted."""
        return self.moves.population


def _moves(both: pd.DataFrame, by: By | None, population: str, rule: Rule) -> tuple[_Moves, Counts]:
    """Count who moves up and down between two orders, in each group and by how many places."""
    lost = both["rank_after"].to_numpy(np.int64) - both["rank_before"].to_numpy(np.int64)
    splits, steps = splits_of(both, by, "displacement"), steps_of(np.abs(lost), rule)
    counts = asking(
        population,
        splits,
        {UP: lost < 0, DOWN: lost > 0, "stays": lost == 0},
        {UP: (-lost, steps), DOWN: (lost, steps)},
    )
    return _Moves(population, tuple(split.nameless for split in splits), steps), counts


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
    days = 7 / asked.per_week if asked.per_week else np.nan
    table = _table(asked.moves, released, days)
    alone = Cell(asked.population, event=_ALONE)
    per_week = (
        f"Days take {asked.per_week:g} people treated each week from each ranked group." if asked.per_week else ""
    )
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
    said = [
        lost,
        *asked.said,
        "Moving down means a later place than before.",
        left,
        per_week,
        bands,
        *notes_of(released),
    ]
    title = f"Who moves: {unstamped(asked.named)}"
    notes = (*filter(None, said), f"Orders compared: {asked.named}.")
    told = movement_said(table, released.rule.variance, asked.orders)
    findings, brief = (tuple(each[at] for each in told) for at in (0, 1))
    overlap, weights = _overlap(asked, released), _weights(asked, released, days)
    return Displacement(title, table, notes, findings, overlap=overlap, weights=weights, brief=brief)


def _weights(asked: _Asked, released: ReleasedCounts, days: float) -> pd.DataFrame:
    """Who moves because of each weight of the policy."""
    found = [_table(moves, released, days).assign(weight=name, kind=kind) for name, kind, moves in asked.weights]
    columns = ["weight", "kind", *_COLUMNS]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _table(moves: _Moves, released: ReleasedCounts, days: float) -> pd.DataFrame:
    """One row for everyone and for each group; ``days`` is how long one place takes."""
    rows = [row for split in moves.splits for row in _rows(split, moves, released, days)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _rows(split: Split, asked: _Moves, released: ReleasedCounts, days: float) -> list[tuple[object, ...]]:
    """One row for each group; of a group of which a count is hidden, only what is shown."""
    people = released.people(split.cells(asked.population)).ravel()
    ladders = [released.people(split.cells(asked.population, event, (-1, *asked.steps))) for event in (UP, DOWN)]
    marks = np.column_stack([released.marked(split.cells(asked.population, event)) for event in ("", UP, DOWN)])
    notes = row_notes(released.rule, marks)
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
