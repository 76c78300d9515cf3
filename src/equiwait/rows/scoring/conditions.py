"""Whether the codes of a person meet a condition of the policy: yes, no, or not to be told from what is recorded.

Codes are held by key. The key of a column read as levels is its name; of one read as a number with cut-offs, its name
and a mark, and the code is the stretch between cut-offs in which the number lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from equiwait.fields import INVALID
from equiwait.rows.policies.columns import level_for
from equiwait.rows.policies.conditions import Cut
from equiwait.rows.scoring.blocks import Block, Coded

__all__ = ["Codes", "column_of", "cut", "ends_of", "keys_of", "meets", "stretches", "takes"]

Codes: TypeAlias = Mapping[str, str | None]
Asked: TypeAlias = "tuple[str, ...] | Cut"

_CUT = "\x00cut"


def _key(column: str, asked: Asked) -> str:
    return column + _CUT if isinstance(asked, Cut) else column


def column_of(key: str) -> str:
    """Return the column that a key is about."""
    return key.removesuffix(_CUT)


def keys_of(conditions: Iterable[Mapping[str, Asked]]) -> Iterable[str]:
    """Yield the keys of all that conditions read."""
    return (_key(column, asked) for each in conditions for column, asked in each.items())


def ends_of(conditions: Iterable[Mapping[str, Asked]]) -> dict[str, list[float]]:
    """Return for each key with cut-offs the numbers at which people are told apart."""
    found: dict[str, set[float]] = {}
    for each in conditions:
        for column, asked in each.items():
            if isinstance(asked, Cut):
                ends = (end for end in (asked.at_least, asked.below) if end is not None)
                found.setdefault(_key(column, asked), set()).update(ends)
    return {key: sorted(ends) for key, ends in found.items()}


def stretches(ends: Sequence[float]) -> list[str | None]:
    """Return the codes of the stretches between cut-offs: each is named by a number that lies in it."""
    return [repr(ends[0] - 1), *map(repr, ends)] if ends else []


def cut(block: Block, key: str, ends: Sequence[float]) -> Coded:
    """Return in which stretch each row's number lies; one that cannot be read is no blank."""
    column = column_of(key)
    numbers, known = block.numbers(column)
    names = [*stretches(ends), None, INVALID]
    place = np.searchsorted(np.array(ends), numbers, side="right")
    place = np.where(known, place, len(ends) + 1)
    wrong = block.unread.get(column)
    return names, place if wrong is None else np.where(~known & wrong, len(ends) + 2, place)


def takes(code: str | None, asked: Asked, *, blank_means_no: bool = False) -> bool | None:
    """Whether a code is one of those asked for."""
    if code is None:
        return False if blank_means_no else None
    if code == INVALID:
        return None
    return asked.takes(float(code)) if isinstance(asked, Cut) else level_for(asked, code) is not None


def meets(
    conditions: Iterable[Mapping[str, Asked]], codes: Codes, reads_blank: Callable[[str], bool] = lambda column: False
) -> bool | None:
    """Whether all of one table holds: of several, one is enough."""
    answers = [_all_hold(each, codes, reads_blank) for each in conditions]
    return True if True in answers else None if None in answers else False


def _all_hold(table: Mapping[str, Any], codes: Codes, reads_blank: Callable[[str], bool]) -> bool | None:
    answers = [
        takes(codes.get(_key(column, asked)), asked, blank_means_no=reads_blank(column))
        for column, asked in table.items()
    ]
    return False if False in answers else None if None in answers else True
