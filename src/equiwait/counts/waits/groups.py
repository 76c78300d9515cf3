"""What a group is called, where it stands in reading order, and which of them each row is in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.waits.columns import AnyList, Column, as_series, rows_of
from equiwait.counts.waits.group_values import value_named
from equiwait.disclosure.cells import RECORDED
from equiwait.errors import OptionError
from equiwait.fields import FIELDS, MERGES, made_from
from equiwait.fields.groupings import merged_name, month_of
from equiwait.frames import distinct, to_arrow
from equiwait.plain_columns import Plain, close_together, plain, taken_by_byte

By: TypeAlias = str | Sequence[str | Sequence[str]]
Places: TypeAlias = NDArray[Any]  # of whole numbers, as narrow as they can be
Key: TypeAlias = tuple[tuple[bool, float, str], ...]

BLOCK = 1 << 17  # rows at a time: whatever is made of one block is small beside the list
CROSS = " × "
_NOT_RECORDED, _NOT_LINKED, _NO_FIXED_ABODE = "Not recorded (blank)", "Not linked", "No fixed abode"
_SILENCES = {"blank": _NOT_RECORDED, "not_stated": "Not stated (asked)", "not_known": "Not known", "invalid": "Invalid"}
_SILENT = {_NOT_LINKED: 0.0} | {name: float(place) for place, name in enumerate(_SILENCES.values())}


# --- the questions ---------------------------------------------------------------------------------------------------


_CROSSED = re.compile(r"\s*[a-z]\w*(:\w+)?(\s*[+,×&]\s*[a-z]\w*(:\w+)?)+\s*")
"""Names of columns joined as people write a crossed question."""


def questions(by: By) -> list[tuple[str, ...]]:
    """Read ``by``: each name is a question of its own, a tuple of names is one crossed question; repeats are one.

    Examples
    --------
    >>> questions(["sex", ("sex", "ethnicity")])
    [('sex',), ('sex', 'ethnicity')]
    """
    asked = [by] if isinstance(by, str) else list(by) if isinstance(by, Iterable) else [by]
    if not all(isinstance(one, str) or _are_names(one) for one in asked):
        raise OptionError(
            "by= is neither a name nor names of columns.",
            todo='Name a column, such as by="ethnicity", or several: by=[...].',
        )
    if not asked:
        raise OptionError(
            "by= is empty.", todo='Name a column, such as by="ethnicity", or several: by=["ethnicity", "sex"].'
        )
    for one in asked:
        if isinstance(one, str) and _CROSSED.fullmatch(one):
            names = ", ".join(repr(part.strip()) for part in re.split(r"[+,×&]", one))
            raise OptionError(
                f"by={one!r} is one name that joins several.",
                todo=f"Type by=[({names})] for them crossed, or by=[{names}] for one after the other.",
            )
    # A question asked twice is one question: its counts must not be added to themselves.
    return list(dict.fromkeys((one,) if isinstance(one, str) else tuple(one) for one in asked))


def _are_names(one: object) -> bool:
    return isinstance(one, Sequence) and len(one) > 0 and all(isinstance(name, str) for name in one)


def question_name(question: Iterable[str]) -> str:
    """Return the name of a question: its columns, crossed."""
    return CROSS.join(question)


# --- names -----------------------------------------------------------------------------------------------------------


def group_named(column: str, value: str | None) -> tuple[str, bool]:
    """Return what people with this value of a column are called, and whether it is known who they are.

    What looks like one person's own (an identifier, a postcode, a sentence) is never a name, whatever column it stands in.

    Examples
    --------
    >>> group_named("ethnicity", "A"), group_named("ethnicity", "Z"), group_named("imd_decile", "1")
    (('A: White British', True), ('Not stated (asked)', False), ('1 (most deprived)', True))
    """
    if column in MERGES:
        return _merged_name(column, value)
    if column in FIELDS and FIELDS[column].codes:
        return _coded_name(column, value)
    value = month_of(column, value)
    if value is None or value == "":
        return (_NOT_LINKED if is_place_rank(column) else _NOT_RECORDED, False)
    if value in _SILENT or value == RECORDED:  # somebody wrote it
        return (f"{value} (as written)", True)
    if value in ("true", "false"):
        return ("Yes" if value == "true" else "No", True)
    if is_place_rank(column):
        last = "10" if column.endswith("_decile") else "5"
        return (value_named(value) + {"1": " (most deprived)", last: " (least deprived)"}.get(value, ""), True)
    return (value_named(value, staff=column == "consultant"), True)


def _coded_name(column: str, value: str | None) -> tuple[str, bool]:
    each = FIELDS[column]
    reason = each.reason(value)
    if reason != "recorded":
        return (_SILENCES[reason], False)
    code = str(value) if value in each.codes else str(each.read(str(value)))
    label = each.codes[code]
    by_name = column in ("sex", "list_type") or code.islower()  # "roma" is a group without a code of its own
    return (label if by_name else f"{code}: {label}", True)


def _merged_name(column: str, value: str | None) -> tuple[str, bool]:
    """The merged group of a code; what says nothing of who it is keeps the name of its silence."""
    if value in _SILENT:
        return (str(value), False)
    name = merged_name(column, value)
    return (name, True) if name else _coded_name(made_from(column), value)


def missing_group_named(reason: str) -> str:
    """Return what people are called of whom a column is not recorded, for this reason; nothing for ``recorded``."""
    return _SILENCES.get(reason, "")


def is_place_rank(column: str) -> bool:
    """Whether a column ranks the area where a person lives: such ranks hold within one nation only."""
    return column.endswith(("_decile", "_quintile", "core20"))


# --- reading order ---------------------------------------------------------------------------------------------------


def reading_order(question: Sequence[str], name: str) -> Key:
    """Return where a group stands in reading order: codes in the order of their catalogue, numbers by size, silences last.

    It needs nothing but the names, so that counts added together stand in the order of counts made in one go.
    """
    parts = name.split(CROSS)
    if len(parts) != len(question):
        return ((False, np.inf, name),)
    return tuple(_part_standing(column, part) for column, part in zip(question, parts, strict=True))


def _part_standing(column: str, name: str) -> tuple[bool, float, str]:
    if name in _SILENT:
        return (True, _SILENT[name], name)
    if (place := _code_places(column).get(name)) is not None:
        return (False, place, "")
    if name in ("Yes", "No"):
        return (False, float(name == "No"), "")
    number = re.match(r"\d+", name)
    return (False, float(number[0]) if number else np.inf, name)


@lru_cache(maxsize=256)
def _code_places(column: str) -> dict[str, float]:
    codes = FIELDS[column].codes if column in FIELDS else {}
    return {_coded_name(column, code)[0]: float(place) for place, code in enumerate(codes)}


# --- each row's group ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Groups:
    """The groups of one question: names in reading order, which of them are known, and each row's place among them."""

    names: tuple[str, ...]
    known: NDArray[np.bool_]
    place: Places
    question: str = ""

    def people(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return how many rows (of those marked) each group has."""
        return np.bincount(self.place if rows is None else self.place[rows], minlength=len(self.names))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The groups of which it is not known who is in them."""
        return tuple(name for name, known in zip(self.names, self.known, strict=True) if not known)

    def among(self, rows: NDArray[np.bool_]) -> Groups:
        """Return the groups of the rows that are marked."""
        return self if rows.all() else Groups(self.names, self.known, self.place[rows], self.question)

    def occurring(self) -> Groups:
        """Leave out crossed groups that nobody is in."""
        here = self.people() > 0
        again = np.cumsum(here) - 1
        names = tuple(name for name, used in zip(self.names, here, strict=True) if used)
        return Groups(names, self.known[here], again[self.place], self.question)


def groups_of(waiting: AnyList, column: str) -> Groups:
    """Return the groups of a column; every row has one, and each kind of silence is a group of its own."""
    values, place = values_of(column_for(waiting, column))
    named = [group_named(column, value) for value in values]
    if is_place_rank(column) and "link_status" in waiting:
        named, place = _with_no_fixed_abode(waiting, named, place)
    present = {named[value] for value in _present(place, len(named))}
    used = sorted(present, key=lambda one: reading_order((column,), one[0]))
    where = {one: position for position, one in enumerate(used)}
    index = np.array([where.get(one, 0) for one in named], _narrow(len(used)))
    known = np.array([one[1] for one in used], bool)
    return Groups(tuple(one[0] for one in used), known, _looked_up(index, place), column)


def silent_rows(waiting: pd.DataFrame, column: str) -> dict[str, NDArray[np.bool_]]:
    """Return who is in each group of a column that says nothing of them, by its name: a column of thousands of days needs no other.

    Examples
    --------
    >>> {name: rows.tolist() for name, rows in silent_rows(pd.DataFrame({"sex": ["1", "9", None, "2"]}), "sex").items()}
    {'Not recorded (blank)': [False, False, True, False]}
    """
    values, place = values_of(column_for(waiting, column))
    coded = column in MERGES or (column in FIELDS and bool(FIELDS[column].codes))
    found: dict[str, NDArray[np.bool_]] = {}
    for at, value in enumerate(values):
        name, known = group_named(column, value) if coded or not value else ("", True)
        if not known:
            here = (place == at) | (place == -1) if at == len(values) - 1 else place == at
            found[name] = found[name] | here if name in found else here
    return {name: rows for name, rows in found.items() if rows.any()}


def column_for(waiting: AnyList, grouping: str) -> Column:
    """Return the column of a list that a grouping reads."""
    return waiting[columns_for(waiting, [grouping])[0]]


def columns_for(waiting: AnyList, groupings: Iterable[str]) -> list[str]:
    """Return the columns of a list that groupings read, each once."""
    return list(dict.fromkeys(name if name in waiting else made_from(name) for name in groupings))


def crossed(waiting: pd.DataFrame, columns: Sequence[str]) -> Groups:
    """Return the groups of columns of a list crossed."""
    return cross([groups_of(waiting, column) for column in columns])


def cross(parts: Sequence[Groups]) -> Groups:
    """Return groups crossed; a crossed group is known if all its parts are."""
    first, *rest = parts
    for other in rest:
        names = tuple(f"{a}{CROSS}{b}" for a in first.names for b in other.names)
        known = (first.known[:, None] & other.known[None, :]).ravel()
        kind = _narrow(len(names))
        place = first.place.astype(kind) * kind(len(other.names)) + other.place.astype(kind)
        first = Groups(names, known, place, f"{first.question}{CROSS}{other.question}")
    return first


def everybody(rows: int) -> Groups:
    """Return one group without a name that holds every row: no strata."""
    return Groups(("",), np.ones(1, bool), np.zeros(rows, np.int8))


def values_of(column: Column) -> tuple[list[str | None], Places]:
    """The distinct values of a column as text, null last, and each row's place among them (-1, too, is the last: null).

    The codes of a categorical are used as they are; numbers are told apart before they become text.
    """
    if isinstance(column, Plain):
        if column.names is not None:
            return [*column.names, None], column.values
        return _few_numbers(column) or values_of(as_series(column))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _texts(column.cat.categories), _codes(column)
    if column.dtype.kind in "iub" and (few := _few_numbers(plain(column))):
        return few
    if pd.api.types.is_string_dtype(column.dtype):
        return distinct(to_arrow(column))
    place, values = pd.factorize(column)
    return _texts(values), place


def _few_numbers(held: Plain | None) -> tuple[list[str | None], Places] | None:
    """Numbers that lie close together, or flags: their distance to the lowest is their place."""
    if held is None:
        return None
    values = held.values.view(np.int8) if held.values.dtype.kind == "b" else held.values
    ends = close_together(values, _NUMBERS)
    if ends is None:
        return None
    low, high = ends
    kind = _narrow(high - low + 1)
    place = values.astype(kind) - np.int64(low).astype(kind)  # what wraps around on the way wraps back
    if held.missing is not None:
        place |= -held.missing.astype(kind)  # -1 is all bits
    names = ["false", "true"][low : high + 1] if held.values.dtype.kind == "b" else map(str, range(low, high + 1))
    return [*names, None], place


_NUMBERS = 1 << 12  # no more names than that are made of numbers that may not occur


def occurring(column: Column, rows: NDArray[np.bool_] | None = None) -> list[Any]:
    """Return the values that a column has (of the rows that are marked), none of them missing."""
    if isinstance(column, Plain) and column.names is not None:
        codes, names = column.values, list(column.names)
    else:
        column = as_series(column)
        if not isinstance(column.dtype, pd.CategoricalDtype):
            return list((column if rows is None else column[rows]).dropna().unique())
        codes, names = _codes(column), column.cat.categories.tolist()
    met = _present(codes if rows is None else codes[rows], len(names) + 1)
    return [names[place] for place in met if place < len(names)]


def _codes(column: pd.Series[Any]) -> Places:
    held: Any = column.array
    return np.asarray(held.codes)


def _texts(values: Any) -> list[str | None]:
    return distinct(to_arrow(pd.Series(values)))[0] if len(values) else [None]


def _with_no_fixed_abode(
    waiting: AnyList, named: list[tuple[str, bool]], place: Places
) -> tuple[list[tuple[str, bool]], Places]:
    """People of no fixed abode have no area and so no rank: a group to look at, not a gap in the data."""
    abode, last = rows_of(waiting["link_status"], "no_fixed_abode"), len(named) - 1
    found, missing = place.astype(_narrow(last + 2)), np.flatnonzero((place == last) | (place == -1))
    found[missing] = last + 1 - abode[missing]
    return [*named[:-1], (_NO_FIXED_ABODE, True), named[-1]], found


def _present(place: Places, size: int) -> list[int]:
    """The places that occur, -1 as the last: nearly all are met in a few rows, the rest are looked for one by one."""
    if len(place) and place.min() == place.max():  # as one day, one edition
        return [int(place[0]) % size]
    seen = np.zeros(size, bool)
    seen[place[:_SOME]] = True
    rare = np.flatnonzero(~seen)
    if len(rare) <= _FEW:
        for value in rare.tolist():
            seen[value] = (place == value).any() or (value == size - 1 and (place == -1).any())
    else:
        for rows in blocks(len(place)):
            seen[place[rows]] = True
    return [int(value) for value in np.flatnonzero(seen)]


_SOME, _FEW = 1 << 12, 32


def _looked_up(index: Places, place: Places) -> Places:
    """``index[place]``, a block at a time: numpy would widen every place of the list at once."""
    if index.dtype == place.dtype == np.int8:
        return taken_by_byte(index, place)
    found = np.empty(len(place), index.dtype)
    for rows in blocks(len(place)):
        found[rows] = index.take(place[rows])
    return found


def blocks(rows: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices that cover ``rows`` rows."""
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def _narrow(size: int) -> type[np.signedinteger[Any]]:
    """The smallest whole number that can hold every place below ``size``."""
    return np.int8 if size <= 1 << 7 else np.int16 if size <= 1 << 15 else np.int32 if size <= 1 << 31 else np.int64
