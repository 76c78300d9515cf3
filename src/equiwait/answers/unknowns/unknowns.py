"""`unknowns`: does it matter what is not recorded, and how many records would settle it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.asked import AskedAnswer
from equiwait.answers.disparity.disparities import asked_gaps
from equiwait.answers.disparity.flows import flow_of
from equiwait.answers.disparity.measures import Measure, measure_named
from equiwait.answers.disparity.result import Disparities
from equiwait.answers.unknowns.bounds import (
    SLOPE,
    Row,
    curve_rows,
    filling_rows,
    quantile_rows,
    sensitivity_of,
    share_rows,
    slope_row,
)
from equiwait.answers.unknowns.released_parts import Question, question_of
from equiwait.answers.unknowns.result import Unknowns, settled
from equiwait.answers.unknowns.sentences import CLEAR, COULD_FLIP, HOLDS, NOT_SHOWN, TOO_FEW, finding
from equiwait.counts.waits import By, Waits, count_waits, questions
from equiwait.derived import list_from
from equiwait.disclosure import COARSE_WEEKS, ReleasedCounts, Rule, release, rule_named, together
from equiwait.errors import OptionError, RefusedError


def unknowns(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By,
    *,
    measure: str | Sequence[str],
    reference: str | Mapping[str, str] | None = None,
    split: str | Sequence[str] | None = None,
    limit: float | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Unknowns:
    """Say what the people whose group is not recorded could change, and how many records would settle it.

    Parameters
    ----------
    waiting_or_waits : pandas.DataFrame or Waits
        A list, or counts.
    by : str, or sequence of str and tuples
        Groupings, as in `disparities`.
    measure : str or sequence of str
        ``over_18_weeks`` and the like, or ``median_weeks`` and other quantiles. Where the groups run from most to least
        deprived, a share has a row for its slope index too. With counts of time to treatment, ``over_N_weeks`` is the share
        still waiting by the curve.
    reference : str or mapping, optional
        As in `disparities`.
    split : str or sequence of str, optional
        A column (``"site"``), or several: what filling the records of each of its parts would settle.
    limit : float, optional
        Add bounds for the case that the unknown are at most so many times more often in one group than recorded people are.
    estimand, window
        As in `disparities`.
    confidence : float
        Two-sided coverage of the sampling interval.
    suppression : {"hes", "none"}
        The small-number rule. What comes out is made from counts as they may be shown.

    Returns
    -------
    Unknowns
        One row for each gap among recorded people, and with ``split`` one for each part of the list.

    Raises
    ------
    ColumnsError
        If a grouping or the split is not in the list.
    OptionError
        If a measure, a reference or a limit is not understood.
    RefusedError
        If nobody is counted, or if nobody at all is recorded.

    Notes
    -----
    No record is filled and nobody's group is inferred: people are moved as numbers, to see what could be. Bounds of shares
    are sharp (Horowitz and Manski 1998), those of quantiles too, by trying every division; those of curves and slopes are
    outer. *Holds* means that the bounds exclude no gap at all. The sampling verdict is that of `disparities`, for the same
    gap: both must be good before a gap is a finding.

    Examples
    --------
    >>> days = np.r_[np.full(300, 200), np.full(700, 50), np.full(90, 200), np.full(160, 50), np.full(60, 200), np.full(90, 50)]
    >>> team = pd.Series(["A"] * 1000 + ["B"] * 250 + [None] * 150, dtype="str")
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "team": team})
    >>> found = unknowns(waiting, "team", measure="over_18_weeks", reference="A", suppression="none")
    >>> row = found.table.iloc[0]
    >>> row[["difference", "bound_lower", "bound_upper"]].astype(float).round(3).tolist()
    [0.06, -0.075, 0.209]
    >>> row["verdict"], row["sampling_verdict"], int(row["records_to_fill"]), f"{row['tipping_odds']:.1f}"
    ('could flip', 'too few to say', 88, '3.5')
    """
    return asked_unknowns(
        waiting_or_waits,
        by,
        measure=measure,
        reference=reference,
        split=split,
        limit=limit,
        estimand=estimand,
        window=window,
        confidence=confidence,
        suppression=suppression,
    ).made()


def asked_unknowns(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By,
    *,
    measure: str | Sequence[str],
    reference: str | Mapping[str, str] | None = None,
    split: str | Sequence[str] | None = None,
    limit: float | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> AskedAnswer[Unknowns]:
    """Return what makes the answer that `unknowns` is asked for."""
    if limit is not None and not limit > 1:
        raise OptionError(f"limit={limit!r} is not more than 1.", todo="Use limit=2 for at most twice as often.")
    asked = [measure_named(each) for each in ([measure] if isinstance(measure, str) else measure)]
    parts = (split,) if isinstance(split, str) else tuple(split or ())
    waits = _counted(waiting_or_waits, by, parts, estimand, window)
    rule = rule_named(suppression if waits.about.suppression == "none" else waits.about.suppression)
    gaps = asked_gaps(
        waiting_or_waits,
        by,
        measures=[each.name for each in asked],
        reference=reference,
        estimand=estimand,
        window=window,
        confidence=confidence,
        suppression=suppression,
        counted=None if parts else waits,
    )
    bands = [_bands(waits, rule) if each.kind == "quantile" else () for each in asked]
    wanted = [
        waits.asking(some[1:], questions(by)) if some else waits.asking([each.weeks])  # a part's records settle shares
        for each, some in zip(asked, bands, strict=True)
    ]
    released = release(together([gaps.counts, *wanted]), rule)
    made = [question_of(waits, one, released, reference, parts) for one in questions(by)]
    for one in made:
        if not one.known.any():
            raise _nobody_recorded(one.name)
    what = _Asked(
        tuple((one, each, some) for one in made for each, some in zip(asked, bands, strict=True)),
        limit, confidence, parts, waits if rule.exact else None, waits.about.estimand, gaps.answer,
    )  # fmt: skip
    return AskedAnswer(partial(_from_released, what), released)


class _Asked(NamedTuple):
    """What is asked; the exact counts are in it only where they may be shown, and then only curves look at them."""

    questions: tuple[tuple[Question, Measure, tuple[int, ...]], ...]
    limit: float | None
    confidence: float
    split: tuple[str, ...]
    exact: Waits | None
    estimand: str
    gaps: Callable[[ReleasedCounts], Disparities]


def _from_released(asked: _Asked, released: ReleasedCounts) -> Unknowns:
    gaps = asked.gaps(released)
    made = [
        _answer(replace(question, shown=released), measure, bands, asked)
        for question, measure, bands in asked.questions
    ]
    table = settled([row for answer in made for row in _with_gaps(answer, gaps, asked.confidence)])
    return Unknowns(
        "What the people who are not recorded could change",
        table,
        _notes(table, split=bool(asked.split)),
        _findings(table),
        split=", ".join(asked.split),
        filling=_joined([answer.filling for answer in made]),
        sensitivity=_joined([answer.sensitivity for answer in made]),
        provenance=gaps.provenance,
    )


def _counted(
    source: pd.DataFrame | Waits, by: By, split: tuple[str, ...], estimand: str, window: Sequence[object] | None
) -> Waits:
    """The counts of every question, and of its groups in each part of the list."""
    crossings = [split, *((*question, *split) for question in questions(by))] if split else []
    if isinstance(source, Waits):
        absent = [each for each in crossings if each not in source.about.by]
        if absent:
            raise OptionError(
                "The counts do not say who is in which part of the list.",
                todo="Give the list, or count by each question, by the split, and by both crossed.",
            )
        return source
    asked = [*questions(by), *crossings]
    return count_waits(list_from(source), asked, estimand=estimand, window=window)


class _Answer(NamedTuple):
    """The rows of one question and measure, not yet beside the gaps themselves."""

    rows: list[Row]
    filling: pd.DataFrame = pd.DataFrame()
    sensitivity: pd.DataFrame = pd.DataFrame()


def _nobody_recorded(question: str) -> RefusedError:
    return RefusedError(
        f"Nobody's {question} is recorded, so there is no gap that missing records could change.",
        todo="Record some first, or ask about another grouping.",
    )


def _answer(question: Question, measure: Measure, bands: tuple[int, ...], asked: _Asked) -> _Answer:
    found = _of_kind(question, measure, bands, asked)
    names = dict(zip(question.groups, question.reference.names, strict=True)) | {SLOPE: "least to most deprived areas"}
    head = {"measure": measure.name, "by": question.name}
    rows = [head | {"reference": names[row["group"]], "split": ""} | row for row in found.rows]
    tables = [
        table.assign(**head, reference=table["group"].map(names)) if len(table) else table
        for table in (found.filling, found.sensitivity)
    ]
    return _Answer(rows, *tables)


def _bands(waits: Waits, rule: Rule) -> tuple[int, ...]:
    """The weeks at which the bands begin from which a quantile is read."""
    waits.refuse_unless_weekly()
    if waits.about.bands:
        return tuple(range(len(waits.about.bands)))
    return tuple(range(210)) if rule.exact else COARSE_WEEKS


def _of_kind(question: Question, measure: Measure, bands: tuple[int, ...], asked: _Asked) -> _Answer:
    if measure.kind not in ("over", "quantile"):
        raise OptionError(f"{measure.name} has no bounds.", todo="Use over_N_weeks, median_weeks or another quantile.")
    if asked.estimand == "time_to_treatment":
        if not measure.is_share:
            raise OptionError(
                "Of time to treatment, only over_N_weeks has bounds.", todo='Use measure="over_18_weeks".'
            )
        if asked.exact is None:
            raise RefusedError(
                "Bounds of a curve need the counts of every day, which a small-number rule hides.",
                todo='Look at them in the team: suppression="none".',
            )
        return _Answer(curve_rows(flow_of(asked.exact, question.columns).summed(), question, measure))
    if measure.kind == "quantile":
        return _Answer(quantile_rows(question, measure, bands))
    slope = slope_row(question, measure)
    more, curve = filling_rows(question, measure) if question.split else ([], pd.DataFrame())
    rows = [*share_rows(question, measure, asked.limit), *([slope] if slope else []), *more]
    return _Answer(rows, curve, sensitivity_of(question, measure))


_OF_A_GAP = ["measure", "by", "group", "difference", "difference_lower", "difference_upper", "p_adjusted"]


def _with_gaps(answer: _Answer, gaps: Disparities, confidence: float) -> list[dict[str, Any]]:
    """Each row beside the gap of `disparities` that it is about, with the two verdicts."""
    table = gaps.table[gaps.table["adjustment"] == "none"] if "adjustment" in gaps.table else gaps.table
    known = {(row["measure"], row["by"], row["group"]): row for row in table[_OF_A_GAP].to_dict("records")}
    slopes = gaps.summary[gaps.summary["index"] == "sii"].set_index(["measure", "by"]).to_dict("index")
    return [_beside(row, known, slopes, confidence) for row in answer.rows]


def _beside(row: Row, known: dict[Any, Any], slopes: dict[Any, Any], confidence: float) -> dict[str, Any]:
    if row["group"] == SLOPE:
        found = slopes.get((row["measure"], row["by"]))
        gap, lower, upper = (np.nan,) * 3 if found is None else (found["value"], found["lower"], found["upper"])
        clear = bool(lower > 0 or upper < 0)
    else:
        found = known[(row["measure"], row["by"], row["group"])]
        gap, lower, upper = (float(found[name]) for name in ("difference", "difference_lower", "difference_upper"))
        p = found["p_adjusted"]
        clear = bool(p < 1 - confidence) if p == p else bool(lower > 0 or upper < 0)
    ends = row["bound_lower"], row["bound_upper"]
    shown = bool(np.isfinite(gap)) and not np.isnan(ends).any()
    verdict = NOT_SHOWN if not shown else HOLDS if ends[0] > 0 or ends[1] < 0 else COULD_FLIP
    blank = {} if shown else dict.fromkeys(("bound_lower", "bound_upper", "records_to_fill", "tipping_odds"), np.nan)
    sampling = NOT_SHOWN if not shown else CLEAR if clear else TOO_FEW
    return (
        row
        | {"difference": gap, "lower": lower, "upper": upper, "verdict": verdict, "sampling_verdict": sampling}
        | blank
    )


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    kept = [table for table in tables if len(table)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    whole = table[(table["split"] == "") & table["bound_kind"].isin(("sharp", "outer"))]
    return tuple(
        finding(str(measure), str(by), rows)
        for (measure, by), rows in whole.groupby(["measure", "by"], sort=False, observed=True)
    )


def _notes(table: pd.DataFrame, *, split: bool) -> tuple[str, ...]:
    notes = [
        "Bounds take every unknown person to be whoever would make the gap smallest, then largest: no assumption is made, "
        "no record is filled and nobody's group is inferred.",
        "Records to fill: if they turn out as recorded people with the same wait suggest. Asking may show otherwise.",
        "Tipping odds: how many times more often the unknown who have waited so long, and as many times less often the "
        "others, would have to be in the group than recorded people are, for no gap at all.",
        "Two different doubts: the missing records (holds, could flip) and chance (clear, too few to say).",
    ]
    if (table["bound_kind"] == "outer").any():
        notes.append("Outer bounds: the truth lies inside them; not every value inside them can be the truth.")
    if split:
        notes.append("Parts of which a count is hidden are left out of what each part would settle.")
    return tuple(notes)


__all__ = ["unknowns"]
