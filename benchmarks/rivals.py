"""Time several ways to the same answer, alternating in one run, and print how many times longer each takes than the first."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["compare"]

Columns = Mapping[str, np.ndarray]


def compare(
    ways: Mapping[str, Callable[[], Any]],
    plain: Callable[[Any], Columns],
    rows: int,
    rounds: int,
    per: int | None = None,
) -> None:
    """Check that every way gives the same, then run them in turn, round after round, and print medians and ratios.

    ``plain`` turns an answer of any make into columns that compare; ``per`` gives seconds for so many rows.
    """
    first, *others = ways
    expected = plain(ways[first]())
    for name in others:
        _refuse_unequal(name, plain(ways[name]()), expected)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            started, worked = time.perf_counter(), time.process_time()
            run()
            taken[name].append((time.perf_counter() - started, time.process_time() - worked))
    scale = per / rows if per else 1
    medians = {
        name: [statistics.median(each) * scale for each in zip(*both, strict=True)] for name, both in taken.items()
    }
    print(f"\n{rows:,} rows, {rounds} alternating rounds; all answers equal\n")
    print(
        f"| way | seconds{f' per {per:,} rows' if per else ''} | times the first | seconds of all cores | times the first |"
    )
    print("| --- | --- | --- | --- | --- |")
    for name, (middle, work) in medians.items():
        print(
            f"| {name} | {middle:.3f} | {middle / medians[first][0]:.1f} | {work:.3f} | {work / medians[first][1]:.1f} |"
        )


def _refuse_unequal(name: str, got: Columns, expected: Columns) -> None:
    wrong = [column for column in expected if not _equal(got[column], expected[column])]
    if wrong:
        raise SystemExit(f"{name} gives another answer: {wrong}")


def _equal(one: np.ndarray, two: np.ndarray) -> bool:
    numbers = one.dtype.kind == two.dtype.kind == "f"
    return bool(np.allclose(one, two, atol=1e-6, rtol=0) if numbers else np.array_equal(one, two))
