"""Sentences: notes that must be read with the numbers, and findings that the numbers allow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from equiwait.answers.disparity.adjusted import composition_of
from equiwait.answers.disparity.crude import Asked
from equiwait.answers.disparity.measures import IF_NOBODY_LEFT, measure_named
from equiwait.answers.disparity.question_counts import Floats, Question
from equiwait.counts.waits import About
from equiwait.counts.waits.wording import AREA_IS_NOT_PERSON, SEVERAL_PATHWAYS, about_areas, spoken
from equiwait.disclosure.rules import Rule

CLEAR = 0.05


# --- notes -----------------------------------------------------------------------------------------------------------

_MEANS = {
    "still_waiting": "People still waiting on the day of the snapshot: a burden, not anybody's chance of waiting.",
    "completed": (
        "Waits that ended from {0} to {1}: whoever is still waiting is not among them, and a group whose referrals grow "
        "looks quicker than it is."
    ),
    "time_to_treatment": (
        "People on the list at the end of {0} and those who joined by {1}, each from the day of coming under observation "
        "(late entry). over_N_weeks is the share still waiting after N weeks if nobody left otherwise (Kaplan–Meier, other "
        "exits as last sightings); treated, left otherwise and still on list stand beside it (Aalen–Johansen) and add to 1."
    ),
}
_WITHIN = (
    "Rows with {0} in the column within are adjusted: each group as if its {0} were those of the whole list (direct "
    "standardisation; nothing recorded is a stratum too). Where more than 10% of the whole list is in strata that a group "
    "is not in, the adjusted row is withheld. Priority itself may carry a gap: what is adjusted for is no longer seen."
)
_NO_UNKNOWNS = (
    "Wherever waits ended for a reason that is not known, they count as left otherwise ({0} of those who left)."
)


def title_of(about: About) -> str:
    """Return the title of a result."""
    if about.estimand == "still_waiting":
        return f"Waits of people on the list on {about.snapshot or 'the day of the snapshot'}"
    what = "Waits that ended" if about.estimand == "completed" else "Time to treatment"
    return f"{what} from {about.window[0]} to {about.window[1]}"


def notes_of(
    about: About, rule: Rule, *, name: str, growth: Sequence[str], repeated: bool, unknown_exits: float = 0.0
) -> list[str]:
    """Return what must be read with the numbers."""
    left_out = [f"{scope.replace('_', ' ')} {rule.text(rows)}" for scope, rows in about.excluded.items()]
    return [sentence for sentence in (
        _MEANS[about.estimand].format(*about.window), *growth, "Positive = this group waits longer.",
        _WITHIN.format(name) if name else "",
        _NO_UNKNOWNS.format(f"{unknown_exits:.0%}") if unknown_exits > 0.005 else "",
        f"Counts from {about.source}." if about.source else "",
        f"Rows not counted, by scope: {', '.join(left_out)}." if left_out else "",
        AREA_IS_NOT_PERSON if about_areas(about.by) else "",
        f"Sources of place: {'; '.join(about.editions)}." if about.editions else "",
        SEVERAL_PATHWAYS if repeated else "",
        rule.says,
    ) if sentence]  # fmt: skip


# --- findings --------------------------------------------------------------------------------------------------------


def findings_of(
    table: pd.DataFrame, summary: pd.DataFrame, unknown: Mapping[str, tuple[str, ...]], estimand: str
) -> list[tuple[str, str]]:
    """For each question and its first share, the widest gap that is clear of chance, or that none is: question, sentence."""
    found = []
    for by, rows in table[table["within"] == ""].groupby("by", sort=False):
        known = rows[rows["measure"].str.startswith("over_") & ~rows["group"].isin(unknown.get(str(by), ()))]
        first = known[known["measure"] == known["measure"].iloc[0]] if len(known) else known
        if len(first):
            found.append((str(by), _finding(str(by), first, _overall(summary, first), estimand)))
    return found


def _overall(summary: pd.DataFrame, rows: pd.DataFrame) -> float:
    here = (summary["measure"] == rows["measure"].iloc[0]) & (summary["by"] == rows["by"].iloc[0])
    p = summary.loc[here & (summary["index"] == "overall_p"), "value"]
    return float(p.iloc[0]) if len(p) else float("nan")


def _finding(by: str, rows: pd.DataFrame, overall: float, estimand: str) -> str:
    measure = measure_named(str(rows["measure"].iloc[0])).words(estimand)
    row = _widest(rows)
    if row is None or overall >= CLEAR:
        return f"By {spoken(by)}, no gap in people {measure} stands clear of chance and rounding on this list."
    has = (
        "would still be waiting after"
        if estimand == "time_to_treatment"
        else "had waited"
        if estimand == "completed"
        else "have waited"
    )
    rest = re.sub(r"^(waiting|having waited|still waiting after) ", "", measure)
    ending = f", {IF_NOBODY_LEFT}" if estimand == "time_to_treatment" else ""
    return (
        f"By {spoken(by)}: {row['value']:.1%} of people in the group {row['group']} {has} {rest}{ending}, against "
        f"{row['value'] - row['difference']:.1%} in {row['reference']}: a gap of {_gap(row)}."
    )


def _widest(rows: pd.DataFrame) -> pd.Series | None:
    clear = rows[(rows["p_adjusted"] < CLEAR) & rows["difference"].notna()]
    return None if clear.empty else clear.iloc[int(clear["difference"].abs().to_numpy().argmax())]


def _gap(row: pd.Series) -> str:
    low, gap, high = (f"{100 * row[name]:+.1f}" for name in ("difference_lower", "difference", "difference_upper"))
    return f"{gap} points ({float(row['confidence']):.0%} interval {low} to {high})"


def like_with_like(table: pd.DataFrame, asked: Asked, estimand: str, name: str) -> list[str]:
    """Say what becomes of a question's widest crude gap among people in like strata, and (of shares so far) why."""
    here = table[(table["measure"] == asked.measure.name) & (table["by"] == asked.part.name)]
    known = here[
        here["group"].isin([group for group, there in zip(asked.part.groups, asked.part.known, strict=True) if there])
    ]
    crude, adjusted = known[known["within"] == ""], known[known["within"] == name]
    comparable = crude[crude["difference"].notna()]
    row = _widest(crude) if _widest(crude) is not None else _furthest(comparable)
    best = _widest(adjusted)
    if row is None and best is None:
        return [
            f"Among people of the same {name}, by {spoken(asked.part.name)}: no gap that can be told from chance and rounding."
        ]
    if row is None or (best is not None and _widest(crude) is None):
        row = best
    assert row is not None  # one of the two is there
    like = adjusted[adjusted["group"] == row["group"]].iloc[0]
    lead = f"Of people of the same {name}, {row['group']} against {row['reference']}: "
    return [f"{lead}{_alike(like)}. {_why(asked, crude, row, name) if estimand != 'time_to_treatment' else ''}".strip()]


