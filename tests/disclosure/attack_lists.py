"""The intruder on many lists, by one command: ``PYTHONPATH=src:tests python tests/disclosure/attack_lists.py``.

Lists of 60 to 3,000 people, random and bundled, by site, crossed, several results together, and a second release of the
same snapshot beside the first. Prints one line for each; its result stands in the docs with its date.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

import equiwait as ew
from disclosure.intruder import Intruder
from equiwait.counts.waits import count_waits
from equiwait.disclosure import ReleasedCounts
from equiwait.disclosure.audit import audited


def random_list(seed: int, people: int) -> pd.DataFrame:
    """A list with skewed groups, some of it not recorded."""
    rng = np.random.default_rng(seed)

    def drawn(values, fall):
        chance = fall ** np.arange(len(values))
        return rng.choice(values, people, p=chance / chance.sum())

    return ew.flag_missing(
        ew.read_list(
            pd.DataFrame(
                {
                    "pathway_id": [f"p{n}" for n in range(people)],
                    "clock_start": pd.Timestamp("2026-10-31")
                    - pd.to_timedelta(rng.gamma(2, 100, people).astype(int), unit="D"),
                    "ethnicity": drawn([*"AHMNBCDPRSZ", ""], 0.65),
                    "sex": drawn(["1", "2", "9", ""], 0.5),
                    "site": drawn(["North", "South", "East"], 0.6),
                    "specialty": drawn(["100", "110", "120", "130"], 0.6),
                }
            ),
            snapshot="2026-10-31",
        )
    )


def bundled_lists() -> Iterator[tuple[str, pd.DataFrame]]:
    for name in ("adult_ptl.csv", "wlmds_extract.csv"):
        yield name, ew.flag_missing(ew.read_list(f"data/sample_lists/{name}", snapshot="2026-10-31"))


def runs() -> Iterator[tuple[str, list[ReleasedCounts]]]:
    """Every run: its name, and all that it writes after the audit."""
    for seed, people in enumerate((60, 90, 120, 160, 200, 250, 300, 400, 490, 600, 800, 1000)):
        waiting = random_list(seed, people)
        gaps = count_waits(waiting, ["ethnicity", "sex", "site"]).released()
        if seed % 6 == 0:
            missing = ew.completeness(waiting, "site").released
            yield f"{people} people, gaps and what is missing by site", audited([gaps, missing])
        else:
            yield f"{people} people, gaps and problems", audited([gaps, ew.check_list(waiting).released])
    for seed, people in enumerate((80, 150, 250, 400), 20):
        waiting = random_list(seed, people)
        yield (
            f"{people} people, crossed",
            audited([count_waits(waiting, ["sex", ("sex", "site")]).released(weeks=[18, 52])]),
        )
    for seed, people in enumerate((120, 500, 1500), 30):
        waiting = random_list(seed, people)
        first = count_waits(waiting, ["ethnicity"]).released(weeks=[18])
        later = count_waits(waiting, ["ethnicity", "sex"]).released(weeks=[18, 52])
        yield f"{people} people, two releases", [first, *audited([later], previous=[first])]
    for seed, people in enumerate((2000, 3000), 40):
        waiting = random_list(seed, people)
        yield f"{people} people, gaps", audited([count_waits(waiting, ["ethnicity", "sex", "specialty"]).released()])
    for name, waiting in bundled_lists():
        yield (
            name,
            audited([count_waits(waiting, ["ethnicity", "sex"]).released(), ew.completeness(waiting, "site").released]),
        )


def main() -> None:
    """Attack every run and print what was learnt."""
    print(
        "| list | cells | hidden | of them besides | left out or never published | under five values | exact | seconds |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    learnt = 0
    made = runs()
    while True:
        begun = time.perf_counter()
        run = next(made, None)
        if run is None:
            break
        name, releases = run
        took = time.perf_counter() - begun
        found = Intruder(*releases).attack()
        learnt += len(found.narrowed)
        print(
            f"| {name} | {found.cells} | {found.hidden} | {found.beside} | {found.left_out} | {len(found.narrowed)} "
            f"| {found.exact} | {took:.1f} |",
            flush=True,
        )
    sys.exit(learnt > 0)


if __name__ == "__main__":
    main()
