"""Columns in which rows of a kind are alike, as one column and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from equiwait.rows.scoring.alike import Alike
from equiwait.rows.scoring.in_kinds import in_kinds, out_of_kinds

TYPES = {"tier": pa.int8(), "points_need": pa.float64(), "points_area": pa.float64()}
ROWS = 500


def columns(seed, alike):
    """Return as many columns as there are types, some of them by kind, and what each row has."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 12, ROWS)
    found = []
    for name in TYPES:
        each = draw.integers(1, 5, 12) / (1 if name == "tier" else 3)
        each[draw.integers(0, 12, 2)] = np.nan
        by_kind = Alike(each, kind)
        found.append(by_kind if name in alike else draw.permutation(by_kind.rows))
    return found, [each.rows if isinstance(each, Alike) else each for each in found]


def told(rows, apart):
    return [
        [None if out or np.isnan(value) else value for value, out in zip(each, apart, strict=True)] for each in rows
    ]


@pytest.mark.parametrize("alike", [list(TYPES), ["tier", "points_area"], []])
def test_every_row_gets_back_what_it_had_whether_kinds_are_known_or_not(alike):
    given, rows = columns(1, alike)
    apart = np.arange(ROWS) % 7 == 0
    back = out_of_kinds(in_kinds(given, apart), TYPES)
    assert [each.to_pylist() for each in back.values()] == told(rows, apart)
    assert {name: each.type for name, each in back.items()} == TYPES


def test_columns_whose_kinds_are_not_the_same_are_told_row_by_row():
    one, two = Alike(np.array([1.0, 2.0]), np.array([0, 1, 0])), Alike(np.array([5.0, 6.0]), np.array([1, 1, 0]))
    assert in_kinds([one, two], np.zeros(3, bool)).to_pylist() == ["1 6", "2 6", "1 5"]


def test_blocks_of_other_kinds_are_made_one_column():
    several = [columns(seed, list(TYPES)) for seed in (2, 3)]
    nobody = np.zeros(ROWS, bool)
    whole = pa.chunked_array([in_kinds(given, nobody) for given, _ in several]).unify_dictionaries().combine_chunks()
    back = out_of_kinds(whole.slice(100), TYPES)
    expected = [np.concatenate(each)[100:] for each in zip(*(rows for _, rows in several), strict=True)]
    assert [each.to_pylist() for each in back.values()] == told(expected, np.zeros(2 * ROWS - 100, bool))


def test_no_rows_have_no_kinds():
    back = out_of_kinds(in_kinds([np.zeros(0)] * len(TYPES), np.zeros(0, bool)), TYPES)
    assert {name: (each.type, len(each)) for name, each in back.items()} == {
        name: (kind, 0) for name, kind in TYPES.items()
    }


def test_more_combinations_than_short_numbers_tell_apart_are_refused_not_mixed_up():
    with pytest.raises(pa.ArrowInvalid):
        in_kinds([np.arange(40_000.0)], np.zeros(40_000, bool))
