"""`disparities`: from a list or counts to gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from equiwait.disclosure import Rule, rule_named
from equiwait.errors import OptionError, RefusedError, choose, did_you_mean, listed
from equiwait.frames import need
from equiwait.waits import ESTIMANDS, By, Waits, count_waits, question_name, questions
from equiwait.waits.windows import read_window, spells

from .alike import adjusted_quantiles, adjusted_shares, strata_name
from .answer import CURVES, MERGED, Disparities
from .counted import Floats, InStrata, Question, Repeats, question_of, repeats
from .crude import COLUMNS, Asked, Exact, quantiles, shares
from .growth import CALM, ONE_OPEN_LIST, growth_warnings, halves_of, starts_in
from .inside import strata_with_gaps
from .merging import detailed_questions, hidden_in_merges, inside, offers, with_merged
from .published import BESIDE, beside, refuse_unlike, sentences
from .references import Reference, reference_of, refuse_strangers
from .summary import SUMMARY, Row, indices, tests
from .treatment import (
    Curves,
    Flow,
    adjusted_survival,
    became_of,
    overall,
    quantile_of_treatment,
    shown_curves,
    still_waiting_after,
    whole_question,
)
from .words import findings_of, like_with_like, notes_of, spoken, title_of

DEFAULT_MEASURES = ("over_18_weeks", "over_52_weeks", "over_65_weeks", "median_weeks")


def disparities(
    waiting_or_waits: pd.DataFrame | Waits,
    by: By | None = None,
    *,
    measures: Sequence[str] | None = None,
    within: str | Sequence[str] | None = None,
    estimand: str = "still_waiting",
    window: Sequence[object] | None = None,
    reference: str | Mapping[str, str] | None = None,
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
        The group to compare with, for all questions or by question. By default the least deprived areas for
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
    given = None if measures is None else _read(measures)
    strata = (within,) if isinstance(within, str) else tuple(within or ())
    source = _source(waiting_or_waits, by, strata, estimand, window)
    estimand = source.waits.about.estimand
    if benchmark is not None:
        refuse_unlike(benchmark, estimand)
    if source.waits.table.empty:
        raise _nobody(source.waits)
    refuse_strangers(reference, [question_name(one) for one in source.waits.about.by])
    rule = rule_named(suppression if source.waits.about.suppression == "none" else source.waits.about.suppression)
    work = _Work(source, _possible(source.waits, given), reference, confidence, rule)
    for question in source.waits.about.by:
        (work.treated if estimand == "time_to_treatment" else work.waited)(question)
    return work.answer(benchmark)


# --- what is asked ---------------------------------------------------------------------------------------------------


def _read(measures: Sequence[str]) -> dict[str, int | float]:
    """Each measure: a number of weeks for shares, an order between 0 and 1 for quantiles."""
    names = [measures] if isinstance(measures, str) else list(measures)
    if not names:
        raise OptionError("measures= is empty.", todo="Use over_N_weeks for any N, median_weeks, or pNN_weeks.")
    return {name: _one(name) for name in names}


def _one(name: str) -> int | float:
    if found := re.fullmatch(r"over_(\d{1,3})_weeks", name):
        return int(found[1])
    if name == "median_weeks":
        return 0.5
    found = re.fullmatch(r"p(\d{2})_weeks", name)
    if found and int(found[1]) > 0:
        return int(found[1]) / 100
    raise OptionError(
        f"The measure {name!r} is not understood.{did_you_mean(name, [*DEFAULT_MEASURES, 'p92_weeks'])}",
        todo="Use over_N_weeks for any N, median_weeks, or pNN_weeks such as p92_weeks. Indices of inequality are in .summary.",
    )


def _possible(waits: Waits, given: dict[str, int | float] | None) -> dict[str, int | float]:
    """The measures, refusing those that the source's bands cannot tell; unless any were named, those that they can."""
    wanted = given if given is not None else _read(DEFAULT_MEASURES)
    kept = {}
    for name, what in wanted.items():
        try:
            waits.refuse_unless_band(7 * what + 1) if isinstance(what, int) else waits.refuse_unless_weekly()
        except RefusedError:
            if given is not None:
                raise
            continue
        kept[name] = what
    return kept


