"""One question about time to treatment, from flows to an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.disparity.flows import Curves, Flow, shown_curves, whole_question
from equiwait.answers.disparity.inequality_indices import Row, figures, indices
from equiwait.answers.disparity.question_counts import Question
from equiwait.answers.disparity.questions import Answered, Asked
from equiwait.answers.disparity.released_question import ReleasedQuestion
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
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Reference, reference_of

_HOW: dict[str, Callable[[Treated], Found]] = {
    "over": still_waiting_after, "mean_within": mean_to_treatment, "quantile": quantile_of_treatment,
}  # fmt: skip


class TreatedQuestion(NamedTuple):
    """The answer to a question, its curves, and the share of those who left for a reason that is not known."""

    answer: Answered
    curves: pd.DataFrame
    unknown_exits: float


def treated_question(source: Source, columns: tuple[str, ...], asked: Asked) -> TreatedQuestion:
    """Answer one question about time to treatment."""
    part, flow = whole_question(source.waits, columns, source.people(columns))
    whole = flow.summed()
    reference = reference_of(part.name, part.groups, part.known, asked.given)
    curves, question = Curves.of(whole, part, reference), _shown(part, reference, asked)
    tables: list[pd.DataFrame] = []
    adjusted: list[pd.DataFrame] = []
    summary: list[Row] = []
    for measure in asked.measures:
        each = Treated(question, measure, curves, asked.confidence)
        rows, values = _HOW[measure.kind](each)
        tables += [rows, *(became_of(each) if measure.is_share else [])]
        summary += _tests(each, values.hidden, whole, flow, part, asked.within)
        summary += indices(question, values, asked.confidence) if measure.kind != "quantile" else []
        if measure.is_share and part.strata is not None:
            adjusted.append(adjusted_survival(each, flow, asked.within))
    gone = whole.treated.sum() + whole.otherwise.sum()
    return TreatedQuestion(
        Answered(part.name, pd.concat([*tables, *adjusted], ignore_index=True), summary, question.unknown),
        shown_curves(curves, part, asked.rule, asked.confidence), _unknown_exits(source.waits) / max(gone, 1.0),
    )  # fmt: skip


def _shown(part: Question, reference: Reference, asked: Asked) -> ReleasedQuestion:
    """The groups of a question with everybody who was seen, as they may be shown."""
    rule, nothing = asked.rule, np.full(len(part.groups), np.nan)
    persons = nothing if part.persons is None else rule.release(part.persons).counts
    return ReleasedQuestion(
        part.columns, part.name, tuple(part.groups), part.known, reference, rule, rule.release(part.people).counts, persons,
        part.spread, float("nan"), float("nan"), (), nothing[None, :0], nothing[:0], nothing[:0],
    )  # fmt: skip


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
