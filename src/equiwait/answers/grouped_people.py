"""Who is asked about: the people who count, the groups they are in, and what the notes say of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits import About, By, Groups, count_waits, crossed, question_name, questions
from equiwait.disclosure.rules import Rule
from equiwait.errors import OptionError, RefusedError, did_you_mean, listed
from equiwait.frames import need

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

EVERYONE = "everyone"


@dataclass(frozen=True)
class Split:
    """The groups of one question, those that occur: names, which are known, and each row's place among them."""

    name: str
    groups: tuple[str, ...]
    known: Flags
    place: Wholes

    def people(self, rows: Flags | None = None) -> Wholes:
        """Return how many rows (of those marked) each group has."""
        return np.bincount(self.place if rows is None else self.place[rows], minlength=len(self.groups))

    @property
    def silent(self) -> tuple[str, ...]:
        """The groups of which it is not known who is in them."""
        return tuple(group for group, known in zip(self.groups, self.known, strict=True) if not known)

    def find(self, asked: str) -> int:
        """Return the place of a group named in full, or by its code or number."""
        for place, group in enumerate(self.groups):
            if asked == group or asked in re.split(r"[: ]", group)[:1]:
                return place
        raise OptionError(
            f"The reference {asked!r} is not a group of {self.name}.{did_you_mean(asked, self.groups)}",
            todo=f"Use one of: {listed(self.groups, 30)}.",
        )


def default_questions(*lists: pd.DataFrame) -> list[str]:
    """Return the groupings that all the lists can be asked about: deprivation, ethnicity, age band and sex."""
    ranks = [str(name) for name in lists[0].columns if str(name).endswith("_quintile")]
    wanted = (*ranks[:1], "ethnicity", "age_band", "sex")
    return [name for name in wanted if all(name in each.columns for each in lists)]


def asked_of(by: By | None, step: str, *lists: pd.DataFrame, alone: bool = False) -> list[tuple[str, ...]]:
    """Return the questions of ``by``, or the default ones (which may be none, where everybody is an answer by itself)."""
    chosen = default_questions(*lists) if by is None else by
    asked = [] if alone and by is None and not chosen else questions(chosen)
    for each in lists:
        need(each, dict.fromkeys(column for one in asked for column in one), step)
    return asked


def on_the_list(waiting: pd.DataFrame, asked: Sequence[Sequence[str]], step: str) -> tuple[pd.DataFrame, About]:
    """Return the rows of people still waiting, and what is to be said about the list.

    Raises
    ------
    RefusedError
        If nobody is waiting, or if snapshots or nations would be pooled.
    """
    need(waiting, ["scope", "days_waiting"], step)
    about = count_waits(waiting, list(asked) or "scope").about  # refuses stacked snapshots and pooled nations
    days = waiting["days_waiting"]
    here = is_scope(waiting, "rtt_open") & days.notna().to_numpy() & (days >= 0).fillna(value=False).to_numpy(bool)
    if not here.any():
        raise RefusedError("Nobody on the list is waiting with the clock running.", todo="Check the list: check_list.")
    return waiting[here], about


def is_scope(waiting: pd.DataFrame, *scopes: str) -> Flags:
    """Return which rows have one of these scopes."""
    return waiting["scope"].isin(scopes).fillna(value=False).to_numpy(dtype=bool)


def split_by(frame: pd.DataFrame, question: Sequence[str]) -> Split:
    """Return the groups of a question that occur among the rows of ``frame``."""
    return present(question_name(question), crossed(frame, question))


def present(name: str, groups: Groups) -> Split:
    """Leave out crossed groups that nobody is in."""
    here = np.bincount(groups.place, minlength=len(groups.names)) > 0
    again = np.cumsum(here) - 1
    names = tuple(group for group, used in zip(groups.names, here, strict=True) if used)
    return Split(name, names, np.array(groups.known, bool)[here], again[groups.place])


def whole(rows: int) -> Split:
    """Return one group that holds everybody."""
    return Split(EVERYONE, (EVERYONE,), np.ones(1, bool), np.zeros(rows, np.int64))


def repeats(frame: pd.DataFrame, split: Split) -> Floats:
    """Σk²/Σk of each group, k being one person's pathways in it: how far repeated people widen an interval."""
    wider = np.ones(len(split.groups))
    if "person_id" not in frame.columns:
        return wider
    pairs = pd.DataFrame({"group": split.place, "person": frame["person_id"].to_numpy()}).dropna()
    k = pairs.value_counts().reset_index(name="k")
    for group, mine in k.groupby("group")["k"]:
        wider[int(str(group))] = mine.pow(2).sum() / mine.sum()
    return wider


def checked_share(share: float) -> float:
    """Return a share of the list that can be longest-waiting, or say which can."""
    if not 0 < share < 1:
        raise OptionError(f"share={share!r} is not a share of a list.", todo="Give a number such as 0.15 for 15%.")
    return share


# --- words -----------------------------------------------------------------------------------------------------------

AREA_IS_NOT_PERSON = (
    "An index describes a neighbourhood, not a person: people of every income live in a deprived area, and many people "
    "who are deprived live elsewhere."
)


def spoken(by: str) -> str:
    """Return the name of a question as it is said.

    Examples
    --------
    >>> spoken("imd_quintile × age_band")
    'IMD deprivation quintile of the area × age band'
    """
    ranked = re.sub(
        r"\b([a-z0-9]+)_(quintile|decile)\b", lambda found: f"{found[1].upper()} deprivation {found[2]} of the area", by
    )
    return ranked.replace("_", " ")


def furthest(rows: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return the row with the largest number, whatever its sign."""
    return rows.iloc[int(rows[column].abs().to_numpy().argmax())]


def common_notes(about: About, asked: Iterable[Sequence[str]], rule: Rule, widened: bool = False) -> tuple[str, ...]:
    """Return the notes that every answer carries: what is not counted, sources of place, the small-number rule."""
    left_out = [f"{scope.replace('_', ' ')} {rule.text(rows)}" for scope, rows in about.excluded.items()]
    area = any(re.search(r"_(decile|quintile)$|core20$", column) for question in asked for column in question)
    return tuple(filter(None, (
        f"Rows not counted, by scope: {', '.join(left_out)}." if left_out else "",
        AREA_IS_NOT_PERSON if area else "",
        f"Sources of place: {'; '.join(about.editions)}." if about.editions else "",
        "Some people have several pathways; intervals are widened for that." if widened else "",
        rule.says,
    )))  # fmt: skip
