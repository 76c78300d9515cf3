"""`score_record` and `score_records`: the same row work for records that arrive alone, as from another tool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from equiwait.errors import InputError
from equiwait.fields import FIELDS, INVALID
from equiwait.policies import Policy
from equiwait.scoring.blocks import Cells
from equiwait.scoring.claims import score_range
from equiwait.scoring.memory import list_means, reader_of, remember
from equiwait.scoring.points import MILLION
from equiwait.scoring.reading import ASKS, OUTSIDE, STATUSES, UNSCORED, Reader

__all__ = ["Score", "score_record", "score_records"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """What a policy says of one record: everything that a row of `score` holds, but for places.

    Parameters
    ----------
    status : str
        ``scored``, or why the person is listed apart.
    tier, tier_name : int, str
        Place and name of the tier; None where no code says.
    score, score_low, score_high : float
        The score, and between which scores the record's unrecorded inputs leave it.
    points : dict
        Each part of the score.
    missing : tuple of str
        Factors whose input is not recorded.
    policy : str
        Name, fingerprint, and *not approved* unless it is.
    """

    status: str
    tier: int | None
    tier_name: str | None
    score: float | None
    score_low: float | None
    score_high: float | None
    points: dict[str, float | None]
    missing: tuple[str, ...]
    policy: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that follow the published JSON Schema of a score."""
        return {**asdict(self), "missing": list(self.missing)}

    def __repr__(self) -> str:
        """Say what is not the patient's: the status and the policy."""
        return f"<Score: {self.status}; {self.policy}>"


def score_record(record: Record, policy: Policy) -> Score:
    """Score one record by the same code as a whole list.

    Parameters
    ----------
    record : mapping
        Canonical column names to values: dates as dates or ISO text, flags as booleans, codes in any known spelling.
        ``snapshot_date`` is needed, and ``days_waiting`` or ``clock_start``. A record without ``scope`` is taken as open.
    policy : Policy
        The policy. One that uses a list's mean must have scored that list first, or hold it (`Policy.frozen`).

    Returns
    -------
    Score
        Equal to the row that `score` gives, but for places.

    Raises
    ------
    InputError
        If the record has no snapshot date.
    PolicyError
        If the policy has expired, is not filled in, or has no list's mean to go by.

    Notes
    -----
    A key that is absent is a value that is not recorded; `Score.missing` names the factors concerned.

    Examples
    --------
    >>> one = {"snapshot_date": "2026-10-31", "clock_start": "2026-08-02", "priority": "P2", "list_type": "IRTT"}
    >>> score_record(one, Policy.preset("england_default")).to_dict()["points"]
    {'days_waited': 90.0}
    """
    return score_records([record], policy)[0]


def score_records(records: Iterable[Record], policy: Policy) -> list[Score]:
    """Score many records; see `score_record`.

    Parameters
    ----------
    records : iterable of mappings
        The records.
    policy : Policy
        The policy.

    Returns
    -------
    list of Score
        One for each record, in their order.

    Examples
    --------
    >>> score_records([], Policy.preset("england_default"))
    []
    """
    rows = records if isinstance(records, Sequence) else list(records)
    if not rows:
        return []
    reader = reader_of(policy)
    cells = {name: _cells(rows, name) for name in (*reader.columns, "clock_start")}
    _check_snapshots(cells["snapshot_date"], reader)
    means = list_means(policy)
    cells["days_waiting"] = _days(cells)
    remember(policy)
    return _scores(reader, Cells(cells, len(rows)), means)


def _cells(rows: Sequence[Record], name: str) -> list[str | None]:
    said = _say(name)
    return [said(row.get(name)) for row in rows]


def _say(name: str) -> Callable[[Any], str | None]:
    """Return how a value of a column becomes text: a code in its canonical spelling, a date as ISO."""
    field = FIELDS.get(name)
    if name == "scope":
        return lambda value: _text(value) or "rtt_open"
    if field is None or not field.codes:
        return _text
    read = field.read

    def code(value: Any) -> str | None:
        text = _text(value)
        return text if text is None or text in field.codes else read(text) or INVALID

    return code


def _text(value: Any) -> str | None:
    """Return a value as text, None for every kind of missing."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return None if type(value).__name__ == "NaTType" else value.isoformat()[:10]
    text = str(value)
    return None if text in ("nan", "<NA>", "NaT", "None") else text.removesuffix(".0")


def _check_snapshots(days: list[str | None], reader: Reader) -> None:
    """A justification or an approval may have expired; each day is checked once."""
    if None in days:
        raise InputError(
            f"{days.count(None)} of {len(days)} records have no snapshot_date.",
            todo="Give the day that the record describes, as YYYY-MM-DD.",
        )
    for day in set(days) - reader.checked:
        reader.policy.check(day or "")
        reader.checked.add(day)


def _days(cells: Mapping[str, list[str | None]]) -> list[str | None]:
    """Days waited, from the clock start where they are not given."""
    given = zip(cells["days_waiting"], cells["clock_start"], cells["snapshot_date"], strict=True)
    return [days or _between(start, snapshot) for days, start, snapshot in given]


def _between(start: str | None, snapshot: str | None) -> str | None:
    try:
        waited = (dt.date.fromisoformat((snapshot or "")[:10]) - dt.date.fromisoformat((start or "")[:10])).days
    except ValueError:
        return None
    return str(waited) if waited >= 0 else None


def _scores(reader: Reader, block: Cells, means: dict[str, int]) -> list[Score]:
    reading = reader.read(block)
    sheet = reader.fill(reading, means)
    low, high = score_range(reader, reading, sheet)
    tiers = reader.standings.column("tier")[reading.standing].tolist()
    names, stamp = [factor.name for factor in reader.factors], reader.stamp
    parts = [_figures(part, filled) for part, filled in zip(sheet.points, sheet.filled, strict=True)]
    unknown = [known.tolist() for known in reading.known]
    columns = (sheet.status.tolist(), tiers, sheet.score.tolist(), low.tolist(), high.tolist())
    return [
        _one(reader, stamp, names, row, [part[at] for part in parts], [known[at] for known in unknown])
        for at, row in enumerate(zip(*columns, strict=True))
    ]


def _figures(part: np.ndarray, filled: np.ndarray) -> list[float | None]:
    figures: list[float | None] = (part / MILLION).tolist()
    return (
        figures if filled.all() else [each if has else None for each, has in zip(figures, filled.tolist(), strict=True)]
    )


def _one(
    reader: Reader, stamp: str, names: list[str], row: tuple[int, ...], parts: list[float | None], known: list[bool]
) -> Score:
    status, tier, score, low, high = row
    if status >= OUTSIDE:
        return Score(STATUSES[status], None, None, None, None, None, dict.fromkeys(names), (), stamp)
    whole_score = None if status in (UNSCORED, ASKS) or None in parts else score / MILLION
    tiers = reader.policy.tiers
    return Score(
        STATUSES[status],
        tier or None,
        tiers[tier - 1].name if tier and tiers else None,
        whole_score,
        low / MILLION,
        high / MILLION,
        dict(zip(names, parts, strict=True)),
        tuple(name for name, has in zip(names, known, strict=True) if not has),
        stamp,
    )
