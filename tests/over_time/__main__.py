"""How often answers over time speak up, and what stitching costs: ``python -m tests.over_time [page]``; it writes the page."""

from __future__ import annotations

import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "answers")]

from test_stages import MEANS, clear, ways  # noqa: E402

import equiwait as ew  # noqa: E402
from over_time.held import MOST_HELD  # noqa: E402
from over_time.power import reckoned  # noqa: E402
from planted_years import DAYS, lists_of, people  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "accuracy-over-time.md"
APART = "## Measured apart"
YEARS, TRUSTS, SEEDS, WEEKS, OPEN = 200, 20, 100, 52, 20_000
RULES = ("none", "hes")
PLANTED, A_MONTH = 40, 400
CALM = ("no change that this could have shown", "too few months to tell")
LISTS = DAYS[:14]


def null_years(say: Callable[[str], None] = print) -> dict[str, dict[str, float]]:
    """Years in which nothing changes, by rule: how often a verdict says that something did, and a point breaks a rule.

    Twenty years at a time, each as a trust of its own in the same lists.
    """
    told = {rule: {"verdict": 0, "seven": 0, "six": 0} for rule in RULES}
    for batch in range(YEARS // TRUSTS):
        trusts = [people(7000 + TRUSTS * batch + n, "stays", a_month=120, trust=f"R{n:02}") for n in range(TRUSTS)]
        year = ew.stitch(lists_of(*trusts, days=LISTS))
        for rule, counts in told.items():
            found = ew.trend(year, "team", "over_8_weeks", each="provider", reference="A", suppression=rule)
            counts["verdict"] += int((~found.changes["verdict"].isin(CALM)).sum())
            gaps = found.table.query("series == 'joined' and group == 'B' and state == 'followed'")
            for _, gap in gaps.groupby("among")["difference"]:
                for name, points in (("seven", 7), ("six", 6)):
                    counts[name] += bool(ew.statistics.special_causes(gap.to_numpy(float), points=points).any.any())
        say(f"{TRUSTS * (batch + 1)} years: {told}")
    return {rule: {name: count / YEARS for name, count in counts.items()} for rule, counts in told.items()}


def planted_years() -> dict[str, tuple[float, float, int]]:
    """Years in which a gap closes: by rule half the width of the change's interval, how often it is seen, and of how many."""
    found: dict[str, list[tuple[float, bool]]] = {rule: [] for rule in RULES}
    for batch in range(PLANTED // 4):
        trusts = [people(400 + 4 * batch + n, "closing", a_month=A_MONTH, trust=f"R{n:02}") for n in range(4)]
        year = ew.stitch(lists_of(*trusts))
        for rule, seen in found.items():
            changes = ew.trend(year, "team", each="provider", reference="A", suppression=rule).changes
            half = (changes["joined_upper"] - changes["joined_lower"]) / 2
            seen += zip(half, ~changes["verdict"].isin(CALM), strict=True)
    return {
        rule: (float(np.mean([h for h, _ in all_])), float(np.mean([s for _, s in all_])), len(all_))
        for rule, all_ in found.items()
    }


def planted_stages() -> tuple[int, int]:
    """Of lists with a gap planted in one stage, those in which it is found there and nowhere else; and of lists without one."""
    names = dict(zip(MEANS, ew.stages(ways(0), "team").table["stage"].unique()[:4], strict=True))
    right = sum(
        clear(ew.stages(ways(500 + n, list(MEANS)[n % 4]), "team", reference="A")) == [names[list(MEANS)[n % 4]]]
        for n in range(SEEDS)
    )
    none = sum(not clear(ew.stages(ways(900 + n, by=0), "team", reference="A")) for n in range(SEEDS))
    return right, none


_STITCH = (
    """
import resource, sys, time
from pathlib import Path
import equiwait as ew
"""
    + MOST_HELD
    + """
begin = time.process_time()
year = ew.stitch(*sorted(Path(sys.argv[1]).glob("*.parquet")), parts=int(sys.argv[2]))
rows = sum(len(part) for part in year.parts())
print(rows, time.process_time() - begin, most_held())
"""
)


def weekly(folder: Path) -> int:
    """Write a year of weekly lists; return their rows."""
    days = pd.date_range("2025-11-07", periods=WEEKS, freq="7D")
    rng = np.random.default_rng(1)
    joined = OPEN * 3
    start = days[0] - pd.Timedelta(300, "D") + pd.to_timedelta(rng.integers(0, 660, joined), "D")
    stop = start + pd.to_timedelta(np.ceil(rng.exponential(220, joined)), "D")
    whole = pd.DataFrame(
        {
            "pathway_id": [f"W{n}" for n in range(joined)],
            "provider": rng.choice(["RAA", "RBB", "RCC"], joined),
            "clock_start": start,
            "clock_stop": stop,
            "sex": rng.choice(["1", "2"], joined),
        }
    )
    rows = 0
    for day in days:
        here = whole[(start <= day) & (stop > day - pd.Timedelta(7, "D"))].copy()
        here.loc[here["clock_stop"] > day, "clock_stop"] = pd.NaT
        read = ew.read_list(here.assign(rtt_status=np.where(here["clock_stop"].isna(), "20", "30")), snapshot=day)
        read.to_parquet(folder / f"{day:%Y-%m-%d}.parquet")
        rows += len(read)
    return rows


def stitched() -> tuple[int, list[tuple[int, int, float, float]]]:
    """A year of weekly lists in one part and in several: pathways, seconds, megabytes at most."""
    with tempfile.TemporaryDirectory() as folder:
        rows = weekly(Path(folder))
        found = []
        for parts in (1, 16):
            out = subprocess.run(
                [sys.executable, "-c", _STITCH, folder, str(parts)], capture_output=True, text=True, check=True
            ).stdout.split()
            found.append((parts, int(out[0]), float(out[1]), float(out[2])))
    assert len({pathways for _, pathways, _, _ in found}) == 1
    return rows, found


def page() -> str:
    """The page."""
    begin = time.perf_counter()
    before = PAGE.read_text("utf-8")
    apart = before[before.index(APART) :]
    nulls = null_years()
    planted = planted_years()
    shown = "".join(
        f"| {'exact counts' if rule == 'none' else f'`{rule}`'} | {half:.1%} | {reckon.half:.1%} | {seen:.0%} of {years} | {reckon.power:.0%} |\n"
        for rule, (half, seen, years) in planted.items()
        for reckon in [reckoned(A_MONTH, rounded=rule != "none")]
    )
    larger = reckoned(900, rounded=True)
    right, none = planted_stages()
    rows, costs = stitched()
    table = "".join(
        f"| {parts} | {pathways:,} | {seconds:.0f} | {peak:,.0f} MB |\n" for parts, pathways, seconds, peak in costs
    )
    took = time.perf_counter() - begin
    return f"""# Accuracy over time

*Written by `python -m tests.over_time` on {dt.datetime.now(tz=dt.UTC).date()}, in {took / 60:.0f} minutes on two shared cores.*

## Where nothing changes

{YEARS} invented years of {len(LISTS)} monthly lists, 120 people joining a month, a gap of about 15 points over 18 weeks that stays as it is,
looked at over 8 weeks. A year is counted once, whatever speaks up in it. With 200 years a share of 5% is known to about 3 points either way.

| what speaks up | stated | exact counts | `hes` |
| --- | ---: | ---: | ---: |
| a verdict of `trend` that something changed | at most 5% | {nulls["none"]["verdict"]:.1%} | {nulls["hes"]["verdict"]:.1%} |
| any rule of the XmR chart of the gap by month of joining, seven in a row | no test: see below | {nulls["none"]["seven"]:.1%} | {nulls["hes"]["seven"]:.1%} |
| the same, six in a row | no test: see below | {nulls["none"]["six"]:.1%} | {nulls["hes"]["six"]:.1%} |

The rules of an XmR chart look at every point in several ways; with more months one of them speaks up more often by chance
alone. That is why the verdict does not rest on them.

## What a year can show

A gap that closes from 19.5 to 7.6 points, {A_MONTH} people joining a month, 18 lists, 13 months followed. Reckoned: from the planted
shares alone, by other code (`tests/over_time/power.py`). Half the width is that of the interval of the change; a change is seen where
the verdict says so.

| counts | half the width | reckoned | seen | reckoned |
| --- | ---: | ---: | ---: | ---: |
{shown}
So *no change that this could have shown* is the right answer in two of five such years, with or without `hes`; it is the
number of people that is too small. With 900 joining a month a change is seen in {larger.power:.0%} of years (reckoned).

## Where the gap arises

A delay of 35 days planted in one of four stages, 1,600 people, under `hes`: found there and in no other stage in
**{right} of {SEEDS}** lists. Nothing planted, and no stage named: {none} of {SEEDS}.

## What stitching costs

{WEEKS} weekly lists of three trusts, {rows:,} rows in Parquet. The same pathways whatever the number of parts.

| parts | pathways | seconds of one core | memory at most |
| ---: | ---: | ---: | ---: |
{table}
Some 200 MB of that are Python and its libraries. Parts hold the rows of some pathways each, and one is in memory at a time; by
default there is one for each million rows. Up to half a million rows wait in memory to be written. Files that `read_list` has not read
yet are read part by part too, from 64 MB on; a workbook is read whole. Answers that follow people (`exits`, `persistence`,
`completeness`) hold the columns that they ask about, of every pathway or of one list at a time; `count_waits` adds up part by part.

{apart}"""


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    to = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    to.write_text(page(), encoding="utf-8")
