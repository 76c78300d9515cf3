"""Notes and findings of `Representation`: what must be read with the ratios, and which groups stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.population.age_bands import STRATUM
from equiwait.counts.waits.wording import spoken
from equiwait.disclosure import Cell, Note

UNMET_NEED = (
    "A short list in a deprived area may mean unmet need: people who have not asked, were not referred, or could not come are "
    "not on it. A ratio under 1 is not good news by itself, and a ratio over 1 is not overuse."
)
_COMPARABLE = (
    "Two groups' ratios are not comparable with each other where their ages differ much.",
    "Each group's own rates are weighed by everybody's ages and sexes, so two groups' ratios can be compared.",
)  # by whether they are direct


def notes_of(
    living: pd.DataFrame, lost: Mapping[str, Cell], strata: Sequence[str], direct: bool
) -> tuple[str | Note, ...]:
    """Return what must be read with the ratios."""
    areas = f" in {living['area_code'].nunique():,} areas" if "area_code" in living.columns else ""
    left = [part for why, cell in lost.items() for part in (", ", cell, f" {why}")][1:]
    for_what = " and ".join({STRATUM: "age", "sex": "sex"}[name] for name in strata) or "nothing"
    return tuple(
        filter(
            None,
            (
                f"The population is {living['people'].sum():,.0f} people{areas}. A population of another year, or areas where another "
                "hospital is nearer, move every ratio.",
                Note(("People on the list who are not compared: ", *left, ".")) if left else "",
                f"Standardised for {for_what} as far as both know them. {_COMPARABLE[direct]}",
            ),
        )
    )


def findings_of(table: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]], what: str) -> tuple[str, ...]:
    """For each question, the highest and the lowest ratio where they are clear of chance and rounding."""
    sentences = []
    for by, every in table.groupby("by", sort=False):
        rows = every[~every["group"].isin(unknown[str(by)])]
        high, low = rows[rows["_clear"] > 0].nlargest(1, "ratio"), rows[rows["_clear"] < 0].nsmallest(1, "ratio")
        sentences += [_finding(row, what) for _, row in pd.concat([high, low]).iterrows()]
        if not len(high) + len(low):
            shown = rows["ratio"].notna().any()
            what_then = (
                "too few to tell whether any group is on the list more or less than its share" if shown else "not shown"
            )
            sentences.append(f"By {spoken(str(by))}: {what_then}.")
    return tuple(sentences)


def _finding(row: pd.Series[Any], what: str) -> str:
    caveat = " Fewer people on a list does not say that fewer need to be." if row["ratio"] < 1 else ""
    times = (
        f"{row['ratio']:.2f} times as many ({float(row['confidence']):.0%} interval {row['ratio_lower']:.2f} to "
        f"{row['ratio_upper']:.2f})"
    )
    who = f"By {spoken(str(row['by']))}: among {row['group']}, {row['n']:,.0f} people {what}"
    said = str(row["standardised_for"])
    if np.isfinite(row["expected"]):
        rates = f"at everybody's rates by {said}" if said != "nothing" else "at everybody's rate"
        return f"{who} where {row['expected']:,.0f} would be expected {rates}: {times}.{caveat}"
    alike = f", were their {said} everybody's" if said != "nothing" else ""
    return f"{who}: for each who lives there, {times} as among everybody{alike}.{caveat}"
