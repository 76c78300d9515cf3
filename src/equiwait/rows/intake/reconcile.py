"""`reconcile`: what several sources say about the same people, settled by a named rule, with nothing lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.derived import days_held, list_from
from equiwait.errors import InputError, OptionError, attempt, choose, listed
from equiwait.fields import FIELDS, REASONS
from equiwait.frames import need
from equiwait.rows.missing import flag_missing

__all__ = ["OUTCOMES", "RECONCILED_FIELDS", "RULES", "reconcile"]

Wholes: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]

RECONCILED_FIELDS = ("ethnicity", "sex", "date_of_birth")
RULES: Mapping[str, str] = {
    "nhse": "the first source that has it recorded, SUS before the list, as NHS England does for ethnicity",
    "modal": "what stands in most records",
    "latest": "what the latest record says",
    "most_specific": "the most specific record: a named group before an 'other' group, a full date before 1 January",
}
"""The rules by which conflicting records are settled. Ties: the next of most records, the latest, the order of the codes."""

OUTCOMES = ("agreed", "one_record", "conflict", "recorded_elsewhere", "not_recorded")
"""What became of a field of one row: all records of the person agree (two or more); one record alone; records differ and
the rule settled it; the row itself is silent and another record of the person is not; nobody has it."""

_UNDATED = -(1 << 40)
_UNSPECIFIC = {"ethnicity": ("C", "G", "L", "P", "S"), "sex": ("9", "X", "0")}
_FIRST = {"sus": 0, "list": 1}  # where the rule of NHS England looks first


def reconcile(
    *sources: pd.DataFrame,
    on: str | Sequence[str] = "person_id",
    rule: str = "nhse",
    names: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
    dated: str = "snapshot_date",
) -> pd.DataFrame:
    """Settle what several sources say about the same people, and keep what each of them said.

    Parameters
    ----------
    *sources : pandas.DataFrame
        Lists and extracts, each as from `read_list`: last month's list, another trust's, SUS, a master index. The first
        is the list whose rows come back. One alone is reconciled with itself: rows of one person may differ.
    on : str or sequence of str
        The identifier, or several that count together, by which rows are of one person. Matched exactly, in the one form
        that `read_list` gives identifiers; a row without it stands alone.
    rule : {"nhse", "modal", "latest", "most_specific"}
        How conflicts are settled; see `RULES`.
    names : sequence of str, optional
        What each source is called; ``"list"``, ``"source_2"``, … unless given. ``"sus"`` is looked at first by ``nhse``,
        then ``"list"``, then the others by name.
    fields : sequence of str, optional
        What to settle; by default ethnicity, sex and date of birth, where the list has them.
    dated : str
        The column that says when a row was recorded. Rows without a date count as the oldest.

    Returns
    -------
    pandas.DataFrame
        The rows of the first source, in their order. ``<field>`` holds what is settled, so that all that follows counts
        it; ``<field>_in_<name>`` what each source says by itself, the list's own words among them; ``<field>_settled`` what
        became of it: see `OUTCOMES`.

    Raises
    ------
    OptionError
        If a rule or a field is not known, or names do not fit.
    ColumnsError
        If the list has no such field, or a source has not the identifier.

    Notes
    -----
    Only what is recorded can win: *not stated* stands only where nobody recorded anything else, then *not known*, then
    *invalid*. Nothing is guessed from other people or from other fields. What comes out does not depend on the order of
    rows, nor (with the same names) of sources.

    Examples
    --------
    >>> from equiwait.rows.intake.read_list import read_list
    >>> now = read_list(pd.DataFrame({"nhs_number": ["1", "2"], "clock_start": "2026-03-01", "ethnicity": ["", "A"]}),
    ...                 snapshot="2026-10-31", columns={"person_id": "nhs_number"})
    >>> sus = read_list(pd.DataFrame({"nhs_number": ["1", "2"], "clock_start": "2026-03-01", "ethnicity": ["J", "B"]}),
    ...                 snapshot="2026-09-30", columns={"person_id": "nhs_number"})
    >>> settled = reconcile(now, sus, names=["list", "sus"])
    >>> settled[["ethnicity", "ethnicity_in_list", "ethnicity_in_sus", "ethnicity_settled"]].astype(object).fillna("")
      ethnicity ethnicity_in_list ethnicity_in_sus   ethnicity_settled
    0         J                                  J  recorded_elsewhere
    1         B                 A                B            conflict
    """
    choose("rule", rule, tuple(RULES))
    frames = [list_from(each, raw=True) for each in sources]
    called = _called(frames, names)
    keys = (on,) if isinstance(on, str) else tuple(on)
    for frame in frames:
        need(frame, keys, "reconcile")
    chosen = _fields(frames[0], fields)
    person = _persons(frames, keys)
    when = np.concatenate([_dates(frame, dated) for frame in frames])
    source = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    settled = frames[0].copy(deep=False)
    for name in chosen:
        records = _records(frames, name, person, source, when, called)
        _add(settled, name, records, rule, called)
    return settled


def _called(frames: Sequence[pd.DataFrame], names: Sequence[str] | None) -> list[str]:
    if not frames:
        raise OptionError("There is no source to reconcile.", todo="Give a list from read_list, and others after it.")
    called = list(names) if names is not None else ["list", *(f"source_{place}" for place in range(2, len(frames) + 1))]
    if len(called) != len(frames) or len(set(called)) != len(called):
        raise OptionError(
            f"names= must give each of the {len(frames)} sources a name of its own.",
            todo='For example names=["list", "sus"].',
        )
    return called


def _fields(waiting: pd.DataFrame, fields: Sequence[str] | None) -> list[str]:
    chosen = [name for name in RECONCILED_FIELDS if name in waiting] if fields is None else list(fields)
    strange = [name for name in chosen if name not in FIELDS]
    if strange:
        raise OptionError(f"{listed(strange)} is no field of the catalogue.", todo=f"Fields: {listed(FIELDS, 60)}.")
    if not chosen:
        raise OptionError(
            "There is nothing to settle: the list has none of the fields.", todo='Use fields=["ethnicity"].'
        )
    need(waiting, chosen, "reconcile")
    return chosen


def _persons(frames: Sequence[pd.DataFrame], keys: tuple[str, ...]) -> Wholes:
    """A number for each person; rows without an identifier are people of their own."""
    number = np.zeros(sum(len(frame) for frame in frames), np.int64)
    unknown = np.zeros(len(number), bool)
    for key in keys:
        codes, distinct = pd.factorize(pd.concat([frame[key].astype("string") for frame in frames], ignore_index=True))
        unknown |= codes < 0
        number = pd.factorize(number * (len(distinct) + 1) + codes)[0].astype(np.int64)
    number[unknown] = number.max(initial=0) + 1 + np.arange(int(unknown.sum()))
    return number


def _dates(frame: pd.DataFrame, dated: str) -> Wholes:
    """Days since 1970; the oldest where there is none."""
    if dated not in frame:
        return np.full(len(frame), _UNDATED)
    days = attempt(
        lambda: days_held(frame[dated]),
        lambda _: InputError(f"The column {dated} holds something that is no day.", todo="Write days as 2026-10-31."),
    )
    return np.where(np.isnat(days), _UNDATED, days.astype(np.int64))


@dataclass(frozen=True)
class _Records:
    """What every row of every source says of one field: whose it is, from where, of when, its code and how sure that is.

    ``level`` is the place of its reason in *recorded, not stated, not known, invalid, blank*; ``code`` the place of its
    value in ``values`` (−1: none), in the order of the catalogue.
    """

    person: Wholes
    source: Wholes
    when: Wholes
    code: Wholes
    level: Wholes
    values: pd.Index[Any]
    specific: Wholes
    first: Wholes


_LEVELS = ("recorded", "not_stated", "not_known", "invalid", "blank")


def _records(
    frames: Sequence[pd.DataFrame], name: str, person: Wholes, source: Wholes, when: Wholes, called: Sequence[str]
) -> _Records:
    values, code = _said(frames, name)
    level = np.concatenate([_levels(frame, name) for frame in frames])
    return _Records(
        person,
        source,
        when,
        code,
        level,
        values,
        np.array([_vagueness(name, value) for value in values], np.int64),
        _ranks(called),
    )


def _said(frames: Sequence[pd.DataFrame], name: str) -> tuple[pd.Index[Any], Wholes]:
    """Every value that stands in a source, in order, and the place of each row's value among them (−1: none)."""
    parts = [
        pd.factorize(frame[name]) if name in frame else (np.full(len(frame), -1), pd.Index([])) for frame in frames
    ]
    values = pd.Index(sorted({value for _, distinct in parts for value in distinct}), dtype=object)
    codes = [np.append(values.get_indexer(pd.Index(distinct, dtype=object)), -1)[code] for code, distinct in parts]
    return values, np.concatenate(codes).astype(np.int64)


