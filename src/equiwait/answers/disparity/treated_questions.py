"""One question about time to treatment, from flows to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.disparity.flows import Curves, Flow, shown_curves, weeks_shown, whole_question
from equiwait.answers.disparity.inequality_indices import Row, figures, indices
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.questions import Answered, Asked
from equiwait.answers.disparity.released_flows import (
    EVENTS,
    FEWEST_FOR_CURVES,
    Steps,
    flow_counts,
    grid_days,
    released_curves,
    released_flows,
    steps_of,
    within,
)
from equiwait.answers.disparity.released_question import asking, released_question
from equiwait.answers.disparity.source import Source
from equiwait.answers.disparity.time_to_treatment import (
    Found,
    Treated,
    adjusted_survival,
    became_of,
    mean_to_treatment,
    overall,
    quantile_of_treatment,
    still_waiting_after,
)
from equiwait.answers.named_groups import NamedGroups, noted
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Reference, reference_of
from equiwait.disclosure import Counts, ReleasedCounts, count

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
    def longest(self) -> int:
        """The last day that anybody was seen; under a rule that hides, of the next four weeks."""
        last = int(self.whole.treated.shape[-1]) - 1
        return last if self.asked.rule.exact else -(-last // 28) * 28

    @cached_property
    def days(self) -> tuple[int, ...]:
        """The days by which people are counted as treated, or as having left otherwise."""
        return tuple(sorted({each.days or self.longest for each in self.asked.measures}))

    @cached_property
    def steps(self) -> Steps:
        """The days within which people are counted, by event; where counts are exact, those of the measures alone."""
        if self.asked.rule.exact:
            return {event: self.days if event in EVENTS[:2] else () for event in EVENTS}
        return steps_of(self.whole, grid_days(self.longest), self.days, self.asked.rule)

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
        counts += flow_counts(groups, population, self.whole, self.steps)
        return counts + count(groups.everyone(population, _NO_REASON), self.unknown_exits)


_NO_REASON = "left, and why is not known"


def exact_treated(source: Source, columns: tuple[str, ...], asked: Asked) -> ExactTreated:
    """Return one question about time to treatment, while its counts are exact."""
    part, flow = whole_question(source.waits, columns, source.people(columns))
    reference = reference_of(part.name, part.groups, part.known, asked.given)
    return ExactTreated(part, flow, reference, asked, _unknown_exits(source.waits))


def treated_question(exact: ExactTreated, released: ReleasedCounts) -> TreatedQuestion:
    """Answer one question about time to treatment from its released counts, and its curves as they may be shown."""
    asked, reference, population, groups = exact.asked, exact.reference, exact.population, exact.groups
    question = released_question(released, exact.part, reference, [], population)
    part = replace(exact.part, spread=question.design_effect)
    if asked.rule.exact:
        whole = exact.whole
        curves = Curves.of(whole, part, reference)
    else:
        flows = released_flows(released, groups, population, exact.steps, max((exact.longest, *exact.days)))
        few = flows.hidden | ~(question.n >= FEWEST_FOR_CURVES)
        whole = flows.groups
        curves = released_curves(flows, reference, few, question.n, part.spread, asked.rule.variance)
    everybody = groups.cells(population)
    tables: list[pd.DataFrame] = []
    adjusted: list[pd.DataFrame] = []
    summary: list[Row] = []
    for measure in asked.measures:
        treated, left = (groups.cells(population, within(event, measure.days or exact.longest)) for event in EVENTS[:2])
        why = (
            noted(released, everybody, treated, whom="people treated"),
            noted(released, everybody, treated, left, whom="people treated or left otherwise"),
        )
        each = Treated(
            question, measure, curves, asked.confidence, released.people(treated), released.people(left), why
        )
        rows, values = _HOW[measure.kind](each)
        tables += [rows, *(became_of(each) if measure.is_share else [])]
        summary += _tests(each, values.hidden, whole, exact.flow, part, asked.within)
        summary += indices(question, values, asked.confidence) if measure.kind != "quantile" else []
        if measure.is_share and part.strata is not None and asked.rule.exact:
            adjusted.append(adjusted_survival(each, exact.flow, asked.within))
    weeks = weeks_shown(curves, None if asked.rule.exact else exact.steps[EVENTS[0]])
    return TreatedQuestion(
        Answered(part.name, pd.concat([*tables, *adjusted], ignore_index=True), summary, question.unknown),
        shown_curves(curves, question, weeks, asked.confidence),
        _share_unknown(exact, released),
    )


def _tests(each: Treated, hidden: np.ndarray, whole: Flow, flow: Flow, part: Question, within: str) -> list[Row]:
    known, method = part.known, "log-rank test of the whole curves, late entry, widened for repeated people"
    shown = known & ~hidden
    tested = [("overall_p", _with_strata(whole), method)]
    if part.strata is not None and each.question.rule.exact:
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


def _share_unknown(exact: ExactTreated, released: ReleasedCounts) -> float:
    """Of those who left, for how many why is not known; 0 where one of the numbers is hidden."""
    last = max((exact.longest, *exact.days))
    events = (_NO_REASON, *(within(event, last) for event in EVENTS[:2]))
    unknown, treated, left = (
        float(released.people(exact.groups.everyone(exact.population, event))) for event in events
    )
    gone = treated + left
    return min(unknown / gone, 1.0) if gone > 0 and unknown == unknown else 0.0


def _unknown_exits(waits: Waits) -> float:
    here = (waits.table["event"] == "unknown") & (waits.table["by"] == question_name(waits.about.by[0]))
    return float(waits.table.loc[here, "people"].sum())
