"""Whether a year of runs stacks: ``python -m tests.over_time.stacking`` makes twelve monthly runs and appends their tidy tables."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from equiwait.cli import main  # noqa: E402
from planted_years import DAYS, lists_of, people  # noqa: E402

RUNS, FIRST = 12, 3
FIRST_SEVEN = ["section", "result", "period", "provider", "edition", "rule", "version"]
KEYS = (
    *FIRST_SEVEN, "estimand", "measure", "by", "group", "within", "adjustment", "series", "among", "month", "outcome", "field", "reason",
    "reference", "code", "split", "stage", "problem", "day", "kind",
)  # fmt: skip
"""What tells rows apart, in the tables that have it."""
COLUMNS = ["pathway_id", "person_id", "provider", "clock_start", "clock_stop", "rtt_status", "team", "sex"]


class Stacked(NamedTuple):
    """A table of all runs, and what is wrong with it."""

    name: str
    rows: int
    runs: int
    faults: tuple[str, ...]


def year_of_runs(folder: Path, *, runs: int = RUNS, joiners: int = 60) -> dict[str, list[pd.DataFrame]]:
    """Run `month` and `report` for each of so many months, and return the tidy tables of every run, by file."""
    both = [people(41, "closing", a_month=joiners), people(42, "stays", a_month=joiners, trust="RBB")]
    lists = lists_of(*(each.assign(sex=[*"12"] * (len(each) // 2) + ["1"] * (len(each) % 2)) for each in both))
    found: dict[str, list[pd.DataFrame]] = defaultdict(list)
    (folder / "lists").mkdir()
    days = [f"{day:%Y-%m-%d}" for day in DAYS[: FIRST + runs - 1]]
    for at, day in enumerate(days):
        newest = folder / "lists" / f"ptl_{day}.csv"
        lists[day][COLUMNS].to_csv(newest, index=False)
        if at + 1 < FIRST:
            continue
        _run(
            "month",
            folder / "lists",
            "--out",
            folder / "runs",
            "--by",
            "team",
            "--each",
            "provider",
            "--measure",
            "over_8_weeks",
        )
        out = folder / "reports" / day
        _run("report", newest, "--snapshot", day, "--by", "team", "--by", "sex", "--policy", "none", "--out", out)
        for kind, here in (("month", folder / "runs" / day), ("report", out)):
            for path in sorted(here.rglob("*.csv")):
                if "IN-TEAM" not in path.name:
                    found[f"{kind} {path.name}"].append(pd.read_csv(path, encoding="utf-8-sig"))
    return dict(found)


def _run(*typed: object) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main([str(each) for each in typed])
    assert code == 0, said.getvalue()


def stacked(tables: dict[str, list[pd.DataFrame]], runs: int) -> list[Stacked]:
    """Append the tables of all runs, and say what keeps them from being one."""
    return [
        Stacked(name, sum(map(len, each)), len(each), tuple(_faults(each, runs)))
        for name, each in sorted(tables.items())
    ]


def _faults(each: list[pd.DataFrame], runs: int) -> list[str]:
    first = list(each[0].columns)
    if len(each) != runs:
        return [f"{len(each)} of {runs} runs have it"]
    if any(list(table.columns) != first for table in each):
        return ["other columns in another run"]
    kinds = {name: {_kind(table[name]) for table in each} - {""} for name in first}
    whole = pd.concat(each, ignore_index=True)
    keys = [name for name in KEYS if name in first]
    periods = [set(table["period"]) for table in each]
    return [
        *(f"{name} is {' and '.join(sorted(kind))}" for name, kind in kinds.items() if len(kind) > 1),
        *(["the first seven columns are others"] if first[:7] != FIRST_SEVEN else []),
        *([f"{whole.duplicated(keys).sum()} rows have the keys of another"] if whole.duplicated(keys).any() else []),
        *(["two runs have one period"] if sum(map(len, periods)) != len(set.union(*periods)) else []),
        *(f"{name} is blank somewhere" for name in ("section", "result", "period", "rule", "version") if whole[name].isna().any()),
    ]  # fmt: skip


def _kind(column: pd.Series) -> str:  # type: ignore[type-arg]
    """What a tool makes of a column: numbers, true or false, text; nothing of an empty one."""
    known = column.dropna()
    if known.empty:
        return ""
    return "flags" if known.map(type).eq(bool).all() else "numbers" if pd.api.types.is_numeric_dtype(known) else "text"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        found = stacked(year_of_runs(Path(work)), RUNS)
    for table in found:
        print(f"{table.name}: {table.rows:,} rows of {table.runs} runs; {'; '.join(table.faults) or 'stacks'}")
    sys.exit(any(table.faults for table in found))