def _levels(frame: pd.DataFrame, name: str) -> Wholes:
    if name not in frame:
        return np.full(len(frame), _LEVELS.index("blank"))
    reasons = flag_missing(frame, [name])[f"missing_{name}"].cat.codes.to_numpy()
    return np.array([_LEVELS.index(reason) for reason in REASONS])[reasons]


def _ranks(called: Sequence[str]) -> Wholes:
    """Where the rule of NHS England looks first: SUS, the list, then the others by name."""
    order = sorted(called, key=lambda name: (_FIRST.get(name.casefold(), 2), name))
    return np.array([order.index(name) for name in called])


def _vagueness(name: str, value: Any) -> int:
    """How little a value says: 0 for most, 1 for an 'other' group, an unsure sex, 1 January."""
    if isinstance(value, pd.Timestamp):
        return int(value.month == 1 and value.day == 1)
    return int(str(value) in _UNSPECIFIC.get(name, ()))


def _add(settled: pd.DataFrame, name: str, records: _Records, rule: str, called: Sequence[str]) -> None:
    """Add the settled values, the sources' own and what became of them, to the list's frame."""
    rows = len(settled)
    best = _winners(records, rule, np.ones(len(records.person), bool))
    persons = records.person[:rows]
    dtype = settled[name].dtype
    own = {source: _winners(records, rule, records.source == place) for place, source in enumerate(called)}
    outcome = _outcomes(records, persons, rows)
    kept = settled[name]
    settled[name] = _taken(records, best[persons], dtype, settled.index)
    for source, winners in own.items():
        column = kept if source == called[0] else _taken(records, winners[persons], dtype, settled.index)
        settled[f"{name}_in_{source}"] = column
    settled[f"{name}_settled"] = pd.Categorical(np.array(OUTCOMES, object)[outcome], categories=list(OUTCOMES))


