"""`price_of_the_promise`: for each cap on places lost, how far people with need move up, and who moves down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from equiwait import charts as draw
from equiwait.answers.reordering.displacement import displacement
from equiwait.answers.reordering.group_counts import EVERYONE
from equiwait.errors import OptionError
from equiwait.results import Chart, Result, Units
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score

__all__ = ["PromisePrice", "price_of_the_promise"]

NEED = "points for need"
_COLUMNS = [
    "most_places_lost", "group", "people", "moved_up", "moved_down", "places_up", "places_down", "most_up", "most_down",
    "suppressed", "note",
]  # fmt: skip


_NOTES = (
    "Each cap is put in place of the policy's own; places are compared with those that it gives without what is social.",
    "Moving down means a later place than that.",
    "Counts are exact: in-team, not for release.",
)


@dataclass(frozen=True, eq=False, repr=False)
class PromisePrice(Result):
    """What a promise that nobody loses more than so many places costs: a row for each cap and for everyone, *yes* and *no*.

    ``group`` says whether people have points for anything social; ``most_places_lost`` is empty without a cap.
    """

    section: ClassVar[str] = "movement"
    units: ClassVar[Units] = MappingProxyType(
        {
            **dict.fromkeys(("places_up", "places_down", "most_up", "most_down", "most_places_lost"), "places"),
            **dict.fromkeys(("moved_up", "moved_down"), "people"),
        }
    )

    def charts(self) -> Sequence[Chart]:
        """Return how far people with need move up under each cap."""
        rows = self.table[(self.table["group"] == "yes") & self.table["places_up"].notna()].reset_index(drop=True)
        if rows.empty:
            return []
        rows = rows.assign(group=[_called(most) for most in rows["most_places_lost"]])
        how: dict[str, Any] = {
            "value": "places_up",
            "unit": "places",
            "n": "",
            "label": "Mean places up, of those who move up",
        }
        shown, page = partial(draw.bars, rows, **how), partial(draw.bars_html, rows, **how)
        words = draw.interval_words(rows, value="places_up", unit="places")
        title = "How far people with need move up, by the most places that anyone may lose"
        return [
            Chart("price of the promise", title, words, lambda ax: shown(ax=ax), rows, draw.size_for(len(rows)), page)
        ]


def price_of_the_promise(
    waiting: object,
    policy: Policy,
    *,
    most: Sequence[int | None] = (0, 1, 2, 5, 10, 20, 50, None),
    suppression: str = "hes",
) -> PromisePrice:
    """Order a list under each of several caps on places lost, and say who moves from the base places.

    Parameters
    ----------
    waiting : DataFrame
        The list.
    policy : Policy
        The policy; its own ``max_places_moved_down`` is put aside, all its other guards hold.
    most : sequence of int
        The caps; None is no cap.

    Returns
    -------
    PromisePrice
        For each cap, of everyone, of people with points for anything social and of those without: how many move up and
        down, and how far.

    Raises
    ------
    OptionError
        If a cap is no number of places, or the policy has nothing social.
    RefusedError
        If nobody has a place.

    Notes
    -----
    It is for the room in which a policy is talked over: exact, in-team, not for release. Gains are not capped,
    so that a small cap may cost little: of two hundred people of whom one has a need, that one
    comes first under a cap of 1. The price is paid where many have needs.

    Examples
    --------
    >>> waiting = pd.DataFrame({
    ...     "pathway_id": list("abcd"), "snapshot_date": "2026-10-31", "scope": "rtt_open", "days_waiting": [40, 30, 20, 10],
    ...     "need": [0, 0, 5, 5]})
    >>> policy = Policy.read({
    ...     "name": "example", "title": "An example", "status": "draft", "source": "invented", "people": "everyone",
    ...     "order": {"then": "points", "without_tiers": "an example", "rank_within": []},
    ...     "factors": [{"name": "need", "kind": "equity", "source": "invented", "column": "need", "missing": "zero",
    ...                  "knots": [[0, 0], [5, 5]]}]})
    >>> found = price_of_the_promise(waiting, policy, most=[0, 1, None])
    >>> found.table.query("group == 'yes'")[["most_places_lost", "moved_up", "places_up"]]
       most_places_lost  moved_up  places_up
    2                 0       0.0        NaN
    5                 1       1.0        2.0
    8              <NA>       2.0        2.0
    """
    if not policy.equity_lines:
        raise OptionError("The policy has nothing social, so that no promise holds anything back.")
    if any(isinstance(each, bool) or not (each is None or each >= 0) for each in most):
        raise OptionError(
            "most= holds something that is no number of places.", todo="Give caps such as most=[0, 5, 10, None]."
        )
    rows: list[pd.DataFrame] = []
    for cap in most:
        guards = {**policy.guards.model_dump(), "max_places_moved_down": cap}
        ordered = score(waiting, policy.with_changes(guards=guards), ranges=False)
        asked = ordered.assign(**{NEED: np.where(_needs(ordered, policy), "yes", "no")})
        moved = displacement(asked.assign(rank=asked["base_rank"]), asked, by=NEED, top=(), suppression="none")
        rows.append(moved.table.assign(most_places_lost=cap))
    table = pd.concat(rows, ignore_index=True).astype({"most_places_lost": "Int32"})
    title = f"The price of the promise: who moves for each cap on places lost, {policy.title}"
    return PromisePrice(
        title, table[_COLUMNS], (*_NOTES, f"Policy: {policy.stamp}."), _findings(table), suppression="none"
    )


def _needs(ordered: pd.DataFrame, policy: Policy) -> np.ndarray:
    named = [f"points_{factor.name}" for factor in policy.parts if factor.kind == "equity" and factor.matters]
    social = ordered[named].fillna(0).gt(0).any(axis=1).to_numpy(bool) if named else np.zeros(len(ordered), bool)
    tiers = [number for number, tier in enumerate(policy.tiers, 1) if tier.kind == "equity"]
    return np.asarray(social | ordered["tier"].isin(tiers).fillna(False).to_numpy(bool))


def _called(most: Any) -> str:
    return "no cap" if pd.isna(most) else f"a cap of {most}"


def _findings(table: pd.DataFrame) -> tuple[str, ...]:
    """Say for each cap who moves down, and how far people with need move up."""
    said = []
    for _, rows in table.groupby("most_places_lost", sort=False, dropna=False):
        every = {row["group"]: row for row in rows.to_dict("records")}
        whole, need = every[EVERYONE], every.get("yes")
        down = f"{whole['moved_down']:,.0f} of {whole['people']:,.0f} people move down"
        far = f", by at most {whole['most_down']:,.0f}" if whole["moved_down"] else ""
        alone = f" ({every['no']['moved_down']:,.0f} of them have no points for need)" if "no" in every and far else ""
        up = "nobody has points for need"
        if need is not None:
            up = f"of {need['people']:,.0f} people with points for need {need['moved_up']:,.0f} move up"
            up += f", by {need['places_up']:.1f} places on average" if need["moved_up"] else ""
        said.append(f"With {_called(whole['most_places_lost'])}: {down}{far}{alone}; {up}.")
    return tuple(said)
