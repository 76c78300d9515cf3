"""`disparities`: from a list or counts to gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from equiwait.answers.disparity.answer import AskedGaps, Beside, gaps_from_counts, put_together
from equiwait.answers.disparity.benchmark import refuse_unlike
from equiwait.answers.disparity.measures import measures_asked, measures_told
from equiwait.answers.disparity.questions import Asked, exact_question
from equiwait.answers.disparity.result import MERGED, Disparities
from equiwait.answers.disparity.source import Source, source_of
from equiwait.answers.disparity.treated_questions import ExactTreated, exact_treated, treated_question
from equiwait.answers.snapshots.referral_growth import GrowthBeside, growth_beside
from equiwait.counts.waits import ESTIMANDS, By, Waits, question_name
from equiwait.counts.waits.references import Given, refuse_strangers
from equiwait.disclosure import Counts, ReleasedCounts, Rule, rule_named, together
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
    suppression: str | Rule = "hes",
    smallest_gap: float | None = None,
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
        or more), ``median_weeks``, or ``pNN_weeks`` such as ``p92_weeks``; for time to treatment also
        ``mean_within_N_weeks``, the mean wait with each counted to N weeks at most. By default over 18, 52 and 65 weeks and the
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
        Two-sided coverage of the intervals: of each value, and of all gaps of a question together.
    suppression : str or Rule
        The small-number rule; ``"none"`` is exact and in-team. Counts that come with a rule keep it.
    smallest_gap : float, optional
        The smallest gap of interest, in percentage points: with ``smallest_gap=5`` a finding may say that there is *no gap
        as large as 5 points*, and says so only where every interval allows it.

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
    Shares: Wilson's score interval (1927); their differences: Newcombe's method 10 (1998); ratios: Koopman (1984); p-values
    invert the interval of the difference, and Fisher's mid-p has to agree where few are expected. The differences and
    ratios of the recorded groups of one question are one family: their intervals hold together, and ``p_adjusted`` goes
    with them (Šidák 1967; two groups are one comparison, hidden groups count). Median: NHS England's rule (rank (n+1)/2,
    linear in the weekly band, withheld under 50 people), other quantiles at rank q·n; their intervals invert Wilson's
    interval of the cumulative share (after Woodruff 1952), and differences combine the two (MOVER, Zou and Donner 2008).

    Like with like: each row says in ``adjustment`` what its value, interval and test are all of. ``none``: as they are.
    ``standardised``: both sides standardised to the whole list over the strata that both are in; the weight of the others
    is in the note, and over 10% of it the row is refused. ``mantel_haenszel`` (in-team): one odds ratio within all strata,
    in ``ratio`` of a row ``odds_of_over_N_weeks``, with Robins, Breslow and Greenland's interval (1986), the test of
    Cochran, Mantel and Haenszel, and Breslow and Day's test with Tarone's correction in the note. Why crude and like with
    like differ: Kitagawa (1955), in ``summary``.

    Time to treatment: Kaplan–Meier with late entry {entry < t ≤ exit}, exits otherwise as last sightings, log–log
    intervals; withheld where fewer than 30 people were at risk when the first were treated. Aalen–Johansen beside it.

    Where people have several pathways, ``n`` counts pathways and ``n_people`` people; values stay what they are, and
    intervals are widened by Σk²/Σk within each group (k pathways of one person).

    Under a small-number rule shares, gaps, tests and indices are made of released counts alone: everyone else is the
    released total less the group, and intervals carry the rounding (a variance of 2 for each count rounded to 5). Gaps
    within strata, medians and the design effect are coarse figures, released on a grid.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.r_[np.full(300, 200), np.full(700, 50), np.full(90, 200), np.full(160, 50)]
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": days, "team": ["A"] * 1000 + ["B"] * 250})
    >>> gaps = disparities(waiting, "team", measures=["over_18_weeks"], reference="A", suppression="none")
    >>> gaps.table.loc[1, ["value", "difference", "difference_lower", "difference_upper"]].astype(float).round(3).tolist()
    [0.36, 0.06, -0.004, 0.127]
    """
    return (
        asked_gaps(
            waiting_or_waits,
            by,
            measures=measures,
            within=within,
            estimand=estimand,
            window=window,
            reference=reference,
            benchmark=benchmark,
            confidence=confidence,
            suppression=suppression,
            smallest_gap=smallest_gap,
        )
        .released()
        .made()
    )


