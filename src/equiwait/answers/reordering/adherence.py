"""`adherence`: whether the suggested order was kept, for whom it was left, and whether the reasons were written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.reordering.group_counts import (
    EVERYONE,
    NOWHERE,
    Split,
    asking,
    compared,
    nowhere,
    nowhere_said,
    of_those_shown,
    share_ends,
    splits_of,
)
from equiwait.answers.reordering.override_reasons import REASON_COLUMNS, reason_rows
from equiwait.answers.reordering.paired_orders import policy_of
from equiwait.counts.waits import By
from equiwait.counts.waits.wording import spoken
from equiwait.derived import list_from
from equiwait.disclosure import Cell, ReleasedCounts, count, in_words, notes_of, release, row_notes, rule_named
from equiwait.disclosure.cells import SHOWN
from equiwait.errors import RefusedError, listed
from equiwait.frames import need, snapshot_of
from equiwait.results import Chart, Result, Units, answered, provenance_of
from equiwait.rows.intake.identifiers import as_listed

__all__ = ["Adherence", "adherence"]

_COLUMNS = [
    "by", "group", "people", "treated_in_turn", "treated_early_with_reason", "treated_early_without_reason", "passed_over",
    "share_of_treated_in_turn", "share_in_turn_lower", "share_in_turn_upper", "share_passed_over", "share_passed_over_lower",
    "share_passed_over_upper", "suppressed", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Adherence(Result):
    """The suggested order against who was treated: one row for each question and group.

    Of ``people`` with a place: treated in their turn; treated before their turn, with and without a recorded reason;
    passed over, whose turn it was; the rest had not had their turn. ``reasons`` says in which words, and how often, the
    reasons of those treated early were given, one row for each question, group and reason: in-team only.
    """

    section: ClassVar[str] = "movement"
    wider: ClassVar[str] = (
        "for about three months of people treated (a group of which {few} are treated in a month is then shown)"
    )
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(
                ("treated_in_turn", "treated_early_with_reason", "treated_early_without_reason", "passed_over"),
                "people",
            ),
            **dict.fromkeys(("share_of_treated_in_turn", "share_in_turn_lower", "share_in_turn_upper"), "percent"),
            **dict.fromkeys(("share_passed_over", "share_passed_over_lower", "share_passed_over_upper"), "percent"),
        }
    )

    reasons: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)

    def charts(self) -> Sequence[Chart]:
        """Return for each question who was treated in turn and who was passed over; then the reasons, if any was given."""
        asked = list(self.table["by"].unique())
        found = [self._chart(str(by)) for by in (asked[1:] or asked)]
        rows = self.reasons[self.reasons["by"] == EVERYONE] if len(self.reasons) else self.reasons
        return [*found, self._reasons_chart(rows)] if len(rows) else found

    def _chart(self, by: str) -> Chart:
        rows = self.table[self.table["by"] == by].reset_index(drop=True)
        rows["suppressed"] = (
            rows[["share_of_treated_in_turn", "share_passed_over"]].isna().any(axis=1) & rows["suppressed"]
        )
        title = f"Was the suggested order kept? By {spoken(by)}" if by != EVERYONE else self.title
        how: dict[str, Any] = {
            "first": "share_of_treated_in_turn", "second": "share_passed_over", "n": "people", "first_label": "treated in turn",
            "second_label": "passed over", "words": ("in turn", "passed over"), "note": "", "hidden": "hidden",
            "label": "Share of those treated, and of those whose turn had come",
        }  # fmt: skip
        shown, page = partial(draw.dumbbell_plot, rows, **how), partial(draw.dumbbell_html, rows, **how)

        def lacking(row: Mapping[Any, Any]) -> str:
            return "hidden" if row["suppressed"] else "no figure"

        words = ". ".join(
            f"{row['group']}: {draw.in_units(row['share_of_treated_in_turn']) or lacking(row)} of those treated, in their turn; "
            f"{draw.in_units(row['share_passed_over']) or lacking(row)} of those whose turn had come, passed over"
            for row in rows.to_dict("records")
        )
        return Chart(f"kept by {by}", title, words, lambda ax: shown(ax=ax), rows, draw.size_for(len(rows)), page)

    def _reasons_chart(self, rows: pd.DataFrame) -> Chart:
        how: dict[str, Any] = {"group": "reason", "value": "people", "unit": "people"}
        shown, page = partial(draw.bars, rows, **how), partial(draw.bars_html, rows, **how)
        words = draw.interval_words(rows, group="reason", value="people", unit="people")
        title = "Why people were treated before their turn"
        return Chart("reasons", title, words, lambda ax: shown(ax=ax), rows, draw.size_for(len(rows)), page)


def adherence(
    ordered: pd.DataFrame,
    treated: pd.DataFrame | Iterable[str],
    by: By | None = None,
    *,
    within: Sequence[str] = ("provider", "specialty"),
    overrides: pd.DataFrame | None = None,
    suppression: str = "hes",
) -> Adherence:
    """Compare the suggested order with who was in fact treated or booked.

    Parameters
    ----------
    ordered : DataFrame
        A list as `score` returned it at the start of the period.
    treated : DataFrame, or iterable of str
        The people treated or booked since, by ``pathway_id``; a frame may give ``override_reason`` as well, in the
        words of those who decided. They are shown in the in-team answer alone. See ``overrides`` too.
    by : str, or sequence of str and tuples, optional
        Groups to look at, from columns of ``ordered``.
    within : sequence of str
        The columns that the list was ranked within; those that it lacks are passed over.
    overrides : DataFrame, optional
        Overrides as `record_override` keeps them: the reasons of those who were treated early.
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
        If nobody on the list has a place, nobody with a place was treated, or the list was not ranked within ``within`` (people
        have a place beyond their group, or more stand first than there are groups).

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
    ordered = list_from(ordered, ordered=True)
    need(ordered, ["pathway_id", "rank"], "adherence")
    rule = rule_named(suppression)
    reasons = _reasons(treated)
    placed = ordered[ordered["rank"].notna().to_numpy()]
    reasons = reasons.set_axis(pd.Index(as_listed(reasons.index, placed["pathway_id"]), name=reasons.index.name))
    done = placed["pathway_id"].isin(reasons.index).to_numpy()
    if not done.any():
        raise RefusedError(
            "Nobody with a place on the list is among the treated.",
            f"{len(placed)} people with a place, {len(reasons)} treated.",
            "Give pathway_id as it stands on the list.",
        )
    first = _with_overrides(reasons, overrides).groupby(level=0).first()
    given = np.array([first.get(each, "") for each in placed["pathway_id"]], object)
    reasoned = given != ""
    turn = placed["rank"].to_numpy(np.int64) <= _turns(placed, done, within)
    kind = np.select([done & turn, done & reasoned, done, turn], [0, 1, 2, 3], 4)
    splits = splits_of(placed, by, "adherence")
    outside = len(reasons.index.unique()) - int(placed.loc[done, "pathway_id"].nunique())
    policy = policy_of(ordered) if "policy" in ordered.columns else ""
    population = f"placed, then treated or not, {policy} {snapshot_of(ordered)}".strip()
    why = np.where(kind == 1, given, "").astype(str)
    reasons_given = reason_rows(splits, why) if rule.exact else []
    asked = _Asked(population, tuple(split.nameless for split in splits), policy, tuple(reasons_given))
    counts = asking(population, splits, {event: kind == place for place, event in enumerate(_KINDS)})
    counts += count(Cell(population, event=_OUTSIDE), outside)
    counts += count(Cell(population, event=_SHARING), _sharing(placed, within))
    counts += count(Cell(population, event=NOWHERE), nowhere(ordered))
    return answered(partial(_answer, asked), release(counts, rule), provenance_of(ordered))


