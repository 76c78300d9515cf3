"""What the first run of a stranger's file needs to hear: what could not be made of it, and what to type so that it can."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from equiwait.cli.messages import quoted
from equiwait.errors import ColumnsError, listed
from equiwait.fields.catalogue import named_by

if TYPE_CHECKING:
    import pandas as pd

    from equiwait.rows.policies import Policy

__all__ = ["by_person", "candidates", "no_groups", "no_order", "nobody_placed", "with_candidates"]

_WHY = {
    "out_of_scope": "are not said to wait for admission, and {policy} orders those who do",
    "unscored": "lack something that {policy} needs",
    "no_mean": "lack something that nobody on the list has recorded, so that {policy} has no mean for it",
    "ask_clinician": "need a clinician to choose first",
    "no_tier": "have a code that stands in no tier",
    "below_threshold": "are below the threshold",
    "booked": "are booked already",
    "patient_choice": "asked to wait (P5, P6)",
    "not_open": "are not open pathways",
}


def nobody_placed(ordered: pd.DataFrame, policy: Policy) -> list[str]:
    """Return, where nobody on a list got a place, a sentence why and a sentence with the cure."""
    if not len(ordered) or (ordered["score_status"] == "scored").any():
        return []
    status = ordered["score_status"].astype(str)
    open_rows = status[status != "not_open"]
    if open_rows.empty:
        return ["NOBODY HAS A PLACE: no row is an open pathway. Do: equiwait check LIST says why each is not counted."]
    most = str(open_rows.value_counts().index[0])
    if most == "out_of_scope" and _of_other_specialties(ordered, policy):
        return [
            f"NOBODY HAS A PLACE on the suggested order: no row is of specialty {listed(policy.specialties)}.",
            f"  Do: say in specialties of {policy.name} how the list writes them, or choose another --policy.",
        ]
    why = _WHY[most].format(policy=policy.name)
    return [
        f"NOBODY HAS A PLACE on the suggested order: most rows {why}.",
        f"  Do: {_cure(most, ordered, policy)}",
    ]


def _of_other_specialties(ordered: pd.DataFrame, policy: Policy) -> bool:
    from equiwait.rows.policies.columns import level_for

    given = ordered["specialty"].dropna().astype(str).unique() if "specialty" in ordered else ()
    return bool(policy.specialties) and not any(level_for(policy.specialties, each) for each in given)


def _cure(most: str, ordered: pd.DataFrame, policy: Policy) -> str:
    if most == "out_of_scope":
        if not _recorded(ordered, "list_type"):
            return "if everybody on the list waits to be admitted, add --all-are admitted. Else name the column: " + (
                '--columns "Their header=list_type" (or decision_to_admit).'
            )
        return "check the column list_type: IRTT says that a person waits to be admitted, ORTT that not."
    if most == "unscored":
        needs = policy.needs(ordered)
        empty = [name for name in needs["column"] if name in ordered and not _recorded(ordered, name)]
        lacking = [*needs.loc[~needs["here"], "column"], *empty]
        if lacking:
            return (
                f'name the columns of {listed(lacking)}: --columns "Their header=priority"; or choose another --policy.'
            )
    return f"equiwait policy check {policy.name} --list LIST says what the policy needs; or choose another --policy."


def _recorded(ordered: pd.DataFrame, name: str) -> bool:
    return name in ordered and bool(ordered[name].notna().any())


def no_order(policy: Policy, waiting: pd.DataFrame) -> list[str]:
    """Return why no order was made of a list that lacks what the policy must have, and what to type."""
    needs = policy.needs(waiting)
    lacking = list(needs.loc[needs["must"] & ~needs["here"], "column"])
    typed = [_typed(name) for name in lacking]
    wrong = f"NO SUGGESTED ORDER was made: {policy.name} needs {listed(lacking)}, and the list has no such column."
    return [
        wrong,
        f"  Do: add {' '.join(typed)}" + ("; without P-codes no order is suggested." if "priority" in lacking else "."),
    ]


def by_person(ordered: pd.DataFrame, *, asked_before: bool) -> list[str]:
    """Return what an order lacks whose rows have a person's number and none of their own, unless a saved mapping settled it."""
    if asked_before or named_by(ordered) == "pathway_id":
        return []
    return [
        "THE ORDER GOES BY PEOPLE'S NUMBERS: the list has no number of the pathway. Who waits for two things stands in two "
        "rows of one number, and a row that came twice cannot be told from a second wait.",
        "  Do: if a header holds a number of each wait, say --columns 'Their header=pathway_id'; else equiwait map LIST, "
        "once for all months.",
    ]


def _typed(name: str) -> str:
    """Return what to type for a column that a list lacks."""
    if name == "list_type":
        return "--all-are admitted (if everybody on the list waits to be admitted)"
    if name == "pathway_id":
        return "--columns 'Their header=pathway_id' (a number of each wait; =person_id if it is the person's, as a hospital number is)"
    return f"--columns 'Their header={name}'"


def no_groups(waiting: pd.DataFrame, groups: Sequence[str], instead: Sequence[str]) -> list[str]:
    """Return what a report lacks of a list without anything to compare people by, and what would bring it."""
    seen = f"waits are shown by {listed(instead)}" if instead else "waits are not compared"
    return [
        f"NO GAPS BETWEEN PEOPLE are in the report: the list has none of {listed([*groups, 'date_of_birth'])}, and no index was "
        f"linked; {seen}.",
        "  Do: "
        + (
            "add --directory and --index, since it has postcodes"
            if "postcode" in waiting
            else "ask for an export with these columns"
        )
        + ', or name yours: --columns "Their header=ethnicity".',
    ]


_LIKELY = re.compile(
    r"refer|list(ed)? date|wl date|waiting list|on list|added|placed on|wait(ing)? (from|since|start)|date on|^start(ed)?$|since",
    re.I,
)


def with_candidates(error: ColumnsError, source: Path, sheet: str | None) -> ColumnsError:
    """Return the error of a list without a known clock start with the headers that it could be."""
    found = candidates(_headings(source, sheet))
    if not found:
        return error
    typed = " or ".join(f"--columns '{header}=clock_start'" for header in found)
    return ColumnsError(
        error.wrong,
        error.found,
        f"If the wait counts from then, add {typed}. To be asked once for all months: equiwait map {quoted(source)}",
    )


def candidates(headings: Sequence[tuple[str, str]], most: int = 2) -> list[str]:
    """Return the headers that could be the day that the wait began, likeliest first.

    Examples
    --------
    >>> candidates([("PlacedOnWaitingListDate", ""), ("Ward", ""), ("Date of referral", "referral_received")])
    ['Date of referral', 'PlacedOnWaitingListDate']
    """
    referred = [header for header, column in headings if column == "referral_received"]
    others = [
        header
        for header, column in headings
        if column in ("", "decision_to_admit") and _LIKELY.search(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))
    ]
    return [*referred, *others][:most]


def _headings(source: Path, sheet: str | None) -> list[tuple[str, str]]:
    from equiwait.rows.intake.headings import headings

    table = headings(source, sheet=sheet)
    return list(zip(table["heading"], table["column"], strict=True))
