"""A small part of the accuracy page, with every change of the code: the whole is ``python -m tests.accuracy``."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait import statistics as st

from .enumerated import enumerated, gap, times, two_shares
from .page import SEED, is_null
from .simulated import adjusted, contrasts, families, indices, quantiles, times_as_wide


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
        if repeated_or_rounded(line.name) and not is_null(line):
            assert len(line.wider) == len(line.rates), line.name
            assert min(line.wider) > 1, line
            assert max(line.wider) < 1.6, line
        else:
            assert not line.wider, line.name


def repeated_or_rounded(name: str) -> bool:
    return "two pathways" in name or "(hes" in name


def test_widths_are_in_times_of_the_plain_ones() -> None:
    """By hand: widths of 3 and 5 beside 2 and 2; a list where one of both says nothing does not count."""
    wide = st.Interval(np.zeros(3), np.zeros(3), np.array([3.0, 5.0, np.nan]))
    assert times_as_wide(wide, st.Interval(np.zeros(3), np.ones(3), np.full(3, 3.0))) == 2


def test_indices_of_repeated_people_are_wider() -> None:
    """A fifth with two pathways alike have a design effect of 4/3; intervals around 0 may widen by less than its root."""
    found = {line.name: line for line in indices(np.random.default_rng(SEED), 1)}
    for line in found.values():
        assert len(line.wider) == len(line.rates) > 0, line.name
        assert 1 < np.mean(line.wider) < 1.6, line
    assert np.mean(found["slope index (SII), a fifth with two pathways"].wider) == pytest.approx(
        (4 / 3) ** 0.5, rel=0.01
    )


def test_the_page_keeps_the_lower_bound(root) -> None:
    """Repeated people and `hes` on the committed page: the truth in 94 of 100 lists on average, and the width it costs."""
    text = (root / "docs" / "reference" / "accuracy.md").read_text(encoding="utf-8")
    rows = [row.strip("| ").split(" | ") for row in text.split("coverage\n")[1].split("\n## ")[0].splitlines()]
    rows = [row for row in rows if repeated_or_rounded(row[0])]
    assert len(rows) >= 17
    for name, _, mean, _, width, widest in rows:
        assert float(mean.rstrip("%")) >= 94, name
        assert 1 < float(width.lstrip("×")) <= float(widest.lstrip("×")), name


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
