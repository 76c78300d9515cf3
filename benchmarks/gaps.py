"""How long, and in how much memory, `disparities` answers England's list: crude, and within specialty × priority.

    python benchmarks/gaps.py [millions of rows]

Deprivation, ethnicity, age, sex and one crossing; three thresholds and the median. The columns are made up, as `read_list`
types them; one person in ten has two pathways.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd

from equiwait.answers.disparity import disparities

QUESTIONS = ["imd_decile", "ethnicity", "age_band", "sex", ("imd_decile", "ethnicity")]


def made_up(rows: int, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    days = np.minimum(chance.exponential(110, rows).astype(np.int32), 900)
    person = np.arange(rows, dtype=np.int32)
    person[: rows // 10] = person[-(rows // 10) :]
    return pd.DataFrame(
        {
            "scope": coded((chance.random(rows, np.float32) < 0.05).astype(np.int8), ["rtt_open", "closed"]),
            "days_waiting": pd.arrays.IntegerArray(days, np.zeros(rows, bool)),
            "person_id": person,
            "ethnicity": coded(chance.integers(-1, 18, rows, dtype=np.int8), [*"ABCDEFGHJKLMNPRSZ", "99"]),
            "imd_decile": pd.arrays.IntegerArray(
                chance.integers(1, 11, rows, dtype=np.int8), chance.random(rows, np.float32) < 0.03
            ),
            "age_band": coded(chance.integers(0, 3, rows, dtype=np.int8), ["0-18", "19-64", "65+"]),
            "sex": coded(chance.integers(-1, 2, rows, dtype=np.int8), ["1", "2"]),
            "specialty": coded(chance.integers(0, 23, rows, dtype=np.int8), [str(code) for code in range(100, 123)]),
            "priority": coded(chance.integers(-1, 4, rows, dtype=np.int8), ["P1", "P2", "P3", "P4"]),
        }
    )


def coded(codes, names):
    return pd.Categorical.from_codes(codes, pd.Index(names))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 7.5
    waiting = made_up(int(millions * 1e6))
    held = waiting.memory_usage(deep=True).sum() / 1024**3
    print(f"{millions:g} million rows, {held:.2f} GB; peak while making them {peak():.2f} GB")
    for within in (None, ["specialty", "priority"]):
        start = time.perf_counter()
        gaps = disparities(waiting, QUESTIONS, within=within)
        took = time.perf_counter() - start
        print(f"within {within}: {took:.1f} s, {len(gaps.table):,} rows, peak {peak():.2f} GB")