def _nobody(waits: Waits) -> RefusedError:
    return RefusedError(
        "Nobody is counted: the list has no open pathway on the clock." if not waits.about.window else "Nobody is counted in the window.",
        found=f"Rows by scope: {listed(waits.about.excluded)}." if waits.about.excluded else "",
        todo="Look at check_list(waiting): it says why each row is not counted.",
    )


@dataclass(frozen=True)
class _Source:
    """The counts, and of a list what else its rows say: strata, repeated people, who joined when."""

    waits: Waits
    within: str = ""
    strata: InStrata | None = None
    repeated: Repeats | None = None
    halves: tuple[pd.DataFrame, pd.DataFrame] | None = None
    detailed: Mapping[str, Waits] = field(default_factory=dict)

    def spread(self, question: tuple[str, ...]) -> Floats | None:
        if self.repeated is None:
            return None
        return self.repeated.spread(question, self.waits.cube(question)[0]["group"].tolist())


def _source(
    source: pd.DataFrame | Waits, by: By | None, within: tuple[str, ...], estimand: str, window: Sequence[object] | None
) -> _Source:
    if isinstance(source, Waits):
        return _of_counts(source, by, within, estimand, window)
    asked = _default_questions(source) if by is None else by
    _refuse_within_itself(asked, within)
    waiting = with_merged(source, asked)
    need(waiting, within, "disparities")
    treated = estimand == "time_to_treatment"  # curves need every day, within strata too
    waits = count_waits(waiting, asked, within=(within if treated else None) or None, estimand=estimand, window=window)
    found = spells(waiting, estimand, read_window(waiting, estimand, window))
    details = {
        merged: count_waits(waiting, column, estimand=estimand, window=window)
        for merged, column in detailed_questions(waits.about.by).items()
    }
    return _Source(
        waits, strata_name(within), InStrata(waiting, within, found) if within and not treated else None,
        repeats(waiting, found), halves_of(waiting) if estimand == "still_waiting" else None, details,
    )  # fmt: skip


def _of_counts(
    waits: Waits, by: By | None, within: tuple[str, ...], estimand: str, window: Sequence[object] | None
) -> _Source:
    if window is not None:
        raise OptionError("The counts already have their window.", todo="Leave window= out, or give the list.")
    if estimand not in ("still_waiting", waits.about.estimand):
        raise OptionError(f"The counts are of {waits.about.estimand}, not of {estimand}.", todo="Leave estimand= out, or count again.")
    if within and within != waits.about.within:
        counted = f"within {strata_name(waits.about.within)}" if waits.about.within else "without strata"
        raise OptionError(f"within= differs from the counts, which were made {counted}.", todo="Count again with within=.")
    return _Source(_some(waits, by), strata_name(waits.about.within))


def _some(waits: Waits, by: By | None) -> Waits:
    """The questions that are asked, of those that were counted."""
    if by is None or tuple(questions(by)) == waits.about.by:
        return waits
    asked = questions(by)
    if any(one not in waits.about.by for one in asked):
        raise OptionError(
            "by= differs from what was counted.",
            f"Counted: {listed(question_name(one) for one in waits.about.by)}.",
            "Leave by= out, or count again with count_waits.",
        )
    kept = waits.table["by"].isin([question_name(one) for one in asked])
    return Waits(waits.table[kept].reset_index(drop=True), replace(waits.about, by=tuple(asked)))


def _default_questions(waiting: pd.DataFrame) -> list[str]:
    ranks = [str(name) for name in waiting.columns if str(name).endswith("_quintile")]
    return [name for name in (*ranks[:1], "ethnicity", "age_band", "sex") if name in waiting.columns]


def _refuse_within_itself(by: By, within: tuple[str, ...]) -> None:
    both = sorted({column.partition(":")[0] for one in questions(by) for column in one} & set(within))
    if both:
        raise OptionError(
            f"within= holds {listed(both)}, which is also compared: within a group there is no gap between groups.",
            todo="Leave it out of one of the two.",
        )


