"""What is counted: the counts of a list or a publication, and of a list what else its rows say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from equiwait.answers.common_notes import NotCounted, not_counted, repeated_fact
from equiwait.answers.disparity.merged_groups import detailed_questions
from equiwait.answers.disparity.question_counts import InStrata, People, repeats
from equiwait.answers.disparity.standardised import strata_name
from equiwait.answers.grouped_people import default_questions
from equiwait.counts.waits import By, Waits, count_waits, question_name, questions
from equiwait.counts.waits.clustering import Repeated
from equiwait.counts.waits.estimands import read_window, spells
from equiwait.derived import list_from
from equiwait.disclosure import Counts
from equiwait.errors import OptionError, listed
from equiwait.fields import made_from
from equiwait.frames import need


@dataclass(frozen=True)
class Source:
    """The counts, and of a list what else its rows say: strata, repeated people, who joined when."""

    waits: Waits
    within: str = ""
    strata: InStrata | None = None
    repeated: Repeated | None = None
    whole_list: pd.DataFrame | None = None
    detailed: Mapping[str, Waits] = field(default_factory=dict)

    @property
    def left_out(self) -> NotCounted:
        """The rows that are not counted; no number is in it."""
        return not_counted(self.waits.about)[1]

    @property
    def also_told(self) -> Counts:
        """What is told beside the groups: rows that are not counted, and whether people have several pathways."""
        told = not_counted(self.waits.about)[0]
        return told if self.repeated is None else told.with_facts(repeated_fact(self.repeated.clustering))

    def people(self, question: tuple[str, ...]) -> People | None:
        """Return Σk²/Σk and the people of each group of a question; None where the source does not say who is who."""
        if self.repeated is None:
            return None
        names = self.waits.cube(question)[0]["group"].tolist()
        return People(self.repeated.design_effect(question, names), self.repeated.people(question, names))


def source_of(
    source: pd.DataFrame | Waits,
    by: By | None,
    within: tuple[str, ...],
    estimand: str,
    window: Sequence[object] | None,
    counted: Waits | None = None,
) -> Source:
    """Return what is counted, from a list or from counts that were made before; a list is not counted again."""
    if isinstance(source, Waits):
        return _of_counts(source, by, within, estimand, window)
    waiting = list_from(source)
    asked = default_questions(waiting) if by is None else by
    _refuse_within_itself(asked, within)
    need(waiting, within, "disparities")
    treated = estimand == "time_to_treatment"  # curves need every day, within strata too
    strata = (within if treated else None) or None
    waits = (
        counted if counted is not None else count_waits(waiting, asked, within=strata, estimand=estimand, window=window)
    )
    found = spells(waiting, estimand, read_window(waiting, estimand, window))
    columns = [column for one in waits.about.by for column in one]
    details = {
        merged: count_waits(waiting, column, estimand=estimand, window=window)
        for merged, column in detailed_questions(waits.about.by).items()
    }
    return Source(
        waits,
        strata_name(within),
        InStrata(waiting, within, found) if within and not treated else None,
        repeats(waiting, found, columns),
        waiting if estimand == "still_waiting" else None,
        details,
    )


def _of_counts(
    waits: Waits, by: By | None, within: tuple[str, ...], estimand: str, window: Sequence[object] | None
) -> Source:
    if window is not None:
        raise OptionError("The counts already have their window.", todo="Leave window= out, or give the list.")
    if estimand not in ("still_waiting", waits.about.estimand):
        raise OptionError(
            f"The counts are of {waits.about.estimand}, not of {estimand}.", todo="Leave estimand= out, or count again."
        )
    if within and within != waits.about.within:
        counted = f"within {strata_name(waits.about.within)}" if waits.about.within else "without strata"
        raise OptionError(
            f"within= differs from the counts, which were made {counted}.", todo="Count again with within=."
        )
    return Source(_some(waits, by), strata_name(waits.about.within))


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


def _refuse_within_itself(by: By, within: tuple[str, ...]) -> None:
    both = sorted({made_from(column) for one in questions(by) for column in one} & set(map(made_from, within)))
    if both:
        raise OptionError(
            f"within= holds {listed(both)}, which is also compared: within a group there is no gap between groups.",
            todo="Leave it out of one of the two.",
        )
