"""A small part of the accuracy page, with every change of the code: the whole is ``python -m tests.accuracy``."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait import statistics as st

from .enumerated import enumerated, gap, times, two_shares
from .page import SEED, is_null
from .simulated import adjusted, contrasts, families, quantiles


def test_differences_and_ratios_by_enumeration() -> None:
    """A mean of 94% at least, and a worst point no worse than that of the usual alternative."""
    found = list(enumerated())
    assert {line.name.split(":")[0] for line in found} >= {"difference of shares", "ratio of shares"}
    for line in found:
        assert line.mean >= 0.94, line
        other = float(line.peer.rsplit(" ", 1)[1].rstrip("%")) / 100
        assert line.least >= other - 0.0006, line


def test_a_method_that_does_not_cover_is_seen() -> None:
    """The grid tells: intervals half as wide as they should be are found out."""

    def narrow(*counts: object) -> st.Interval:
        value, lower, upper = st.newcombe(*counts)
        return st.Interval(value, (value + lower) / 2, (value + upper) / 2)

    assert np.mean(list(two_shares(narrow, gap))) < 0.8
    assert np.mean(list(two_shares(st.koopman, times))) > 0.94


@pytest.mark.parametrize("lines", [contrasts, families, adjusted, quantiles], ids=lambda lines: lines.__name__)
def test_a_small_part_of_the_grid(lines) -> None:
    for line in lines(np.random.default_rng(SEED), 200):
        assert line.rates, line.name
        if is_null(line):
            assert np.mean(line.rates) < 0.08, line
        else:
            assert 0.92 <= np.mean(line.rates) <= 0.99, line


def test_the_page_in_the_docs_is_of_this_grid(root) -> None:
    """The committed page has a date, and every line that the command writes."""
    text = (root / "docs" / "reference" / "accuracy.md").read_text(encoding="utf-8")
    assert "Written by `python -m tests.accuracy` on 20" in text
    names = {
        line.name
        for lines in (contrasts, families, adjusted, quantiles)
        for line in lines(np.random.default_rng(0), 20)
    }
    for name in names:
        assert f"| {name.removeprefix('null: ')} |" in text, name
