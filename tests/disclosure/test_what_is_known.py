"""What a reader can conclude: equations, bounds along them, whole solutions, and which counts are known too closely."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, random_array
from scipy.sparse.csgraph import connected_components

from disclosure.attack_lists import random_list
from equiwait.counts.waits import count_waits
from equiwait.disclosure import Cell, Rule, Sum, cells_of, protection, rule_named, secondary, solutions, tally
from equiwait.disclosure import relations as known
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, UNTOLD, nested, recorded_cells
from equiwait.disclosure.hierarchies import Balance, coarse_sums, margins
from equiwait.disclosure.protection import as_marked, contradicts, protected
from equiwait.disclosure.relations import hang_together, implied, propagate, relations
from equiwait.disclosure.secondary import Marked, protect, too_close
from equiwait.disclosure.solutions import possible_values, programmes

HES = rule_named("hes")
S = np.int8


def ends(system, low, high):
    return [each.tolist() for each in propagate(system, np.array(low, float), np.array(high, float))]


@pytest.mark.parametrize("seed", range(20))
def test_rows_hang_together_as_the_parts_of_a_graph_do(seed):
    lots = np.random.default_rng(seed)
    rows, columns = lots.integers(1, 60, 2).tolist()
    matrix = csr_array(random_array((rows, columns), density=float(lots.choice([0.005, 0.02, 0.05])), rng=lots))
    both = csr_array((matrix.data + 1, matrix.indices + rows, np.append(matrix.indptr, [matrix.nnz] * columns)))
    both.resize((rows + columns, rows + columns))
    _, part = connected_components(both, directed=False)
    first = {number: at for at, number in reversed(list(enumerate(part[:rows].tolist())))}
    of_rows, of_columns = hang_together(matrix)
    assert of_rows.tolist() == [first[number] for number in part[:rows].tolist()]
    assert of_columns.tolist() == [first.get(number, rows) for number in part[rows:].tolist()]


def test_a_long_chain_hangs_together():
    chain = csr_array(([1.0] * 1998, ([at // 2 for at in range(1998)], [(at + 1) // 2 for at in range(1998)])))
    assert not any(each.any() for each in hang_together(chain))


def test_equations_of_sums_and_of_differences():
    system = relations(4, [([0], [1, 2]), ([3], [1])], [(0, 1), (0, 1), (3, 1), (2, 2)])
    assert system.published == 4
    assert system.matrix.toarray().tolist() == [[1, -1, -1, 0, 0], [0, -1, 0, 1, 0], [1, -1, 0, 0, -1]], (
        "a pair once, none of two that are equal, none of itself"
    )
    assert (system.larger.tolist(), system.smaller.tolist(), system.columns) == ([0], [1], 5)
    nothing = relations(2, [], [])
    assert nothing.matrix.shape == (0, 2)
    assert implied(nothing.entries, np.zeros(2), np.ones(2))[0].tolist() == [-np.inf, -np.inf]
    assert relations(2, [], [(0, 1)]).matrix.toarray().tolist() == [[1, -1, -1]]
    assert relations(3, [([0], [1, 2])], [(0, 2)]).matrix.toarray().tolist() == [[1, -1, -1, 0], [1, 0, -1, -1]]


def test_bounds_along_equations():
    system = relations(3, [([0], [1, 2])], [])
    assert ends(system, [10, 0, 3], [12, 100, 4]) == [[10, 6, 3], [12, 9, 4]]
    assert ends(system, [0, 5, 3], [100, 6, 4]) == [[8, 5, 3], [10, 6, 4]]
    halves = relations(2, [([0], [1, 1])], [])
    assert ends(halves, [0, 0], [7, 100]) == [[0, 0], [6, 3]], "counts are whole"
    assert ends(halves, [5, 0], [8, 100]) == [[6, 3], [8, 4]]
    chain = relations(5, [([0], [1, 2]), ([1], [3, 4])], [])
    assert ends(chain, [20, 0, 0, 2, 0], [20, 100, 5, 3, 100]) == [[20, 15, 0, 2, 12], [20, 20, 5, 3, 18]]
    once = propagate(chain, np.array([20.0, 0, 0, 2, 0]), np.array([20.0, 100, 5, 3, 100]), rounds=1)
    assert [each.tolist() for each in once] == [[20, 15, 0, 2, 0], [20, 20, 5, 3, 98]]


@pytest.mark.parametrize("seed", range(10))
def test_bounds_are_those_that_all_equations_give_in_every_round(seed):
    lots = np.random.default_rng(seed)
    counts = lots.integers(0, 30, 40)
    equal = [([whole], np.setdiff1d(lots.integers(0, 40, 4), [whole]).tolist()) for whole in range(25)]
    system = relations(40, equal, [tuple(each) for each in lots.integers(0, 40, (20, 2)).tolist()])
    low = np.append(np.maximum(counts - lots.integers(0, 9, 40), 0), np.zeros(system.columns - 40)).astype(float)
    high = np.append(counts + lots.integers(0, 9, 40), np.full(system.columns - 40, 1e8)).astype(float)
    for rounds in range(8):
        found = propagate(system, low, high, rounds=rounds)
        slow = low, high
        for _ in range(rounds):
            floor, ceiling = implied(system.entries, *slow)
            slow = np.maximum(slow[0], floor), np.minimum(slow[1], ceiling)
        assert [each.tolist() for each in found] == [each.tolist() for each in slow]


def test_bounds_are_passed_on_until_nothing_changes(monkeypatch):
    system, rounds = relations(5, [([0], [1, 2]), ([1], [3, 4])], []), []
    monkeypatch.setattr(known, "implied", lambda *given: rounds.append(1) or implied(*given))
    propagate(system, np.array([20.0, 0, 0, 2, 0]), np.array([20.0, 100, 5, 3, 100]))
    assert len(rounds) == 3, "two that change something, and one that does not"


def test_whole_solutions_find_what_equations_one_by_one_do_not():
    """A square of hidden counts whose margins are known exactly: each alone seems free, together they are held."""
    equal = [([4], [0, 1]), ([5], [2, 3]), ([6], [0, 2]), ([7], [1, 3])]
    system = relations(8, equal, [])
    low, high = np.array([0.0] * 4 + [10, 2, 9, 3]), np.array([100.0] * 4 + [10, 2, 9, 3])
    wanted = np.arange(8) < 4
    found = possible_values(system, (low, high), wanted, 5, most=500)
    assert found.low[:4].tolist() == [7, 1, 0, 0]
    assert found.high[:4].tolist() == [9, 3, 2, 2]
    assert found.certain[:4].all()
    enough = possible_values(system, (low, high), wanted, 3, most=500)
    assert (enough.high - enough.low)[:4].tolist() == [2, 2, 2, 2]
    assert enough.work <= found.work
    none = possible_values(system, (low, high), wanted, 5, most=0)
    assert none.work == 0
    assert not none.certain[:4].any()
    again = possible_values(system, (low, high), wanted, 3, most=500, seen=enough)
    assert again.work == 0, "what an earlier search has seen is known"


def test_what_has_been_seen_often_enough_is_not_asked_again():
    """Three counts of which each two are 10 together: each is 5, which no equation by itself says."""
    system = relations(6, [([3], [0, 1]), ([4], [1, 2]), ([5], [0, 2])], [])
    given, wanted = (np.array([0.0] * 3 + [10] * 3), np.array([20.0] * 3 + [10] * 3)), np.arange(6) < 3
    once, found = (possible_values(system, given, wanted, enough, most=500) for enough in (1, 2))
    assert found.low[:3].tolist() == found.high[:3].tolist() == [5, 5, 5]
    assert found.certain.all()
    assert 0 < once.work < found.work


def test_counts_that_have_nothing_to_do_with_one_another_are_searched_apart():
    """Two tables whose totals are known exactly, and a count that is certain: nothing holds them together."""
    equal = [([4], [0, 1]), ([5], [2, 3]), ([6], [4, 5])]
    system = relations(8, equal, [(4, 0)])
    low, high = np.array([0.0] * 4 + [9, 20, 29, 0, 0]), np.array([100.0] * 4 + [9, 20, 29, 50, 100])
    wanted = np.arange(9) < 4
    parts, columns = programmes(system, (low, high), propagate(system, low, high), wanted)
    assert [part.columns.tolist() for part in parts] == [[0, 1], [2, 3]]
    assert columns == 6, "totals that are certain are counted, though nobody need look for them"
    found = possible_values(system, (low, high), wanted, 100, most=10_000)
    assert (found.low[:4].tolist(), found.high[:4].tolist()) == ([0] * 4, [9, 9, 20, 20])
    assert found.certain[:4].all()


@pytest.mark.parametrize("seed", range(12))
def test_what_is_possible_is_what_the_whole_programme_says(seed):
    """Against the plain programme of all equations, none left out: the same smallest and largest value of every count."""
    lots = np.random.default_rng(seed)
    inner = lots.integers(0, 12, (3, 3))
    truth = np.concatenate([inner.ravel(), inner.sum(1), inner.sum(0), [inner.sum()]])
    equal = [([9 + r], [3 * r, 3 * r + 1, 3 * r + 2]) for r in range(3)] + [
        ([12 + c], [c, 3 + c, 6 + c]) for c in range(3)
    ]
    equal += [([15], [9, 10, 11])]
    system = relations(16, equal, [(9, 0), (12, 4), (15, 9)])
    full = np.concatenate([truth, truth[system.larger] - truth[system.smaller]])
    off = lots.integers(0, 4, len(full))
    hidden = np.zeros(len(full), bool)
    hidden[lots.choice(9, 6, replace=False)] = True
    low = np.where(hidden | (np.arange(len(full)) >= 16), 0, np.maximum(full - off, 0)).astype(float)
    high = np.where(hidden, 40, np.where(np.arange(len(full)) >= 16, 500, full + off)).astype(float)
    found = possible_values(system, (low, high), hidden, 1000, most=100_000)
    for column in np.flatnonzero(hidden):
        cost = np.arange(len(full)) == column
        ends = [
            sign
            * milp(
                sign * cost, constraints=LinearConstraint(system.matrix, 0, 0), bounds=Bounds(low, high), integrality=1
            ).fun
            for sign in (1.0, -1.0)
        ]
        assert [found.low[column], found.high[column]] == pytest.approx(ends)
        assert found.certain[column]
    few = possible_values(system, (low, high), hidden, 3, most=100_000)
    assert few.work <= found.work, "what is pushed jointly serves many"
    assert ((few.low >= found.low) & (few.high <= found.high))[hidden].all()


@pytest.mark.parametrize(
    ("equal", "low", "high", "ends_of_first"),
    [  # a small count, what hangs on it, and last a count that stands in one equation and has one bound that matters
        ([([1], [0, 3]), ([2], [1, 0])], [0, 30, 37, 0], [7, 40, 37, 33], [2, 7]),
        ([([1], [0, 3]), ([2], [1, 0])], [0, 30, 37, 29], [7, 40, 37, 100], [0, 4]),
        ([([3], [0, 1]), ([1], [0, 2])], [0, 0, 10, 12], [7, 100, 10, 100], [1, 7]),
        ([([3], [0, 1]), ([1], [0, 2])], [0, 0, 10, 0], [7, 100, 10, 20], [0, 5]),
    ],
)
def test_an_equation_counts_through_either_bound_of_a_count_that_stands_in_no_other(equal, low, high, ends_of_first):
    system, given = relations(4, equal, []), (np.array(low, float), np.array(high, float))
    alone = [each[0] for each in propagate(system, *given)]
    assert alone == [0, 7], "one equation after the other, nothing is known"
    found = possible_values(system, given, np.arange(4) == 0, 9, most=500)
    assert [found.low[0], found.high[0]] == ends_of_first


def marked(shown, marks, equal=(), pairs=(), rule=HES, table=None, fixed=()):
    n = len(shown)
    system = relations(n, list(equal), list(pairs))
    tables = np.zeros(n, np.intp) if table is None else np.array(table, np.intp)
    return Marked(rule, system, np.array(shown, float), np.array(marks, S), np.ones(n), tables, np.array(fixed, bool))


@pytest.mark.parametrize(
    ("mark", "low", "high", "close"),
    [
        (SMALL, 1, 5, False), (SMALL, 2, 5, True), (SMALL, 3, 100, False), (SMALL, 4, 100, True), (SHARED, 0, 4, False),
        (SHARED, 0, 3, True), (SHARED, 0, 0, False), (BESIDE, 50, 54, False), (BESIDE, 50, 53, True), (BESIDE, 0, 0, True),
        (SHOWN, 50, 50, False), (LEFT_OUT, 3, 3, False), (UNTOLD, 7, 8, True), (UNTOLD, 8, 8, False), (UNTOLD, 3, 7, False),
    ],
)  # fmt: skip
def test_a_hidden_count_keeps_five_values(mark, low, high, close):
    one = marked([np.nan], [mark])
    assert too_close(one, one.marks, np.array([low], float), np.array([high], float)).tolist() == [close]


@pytest.mark.parametrize(
    ("low", "high", "close"), [(0, 0, False), (0, 1, True), (0, 4, False), (7, 10, True), (8, 11, False), (3, 7, False)]
)
def test_a_difference_of_two_shown_counts_that_may_be_small_is_looked_at(low, high, close):
    one = marked([50, 50], [SHOWN, SHOWN], pairs=[(0, 1)])
    given = np.array([50, 50, low], float), np.array([50, 50, high], float)
    assert too_close(one, one.marks, *given).tolist() == [False, False, close]
    half = np.array([SHOWN, BESIDE], S)
    assert not too_close(one, half, *given)[2], "of a hidden one it is nobody's"


def test_bounds_by_mark_and_what_may_be_hidden():
    one = marked([50, np.nan, 0, np.nan], [SHOWN, SMALL, SHOWN, LEFT_OUT], pairs=[(0, 1)])
    low, high = one.bounds(one.marks)
    assert low.tolist() == [48, 1, 0, 0, 0]
    assert high.tolist() == [52, 7, 0, 1e8, 1e8]
    assert one.looked_at(one.marks).tolist() == [False, True, False, False, False]
    assert one.may_be_hidden(one.marks).tolist() == [True, False, False, False]
    held = marked([50, 60], [SHOWN, SHOWN], fixed=[True, False])
    assert held.may_be_hidden(held.marks).tolist() == [False, True]


def test_what_cannot_be_helped_is_left_out_table_by_table():
    """100 = 97 + 3 with both fixed by an earlier release: nothing may be hidden beside the small one, so its table goes."""
    one = marked(
        [100, 95, np.nan, 40],
        [SHOWN, SHOWN, SMALL, SHOWN],
        [([0], [1, 2])],
        table=[0, 1, 2, 3],
        fixed=[True, True, False, True],
    )
    assert protect(one).tolist() == [SHOWN, SHOWN, SMALL, SHOWN], "98–102 less 93–97 leaves 1 to 7"
    exact = marked(
        [100, 97, np.nan, 40],
        [SHOWN, SHOWN, SMALL, SHOWN],
        [([0], [1, 2])],
        table=[0, 1, 2, 3],
        fixed=[True, True, False, True],
        rule=Rule("x", 7, 1),
    )
    assert protect(exact).tolist() == [SHOWN, SHOWN, LEFT_OUT, SHOWN]
    free = marked([100, 97, np.nan, 40], [SHOWN, SHOWN, SMALL, SHOWN], [([0], [1, 2])], rule=Rule("x", 7, 1))
    assert sorted(protect(free).tolist()) == [SHOWN, SHOWN, SMALL, BESIDE], "one of the two is enough"
    assert protect(free, most_work=0).tolist() == [LEFT_OUT] * 4, "what is not proved safe is left out"


def test_parts_of_a_small_count_share_its_mark_and_so_do_theirs():
    shown, marks = [np.nan, np.nan, 0, np.nan, 0], [SMALL, SMALL, SHOWN, SMALL, SHOWN]
    one = marked(shown, marks, [([0], [1, 2]), ([1], [3, 4])])
    assert protect(one).tolist() == [SMALL, SHARED, SHARED, SHARED, SHARED]
    single = marked([np.nan, np.nan], [SMALL, SMALL], [([0], [1])])
    assert protect(single).tolist() == [SMALL, SMALL], "a part alone is the whole"
    zero = marked([np.nan, np.nan, 0, 0], [SMALL, SMALL, SHOWN, SHOWN], [([0], [1, 2])], [(3, 2)])
    assert protect(zero).tolist() == [SMALL, SHARED, SHOWN, SHOWN], "0 of nobody is 0 anyhow"
    some = marked([np.nan, np.nan, 0, 50], [SMALL, SMALL, SHOWN, SHOWN], [([0], [1, 2])], [(3, 2)])
    assert protect(some).tolist() == [SMALL, SHARED, SHARED, SHOWN], "0 of fifty is told by nothing else"


# --- the equations that a reader can make ----------------------------------------------------------------------------


def test_which_differences_are_looked_at():
    cells = (
        *cells_of("open", "site", ["A", "B", "C"], overs=[-1, 126, 364]).ravel(),
        *(Cell("open", (), "", over) for over in (-1, 126, 364)),
    )
    sums = [Sum(cells[9 + at], (cells[at], cells[3 + at], cells[6 + at])) for at in range(3)]
    shown = np.array([100.0, 95, 50, 30, 20, 10, 40, 25, 15, 170, 140, 75])
    found = as_marked(HES, cells, shown, np.zeros(12, S), sums)
    pairs = {tuple(pair) for pair in zip(found.system.larger.tolist(), found.system.smaller.tolist(), strict=True)}
    steps = {(3 * group + a, 3 * group + b) for group in range(4) for a, b in ((0, 1), (1, 2), (0, 2))}
    assert pairs == steps, "more days waited are fewer people"
    near = as_marked(HES, cells, np.array([100.0, 95, 50, 30, 20, 10, 40, 25, 15, 105, 140, 75]), np.zeros(12, S), sums)
    pairs = {tuple(pair) for pair in zip(near.system.larger.tolist(), near.system.smaller.tolist(), strict=True)}
    assert pairs - steps == {(9, 0)}, "a whole beside a part, where the rest may be a small number"
    hidden = np.zeros(12, S)
    hidden[3], hidden[6] = LEFT_OUT, LEFT_OUT
    alone = as_marked(HES, cells, shown, hidden, sums)
    pairs = {tuple(pair) for pair in zip(alone.system.larger.tolist(), alone.system.smaller.tolist(), strict=True)}
    assert (9, 0) in pairs, "what the one part that is told leaves of a whole"
    assert (10, 1) not in pairs
    assert found.cost.argmax() == 9, "everybody's count is hidden last"
    assert found.cost[0] > found.cost[1], "people before events"
    assert len(set(found.table.tolist())) == 2


@pytest.mark.parametrize(("rest", "looked"), [(0, True), (11, True), (12, False)])
def test_a_rest_is_looked_at_where_it_may_be_seven(rest, looked):
    """Of 100 and 100 + rest, both within 2: the difference may be as little as rest − 4."""
    cells = (Cell("open"), *cells_of("open", "site", ["A", "B", "C"]).ravel())
    shown = np.array([100.0 + rest, 100, 50, 50])
    found = as_marked(HES, cells, shown, np.zeros(4, S), [Sum(cells[0], tuple(cells[1:]))])
    assert ((0, 1) in set(zip(found.system.larger.tolist(), found.system.smaller.tolist(), strict=True))) is looked
    ladder = tuple(Cell("a", (), "", over) for over in (-1, 7, 14, 21, 28))
    steps = as_marked(HES, ladder, np.array([200.0, 100 + rest, 100 + rest, 100, 0]), np.zeros(5, S), [])
    pairs = set(zip(steps.system.larger.tolist(), steps.system.smaller.tolist(), strict=True))
    assert pairs >= {(0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (0, 3), (0, 4)}, (
        "each step beside the next, and beside the first"
    )
    assert ((1, 3) in pairs) is looked, "any two steps that may be a small number of people apart"
    assert not pairs & {(1, 4), (2, 4)}
    turned = as_marked(HES, ladder[::-1], np.array([0, 100, 100.0 + rest, 100 + rest, 200]), np.zeros(5, S), [])
    again = zip((4 - turned.system.larger).tolist(), (4 - turned.system.smaller).tolist(), strict=True)
    assert set(again) == pairs, "in whatever order they stand"


def test_what_hiding_costs():
    """People thrice as much as events, each sum that a count is the total of twice more, three at most, everybody twenty times."""
    site = Cell("open", (("site", "A"),))
    everyone = Cell("open")
    cells = (
        everyone,
        everyone._replace(over=126),
        site,
        site._replace(over=0),
        site._replace(event="left"),
        site._replace(over=7),
    )
    sums = [
        Sum(everyone, (site,)),
        Sum(cells[1], (cells[3],)),
        *(Sum(cells[5], (Cell("x", (), str(n)),)) for n in range(4)),
    ]
    found = as_marked(HES, cells, np.zeros(6), np.zeros(6, S), sums).cost
    assert found.tolist() == [3 * 3 * 20, 3 * 20, 3, 1, 1, 7]
    large = as_marked(HES, (site,), np.array([np.e**4 - 1]), np.zeros(1, S), []).cost
    assert large.tolist() == pytest.approx([6.0]), "more for larger counts"


def test_steps_of_two_events_are_no_ladder():
    cells = (Cell("open", (), "", -1), Cell("open", (), "treated", 126), Cell("open", (("sex", "F"),), "", 364))
    found = as_marked(HES, cells, np.array([20.0, 15, 10]), np.zeros(3, S), [])
    assert len(found.system.larger) == 0


def test_figures_that_cannot_all_be_true():
    cells = (Cell("open"), *cells_of("open", "site", ["A", "B"]).ravel())
    sums = [Sum(cells[0], tuple(cells[1:]))]
    assert not contradicts(HES, cells, np.array([104.0, 50, 50]), np.zeros(3, S), sums)
    assert not contradicts(HES, cells, np.array([50.0, 50, 0]), np.zeros(3, S), sums), "0 is 0 and nothing else"
    assert contradicts(HES, cells, np.array([107.0, 50, 50]), np.zeros(3, S), sums)
    beside = (*cells, Cell("left"))
    assert contradicts(HES, beside, np.array([107.0, 50, 50, 10]), np.zeros(4, S), sums), "one is enough"


def test_cells_that_nobody_publishes_tie_sums_together():
    """A and B are told twice in two wholes that share a part nobody tells: 60 − 57 would be what is left."""
    whole, other = Cell("open"), Cell("left")
    a, b, unseen = cells_of("open", "site", ["A", "B", "C"]).ravel()
    sums = [Sum(whole, (a, unseen)), Sum(other, (b, unseen))]
    exact = Rule("x", 7, 1)
    found = protected(exact, (whole, other, a, b), np.array([60.0, 40, 57, 37]), np.zeros(4, S), sums)
    assert (found != SHOWN).any()
    assert len(found) == 4


def test_more_days_are_fewer_people_and_events_are_some_of_them():
    cells = [
        Cell("open", (), "", 364),
        Cell("open"),
        Cell("open", (), "", 126),
        Cell("open", (), "treated"),
        Cell("open", (), "treated", 126),
        Cell("open", (), "left", 7),
    ]
    assert [(a.event, a.over, b.event, b.over) for a, b in nested(cells)] == [
        ("", -1, "", 126), ("", 126, "", 364), ("", -1, "", 364), ("treated", -1, "treated", 126), ("", -1, "treated", -1),
        ("", 126, "treated", 126),
    ]  # fmt: skip


def test_a_margin_that_is_published_is_the_sum_of_its_cells():
    groups = [(s, p) for s in "MF" for p in "AB"]
    one = tally("open", ("sex", "site"), groups, [10, 20, 30, 40])
    men = Cell("open", (("sex", "M"),))
    found = margins([*one.cells, men], one.sums)
    assert found == [Balance((men,), tuple(one.sums[0].parts[:2]))]
    known = recorded_cells("open", ("sex", "site"))[0]
    assert margins(one.cells, [Sum(Cell("open"), (known, one.cells[1]))]) == [], "nobody's group is no margin"
    of_sex = recorded_cells("open", "sex")[0]
    unknown = Cell("open", (("sex", "Not known"), ("site", "Not known")))
    assert margins([of_sex], [Sum(Cell("open"), (known, unknown))]) == [], "recorded in both is not recorded in one"
    assert margins(one.cells, [Sum(Cell("open"), (men, one.cells[1]))]) == [], "parts of other columns are none"
    within = [Sum(men, tuple(Cell("open", (("sex", "M"), ("site", s), ("team", t))) for s in "AB" for t in "12"))]
    cells = [Cell("open", (("sex", "M"), ("site", "A"))), Cell("open", (("site", "A"),))]
    assert [each.one for each in margins(cells, within)] == [(cells[0],)], "of its own columns and one more"


def test_a_decile_inside_another_column_is_in_its_quintile_there():
    crossed = Cell("open", (("imd_decile", "9"), ("sex", "F")))
    parent = Cell("open", (("imd_quintile", "5 (least deprived)"), ("sex", "F")))
    other = parent._replace(groups=(("imd_quintile", "5 (least deprived)"), ("sex", "M")))
    assert coarse_sums([crossed, parent, other]) == [Sum(parent, (crossed,))]
    assert coarse_sums([crossed, other]) == []
    assert coarse_sums(
        [Cell("open", (("imd_decile", "Not recorded"),)), Cell("open", (("imd_quintile", "Not recorded"),))]
    )
    assert (
        coarse_sums(
            [Cell("open", (("imd_decile", "(all recorded)"),)), Cell("open", (("imd_quintile", "(all recorded)"),))]
        )
        == []
    )
    assert coarse_sums([Cell("open", (("idaci_decile", "1"),)), Cell("open", (("imd_quintile", "1"),))]) == []


def test_what_else_to_hide_is_looked_for_as_far_away_as_it_takes(monkeypatch):
    """What the equations near at hand allow, those further away may not: then more is hidden, and no table is left out."""
    counts = count_waits(random_list(2, 300), ["ethnicity", ("sex", "site"), "specialty"])
    assert not (counts.released("hes").marks == LEFT_OUT).any()
    monkeypatch.setattr(secondary, "_SIZES", (3,))
    protection._audited.cache_clear()
    try:
        assert (counts.released("hes").marks == LEFT_OUT).any(), "a few columns are not enough here"
    finally:
        protection._audited.cache_clear()


def test_what_is_too_large_to_be_searched_loses_its_finest_table_as_if_nobody_had_asked_for_it(monkeypatch):
    waiting, crossed = random_list(1, 200), ("ethnicity", "sex")
    unasked = count_waits(waiting, ["ethnicity", "sex"]).released("hes")
    assert np.isin(unasked.marks, (BESIDE, SHARED)).any()
    assert not (unasked.marks == LEFT_OUT).any()
    monkeypatch.setattr(solutions, "_LARGEST", 100)
    protection._audited.cache_clear()
    try:
        asked = count_waits(waiting, ["ethnicity", "sex", crossed]).released("hes")
    finally:
        protection._audited.cache_clear()
    marks = dict(zip(asked.cells, asked.marks.tolist(), strict=True))
    assert {cell.columns for cell, mark in marks.items() if mark == LEFT_OUT} == {crossed}
    assert [marks[cell] for cell in unasked.cells] == unasked.marks.tolist()
