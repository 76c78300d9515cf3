"""`completeness`: what is not recorded, about whom, and how long the people waiting whose record is silent have waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait import charts as draw
from equiwait.answers.grouped_people import EVERYONE, whole
from equiwait.counts.waits import By, Groups, crossed, question_name, questions, refuse_persons
from equiwait.disclosure.rules import Rule, rule_named
from equiwait.errors import RefusedError
from equiwait.fields import FIELDS, REASONS
from equiwait.frames import from_any, need
from equiwait.results import Chart, Result, Units
from equiwait.rows.missing import flag_missing
from equiwait.statistics import banded_quantile, weekly_bands, wilson

__all__ = ["Completeness", "completeness"]

_COLUMNS = [
    "by", "group", "field", "reason", "n", "of", "share", "lower", "upper", "over_18_weeks", "over_52_weeks", "median_weeks",
    "suppressed", "note",
]  # fmt: skip
_FEWEST_FOR_MEDIAN = 50


@dataclass(frozen=True, eq=False, repr=False)
class Completeness(Result):
    """What is recorded and what is not: one row for each question, group, field and reason.

    ``n`` people of ``of`` have this ``reason`` (recorded, blank, not_stated, not_known, invalid); ``share`` with its
    Wilson interval; ``over_18_weeks``, ``over_52_weeks`` (shares) and ``median_weeks`` are the waits of those people.
    """

    section: ClassVar[str] = "missing"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("lower", "upper", "over_18_weeks", "over_52_weeks"), "percent"),
            "median_weeks": "weeks",
            **dict.fromkeys(REASONS, "people"),
        }
    )

    def charts(self) -> Sequence[Chart]:
        """Return stacked bars of what is not recorded: of every field for everyone, then by each question."""
        pairs = self.table[["by", "field"]].drop_duplicates()
        whole = [self._chart(EVERYONE, None)] if (pairs["by"] == EVERYONE).any() else []
        rest = pairs[pairs["by"] != EVERYONE].itertuples(index=False)
        return whole + [self._chart(str(pair.by), str(pair.field)) for pair in rest]

    def _chart(self, by: str, name: str | None) -> Chart:
        rows = self.table[(self.table["by"] == by) & (self.table["field"] == name if name else True)]
        wide = _wide(rows, "field" if name is None else "group")
        title = (
            "What is not recorded"
            if name is None
            else f"{_spoken(name).capitalize()} not recorded, by {by.replace('_', ' ')}"
        )
        chart = "not recorded" if name is None else f"{name} by {by}"
        shown = partial(draw.missing_bars, wide, group="group")
        words = draw.missing_words(wide, group="group")
        return Chart(chart, title, words, lambda ax: shown(ax=ax), wide, draw.size_for(len(wide)))


def _wide(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    """One row a bar: the people of each reason side by side, and all of them."""
    wide = rows.pivot(index=label, columns="reason", values="n").reindex(rows[label].unique())
    wide = wide.reindex(columns=list(REASONS)).reset_index(names="group").rename_axis(columns=None)
    counts = rows.drop_duplicates(label).set_index(label)["of"]
    wide["n"] = counts.reindex(wide["group"]).to_numpy()
    wide["group"] = [_spoken(str(group)) if group in FIELDS else group for group in wide["group"]]
    return wide


def completeness(
    waiting: pd.DataFrame, by: By | None = None, *, confidence: float = 0.95, suppression: str = "hes"
) -> Completeness:
    """Say what is recorded and what is not, for everyone and by any column, with the waits of each.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list, with the ``missing_…`` columns of `flag_missing`; without any, its default fields are flagged first.
    by : str, or sequence of str and tuples, optional
        Further questions: what is not recorded at which site, in which specialty, among whom.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule.

    Returns
    -------
    Completeness
        For every question, group and field a row for each reason: people, share with Wilson's interval, and their
        waits beside those of the recorded.

    Raises
    ------
    ColumnsError
        If a column is not in the list.
    RefusedError
        If the list has no field that could be flagged.

    Notes
    -----
    Counted are open pathways on the clock. Medians follow NHS England's rule and are withheld under 50 people.
    *Not stated* and *not known* are kept apart from blank and invalid cells.

    Examples
    --------
    >>> from equiwait.rows.intake import read_list
    >>> raw = pd.DataFrame({"clock_start": ["2026-04-01"] * 3 + ["2026-10-01"], "ethnicity": ["A", "Z", "", "B"]})
    >>> done = completeness(read_list(raw, snapshot="2026-10-31"), suppression="none")
    >>> done.table[["field", "reason", "n", "share", "over_18_weeks"]].head(3)
           field      reason    n  share  over_18_weeks
    0  ethnicity    recorded  2.0   0.50            0.5
    1  ethnicity       blank  1.0   0.25            1.0
    2  ethnicity  not_stated  1.0   0.25            1.0
    """
    waiting = from_any(waiting)
    need(waiting, ["scope", "days_waiting"], "completeness")
    rule = rule_named(suppression)
    flagged = waiting if any(str(name).startswith("missing_") for name in waiting.columns) else flag_missing(waiting)
    counted = flagged[(flagged["scope"] == "rtt_open").to_numpy()]
    names = [str(name).removeprefix("missing_") for name in counted.columns if str(name).startswith("missing_")]
    if not names:
        raise RefusedError(
            "The list has no column whose gaps could be counted.", todo="Call flag_missing(waiting, [...]) first."
        )
    asked = questions(by) if by is not None else []
    columns = [column for one in asked for column in one]
    need(waiting, columns, "completeness")
    refuse_persons(waiting, columns)
    days = counted["days_waiting"].to_numpy(dtype=np.int64)
    everyone = whole(len(counted))
    splits = [(EVERYONE, everyone), *((question_name(one), crossed(counted, one)) for one in asked)]
    tables = [
        _table(split, groups, name, counted, days, confidence, rule) for split, groups in splits for name in names
    ]
    table = pd.concat(tables, ignore_index=True)[_COLUMNS]
    return Completeness(
        "What is not recorded about whom", table, _notes(rule), _findings(table), suppression=suppression
    )


def _table(
    by: str, groups: Groups, name: str, counted: pd.DataFrame, days: NDArray[np.int64], confidence: float, rule: Rule
) -> pd.DataFrame:
    reason = pd.Categorical(counted[f"missing_{name}"], categories=list(REASONS)).codes
    shape = (len(groups.names), len(REASONS), int(days.max(initial=0)) + 1)
    cells = np.bincount(
        np.ravel_multi_index((groups.place, reason, days), shape), minlength=int(np.prod(shape))
    ).reshape(-1, shape[2])
    people = cells.sum(1)
    of = np.repeat(people.reshape(shape[:2]).sum(1), len(REASONS))
    n, whole = rule.release(people), rule.release(of)
    hidden = n.hidden | whole.hidden
    shown = np.minimum(np.where(hidden, np.nan, n.counts), whole.counts)
    share = wilson(shown, np.where(whole.hidden, np.nan, whole.counts), confidence=confidence)
    median = [
        round(float(banded_quantile(tally, 0.5)), 1) if tally.sum() >= _FEWEST_FOR_MEDIAN else np.nan
        for tally in weekly_bands(cells, bands=209)
    ]
    return pd.DataFrame({
        "by": by, "group": np.repeat(groups.names, len(REASONS)), "field": name, "reason": list(REASONS) * len(groups.names),
        "n": shown, "of": whole.counts, "share": share.value, "lower": share.lower, "upper": share.upper,
        "over_18_weeks": _share_over(cells, 126, hidden, rule), "over_52_weeks": _share_over(cells, 364, hidden, rule),
        "median_weeks": np.where(hidden, np.nan, median), "suppressed": hidden,
        "note": np.where(hidden, "hidden: 1 to 7 people", ""),
    })  # fmt: skip


def _share_over(cells: NDArray[np.int64], longest: int, hidden: NDArray[np.bool_], rule: Rule) -> NDArray[np.float64]:
    n, over = rule.release(cells.sum(1)), rule.release(cells[:, longest + 1 :].sum(1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(over.counts, n.counts) / n.counts
    return np.where(hidden | over.hidden, np.nan, share)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _notes(rule: Rule) -> tuple[str, ...]:
    return (
        "Blank, not stated (asked, and the person did not say), not known and invalid are four things with four remedies; "
        "none is filled in.",
        "Nobody's ethnicity is inferred.",
        rule.says,
    )


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    """For each field with gaps that may be shown: how much is not recorded, and how those people wait beside the rest."""
    sentences = []
    for name, rows in table[table["by"] == EVERYONE].groupby("field", sort=False):
        silent = rows[(rows["reason"] != "recorded") & (rows["n"] > 0)]
        recorded = rows[rows["reason"] == "recorded"].iloc[0]
        if len(silent) and recorded["of"] > 0:
            sentences.append(_finding(str(name), silent, recorded))
    return tuple(sentences)


def _finding(name: str, silent: pd.DataFrame, recorded: pd.Series) -> str:
    parts = ", ".join(f"{row.share:.1%} {_REASON_WORDS[str(row.reason)]}" for row in silent.itertuples())
    beside = silent.dropna(subset=["over_18_weeks"])
    waits = "; ".join(
        f"{row.over_18_weeks:.0%} of those {_REASON_WORDS[str(row.reason)]}" for row in beside.itertuples()
    )
    against = (
        f", against {recorded['over_18_weeks']:.0%} where it is recorded"
        if np.isfinite(recorded["over_18_weeks"])
        else ""
    )
    return f"{_spoken(name).capitalize()}: {parts}." + (f" Waiting over 18 weeks: {waits}{against}." if waits else "")


_REASON_WORDS = {"blank": "blank", "not_stated": "not stated", "not_known": "not known", "invalid": "invalid"}
