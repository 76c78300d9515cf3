"""One question about time to treatment, from flows to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.disparity.flows import Curves, Flow, at_risk, shown_curves, weeks_shown, whole_question
from equiwait.answers.disparity.inequality_indices import Row, figures, indices
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.questions import Answered, Asked
from equiwait.answers.disparity.released_question import asking, released_question
from equiwait.answers.disparity.source import Source
from equiwait.answers.disparity.time_to_treatment import (
    Found,
    Treated,
    adjusted_survival,
    became_of,
    last_day,
    mean_to_treatment,
    overall,
    quantile_of_treatment,
    still_waiting_after,
)
from equiwait.answers.named_groups import NamedGroups, noted
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Reference, reference_of
from equiwait.disclosure import Counts, ReleasedCounts

_HOW: dict[str, Callable[[Treated], Found]] = {
    "over": still_waiting_after,
    "mean_within": mean_to_treatment,
    "quantile": quantile_of_treatment,
}


class TreatedQuestion(NamedTuple):
    """The answer to a question, its curves, and the share of those who left for a reason that is not known."""

    answer: Answered
    curves: pd.DataFrame
    unknown_exits: float


@dataclass(frozen=True)
class ExactTreated:
    """One question about time to treatment while its counts are exact: what asks to be released, and its flows."""

    part: Question
    flow: Flow
    reference: Reference
    asked: Asked
    unknown_exits: float

    @cached_property
    def whole(self) -> Flow:
        """The flow of all strata together."""
        return self.flow.summed()

    @cached_property
    def curves(self) -> Curves:
        """The curves before anything is widened for repeated people."""
        return Curves.of(self.whole, self.part, self.reference)

    @cached_property
    def days(self) -> tuple[int, ...]:
        """The days by which people are counted as treated, or as having left otherwise."""
        return tuple(sorted({last_day(each, self.curves) for each in self.asked.measures}))

    @property
    def groups(self) -> NamedGroups:
        """Its groups by name."""
        known = tuple(self.part.known.tolist())
        return NamedGroups(self.part.name, self.part.columns, tuple(self.part.groups), known)

    @property
    def population(self) -> str:
        """The name of the people counted."""
        return self.asked.population(self.part.name)

    @property
    def counts(self) -> Counts:
        """The counts that ask to be released."""
        groups, population = self.groups, self.population
        counts = asking(self.part, [], population, self.asked.rule)
        for event, flow in ((TREATED, self.whole.treated), (LEFT, self.whole.otherwise)):
            gone = [flow[..., : day + 1].sum(-1) for day in self.days]
            for day, people in zip(self.days, gone, strict=True):
                counts += Counts(tuple(groups.cells(population, event.format(day))), people)  # no total is shown
        for week, people in zip(weeks_shown(self.curves), at_risk(self.curves).T, strict=True):
            counts += Counts(tuple(groups.cells(population, _AT_RISK.format(week))), people)
        return counts


TREATED, LEFT, _AT_RISK = "treated within {} days", "left otherwise within {} days", "at risk at week {}"


def exact_treated(source: Source, columns: tuple[str, ...], asked: Asked) -> ExactTreated:
    """Return one question about time to treatment, while its counts are exact."""
    part, flow = whole_question(source.waits, columns, source.people(columns))
    gone = flow.treated.sum() + flow.otherwise.sum()
    reference = reference_of(part.name, part.groups, part.known, asked.given)
    return ExactTreated(part, flow, reference, asked, _unknown_exits(source.waits) / max(gone, 1.0))


def treated_question(exact: ExactTreated, released: ReleasedCounts) -> TreatedQuestion:
    """Answer one question about time to treatment from its released counts, and its curves as they may be shown."""
    asked, reference, population, groups = exact.asked, exact.reference, exact.population, exact.groups
    question = released_question(released, exact.part, reference, [], population)
    part = replace(exact.part, spread=question.design_effect)
    curves = Curves.of(exact.whole, part, reference)
    everybody = groups.cells(population)
    tables: list[pd.DataFrame] = []
    adjusted: list[pd.DataFrame] = []
    summary: list[Row] = []
    for measure in asked.measures:
        treated, left = (groups.cells(population, event.format(last_day(measure, curves))) for event in (TREATED, LEFT))
        why = (
            noted(released, everybody, treated, whom="people treated"),
            noted(released, everybody, treated, left, whom="people treated or left otherwise"),
        )
        each = Treated(
            question, measure, curves, asked.confidence, released.people(treated), released.people(left), why
        )
        rows, values = _HOW[measure.kind](each)
        tables += [rows, *(became_of(each) if measure.is_share else [])]
        summary += _tests(each, values.hidden, exact.whole, exact.flow, part, asked.within)
        summary += indices(question, values, asked.confidence) if measure.kind != "quantile" else []
        if measure.is_share and part.strata is not None:
            adjusted.append(adjusted_survival(each, exact.flow, asked.within))
    there = [released.people(groups.cells(population, _AT_RISK.format(week))) for week in weeks_shown(curves)]
    return TreatedQuestion(
        Answered(part.name, pd.concat([*tables, *adjusted], ignore_index=True), summary, question.unknown),
        shown_curves(curves, question, np.stack(there, axis=1), asked.confidence),
        exact.unknown_exits,
    )


def _tests(each: Treated, hidden: np.ndarray, whole: Flow, flow: Flow, part: Question, within: str) -> list[Row]:
    known, method = part.known, "log-rank test of the whole curves, late entry, widened for repeated people"
    shown = known & ~hidden
    tested = [("overall_p", _with_strata(whole), method)]
    if part.strata is not None:
        tested.append(("overall_p_within", flow, f"{method}, within {within}"))
    rows: list[Row] = []
    for index, counts, how in tested:
        p = figures(overall(counts, shown, part.spread), None if each.question.rule.exact else 3)
        unseen = int(known.sum() - shown.sum())
        note = "p-value; groups not recorded are left out" + (f"; {unseen} hidden or withheld" if unseen else "")
        rows.append((each.measure.name, part.name, index, p, np.nan, np.nan, how, note))
    return rows


def _with_strata(flow: Flow) -> Flow:
    """A flow with an axis of strata, of one if it has none."""
    if flow.treated.ndim == 3:
        return flow
    return Flow(*(part[:, None] for part in (flow.treated, flow.otherwise, flow.still, flow.entered)))


def _unknown_exits(waits: Waits) -> float:
    here = (waits.table["event"] == "unknown") & (waits.table["by"] == question_name(waits.about.by[0]))
    return float(waits.table.loc[here, "people"].sum())
