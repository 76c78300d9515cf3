"""`record_override`: a person leaves the suggested order, and writes down who, why and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from equiwait.derived import list_from
from equiwait.errors import OptionError, RefusedError, choose, listed
from equiwait.frames import need

__all__ = ["OVERRIDE_REASONS", "record_override"]

OVERRIDE_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "clinical_change": "The person's condition has changed.",
        "clinical_judgement": "A clinician judges that the order does not fit this person.",
        "person_not_available": "The person cannot come, or asked for another date.",
        "person_not_ready": "Something has to be done before treatment, such as a test or a fitness check.",
        "theatre_or_staff": "The theatre, the equipment or the staff that this needs is or is not there.",
        "fills_a_gap": "A slot came free that nobody before could take.",
        "cancelled_before": "The hospital has cancelled this person before.",
        "circumstances": "Something in the person's life that the order does not know of.",
        "record_wrong": "What the order was made from is wrong or out of date.",
        "other": "Another reason, in the note.",
    }
)
"""Why the suggested order is left: few kinds, so that they can be counted; the docs say how to bring your own."""

_COLUMNS = ["pathway_id", "pathway_issuer", "place", "policy", "who", "reason", "when", "note"]


def record_override(
    ordered: pd.DataFrame,
    pathway_id: str,
    *,
    who: str,
    reason: str,
    when: dt.date | str,
    note: str = "",
    overrides: pd.DataFrame | None = None,
    reasons: Mapping[str, str] = OVERRIDE_REASONS,
) -> pd.DataFrame:
    """Record that a person decided otherwise than the suggested order.

    Parameters
    ----------
    ordered : DataFrame
        The list as `score` returned it.
    pathway_id : str
        Whose place was not kept to.
    who : str
        Who decided, by role (``"consultant"``, ``"theatre manager"``): not a name.
    reason : str
        Why: one of ``reasons``.
    when : date or str
        The day of the decision, on or after the snapshot.
    note : str
        More words, for the team; needed for ``"other"``.
    overrides : DataFrame, optional
        Those recorded before, to which this one is added; keep them beside the order.
    reasons : mapping of str to str
        The reasons that may be given, with what they mean; by default `OVERRIDE_REASONS`.

    Returns
    -------
    DataFrame
        A new frame: the earlier overrides and this one, with ``pathway_id pathway_issuer place policy who reason when note``.

    Raises
    ------
    ColumnsError
        If the list has not been scored.
    OptionError
        If no row, another reason, no role, no day, or a day before the snapshot is given.
    RefusedError
        If several rows have that pathway_id.

    Notes
    -----
    It names people and is in-team, not for release; `adherence` counts its reasons. Nothing of the order is changed.

    Examples
    --------
    >>> ordered = pd.DataFrame({"pathway_id": ["a"], "rank": [1], "policy": "p", "snapshot_date": "2026-10-31"})
    >>> kept = record_override(ordered, "a", who="consultant", reason="clinical_change", when="2026-11-02")
    >>> kept[["place", "who", "reason", "when"]].to_dict("records")
    [{'place': 1, 'who': 'consultant', 'reason': 'clinical_change', 'when': datetime.date(2026, 11, 2)}]
    """
    ordered = list_from(ordered, ordered=True)
    need(ordered, ["pathway_id", "rank", "policy"], "record_override")
    choose("reason", reason, list(reasons))
    if not who.strip():
        raise OptionError("Who decided is left out.", todo="Give a role, such as who='consultant'.")
    if reason == "other" and not note.strip():
        raise OptionError("The reason is 'other', and the note is empty.", todo="Write the reason in note=.")
    row = _row_of(ordered, pathway_id)
    issuer = row["pathway_issuer"] if "pathway_issuer" in ordered else None
    place = None if pd.isna(row["rank"]) else int(row["rank"])
    values = [row["pathway_id"], issuer, place, str(row["policy"]), who.strip(), reason, _day(when, row), note.strip()]
    added = pd.DataFrame([values], columns=_COLUMNS).astype({"place": "Int32"})
    if overrides is None or overrides.empty:
        return added
    need(overrides, _COLUMNS, "record_override(overrides=)")
    return pd.concat([overrides[_COLUMNS], added], ignore_index=True)


def _row_of(ordered: pd.DataFrame, pathway_id: str) -> pd.Series:
    mine = ordered[ordered["pathway_id"].astype(object) == pathway_id]
    if len(mine) == 0:
        raise OptionError("No row of this list has that pathway_id.", f"{len(ordered)} rows.", "Check the identifier.")
    if len(mine) > 1:
        raise RefusedError(
            f"{len(mine)} rows have that pathway_id.",
            todo="Give the rows of one issuer or provider only: record_override(ordered[...], pathway_id, ...).",
        )
    return mine.iloc[0]


def _day(when: dt.date | str, row: pd.Series) -> dt.date:
    day = pd.to_datetime(str(when), format="ISO8601", errors="coerce")
    if not isinstance(day, pd.Timestamp):
        raise OptionError("when= is not a day.", todo="Give it as YYYY-MM-DD.")
    snapshot = str(row.get("snapshot_date", ""))[:10]
    if snapshot > str(day.date()):
        raise OptionError(
            "The decision comes before the list that it is about.",
            f"The list is of {listed([snapshot])}.",
            "Give the day of the decision, or the list of that day.",
        )
    return day.date()
