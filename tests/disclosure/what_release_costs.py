"""What a small-number rule costs: ``PYTHONPATH=src:tests python tests/disclosure/what_release_costs.py``.

The bundled lists and random ones, under ``hes`` beside ``none``: rows and gaps shown, how much wider intervals are, and how often they hold the truth. Prints a
line for each list and kind of measure; its result stands in the docs with its date.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import equiwait as ew
from disclosure.attack_lists import random_list

MEASURES = ["over_18_weeks", "over_52_weeks", "median_weeks"]
KEYS = ["measure", "by", "group"]


def compared(waiting: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Each row under the rule beside the exact one."""
    shown, exact = (ew.disparities(waiting, by, measures=MEASURES, suppression=rule).table for rule in ("hes", "none"))
    return shown.merge(exact, on=KEYS, suffixes=("", "_exact"))


def main() -> None:
    """Print what is lost on every list."""
    print("| list | measure | values shown | gaps shown | interval of a value, times as wide | of a gap |")
    print("| --- | --- | --- | --- | --- | --- |")
    lists = [
        (
            name,
            ew.flag_missing(ew.read_list(f"data/sample_lists/{name}", snapshot="2026-10-31")),
            ["ethnicity", "sex"],
        )
        for name in ("adult_ptl.csv", "wlmds_extract.csv")
    ]
    lists += [
        (f"{people} random people", random_list(people, people), ["ethnicity", "sex", "site"]) for people in (490, 3000)
    ]
    for name, waiting, by in lists:
        rows = compared(waiting, by)
        for measure, part in rows.groupby("measure", sort=False):
            cells = [f"{_kept(part, column):.0%}" for column in ("value", "difference")]
            cells += [
                f"{_wider(part, *ends):.2f}" for ends in (("lower", "upper"), ("difference_lower", "difference_upper"))
            ]
            print(f"| {name} | {measure} | {' | '.join(cells)} |", flush=True)
    print_coverage(lists)


def print_coverage(lists: list[tuple[str, pd.DataFrame, list[str]]], draws: int = 12) -> None:
    """Print how often intervals of shares over 18 weeks hold the truth."""
    print("| list | rule | intervals | hold the share | hold the gap |")
    print("| --- | --- | --- | --- | --- |")
    for name, waiting, by in lists:
        for rule, (share, gap, many) in covered(waiting, by, draws).items():
            print(f"| {name} | {rule} | {many} | {share:.1%} | {gap:.1%} |", flush=True)


def covered(waiting: pd.DataFrame, by: list[str], draws: int) -> dict[str, tuple[float, float, int]]:
    """How often intervals hold the truth, of shares and of gaps, and of how many: the list is the population, drawn from with replacement."""
    alone = waiting.drop(columns="person_id", errors="ignore")
    truth = ew.disparities(alone, by, measures=["over_18_weeks"], suppression="none").table.set_index(KEYS)
    held: dict[str, list[tuple[float, float]]] = {"hes": [], "none": []}
    for seed in range(draws):
        drawn = alone.sample(len(alone), replace=True, random_state=seed).reset_index(drop=True)
        drawn["pathway_id"] = [f"p{n}" for n in range(len(drawn))]
        for rule, found in held.items():
            table = ew.disparities(drawn, by, measures=["over_18_weeks"], suppression=rule).table.set_index(KEYS)
            rows = table.join(truth[["value", "difference"]].add_suffix("_true"), how="inner")
            found += [
                tuple(_inside(row, name, low, high) for name, low, high in ENDS) for row in rows.to_dict("records")
            ]
    return {
        rule: (*np.nanmean(np.array(found), axis=0), int((~np.isnan(np.array(found)[:, 0])).sum()))
        for rule, found in held.items()
    }


ENDS = (("value", "lower", "upper"), ("difference", "difference_lower", "difference_upper"))


def _inside(row: dict[str, float], name: str, low: str, high: str) -> float:
    known = all(np.isfinite(row[each]) for each in (low, high, f"{name}_true"))
    return float(row[low] <= row[f"{name}_true"] <= row[high]) if known else float("nan")


def _kept(rows: pd.DataFrame, column: str) -> float:
    there = rows[f"{column}_exact"].notna()
    return float(rows.loc[there, column].notna().mean())


def _wider(rows: pd.DataFrame, low: str, high: str) -> float:
    width, exact = rows[high] - rows[low], rows[f"{high}_exact"] - rows[f"{low}_exact"]
    some = width.notna() & (exact > 0)
    return float(np.median((width / exact)[some])) if some.any() else float("nan")


if __name__ == "__main__":
    main()
