"""Small lists made for a purpose: a planted world is a table of people by group, stratum and days."""

from __future__ import annotations

import numpy as np
import pandas as pd


def listed(days, **columns):
    return pd.DataFrame({"scope": "rtt_open", "days_waiting": days, **columns})


def world(cells, *, long=200, short=50):
    """``{(group, stratum): (people over 18 weeks, people not)}`` as a list."""
    parts = [
        listed(np.repeat([long, short], counts), team=team, specialty=specialty)
        for (team, specialty), counts in cells.items()
    ]
    return pd.concat(parts, ignore_index=True)


def row_of(gaps, group, measure="over_18_weeks", within=""):
    table = gaps.table
    found = table[(table["group"] == group) & (table["measure"] == measure) & (table["within"] == within)]
    assert len(found) == 1
    return found.iloc[0]
