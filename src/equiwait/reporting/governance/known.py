"""What is known of a policy and its effects, as parts of papers: from the policy's own words, and from results as released."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from equiwait.disclosure.rules import RULES
from equiwait.fields import FIELDS, field_of
from equiwait.reporting.cell_text import heading, reading, split_by
from equiwait.reporting.governance.parts import Blank, Grid, Part, Points, Text
from equiwait.results import Result
from equiwait.rows.policies import Factor, Policy
from equiwait.rows.policies.protected_characteristics import protection_of, social_of
from equiwait.rows.policies.words import figure, gives_said

__all__ = ["Known"]

_MOVES = (
    "group",
    "people",
    "moved_up",
    "moved_down",
    "share_up",
    "share_down",
    "places_up",
    "places_down",
    "most_down",
)
_MOST_LOSERS = 8
_MISSING = {
    "unscored": "the person is listed apart until it is recorded",
    "zero": "it gives nothing",
    "list_mean": "it gives the mean of the list",
}
_PROTECTION = {
    "strict": "protected by the Equality Act 2010, or close to what is",
    "reason": "protected (disability or age)",
}


class Known:
    """A policy and results that have been through the gate, asked for what a paper needs.

    Parameters
    ----------
    policy : Policy
        The policy that the papers are about.
    results : sequence of Result
        What is known of the list and of who moves.
    """

    def __init__(self, policy: Policy, results: Sequence[Result]) -> None:
        self.policy, self.results = policy, results

    @property
    def standing(self) -> str:
        """Say what has been decided about the policy: what its file says, and no more."""
        policy, approval = self.policy, self.policy.approval
        if policy.approved and approval is not None:
            return (
                f"The policy's own file records an approval of this version by {approval.approver} on {approval.date} (owner: "
                f"{approval.owner}; to be reviewed by {approval.review}). Whoever reads this checks it against the minutes."
            )
        return f"Nobody has approved this policy (status: {policy.status}). This paper does not approve it either."

    @property
    def rule(self) -> list[Part]:
        """Say by which rule small numbers are hidden in what follows."""
        names = sorted({each.suppression for each in self.results} & set(RULES))
        return [Text(RULES[name].says) for name in names]

    def found(self, *sections: str) -> list[Part]:
        """Return the findings of some sections, or say that no such result was given."""
        said = tuple(dict.fromkeys(text for each in self.results if each.section in sections for text in each.findings))
        return [Points(said)] if said else []

    def notes(self, *sections: str) -> list[Part]:
        """Return what must be read with the numbers of some sections."""
        said = tuple(dict.fromkeys(text for each in self.results if each.section in sections for text in each.notes))
        return [Points(said)] if said else []

    def moves(self) -> list[Part]:
        """Return who moves, group by group; without such a result, a blank."""
        moved = [each for each in self.results if each.section == "movement"]
        if not moved:
            return [
                Blank(
                    "The analyst",
                    "Who would move up and who down, by group: give governance() what displacement(ordered, by=…) returns.",
                )
            ]
        parts: list[Part] = []
        for result in moved:
            parts.append(Points(result.findings))
            parts += [
                _grid(f"Who would move{f', by {by.lower()}' if by else ''}", table, _MOVES, result)
                for by, table in split_by(result.table)
                if not table["group"].eq("everyone").all()
            ]
        return parts

    def losers(self) -> list[Part]:
        """Return the groups that would move down most often: those of which the share is shown."""
        rows = [row for each in self.results if each.section == "movement" for row in _downward(each)]
        rows.sort(key=lambda row: -row[0])
        if not rows:
            return self.moves() if not self.found("movement") else []
        shown = tuple(row[1] for row in rows[:_MOST_LOSERS])
        headings = (
            "Looked at by",
            "Group",
            "People",
            "Would move down",
            "Share",
            "Places lost, mean",
            "Most places lost",
        )
        return [Grid("Who would wait longer: the groups that move down most often", headings, shown)]

    def lines(self) -> Grid:
        """Return what the policy counts: each factor with its kind, points, source, and what a missing value does."""
        rows = tuple(
            (
                factor.label or heading(factor.name),
                factor.kind,
                gives_said(factor),
                _if_missing(factor),
                factor.source,
            )
            for factor in self.policy.parts
        )
        return Grid(
            "What is counted inside a tier", ("What", "Kind", "What it gives", "If not recorded", "Source"), rows
        )

    def reasons(self) -> list[Part]:
        """Return what the policy counts that the law protects, with the reason that its file gives."""
        rows = [
            (factor.label or heading(factor.name), reason.reason, reason.owner, str(reason.ends or "no date"))
            for factor in self.policy.factors
            if (reason := factor.justification) is not None
        ]
        if not rows:
            return [Text("The policy counts nothing for which its file must give a reason in law.")]
        return [Grid("Reasons that the policy's file gives", ("What", "Reason", "Owner", "Holds until"), tuple(rows))]

    def columns(self) -> Grid:
        """Return the columns that the policy reads, what they say, and what kind of data they are."""
        rows = tuple(
            (
                name,
                _meaning(name),
                _PROTECTION.get(protection_of(name), social_of(name) or "about the pathway"),
            )
            for name in self.policy.reads
        )
        return Grid("Data items that the policy reads", ("Column", "What it says", "Kind"), rows)

    def consulted(self) -> list[Part]:
        """Return who was asked, and what changed because of it; nobody is a finding too."""
        rows = tuple((each.who, each.when, each.what_changed or "not said") for each in self.policy.consulted)
        if not rows:
            return [Text("The policy's file names nobody who was asked.")]
        return [Grid("Who was asked", ("Who", "When", "What changed because of it"), rows)]

    def promises(self) -> Points:
        """Return what the policy promises nobody will suffer, from its guards."""
        guards = self.policy.guards
        protected = [*guards.protect.priorities, *(["cancer pathways"] if guards.protect.cancer else [])]
        near = [f"{code} within {days} days of target, or past it" for code, days in guards.protect.near_target.items()]
        cap = guards.max_places_moved_down
        return Points(
            (
                f"Nobody loses more than {cap} places to what is social."
                if cap is not None
                else "No limit is set on how many places anybody may lose to what is social.",
                f"Never moved down for it: {', '.join([*protected, *near]) or 'nobody'}.",
                "Nobody is removed from any list, and nothing is booked: the order is a suggestion, and a person decides.",
            )
        )

    def by(self, *columns: str) -> str:
        """Return in one cell what the findings say of a question: who moves, then the first of the gaps."""
        spoken = [column.replace("_", " ") for column in columns]
        said = {
            section: [
                text
                for each in self.results
                if each.section == section
                for text in each.findings
                if re.match(
                    rf"by (points for )?({'|'.join(map(re.escape, [*spoken, *map(_of_area, spoken)]))})\b", text, re.I
                )
            ]
            for section in ("movement", "gaps")
        }
        return " ".join([*said["movement"][:1], *said["gaps"][:1]])


def _of_area(spoken: str) -> str:
    """Return how an index is called in sentences: "imd quintile" is *IMD deprivation quintile*."""
    index, _, part = spoken.partition(" ")
    return f"{index} deprivation {part}"


def _grid(caption: str, table: pd.DataFrame, wanted: Sequence[str], result: Result) -> Grid:
    kept = [name for name in wanted if name in table] + (["suppressed"] if "suppressed" in table else [])
    shown = reading(table[kept] if len(kept) > 2 else table, result.unit_of)
    same = f" ({'; '.join(shown.same)})" if shown.same else ""
    return Grid(caption + same, shown.headings, shown.rows)


def _downward(result: Result) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield each group whose share that moves down is shown, as it is read, by that share."""
    names = ["by", "group", "people", "moved_down", "share_down", "places_down", "most_down"]
    if not set(names) <= set(result.table):
        return
    rows = result.table[result.table["by"].ne("everyone") & result.table["share_down"].gt(0)]
    for share, row in zip(rows["share_down"], _printed(rows[names], result), strict=True):
        yield float(share), row


def _printed(rows: pd.DataFrame, result: Result) -> list[tuple[str, ...]]:
    from equiwait.results import in_words

    words = in_words(rows, result.unit_of)
    words["by"] = words["by"].map(heading)
    return [tuple(str(cell) for cell in row) for row in words.itertuples(index=False)]


def _meaning(column: str) -> str:
    known = FIELDS.get(field_of(column) or column)
    return known.meaning if known else ""


def _if_missing(factor: Factor) -> str:
    return _MISSING.get(str(factor.missing), f"it counts {figure(factor.missing)}")
