"""`adherence`: whether the suggested order was kept, for whom it was left, and whether the reasons were written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.disclosure import Rule, rule_named
from equiwait.errors import RefusedError
from equiwait.frames import need
from equiwait.movement.cells import Split, protected, splits_of
from equiwait.results import Result
from equiwait.waits import By

__all__ = ["Adherence", "adherence"]

_COLUMNS = [
    "by", "group", "people", "treated_in_turn", "treated_early_with_reason", "treated_early_without_reason", "passed_over",
    "share_of_treated_in_turn", "share_passed_over", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Adherence(Result):
    """The suggested order against who was treated: one row for each question and group.

    Of ``people`` with a place: treated in their turn; treated before their turn, with and without a recorded reason;
    passed over, whose turn it was; the rest had not had their turn.
    """

    section: ClassVar[str] = "movement"


def adherence(
    ordered: pd.DataFrame,
    treated: pd.DataFrame | Iterable[str],
    by: By | None = None,
    *,
    within: Sequence[str] = ("provider", "specialty"),
    suppression: str = "hes",
) -> Adherence:
    """Compare the suggested order with who was in fact treated or booked.

    Parameters
    ----------
    ordered : DataFrame
        A list as `score` returned it at the start of the period.
    treated : DataFrame, or iterable of str
        The people treated or booked since, by ``pathway_id``; a frame may give ``override_reason`` as well.
    by : str, or sequence of str and tuples, optional
        Groups to look at, from columns of ``ordered``.
    within : sequence of str
        The columns that the list was ranked within; those that it lacks are passed over.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Adherence
        One row for everyone and for each group.

    Raises
    ------
    ColumnsError
        If the list has not been scored, or lacks a column of ``by``.
    RefusedError
        If nobody on the list has a place, or nobody with a place was treated.

    Notes
    -----
    In each ranked group as many turns have come as people were treated from it: with m treated, the first m places.
    A score that exists is not a score that is used: Catalonia's had almost no tie with the order of operations.
    Treated people without a place (booked already, listed apart) are counted in the notes only.

    Examples
    --------
    >>> ordered = pd.DataFrame({"pathway_id": list("abcd"), "rank": [1, 2, 3, 4]})
    >>> adherence(ordered, ["a", "d"], suppression="none").table[["treated_in_turn", "passed_over"]]
       treated_in_turn  passed_over
    0              1.0          1.0
    """
    need(ordered, ["pathway_id", "rank"], "adherence")
    rule = rule_named(suppression)
    reasons = _reasons(treated)
    placed = ordered[ordered["rank"].notna().to_numpy()]
    done = placed["pathway_id"].isin(reasons.index).to_numpy()
    if not done.any():
        raise RefusedError(
            "Nobody with a place on the list is among the treated.",
            f"{len(placed)} people with a place, {len(reasons)} treated.",
            "Give pathway_id as it stands on the list.",
        )
    reasoned = placed["pathway_id"].map(reasons.groupby(level=0).any()).eq(True).to_numpy()
    turn = placed["rank"].to_numpy(np.int64) <= _turns(placed, done, within)
    kind = np.select([done & turn, done & reasoned, done, turn], [0, 1, 2, 3], 4)
    rows = [row for split in splits_of(placed, by) for row in _rows(split, kind, rule)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    outside = len(reasons.index.unique()) - int(placed.loc[done, "pathway_id"].nunique())
    return Adherence(
        "Was the suggested order kept?", table, _notes(rule, outside), _findings(table), suppression=suppression
    )


def _reasons(treated: pd.DataFrame | Iterable[str]) -> pd.Series[bool]:
    """Return whether a reason is recorded, by pathway."""
    if isinstance(treated, pd.DataFrame):
        need(treated, ["pathway_id"], "adherence")
        given = (
            treated["override_reason"]
            if "override_reason" in treated.columns
            else pd.Series(None, treated.index, object)
        )
        said = given.astype("string").str.strip().fillna("") != ""
        return pd.Series(said.to_numpy(bool), index=pd.Index(treated["pathway_id"]))
    named = pd.Index(list(treated))
    return pd.Series([False] * len(named), index=named, dtype=bool)


def _turns(placed: pd.DataFrame, done: NDArray[np.bool_], within: Sequence[str]) -> NDArray[np.int64]:
    """Return for each row how many turns have come in its ranked group."""
    columns = [name for name in within if name in placed.columns]
    if not columns:
        return np.full(len(placed), int(done.sum()), np.int64)
    keys = [placed[name].astype(object).where(placed[name].notna(), None) for name in columns]
    group = pd.MultiIndex.from_arrays(keys).factorize(use_na_sentinel=False)[0]
    return np.asarray(np.bincount(group, weights=done).astype(np.int64)[group])


def _rows(split: Split, kind: NDArray[np.int64], rule: Rule) -> list[tuple[object, ...]]:
    by, names, place = split
    parts = np.bincount(place * 5 + kind, minlength=5 * len(names)).reshape(-1, 5)
    shown = protected(parts.sum(axis=1), parts[:, :4], rule)
    rows: list[tuple[object, ...]] = []
    for at, name in enumerate(names):
        in_turn, reasoned, bare, passed = shown.parts[at].tolist()
        treated, due = in_turn + reasoned + bare, in_turn + passed
        shares = (in_turn / treated if treated else np.nan, passed / due if due else np.nan)
        note = "some numbers hidden, so that small ones cannot be worked out" if shown.hidden[at] else ""
        people = float(shown.people[at])
        rows.append((by, name, people, in_turn, reasoned, bare, passed, *shares, bool(shown.hidden[at]), note))
    return rows


def _notes(rule: Rule, outside: int) -> tuple[str, ...]:
    left = f"{rule.text(outside)} treated people had no place on this list, and are not counted." if outside else ""
    turn = "A turn has come when as many people were treated from the ranked group as the place says."
    return tuple(
        filter(None, [turn, "A reason to leave the order is a good thing when it is written down.", left, rule.says])
    )


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    said = []
    whole = table.iloc[0]
    if pd.notna(whole["share_of_treated_in_turn"]):
        said.append(f"{whole['share_of_treated_in_turn']:.0%} of people treated were treated in their turn.")
    for by in table["by"].unique()[1:]:
        rows = table[(table["by"] == by) & table["share_passed_over"].notna()]
        if len(rows) > 1:
            most = rows.loc[rows["share_passed_over"].idxmax()]
            said.append(
                f"By {by.replace('_', ' ')}: being passed over is most common among {most['group']} "
                f"({most['share_passed_over']:.0%} of those whose turn had come)."
            )
    return tuple(said)
