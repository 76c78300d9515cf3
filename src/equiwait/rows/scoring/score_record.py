"""`score_record` and `score_records`: the same row work for records that arrive alone, as from another tool."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain, compress, repeat
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from equiwait.errors import InputError, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.blocks import Cells, Coded, Known
from equiwait.rows.scoring.list_means import list_means
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.prepared_policies import reader_of
from equiwait.rows.scoring.row_scores import OUTSIDE, STATUSES, Reader, Reading
from equiwait.rows.scoring.sentences import Case
from equiwait.rows.scoring.sort_keys import score_range

__all__ = ["Score", "case_of", "part_ends", "priorities_open", "score_record", "score_records"]

Record: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Record]

_STATUSES = np.array(STATUSES, object)
_ALONE = np.zeros(1, np.intp)


class Score(NamedTuple):
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
    unread : tuple of str
        Columns that hold something which cannot be read; each counts as not recorded, never as *no*.
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
    unread: tuple[str, ...]
    policy: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that follow the published JSON Schema of a score."""
        lists = {"missing": list(self.missing), "unread": list(self.unread)}
        return {**self._asdict(), "points": dict(self.points), **lists}

    def __repr__(self) -> str:
        """Say what is not the patient's: the status and the policy."""
        return f"<Score: {self.status}; {self.policy}>"


def score_record(record: Record, policy: Policy) -> Score:
    """Score one record by the same code as a whole list.

    Parameters
    ----------
    record : mapping
        Canonical column names to values: dates as dates or ISO text, flags as booleans or any spelling of yes and no,
        codes in any known spelling. ``snapshot_date`` is needed, and ``days_waiting`` or ``clock_start``. A record
        without ``scope`` is taken as open.
    policy : Policy
        The policy. One that uses a list's mean must have scored that list first, or hold it (`Policy.frozen`).

    Returns
    -------
    Score
        Equal to the row that `score` gives, but for places.

    Raises
    ------
    InputError
        If the record is no mapping, has no snapshot date, or gives a column that the policy reads under another name.
    OptionError
        If the policy is not a Policy.
    PolicyError
        If the policy has expired, is not filled in, or has no list's mean to go by.

    Notes
    -----
    A key that is absent is a value that is not recorded; `Score.missing` names the factors concerned. A value that is
    there and cannot be read (``"Q"`` for a flag, a bare ``2`` for a priority, which could be either of two codes) is not
    recorded either, whatever a blank would mean, and `Score.unread` names its column.

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
    reader = reader_of(policy)
    rows = _rows_of(records)
    if not rows:
        return []
    columns = _columns(rows, reader)
    _refuse_other_names(rows, columns, reader)
    block = _block(columns, len(rows))
    _check_snapshots(block, reader)
    means = list_means(policy)
    return _scores(reader, block, means)


# --- records in -------------------------------------------------------------------------------------------------------


def _rows_of(records: Iterable[Record]) -> Rows:
    """Return the records as a sequence, if each is one."""
    if isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        raise InputError(
            f"A {type(records).__name__} is not several records.",
            todo="Give a list of mappings of column names to values; one alone goes to score_record.",
        )
    rows = records if isinstance(records, Sequence) else list(records)
    strange = {kind for kind in set(map(type, rows)) if not hasattr(kind, "get")}
    if strange:
        raise InputError(
            f"{sum(type(row) in strange for row in rows)} of {len(rows)} records are not mappings.",
            found=f"{listed(sorted(kind.__name__ for kind in strange))}.",
            todo='Give each record as a mapping of column names to values, such as {"priority": "P2"}.',
        )
    return rows


def _reading_of(record: Record, policy: Policy) -> tuple[Reader, Reading]:
    reader = reader_of(policy)
    return reader, reader.read(_block(_columns([record], reader), 1))


def part_ends(record: Record, policy: Policy) -> list[tuple[float, float]]:
    """Return between which points, in millionths, each part of the score lies once all of the record is known."""
    reader, reading = _reading_of(record, policy)
    return [(float(low[0]), float(high[0])) for low, high in reader.part_bounds(reading)]


def priorities_open(record: Record, policy: Policy) -> list[str]:
    """Return the priorities that a policy's matrix leaves for a clinician to choose from."""
    reader, reading = _reading_of(record, policy)
    return list(reader.situations.found[int(reading.situation[0])].choices)


