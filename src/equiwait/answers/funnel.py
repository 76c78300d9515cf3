"""`funnel`: which trust, site or specialty stands out, beyond chance and beyond how much such places ordinarily vary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.common_notes import are_repeated
from equiwait.answers.disparity.measures import Measure, gap_unit, measure_named, value_unit
from equiwait.answers.disparity.question_counts import Question, question_of
from equiwait.answers.disparity.released_question import ReleasedQuestion, asking, released_question
from equiwait.answers.disparity.source import source_of
from equiwait.counts.waits import About, By, Waits
from equiwait.counts.waits.references import Reference, reference_of
from equiwait.counts.waits.wording import SEVERAL_PATHWAYS, spoken
from equiwait.disclosure import ReleasedCounts, Rule, release, rule_named
from equiwait.errors import OptionError, RefusedError, listed
from equiwait.results import Chart, Result, Units, answered
from equiwait.statistics import share_funnel
from equiwait.units import printed

__all__ = ["Funnelled", "funnel"]

_COLUMNS = [
    "estimand", "measure", "by", "group", "n", "n_people", "events", "value", "target", "lower", "upper", "outer_lower",
    "outer_upper", "position", "method", "suppressed", "note",
]  # fmt: skip
_FEWEST = 3
_METHOD = "funnel on the scale arcsin √p; limits 95% and 99.8%, widened for overdispersion (τ², winsorised)"
_SAYS = {2: "far above", 1: "above", 0: "within", -1: "below", -2: "far below"}


@dataclass(frozen=True, eq=False, repr=False)
class Funnelled(Result):
    """A share of each place against that of all, within the limits of chance and ordinary variation.

    ``position`` says where it lies: *far above* and *far below* are outside the 99.8% limits, *above* and *below* outside
    the 95% ones.
    """

    section: ClassVar[str] = "gaps"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("value", "target", "lower", "upper", "outer_lower", "outer_upper"), value_unit),
            "difference": gap_unit,
            "position": "text",
        }
    )

    phi: float = field(default=float("nan"), kw_only=True)
    """How many times as much places vary as chance alone would have them: 1 for chance alone."""

    def charts(self) -> Sequence[Chart]:
        """Return each place's share within its limits."""
        rows = self.table
        label = f"Share {measure_named(str(rows['measure'].iloc[0])).words(str(rows['estimand'].iloc[0]))}"
        shown = partial(draw.funnel_plot, rows, label=label)
        return [
            Chart(
                "funnel",
                self.title,
                draw.funnel_words(rows),
                lambda ax: shown(ax=ax),
                rows[["group", "n", "value", "lower", "upper", "position"]],
                (7.2, 4.6),
                partial(draw.funnel_html, rows, label=label),
            )
        ]


def funnel(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By = "provider",
    *,
    measure: str = "over_52_weeks",
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    suppression: str | Rule = "hes",
) -> Funnelled:
    """Say which of us stands out: the share of each trust, site or specialty within the limits of a funnel.

    Parameters
    ----------
    waiting_or_waits : pandas.DataFrame or Waits
        A list (from `read_list`), or counts.
    by : str or tuple
        The places, one question: ``"provider"``, ``"site"``, ``"specialty"``, ``("provider", "specialty")``.
    measure : str
        ``over_N_weeks``.
    estimand, window
        ``"still_waiting"`` or ``"completed"``, as in `disparities`.
    suppression : str or Rule
        The small-number rule.

    Returns
    -------
    Funnelled
        One row for each place; ``position`` is where it lies, ``phi`` how much places vary beyond chance.

    Raises
    ------
    OptionError
        If the measure is not a share over so many weeks, or more than one question is asked.
    RefusedError
        If fewer than three places can be shown.

    Notes
    -----
    `equiwait.statistics.share_funnel`: limits around the share of all, widened by how much places vary beyond chance
    (Spiegelhalter 2005, 2012), so that an ordinary place is not called out for the variation that all share. A funnel
    says who stands out; it does not say why, and case mix differs: compare like with like by crossing with the specialty.

    Examples
    --------
    >>> over = [30, 33, 28, 31, 60, 29, 32, 30, 34, 27]
    >>> days = np.concatenate([np.repeat([400, 50], [x, 100 - x]) for x in over])
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "provider": np.repeat(list("ABCDEFGHIJ"), 100)})
    >>> found = funnel(waiting)
    >>> found.table.loc[found.table["position"] != "within", "group"].tolist()
    ['E']
    """
    what = measure_named(measure)
    if not what.is_share:
        raise OptionError(f"A funnel is of shares, and {measure!r} is none.", todo="Use over_N_weeks.")
    source = source_of(waiting_or_waits, by, (), estimand, window)
    about = source.waits.about
    if len(about.by) > 1 or about.estimand == "time_to_treatment":
        raise OptionError("A funnel is of one question about waits so far or ended waits.", todo='Use by="provider".')
    source.waits.refuse_unless_band(what.days + 1)
    columns = about.by[0]
    part = question_of(source.waits, columns, source.people(columns), what.weeks, None)
    reference = reference_of(part.name, part.groups, part.known, "rest")
    rule = rule_named(suppression if about.suppression == "none" else about.suppression)
    released = release(asking(part, [what], about.population, rule) + source.also_told, rule)
    again = partial(_answer, part, reference, what, replace(about, excluded={}))
    return answered(again, released)


