"""What two steps did to a list, in small tables that may be released: how it was linked, and how it was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from equiwait.disclosure.rules import Rule, rule_named
from equiwait.frames import need
from equiwait.results import Result

if TYPE_CHECKING:  # pydantic is heavy, and a policy is only looked at
    from equiwait.rows.policies import Policy

__all__ = ["Linked", "Ordered", "how_linked", "how_ordered"]

_LINKED = ("matched", "matched_terminated", "repaired")
_LINKS = {
    "matched": "Linked to an area as written.",
    "matched_terminated": "Linked by a postcode that is no longer in use.",
    "repaired": "Linked after the spelling of the postcode was mended.",
    "no_fixed_abode": "Recorded as of no fixed abode: a fact about a person, not a gap in the data.",
    "address_unknown": "Recorded as address not known.",
    "overseas": "Lives outside the United Kingdom.",
    "crown_dependency": "Lives in the Channel Islands or the Isle of Man: no index ranks them.",
    "forces": "A forces postcode: it has no area.",
    "not_found": "Written like a postcode, and not in the directory.",
    "malformed": "Not written like a postcode.",
    "missing": "No postcode or area is recorded.",
    "no_area": "In the directory, without an area.",
    "outside_index": "In an area that no index given here ranks.",
}
_PLACES = {
    "scored": "Has a place in the suggested order.",
    "unscored": "Something that the policy needs is not recorded: listed apart, never last.",
    "ask_clinician": "A clinician must choose between priorities first.",
    "below_threshold": "Below the policy's threshold: somebody should look.",
    "booked": "Has a date, and keeps it.",
    "patient_choice": "Asked to wait.",
    "out_of_scope": "Not among the people whom the policy orders.",
    "not_open": "Not an open pathway on the clock.",
}
_NOT_A_PERSON = (
    "An area is not a person: a decile speaks of an area as a whole. Many people do not live as its average does."
)
_DECIDES = (
    "This is a suggested order. A person decides, and may override it with a reason; nothing is booked or removed."
)


@dataclass(frozen=True, eq=False, repr=False)
class Linked(Result):
    """How a list was linked: ``table`` has the columns ``code n of share suppressed meaning``."""

    section: ClassVar[str] = "list"


@dataclass(frozen=True, eq=False, repr=False)
class Ordered(Result):
    """How a list was ordered: ``table`` has the columns ``code n of share suppressed meaning``."""

    section: ClassVar[str] = "order"


def how_linked(waiting: pd.DataFrame, *, suppression: str = "hes") -> Linked:
    """Count the open pathways of a linked list by what became of their postcode or area.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `link_deprivation`.
    suppression : {"hes", "none"}
        The rule for small numbers.

    Returns
    -------
    Linked
        One row for each ``link_status`` that occurs. ``share`` (0 to 1) is of the open pathways and comes from the
        counts as shown; it is missing where the count is hidden.

    Raises
    ------
    ColumnsError
        If the list has not been linked.

    Examples
    --------
    >>> waiting = pd.DataFrame({"scope": "rtt_open", "link_status": ["matched"] * 90 + ["missing"] * 10})
    >>> how_linked(waiting).findings
    ('Of 100 open pathways, 90 (90%) were linked to an area.',)
    """
    need(waiting, ["scope", "link_status"], "how_linked")
    rule = rule_named(suppression)
    rows = waiting.loc[waiting["scope"] == "rtt_open", "link_status"]
    linked = int(rows.isin(_LINKED).sum())
    finding = f"Of {rule.text(len(rows))} open pathways, {_with_share(linked, len(rows), rule)} were linked to an area."
    return Linked(
        "How postcodes and areas were linked",
        _counted(rows, _LINKS, rule),
        (rule.says, _NOT_A_PERSON, *_editions(waiting)),
        (finding,),
        suppression=suppression,
    )


def how_ordered(waiting: pd.DataFrame, policy: Policy, *, suppression: str = "hes") -> Ordered:
    """Count the rows of a scored list by where they stand with the policy, and name the policy.

    Parameters
    ----------
    waiting : pandas.DataFrame
        A list from `score`.
    policy : Policy
        The policy that it was scored with.
    suppression : {"hes", "none"}
        The rule for small numbers.

    Returns
    -------
    Ordered
        One row for each ``score_status`` that occurs; ``share`` (0 to 1) is of the rows of the list.

    Raises
    ------
    ColumnsError
        If the list has not been scored.
    """
    need(waiting, ["score_status"], "how_ordered")
    rule = rule_named(suppression)
    placed = rule.text(int((waiting["score_status"] == "scored").sum()))
    status = "" if policy.approved else f" Its status is {policy.status}: it is not approved for use."
    return Ordered(
        "The suggested order",
        _counted(waiting["score_status"], _PLACES, rule),
        (rule.says, f"Policy: {policy.title}; {policy.stamp}.", _DECIDES),
        (f"{placed} pathways have a place in the order that the policy {policy.stamp} suggests.{status}", _DECIDES),
        suppression=suppression,
    )


def _counted(codes: pd.Series, meanings: Mapping[str, str], rule: Rule) -> pd.DataFrame:
    """Return the codes that occur, in the order of their meanings; shares come from the counts as shown."""
    found = codes.value_counts()
    names = [name for name in meanings if found.get(name, 0)]
    shown = rule.release([int(found[name]) for name in names])
    of = float(rule.release(len(codes)).counts)
    share = [float(n) / of if of > 0 else float("nan") for n in shown.counts]
    return pd.DataFrame(
        {
            "code": names,
            "n": shown.counts,
            "of": of,
            "share": share,
            "suppressed": shown.hidden,
            "meaning": [meanings[name] for name in names],
        }
    )


def _with_share(count: int, of: int, rule: Rule) -> str:
    shown, whole = float(rule.release(count).counts), float(rule.release(of).counts)
    return f"{rule.text(count)} ({shown / whole:.0%})" if whole > 0 and shown == shown else rule.text(count)


def _editions(waiting: pd.DataFrame) -> list[str]:
    """Say from which directory and index, where the list says so."""
    named = {"Directory": "directory_edition", "Index": "index_edition"}
    return [
        f"{what}: {', '.join(sorted(map(str, waiting[name].dropna().unique())))}."
        for what, name in named.items()
        if name in waiting and waiting[name].notna().any()
    ]
