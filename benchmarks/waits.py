"""How long, and in how much memory, `count_waits` counts a list: 50 million rows by one grouping × specialty × days.

    python benchmarks/waits.py [millions of rows]

The columns are made up, as `read_list` types them: coded columns as categoricals, days as ``Int32``.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd

from equiwait.counts.waits import count_waits


def made_up(rows: int, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    days = np.minimum(chance.exponential(110, rows).astype(np.int32), 900)
    return pd.DataFrame(
        {
            "scope": coded(np.zeros(rows, np.int8), ["rtt_open", "closed"]),
            "days_waiting": pd.arrays.IntegerArray(days, np.zeros(rows, bool)),
            "ethnicity": coded(chance.integers(-1, 18, rows, dtype=np.int8), [*"ABCDEFGHJKLMNPRSZ", "99"]),
            "imd_decile": pd.arrays.IntegerArray(
                chance.integers(1, 11, rows, dtype=np.int8), chance.random(rows, np.float32) < 0.03
            ),
            "specialty": coded(chance.integers(0, 23, rows, dtype=np.int8), [str(code) for code in range(100, 123)]),
        }
    )


def coded(codes, names):
    return pd.Categorical.from_codes(codes, pd.Index(names))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 50
    waiting = made_up(int(millions * 1e6))
    held, before = waiting.memory_usage(deep=True).sum() / 1024**3, peak()
    print(f"{millions:g} million rows, {held:.2f} GB; peak while making them {before:.2f} GB")
    for by in ("ethnicity", "imd_decile"):
        start = time.perf_counter()
        counts = count_waits(waiting, by, within=["specialty"])
        took = time.perf_counter() - start
        size = counts.table.memory_usage(deep=True).sum() / 1024**2
        print(
            f"by {by} within specialty: {took:.1f} s, {len(counts.table):,} cells ({size:.0f} MB), peak {peak():.2f} GB"
        )
        assert counts.table["people"].sum() == len(waiting)