def _answer(
    part: Question, reference: Reference, measure: Measure, about: About, released: ReleasedCounts
) -> Funnelled:
    question = released_question(released, part, reference, [measure], about.population)
    own = question.own(measure.weeks)
    rows = own.there & question.known
    if rows.sum() < _FEWEST:
        raise RefusedError(
            f"Fewer than three groups of {question.name} can be shown: a funnel needs places to compare.",
            todo="Ask by something with more groups, or with suppression='none' for the team.",
        )
    x, n = own.effective(rows)
    found = share_funnel(x, n)
    ends = {
        name: _among(rows, getattr(found, name))
        for name in ("value", "lower", "upper", "outer_lower", "outer_upper", "position")
    }
    place = [_SAYS[int(at)] if np.isfinite(at) else "" for at in ends.pop("position")]
    hidden = np.isnan(own.events)
    table = pd.DataFrame({
        "estimand": about.estimand, "measure": measure.name, "by": question.name, "group": list(question.groups), "n": question.n,
        "n_people": question.n_people, "events": own.events, "target": float(found.target), **ends, "position": place,
        "method": _METHOD, "suppressed": hidden,
        "note": np.where(hidden, "hidden by the small-number rule", np.where(question.known, "", "not recorded: not in the funnel")),
    })[_COLUMNS]  # fmt: skip
    phi = float(found.phi)
    return Funnelled(
        f"{measure.words(about.estimand).capitalize()}, by {spoken(question.name)}",
        table,
        _notes(phi, question, are_repeated(released)),
        _findings(table, measure, about.estimand),
        suppression=question.rule.name,
        phi=phi,
    )


def _among(rows: np.ndarray, values: Any) -> np.ndarray:
    every = np.full(len(rows), np.nan)
    every[rows] = values
    return every


def _notes(phi: float, question: ReleasedQuestion, repeated: bool) -> tuple[str, ...]:
    varied = (
        f"These places vary {phi:.1f} times as much as chance alone would have them (φ); the limits are widened for that."
        if phi > 1
        else "These places vary no more than chance alone would have them."
    )
    return tuple(filter(None, (
        varied, "A funnel says who stands out, not why: case mix differs, and so do referrals.",
        SEVERAL_PATHWAYS if repeated else "", question.rule.says,
    )))  # fmt: skip


def _findings(table: pd.DataFrame, measure: Measure, estimand: str) -> tuple[str, ...]:
    """Every place outside the 99.8% limits is named, the longest waits first; else that none is."""
    target = printed(float(table["target"].iloc[0]), "percent")
    lead = f"By {spoken(str(table['by'].iloc[0]))}, {measure.words(estimand)}, against {target} of all"
    said = []
    for position, words in (("far above", "longer"), ("far below", "shorter")):
        rows = table[table["position"] == position].sort_values("value", ascending=False, kind="stable")
        if len(rows):
            named = listed(
                (f"{row['group']} ({printed(float(row['value']), 'percent')})" for _, row in rows.iterrows()), 30
            )
            said.append(
                f"{lead}: {words} waits among people at {named}, beyond chance and ordinary variation (99.8% limits)."
            )
    shown = int(table["value"].notna().sum())
    return tuple(said) or (
        f"{lead}: none of the {shown} shown lies outside the 99.8% limits of chance and ordinary variation.",
    )