def case_of(row: Record, policy: Policy) -> Case:
    """Return what the words about a row depend on: what is not recorded is never told as a fact."""
    points = [row.get(f"points_{factor.name}") for factor in policy.parts]
    own = [
        value is not None and bool(known[0])
        for value, known in zip(points, _reading_of(row, policy)[1].known, strict=True)
    ]
    given = [float(value or 0) if has else 0.0 for value, has in zip(points, own, strict=True)]
    after = policy.order.long_waits_lead_days
    return Case(
        str(row["score_status"]),
        int(row.get("tier") or 0),
        tuple(at for at, value in enumerate(given) if value > 0),
        tuple(at for at, value in enumerate(given) if value < 0),
        tuple(at for at, has in enumerate(own) if not has and policy.parts[at].matters),
        after is not None and (row["days_waiting"] or 0) >= after,
        str(row.get("held_by") or ""),
    )


def _block(columns: Mapping[str, Coded | None], rows: int) -> Cells:
    block = Cells({name: column for name, column in columns.items() if column is not None}, rows)
    block.figures = _waits(block)
    return block


def _columns(rows: Rows, reader: Reader) -> dict[str, Coded | None]:
    """Return the values of each column as text, each looked at once; None for a column that no record fills."""
    plain = all(kind is dict for kind in set(map(type, rows)))
    get: Callable[[Any, str], Any] = dict.get if plain else lambda row, name: row.get(name)
    return {
        name: _coded(name, list(map(get, rows, repeat(name))))
        for name in dict.fromkeys((*reader.columns, "clock_start"))
    }


def _coded(name: str, values: list[Any]) -> Coded | None:
    """Return the distinct values as text and each record's place among them."""
    said = _scope if name == "scope" else _text
    if len(values) == 1:
        text = said(values[0])
        return None if text is None else ([text], _ALONE)
    try:
        met = dict.fromkeys(values)
    except TypeError:  # something that has no hash, such as a list, is looked at as text
        met = {}
    if not met or _mixes(met, values):
        values = list(map(said, values))
        met = dict.fromkeys(values)
    texts = [said(value) for value in met]
    if not any(texts):
        return None
    index = dict(zip(met, range(len(met)), strict=True))
    return texts, np.fromiter(map(index.__getitem__, values), np.intp, len(values))


def _mixes(met: Mapping[Any, None], values: list[Any]) -> bool:
    """Whether True and 1, which Python holds to be the same, may stand beside each other."""
    if 1 not in met and 0 not in met:
        return False
    kinds = set(map(type, values))
    return bool(kinds & {bool, np.bool_}) and not kinds <= {bool, np.bool_, str, type(None)}


