"""A published figure beside ours, with its period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import Measure, measure_named
from equiwait.counts.waits import Waits, question_name
from equiwait.disclosure import ReleasedCounts, everyone_cells
from equiwait.errors import OptionError, RefusedError

BESIDE = ["measure", "by", "group", "ours", "published", "difference", "source", "period", "note"]
EVERYONE = "everyone"


def refuse_unlike(benchmark: object, estimand: str) -> None:
    """Refuse a benchmark that is not counts, or is about something else.

    Raises
    ------
    OptionError
        If it is not counts.
    RefusedError
        If it is about another estimand.
    """
    if not isinstance(benchmark, Waits):
        raise OptionError(
            f"benchmark= takes the counts of a publication, not a {type(benchmark).__name__}.",
            todo="Read it first: benchmark=read_published('WLMDS-Demographics-Summary.xlsx', organisation='ENG').",
        )
    if benchmark.about.estimand != estimand:
        raise RefusedError(
            f"The benchmark is about {benchmark.about.estimand} and the list is asked about {estimand}: they do not compare.",
            todo=f"Ask estimand={benchmark.about.estimand!r}, or give another publication.",
        )


def beside(
    benchmark: Waits,
    table: pd.DataFrame,
    parts: Sequence[tuple[str, tuple[str, ...]]],
    measures: Sequence[Measure],
    released: ReleasedCounts,
    population: str,
) -> pd.DataFrame:
    """Return our crude figures beside the published ones, for everyone and for each group that the publication has."""
    crude = table[(table["within"] == "") & table["measure"].isin([each.name for each in measures])]
    rows = []
    for each in measures:
        measure = each.name
        figures, why = _figures(benchmark, each)
        rows += _everyone(benchmark, each, released, population, why)
        for name, columns in parts:
            ours = crude[(crude["measure"] == measure) & (crude["by"] == name)]
            rows += _rows(benchmark, ours, figures, why, (measure, name, columns))
    return pd.DataFrame(rows, columns=BESIDE)


def _figures(benchmark: Waits, measure: Measure) -> tuple[pd.DataFrame, str]:
    """The published figure of every cell, or why there is none."""
    try:
        if measure.is_share:
            return benchmark.shares(measure.weeks).rename(columns={"share_over": "figure"}), ""
        return benchmark.quantile(measure.order).rename(columns={"weeks": "figure"}), ""
    except RefusedError as refused:
        return pd.DataFrame(columns=["by", "group", "within", "figure"]), refused.wrong


def _rows(
    benchmark: Waits, ours: pd.DataFrame, figures: pd.DataFrame, why: str, of: tuple[str, str, tuple[str, ...]]
) -> list[tuple[object, ...]]:
    measure, name, columns = of
    if columns not in benchmark.about.by:
        why = why or f"the publication is not broken down by {name}"
    found = []
    for _, row in ours.iterrows():
        theirs = figures[(figures["by"].astype(str) == name) & (figures["group"].astype(str) == row["group"])]
        cells = [(str(cell["within"]), _number(cell["figure"])) for _, cell in theirs.iterrows()]
        for stratum, figure in cells or [("", np.nan)]:
            note = why or ("" if cells else "no such group in the publication")
            found.append(_row(benchmark, measure, name, str(row["group"]), float(row["value"]), figure, stratum, note))
    return found


def _number(figure: object) -> float:
    return float("nan") if figure is None or pd.isna(figure) else float(figure)  # type: ignore[call-overload, arg-type]


def _row(
    benchmark: Waits, measure: str, by: str, group: str, ours: float, figure: float, stratum: str, note: str
) -> tuple[object, ...]:
    about = benchmark.about
    source = f"{about.source or 'benchmark'}{stratum and f', {stratum}'}"
    period = " to ".join(about.window) or about.snapshot or "period not given"
    return (
        measure,
        by,
        group,
        ours,
        figure,
        ours - figure,
        source,
        period,
        note or ("hidden in the publication" if np.isnan(figure) else ""),
    )


def _everyone(
    benchmark: Waits, measure: Measure, released: ReleasedCounts, population: str, why: str
) -> list[tuple[object, ...]]:
    """Everybody counted, ours and theirs; for shares only, which add up over groups."""
    if not measure.is_share or why:
        return []
    n, over = released.people(everyone_cells(population, overs=(-1, measure.days)))
    ours = float(min(over, n) / n) if n > 0 else float("nan")
    first = question_name(benchmark.about.by[0])
    cells = benchmark.shares(measure.weeks)
    cells = cells[cells["by"].astype(str) == first]
    rows = []
    for stratum, some in cells.groupby("within", sort=False):
        total, longer = (some[name].astype("Float64").sum(skipna=False) for name in ("n", "over"))
        figure = _number(longer) / _number(total)
        rows.append(
            _row(
                benchmark,
                measure.name,
                EVERYONE,
                EVERYONE,
                ours,
                figure,
                str(stratum),
                "",
            )
        )
    return rows


def sentences(rows: pd.DataFrame) -> list[str]:
    """Return what the publication says of everyone, beside ours."""
    found = []
    for _, row in rows[(rows["by"] == EVERYONE) & rows["published"].notna() & rows["ours"].notna()].iterrows():
        weeks = measure_named(str(row["measure"])).weeks
        found.append(
            f"Over {weeks} weeks: {row['ours']:.1%} of everyone counted here, {row['published']:.1%} in {row['source']} "
            f"({row['period']})."
        )
    return found
