"""One question from exact counts to an answer: what is made while counts are exact, what is released, and the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from equiwait.answers.common_notes import NotCounted
from equiwait.answers.disparity.composition import Splits, split_facts, split_rows, splits_of
from equiwait.answers.disparity.crude import share_rows
from equiwait.answers.disparity.inequality_indices import (
    GroupValues,
    Row,
    indices,
    share_group_values,
    slope_within,
)
from equiwait.answers.disparity.measures import Measure
from equiwait.answers.disparity.overall_tests import (
    detectable_gap,
    not_recorded,
    not_recorded_people,
    overall_test,
    overall_test_within,
)
from equiwait.answers.disparity.quantile_rows import QuantileFigures, adjusted_quantiles, crude_quantiles, quantile_rows
from equiwait.answers.disparity.question_counts import Question, question_of
from equiwait.answers.disparity.released_question import asking, released_question, sides_of
from equiwait.answers.disparity.source import Source
from equiwait.answers.disparity.standardised import (
    StandardisedFigures,
    odds_rows,
    standardised_facts,
    standardised_figures,
    standardised_rows,
)
from equiwait.answers.disparity.stratum_gaps import strata_with_gaps
from equiwait.counts.waits import About
from equiwait.counts.waits.references import Given, Reference, reference_of
from equiwait.disclosure import AdjustedGap, Counts, ReleasedCounts, Rule


@dataclass(frozen=True)
class Asked:
    """What is asked of every question."""

    measures: tuple[Measure, ...]
    given: Given
    confidence: float
    rule: Rule
    about: About
    within: str = ""
    smallest_gap: float | None = None
    left_out: NotCounted = field(default_factory=NotCounted)

    @property
    def first_share(self) -> Measure | None:
        """The first share that was asked: it speaks for its question."""
        return next((each for each in self.measures if each.is_share), None)

    def population(self, question: str) -> str:
        """Return the name of the people counted; a publication's tables need not add up to one another."""
        return f"{self.about.population} {question}" if self.about.source else self.about.population


class Answered(NamedTuple):
    """The answer to one question: rows of the table and of the summary, and which groups are not recorded."""

    name: str
    table: pd.DataFrame
    summary: list[Row]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class ExactQuestion:
    """One question while its counts are exact: what asks to be released, and the coarse figures beside it."""

    part: Question
    reference: Reference
    asked: Asked

    @property
    def counts(self) -> Counts:
        """The counts that ask to be released."""
        population = self.asked.population(self.part.name)
        counts = asking(self.part, self.asked.measures, population, self.asked.rule)
        if self.part.strata is None:
            return counts
        cells = sides_of(self.part, self.reference, population)
        facts: dict[str, AdjustedGap] = {}
        for found in self.standardised.values():
            facts |= standardised_facts(self.part, found, cells)
        if self.splits is not None:
            allowed = self.standardised[self.splits.measure.name].releasable
            facts |= split_facts(self.part, self.splits, cells, allowed)
        return counts.with_facts(facts)

    @cached_property
    def standardised(self) -> Mapping[str, StandardisedFigures]:
        """Standardised shares by measure; none where no strata were counted."""
        shares = [each for each in self.asked.measures if each.is_share and self.part.strata is not None]
        return {
            each.name: standardised_figures(self.part, self.reference, each, self.asked.confidence) for each in shares
        }

    @cached_property
    def adjusted_quantiles(self) -> Mapping[str, QuantileFigures]:
        """Quantiles of standardised distributions by measure: exact, and so for the team alone."""
        wanted = [each for each in self.asked.measures if each.kind == "quantile" and self.part.strata is not None]
        return {
            each.name: adjusted_quantiles(self.part, self.reference, each, self.asked.confidence) for each in wanted
        }

    @cached_property
    def splits(self) -> Splits | None:
        """Kitagawa's parts of the first share's crude gaps."""
        first = self.asked.first_share
        if first is None or self.part.strata is None:
            return None
        return splits_of(self.part, self.reference, first, self.asked.confidence)


def exact_question(source: Source, columns: tuple[str, ...], asked: Asked) -> ExactQuestion:
    """Return one question about waits so far or ended waits, while its counts are exact."""
    longest = max(each.weeks for each in asked.measures)
    part = question_of(source.waits, columns, source.people(columns), longest, source.strata)
    return ExactQuestion(part, reference_of(part.name, part.groups, part.known, asked.given), asked)


def answered(exact: ExactQuestion, released: ReleasedCounts) -> Answered:
    """Return the answer to one question, from its released counts and coarse figures."""
    asked, part = exact.asked, exact.part
    question = released_question(released, part, exact.reference, asked.measures, asked.population(part.name))
    tables: list[pd.DataFrame] = []
    summary: list[Row] = []
    for each in asked.measures:
        if each.is_share:
            tables.append(share_rows(question, each, asked.confidence))
            summary.append(overall_test(question, each))
            summary += not_recorded(question, each, asked.confidence)
            summary += detectable_gap(question, each, asked.confidence)
            summary += indices(question, share_group_values(question, each), asked.confidence)
        else:
            figures = crude_quantiles(question, each, asked.confidence)
            tables.append(quantile_rows(question, figures, asked.confidence))
            summary += indices(question, _quantile_values(figures, question.n), asked.confidence)
    first = asked.first_share
    if first is not None:
        summary += not_recorded_people(question, first)
    if part.strata is not None:
        for each in asked.measures:
            if each.is_share:
                found = exact.standardised[each.name] if asked.rule.exact else None
                tables.append(standardised_rows(question, each, released, asked.confidence, asked.within, found))
                if found is not None:
                    tables.append(odds_rows(question, found, asked.confidence, asked.within))
                    summary.append(overall_test_within(part, each, asked.within))
                    summary += slope_within(part, each, asked.confidence, asked.within)
            elif asked.rule.exact:
                tables.append(
                    quantile_rows(question, exact.adjusted_quantiles[each.name], asked.confidence, asked.within)
                )
        if first is not None:
            summary += split_rows(question, first, released, asked.within)
            summary += strata_with_gaps(part, first, asked.about.estimand) if asked.rule.exact else []
    return Answered(part.name, pd.concat(tables, ignore_index=True), summary, question.unknown)


def _quantile_values(figures: QuantileFigures, n: np.ndarray) -> GroupValues:
    hidden = figures.few | figures.beyond | figures.unseen | np.isnan(n)
    return GroupValues(figures.measure.name, figures.value.value, figures.error, n, hidden & (n != 0))
