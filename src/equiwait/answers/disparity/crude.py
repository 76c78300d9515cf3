"""Shares of each group as it is, against its reference, from released counts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.released_question import ReleasedQuestion, Side
from equiwait.answers.disparity.rows import (
    Floats,
    Gap,
    Truths,
    Whose,
    family,
    first_note,
    kept,
    rows_of,
    scattered,
)
from equiwait.answers.part_and_whole import over_gaps
from equiwait.statistics import Interval, family_confidence, koopman, share_contrast, wilson


def whose_rows(question: ReleasedQuestion, confidence: float, within: str = "", weeks: int | None = None) -> Whose:
    """Return whose rows are made of a question."""
    return Whose(
        question.name, question.groups, question.known, question.reference, question.rule, question.n,
        question.n_people, confidence, within, None if weeks is None else question.reference_names(weeks),
    )  # fmt: skip


def share_rows(question: ReleasedQuestion, measure: Measure, confidence: float) -> pd.DataFrame:
    """Return the share of each group that has waited more than so many weeks, and its gap.

    Recorded groups are one family; each group that is not recorded against everyone recorded is a test of its own.
    """
    own, base = question.own(measure.weeks), question.base(measure.weeks)
    hidden, itself = np.isnan(own.events), question.reference.itself
    gap = share_gaps(question, own, base, confidence)
    notes = first_note(
        (hidden, question_mark(question)),
        (itself, "the reference"),
        (~base.there, "no gap: the reference is hidden, or nobody"),
    )
    return rows_of(
        whose_rows(question, confidence, weeks=measure.weeks),
        measure.name,
        share_values(own, confidence),
        gap,
        events=own.events,
        method=f"Wilson; Newcombe; Koopman{over_gaps(question.contrasts)}",
        notes=notes,
        hidden=hidden,
        error=question.rule.share_error(own.events, own.n),
    )


def question_mark(question: ReleasedQuestion) -> str:
    """Return why a row of a question is hidden."""
    return f"hidden: {question.rule.small} people, or what would tell of them"


def share_values(own: Side, confidence: float) -> Interval:
    """Return each group's share with Wilson's interval, widened for repeated people and rounding."""
    rows = own.there
    around = wilson(*own.effective(rows), confidence=confidence)
    return Interval(*(scattered(rows, end) for end in around))


def share_gaps(question: ReleasedQuestion, own: Side, base: Side, confidence: float) -> Gap:
    """Return each group's gap: the recorded groups as one family, each other one alone."""
    rows = own.there & base.there & ~question.reference.itself
    families = [(rows & question.known, question.contrasts), (rows & ~question.known, 1)]
    parts = [_gaps(own, base, part, contrasts, confidence) for part, contrasts in families]
    merged = [np.where(families[0][0], first, second) for first, second in zip(*parts, strict=True)]
    return Gap(Interval(*merged[:3]), Interval(*merged[3:6]), merged[6], merged[7])


def _gaps(own: Side, base: Side, rows: Truths, contrasts: int, confidence: float) -> list[Floats]:
    """Difference, ratio and p-values of some rows, among all rows."""
    if not rows.any():
        return [np.full(len(rows), np.nan)] * 8
    tables = *own.effective(rows), *base.effective(rows)
    said = tuple(tuple(np.broadcast_to(each, rows.sum()).tolist()) for each in tables)
    return [scattered(rows, each) for each in _tested(said, contrasts, confidence)]


@lru_cache(maxsize=1024)
def _tested(tables: tuple[tuple[float, ...], ...], contrasts: int, confidence: float) -> tuple[Floats, ...]:
    """Difference, ratio and p-values of events and people in each group and its reference.

    Kept, since an answer is made again for each file and audit, and most of its counts are then as they were.
    """
    difference, p, together = family(share_contrast(*tables, contrasts=contrasts, confidence=confidence))
    ratio = koopman(*tables, confidence=family_confidence(confidence, contrasts))
    return (*difference, *ratio, p, together)


def shown_gap(question: ReleasedQuestion, weeks: int, place: int) -> float:
    """Return the crude gap of one group, as it is shown."""
    own, base = question.own(weeks), question.base(weeks)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float((own.events / own.n - base.events / base.n)[place])


__all__ = ["kept", "question_mark", "share_gaps", "share_rows", "share_values", "shown_gap", "whose_rows"]
