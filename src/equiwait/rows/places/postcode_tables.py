"""The tables that a postcode is looked up in: pairs of bytes to units and digits, four characters to an outward part.

A postcode is an outward part (A9, A99, AA9, AA99, A9A or AA9A), a digit and two letters. Its number packs them as
``(outward · 10 + digit) · 512 + unit``, where ``unit`` counts the two letters from 0 to 399. The tables hold misspelt
forms too, each with a mark that says so, so that mending costs no more than reading.

What a table says of a part fits in one small number: what the part is in the lowest `PART_BITS`, and its marks above.
Marks of several parts are put together by ``|``, so that a part that is none spoils the whole.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np

__all__ = [
    "MENDED",
    "NO_PART",
    "PART",
    "PART_BITS",
    "UNIT_LETTERS",
    "UNSPACED",
    "back_of_pair",
    "digit_of_pair",
    "front_of_pair",
    "outward_names",
    "outward_of_classes",
    "outwards",
    "outwards_like",
    "unit_of_pair",
]

UNIT_LETTERS = b"ABDEFGHJLNPQRSTUWXYZ"  # C I K M O V are never used there
CLASSES = 38  # 0 nothing or a space, 1-26 letters, 27-36 digits, 37 anything else
_O, _I, _ZERO, _ONE = 15, 9, 27, 28
_SWAPS = {_O: _ZERO, _ZERO: _O, _I: _ONE, _ONE: _I}

PART_BITS = 18
PART = (1 << PART_BITS) - 1
MENDED, UNSPACED, NO_PART = (1 << (PART_BITS + mark) for mark in range(3))
"""Marks: O or I was put right; letters stand where a space could; these characters are no such part."""


@cache
def _class_of_byte() -> np.ndarray:
    classes = np.full(256, 37, np.uint16)
    classes[[0, 9, 10, 13, 32]] = 0
    for letter in range(26):
        classes[[65 + letter, 97 + letter]] = 1 + letter
    classes[48:58] = np.arange(27, 37)
    return classes


def _byte_pairs() -> tuple[np.ndarray, np.ndarray]:
    pairs = np.arange(65536)
    return pairs & 255, pairs >> 8  # a word's first byte is its lowest


@cache
def back_of_pair() -> np.ndarray:
    """Return the classes of two bytes as one number: the lower half of a key of `outward_of_classes`."""
    first, second = _byte_pairs()
    classes = _class_of_byte().astype(np.intp)
    pair: np.ndarray = classes[first] * CLASSES + classes[second]
    return pair


@cache
def front_of_pair() -> np.ndarray:
    """Return the classes of two bytes as the upper half of a key of `outward_of_classes`."""
    return back_of_pair() * CLASSES**2


@cache
def unit_of_pair() -> np.ndarray:
    """Return two letters as 0-399."""
    place = np.full(256, -1, np.int32)
    for order, letter in enumerate(UNIT_LETTERS):
        place[[letter, letter + 32]] = order
    first, second = _byte_pairs()
    known = (place[first] >= 0) & (place[second] >= 0)
    return np.where(known, place[first] * 20 + place[second], NO_PART).astype(np.int32)


@cache
def digit_of_pair() -> np.ndarray:
    """Return what a byte and the inward digit after it say: 512 times the digit, marked where unspaced or mended."""
    before, digit = (_class_of_byte()[side].astype(np.int32) for side in _byte_pairs())
    figure = (digit >= 27) & (digit <= 36)
    value = np.select([figure, digit == _O, digit == _I], [(digit - 27) << 9, MENDED, MENDED + (1 << 9)], NO_PART)
    value = np.where(before > 0, value | UNSPACED, value)
    return np.where(before == 37, NO_PART, value).astype(np.int32)


def outwards() -> int:
    """Return how many numbers of outward parts there are, 0 for none among them."""
    return int(_outwards().shape[1]) + 1


@cache
def _outwards() -> np.ndarray:
    """Every well-formed outward part as four classes, a row for each place, 0 for none; last GIR (of GIR 0AA) and NPT (once Newport).

    The second letter is never I, the last never I or O, and a district of two digits never starts with 0: what holds
    those there is a slip that position mends.
    """
    letters, digits = np.arange(1, 27, dtype=np.int8), np.arange(27, 37, dtype=np.int8)
    none = np.zeros(1, np.int8)
    second = np.concatenate([none, letters[letters != _I]])
    last = np.concatenate([none, digits, letters[(letters != _I) & (letters != _O)]])
    grid = np.stack(np.meshgrid(letters, second, digits, last, indexing="ij")).reshape(4, -1)
    twice = (grid[2] == _ZERO) & (grid[3] >= 27)
    old = np.array([[7, 14], [9, 16], [18, 20], [0, 0]], np.int8)
    return np.concatenate([grid[:, ~twice], old], axis=1)


@cache
def outward_of_classes() -> np.ndarray:
    """Return, for four classes read as one number, the number of an outward part (from 1)."""
    table = np.full(CLASSES**4, NO_PART, np.int32)
    proper = _outwards()
    _enter(table, _key(proper), np.arange(1, outwards(), dtype=np.int32))
    swapped = np.array([_SWAPS.get(each, -1) for each in range(CLASSES)], np.int8).take(proper)
    some = np.flatnonzero((swapped >= 0).any(axis=0))  # a third of them
    for changes in (1, 2, 3, 4):
        _enter_mended(table, proper[:, some], swapped[:, some], 1 + some, changes)
    return table


def _key(spellings: np.ndarray) -> np.ndarray:
    """Return spellings as numbers, their classes as far right in the four places as they go."""
    key = np.zeros(spellings.shape[1], np.int32)
    for each in spellings:
        key = np.where(each > 0, key * CLASSES + each, key)
    return key


def _enter(table: np.ndarray, keys: np.ndarray, numbers: np.ndarray) -> None:
    """Write spellings into the table, wherever in the four places they stand."""
    for shift in range(3):
        fits = keys < CLASSES ** (4 - shift)
        table[keys[fits] * CLASSES**shift] = numbers[fits]


def _enter_mended(
    table: np.ndarray, proper: np.ndarray, swapped: np.ndarray, numbers: np.ndarray, changes: int
) -> None:
    """Enter the misspellings that are ``changes`` swaps of O/0 or I/1 away from one outward part only."""
    wrong, right = [], []
    for chosen in map(list, combinations(range(4), changes)):
        possible = np.flatnonzero((swapped[chosen] >= 0).all(axis=0))
        spelt = proper[:, possible]
        spelt[chosen] = swapped[chosen][:, possible]
        wrong.append(_key(spelt))
        right.append(numbers[possible])
    keys, meant = np.concatenate(wrong), np.concatenate(right)
    _, first, seen = np.unique(keys, return_index=True, return_counts=True)
    free = first[(seen == 1) & (table[keys[first]] == NO_PART)]
    _enter(table, keys[free], meant[free] + MENDED)


def outwards_like(start: str) -> np.ndarray:
    """Return the numbers of the outward parts that begin with two letters, or are four characters.

    Examples
    --------
    >>> outwards_like("ZZ99").size, outwards_like("BF").size
    (1, 340)
    """
    classes = _class_of_byte()[np.frombuffer(start.encode(), np.uint8)]
    found = np.flatnonzero(_outwards()[0] == classes[0])
    for place, each in enumerate(classes[1:], 1):
        found = found[_outwards()[place, found] == each]
    numbers: np.ndarray = 1 + found
    return numbers


def outward_names(numbers: np.ndarray) -> list[str]:
    """Return the outward part that each number stands for; nothing for 0.

    Examples
    --------
    >>> outward_names(np.append(0, outwards_like("ZZ99")))
    ['', 'ZZ99']
    """
    letters = np.array(["", *map(chr, range(65, 91)), *map(str, range(10))])
    names = ["".join(each) for each in letters[_outwards()[:, numbers - 1].T]]
    return [name if number else "" for name, number in zip(names, numbers.tolist(), strict=True)]
