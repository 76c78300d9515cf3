"""Tables made by others: which columns are counts, what a cell counts, what is hidden, and which rows are totals."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import numpy as np
import pytest

import equiwait.disclosure
from equiwait.disclosure import Cell, Sum, rule_named
from equiwait.disclosure.cells import SHOWN, UNTOLD
from equiwait.disclosure.strangers import counts_of_table, is_count_column, sums_of

HES = rule_named("hes")


@pytest.mark.parametrize(
    ("header", "cells", "counts"),
    [
        ("n", ["1"], True), ("Patients", ["1,203", "45.0", ""], True), ("n_women", ["3"], True), ("women_people", ["3"], True),
        ("Number of women", ["3"], True), ("Women", ["3"], True), ("Patients", ["*", "hidden"], False), ("Patients", ["3", "many"], False),
        ("Patients", ["0.5", "3"], False), ("Over 52 weeks", ["3"], True), ("Age 0-18", ["3"], True), ("Weeks waited", ["3"], False), ("IMD_rank", ["3"], False), ("Age", ["3"], False), ("", ["3"], False), ("Total", ["5", "1–7"], True), ("Total", ["5", "< 8"], True),
        ("Total", ["5", "[c]"], True), ("Total", ["5", "-"], True), ("Patients", [], False),
    ],
)  # fmt: skip
def test_which_columns_are_counts(header, cells, counts):
    assert is_count_column(header, cells) is counts


def test_cells_of_a_table():
    rows = [
        ["Gender", "Ward", "Share", "Patients", "People treated"],
        ["Female", "A", "0.5", "1,200", "30"],
        ["Male", "A", "0.5", "*", "10"],
        ["Total", "A", "1", "1,300", ""],
        ["All", "all wards", "1", "2,000"],
    ]
    found = counts_of_table(rows, HES, "t")
    ward = ("ward", "A")
    told = dict(zip(found.cells, zip(found.shown, found.marks, strict=True), strict=True))
    assert found.rule is HES
    assert told[Cell("t", (("sex", "Female"), ward), "people")] == (1200, SHOWN)
    assert told[Cell("t", (ward,), "people")] == (1300, SHOWN)
    assert told[Cell("t", (), "people")] == (2000, SHOWN)
    number, mark = told[Cell("t", (("sex", "Male"), ward), "people")]
    assert np.isnan(number)
    assert mark == UNTOLD
    assert len(found.cells) == 6, "an empty cell counts nothing, and a share is no count"
    assert (
        Sum(Cell("t", (ward,), "people"), tuple(Cell("t", (("sex", s), ward), "people") for s in ("Female", "Male")))
        in found.sums
    )
    two = counts_of_table([["Sex", "Gender", "Patients", "Number"], ["F", "F", "50", "60"]], HES, "t")
    assert two.cells == (
        Cell("t", (("Gender", "F"), ("Sex", "F")), "Patients"),
        Cell("t", (("Gender", "F"), ("Sex", "F")), "Number"),
    ), "two columns of one meaning keep their own headers"
    blank = counts_of_table([["Sex", "Ward", "Patients"], ["F", "", "50"], ["F", "A", "60"]], HES, "t")
    assert blank.cells == tuple(Cell("t", (("sex", "F"), ("ward", ward)), "people") for ward in ("", "A")), (
        "a blank is a word"
    )
    numbered = counts_of_table([["Year", "Patients"], ["2026", "50"]], HES, "t")
    assert numbered.cells == (Cell("t", (), "people"),), "a column of numbers is no column of words"


def test_a_total_of_one_part_or_of_nobody_published_is_no_sum():
    a, b = (Cell("t", (("sex", s),)) for s in "FM")
    assert sums_of([Cell("t"), a]) == []
    assert sums_of([a, b]) == []
    assert sums_of([Cell("t"), a, b]) == [Sum(Cell("t"), (a, b))]


def test_what_the_room_passes_on_is_frozen():
    """What has been released cannot be written into."""
    found = 0
    for path in Path(equiwait.disclosure.__file__).parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"equiwait.disclosure.{path.stem}")
        for kind in vars(module).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                assert kind.__dataclass_params__.frozen, kind
                found += 1
    assert found > 5
