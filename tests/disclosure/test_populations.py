"""What populations have in common: each relation that the audit counts on is held to the true counts of made-up lists."""

from __future__ import annotations

import datetime as dt
from itertools import combinations, permutations

import numpy as np
import pytest

import equiwait as ew
from disclosure.attack_releases import closed_list
from equiwait.answers.disparity.released_flows import EVENTS
from equiwait.counts.waits import count_waits
from equiwait.counts.waits.estimands import spells
from equiwait.counts.waits.tables import EVENTS as ENDINGS
from equiwait.disclosure import Cell
from equiwait.disclosure.documents import together
from equiwait.disclosure.populations import LAST_SEEN, apart, plain, shared_people

DAYS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-03-31")
WINDOWS = [(first, str(np.datetime64(last) - 1) if last != DAYS[-1] else last) for first, last in combinations(DAYS, 2)]
WAITING = closed_list(4, 300)


def true(results):
    """The true count of each cell, by rule ``none``."""
    both = together([each.released("none") if callable(each.released) else each.released for each in results])
    return dict(zip(both.cells, both.shown.tolist(), strict=True))


def found_in(counts):
    """What is taken to hold, of counts of which nothing is known."""
    return shared_people(dict.fromkeys(counts, (0.0, np.inf)))


def test_who_left_in_a_window_is_who_left_in_its_parts():
    counts = true(count_waits(WAITING, ["sex"], estimand="completed", window=window) for window in WINDOWS)
    shared = found_in(counts)
    assert {len(each.parts) for each in shared.sums} == {2, 3}
    assert all(counts[each.parent] == sum(counts[part] for part in each.parts) for each in shared.sums)
    assert len(shared.pairs) > 20
    assert all(counts[one] >= counts[other] for one, other in shared.pairs)


def test_who_was_there_in_a_window_was_there_in_a_longer_one():
    """Whoever is seen in a window is seen in a longer one, from as early an age on; treated in the one, so in the other."""
    dates = [tuple(map(dt.date.fromisoformat, window)) for window in WINDOWS]
    seen = [spells(WAITING, "time_to_treatment", window) for window in dates]
    nested = 0
    for (longer, more), (shorter, fewer) in permutations(zip(dates, seen, strict=True), 2):
        if longer[0] <= shorter[0] and shorter[1] <= longer[1]:
            nested += 1
            assert not (fewer.rows & ~more.rows).any()
            both = fewer.rows[more.rows]
            assert (more.entry[both] <= fewer.entry).all()
            for place in range(1, len(ENDINGS)):
                ended = (fewer.event == place) & (fewer.days >= 0)
                assert (more.event[both][ended] == place).all()
                assert (more.days[both][ended] == fewer.days[ended]).all()
    assert nested > 5


def test_all_events_of_a_window_but_the_last_sight_are_events_of_a_longer_one():
    cells = [
        Cell(f"time_to_treatment 2026-01-01/{last}", (), event and f"{event} within 28 days")
        for last in ("2026-01-31", "2026-03-31")
        for event in ("", *EVENTS)
    ]
    shared = found_in(cells)
    assert not shared.sums
    assert {one.event.partition(" within")[0] for one, _ in shared.pairs} == {"", *EVENTS} - {LAST_SEEN}


def test_an_open_list_is_who_joined_since_a_day_and_who_waited_longer():
    early = WAITING[WAITING["clock_start"] <= "2026-02-28"].assign(snapshot_date=np.datetime64("2026-02-28", "s"))
    growth = ew.referral_growth(WAITING, "sex", before=early, suppression="none")
    counts = true([growth, count_waits(WAITING, ["sex"])])
    shared = found_in(counts)
    assert {each.parts[1].over for each in shared.sums} == {30}
    waited = WAITING.loc[WAITING["scope"] == "rtt_open", "days_waiting"]
    (everyone,) = (each for each in shared.sums if not each.parent.groups)
    assert counts[everyone.parent] == counts[everyone.parts[0]] + (waited > 30).sum()


def test_a_later_list_holds_those_who_are_still_waiting():
    later = Cell("open 2026-10-31")
    still = Cell("open 2026-09-30", event="still waiting on 2026-10-31")
    men = Cell("open 2026-09-30", (("sex", "Male"),), "still waiting on 2026-10-31")
    came = Cell("not on it: open 2026-09-30, on 2026-10-31", (("sex", "Male"),), "appeared with an earlier start")
    shared = found_in([later, still, men, came, later._replace(groups=came.groups)])
    assert [(each.parent, each.parts[0]) for each in shared.sums] == [
        (later, still), (later._replace(groups=came.groups), came),
    ]  # fmt: skip
    assert not found_in([Cell("open 2026-11-30"), still]).sums


def test_a_smaller_list_of_the_same_day_is_taken_for_a_part():
    whole, part = Cell("open 2026-10-31"), Cell("open 2026-10-31 (2)")
    men = (("sex", "Male"),)
    bounds = {whole: (98, 102), part: (48, 52), whole._replace(groups=men): (8, 12), part._replace(groups=men): (8, 12)}
    assert [one.population for one, _ in shared_people(bounds).pairs] == [whole.population] * 2
    assert not shared_people({**bounds, part._replace(groups=men): (13, 17)}).pairs
    assert not shared_people({**bounds, part: (98, 102)}).pairs


@pytest.mark.parametrize(
    "names",
    [
        ("completed 2026-01-01/2026-01-31", "completed 2026-02-01/2026-02-28"),
        ("completed 2026-01-01/2026-01-31", "clock starts 2026-01-01 to 2026-03-31"),
        ("rows 2026-03-31 2026-01-01/2026-01-31", "rows 2026-03-31 2026-01-01/2026-03-31"),
        ("open 2026-01-31", "open 2026-02-28"),
        ("table", "table (2)"),
    ],
)
def test_populations_that_have_nothing_in_common_are_left_alone(names):
    shared = shared_people(dict(zip(map(Cell, names), [(98, 102), (48, 52)], strict=True)))
    assert not shared.sums
    assert not shared.pairs


def test_a_name_that_was_told_apart_is_known_again():
    assert [apart("open", way) for way in range(3)] == ["open", "open (2)", "open (3)"]
    assert {plain(apart("open", way)) for way in range(3)} == {"open"}