def _text(value: Any) -> str | None:
    """Return a value as text, None for every kind of missing."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return None if type(value).__name__ == "NaTType" else value.isoformat()[:10]
    text = str(value)
    return None if text in ("nan", "<NA>", "NaT", "None") else text.removesuffix(".0")


def _scope(value: Any) -> str:
    """A record that says nothing of its scope is open."""
    return _text(value) or "rtt_open"


@lru_cache(4096)
def _meaning(key: str) -> str:
    """Return the field that a key means, else its bare letters: any column of the policy may be spelt a little otherwise."""
    return field_of(key) or plain(key)


def _refuse_other_names(rows: Rows, columns: Mapping[str, Coded | None], reader: Reader) -> None:
    """A key that means a column which the policy reads is a slip if its record lacks the column: it would be lost in silence."""
    others = [key for key in _keys(rows) if key not in FIELDS and key not in columns]
    ours = {each: name for name in (columns if others else ()) for each in (name, plain(name))}
    meant = {key: ours[_meaning(key)] for key in others if _meaning(key) in ours}
    slips = {key: _lost(rows, key, name, columns[name] is None) for key, name in meant.items()}
    if found := [key for key, lost in slips.items() if lost]:
        raise InputError(
            f"The policy {reader.policy.name} reads columns that the records give under other names.",
            found=f"{listed(f'{key} ({slips[key]} of {len(rows)})' for key in found)}.",
            todo=f"Write: {listed(dict.fromkeys(meant[key] for key in found))}.",
        )


def _lost(rows: Rows, key: str, name: str, blank: bool) -> int:
    """Count the records that have ``key`` and lack ``name``, or have ``key`` where ``name`` is blank in all."""
    return sum(key in row and (blank or name not in row) for row in rows)


def _keys(rows: Rows) -> list[str]:
    """Return every key that any record has; they are few, so that records are gone through one by one only for a slip."""
    plain = all(kind is dict for kind in set(map(type, rows)))
    met = set(chain.from_iterable(rows if plain else (row.keys() for row in rows)))
    return sorted(key for key in met if isinstance(key, str))


def _check_snapshots(block: Cells, reader: Reader) -> None:
    """A justification or an approval may have expired; each day is checked once."""
    days, place = block.coded("snapshot_date")
    if None in days:
        lacking = int((place == days.index(None)).sum())
        raise InputError(
            f"{lacking} of {block.rows} records have no snapshot_date.",
            todo="Give the day that the record describes, as YYYY-MM-DD.",
        )
    for day in set(days) - reader.checked:
        reader.policy.check(day or "")
        reader.checked.add(day)


def _waits(block: Cells) -> dict[str, Known]:
    """Days waited, from the clock start where they are not given, and weeks."""
    (start, dated), (today, known), (given, said) = (
        block.days("clock_start"),
        block.today,
        block.numbers("days_waiting"),
    )
    if (backward := said & (given < 0)).any():
        block.unread["days_waiting"] = backward
    counted = dated & known & (start <= today) & ~said
    days = given + np.where(counted, today - start, 0)
    figures = {"days_waiting": (days, said | counted)}
    return figures if block.has("weeks_waiting") else {**figures, "weeks_waiting": (days / 7, said | counted)}


# --- scores out -------------------------------------------------------------------------------------------------------


def _scores(reader: Reader, block: Cells, means: dict[str, int]) -> list[Score]:
    reading = reader.read(block)
    sheet = reader.fill(reading, means)
    low, high = score_range(reader, reading, sheet)
    people = sheet.status < OUTSIDE
    tier = np.where(people, reading.tier, 0)
    names = [factor.name for factor in reader.factors]
    parts = [_given(part / MILLION, people & has) for part, has in zip(sheet.points, sheet.filled, strict=True)]
    columns = (
        _STATUSES[sheet.status].tolist(),
        _given(tier, tier > 0),
        _tier_names(reader, tier),
        *(_given(sums / MILLION, has) for sums, has in ((sheet.score, sheet.summed), (low, people), (high, people))),
        map(dict, map(zip, repeat(names), zip(*parts, strict=True))),
        _named(names, [people & ~known for known in reading.known], block.rows),
        _named(sorted(block.unread), [block.unread[name] for name in sorted(block.unread)], block.rows),
        repeat(reader.stamp),
    )
    with _uncollected():
        return list(map(partial(tuple.__new__, Score), zip(*columns, strict=False)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Numbers, names and words cannot hold each other in a circle; looking for circles among millions takes a third of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _given(numbers: np.ndarray, given: np.ndarray) -> list[Any]:
    """Return numbers, None where none is given."""
    figures: list[Any] = numbers.tolist()
    return (
        figures if given.all() else [each if has else None for each, has in zip(figures, given.tolist(), strict=True)]
    )


def _tier_names(reader: Reader, tier: np.ndarray) -> Iterable[str | None]:
    names = [None, *reader.tier_names]
    return [names[each] for each in tier.tolist()] if len(names) > 1 else repeat(None, len(tier))


def _named(names: Sequence[str], flags: Sequence[np.ndarray], rows: int) -> list[tuple[str, ...]]:
    """Return for each record the names whose flag is up."""
    found: list[tuple[str, ...]] = [()] * rows
    raised = [(name, flag) for name, flag in zip(names, flags, strict=True) if flag.any()]
    if raised:
        names, flags = zip(*raised, strict=True)
        some = np.flatnonzero(np.any(flags, axis=0))
        for row, ups in zip(some.tolist(), np.stack(flags)[:, some].T.tolist(), strict=True):
            found[row] = tuple(compress(names, ups))
    return found
