"""What an engine runs: passes over the rows, and between them what needs the whole list, as sums and small keys.

A *plan* is a generator of passes. Each pass works on one block of rows at a time and owes nothing to other blocks. What
the list as a whole must say comes back to the plan before it goes on: sums, which add up over blocks in any order, and
the answers to small keys, which are solved a few whole *homes* at a time: rows that bear on each other share a home.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "BETWEEN",
    "HOME",
    "Gather",
    "Keys",
    "Pass",
    "Plan",
    "Sums",
    "Told",
    "Worked",
    "added",
    "alike",
    "home_numbers",
    "homes_of",
    "lots_of",
    "runs_of",
    "text_numbers",
    "total_cells",
]

HOME = "home"
"""The column of keys that says which rows bear on each other."""

BETWEEN = "\u200b"
"""Begins the name of every column that only passes know: reading takes this mark out of headers, so that no list has such a column."""

PEOPLE = "people"
"""The column of cells that adds up."""

Sums: TypeAlias = Mapping[str, Any]
"""Numbers that add, flags of which one is enough, lists of text that unite, and mappings of these."""


@dataclass(frozen=True)
class Worked:
    """What a pass makes of one block.

    ``rows`` is the block as it goes on; ``keys`` the small keys of its rows for each `Gather`; ``counted`` the columns by
    which the pass counts people.
    """

    rows: pa.RecordBatch
    sums: Sums = field(default_factory=dict)
    keys: Mapping[str, pa.RecordBatch] = field(default_factory=dict)
    counted: pa.RecordBatch | None = None


Count: TypeAlias = Callable[[pa.Table], tuple[pa.Table, Sums]]
"""From the columns that some blocks give to counts, a table whose column ``people`` adds up, and to sums."""


class Keys(NamedTuple):
    """The keys of some whole homes, the rows of each home in the order of the list; and what of keys is seldom looked at, row by row."""

    table: pa.Table
    seldom: Callable[[str, np.ndarray], pa.Array]

    @classmethod
    def of(cls, table: pa.Table) -> Keys:
        """Return keys that all lie in one table."""
        return cls(table, lambda name, rows: pa.concat_arrays(table[name].take(pa.array(rows)).chunks))


@dataclass(frozen=True)
class Gather:
    """List work on small keys.

    Parameters
    ----------
    name : str
        What the keys are called in `Worked`.
    solve : callable
        From the `Keys` of some whole homes, and the sums of ``vote``, to answers: numbers and flags, one for each row.
        They stand beside the rows in the next pass.
    vote : callable, optional
        From the keys of some whole homes to sums that ``solve`` needs of all homes.
    tell : callable, optional
        From the answers to sums that the plan is told.
    seldom : sequence of str, optional
        Keys that ``solve`` looks at for few rows: they may stay where the rows of the list lie.
    """

    name: str
    solve: Callable[[Keys, Sums], pa.Table]
    vote: Callable[[pa.Table], Sums] | None = None
    tell: Callable[[pa.Table], Sums] | None = None
    seldom: Sequence[str] = ()


@dataclass(frozen=True)
class Pass:
    """One pass over the rows.

    Parameters
    ----------
    work : callable
        What is done to a block; its answer depends on that block alone.
    gathers : sequence of Gather
        List work on the keys that ``work`` gives.
    count : callable, optional
        Counts people, a few blocks at a time, by the columns that ``work`` gives.
    reads : sequence of str, optional
        For a pass that only looks and leaves the rows as they are: the columns that it needs.
    name : str
        What it does, for people who watch.
    last : bool
        Whether it leaves the rows as they are given back.
    """

    work: Callable[[pa.RecordBatch], Worked]
    gathers: Sequence[Gather] = ()
    count: Count | None = None
    reads: Sequence[str] | None = None
    name: str = ""
    last: bool = False

    def counts(self, done: Sequence[Worked]) -> tuple[pa.Table | None, Sums]:
        """Count the people of some blocks; nothing where the pass counts nobody."""
        if self.count is None:
            return None, {}
        return self.count(pa.Table.from_batches([each.counted for each in done]))


@dataclass(frozen=True)
class Told:
    """What comes back to the plan after a pass: sums of blocks and of answers, and the cells of the whole list."""

    sums: Sums = field(default_factory=dict)
    cells: pa.Table | None = None


Plan: TypeAlias = Generator[Pass, Told, None]


def added(one: Any, two: Any) -> Any:
    """Return two sums as one.

    Examples
    --------
    >>> added({"rows": 2, "late": False, "days": ["a"]}, {"rows": 3, "late": True, "days": ["b", "a"]})
    {'rows': 5, 'late': True, 'days': ['a', 'b']}
    """
    if isinstance(one, Mapping):
        return {**one, **{name: added(one[name], value) if name in one else value for name, value in two.items()}}
    if isinstance(one, bool):
        return one or two
    if isinstance(one, list):
        return sorted({*one, *two})
    return one + two


def total_cells(tables: Sequence[pa.Table]) -> pa.Table | None:
    """Return tables of counts as one: what stands in several of them is added.

    Examples
    --------
    >>> total_cells([pa.table({"sex": ["1"], "people": [2]}), pa.table({"sex": ["2", "1"], "people": [4, 3]})]).to_pylist()
    [{'sex': '1', 'people': 5}, {'sex': '2', 'people': 4}]
    """
    if not tables:
        return None
    every = pa.concat_tables(tables)
    if not every.num_rows:
        return tables[0]
    keys = every.drop_columns(PEOPLE).unify_dictionaries()
    numbers, cells = _numbered(pa.table({name: _in_codes(keys[name]) for name in _words_first(keys)}))
    people, row, start = np.zeros(cells, np.int64), np.full(cells, -1), 0
    for number in numbers:
        np.add.at(people, number, every[PEOPLE].slice(start, len(number)).to_numpy())
        row[number] = np.arange(start, start := start + len(number))
    met = np.flatnonzero(row >= 0)
    return keys.take(pa.array(row[met])).append_column(PEOPLE, pa.array(people[met]))


def _numbered(coded: pa.Table) -> tuple[list[np.ndarray], int]:
    """Number the combinations of codes, batch by batch: what is made of one batch stays in a processor's cache."""
    parts, cells = coded.unify_dictionaries().to_batches(), 1
    numbers = [np.zeros(len(part), np.int32) for part in parts]
    for at, first in enumerate(parts[0].columns):
        many = len(first.dictionary)
        if many == 1:  # a single value tells nobody apart
            continue
        if cells * many > _COUNTED:
            numbers, cells = _occurring(numbers, cells)
        cells *= many
        if cells > np.iinfo(np.int32).max:
            numbers = [number.astype(np.int64) for number in numbers]
        for number, part in zip(numbers, parts, strict=True):
            number *= many
            number += np.asarray(part.column(at).indices)
    return _occurring(numbers, cells) if cells > _COUNTED else (numbers, cells)