def asked_gaps(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By | None,
    *,
    measures: Sequence[str] | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    reference: Given = None,
    confidence: float = 0.95,
    suppression: str | Rule = "hes",
    within: str | Sequence[str] | None = None,
    benchmark: Waits | None = None,
    smallest_gap: float | None = None,
    counted: Waits | None = None,
) -> AskedGaps:
    """Return the gaps that `disparities` is asked for, before anything is released: counts of more may be released with them.

    ``counted`` are the counts of these questions on this list, if somebody has them.
    """
    choose("estimand", estimand, ESTIMANDS)
    if not 0 < confidence < 1:
        raise OptionError(f"confidence={confidence!r} is not a share between 0 and 1.", todo="Use confidence=0.95.")
    if smallest_gap is not None and not 0 < smallest_gap <= 100:
        raise OptionError(f"smallest_gap={smallest_gap!r} is not a number of points.", todo="Use smallest_gap=5.")
    rule_named(suppression)  # a wrong name is said before the counting
    given = measures_asked(measures)
    strata = (within,) if isinstance(within, str) else tuple(within or ())
    source = source_of(waiting_or_waits, by, strata, estimand, window, counted)
    about = source.waits.about
    if benchmark is not None:
        refuse_unlike(benchmark, about.estimand)
    if source.waits.table.empty:
        raise _nobody(source.waits)
    refuse_strangers(reference, [question_name(one) for one in about.by])
    rule = rule_named(suppression if about.suppression == "none" else about.suppression)
    least = None if smallest_gap is None else smallest_gap / 100
    asked = Asked(
        measures_told(source.waits, given), reference, confidence, rule, replace(about, excluded={}), source.within, least,
        source.left_out,
    )  # fmt: skip
    return (_treated if about.estimand == "time_to_treatment" else _waited)(source, asked, benchmark)


def _waited(source: Source, asked: Asked, benchmark: Waits | None) -> AskedGaps:
    """Waits so far, or ended waits."""
    questions = [exact_question(source, columns, asked) for columns in asked.about.by]
    details = {
        merged: exact_question(Source(waits), waits.about.by[0], replace(asked, given=None, within=""))
        for merged, waits in source.detailed.items()
    }
    counts, growth = _growth(source, asked)
    return gaps_from_counts(asked, questions, details, Beside(growth, benchmark), counts + source.also_told)


def _treated(source: Source, asked: Asked, benchmark: Waits | None) -> AskedGaps:
    """Time to treatment."""
    questions = [exact_treated(source, columns, asked) for columns in asked.about.by]
    counts = together([*(each.counts for each in questions), source.also_told])
    return AskedGaps(counts, asked, partial(_from_treated, asked, tuple(questions)))


def _from_treated(asked: Asked, questions: Sequence[ExactTreated], released: ReleasedCounts) -> Disparities:
    found = [treated_question(each, released) for each in questions]
    beside = Beside(
        unknown_exits=max(each.unknown_exits for each in found),
        curves=[each.curves for each in found],
    )
    return put_together(asked, [each.answer for each in found], beside, released, pd.DataFrame(columns=MERGED))


def _growth(source: Source, asked: Asked) -> tuple[Counts, GrowthBeside | None]:
    """What the list can say of referrals: a warning where they grew unlike, or that it cannot be seen."""
    if asked.about.estimand != "still_waiting":
        return Counts(), None
    if source.whole_list is None:
        return Counts(), GrowthBeside()
    return growth_beside(source.whole_list, asked.about.by, reference=asked.given, confidence=asked.confidence)


def _nobody(waits: Waits) -> RefusedError:
    return RefusedError(
        "Nobody is counted: the list has no open pathway on the clock."
        if not waits.about.window
        else "Nobody is counted in the window.",
        found=f"Rows by scope: {listed(waits.about.excluded)}." if waits.about.excluded else "",
        todo="Look at check_list(waiting): it says why each row is not counted.",
    )
