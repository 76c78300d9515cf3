"""`Unknowns`: what the people whose record is silent could change, as a table, sentences and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import pandas as pd

from equiwait import charts as draw
from equiwait.answers.disparity.measures import gap_unit, measure_named
from equiwait.answers.unknowns.sentences import COULD_FLIP, HOLDS, does_it_matter, in_brief, letter
from equiwait.counts.waits.wording import spoken
from equiwait.errors import OptionError, listed
from equiwait.results import Chart, Headline, Result, Units

COLUMNS = [
    "measure", "by", "group", "reference", "split", "n", "n_unknown", "difference", "lower", "upper", "bound_lower",
    "bound_upper", "bound_kind", "verdict", "sampling_verdict", "records_to_fill", "tipping_odds", "note",
]  # fmt: skip
_ENDS = ("difference", "lower", "upper", "bound_lower", "bound_upper")


@dataclass(frozen=True, eq=False, repr=False)
class Unknowns(Result):
    """What people whose group is not recorded could change: one row for each gap, kind of bound and part of the list.

    ``difference lower upper`` are the gap among people who are recorded and its sampling interval. ``bound_lower`` and
    ``bound_upper`` are the least and the most that it could be, whoever the ``n_unknown`` people are; ``bound_kind`` says
    how: *sharp* (both ends can happen), *outer* (the truth lies inside), *odds up to …* (if the unknown are at most so
    much more often in one group than recorded people are), *sharp, once filled* (rows of one ``split``: once that part's
    records are filled as recorded people suggest). ``verdict``: *holds* or *could flip*; ``sampling_verdict``: *clear* or
    *too few to say*. ``records_to_fill`` is the smallest number of records that would be expected to settle it.
    """

    section: ClassVar[str] = "unknowns"
    wider: ClassVar[str] = "without split=, and for one measure"
    main: ClassVar[tuple[str, ...]] = (
        "by", "group", "n_unknown", "difference", "bound_lower", "bound_upper", "verdict", "records_to_fill",
    )  # fmt: skip
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(_ENDS, gap_unit),
            "n_unknown": "people",
            "records_to_fill": "people",
            "tipping_odds": "ratio",
            "bound_kind": "text",
            "verdict": "text",
            "sampling_verdict": "text",
            "split": "text",
        }
    )

    filling: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    """``measure by group reference step split records lower upper settled_after``: the bounds once so many records are
    filled, part by part, the part that settles most first."""

    sensitivity: pd.DataFrame = field(default_factory=pd.DataFrame, kw_only=True)
    """``measure by group reference odds_over odds_not_over difference``: the gap, were the unknown who have waited so
    long (and those who have not) so much more often in the group than recorded people are."""

    split: str = field(default="", kw_only=True)
    """The column, or columns, whose parts the records are filled in."""

    def sentence(self, by: str, group: str, measure: str | None = None) -> str:
        """Return whether it matters, for one gap, in a sentence that can stand beside it.

        Raises
        ------
        OptionError
            If that gap is not in the table.
        """
        rows = self.table[(self.table["split"] == "") & (self.table["by"] == by) & (self.table["group"] == group)]
        if measure is not None:
            rows = rows[rows["measure"] == measure]
        if rows.empty:
            raise OptionError(
                f"There is no gap of {group!r} by {by!r} here.", todo=f"Groups: {listed(self.table['group'].unique())}."
            )
        return does_it_matter(rows.iloc[0])

    def letter(self, part: str, *, minutes_a_record: float = 3.0) -> str:
        """Return a letter to one part of the list (a site): what to fill, why, how long it takes, what it changes.

        Parameters
        ----------
        part : str
            One of the values of ``table["split"]``.
        minutes_a_record : float
            How long it takes to ask one person or look one record up; your own figure.

        Returns
        -------
        str
            Markdown; counts only, as they may be shown.

        Raises
        ------
        OptionError
            If there is no such part, or the question was not split.
        """
        rows = self.table[self.table["split"] == part]
        if part == "" or rows.empty:
            parts = [each for each in self.table["split"].unique() if each]
            raise OptionError(
                f"There is no part {part!r} here.",
                todo=f"Use one of: {listed(parts)}." if parts else 'Ask again with split="site".',
            )
        return letter(part, rows, self.table[self.table["split"] == ""], self.split, minutes_a_record)

    def headlines(self) -> Sequence[Headline]:
        """Return for each gap whether the missing records matter to it, in brief."""
        whole = self.table[(self.table["split"] == "") & self.table["bound_kind"].isin(("sharp", "outer"))]
        return [self._headline(row) for _, row in whole.iterrows()]

    def _headline(self, row: pd.Series[Any]) -> Headline:
        certainty = {HOLDS: "holds", COULD_FLIP: "could_flip"}.get(str(row["verdict"]), "not_shown")
        asked = measure_named(str(row["measure"]))
        return Headline(
            says=in_brief(row),
            asked=f"{row['group']} against {row['reference']}: {asked.words()}, by {spoken(str(row['by']))}",
            certainty=certainty,  # type: ignore[arg-type]
            value=float(row["difference"]),
            lower=float(row["bound_lower"]),
            upper=float(row["bound_upper"]),
            unit=asked.gap_unit,
            group=str(row["group"]),
            reference=str(row["reference"]),
            n=float(row["n_unknown"]),
            by=str(row["by"]),
            measure=asked.name,
            records_to_fill=float(row["records_to_fill"]),
            chart=f"{asked.name} by {row['by']}, unknown",
        )

    def charts(self) -> Sequence[Chart]:
        """Return for each question and measure the gaps with what the unknown could make of them."""
        whole = self.table[(self.table["split"] == "") & self.table["bound_kind"].isin(("sharp", "outer"))]
        return [
            self._bounds(str(measure), str(by), rows)
            for (measure, by), rows in whole.groupby(["measure", "by"], sort=False, observed=True)
            if rows["bound_lower"].notna().any()
        ]

    def _bounds(self, measure: str, by: str, rows: pd.DataFrame) -> Chart:
        asked = measure_named(measure)
        shown = rows.rename(columns={"lower": "sampling_lower", "upper": "sampling_upper"})
        how: dict[str, Any] = {
            "value": "difference", "lower": "bound_lower", "upper": "bound_upper", "n": "n", "unit": asked.gap_unit,
            "reference": 0.0, "reference_label": "no gap", "unknown": (),
            "label": f"Gap in {asked.words()}, and what the unknown could make of it",
        }  # fmt: skip
        plotted = partial(draw.interval_plot, shown, **how)
        flips = int((rows["verdict"] == "could flip").sum())
        title = (
            f"By {spoken(by)}: {flips} of {len(rows)} gaps could flip, were the unknown recorded"
            if flips
            else f"By {spoken(by)}: every gap holds whatever the unknown are"
        )
        words = " ".join(does_it_matter(row) for _, row in rows.iterrows())
        return Chart(
            f"{measure} by {by}, unknown",
            title,
            words,
            lambda ax: plotted(ax=ax),
            rows[["group", "n", "n_unknown", "difference", "bound_lower", "bound_upper", "verdict"]],
            draw.size_for(len(rows), 0),
            partial(draw.interval_html, shown, **how),
        )


def empty() -> pd.DataFrame:
    """Return a table of no gap."""
    return pd.DataFrame({name: pd.Series(dtype=object if name in _TEXT else float) for name in COLUMNS})


_TEXT = frozenset(["measure", "by", "group", "reference", "split", "bound_kind", "verdict", "sampling_verdict", "note"])


def settled(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as the table: its columns, its order, its types."""
    return pd.DataFrame(list(rows), columns=COLUMNS).fillna(dict.fromkeys(_TEXT, "")) if rows else empty()
