"""`disparities`: from a list or counts to gaps."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from equiwait.answers.disparity.benchmark import refuse_unlike
from equiwait.answers.disparity.measures import measures_asked, measures_told
from equiwait.answers.disparity.questions import Work
from equiwait.answers.disparity.result import Disparities
from equiwait.answers.disparity.source import source_of
from equiwait.counts.waits import ESTIMANDS, By, Waits, question_name
from equiwait.counts.waits.references import Given, refuse_strangers
from equiwait.disclosure.rules import rule_named
from equiwait.errors import OptionError, RefusedError, choose, listed


def disparities(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By | None = None,
    *,
    measures: Sequence[str] | None = None,
    within: str | Sequence[str] | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    reference: Given = None,
    benchmark: Waits | None = None,
    confidence: float = 0.95,
    suppression: str = "hes",
) -> Disparities:
    """Measure the gaps in waits between groups.

    Parameters
    ----------
    waiting_or_waits : pandas.DataFrame or Waits
        A list (from `read_list`), or counts: of a list, or of a publication (from `read_published`).
    by : str, or sequence of str and tuples, optional
        Groupings; a tuple is one crossed question. By default those the list has of: deprivation quintile, ethnicity,
        age band and sex. ``"ethnicity:nhs"`` and ``"ethnicity:census"`` merge ethnic groups, and list what each merge hides.
    measures : sequence of str, optional
        ``over_N_weeks`` for any whole N (waits of over 7·N days: over 18 weeks means 127 days or more, over 52 means 365
        or more), ``median_weeks``, or ``pNN_weeks`` such as ``p92_weeks``. By default over 18, 52 and 65 weeks and the
        median, or those of them that a publication's bands can tell.
    within : str or sequence of str, optional
        Columns whose combinations are strata, such as ``["priority", "specialty"]``: adjusted rows stand beside the
        crude ones, like compared with like.
    estimand : {"still_waiting", "completed", "time_to_treatment"}
        ``still_waiting``: of the people on the list on the day of the snapshot; a burden, not anybody's chance.
        ``completed``: of those who left in the window. ``time_to_treatment``: the share still waiting after N weeks if
        nobody left otherwise, beside what became of everybody.
    window : pair of dates, optional
        First and last day, for all but ``still_waiting``; see `count_waits`.
    reference : str or mapping, optional
        The group to compare with, or ``"rest"``, for all questions or by question. By default the least deprived areas for
        deprivation, and for other questions everyone else whose group is recorded.
    benchmark : Waits, optional
        A publication's counts, whose figures are put beside ours: `read_published`.
    confidence : float
        Two-sided coverage of the intervals.
    suppression : {"hes", "none"}
        The small-number rule; ``"none"`` is exact and in-team. Counts that come with a rule keep it.

    Returns
    -------
    Disparities
        One row per measure, question and group, crude and, with ``within``, adjusted. Groups that are not recorded are rows
        like any other, and are compared with everyone recorded. ``.summary`` has the overall tests and the indices of
        inequality.

    Raises
    ------
    ColumnsError
        If a grouping or a stratum is not in the list.
    OptionError
        If a measure, a reference or another option is not understood.
    RefusedError
        If nobody is counted, snapshots or nations would be pooled, the window cannot be looked at, or a publication's bands
        cannot tell what is asked.

    Notes
    -----
    Shares: Wilson's score interval (1927); their differences: Newcombe's method 10 (1998); ratios: Katz (1978); p-values:
    score test, adjusted within a question and measure by Holm (1979). Median: NHS England's rule (rank (n+1)/2, linear
    in the weekly band, withheld under 50 people), other quantiles at rank q·n; their intervals invert Wilson's interval
    of the cumulative share (after Woodruff 1952), and differences combine the two (MOVER, Zou and Donner 2008).

    Adjusted: direct standardisation to the whole list (everybody counted, groups not recorded too), differences and
    ratios by MOVER, p-values of Cochran, Mantel and Haenszel. Strata that a group is not in are left out and their weight
    printed; over 10% of it, the row is withheld, and Mantel and Haenszel's difference over the strata that both are in is
    given in the note. Why crude and adjusted differ: Kitagawa (1955).

    Time to treatment: Kaplan–Meier with late entry {entry < t ≤ exit}, exits otherwise as last sightings, log–log
    intervals; withheld where fewer than 30 people were at risk when the first were treated. Aalen–Johansen beside it.

    Where people have several pathways, intervals are widened by Σk²/Σk within each group (k pathways of one person).
    Under ``hes``, shares, intervals and differences come from rounded counts; ``rounding_error`` says by how much a
    share (0 to 1) or a median (weeks) may be off, and a difference is withheld where it could be half or more of it. An
    adjusted share is the released crude one, moved by what standardising moves the exact one.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.r_[np.full(300, 200), np.full(700, 50), np.full(90, 200), np.full(160, 50)]
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "team": ["A"] * 1000 + ["B"] * 250})
    >>> gaps = disparities(waiting, "team", measures=["over_18_weeks"], reference="A", suppression="none")
    >>> gaps.table.loc[1, ["value", "difference", "difference_lower", "difference_upper"]].astype(float).round(3).tolist()
    [0.36, 0.06, -0.004, 0.127]
    """
    choose("estimand", estimand, ESTIMANDS)
    if not 0 < confidence < 1:
        raise OptionError(f"confidence={confidence!r} is not a share between 0 and 1.", todo="Use confidence=0.95.")
    rule_named(suppression)  # a wrong name is said before the counting
    given = measures_asked(measures)
    strata = (within,) if isinstance(within, str) else tuple(within or ())
    source = source_of(waiting_or_waits, by, strata, estimand, window)
    estimand = source.waits.about.estimand
    if benchmark is not None:
        refuse_unlike(benchmark, estimand)
    if source.waits.table.empty:
        raise _nobody(source.waits)
    refuse_strangers(reference, [question_name(one) for one in source.waits.about.by])
    rule = rule_named(suppression if source.waits.about.suppression == "none" else source.waits.about.suppression)
    work = Work(source, measures_told(source.waits, given), reference, confidence, rule)
    for question in source.waits.about.by:
        (work.treated if estimand == "time_to_treatment" else work.waited)(question)
    return work.answer(benchmark)


def _nobody(waits: Waits) -> RefusedError:
    return RefusedError(
        "Nobody is counted: the list has no open pathway on the clock."
        if not waits.about.window
        else "Nobody is counted in the window.",
        found=f"Rows by scope: {listed(waits.about.excluded)}." if waits.about.excluded else "",
        todo="Look at check_list(waiting): it says why each row is not counted.",
    )
