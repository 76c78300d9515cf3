"""The answer put together: a pure function of released counts, coarse figures and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import pandas as pd

from equiwait.answers.asked import AskedAnswer
from equiwait.answers.common_notes import are_repeated
from equiwait.answers.disparity.benchmark import BESIDE, beside, sentences
from equiwait.answers.disparity.findings import findings_of
from equiwait.answers.disparity.inequality_indices import SUMMARY
from equiwait.answers.disparity.merged_groups import hidden_in_merges, inside
from equiwait.answers.disparity.notes import notes_of, title_of
from equiwait.answers.disparity.questions import Answered, Asked, ExactQuestion, answered
from equiwait.answers.disparity.result import CURVES, MERGED, Disparities
from equiwait.answers.disparity.rows import COLUMNS
from equiwait.answers.snapshots.referral_growth import CALM, GrowthBeside
from equiwait.answers.snapshots.stretches import ONE_OPEN_LIST
from equiwait.counts.waits import Waits, question_name
from equiwait.disclosure import Counts, ReleasedCounts, in_sentences, release, together
from equiwait.results import Provenance, providers_said


@dataclass(frozen=True)
class Beside:
    """What stands beside the gaps: growth of referrals, a benchmark, exits without a reason, curves."""

    growth: GrowthBeside | None = None
    benchmark: Waits | None = None
    unknown_exits: float = 0.0
    curves: Sequence[pd.DataFrame] = field(default_factory=list)


class AskedGaps(NamedTuple):
    """Gaps that were asked for: the counts that ask to be released, what is asked of them, and the answer that they give."""

    counts: Counts
    asked: Asked
    answer: Callable[[ReleasedCounts], Disparities]

    @property
    def by(self) -> list[str]:
        """The names of the questions."""
        return [question_name(columns) for columns in self.asked.about.by]

    def released(self) -> AskedAnswer[Disparities]:
        """Return what makes the answer from these counts alone, as they may be shown."""
        return AskedAnswer(self.answer, release(self.counts, self.asked.rule))


def gaps_from_counts(
    asked: Asked,
    questions: Sequence[ExactQuestion],
    details: Mapping[str, ExactQuestion],
    about: Beside,
    told: Counts,
) -> AskedGaps:
    """Return the gaps that were asked for; ``told`` are the counts beside those of the questions."""
    counts = together([*(each.counts for each in (*questions, *details.values())), told])
    return AskedGaps(counts, asked, partial(_from_released, asked, tuple(questions), dict(details), about))


def _from_released(
    asked: Asked,
    questions: Sequence[ExactQuestion],
    details: Mapping[str, ExactQuestion],
    about: Beside,
    released: ReleasedCounts,
) -> Disparities:
    parts = [answered(each, released) for each in questions]
    found = [inside(answered(each, released).table, merged) for merged, each in details.items()]
    merges = pd.concat(found, ignore_index=True)[MERGED] if found else pd.DataFrame(columns=MERGED)
    published = None
    if about.benchmark is not None:
        named = [(each.part.name, each.part.columns) for each in questions]
        table = pd.concat([part.table for part in parts], ignore_index=True)
        published = beside(about.benchmark, table, named, asked.measures, released, asked.population(named[0][0]))
    return put_together(asked, parts, about, released, merges, published)


def put_together(
    asked: Asked,
    parts: Sequence[Answered],
    beside_it: Beside,
    released: ReleasedCounts,
    merges: pd.DataFrame,
    published: pd.DataFrame | None = None,
) -> Disparities:
    """Return the result: table, summary, notes and findings, of the answers to all questions."""
    about = asked.about
    table = pd.concat([part.table for part in parts], ignore_index=True).assign(estimand=about.estimand)[COLUMNS]
    summary = pd.DataFrame([row for part in parts for row in part.summary], columns=SUMMARY)
    unknown = {part.name: part.unknown for part in parts}
    growth = [] if beside_it.growth is None else [*beside_it.growth.said(released)] or [CALM]
    notes = notes_of(
        about,
        asked.rule,
        within=asked.within,
        growth=growth,
        repeated=are_repeated(released),
        left_out=asked.left_out.note,
        looks=len(parts) * len(asked.measures),
        unknown_exits=beside_it.unknown_exits,
    )
    findings = findings_of(table, summary, unknown, about.estimand, asked.smallest_gap)
    warned = [said for said in growth if said not in (ONE_OPEN_LIST, CALM)]
    return Disparities(
        title_of(about),
        table,
        (*in_sentences(notes, released), *hidden_in_merges(merges)),
        (*warned, *findings, *(sentences(published) if published is not None else [])),
        suppression=asked.rule.name,
        as_of=about.snapshot or " to ".join(about.window),
        provenance=Provenance(
            " to ".join(about.window) or about.snapshot, providers_said(about.providers), "; ".join(about.sources)
        ),
        smallest_gap=asked.smallest_gap,
        unknown=unknown,
        summary=summary,
        merges=merges,
        benchmark=published if published is not None else pd.DataFrame(columns=BESIDE),
        curves=pd.concat(beside_it.curves, ignore_index=True) if beside_it.curves else pd.DataFrame(columns=CURVES),
    )
