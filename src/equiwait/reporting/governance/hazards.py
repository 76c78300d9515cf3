"""The hazards that a hazard log starts from: those of any suggested order, and those that this policy brings with it."""

from __future__ import annotations

from collections.abc import Iterator

from equiwait.errors import listed
from equiwait.reporting.governance.parts import Grid
from equiwait.rows.policies import Policy

__all__ = ["hazards"]

_HEADINGS = ("Hazard", "What equiwait does", "What remains yours", "Severity, likelihood", "Owner")
_ALWAYS = (
    ("Priority codes are read the wrong way round", "refuses bare 1, 2, 3 under “Priority” until told", "check a sample by hand"),
    ("A postcode is joined to the wrong nation, vintage or area", "exact matches only, a status for every row, editions in every output", "keep directory and index current"),
    ("Decile 1 is taken for least deprived", "groups are named “1 (most deprived)”", "say it in slides too"),
    ("No postcode, or no fixed abode, is taken for affluent", "never given a decile; a group of its own", "look at that group"),
    ("A pathway is counted or ranked twice", "the latest submission counts, the rest stay marked", "validate duplicates"),
    ("A list of last week is worked from", "the day of the list stands on every output", "make it anew before each meeting"),
    ("Somebody is never reached", "longer waits never lower a place, all else equal", "watch who moves down, list after list"),
    ("The order is taken for a decision", "every output calls it a suggestion and names the policy's standing", "train; record overrides with reasons"),
    ("A score is used to remove people", "nothing here removes anybody", "say so in the access policy"),
    ("Small numbers in a report identify somebody", "hidden when the result is made, and looked for across all that is written", "do not combine releases by hand"),
    ("The ordered list leaves the team", "stamped in its name, on every sheet and every printed page", "keep it where the list is kept"),
)  # fmt: skip


def hazards(policy: Policy) -> Grid:
    """Return the hazards of a policy, with two columns for a person to fill."""
    rows = tuple((*row, "", "") for row in (*_ALWAYS, *_of_policy(policy)))
    return Grid("Hazards", _HEADINGS, rows)


def _of_policy(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Yield the hazards that follow from what the policy says, or does not say."""
    means = [factor.name for factor in policy.parts if factor.missing == "list_mean"]
    zeros = [factor.name for factor in policy.parts if factor.missing == "zero" and factor.matters]
    areas = [
        factor.name for factor in policy.parts if any("quintile" in read or "decile" in read for read in factor.reads)
    ]
    if policy.equity_lines and policy.guards.max_places_moved_down is None:
        yield (
            "Social need moves somebody down without limit",
            "no limit is set in this policy",
            "set max_places_moved_down, or say why not",
        )
    if areas:
        yield (
            f"An area stands for a person ({listed(areas)})",
            "says so wherever it is shown",
            "people in need live in every area: ask, and record",
        )
    if zeros:
        yield (
            f"Need that is not recorded gives nothing ({listed(zeros)})",
            "ranges show what a missing record could change",
            "fill records, first where they matter most",
        )
    if means:
        yield (
            f"A mean stands in for what is not recorded ({listed(means)})",
            "the mean is named and can be frozen",
            "look at who is not recorded",
        )
    if any(factor.sensitive for factor in policy.factors):
        yield (
            "A place tells what is private",
            "sensitive factors are named to nobody but clinicians",
            "do not print the points of single people",
        )
    if policy.order.long_waits_lead_days is not None:
        yield (
            f"Waits of {policy.order.long_waits_lead_days} days and more pass need within their tier",
            "the rule is read aloud in every description",
            "look at who waits just short of it",
        )
    if policy.status != "approved":
        yield (
            "A policy that nobody approved is used",
            "every output says “not approved”",
            "approve a fingerprint, or do not use it",
        )
