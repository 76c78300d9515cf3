"""Whole files of published cells: NHS England's March 2015 tables and the Fingertips quantiles, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from refcase_checks import read_rows

from equiwait import statistics as st

PUBLISHED = ("pub_pct_within18", "pub_median_weeks", "pub_p95_weeks")


def bands_of(rows: Any) -> np.ndarray:
    names = [f"w{week:02d}" for week in range(52)] + ["w52plus"]
    return np.array([[float(row[name]) for name in names] for row in rows])


def published(rows: Any) -> np.ndarray:
    return np.array(
        [[float(row[name]) if row[name] not in ("", "NA") else np.nan for name in PUBLISHED] for row in rows]
    )


def reproduced(rows: Any) -> np.ndarray:
    """Share within 18 weeks, median and 95th percentile, from the bands alone."""
    counts = bands_of(rows)
    within = st.wilson(counts[:, :18].sum(1), counts.sum(1)).value
    return np.column_stack([within, st.banded_quantile(counts, [0.5, 0.95], reproduce=True)])


def sound(name: str) -> list[dict[str, str]]:
    return [row for row in read_rows(name) if row["flag"] == "ok"]


def rows_reproduced(name: str) -> int:
    rows = sound(name)
    gaps = np.abs(reproduced(rows) - published(rows))
    both = np.isnan(reproduced(rows)) & np.isnan(published(rows))
    return int((both | (gaps < 1e-6)).all(1).sum())


def rows_withheld(name: str) -> int:
    return int(withheld_rows(name).sum())


def withheld_rows(name: str) -> np.ndarray:
    """Rows under 50 people, for which the rule gives no median."""
    return np.isnan(st.banded_quantile(bands_of(read_rows(name)), 0.5))


_GROUPS = {"IndSexReg": (("IndSexRef", "ParentCode"), 10), "IndSex": (("IndSexRef",), 7), "None": ((), 4)}


def quantile_matches(name: str) -> np.ndarray:
    """Whether each row's published quantile is the one found."""
    rows = read_rows(name)
    blocks: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(rows):
        keys, _ = _GROUPS[row["GroupSet"]]
        blocks.setdefault((row["GroupSet"], *(row[key] for key in keys)), []).append(place)
    out = np.zeros(len(rows), dtype=bool)
    for (group_set, *_), places in blocks.items():
        block = [rows[place] for place in places]
        values = [float(row["Value"]) if row["Value"] not in ("", "NA") else np.nan for row in block]
        invert = group_set == "None" or block[0]["Polarity"] == "TRUE"
        found = st.quantile_groups(values, _GROUPS[group_set][1], invert=invert)
        wanted = np.array(
            [float(r["QuantileInGrp"]) if r["QuantileInGrp"] not in ("", "NA") else np.nan for r in block]
        )
        out[places] = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    return out
