"""What two steps did to a list, in small tables that may be released: how it was linked, and how it was ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from equiwait.derived import list_from
from equiwait.disclosure import (
    Cell,
    Counts,
    ReleasedCounts,
    Sum,
    count,
    in_words,
    notes_of,
    recorded_cells,
    release,
    rule_named,
    tally,
)
from equiwait.frames import need, provenance, snapshot_of
from equiwait.results import Certainty, Headline, Result, answered, provenance_of

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
    "no_mean": "Something is not recorded, and recorded for nobody, so that no mean can stand in: fill it, or mend the policy.",
    "ask_clinician": "A clinician must choose between priorities first.",
    "no_tier": "A recorded code that stands in no tier of the policy: listed apart, and the policy is to be mended.",
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

    front: str = field(default="", kw_only=True)
    """The order in a sentence: by which policy, and whether it is approved."""
    moves_nobody: bool = field(default=False, kw_only=True)
    """Whether the policy weighs nothing social."""

    def headlines(self) -> Sequence[Headline]:
        """Return which policy suggests the order, then what else was found."""
        sure: Certainty = "nobody" if self.moves_nobody else "stated"
        said = [Headline(says=sentence, asked=self.title, certainty=sure) for sentence in self.findings]
        return sorted(said, key=lambda each: each.says != self.front)


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
    waiting = list_from(waiting)
    need(waiting, ["scope", "link_status"], "how_linked")
    asked = ["link_status", *(name for name in map(str, waiting.columns) if name.endswith(("_decile", "_quintile")))]
    here = waiting.loc[(waiting["scope"] == "rtt_open").to_numpy(bool, na_value=False), asked]
    population = f"open {snapshot_of(waiting)}".strip()
    counts = _counts(population, here["link_status"], _LINKS, {"linked": _LINKED})
    counts = counts.with_sums(*_ranked(population, here))
    said = tuple(_editions(waiting))
    return answered(
        partial(_linked, population, said), release(counts, rule_named(suppression)), provenance_of(waiting)
    )


def _linked(population: str, editions: tuple[str, ...], released: ReleasedCounts) -> Linked:
    linked, whole = Cell(population, event="linked"), Cell(population)
    share = float(released.people(linked) / released.people(whole)) if released.people(whole) > 0 else np.nan
    told = f"{in_words(released, linked)} ({min(share, 1.0):.0%})" if share == share else in_words(released, linked)
    return Linked(
        "How postcodes and areas were linked",
        _table(released, population, "link_status", _LINKS),
        (*notes_of(released), _NOT_A_PERSON, *editions),
        (f"Of {in_words(released, whole)} open pathways, {told} were linked to an area.",),
    )


def _ranked(population: str, here: pd.DataFrame) -> Iterator[Sum]:
    """Who lives in a ranked area is who was linked, and those of no fixed abode are a group of every rank."""
    status = here["link_status"]
    for column in here.columns[1:]:
        if (here[column].notna() == status.isin(_LINKED)).all():
            one = recorded_cells(population, column).tolist()[0]
            codes = [code for code in (*_LINKED, "no_fixed_abode") if (status == code).any()]
            if codes:
                yield Sum(one, tuple(_cell(population, "link_status", code) for code in codes))
        yield Sum(_cell(population, column, "No fixed abode"), (_cell(population, "link_status", "no_fixed_abode"),))


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
    waiting = list_from(waiting)
    need(waiting, ["score_status"], "how_ordered")
    population = f"rows {snapshot_of(waiting)}".strip()
    counts = _counts(population, waiting["score_status"], _PLACES, {})
    status = "" if policy.approved else f" Its status is {policy.status}: it is not approved for use."
    weighs = bool(policy.equity_lines)
    asked = _Policy(population, f"{policy.title}; {policy.stamp}", policy.title, status, weighs)
    return answered(partial(_ordered, asked), release(counts, rule_named(suppression)), provenance_of(waiting))


class _Policy(NamedTuple):
    """What the answer says of the policy."""

    population: str
    named: str
    title: str
    status: str
    weighs_need: bool


def _ordered(asked: _Policy, released: ReleasedCounts) -> Ordered:
    scored = _cell(asked.population, "score_status", "scored")
    placed = in_words(released, scored) if scored in released.place else "0"
    said = f"{placed} pathways have a place in the order that the policy “{asked.title}” suggests.{asked.status}"
    said += "" if asked.weighs_need else " It weighs no social need, so nobody moves for any."
    nowhere = _cell(asked.population, "score_status", "no_tier")
    mend = (
        (f"{in_words(released, nowhere)} pathways have a recorded code that stands in no tier: mend the policy first.",)
        if nowhere in released.place
        else ()
    )
    return Ordered(
        "The suggested order",
        _table(released, asked.population, "score_status", _PLACES),
        (*notes_of(released), f"Policy: {asked.named}.", _DECIDES),
        (*mend, said, _DECIDES),
        front=said,
        moves_nobody=not asked.weighs_need,
    )


# --- counts, and the table that is made of them ----------------------------------------------------------------------


def _cell(population: str, column: str, code: str) -> Cell:
    return Cell(population, ((column, code),))


def _counts(
    population: str, codes: pd.Series, meanings: Mapping[str, str], together: Mapping[str, Sequence[str]]
) -> Counts:
    """How many rows have each code that occurs, and how many have one of several codes together."""
    found = codes.value_counts()
    names = [name for name in meanings if found.get(name, 0)]
    counts = tally(population, str(codes.name), names, [int(found[name]) for name in names])
    for event, several in together.items():
        parts = tuple(_cell(population, str(codes.name), name) for name in several if name in names)
        whole = Cell(population, event=event)
        counts += count(whole, sum(int(found.get(name, 0)) for name in several))
        counts = counts.with_sums(*([Sum(whole, parts)] if parts else []))
    return counts


def _table(released: ReleasedCounts, population: str, column: str, meanings: Mapping[str, str]) -> pd.DataFrame:
    """Return the codes that occur, in the order of their meanings; shares come from the counts as shown."""
    names = [name for name in meanings if _cell(population, column, name) in released.place]
    cells = [_cell(population, column, name) for name in names]
    n, of = released.people(cells), float(released.people(Cell(population)))
    return pd.DataFrame(
        {
            "code": names,
            "n": n,
            "of": of,
            "share": np.minimum(n, of) / of if of > 0 else np.full(len(n), np.nan),
            "suppressed": released.hidden(cells),
            "meaning": [meanings[name] for name in names],
        }
    )


def _editions(waiting: pd.DataFrame) -> list[str]:
    """Say from which directory and index, where the list says so."""
    named = {"Directory": "directory_edition", "Index": "index_edition"}
    return [
        f"{what}: {', '.join(editions)}." for what, name in named.items() if (editions := provenance(waiting, name))
    ]
