"""`score_record` and `score_records`: the same row work for records that arrive alone, as from another tool."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import compress, repeat
from typing import Any

import numpy as np

from equiwait.rows.policies import Policy
from equiwait.rows.scoring.alike import all_of, by_row
from equiwait.rows.scoring.blocks import Cells
from equiwait.rows.scoring.cases import Cases, flags_of
from equiwait.rows.scoring.disguised_columns import refuse_texts
from equiwait.rows.scoring.list_means import list_means
from equiwait.rows.scoring.points import MILLION
from equiwait.rows.scoring.prepared_policies import reader_of
from equiwait.rows.scoring.protected_people import GUARD_COLUMNS, lapsed
from equiwait.rows.scoring.record_cells import Record, cells_of, columns_of, id_of, text_of
from equiwait.rows.scoring.record_faults import misspelt, refuse_days, rows_of, strange_keys
from equiwait.rows.scoring.row_scores import OUTSIDE, STATUSES, Reader, Reading
from equiwait.rows.scoring.score_sheets import fill, part_bounds
from equiwait.rows.scoring.scores import Score, failed, warnings_of
from equiwait.rows.scoring.sentences import Case
from equiwait.rows.scoring.sort_keys import Elsewhere, score_range

__all__ = ["Score", "case_of", "days_of", "part_ends", "priorities_open", "score_record", "score_records"]

_ID = "pathway_id"
_STATUSES = np.array(STATUSES, object)


def score_record(record: Record, policy: Policy, *, why: bool = False) -> Score:
    """Score one record by the same code as a whole list.

    Parameters
    ----------
    record : mapping
        Canonical column names to values: dates as dates or ISO text, flags as booleans or any spelling of yes and no,
        codes in any known spelling. ``snapshot_date`` is needed, and ``days_waiting`` or ``clock_start``. A record
        without ``scope`` is taken as open.
    policy : Policy
        The policy. One that uses a list's mean must have scored that list first, or hold it (`Policy.frozen`).
    why : bool
        Whether to say the reasons in one line.

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
    recorded either, whatever a blank would mean, and `Score.unread` names its column. `Score.unknown` names keys that
    nothing reads.

    Examples
    --------
    >>> one = {"snapshot_date": "2026-10-31", "clock_start": "2026-08-02", "priority": "P2", "list_type": "IRTT"}
    >>> score_record(one, Policy.preset("england_default")).to_dict()["points"]
    {'days_waited': 90.0}
    """
    found = score_records([record], policy, why=why)[0]
    if found.error is not None:
        raise found.error
    return found


def score_records(records: Iterable[Record], policy: Policy, *, why: bool = False) -> list[Score]:
    """Score many records; see `score_record`.

    Parameters
    ----------
    records : iterable of mappings
        The records.
    policy : Policy
        The policy.
    why : bool
        Whether to say the reasons in one line.

    Returns
    -------
    list of Score
        One for each record, in their order. A record that cannot be used has ``status`` ``"error"`` and says in
        ``error`` what is wrong with it; the others are scored all the same, as if they had come alone.

    Examples
    --------
    >>> one = {"snapshot_date": "2026-10-31", "clock_start": "2026-08-02", "priority": "P2", "list_type": "IRTT"}
    >>> good, bad = score_records([one, {"priority": "P2"}], Policy.preset("england_default"))
    >>> good.status, bad.status, bad.error.wrong
    ('scored', 'error', 'The record has no snapshot_date.')
    """
    reader = reader_of(policy)
    rows, faults = rows_of(records)
    if not rows:
        return []
    means = _means_of(reader)
    columns = columns_of(rows, reader)
    strange = strange_keys(rows, columns)
    unknown = misspelt(rows, strange, columns, reader, faults) if strange else None
    block = cells_of(columns, len(rows))
    if len(rows) > 1:  # one value alone tells nothing of what a column holds
        refuse_texts({name: block.cells[name][0] for name in policy.reads if block.has(name)}, policy)
    refuse_days(block, reader, faults)
    ids = [id_of(row) for row in rows]
    if None in ids and (
        lost := [each is None and text_of(row.get(_ID)) is not None for each, row in zip(ids, rows, strict=True)]
    ):
        block.unread |= {_ID: np.array(lost)} if any(lost) else {}
    scores = _scores(reader, block, means, ids, unknown, why)
    for at, error in faults.items():
        scores[at] = failed(error, reader.stamp, id_of(rows[at]))
    return scores


def _means_of(reader: Reader) -> dict[str, int]:
    """Return the list's means in force, looked up anew only where a list has set others."""
    state = reader.policy.last_state
    if reader.means is None or reader.means[0] is not state:
        reader.means = (state, list_means(reader.policy))
    return reader.means[1]


