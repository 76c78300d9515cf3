"""A national list released: specialties × providers × fifths of areas, every margin, four counts each.

    PYTHONPATH=src:tests python tests/disclosure/national.py [--people 7300000] [--providers 130] [--specialties 23]

Invented and made from a seed. Prints how many figures there are, how many are shown, hidden as small, hidden beside
others and left out, and the seconds that it took; its result stands in the docs with its date.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

import equiwait as ew
from equiwait.disclosure import cells as marks

SNAPSHOT = "2026-10-31"
NAMES = {
    marks.SHOWN: "shown",
    marks.SMALL: "small",
    marks.SHARED: "part of a hidden count",
    marks.BESIDE: "hidden beside another",
    marks.LEFT_OUT: "left out",
}


def national_list(people: int, providers: int, specialties: int, seed: int = 20261031) -> pd.DataFrame:
    """A list of a country: providers and specialties of all sizes, a third of the pairs empty."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.9, (providers, 1)) * rng.lognormal(0, 1.1, specialties)
    size = size * rng.lognormal(0, 0.5, size.shape) * (rng.random(size.shape) > 0.35)
    pair = rng.choice(size.size, people, p=(size / size.sum()).ravel())
    provider, specialty = np.divmod(pair, specialties)
    fifths = rng.dirichlet([6, 5, 4.5, 4, 3.5], providers).cumsum(1)
    fifth = (rng.random(people)[:, None] > fifths[provider]).sum(1)
    days = rng.gamma(1.1, 120, people).astype(np.int32)
    return pd.DataFrame(
        {
            "snapshot_date": pd.Categorical.from_codes(np.zeros(people, np.int8), [SNAPSHOT]),
            "scope": pd.Categorical.from_codes(np.zeros(people, np.int8), ["rtt_open"]),
            "days_waiting": pd.array(days, dtype="Int32"),
            "provider": pd.Categorical.from_codes(provider, [f"R{n:03d}" for n in range(providers)]),
            "specialty": pd.Categorical.from_codes(specialty, [str(100 + n) for n in range(specialties)]),
            "imd_quintile": pd.array(np.minimum(fifth, 4) + 1, dtype="Int8"),
        }
    )


def questions() -> list[tuple[str, ...]]:
    """Every margin of the three, and all three."""
    three = ("provider", "specialty", "imd_quintile")
    return [("provider",), ("specialty",), ("imd_quintile",), three[:2], three[1:], three[::2], three]


def main() -> None:
    """Count, release, and say what it came to."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("people", 7_300_000), ("providers", 130), ("specialties", 23)):
        asked.add_argument(f"--{name}", type=int, default=usual)
    given = asked.parse_args()
    waiting = national_list(given.people, given.providers, given.specialties)
    start, used = time.perf_counter(), time.process_time()
    counts = ew.count_waits(waiting, questions())
    counted = time.perf_counter()
    released = counts.released("hes")
    done, worked = time.perf_counter(), time.process_time()
    print(f"{len(released.cells):,} figures of {given.people:,} people")
    for mark, name in NAMES.items():
        print(f"  {name}: {int((released.marks == mark).sum()):,}")
    print(
        f"counted in {counted - start:.1f} s, released in {done - counted:.1f} s ({worked - used:.1f} s of processor)"
    )


if __name__ == "__main__":
    main()