def _words_first(keys: pa.Table) -> list[str]:
    """Return names of columns, those of words first: few of their combinations occur, and they are looked for once."""
    return sorted(keys.column_names, key=lambda name: not pa.types.is_dictionary(keys[name].type))


def _in_codes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as places among its values; whole numbers close together are their distance to the lowest."""
    if pa.types.is_dictionary(column.type):
        return column
    column = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    ends = pc.min_max(column).as_py() if pa.types.is_signed_integer(column.type) else {"min": 0, "max": _COUNTED}
    low, high = ends["min"], ends["max"]
    if high - low >= _COUNTED:
        return column.dictionary_encode()
    values = pa.array(np.arange(low, high + 1))
    places = [pa.array(each.to_numpy() - low) for each in column.chunks]
    return pa.chunked_array([pa.DictionaryArray.from_arrays(place, values, safe=False) for place in places])


def _occurring(numbers: Sequence[np.ndarray], size: int) -> tuple[list[np.ndarray], int]:
    """Number the combinations that occur, of so many that there could be."""
    if size > _SOUGHT:
        found, number = np.unique(np.concatenate(numbers), return_inverse=True)
        return np.split(number, np.cumsum([len(each) for each in numbers])[:-1]), len(found)
    met = np.zeros(size, np.int32)
    for number in numbers:
        met[number] = 1
    again = np.cumsum(met, dtype=np.int32) - 1
    return [again.take(number) for number in numbers], int(met.sum())


_COUNTED = 1 << 20  # combinations that are numbered although not all of them occur
_SOUGHT = 1 << 24  # combinations of which it is counted which occur; more are sorted


# --- homes -----------------------------------------------------------------------------------------------------------

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def text_numbers(text: pa.Array) -> np.ndarray:
    """Return a whole number of 64 bits for each text, the same wherever it stands; 0 for null.

    Its bytes, eight at a time, stirred by the finaliser of splitmix64 (Steele, Lea and Flood 2014).
    """
    if pa.types.is_dictionary(text.type):
        numbers = np.append(text_numbers(text.dictionary.cast(pa.string())), np.uint64(0))
        return np.asarray(numbers[np.asarray(text.indices.cast(pa.int64()).fill_null(len(numbers) - 1))])
    array = text if pa.types.is_string(text.type) else text.cast(pa.string())
    room = np.empty(len(array), np.uint64)
    for start in range(0, len(array), _FEW):  # what is made of few rows at a time stays in a processor's cache
        room[start : start + _FEW] = _numbers_of_texts(array[start : start + _FEW])
    return room


_FEW = 16_384


def _numbers_of_texts(array: pa.Array) -> np.ndarray:
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    letters = np.frombuffer(data or b"", np.uint8)[ends[0] : ends[-1]]
    length = np.diff(ends)
    number = stirred(length.astype(np.uint64))
    for start in range(0, int(length.max()), 8):
        longer = stirred(number ^ _words(letters, ends[:-1] - ends[0], length, start))
        number = longer if length.min() > start else np.where(length > start, longer, number)
    return np.where(np.asarray(array.is_null()), np.uint64(0), number) if array.null_count else number


def _words(letters: np.ndarray, begins: np.ndarray, length: np.ndarray, start: int) -> np.ndarray:
    """Eight bytes of each text from one place on, as one number; nought where a text has come to its end."""
    word, most = np.zeros((len(begins), 8), np.uint8), int(length.max())
    few = min(8, most - start)
    if length.min() == most:
        word[:, :few] = letters.reshape(-1, most)[:, start : start + few]
        return word.view(np.uint64).ravel()
    for place in range(start, start + few):
        byte = letters.take(begins + np.int32(place), mode="clip")
        word[:, place - start] = byte if length.min() > place else byte * (length > place)
    return word.view(np.uint64).ravel()


def stirred(number: np.ndarray) -> np.ndarray:
    """Return numbers of 64 bits, stirred so that like ones come out unlike."""
    with np.errstate(over="ignore"):
        number = number + _MIX[0]
        number ^= number >> np.uint64(30)
        number *= _MIX[1]
        number ^= number >> np.uint64(27)
        number *= _MIX[2]
        number ^= number >> np.uint64(31)
    return number


def lots_of(home: np.ndarray, row: np.ndarray, lots: int) -> np.ndarray:
    """Return in which of so many lots each row is solved: its home's; who is at home nowhere is spread over all of them.

    The last bit of a home is no help: it may be set to tell a home from none.

    Examples
    --------
    >>> lots_of(np.array([0, 0, 7, 5], np.uint64), np.arange(4), 2).tolist()
    [0, 1, 1, 0]
    """
    number = np.where(home == 0, row.astype(np.uint64), home >> np.uint64(1))
    return np.asarray(number.astype(np.uint16) % np.uint16(lots))  # its last bits will do, and divide quicker


def homes_of(columns: Sequence[pa.Array], rows: int, here: np.ndarray) -> pa.DictionaryArray:
    """Return in codes one number of 64 bits for each row, equal where every column is, blanks alike; 0 for who is not ``here``."""
    coded = [each if pa.types.is_dictionary(each.type) else each.dictionary_encode() for each in columns]
    texts = [np.append(text_numbers(each.dictionary.cast(pa.string())), np.uint64(0)) for each in coded]
    places = list(map(_places_of, coded))
    sizes = [len(each) for each in texts]
    combinations = math.prod(sizes)
    if combinations > rows:  # more than there are people
        numbers = _stirred_together(texts, places, rows) | np.uint64(1)
        return pa.array(np.where(here, numbers, np.uint64(0))).dictionary_encode()
    every = np.unravel_index(np.arange(combinations), sizes) if sizes else []
    numbers = np.append(_stirred_together(texts, every, combinations) | np.uint64(1), np.uint64(0))
    code = np.zeros(rows, np.int32)
    for size, place in zip(sizes, places, strict=True):
        code *= size
        code += place
    code[~here] = combinations
    return pa.DictionaryArray.from_arrays(pa.array(code), pa.array(numbers))


def home_numbers(home: pa.Array) -> np.ndarray:
    """Return the number of each row's home."""
    if pa.types.is_run_end_encoded(home.type):
        return np.repeat(*runs_of(home))
    return np.asarray(home.dictionary_decode() if pa.types.is_dictionary(home.type) else home)