# --- the work --------------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """What has been found so far, question by question."""

    source: _Source
    measures: Mapping[str, int | float]
    given: str | Mapping[str, str] | None
    confidence: float
    rule: Rule
    tables: list[pd.DataFrame] = field(default_factory=list)
    summary: list[Row] = field(default_factory=list)
    parts: list[Question] = field(default_factory=list)
    curves: list[pd.DataFrame] = field(default_factory=list)
    alike: dict[str, list[str]] = field(default_factory=dict)
    growth: list[str] = field(default_factory=list)
    references: dict[str, Reference] = field(default_factory=dict)
    left: list[float] = field(default_factory=list)

    @property
    def digits(self) -> int | None:
        return 3 if self.rule.slack else None

    def asked(self, part: Question, name: str) -> Asked:
        if part.name not in self.references:
            self.references[part.name] = reference_of(part, self.given)
            self.parts.append(part)
        return Asked(name, part, self.references[part.name], self.confidence, self.rule)

    def waited(self, question: tuple[str, ...]) -> None:
        """Answer one question about waits so far or ended waits."""
        source, longest = self.source, max((what for what in self.measures.values() if isinstance(what, int)), default=0)
        part = question_of(source.waits, question, source.spread(question), longest, source.strata)
        adjusted: list[pd.DataFrame] = []
        for name, what in self.measures.items():
            asked = self.asked(part, name)
            rows, exact = shares(asked, what) if isinstance(what, int) else quantiles(asked, what)
            self.tables.append(rows)
            self._sum_up(asked, what, exact)
            if part.strata is not None:
                strata = source.within
                adjusted.append(adjusted_shares(asked, what, strata) if isinstance(what, int) else adjusted_quantiles(asked, what, strata))
        self.tables += adjusted
        self._compare_alike(part)
        if source.halves is not None:
            reference = self.references[part.name]
            self.growth += growth_warnings(starts_in(source.halves, part), part, reference, spoken(part.name), self.confidence)

    def _sum_up(self, asked: Asked, what: int | float, exact: Exact) -> None:
        if isinstance(what, int):
            self.summary += tests(asked, what, exact, self.digits, self.source.within)
        self.summary += indices(asked.part, exact, self.confidence, self.digits)

    def _compare_alike(self, part: Question) -> None:
        """Words about like with like, of the first share; and the strata that hold a gap of their own."""
        first = next(((name, what) for name, what in self.measures.items() if isinstance(what, int)), None)
        if first is None or part.strata is None:
            return
        asked, weeks = self.asked(part, first[0]), int(first[1])
        table = pd.concat(self.tables, ignore_index=True)
        rows, said = strata_with_gaps(asked, weeks, self.source.waits.about.estimand)
        self.summary += rows
        self.alike[part.name] = [*like_with_like(table, asked, weeks, self.source.within), *said]

    def treated(self, question: tuple[str, ...]) -> None:
        """Answer one question about time to treatment."""
        part, flow = whole_question(self.source.waits, question, self.source.spread(question))
        whole = flow.summed()
        gone = whole.treated.sum() + whole.otherwise.sum()
        self.left.append(_unknown_exits(self.source.waits) / max(gone, 1.0))
        adjusted: list[pd.DataFrame] = []
        curves: Curves | None = None
        for name, what in self.measures.items():
            asked = self.asked(part, name)
            curves = curves or Curves.of(whole, part, asked.reference)
            rows, exact = still_waiting_after(asked, what, curves) if isinstance(what, int) else quantile_of_treatment(asked, what, curves)
            self.tables += [rows, *(became_of(asked, what, curves) if isinstance(what, int) else [])]
            self._sum_up_treated(asked, what, exact, whole, flow)
            if isinstance(what, int) and part.strata is not None:
                adjusted.append(adjusted_survival(asked, what, flow, self.source.within))
        self.tables += adjusted
        if curves is not None:
            self.curves.append(shown_curves(curves, self.asked(part, "")))

    def _sum_up_treated(self, asked: Asked, what: int | float, exact: Exact, whole: Flow, flow: Flow) -> None:
        known, method = asked.part.known, "log-rank test of the whole curves, late entry"
        hidden = "withheld: a group that it rests on is hidden or withheld" if exact.hidden[known].any() else ""
        tested = [("overall_p", whole, method)]
        if asked.part.strata is not None:
            tested.append(("overall_p_within", flow, f"{method}, within {self.source.within}"))
        for index, counts, how in tested:
            p = np.nan if hidden else overall(_with_strata(counts), known)
            value = float(f"{p:.3g}") if self.digits and np.isfinite(p) else p
            self.summary.append((asked.measure, asked.part.name, index, value, np.nan, np.nan, how,
                                 hidden or "p-value; groups not recorded are left out"))  # fmt: skip
        self.summary += indices(asked.part, exact, self.confidence, self.digits) if isinstance(what, int) else []

    def answer(self, benchmark: Waits | None) -> Disparities:
        """Put together what was found."""
        waits, about = self.source.waits, self.source.waits.about
        table = pd.concat(self.tables, ignore_index=True)[COLUMNS] if self.tables else pd.DataFrame(columns=COLUMNS)
        table["estimand"] = about.estimand
        summary = pd.DataFrame(self.summary, columns=SUMMARY)
        unknown = {part.name: tuple(g for g, there in zip(part.groups, part.known, strict=True) if not there) for part in self.parts}
        merges = self._merges()
        published = beside(benchmark, table, self.parts, self.measures, self.rule) if benchmark is not None else None
        findings = [
            sentence for by, said in findings_of(table, summary, unknown, about.estimand) for sentence in (said, *self.alike.get(by, []))
        ]  # fmt: skip
        repeated = self.source.repeated is not None and len(self.source.repeated.rows) > 0
        notes = notes_of(
            about, self.rule, name=self.source.within, growth=self._growth(), repeated=repeated,
            unknown_exits=max(self.left, default=0.0),
        )  # fmt: skip
        return Disparities(
            title_of(about), table, (*notes, *hidden_in_merges(merges), *offers(table[table["within"] == ""])),
            (*self.growth, *findings, *(sentences(published) if published is not None else [])), suppression=self.rule.name,
            unknown=unknown, summary=summary, merges=merges, benchmark=published if published is not None else pd.DataFrame(columns=BESIDE),
            curves=pd.concat(self.curves, ignore_index=True) if self.curves else pd.DataFrame(columns=CURVES),
        )  # fmt: skip

    def _growth(self) -> list[str]:
        """What the list can say of referrals: a note either way, and a finding where they grew unlike."""
        if self.source.waits.about.estimand != "still_waiting":
            return []
        return [ONE_OPEN_LIST] if self.source.halves is None else self.growth or [CALM]

    def _merges(self) -> pd.DataFrame:
        """The detailed groups of each merged question, by every measure, crude."""
        found = []
        for merged, waits in self.source.detailed.items():
            if waits.about.estimand == "time_to_treatment":
                continue  # curves of groups as small as these say too little
            work = _Work(_Source(waits), self.measures, None, self.confidence, self.rule)
            work.waited(waits.about.by[0])
            found.append(inside(pd.concat(work.tables, ignore_index=True), merged))
        return pd.concat(found, ignore_index=True)[MERGED] if found else pd.DataFrame(columns=MERGED)


def _unknown_exits(waits: Waits) -> float:
    here = (waits.table["event"] == "unknown") & (waits.table["by"] == question_name(waits.about.by[0]))
    return float(waits.table.loc[here, "people"].sum())


def _with_strata(flow: Flow) -> Flow:
    """A flow with an axis of strata, of one if it has none."""
    if flow.treated.ndim == 3:
        return flow
    return Flow(*(part[:, None] for part in (flow.treated, flow.otherwise, flow.still, flow.entered)))
