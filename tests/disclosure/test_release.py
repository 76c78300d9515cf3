"""Counts through the one door: rounding, marks, and complementary suppression that an intruder cannot undo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure.intruder import Intruder
from equiwait.disclosure import (
    AdjustedGap,
    Cell,
    Counts,
    DesignEffect,
    Sum,
    as_shown,
    cells_of,
    everyone_cells,
    recorded_cells,
    release,
    rule_named,
    tally,
)
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL

HES = rule_named("hes")
OVERS = (-1, 126, 364)


def made_list(seed: int, people: int, questions=(("ethnicity", 12), ("imd_quintile", 6), ("sex", 4))) -> Counts:
    """A list of people with skewed groups, counted by each question over each number of days."""
    rng = np.random.default_rng(seed)
    days = rng.gamma(2, 100, people)
    counts = Counts()
    for column, size in questions:
        chance = 0.6 ** np.arange(size)
        group = rng.choice(size, people, p=chance / chance.sum())
        cells = [[int(((group == g) & (days > over)).sum()) for over in OVERS] for g in range(size)]
        known = [g < size - 1 for g in range(size)]
        counts += tally("open", column, [f"g{g}" for g in range(size)], cells, overs=OVERS, known=known)
    return counts


def test_small_counts_are_hidden_and_others_rounded():
    released = release(tally("open", "site", ["A", "B", "C", "D"], [0, 7, 8, 123]), HES)
    assert released.people(cells_of("open", "site", ["A", "B", "C", "D"])).ravel()[[0, 3]].tolist() == [0, 125]
    assert released.marked(Cell("open", (("site", "B"),))) == SMALL
    assert released.hidden(Cell("open", (("site", "B"),)))


def test_a_lone_hidden_count_is_not_left_alone():
    """101 − 100 = 1: the total and the other part would say that fewer than five people are hidden."""
    released = release(tally("open", "site", ["A", "B"], [100, 1]), HES)
    assert Intruder(released).attack().narrowed == []
    assert (
        released.hidden(everyone_cells("open")).sum() + released.hidden(cells_of("open", "site", ["A", "B"])).sum() > 1
    )


def test_nothing_is_broken_down_below_a_small_count():
    inner = tally("referred", "site", ["A", "B", "C", "D", "E"], [1, 2, 1, 1, 0])
    released = release(inner + tally("open", "sex", ["F", "M"], [100, 80]), HES)
    assert released.marked(cells_of("referred", "site", list("ABCDE"))).ravel().tolist() == [SHARED] * 5
    assert released.marked(everyone_cells("referred")).tolist() == [SMALL]
    assert Intruder(released).attack().narrowed == []


def test_the_recorded_total_is_that_of_the_recorded_groups():
    counts = tally("open", "sex", ["F", "M", "Not known"], [100, 80, 20], known=[True, True, False])
    released = release(counts, HES)
    assert released.people(recorded_cells("open", "sex")).tolist() == [180]
    assert released.people(everyone_cells("open")).tolist() == [200]


def test_none_passes_exact_counts_through_the_same_door(monkeypatch):
    monkeypatch.setattr("equiwait.disclosure.protection.protected", None)  # nothing is looked for
    released = release(made_list(1, 60), rule_named("none"))
    assert (released.marks == SHOWN).all()
    assert released.people(everyone_cells("open")).tolist() == [60]


def test_what_is_not_counted_is_not_there():
    released = release(made_list(1, 600), HES)
    assert np.isnan(released.people(Cell("nowhere")))
    assert released.marked(Cell("nowhere")) == LEFT_OUT


def test_two_numbers_for_one_cell_are_refused():
    with pytest.raises(ValueError, match="two different counts"):
        tally("open", "sex", ["F"], [10]) + tally("open", "sex", ["F"], [11])


def test_a_count_that_one_source_hides_and_another_tells_is_told():
    told, untold = tally("open", "sex", ["F", "M"], [100, 80]), tally("open", "site", ["A", "B"], [150, np.nan])
    for both in (told + untold, untold + told):
        people = dict(zip(both.cells, both.people.tolist(), strict=True))
        assert people[Cell("open")] == 180
        assert np.isnan(people[Cell("open", (("site", "B"),))])


def test_counts_are_the_same_object_or_not_the_same():
    """Figures are compared one by one, by whoever asks; two of them can be keys."""
    one, other = tally("open", "sex", ["F"], [100]), tally("open", "sex", ["F"], [100])
    assert len({one, other, one}) == 2
    assert len({release(one, HES), release(other, HES)}) == 2


def test_everyone_is_the_one_group_of_a_question_without_columns():
    counts = tally("open", (), [()], [[120, 30]], overs=[-1, 126])
    assert counts.cells == (Cell("open"), Cell("open", over=126))
    assert counts.people.tolist() == [120, 30]
    assert counts.sums == ()


def test_what_is_said_of_sums_is_said_once():
    counts = tally("open", "sex", ["F", "M"], [100, 80])
    whole = Sum(Cell("referred"), (Cell("open"),))
    assert counts.with_sums(whole, *counts.sums).sums == (*counts.sums, whole)


def test_hiding_more():
    released = release(made_list(2, 3000), HES)
    cell = everyone_cells("open")[0]
    more = released.hide([cell])
    assert np.isnan(more.people(cell))
    assert more.marked(cell) == BESIDE
    assert not released.hidden(cell)


def test_what_cannot_be_hidden_and_what_is_hidden_by_a_stricter_mark():
    released = release(tally("open", "sex", ["F", "M"], [100, 3]), HES)
    small = cells_of("open", "sex", ["M"])[0, 0]
    assert released.hide([Cell("nowhere")]).marks.tolist() == released.marks.tolist()
    assert released.hide([small], BESIDE).marked(small) == SMALL, "what is hidden keeps its mark"
    assert released.hide([small], SHARED).marked(small) == SHARED
    assert released.hide([small], LEFT_OUT).marked(small) == LEFT_OUT
    assert released.hide([small], LEFT_OUT).left_out == (("open", ("sex",), ""),)
    assert as_shown([3, 8, 123], HES).tolist()[1:] == [10, 125]
    low, high = released.bounds(np.array([small, everyone_cells("open")[0]], object).reshape(-1)[:0])
    assert low.shape == high.shape == (0,)


def test_an_adjusted_gap_of_nobody_or_of_a_hidden_side_is_withheld():
    cells = cells_of("open", "sex", ["F", "M", "X"]).ravel()
    counts = tally("open", "sex", ["F", "M", "X"], [200, 0, 3]).with_facts(
        {
            "nobody": AdjustedGap(0.1, ((cells[0],), (cells[1],))),
            "hidden": AdjustedGap(0.1, ((cells[0],), (cells[2],))),
            "needs": AdjustedGap(0.1, ((cells[0],), (cells[0],)), (cells[2],)),
        }
    )
    released = release(counts, HES)
    assert all(np.isnan(released.fact(name).value) for name in ("nobody", "hidden", "needs", "not there"))
    assert release(counts.with_facts({"spread": DesignEffect(1.01)}), rule_named("none")).fact("spread").step == 0


def test_coarse_figures():
    cells = cells_of("open", "sex", ["F", "M"])
    sides = tuple((cell,) for cell in cells.ravel())
    counts = tally("open", "sex", ["F", "M"], [200, 100]).with_facts(
        {
            "spread": DesignEffect(1.01),
            "gap": AdjustedGap(0.0812, sides),
            "low": AdjustedGap(0.0812, sides, end=-1),
            "high": AdjustedGap(0.0812, sides, end=1),
            "of the rest": AdjustedGap(0.0812, ((everyone_cells("open")[0], cells[0, 0]),)),
            "refused": AdjustedGap(0.0812, sides, allowed=False),
        }
    )
    released = release(counts, HES)
    assert released.fact("spread").value == 1.25
    assert released.fact("gap").value == pytest.approx(0.1)
    assert released.fact("gap").step == pytest.approx(0.05)
    assert [released.fact(name).value for name in ("low", "high")] == pytest.approx([0.05, 0.15])
    assert released.fact("of the rest").step == pytest.approx(0.05)
    assert np.isnan(released.fact("refused").value)
    hidden = release(counts.with_facts({"gap": AdjustedGap(0.1, sides, (Cell("elsewhere"),))}), HES)
    assert np.isnan(hidden.fact("gap").value)
    assert release(counts, rule_named("none")).fact("gap").value == 0.0812


def test_a_coarse_figure_on_its_grid_stays_there():
    cells = cells_of("open", "sex", ["F", "M"]).ravel()
    sides = ((cells[0],), (cells[1],))
    facts = {end: AdjustedGap(0.025, sides, end=end) for end in (-1, 1)}
    spreads = {str(value): DesignEffect(value) for value in (1.0, 1.0001, 1.25, 1.5)}
    counts = tally("open", "sex", ["F", "M"], [200, 100])
    released = release(counts.with_facts({**{str(end): gap for end, gap in facts.items()}, **spreads}), HES)
    assert [released.fact(end).value for end in ("-1", "1")] == pytest.approx([0.0, 0.05]), (
        "half a step further, and no more"
    )
    assert [released.fact(value).value for value in spreads] == [1.0, 1.25, 1.25, 1.5]


@pytest.mark.parametrize(("seed", "people"), [(3, 60), (4, 250), (5, 900)])
def test_an_intruder_narrows_no_hidden_count(seed, people):
    found = Intruder(release(made_list(seed, people), HES)).attack()
    assert found.hidden > 0
    assert found.narrowed == []


@pytest.mark.parametrize("rule", ["hes", "five", "opensafely"])
@settings(max_examples=9, deadline=None)
@given(counts=st.lists(st.lists(st.integers(0, 25), min_size=3, max_size=3), min_size=2, max_size=5))
def test_whatever_the_counts_nothing_hidden_can_be_worked_out(rule, counts):
    cumulative = [sorted(row, reverse=True) for row in counts]
    groups = [f"g{place}" for place in range(len(counts))]
    released = release(tally("open", "site", groups, cumulative, overs=OVERS), rule_named(rule))
    assert Intruder(released).attack().narrowed == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_equal_released_figures_hide_the_same(seed):
    """Non-interference: what else is hidden depends on released figures, not on the counts behind them."""
    rng = np.random.default_rng(seed)
    counts = np.array([[12, 9, 0], [30, 13, 9], [11, 3, 2], [5, 2, 0], [95, 41, 12], [6, 4, 1]])
    other = moved_inside_rounding(counts, rng)
    assert not np.array_equal(counts, other)
    groups = [f"g{place}" for place in range(len(counts))]
    one, two = (release(tally("open", "site", groups, each, overs=OVERS), HES) for each in (counts, other))
    assert one.marks.tolist() == two.marks.tolist()
    assert np.array_equal(one.shown, two.shown, equal_nan=True)


def moved_inside_rounding(counts, rng):
    """Move people between groups, so that every group and every total is released as it was."""
    moved = counts.copy()
    before = HES.release(counts).counts
    for _ in range(60):
        giver, taker = rng.choice(len(counts), 2, replace=False)
        column = rng.integers(counts.shape[1])
        again = moved.copy()
        again[giver, column] -= 1
        again[taker, column] += 1
        same = np.array_equal(HES.release(again).counts, before, equal_nan=True)
        if same and (again >= 0).all() and (np.diff(again, axis=1) <= 0).all():
            moved = again
    return moved
