"""The intruder on releases that follow one another, by one command: ``PYTHONPATH=src:tests python tests/disclosure/attack_releases.py``.

Each release is audited with all before it as ``previous=``; the intruder has them all. Windows inside one another, that
overlap, and that grow month by month; a list in other groups; a list and the list of one site. Prints one line for each kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

import equiwait as ew
from disclosure.attack_lists import random_list
from disclosure.intruder import Attack, Intruder
from equiwait.counts.waits import count_waits
from equiwait.disclosure import ReleasedCounts
from equiwait.disclosure.audit import audited
from equiwait.disclosure.documents import named_apart, renamed

JANUARY, FEBRUARY, MARCH = ("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31")
TWO, LATER, QUARTER = (JANUARY[0], FEBRUARY[1]), (FEBRUARY[0], MARCH[1]), (JANUARY[0], MARCH[1])
WINDOWS = {
    "a month, then its quarter": (JANUARY, QUARTER),
    "a quarter, then its month": (QUARTER, FEBRUARY),
    "a month, then two, then the quarter": (JANUARY, TWO, QUARTER),
    "months, then their quarter": (JANUARY, FEBRUARY, MARCH, QUARTER),
    "windows that overlap, then the whole": (TWO, LATER, QUARTER),
}


def closed_list(seed: int, people: int) -> pd.DataFrame:
    """A list of people who joined before and in a quarter, most of whom have left in it."""
    rng = np.random.default_rng(seed)

    def drawn(values, fall):
        chance = fall ** np.arange(len(values))
        return rng.choice(values, people, p=chance / chance.sum())

    stop = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 110, people), unit="D")
    start = stop - pd.to_timedelta(1 + rng.gamma(2, 60, people).astype(int), unit="D")
    gone = stop <= pd.Timestamp("2026-03-31")
    return ew.flag_missing(
        ew.read_list(
            pd.DataFrame(
                {
                    "pathway_id": [f"p{n}" for n in range(people)],
                    "clock_start": start,
                    "clock_stop": stop.where(gone),
                    "rtt_status": np.where(gone, drawn(["30", "34"], 0.4), "20"),
                    "ethnicity": drawn([*"AHMNBC", ""], 0.5),
                    "sex": drawn(["1", "2", "9", ""], 0.5),
                    "site": drawn(["North", "South", "East"], 0.6),
                }
            )[start <= pd.Timestamp("2026-03-31")],
            snapshot="2026-03-31",
        )
    )


def chain(several: Sequence[ReleasedCounts]) -> list[ReleasedCounts]:
    """Each release beside all that went before it."""
    out: list[ReleasedCounts] = []
    for each in several:
        out += audited([each], previous=out)
    return out


def completed(windows: Sequence[tuple[str, str]]) -> Callable[[int, int], Attack]:
    """Who left in each window, by groups that change from release to release."""

    def run(seed: int, people: int) -> Attack:
        waiting = closed_list(seed, people)
        by = (["ethnicity", "sex"], ["ethnicity", "site"], ["ethnicity:nhs", "sex"])
        counts = [
            count_waits(waiting, by[(seed + at) % 3], estimand="completed", window=window).released(weeks=[18])
            for at, window in enumerate(windows)
        ]
        return Intruder(*chain(counts)).attack()

    return run


def treated(seed: int, people: int) -> Attack:
    """Time to treatment, in a window and a longer one."""
    waiting = closed_list(seed, people)
    results = [
        ew.disparities(waiting, "sex", estimand="time_to_treatment", window=each, measures=["over_18_weeks"])
        for each in ((JANUARY[0], FEBRUARY[1]), QUARTER)
    ]
    return Intruder(*chain([each.released for each in results])).attack()


def part_of(waiting: pd.DataFrame, *, known: bool, whole_first: bool) -> Attack:
    """A list by site and ethnicity, and the list of one site by ethnicity."""
    own = waiting[waiting["site"] == "North"]
    several = [count_waits(waiting, ["site", "ethnicity"]), count_waits(own, ["ethnicity", "sex"])]
    out = chain([each.released(weeks=[18]) for each in (several if whole_first else several[::-1])])
    apart = [renamed(each, names) for each, names in zip(out, named_apart(out), strict=True)]
    names = [each.cells[0].population for each in (apart if whole_first else apart[::-1])]
    return Intruder(*apart).part(*names, where=("site", "North") if known else None).attack()


def other_groups(seed: int, people: int) -> Attack:
    """One list, asked three times in other groups."""
    waiting = random_list(seed, people)
    asked = (["ethnicity"], ["ethnicity:nhs", "sex"], [("sex", "site")])
    return Intruder(*chain([count_waits(waiting, by).released(weeks=[18]) for by in asked])).attack()


def kinds() -> Iterator[tuple[str, Callable[[int, int], Attack]]]:
    """What is attacked, and how."""
    yield "one list in other groups, three times", other_groups
    for name, windows in WINDOWS.items():
        yield f"who left: {name}", completed(windows)
    yield "time to treatment: two months, then the quarter", treated
    for first in (True, False):
        name = "a list, then that of a site" if first else "the list of a site, then all"
        yield name, lambda seed, people, first=first: part_of(random_list(seed, people), known=False, whole_first=first)


def main(runs: int = 12) -> None:
    """Attack every kind and print what was learnt."""
    print("| releases | runs | cells | hidden | of them besides | under as many values as the standard asks | exact |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    learnt = 0
    for name, run in kinds():
        sums: Counter[str] = Counter()
        for seed in range(runs):
            found = run(seed, (60, 90, 140, 220, 350, 600)[seed % 6])
            sums.update(cells=found.cells - found.left_out, hidden=found.hidden, beside=found.beside)
            sums.update(few=len(found.narrowed), exact=found.exact)
        learnt += sums["few"]
        figures = " | ".join(str(sums[each]) for each in ("cells", "hidden", "beside", "few", "exact"))
        print(f"| {name} | {runs} | {figures} |", flush=True)
    sys.exit(learnt > 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
