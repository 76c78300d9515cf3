"""Who is asked about: the people who count, the groups they are in, and what the notes say of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits import About, By, Groups, count_waits, crossed, only_codes, questions
from equiwait.derived import list_from
from equiwait.errors import OptionError, RefusedError
from equiwait.fields import made_from
from equiwait.frames import need

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

EVERYONE = "everyone"
_DEFAULTS = ("ethnicity", "age_band", "sex")
_BESIDE = (
    "scope", "days_waiting", "snapshot_date", "person_id", "provider", "nation", "link_status", "directory_edition",
    "index_edition",
)  # fmt: skip
"""What every answer reads of a list beside its question: who counts, whose rows they are, and where they come from."""


def list_of(waiting: Any, by: By | None, step: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return a list as a frame; of extracts that were put together, which may be long, only what is read of them.

    Parameters
    ----------
    waiting : table or Stitched
    by : By, optional
        The question.
    step : str
        Which verb asks, for an error.
    columns : iterable of str
        What that verb reads beside the question.
    """
    if not callable(getattr(waiting, "as_list", None)):
        return list_from(waiting)
    return list_from(waiting, reads_of(waiting.columns, by, step, columns))


def reads_of(headers: Sequence[str], by: By | None, step: str, columns: Iterable[str] = ()) -> set[str]:
    """Return which of many columns a question reads; they must be there."""
    if by is None:
        asked = [name for name in headers if name in _DEFAULTS or name.endswith("_quintile")]
    else:
        asked = [column for one in questions(by) for column in one]
    need(headers, asked, step)
    return {*asked, *map(made_from, asked), *_BESIDE, *columns}


def default_questions(*lists: pd.DataFrame) -> list[str]:
    """Return the groupings that all the lists can be asked about: deprivation, ethnicity, age band and sex.

    A column is taken unasked only where all its values are codes: a name that nobody named might be a person's.
    """
    ranks = [str(name) for name in lists[0].columns if str(name).endswith("_quintile")]
    usable = [name for name in (*ranks, *_DEFAULTS) if all(only_codes(each, name) for each in lists)]
    first = next((name for name in usable if name in ranks), None)
    return [name for name in usable if name not in ranks or name == first]


def asked_of(by: By | None, step: str, *lists: pd.DataFrame, alone: bool = False) -> list[tuple[str, ...]]:
    """Return the questions of ``by``, or the default ones (which may be none, where everybody is an answer by itself)."""
    chosen = default_questions(*lists) if by is None else by
    asked = [] if alone and by is None and not chosen else questions(chosen)
    for each in lists:
        need(each, dict.fromkeys(column for one in asked for column in one), step)
    return asked


def one_question(by: str | Sequence[str | Sequence[str]]) -> tuple[str, ...]:
    """Return the one question of an answer that takes one: a column, or several crossed.

    Examples
    --------
    >>> one_question("sex"), one_question(["sex", "site"]), one_question([("sex", "site")])
    (('sex',), ('sex', 'site'), ('sex', 'site'))
    """
    parts = [by] if isinstance(by, str) else list(by)
    return questions([tuple(name for part in parts for name in ([part] if isinstance(part, str) else part))])[0]


def on_the_list(waiting: pd.DataFrame, asked: Sequence[Sequence[str]], step: str) -> tuple[pd.DataFrame, About]:
    """Return the rows of people still waiting, and what is to be said about the list.

    Raises
    ------
    RefusedError
        If nobody is waiting, or if snapshots or nations would be pooled.
    """
    need(waiting, ["scope", "days_waiting"], step)
    about = count_waits(waiting, list(asked) or "scope").about  # refuses stacked snapshots and pooled nations
    here = waits(waiting)
    if not here.any():
        raise RefusedError("Nobody on the list is waiting with the clock running.", todo="Check the list: check_list.")
    return waiting[here], about


def waits(waiting: pd.DataFrame) -> Flags:
    """Return which rows are of people who wait with the clock running, since a day that is known."""
    days = pd.to_numeric(waiting["days_waiting"]) if len(waiting) else waiting["days_waiting"].astype("Float64")
    return is_scope(waiting, "rtt_open") & (days >= 0).fillna(value=False).to_numpy(bool)


def is_scope(waiting: pd.DataFrame, *scopes: str) -> Flags:
    """Return which rows have one of these scopes."""
    return waiting["scope"].isin(scopes).fillna(value=False).to_numpy(dtype=bool)


def groups_by(frame: pd.DataFrame, question: Sequence[str]) -> Groups:
    """Return the groups of a question that occur among the rows of ``frame``."""
    return crossed(frame, question).occurring()


def whole(rows: int) -> Groups:
    """Return one group that holds everybody."""
    return Groups((EVERYONE,), np.ones(1, bool), np.zeros(rows, np.int64), EVERYONE)


def checked_share(share: float) -> float:
    """Return a share of the list that can be longest-waiting, or say which can."""
    if not 0 < share < 1:
        raise OptionError(f"share={share!r} is not a share of a list.", todo="Give a number such as 0.15 for 15%.")
    return share


# --- words -----------------------------------------------------------------------------------------------------------


def furthest(rows: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return the row with the largest number, whatever its sign."""
    return rows.iloc[int(rows[column].abs().to_numpy().argmax())]