_KINDS = ("treated in turn", "treated early, reason recorded", "treated early, no reason", "passed over", "not yet due")
_OUTSIDE, _SHARING = "treated without a place", "sharing a place"


class _Asked(NamedTuple):
    """What the answer is about, none of it a number of people; reasons are in people's own words, for the team alone."""

    population: str
    splits: tuple[Split, ...]
    policy: str
    reasons: tuple[tuple[object, ...], ...]


def _answer(asked: _Asked, released: ReleasedCounts) -> Adherence:
    table = pd.DataFrame([row for split in asked.splits for row in _rows(split, asked, released)], columns=_COLUMNS)
    return Adherence(
        "Was the suggested order kept?",
        table,
        _notes(asked, released),
        _findings(table, released.rule.variance),
        reasons=pd.DataFrame(list(asked.reasons), columns=REASON_COLUMNS),
    )


def _reasons(treated: pd.DataFrame | Iterable[str]) -> pd.Series[str]:
    """Return the recorded reason, or nothing, by pathway."""
    if isinstance(treated, pd.DataFrame):
        need(treated, ["pathway_id"], "adherence")
        given = (
            treated["override_reason"]
            if "override_reason" in treated.columns
            else pd.Series(None, treated.index, object)
        )
        said = given.astype("string").str.split().str.join(" ").fillna("")
        return pd.Series(said.to_numpy(str).astype(object), index=pd.Index(treated["pathway_id"]))
    named = pd.Index(list(treated))
    return pd.Series([""] * len(named), index=named, dtype=object)


def _with_overrides(reasons: pd.Series[str], overrides: pd.DataFrame | None) -> pd.Series[str]:
    """Return every reason that is written down, by pathway: those beside the treated first, then the overrides."""
    written: pd.Series[str] = reasons[reasons != ""]
    if overrides is None or overrides.empty:
        return written
    need(overrides, ["pathway_id", "reason"], "adherence(overrides=)")
    kept = pd.Series(overrides["reason"].astype(str).to_numpy(object), index=pd.Index(overrides["pathway_id"]))
    both: pd.Series[str] = pd.concat([written, kept])
    return both