def _taken(records: _Records, row: Wholes, dtype: Any, index: pd.Index[Any]) -> pd.Series[Any]:
    """The value of each winning row, in the type of the list's own column."""
    code = np.where(row >= 0, records.code[row], -1)
    values = pd.Series([*records.values, None], dtype=object).astype(dtype)
    return values.take(code).set_axis(index)


def _winners(records: _Records, rule: str, among: Truths) -> Wholes:
    """The row that settles each person's field, of those that are looked at; −1 where a person has none."""
    rows = np.flatnonzero(among)
    person = records.person[rows]
    winners = np.full(int(records.person.max(initial=-1)) + 1, -1)
    winners[person] = rows  # right for everybody whose rows all say the same: most people
    said = records.level[rows] * (len(records.values) + 1) + records.code[rows]
    low, high = np.full(len(winners), np.iinfo(np.int64).max), np.full(len(winners), -1)
    np.minimum.at(low, person, said)
    np.maximum.at(high, person, said)
    rows = rows[(low < high)[person]]
    if not len(rows):
        return winners
    ranked = rows[np.lexsort((*_packed(_keys(records, rule, rows)), records.person[rows]))]
    first = np.diff(records.person[ranked], prepend=-1) != 0
    winners[records.person[ranked[first]]] = ranked[first]
    return winners


def _packed(keys: Sequence[Wholes]) -> list[Wholes]:
    """Several keys, the most important first, as few as hold them, the most important last: numpy sorts by fewer."""
    packed: list[Wholes] = []
    width = 63
    for key in keys:
        place = np.unique(key, return_inverse=True)[1] if np.ptp(key) >= 1 << 20 else key - key.min()
        bits = int(place.max()).bit_length()
        if width + bits > 62:
            packed, width = [place, *packed], bits
        else:
            packed[0], width = (packed[0] << bits) | place, width + bits
    return packed


def _keys(records: _Records, rule: str, rows: Wholes) -> list[Wholes]:
    """What decides, most important first; smaller wins. Nothing in it knows where a row stands."""
    code, level = records.code[rows], records.level[rows]
    many = -_how_often(records.person[rows], code, len(records.values))
    late = -records.when[rows]
    tail = {
        "nhse": [records.first[records.source[rows]], late, many],
        "modal": [many, late],
        "latest": [late, many],
        "most_specific": [records.specific[code], many, late] if len(records.specific) else [many, late],
    }[rule]
    return [level, *tail, code]


def _how_often(person: Wholes, code: Wholes, values: int) -> Wholes:
    """How many rows of the same person say the same."""
    if not len(person):
        return np.zeros(0, np.int64)
    said = person * (values + 1) + code
    order = np.argsort(said, kind="stable")
    starts = np.flatnonzero(np.diff(said[order], prepend=-2))
    counts = np.diff(np.append(starts, len(said)))
    many = np.empty(len(said), np.int64)
    many[order] = np.repeat(counts, counts)
    return many


def _outcomes(records: _Records, persons: Wholes, rows: int) -> Wholes:
    """What became of the field in each row of the list."""
    recorded = records.level == 0
    size = int(records.person.max(initial=-1)) + 1
    known, code = records.person[recorded], records.code[recorded]
    many = np.bincount(known, minlength=size)
    low, high = np.full(size, len(records.values)), np.full(size, -1)
    np.minimum.at(low, known, code)
    np.maximum.at(high, known, code)
    many, differ = many[persons], (low < high)[persons]
    silent = ~recorded[:rows]
    found = np.full(rows, OUTCOMES.index("agreed"))
    found[many == 1] = OUTCOMES.index("one_record")
    found[silent] = OUTCOMES.index("recorded_elsewhere")
    found[differ] = OUTCOMES.index("conflict")
    found[many == 0] = OUTCOMES.index("not_recorded")
    return found
