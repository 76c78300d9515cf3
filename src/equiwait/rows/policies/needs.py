"""What a policy needs of a list: which columns, for what, and which of them the list has, lacks or calls otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from equiwait.fields import field_of, plain
from equiwait.fields.catalogue import named_by
from equiwait.rows.policies.document import Document

__all__ = ["Need", "needs"]

_LINKED = ("imd", "idaci", "idaopi", "core20", "link_status", "rural_urban")
_READ = {"days_waiting": "clock_start", "weeks_waiting": "clock_start", "scope": "clock_start", "age_band": "age"}


class Need(NamedTuple):
    """One column that a policy reads.

    Parameters
    ----------
    column : str
        Its name.
    needed_for : tuple of str
        The parts of the policy that read it.
    must : bool
        Whether the list cannot be scored without it.
    here : bool
        Whether the list has it.
    todo : str
        What to do where it has not.
    """

    column: str
    needed_for: tuple[str, ...]
    must: bool
    here: bool
    todo: str


def needs(policy: Document, headers: Iterable[object]) -> list[Need]:
    """Return every column that the policy reads, those first that the list must have and lacks.

    Parameters
    ----------
    policy : Policy
        The policy.
    headers : iterable of str
        The columns of a list as `read_list` returns it, or the headers of a file.

    Examples
    --------
    >>> from equiwait.rows.policies import Policy
    >>> found = needs(Policy.preset("england_default"), ["pathway_id", "P code", "clock_start", "list_type", "snapshot_date"])
    >>> [(each.column, each.todo) for each in found if each.must and not each.here]
    [('priority', "rename 'P code' to priority; read_list does")]
    """
    given = [str(header) for header in headers]
    found: dict[str, tuple[list[str], bool]] = {}
    for column, what, must in _reads(policy, given):
        words, before = found.setdefault(column, ([], False))
        found[column] = ([*words, *([] if what in words else [what])], before or must)
    every = [Need(column, tuple(words), must, *_here(column, given)) for column, (words, must) in found.items()]
    return sorted(every, key=lambda need: (need.here, not need.must))


def _reads(policy: Document, given: list[str]) -> Iterable[tuple[str, str, bool]]:
    for column in (named_by(_known(given)), "snapshot_date", "days_waiting", "scope"):
        yield column, "every score", True
    if policy.people == "admitted":
        yield "decision_to_admit", "people = admitted", False
        yield "list_type", "people = admitted", "decision_to_admit" not in _known(given)
    if policy.specialties:
        yield "specialty", "specialties", True
    for tier in policy.tiers:
        yield from ((column, f"tier {tier.name}", not tier.reads_blank(column)) for column in tier.reads)
    for factor in policy.parts:
        yield from ((column, factor.says, factor.matters) for column in factor.reads)
    if policy.targets:
        asked = any(factor.percent_of_target for factor in policy.parts)
        yield from ((column, "targets", asked) for column in policy.targets.reads)
        yield "priority_date", "targets", False
    if policy.retier:
        yield from ((column, "the matrix", True) for column in ("priority", policy.retier.column))
    if policy.eligibility:
        yield policy.eligibility.column, "the threshold", True
        yield from ((column, "the threshold", True) for column in filter(None, [policy.eligibility.by]))
    if policy.equity_lines:
        yield from (
            (column, "the guards", False)  # without it they protect fewer, and every output says so
            for column in ("priority", *(["cancer_pathway"] if policy.guards.protect.cancer else []))
        )
    yield from (
        (column, "groups that are ranked apart", policy.order.rank_within_said) for column in policy.order.rank_within
    )
    yield from ((column, "coverage by group", True) for column in policy.guards.coverage_by)
    if policy.order.same_person == "together":
        yield "person_id", "one person's pathways together", True


def _known(given: Iterable[str]) -> set[str]:
    return {field_of(header) or header for header in given}


def _here(column: str, given: list[str]) -> tuple[bool, str]:
    """Return whether a column is there, and what to do where it is not."""
    if column in given or _READ.get(column) in given:
        return True, ""
    if meant := [header for header in given if (field_of(header) or plain(header)) in (column, plain(column))]:
        return False, f"rename {meant[0]!r} to {column}; read_list does"
    if column == "snapshot_date":
        return False, "say snapshot= when the list is read"
    if column.startswith(_LINKED):
        return False, "link_deprivation adds it, from a postcode or an area code"
    return False, "add it to the list, or leave out of the policy what reads it"
