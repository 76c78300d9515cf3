"""Whole numbers at the ends of 64 bits: no place can be counted from them, and they are called what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from equiwait.counts.waits import groups_of
from equiwait.counts.waits.groups import values_of
from equiwait.files.csv_out import write_list
from equiwait.rows.scoring.blocks import Batch

FAR = {
    "beyond a sign": np.array([2**63, 2**63 + 2], np.uint64),
    "on both sides of a sign": np.array([2**63 - 1, 2**63 + 1], np.uint64),
    "the most": np.array([2**63 - 1, 2**63 - 3]),
    "the least": np.array([-(2**63), 2 - 2**63]),
}


@pytest.mark.parametrize("numbers", FAR.values(), ids=FAR)
def test_counting_reads_far_numbers_as_they_are_and_names_nobody_by_them(numbers: np.ndarray) -> None:
    names, place = values_of(pd.Series(numbers))
    assert [names[at] for at in place] == list(map(str, numbers.tolist()))
    assert set(groups_of(pd.DataFrame({"ward": numbers}), "ward").names) == {
        "Not shown (written like one person's own)"
    }


@pytest.mark.parametrize("numbers", FAR.values(), ids=FAR)
def test_far_numbers_are_written_to_the_last_digit(tmp_path: Path, numbers: np.ndarray) -> None:
    frame = pd.DataFrame({"clinic": np.repeat(numbers, 3)})
    write_list(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == ['"clinic"', *map(str, frame["clinic"].tolist())]


@pytest.mark.parametrize("numbers", FAR.values(), ids=FAR)
def test_a_score_reads_far_numbers_as_they_are(numbers: np.ndarray) -> None:
    names, place = Batch({"clinic": pa.array(numbers)}, len(numbers)).coded("clinic")
    assert [names[at] for at in place] == list(map(str, numbers.tolist()))
