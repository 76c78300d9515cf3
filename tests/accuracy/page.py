"""The page of the docs: every line with its grid's mean and its worst point."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np

from .enumerated import SHARES, SIZES, enumerated
from .simulated import Line, adjusted, contrasts, families, indices, quantiles, survival

SEED = 20261127

_HEAD = """# How often intervals hold the truth

*Written by `python -m tests.accuracy` on {date}; {lists:,} lists at each point of a simulated grid, seed {seed}.*

A 95% interval is right if it holds the truth in about 95 of 100 lists. This page says how often the intervals of the
statistics room do, and how often its tests speak up when nothing differs, on one named grid. Nothing here is chosen
after looking: a point of the grid that does badly is in the column *least* or *most*.

- **Repeated people**: a fifth of people have two pathways that end alike (the worst case). Their intervals carry the
  design effect Σk²/Σk.
- **`hes`**: counts of 1 to 7 hidden, others to the nearest 5, each rounded count adding a variance of 2. Only points at
  which at least 95 of 100 lists show the group count: where less is shown, what is shown is selected.
- **Width**: of the intervals of repeated people and of `hes`, in times of those that the same lists would have if their
  counts were exact and nobody repeated: what is paid for holding the truth in at least 94 of 100 lists on average.
- **Null**: all groups have one share. *A family* is all groups of one question, each against everyone else, by Šidák.

## By exact enumeration

Two groups of {sizes} people, with shares of {shares}; one group of 10 to 300. Every possible table, no random numbers.

| interval | points | mean | least | the usual alternative on the same grid |
| --- | ---: | ---: | ---: | --- |
"""


def written(lists: int, say: Callable[[str], None] = lambda _: None) -> str:
    """The whole page."""
    sizes, shares = ", ".join(f"{a} and {b}" for a, b in SIZES), ", ".join(f"{p:.0%}" for p in SHARES)
    parts = [_HEAD.format(date=dt.datetime.now(tz=dt.UTC).date(), lists=lists, seed=SEED, sizes=sizes, shares=shares)]
    for found in enumerated():
        say(found.name)
        parts.append(f"| {found.name} | {found.points} | {found.mean:.1%} | {found.least:.1%} | {found.peer} |\n")
    covered, nulls = [], []
    for line in simulated(lists):
        say(f"{line.name}: {np.mean(line.rates):.3f}" if line.rates else f"{line.name}: nothing shown")
        (nulls if is_null(line) else covered).append(line)
    parts.append(
        "\n## By simulation: coverage\n\n"
        "| interval | points | mean | least | width, mean | width, most |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
    )
    parts += [_row(line, min) + _width(line) for line in covered if line.rates]
    parts.append(
        "\n## By simulation: how often nothing is called something\n\n"
        "| at 5% | points | mean | most |\n| --- | ---: | ---: | ---: |\n"
    )
    parts += [_row(line, max) + "\n" for line in nulls if line.rates]
    return "".join(parts) + _FOOT


def is_null(line: Line) -> bool:
    return line.name.startswith(("a family", "overall test", "both, as", "null: "))


def _row(line: Line, worst: Callable[[list[float]], float]) -> str:
    return f"| {line.name.removeprefix('null: ')} | {len(line.rates)} | {np.mean(line.rates):.1%} | {worst(line.rates):.1%} |"


def _width(line: Line) -> str:
    return f" ×{np.mean(line.wider):.2f} | ×{max(line.wider):.2f} |\n" if line.wider else " | |\n"


def simulated(lists: int) -> Iterator[Line]:
    """Every line that rests on made lists."""
    for place, lines in enumerate((contrasts, families, adjusted, quantiles, survival, indices)):
        yield from lines(np.random.default_rng(SEED + place), lists)


_FOOT = """
## What to make of it

Exact tests of sparse groups, and families of many small ones, speak up less often than 5%: with few events there are few
possible tables, and the next one would be too many. Mean distances (MD, IDis) have an interval only where the overall
test says that groups differ; where one group alone differs from many it holds the truth least often. A small seeded part
of this grid runs with every change of the code.

Under `hes` a single group's share is least well held where the rounding to 5 is about as coarse as chance itself (some 30
events): few values are possible, and a truth between two of them may fall outside both. Ratios by Koopman are least well
held where hardly anybody has the event in either group.
"""
