"""What adjusted figures tell an intruder who knows everybody on a list but one: ``PYTHONPATH=src:tests python tests/disclosure/attack_adjusted.py``.

The intruder knows the rule, every stratum and every wait, but not whether one person has waited over 18 weeks. Of each of
some people it is asked whether what is released would differ: the counts alone, the adjusted figures, and the adjusted figures
where the counts do not differ. Prints a line for each size of list; its result stands in the docs with its date.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import equiwait as ew

SIZES = ((150, 2), (300, 3), (600, 4), (1200, 4))
LISTS, ASKED = 6, 8  # lists of each size, and people asked about on each


def a_list(seed: int, people: int, strata: int) -> pd.DataFrame:
    """Two groups in some strata; a third of people over 18 weeks."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "scope": "rtt_open", "snapshot_date": "2026-10-31", "days_waiting": np.where(rng.random(people) < 0.35, 200, 50),
        "sex": rng.choice(["1", "2"], people, p=[0.4, 0.6]), "specialty": rng.integers(100, 100 + strata, people).astype(str),
    })  # fmt: skip


def told(waiting: pd.DataFrame) -> tuple[object, object]:
    """The released counts, and the released adjusted figures."""
    released = ew.disparities(waiting, "sex", measures=["over_18_weeks"], within="specialty").released
    assert released is not None
    return (repr((released.shown.tolist(), released.marks.tolist())), repr(sorted(released.facts.items())))


def main() -> None:
    """Attack lists of every size."""
    print("| people | strata | asked | counts differ | adjusted figures differ | only adjusted figures differ |")
    print("| --- | --- | --- | --- | --- | --- |")
    for people, strata in SIZES:
        differ = np.sum([attacked(a_list(seed, people, strata), seed) for seed in range(LISTS)], axis=0)
        asked = LISTS * ASKED
        print(f"| {people} | {strata} | {asked} | {' | '.join(f'{each / asked:.0%}' for each in differ)} |", flush=True)


def attacked(waiting: pd.DataFrame, seed: int) -> np.ndarray:
    """For how many of those asked about the counts differ, the adjusted figures, and these alone."""
    counts, figures = told(waiting)
    differ = np.zeros(3, int)
    for person in np.random.default_rng(seed).choice(len(waiting), ASKED, replace=False):
        other = waiting.copy()
        other.loc[person, "days_waiting"] = 250 - other.loc[person, "days_waiting"]
        here = told(other)
        one, two = here[0] != counts, here[1] != figures
        differ += [one, two, two and not one]
    return differ


if __name__ == "__main__":
    main()