def _reading_of(record: Record, policy: Policy) -> tuple[Reader, Reading]:
    reader = reader_of(policy)
    return reader, reader.read(cells_of(columns_of([record], reader), 1))


def days_of(record: Record, policy: Policy) -> int | None:
    """Return the days that a record has waited, from its clock start where it does not say."""
    reading = _reading_of(record, policy)[1]
    return int(reading.days[0]) if reading.counted[0] else None


def part_ends(record: Record, policy: Policy) -> list[tuple[float, float]]:
    """Return between which points, in millionths, each part of the score lies once all of the record is known."""
    reader, reading = _reading_of(record, policy)
    return [(float(low[0]), float(high[0])) for low, high in part_bounds(reader, reading)]


def priorities_open(record: Record, policy: Policy) -> list[str]:
    """Return the priorities that a policy's matrix leaves for a clinician to choose from."""
    reader, reading = _reading_of(record, policy)
    return list(reader.situations.found[int(by_row(reading.situation)[0])].choices)


def case_of(row: Record, policy: Policy) -> Case:
    """Return what the words about a row depend on: what is not recorded is never told as a fact."""
    points = [row.get(f"points_{factor.name}") for factor in policy.parts]
    own = [
        value is not None and bool(by_row(part.known)[0])
        for value, part in zip(points, _reading_of(row, policy)[1].parts, strict=True)
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


# --- scores out -------------------------------------------------------------------------------------------------------


def _scores(
    reader: Reader,
    block: Cells,
    means: dict[str, int],
    ids: Sequence[str | None],
    unknown: Sequence[tuple[str, ...]] | None,
    why: bool,
) -> list[Score]:
    reading = reader.read(block)
    sheet = fill(reader, reading, means)
    low, high = score_range(sheet, Elsewhere.of(reader, reading, means))
    people = sheet.status < OUTSIDE
    tier = np.where(people, by_row(reading.tier), 0)
    names = [factor.name for factor in reader.factors]
    parts = [
        _given(by_row(part) / MILLION, people & by_row(has))
        for part, has in zip(sheet.points, sheet.filled, strict=True)
    ]
    unread = _named(sorted(block.unread), [block.unread[name] for name in sorted(block.unread)], block.rows)
    strangers = unknown if unknown is not None else [()] * block.rows
    cases = Cases(reader.policy, _flags(reader))
    columns = (
        _STATUSES[sheet.status].tolist(),
        _given(tier, tier > 0),
        _tier_names(reader, tier),
        *(_given(sums / MILLION, has) for sums, has in ((sheet.score, sheet.summed), (low, people), (high, people))),
        map(dict, map(zip, repeat(names), zip(*parts, strict=True))) if parts else [{} for _ in ids],
        _named(names, [people & ~by_row(part.known) for part in reading.parts], block.rows),
        unread,
        repeat(reader.stamp, block.rows),
        ids,
        strangers,
        _warnings(reader.policy, block, unread, strangers),
        cases.said(cases.rows(reading, sheet), np.zeros(block.rows, np.int8)) if why else repeat(None, block.rows),
        repeat(None, block.rows),
    )
    with _uncollected():
        return list(map(partial(tuple.__new__, Score), zip(*columns, strict=False)))


@lru_cache(256)
def _flags(reader: Reader) -> tuple[int, ...]:
    return tuple(flags_of(reader.policy))


def _warnings(
    policy: Policy, block: Cells, unread: Sequence[tuple[str, ...]], unknown: Sequence[tuple[str, ...]]
) -> Iterable[tuple[str, ...]]:
    """Return what there is to say of each record; many share it."""
    keys = list(zip(unread, unknown, _lapsed(policy, block), strict=True))
    said = {key: warnings_of(*key, policy.approved) for key in set(keys)}
    return [said[key] for key in keys]


def _lapsed(policy: Policy, block: Cells) -> Sequence[tuple[str, ...]]:
    """Return which protections each record cannot be given, because it lacks what they read."""
    if not policy.equity_lines:
        return [()] * block.rows
    given = []
    for name in GUARD_COLUMNS:
        values, place = block.coded(name)
        told = [value is not None for value in values]
        given.append([told[at] for at in place.tolist()])
    met = list(zip(*given, strict=True))
    said = {has: tuple(lapsed(policy, list(compress(GUARD_COLUMNS, has)), "record")) for has in set(met)}
    return [said[has] for has in met]


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
        figures if all_of(given) else [each if has else None for each, has in zip(figures, given.tolist(), strict=True)]
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