def _turns(placed: pd.DataFrame, done: NDArray[np.bool_], within: Sequence[str]) -> NDArray[np.int64]:
    """Return for each row how many turns have come in its ranked group."""
    group, columns = _ranked_groups(placed, within)
    people, rank = np.bincount(group), placed["rank"].to_numpy(np.int64)
    beyond, first = int((rank > people[group]).sum()), int((rank == 1).sum())
    if beyond or first > len(people):
        far = f"{beyond} people have a place beyond the number of people in their group."
        several = f"{first} people stand first, in {len(people)} group{'s' * (len(people) != 1)}."
        raise RefusedError(
            f"The list was not ranked {f'within {listed(columns)}' if columns else 'as a whole'}, or it is not all there.",
            far if beyond else several,
            "Give within= as the list was ranked, within=[] for a list ranked as a whole, and every row of it.",
        )
    return np.asarray(np.bincount(group, weights=done).astype(np.int64)[group])


def _ranked_groups(placed: pd.DataFrame, within: Sequence[str]) -> tuple[NDArray[np.intp], list[str]]:
    columns = [name for name in within if name in placed.columns]
    if not columns:
        return np.zeros(len(placed), np.intp), columns
    keys = [placed[name].astype(object).where(placed[name].notna(), None) for name in columns]
    return pd.MultiIndex.from_arrays(keys).factorize(use_na_sentinel=False)[0], columns


def _sharing(placed: pd.DataFrame, within: Sequence[str]) -> int:
    """How many people hold a place that somebody else of their group holds: hardly anyone, if it is the group that was ranked."""
    held = pd.DataFrame({"group": _ranked_groups(placed, within)[0], "rank": placed["rank"].to_numpy(np.int64)})
    return int(held.duplicated(keep=False).sum())


def _rows(split: Split, asked: _Asked, released: ReleasedCounts) -> list[tuple[object, ...]]:
    cells = [split.cells(asked.population, event).ravel() for event in ("", *_KINDS[:4])]
    people, *parts = (released.people(each) for each in cells)
    marks = np.column_stack([released.marked(each) for each in cells])
    notes = row_notes(released.rule, marks)
    rows: list[tuple[object, ...]] = []
    for at, name in enumerate(split.groups):
        in_turn, reasoned, bare, passed = (float(each[at]) for each in parts)
        treated, due = in_turn + reasoned + bare, in_turn + passed
        shares = (
            in_turn / treated if treated else np.nan,
            *share_ends(in_turn, treated, 3 * released.rule.variance),
            passed / due if due else np.nan,
            *share_ends(passed, due, 2 * released.rule.variance),
        )
        hidden = bool((marks[at] != SHOWN).any())
        rows.append((split.by, name, float(people[at]), in_turn, reasoned, bare, passed, *shares, hidden, notes[at]))
    return rows


def _notes(asked: _Asked, released: ReleasedCounts) -> tuple[str, ...]:
    sharing, outside = (Cell(asked.population, event=event) for event in (_SHARING, _OUTSIDE))
    shared = (
        f"{in_words(released, sharing)} people share a place with another of their group: if the list was ranked within "
        "columns, name them in within=."
    )
    left = f"{in_words(released, outside)} treated people had no place on this list, and are not counted."
    words = "" if released.rule.exact else "The reasons are in people's own words: only the in-team answer shows them."
    return tuple(
        filter(
            None,
            [
                nowhere_said(released, Cell(asked.population, event=NOWHERE)),
                "A turn has come when as many people were treated from the ranked group as the place says.",
                "A reason to leave the order is a good thing when it is written down.",
                shared if released.people(sharing) != 0 else "",
                left if released.people(outside) != 0 else "",
                words,
                f"Policy: {asked.policy}." if asked.policy else "",
                *notes_of(released),
            ],
        )
    )


def _findings(table: pd.DataFrame, rounding: float) -> tuple[str, ...]:
    said = []
    whole = table.iloc[0]
    if pd.notna(whole["share_of_treated_in_turn"]):
        ends = f"{whole['share_in_turn_lower']:.0%} to {whole['share_in_turn_upper']:.0%}"
        said.append(
            f"{whole['share_of_treated_in_turn']:.0%} of people treated were treated in their turn ({ends} in lists like this one)."
        )
    whole = whole.copy()
    whole["due"] = whole["treated_in_turn"] + whole["passed_over"]
    for by in table["by"].unique()[1:]:
        every = table[table["by"] == by]
        rows = every.assign(due=every["treated_in_turn"] + every["passed_over"])
        words = compared(rows, whole, "passed_over", "due", "being passed over", 2 * rounding)
        if words:
            shown = of_those_shown(every[["people", "treated_in_turn", "passed_over"]])
            said.append(f"By {spoken(by)}{shown}, of those whose turn had come: {words}.")
    return tuple(said)
