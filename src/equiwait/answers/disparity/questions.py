"""The work: question by question, measure by measure, and the answer put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from equiwait.answers.disparity.adjusted import adjusted_quantiles, adjusted_shares
from equiwait.answers.disparity.benchmark import BESIDE, beside, sentences
from equiwait.answers.disparity.crude import COLUMNS, Asked, Exact, quantiles, shares
from equiwait.answers.disparity.findings import findings_of, like_with_like, notes_of, spoken, title_of
from equiwait.answers.disparity.growth import CALM, ONE_OPEN_LIST, growth_warnings, starts_in
from equiwait.answers.disparity.inequality_indices import SUMMARY, Row, indices, tests
from equiwait.answers.disparity.merged_groups import hidden_in_merges, inside, offers
from equiwait.answers.disparity.question_counts import Question, question_of
from equiwait.answers.disparity.references import Reference, reference_of
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
from equiwait.counts.waits import Waits, question_name
from equiwait.disclosure.rules import Rule


@dataclass
class Work:
    """What has been found so far, question by question."""

    source: Source
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
        """Significant figures of what is exact and yet shown."""
        return 3 if self.rule.slack else None

    def asked(self, part: Question, name: str) -> Asked:
        """Return one measure of one question; its reference is looked up once."""
        if part.name not in self.references:
            self.references[part.name] = reference_of(part, self.given)
            self.parts.append(part)
        return Asked(name, part, self.references[part.name], self.confidence, self.rule)

    def waited(self, question: tuple[str, ...]) -> None:
        """Answer one question about waits so far or ended waits."""
        source, longest = (
            self.source,
            max((what for what in self.measures.values() if isinstance(what, int)), default=0),
        )
        part = question_of(source.waits, question, source.spread(question), longest, source.strata)
        adjusted: list[pd.DataFrame] = []
        for name, what in self.measures.items():
            asked = self.asked(part, name)
            rows, exact = shares(asked, what) if isinstance(what, int) else quantiles(asked, what)
            self.tables.append(rows)
            self._sum_up(asked, what, exact)
            if part.strata is not None:
                strata = source.within
                adjusted.append(
                    adjusted_shares(asked, what, strata)
                    if isinstance(what, int)
                    else adjusted_quantiles(asked, what, strata)
                )
        self.tables += adjusted
        self._compare_alike(part)
        if source.halves is not None:
            reference = self.references[part.name]
            self.growth += growth_warnings(
                starts_in(source.halves, part), part, reference, spoken(part.name), self.confidence
            )

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
            rows, exact = (
                still_waiting_after(asked, what, curves)
                if isinstance(what, int)
                else quantile_of_treatment(asked, what, curves)
            )
            self.tables += [rows, *(became_of(asked, what, curves) if isinstance(what, int) else [])]
            self._sum_up_treated(asked, what, exact, whole, flow)
            if isinstance(what, int) and part.strata is not None:
                adjusted.append(adjusted_survival(asked, what, flow, self.source.within))
        self.tables += adjusted
        first = next((name for name, what in self.measures.items() if isinstance(what, int)), None)
        if adjusted and first is not None:
            table = pd.concat(self.tables, ignore_index=True)
            self.alike[part.name] = like_with_like(table, self.asked(part, first), None, self.source.within)
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
