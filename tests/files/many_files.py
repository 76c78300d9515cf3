"""The checks of whole files on many inputs: ``python -m tests.files.many_files [how many] [seed]``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from .checks import CHECKS


def main(inputs: int = 100_000, first: int = 1) -> None:
    """Run every check on its share of the inputs, and say how many there were."""
    for name, (check, share) in CHECKS.items():
        begin = time.perf_counter()
        many = _run(check, round(inputs * share), first)
        print(f"{name}: {many:,} inputs, none wrong ({time.perf_counter() - begin:,.0f} s)", flush=True)


def _run(check: Callable[[st.DataObject], None], inputs: int, first: int) -> int:
    """Run one check on so many inputs, and return how many it saw to the end."""
    seen = 0

    @seed(first)
    @settings(max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        nonlocal seen
        check(data)
        seen += 1

    holds()
    return seen


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
