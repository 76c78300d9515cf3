"""Sentences on what is not recorded: each says only what the numbers of its row allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from equiwait.answers.disparity.measures import measure_named
from equiwait.answers.unknowns.bounds import SLOPE
from equiwait.counts.waits.wording import spoken
from equiwait.units import printed

HOLDS, COULD_FLIP = "holds", "could flip"
CLEAR, TOO_FEW = "clear", "too few to say"
NOT_SHOWN = "not shown"


def does_it_matter(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    """Return whether the missing records matter to one gap."""
    about = f"{row['group']} against {row['reference']}"
    if row["verdict"] == NOT_SHOWN:
        return f"{about}: not shown, since the numbers are too small to say what the missing records could change."
    unit = measure_named(str(row["measure"])).gap_unit
    between = f"between {printed(row['bound_lower'], unit)} and {printed(row['bound_upper'], unit)}"
    missing = _missing(row["n_unknown"])
    if row["n_unknown"] == 0:
        return f"{about}: everybody is recorded, so nothing is missing that could change it. {_sampling(row)}"
    if row["verdict"] == HOLDS:
        return f"{about}: holds whatever the {missing} say (a gap {between}). {_sampling(row)}"
    return f"{about}: could flip, since the {missing} could make it anything {between}. {_settles(row)}{_sampling(row)}"


def in_brief(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    """Return whether the missing records matter to one gap, short enough to stand beside it.

    Examples
    --------
    >>> in_brief({"measure": "over_18_weeks", "verdict": "could flip", "n_unknown": 245.0, "bound_lower": -0.2,
    ...           "bound_upper": 0.4, "records_to_fill": 188.0, "sampling_verdict": "too few to say"})
    'It could: 245 are not recorded; chance apart, the gap could be anything between −20.0 points and +40.0 points.'
    """
    if row["verdict"] == NOT_SHOWN:
        return "Not shown: the numbers are too small to say what missing records could change."
    if row["n_unknown"] == 0:
        return "No: everybody is recorded."
    unit = measure_named(str(row["measure"])).gap_unit
    between = f"between {printed(row['bound_lower'], unit)} and {printed(row['bound_upper'], unit)}"
    who = "some" if np.isnan(row["n_unknown"]) else f"{row['n_unknown']:,.0f}"
    if row["verdict"] == HOLDS:
        return f"No: {who} are not recorded; whoever they are, and chance apart, the gap stays {between}."
    records = row["records_to_fill"]
    settles = (
        not np.isnan(records) and row["sampling_verdict"] == CLEAR
    )  # no records settle what chance could have made
    fill = f" Filling {records:,.0f} would be expected to settle it." if settles else ""
    return f"It could: {who} are not recorded; chance apart, the gap could be anything {between}.{fill}"


def _missing(n: float) -> str:
    return "missing records" if np.isnan(n) else f"missing {n:,.0f} records"


def _settles(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    records = row["records_to_fill"]
    if np.isnan(records):
        if row["bound_kind"] == "sharp" and np.isfinite(row["tipping_odds"]):
            return "Filling all of them is not expected to settle it. "
        return ""
    of = "" if np.isnan(row["n_unknown"]) else f" of {row['n_unknown']:,.0f}"
    return f"{records:,.0f}{of} records, if they turn out as the recorded ones suggest, settle it. "


def _sampling(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    if row["sampling_verdict"] == CLEAR:
        return "Among the people who are recorded it stands clear of chance."
    return "Among the people who are recorded there are too few to tell it from chance."


def finding(measure: str, by: str, rows: pd.DataFrame) -> str:
    """Return the sentence of one question and measure: how many gaps hold, and what settles the others."""
    said = measure_named(measure).words()
    about = f"Gaps in {said} by {spoken(by)}"
    shown = rows[rows["verdict"] != NOT_SHOWN]
    if shown.empty:
        return f"{about}: none can be shown, so nothing can be said of what is missing."
    if (shown["n_unknown"] == 0).all():
        return f"{about}: everybody is recorded."
    groups, slope = (shown[(shown["group"] == SLOPE) == is_slope] for is_slope in (False, True))
    said = f"{about}: {_of_groups(groups)}" if len(groups) else f"{about}: no group can be shown."
    return " ".join([said, *(_of_slope(row) for _, row in slope.iterrows())])


def _of_slope(row: pd.Series[Any]) -> str:
    """The slope is no gap of a group, and its test is one of its own."""
    does = "holds whatever the missing records say" if row["verdict"] == HOLDS else "could flip"
    but = "and" if (row["verdict"] == HOLDS) == (row["sampling_verdict"] == CLEAR) else "but"
    sure = "is clear of chance" if row["sampling_verdict"] == CLEAR else "is not clear of chance"
    return f"The slope index, from the least to the most deprived areas, tested by itself, {does} {but} {sure}."


def _of_groups(shown: pd.DataFrame) -> str:
    """Which gaps of groups hold, which could flip, and which are clear of chance too."""
    holds, flips = (shown[shown["verdict"] == verdict] for verdict in (HOLDS, COULD_FLIP))
    parts = []
    if len(holds):
        parts.append(f"{_names(holds, shown)} {_verb(holds, 'hold')} whatever the missing records say")
    if len(flips):
        fewest = flips["records_to_fill"].min()
        soonest = flips[flips["records_to_fill"] == fewest]["group"].head(1).tolist()
        needed = (
            f" (soonest settled: {soonest[0]}, by {fewest:,.0f} record{'s' if fewest != 1 else ''})" if soonest else ""
        )
        parts.append(f"{_names(flips, shown)} could flip{needed}")
    clear = shown[(shown["verdict"] == HOLDS) & (shown["sampling_verdict"] == CLEAR)]
    both = f" Both holds and stands clear of chance: {_listed(clear)}." if len(clear) else ""
    end = both or " None both holds and stands clear of chance."
    return f"{'; '.join(parts)}.{end}"


_MOST_NAMED = 4


def _names(rows: pd.DataFrame, among: pd.DataFrame) -> str:
    """The groups by name, or how many of them where they are many."""
    if len(rows) <= _MOST_NAMED:
        return _listed(rows)
    return f"all {len(rows)}" if len(rows) == len(among) else f"{len(rows)} of {len(among)}"


def _verb(rows: pd.DataFrame, plural: str) -> str:
    return plural if len(rows) > 1 else f"{plural}s"


def _listed(rows: pd.DataFrame) -> str:
    names = [str(each) for each in rows["group"]]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def letter(part: str, rows: pd.DataFrame, whole: pd.DataFrame, split: str, minutes: float) -> str:
    """Return a letter to one part of the list: counts only."""
    lines = [f"# Records worth filling: {split} {part}", ""]
    for (measure, by), gaps in rows.groupby(["measure", "by"], sort=False, observed=True):
        n = gaps["n_unknown"].max()
        total = whole[(whole["measure"] == measure) & (whole["by"] == by)]["n_unknown"].max()
        hours = n * minutes / 60
        lines += [
            f"**What.** {spoken(str(by)).capitalize()} is not recorded for about {n:,.0f} of the people waiting here, of "
            f"{total:,.0f} on the whole list.",
            f"**Why.** Without it nobody can say whether {measure_named(str(measure)).words()} is shared fairly.",
            f"**How long.** At {minutes:g} minutes a record, {hours:,.1f} hours for all of them.",
            "**What it changes.** " + _what_changes(gaps),
            "",
        ]
    lines += [
        "Ask the people themselves, in their own words; never fill a record by guessing, by name or by postcode. "
        "*Not stated* is an answer: it stays.",
    ]
    return "\n".join(lines) + "\n"


def _what_changes(gaps: pd.DataFrame) -> str:
    """What these records alone would settle, gap by gap, and how many gaps they would not."""
    settles = gaps[gaps["records_to_fill"].notna()]
    rest = len(gaps) - len(settles)
    said = [_changes(row) for _, row in settles.sort_values("records_to_fill", kind="stable").iterrows()]
    if rest:
        others = "the other gaps" if len(settles) else "any gap"
        said.append(
            f"These records alone do not settle the direction of {others} ({rest} of {len(gaps)}), but narrow them."
        )
    return " ".join(said)


def _changes(row: pd.Series[Any]) -> str:
    unit = measure_named(str(row["measure"])).gap_unit
    between = f"between {printed(row['bound_lower'], unit)} and {printed(row['bound_upper'], unit)}"
    about = f"{row['group']} against {row['reference']}"
    if row["records_to_fill"] == 0:
        return f"{about}: already settled; the gap would be known to lie {between}."
    return f"{about}: about {row['records_to_fill']:,.0f} of these records are expected to settle it ({between} once all are filled)."
