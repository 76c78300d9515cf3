"""Small lists for the tests of intake."""

from __future__ import annotations

import pandas as pd

import equiwait as ew

SNAPSHOT = "2026-10-31"


def read(snapshot=SNAPSHOT, codes=None, **columns):
    """Read a list of these columns; who waits since 1 April 2026 unless it is said."""
    rows = max(len(cells) for cells in columns.values())
    raw = pd.DataFrame({"clock_start": ["2026-04-01"] * rows} | columns)
    return ew.read_list(raw, snapshot=snapshot, codes=codes)


def problems(waiting):
    """The problem codes of each row, as sets."""
    return [set(filter(None, str(text).split(";"))) for text in waiting["row_problems"]]


def values(column):
    """A column as a list, None for missing."""
    return [None if pd.isna(value) else value for value in column]
