"""Three questions of one list: what each counts, worked by hand; what each refuses."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.counts.waits import COMPLETED, ESTIMANDS, count_waits
from equiwait.errors import ColumnsError, OptionError, RefusedError
from equiwait.statistics import kaplan_meier, survival_at

SNAPSHOT = "2026-04-10"
MARCH = ("2026-03-01", "2026-03-31")

# One row a person: start, stop, how it ended, and what becomes of them under time_to_treatment in March:
# (age at entry, age when last seen, event), or the reason why they are not counted.
BY_HAND = [
    ("2026-01-01", None, None, (59, 89, "open")),
    ("2026-02-20", "2026-03-10", "treated", (9, 18, "treated")),
    ("2026-03-05", "2026-03-25", "treated", (0, 20, "treated")),
    ("2026-03-20", None, None, (0, 11, "open")),
    ("2026-03-10", "2026-04-05", "treated", (0, 21, "open")),
    ("2026-02-24", "2026-03-06", "left_otherwise", (5, 10, "left_otherwise")),
    ("2026-02-01", "2026-03-31", "died", (28, 58, "died")),
    ("2026-01-01", "2026-03-01", "treated", "left_on_day_of_entry"),
    ("2026-03-12", "2026-03-12", "treated", "left_on_day_of_entry"),
    ("2026-01-01", "2026-02-15", "treated", "left_before_window"),
    ("2026-04-02", None, None, "joined_after_window"),
    ("2026-03-31", None, None, "joined_on_last_day"),
]


def listed(rows, snapshot=SNAPSHOT, **columns):
    raw = pd.DataFrame(rows, columns=["clock_start", "clock_stop", "stop_reason"], dtype=object).assign(**columns)
    return ew.read_list(raw.fillna(""), snapshot=snapshot)


def by_hand():
    return listed([row[:3] for row in BY_HAND], team="x")


def counted(waits, event):
    rows = waits.table[waits.table["event"] == event]
    return sorted(np.repeat(rows["days"].to_numpy(dtype=int), rows["people"].to_numpy(dtype=int)).tolist())


def test_late_entry_by_hand():
    waits = count_waits(by_hand(), "team", estimand="time_to_treatment", window=MARCH)
    seen = [row[3] for row in BY_HAND if isinstance(row[3], tuple)]
    assert counted(waits, "entered") == sorted(entry for entry, _, _ in seen)
    for event in ("open", *COMPLETED):
        assert counted(waits, event) == sorted(last for _, last, how in seen if how == event)
    left_out = [row[3] for row in BY_HAND if isinstance(row[3], str)]
    assert waits.about.excluded == {reason: left_out.count(reason) for reason in sorted(set(left_out))}


def test_the_curve_by_hand():
    """At 18 days one of three at risk is treated, at 20 one of two: S = 2/3, then 1/3."""
    waits = count_waits(by_hand(), "team", estimand="time_to_treatment", window=MARCH)
    arrays = {
        name: waits.cube(("team",), events=events)[1][0]
        for name, events in {
            "treated": ["treated"],
            "censored": ["open", "left_otherwise", "died", "unknown"],
            "entered": ["entered"],
        }.items()
    }
    curve = kaplan_meier(arrays["treated"], arrays["censored"], arrays["entered"])
    assert (curve.at_risk[18], curve.at_risk[20]) == (3, 2)
    assert curve.survival[[17, 18, 19, 20]] == pytest.approx([1, 2 / 3, 2 / 3, 1 / 3])


def test_completed_by_hand():
    """Whoever left from the first to the last day of the window, with the whole of their wait."""
    waits = count_waits(by_hand(), "team", estimand="completed", window=MARCH)
    assert counted(waits, "treated") == [0, 18, 20, 59]
    assert counted(waits, "left_otherwise") == [10]
    assert counted(waits, "died") == [58]
    assert counted(waits, "open") == []
    assert waits.about.excluded == {"left_after_window": 1, "left_before_window": 1, "open": 4}
    groups, days = waits.cube(("team",))
    assert groups["group"].tolist() == ["x"]
    assert days.sum() == 6


def test_still_waiting_by_hand():
    waits = count_waits(by_hand(), "team")
    assert counted(waits, "open") == [8, 10, 21, 99]
    assert waits.about.excluded == {"closed": 8}


def test_a_list_that_does_not_say_how_a_wait_ended():
    raw = pd.DataFrame(
        {"clock_start": ["2026-02-01"] * 4, "clock_stop": "2026-03-03", "rtt_status": ["30", "33", "36", ""]}
    )
    waits = count_waits(ew.read_list(raw, snapshot=SNAPSHOT), "rtt_status", estimand="completed", window=MARCH)
    assert sorted(waits.table["event"]) == sorted(["treated", "left_otherwise", "died", "unknown"])
    bare = ew.read_list(raw, snapshot=SNAPSHOT).drop(columns="stop_reason")
    assert set(count_waits(bare, "scope", estimand="completed", window=MARCH).table["event"]) == {"unknown"}


def test_unusable_dates_are_left_out_by_reason():
    rows = [
        ("2026-03-05", "2026-03-02", "treated"),
        ("", "2026-03-10", "treated"),
        ("2026-02-01", "2026-03-10", "treated"),
        ("", "", ""),
    ]
    waiting = listed(rows, team="x", rtt_status=["", "", "", "30"])
    for estimand in ("completed", "time_to_treatment"):
        waits = count_waits(waiting, "team", estimand=estimand, window=MARCH)
        assert waits.about.excluded == {"clock_stop_before_start": 1, "unknown_clock_start": 2}
    stopless = listed([("2026-02-01", "", "")], team="x", rtt_status="30")
    assert count_waits(stopless, "team", estimand="completed", window=MARCH).about.excluded == {"unknown_clock_stop": 1}


def test_rows_without_days_are_left_out_by_reason():
    waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": pd.array([5, None, -1], "Int32"), "team": "x"})
    waits = count_waits(waiting, "team")
    assert waits.table["people"].tolist() == [1]
    assert waits.about.excluded == {"days_waiting_unusable": 2}


@pytest.mark.parametrize(
    ("estimand", "window", "error", "words"),
    [
        ("completed", ("2026-03-31", "2026-03-01"), RefusedError, "before it starts"),
        ("time_to_treatment", ("2026-03-01", "2026-04-11"), RefusedError, "after the list's snapshot of 2026-04-10"),
        ("completed", None, OptionError, "about a window"),
        ("completed", "2026-03-01", OptionError, "about a window"),
        ("completed", ("March", "2026-03-01"), OptionError, "not a date"),
        ("still_waiting", MARCH, OptionError, "takes no window"),
        ("completed wait", MARCH, OptionError, "estimand"),
    ],
)
def test_windows_that_are_refused(estimand, window, error, words):
    with pytest.raises(error, match=words) as caught:
        count_waits(by_hand(), "team", estimand=estimand, window=window)
    assert caught.value.__context__ is None


def test_a_window_may_be_dates():
    asked = {"by": "team", "estimand": "completed"}
    as_text = count_waits(by_hand(), window=MARCH, **asked)
    for days in ((dt.date(2026, 3, 1), dt.date(2026, 3, 31)), tuple(map(pd.Timestamp, MARCH))):
        assert count_waits(by_hand(), window=days, **asked).about == as_text.about
    assert as_text.about.window == MARCH


def test_text_is_not_dates():
    waiting = by_hand().assign(clock_stop="2026-03-03")
    with pytest.raises(ColumnsError, match="clock_stop does not hold dates"):
        count_waits(waiting, "team", estimand="completed", window=MARCH)


def test_shares_and_quantiles_of_time_to_treatment_are_refused():
    waits = count_waits(by_hand(), "team", estimand="time_to_treatment", window=MARCH)
    with pytest.raises(RefusedError, match="means nothing"):
        waits.shares(18)
    with pytest.raises(RefusedError, match="means nothing"):
        waits.quantile(0.5)


# --- properties ---

people = st.lists(
    st.tuples(
        st.integers(0, 120),
        st.one_of(st.none(), st.integers(-3, 130)),
        st.sampled_from(["treated", "left_otherwise", "died", "unknown"]),
        st.sampled_from(["A", "J", "Z", ""]),
        st.sampled_from(["P2", "P3", ""]),
    ),
    min_size=1,
    max_size=40,
)


def made(rows):
    first = dt.date(2026, 1, 1)
    day = lambda offset: (first + dt.timedelta(days=offset)).isoformat()  # noqa: E731
    starts, lengths, ends, ethnicity, priority = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "clock_start": [day(start) for start in starts],
            "clock_stop": [
                "" if length is None else day(start + length) for start, length in zip(starts, lengths, strict=True)
            ],
            "stop_reason": ["" if length is None else end for length, end in zip(lengths, ends, strict=True)],
            "ethnicity": ethnicity,
            "priority": priority,
        }
    )
    return ew.read_list(frame, snapshot="2026-05-10")


@pytest.mark.parametrize("estimand", ESTIMANDS)
@settings(max_examples=12, deadline=None)
@given(rows=people, cut=st.integers(0, 40))
def test_parts_add_to_the_whole(estimand, rows, cut):
    whole = made(rows)
    asked = {"by": ["ethnicity", ("priority", "ethnicity")], "within": ["priority"], "estimand": estimand}
    asked |= {} if estimand == "still_waiting" else {"window": ("2026-02-01", "2026-04-15")}
    added = count_waits(whole.iloc[:cut], **asked) + count_waits(whole.iloc[cut:], **asked)
    expected = count_waits(whole, **asked)
    pd.testing.assert_frame_equal(added.table, expected.table)
    assert added.about == expected.about


@pytest.mark.parametrize("estimand", ESTIMANDS)
@settings(max_examples=12, deadline=None)
@given(rows=people)
def test_everybody_is_counted_once_or_left_out_for_a_reason(estimand, rows):
    window = None if estimand == "still_waiting" else ("2026-02-01", "2026-04-15")
    waiting = made(rows)
    waits = count_waits(waiting, "ethnicity", estimand=estimand, window=window)
    exits = waits.table[waits.table["event"] != "entered"]["people"].sum()
    assert exits + sum(waits.about.excluded.values()) == len(waiting)
    if estimand == "time_to_treatment":
        assert waits.table[waits.table["event"] == "entered"]["people"].sum() == exits
        _, left = waits.cube(("ethnicity",))
        _, came = waits.cube(("ethnicity",), events=["entered"])
        kaplan_meier(np.zeros_like(left), left, came)  # raises if anybody leaves who was not at risk


@settings(max_examples=12, deadline=None)
@given(rows=people, turn=st.integers(0, 3))
def test_relabelling_permutes_the_answer(rows, turn):
    names = ["north", "east", "south", "west"]
    place = np.array([["A", "J", "Z", ""].index(row[3]) for row in rows])
    one = made(rows).assign(team=np.array(names)[place])
    other = made(rows).assign(team=np.array(names)[(place + turn) % 4])
    asked = {"by": "team", "estimand": "time_to_treatment", "window": ("2026-02-01", "2026-04-15")}
    back = {names[(number + turn) % 4]: name for number, name in enumerate(names)}
    first, second = count_waits(one, **asked).table, count_waits(other, **asked).table
    renamed = second.assign(group=second["group"].astype(object).map(back))
    keys = ["group", "event", "days", "people"]
    pd.testing.assert_frame_equal(
        first[keys].astype(object).sort_values(keys, ignore_index=True),
        renamed[keys].astype(object).sort_values(keys, ignore_index=True),
    )


def test_only_time_to_treatment_recovers_the_chance_when_referrals_grow(refcases):
    """The published simulation: same hazard, one group's referrals grow; slower and growing, the sign turns."""
    cases = json.loads((refcases / "inputs" / "bias_simulation.json").read_text(encoding="utf-8"))["cases"]
    for case in cases[:2]:
        waiting = pd.concat([simulated(case[name], name) for name in "AB"], ignore_index=True)
        window = ("2022-10-03", "2022-12-31")
        share = count_waits(waiting, "team").shares(18)["share_over"].astype(float)
        assert share.tolist() == pytest.approx(list(case["snapshot_gt126"].values()), abs=0.012)
        waits = count_waits(waiting, "team", estimand="time_to_treatment", window=window)
        treated, censored, entered = (
            waits.cube(("team",), events=events)[1] for events in (["treated"], ["open"], ["entered"])
        )
        curve = kaplan_meier(treated, censored, entered)
        truth = list(case["truth_gt126"].values())
        assert survival_at(curve, 126).value.tolist() == pytest.approx(truth, abs=0.02)
        done = count_waits(waiting, "team", estimand="completed", window=window).shares(18)["share_over"].astype(float)
        assert done.tolist() == pytest.approx(list(case["completed_gt126"].values()), abs=0.02)


def simulated(plan, team, people=120_000):
    """Weibull waits, shape 1.2, referrals over 1,095 days that grow by e^g, as the file says."""
    chance = np.random.default_rng(7)
    uniform, growth = chance.random(people), plan["g"]
    at = uniform if growth == 0 else np.log1p(uniform * np.expm1(growth)) / growth
    start = np.floor(at * 1095)
    stop = np.ceil(start + plan["scale"] * chance.weibull(1.2, people))
    day = lambda offset: np.datetime64("2020-01-01", "s") + offset.astype("timedelta64[D]")  # noqa: E731
    ended = stop <= 1095
    return pd.DataFrame(
        {
            "scope": np.where(ended, "closed", "rtt_open"), "team": team, "snapshot_date": "2022-12-31",
            "clock_start": day(start), "clock_stop": np.where(ended, day(stop), np.datetime64("NaT", "s")),
            "stop_reason": np.where(ended, "treated", None), "days_waiting": (1095 - start).astype(int),
        }
    )  # fmt: skip
