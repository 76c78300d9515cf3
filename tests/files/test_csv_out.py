"""Lists written by Arrow are, byte for byte, what pandas writes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

import equiwait as ew
from equiwait.files import csv_out
from equiwait.files.csv_out import csv_lines
from equiwait.reporting.cell_text import formula_safe


def by_pandas(frame, path):
    formula_safe(frame).to_csv(path, index=False, lineterminator="\r\n", float_format="%.10g", date_format="%Y-%m-%d")
    return path.read_bytes()


def test_a_scored_list_is_written_as_pandas_writes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_out, "_LINES", 500)
    waiting = ew.read_list(ew.load_sample("adult_ptl"), snapshot="2026-10-31")
    ordered = ew.score(waiting, ew.Policy.preset("england_default"))
    assert b"".join(map(bytes, csv_lines(ordered))) == by_pandas(ordered, tmp_path / "a.csv")


def test_odd_cells_are_written_as_pandas_writes_them(tmp_path):
    frame = pd.DataFrame(
        {
            "=words, and": pd.Series(["=1", 'a "b", c', "line\nend", None, "", "é ☃"], dtype="str"),
            "float": [1.0, np.nan, 1 / 3, 1e20, -0.0, 123456789.123456],
            "nullable": pd.array([1.0, None, 1 / 3, 2.5, 0.1, 7], dtype="Float64"),
            "whole": pd.array([1, None, -3, 4, 5, 6], dtype="Int16"),
            "int": range(6),
            "flag": pd.array([True, None, False, True, True, False], dtype="boolean"),
            "plain": [True, False] * 3,
            "day": pd.to_datetime(["2026-10-31", None, "1999-01-01", "2026-10-31", "2026-10-31", "2026-10-31"]).astype(
                "datetime64[s]"
            ),
            "code": pd.Categorical(["+x", None, "b,c", "+x", "d", "d"]),
        }
    )
    assert b"".join(map(bytes, csv_lines(frame))) == by_pandas(frame, tmp_path / "a.csv")
    assert b"".join(map(bytes, csv_lines(frame.head(0)))) == by_pandas(frame.head(0), tmp_path / "b.csv")
