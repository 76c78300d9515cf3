"""The work: question by question, measure by measure, and the answer put together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from equiwait.answers.disparity.adjusted import adjusted_quantiles, adjusted_shares
from equiwait.answers.disparity.benchmark import BESIDE, beside, sentences
from equiwait.answers.disparity.crude import COLUMNS, Asked, Exact, quantiles, shares
from equiwait.answers.disparity.findings import findings_of, like_with_like, notes_of, title_of
from equiwait.answers.disparity.inequality_indices import SUMMARY, Row, indices, tests
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.merged_groups import hidden_in_merges, inside, offers
from equiwait.answers.disparity.question_counts import Question, question_of
from equiwait.answers.disparity.result import CURVES, MERGED, Disparities
from equiwait.answers.disparity.source import Source
from equiwait.answers.disparity.stratum_gaps import strata_with_gaps
from equiwait.answers.disparity.time_to_treatment import (
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
from equiwait.answers.snapshots.referral_growth import CALM, ONE_OPEN_LIST, growth_warnings
from equiwait.counts.waits import Waits, question_name
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.disclosure.rules import Rule


@dataclass
class Work:
    """What has been found so far, question by question."""

    source: Source
    measures: tuple[Measure, ...]
    given: Given
    confidence: float
    rule: Rule
    tables: list[pd.DataFrame] = field(default_factory=list)
    summary: list[Row] = field(default_factory=list)
    parts: list[Question] = field(default_factory=list)
    curves: list[pd.DataFrame] = field(default_factory=list)
    alike: dict[str, list[str]] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)
    left: list[float] = field(default_factory=list)

    @property
    def first_share(self) -> Measure | None:
        """The first share that was asked: it speaks for its question."""
        return next((each for each in self.measures if each.is_share), None)

    @property
    def digits(self) -> int | None:
        """Significant figures of what is exact and yet shown."""
        return 3 if self.rule.slack else None

    def asked(self, part: Question, measure: Measure) -> Asked:
        """Return one measure of one question; its reference is looked up once."""
        if part.name not in self.references:
            self.references[part.name] = reference_of(part.name, part.groups, part.known, self.given)
            self.parts.append(part)
        return Asked(measure, part, self.references[part.name], self.confidence, self.rule)

    def waited(self, question: tuple[str, ...]) -> None:
        """Answer one question about waits so far or ended waits."""
        source, longest = self.source, max(each.weeks for each in self.measures)
        part = question_of(source.waits, question, source.spread(question), longest, source.strata)
        adjusted: list[pd.DataFrame] = []
        for measure in self.measures:
            asked = self.asked(part, measure)
            rows, exact = (shares if measure.is_share else quantiles)(asked)
            self.tables.append(rows)
            self._sum_up(asked, exact)
            if part.strata is not None:
                adjusted.append((adjusted_shares if measure.is_share else adjusted_quantiles)(asked, source.within))
        self.tables += adjusted
        self._compare_alike(part)

    def _sum_up(self, asked: Asked, exact: Exact) -> None:
        if asked.measure.is_share:
            self.summary += tests(asked, exact, self.digits, self.source.within)
        self.summary += indices(asked.part, exact, self.confidence, self.digits)

    def _compare_alike(self, part: Question) -> None:
        """Words about like with like, of the first share; and the strata that hold a gap of their own."""
        first = self.first_share
        if first is None or part.strata is None:
            return
        asked = self.asked(part, first)
        table = pd.concat(self.tables, ignore_index=True)
        rows, said = strata_with_gaps(asked, self.source.waits.about.estimand)
        self.summary += rows
        self.alike[part.name] = [
            *like_with_like(table, asked, self.source.waits.about.estimand, self.source.within),
            *said,
        ]

    def treated(self, question: tuple[str, ...]) -> None:
        """Answer one question about time to treatment."""
        part, flow = whole_question(self.source.waits, question, self.source.spread(question))
        whole = flow.summed()
        gone = whole.treated.sum() + whole.otherwise.sum()
        self.left.append(_unknown_exits(self.source.waits) / max(gone, 1.0))
        adjusted: list[pd.DataFrame] = []
        curves: Curves | None = None
        for measure in self.measures:
            asked = self.asked(part, measure)
            curves = curves or Curves.of(whole, part, asked.reference)
            rows, exact = (still_waiting_after if measure.is_share else quantile_of_treatment)(asked, curves)
            self.tables += [rows, *(became_of(asked, curves) if measure.is_share else [])]
            self._sum_up_treated(asked, exact, whole, flow)
            if measure.is_share and part.strata is not None:
                adjusted.append(adjusted_survival(asked, flow, self.source.within))
        self.tables += adjusted
        first, about = self.first_share, self.source.waits.about
        if adjusted and first is not None:
            table = pd.concat(self.tables, ignore_index=True)
            self.alike[part.name] = like_with_like(table, self.asked(part, first), about.estimand, self.source.within)
        if curves is not None:
            self.curves.append(shown_curves(curves, self.asked(part, self.measures[0])))

    def _sum_up_treated(self, asked: Asked, exact: Exact, whole: Flow, flow: Flow) -> None:
        known, method = asked.part.known, "log-rank test of the whole curves, late entry"
        hidden = "withheld: a group that it rests on is hidden or withheld" if exact.hidden[known].any() else ""
        tested = [("overall_p", whole, method)]
        if asked.part.strata is not None:
            tested.append(("overall_p_within", flow, f"{method}, within {self.source.within}"))
        for index, counts, how in tested:
            p = np.nan if hidden else overall(_with_strata(counts), known)
            value = float(f"{p:.3g}") if self.digits and np.isfinite(p) else p
            self.summary.append((asked.measure.name, asked.part.name, index, value, np.nan, np.nan, how,
                                 hidden or "p-value; groups not recorded are left out"))  # fmt: skip
        self.summary += indices(asked.part, exact, self.confidence, self.digits) if asked.measure.is_share else []

    def answer(self, benchmark: Waits | None) -> Disparities:
        """Put together what was found."""
        about = self.source.waits.about
        table = pd.concat(self.tables, ignore_index=True)[COLUMNS] if self.tables else pd.DataFrame(columns=COLUMNS)
        table["estimand"] = about.estimand
        summary = pd.DataFrame(self.summary, columns=SUMMARY)
        unknown = {
            part.name: tuple(g for g, there in zip(part.groups, part.known, strict=True) if not there)
            for part in self.parts
        }
        merges = self._merges()
        published = beside(benchmark, table, self.parts, self.measures, self.rule) if benchmark is not None else None
        findings = [
            sentence for by, said in findings_of(table, summary, unknown, about.estimand) for sentence in (said, *self.alike.get(by, []))
        ]  # fmt: skip
        repeated = self.source.repeated is not None and self.source.repeated.clustering.any
        growth = self._growth()
        calm = [CALM] if about.estimand == "still_waiting" else []
        notes = notes_of(
            about, self.rule, name=self.source.within, growth=growth or calm, repeated=repeated,
            unknown_exits=max(self.left, default=0.0),
        )  # fmt: skip
        return Disparities(
            title_of(about), table, (*notes, *hidden_in_merges(merges), *offers(table[table["within"] == ""])),
            (*(said for said in growth if said != ONE_OPEN_LIST), *findings,
             *(sentences(published) if published is not None else [])), suppression=self.rule.name,
            unknown=unknown, summary=summary, merges=merges, benchmark=published if published is not None else pd.DataFrame(columns=BESIDE),
            curves=pd.concat(self.curves, ignore_index=True) if self.curves else pd.DataFrame(columns=CURVES),
        )  # fmt: skip

    def _growth(self) -> list[str]:
        """What the list can say of referrals: a note either way, and a finding where they grew unlike."""
        waits, waiting = self.source.waits, self.source.whole_list
        if waits.about.estimand != "still_waiting":
            return []
        if waiting is None:
            return [ONE_OPEN_LIST]
        asked = growth_warnings(
            waiting, waits.about.by, reference=self.given, confidence=self.confidence, suppression=self.rule.name
        )
        return list(asked)

    def _merges(self) -> pd.DataFrame:
        """The detailed groups of each merged question, by every measure, crude."""
        found = []
        for merged, waits in self.source.detailed.items():
            if waits.about.estimand == "time_to_treatment":
                continue  # curves of groups as small as these say too little
            work = Work(Source(waits), self.measures, None, self.confidence, self.rule)
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