def _alike(row: pd.Series) -> str:
    """An adjusted gap with its word of uncertainty, or why there is none."""
    note = str(row["note"])
    if note.startswith("gap withheld"):
        return "no gap that can be told from rounding"
    if pd.isna(row["difference"]):
        return f"no adjusted gap ({note})"
    sure = "clear of chance" if row["p_adjusted"] < CLEAR else "could be chance"
    return f"{_gap(row)}, {sure}"


def _furthest(rows: pd.DataFrame) -> pd.Series | None:
    return None if rows.empty else rows.iloc[int(rows["difference"].abs().to_numpy().argmax())]


def _why(asked: Asked, crude: pd.DataFrame, row: pd.Series, name: str) -> str:
    """Kitagawa's split of the crude gap: what is released is the exact composition, and the rest of the released gap."""
    place = asked.part.groups.index(str(row["group"]))
    gap = float(crude.loc[crude["group"] == row["group"], "difference"].iloc[0])
    composition, _ = composition_of(asked.part, asked.reference.against, place, asked.measure.weeks)
    if not np.isfinite(gap) or not np.isfinite(composition):
        return ""
    return (
        f"Of the crude gap of {100 * gap:+.1f} points, {100 * composition:+.1f} comes from which {name} people are in and "
        f"{100 * (gap - composition):+.1f} from waits within them."
    )


def inside_sentence(stratum: str, groups: Sequence[str], shares: Floats, weeks: int, by: str, estimand: str) -> str:
    """Say that one stratum holds a gap."""
    high, low = int(np.nanargmax(shares)), int(np.nanargmin(shares))
    verb = "had" if estimand == "completed" else "have"
    return (
        f"Inside ‘{stratum}’ alone, by {spoken(by)}: {shares[high]:.1%} of people in the group {groups[high]} {verb} waited over "
        f"{weeks} weeks and {shares[low]:.1%} in {groups[low]}; groups differ there by more than chance."
    )


def known_groups(part: Question) -> list[str]:
    """Return the groups that are recorded."""
    return [group for group, there in zip(part.groups, part.known, strict=True) if there]
