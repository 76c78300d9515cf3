"""Columns whose groups would be persons, and columns that may be looked at without being named by anybody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from equiwait.counts.waits.columns import AnyList
from equiwait.counts.waits.group_values import NOT_SHOWN, is_code, value_named
from equiwait.counts.waits.groups import Places, blocks, column_for, values_of
from equiwait.errors import RefusedError
from equiwait.fields import FIELDS, MERGES
from equiwait.fields.groupings import month_of

__all__ = ["is_of_a_person", "only_codes", "refuse_persons", "refuse_sizes", "sizes_of"]

_OF_ONE_PERSON = ("pathway_id", "person_id", "referral_id", "postcode", "submitted_at", "submission_row")
_OF_A_PERSON = (
    r"(^|_)(nhs_?(no|num|number|id)|mrn|hospital_?(no|num|number)|(unit|district|case_?note|patient|local_patient)_?(no|num|number|id|identifier)"
    r"|(sur|fore|first_|last_|full_|family_|given_|middle_|patients?_|child_|pupil_)names?|initials|address(_line)?|e_?mail"
    r"|(tele)?phone|mobile|next_of_kin|dob|d_o_b|born|birth_?(date|day)|date_of_birth|day_of_birth)(_|\d|$)"
)
_FREE_TEXT = r"(^|_)(notes?|comments?|free_?text|remarks?|narrative)(_|$)"
_FEWEST_IN_A_GROUP, _MANY_GROUPS, _SOME_GROUPS, _ALONE = 8, 50, 10, 2


def only_codes(waiting: AnyList, column: str) -> bool:
    """Whether a list has a column all of whose values are known codes of it: such a column may be looked at unasked.

    Examples
    --------
    >>> import pandas as pd
    >>> only_codes(pd.DataFrame({"site": ["RW3MR", None]}), "site"), only_codes(pd.DataFrame({"site": ["Mrs Smith"]}), "site")
    (True, False)
    """
    if column not in waiting:
        return False
    return _coded(column) or all(is_code(column, value) for value in _sized(waiting, column))


def sizes_of(waiting: AnyList, columns: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of a list, or of a part of it, have each value, of columns whose values are no known codes."""
    return {column: _sized(waiting, column) for column in columns if not _coded(column)}


def refuse_persons(waiting: AnyList, columns: Iterable[str]) -> None:
    """Refuse a grouping of a list whose groups are persons: see `refuse_sizes`."""
    refuse_sizes(columns, sizes_of(waiting, columns), len(waiting))


def refuse_sizes(columns: Iterable[str], sizes: Mapping[str, Mapping[str, int]], rows: int) -> None:
    """Refuse a grouping whose groups are persons: their names would be people's own values, in files that may be shown.

    Raises
    ------
    RefusedError
        If a column is an identifier, a date or free text by its name; if most rows hold what looks like an identifier; if it
        has over 50 values with fewer than 8 rows each; or over 10 of which most rows stand alone or in twos.
    """
    for column in columns:
        if _coded(column):
            continue
        sized = list(sizes.get(column, {}).items())
        if _is_personal(column) or _tells_persons_apart(column, sized):
            raise RefusedError(
                f"{column} tells persons apart, not groups.",
                found=f"{len(sized):,} different values in {rows:,} rows." if sized else "",
                todo="Group by something that many people share.",
            )


def _coded(column: str) -> bool:
    """Whether whatever is no code of a column is called invalid, and so never by its name."""
    return column in MERGES or (column in FIELDS and (bool(FIELDS[column].codes) or FIELDS[column].kind == "flag"))


def _sized(waiting: AnyList, column: str) -> dict[str, int]:
    """The values that occur, as text, and how many rows have each; blanks are left out."""
    values, place = values_of(column_for(waiting, column))
    sized: Counter[str] = Counter()
    for value, n in zip(values, _rows_at(place, len(values)), strict=True):
        if n and value:
            sized[month_of(column, value) or ""] += int(n)
    return dict(sized)


def _rows_at(place: Places, size: int) -> list[int]:
    """How many rows stand at each place; at -1 is what is missing. Of few places, each is counted by itself."""
    if size <= _FEW_PLACES and place.dtype == np.int8:
        return [int(np.count_nonzero(place == at)) for at in range(size)]
    rows = np.zeros(size + 1, np.int64)
    for part in blocks(len(place)):
        rows += np.bincount(np.add(place[part], 1, dtype=np.intp), minlength=len(rows))
    return [int(n) for n in rows[1:]]


_FEW_PLACES = 16  # more are counted in less time all at once


def _is_personal(column: str) -> bool:
    if column in FIELDS:
        return column in _OF_ONE_PERSON or FIELDS[column].kind == "date"
    return column in _OF_ONE_PERSON or is_of_a_person(column) or bool(re.search(_FREE_TEXT, _plain(column)))


def is_of_a_person(header: str) -> bool:
    """Whether a header is of what one person alone has: a name, a number, an address, the day of birth.

    Examples
    --------
    >>> [is_of_a_person(header) for header in ("Patient Surname", "Born", "DOB (dd/mm/yyyy)", "eMail", "Ward", "Birth weight band")]
    [True, True, True, True, False, False]
    """
    return bool(re.search(_OF_A_PERSON, _plain(header)))


def _plain(header: str) -> str:
    """A header in small letters with strokes between its words."""
    return re.sub(r"[\W_]+", "_", header.lower())


def _tells_persons_apart(column: str, sized: list[tuple[str, int]]) -> bool:
    if all(is_code(column, value) for value, _ in sized):
        return False
    rows, groups = sum(n for _, n in sized), len(sized)
    alone = sum(n for _, n in sized if n <= _ALONE)
    looks = sum(n for value, n in sized if value_named(value) == NOT_SHOWN)
    return (
        2 * looks > rows
        or (groups > _MANY_GROUPS and groups * _FEWEST_IN_A_GROUP > rows)
        or (groups > _SOME_GROUPS and 2 * alone > rows)
    )
