"""Small lists that a reader can count by hand, and longer ones made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

import equiwait as ew


def list_of(days, **columns):
    """Open pathways with these waits, as counting needs them."""
    return pd.DataFrame({"scope": "rtt_open", "days_waiting": days, **columns})


def read(rows, snapshot):
    """A list of that day from dictionaries; what a row does not say is blank."""
    return ew.read_list(pd.DataFrame(rows).fillna(""), snapshot=snapshot)


def row(table, **where):
    """The one row of a table that these columns pick."""
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, f"{len(table)} rows"
    return table.iloc[0]


def crowd(seed, people, **shares):
    """A list of distinct waits, long for some: columns of letters with the given shares."""
    chance = np.random.default_rng(seed)
    columns = {
        name: chance.choice(list("ABCDEFG")[: len(parts)], people, p=parts).tolist() for name, parts in shares.items()
    }
    return list_of(chance.integers(0, 700, people), **columns)