def runs_of(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of rows that stand together, and how many rows have each.

    Examples
    --------
    >>> [each.tolist() for each in runs_of(pa.array([7, 7, 0, 7], pa.uint64()))]
    [[7, 0, 7], [2, 1, 1]]
    """
    if not pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_encode(pa.array(home_numbers(column)))
    first, many = column.find_physical_offset(), column.find_physical_length()
    ends = np.asarray(column.run_ends)[first : first + many] - column.offset
    ends[-1:] = len(column)  # the last may reach into another slice
    return np.asarray(column.values)[first : first + many], np.diff(ends, prepend=0)


def alike(value: str, rows: int) -> pa.RunEndEncodedArray:
    """Return a column of text that is the same in all of so many rows, once.

    Examples
    --------
    >>> alike("a", 2).to_pylist()
    ['a', 'a']
    """
    some = [value] if rows else []
    return pa.RunEndEncodedArray.from_arrays(pa.array([rows][: len(some)], pa.int32()), pa.array(some, pa.string()))


def _places_of(coded: pa.DictionaryArray) -> np.ndarray:
    """Return each row's place among the values of a column; a blank's comes after every value's."""
    indices = coded.indices
    if indices.null_count:
        indices = indices.cast(pa.int64()).fill_null(len(coded.dictionary))
    return np.asarray(indices)


def _stirred_together(texts: Sequence[np.ndarray], places: Sequence[np.ndarray], rows: int) -> np.ndarray:
    number = np.zeros(rows, np.uint64)
    for each, place in zip(texts, places, strict=True):
        number = stirred(number ^ each[place])
    return number
