"""`tail`: who makes up the longest-waiting part of a list; ties stated, the whole never compared with itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.answers.longest_waits import tail
from equiwait.answers.part_and_whole import Sides, against
from equiwait.errors import ColumnsError, OptionError, RefusedError
from equiwait.samples import sample_path
from equiwait.statistics import share_contrast
from people_lists import crowd, list_of, row


def test_worked_case():
    """Of 100 people 15 are in the tail: 9 of the 30 of A, 6 of the 70 of B."""
    days = np.r_[np.arange(500, 509), np.arange(21), np.arange(600, 606), np.arange(100, 164)]
    longest = tail(list_of(days, team=["A"] * 30 + ["B"] * 70), by="team", suppression="none")
    first = row(longest.table, group="A")
    assert (first["n"], first["listed"], longest.since) == (9, 30, 500)
    assert (first["share"], first["share_of_list"]) == (0.6, 0.3)
    assert first["ratio"] == pytest.approx(2.0)
    assert first["difference"] == pytest.approx(0.3)
    # The tail's 9 of 15 against the 21 of 85 outside it: Koopman's interval as statsmodels 0.15 gives it
    # (confint_proportions_2indep, compare="ratio", method="score", no correction), then 1 / (f + (1 - f) / r) at f = 0.15.
    ends = [1 / (0.15 + 0.85 / end) for end in (1.309611868482944, 4.047190866271314)]
    assert [first["ratio_lower"], first["ratio_upper"]] == pytest.approx(ends)
    assert first["p_value"] == pytest.approx(float(share_contrast(9, 15, 21, 85).p_value))


def test_people_who_have_waited_equally_long_are_not_told_apart():
    longest = tail(list_of([1] * 80 + [300] * 19 + [400], all="x"), by="all", suppression="none")
    assert longest.since == 300
    assert longest.table["n"].tolist() == [20], "15 were asked for; the 20 at 300 days or more are not told apart"
    assert "300 days or more: 20 of 100" in longest.notes[0]


def test_the_tail_is_as_small_as_it_can_be():
    longest = tail(list_of(range(1000), all="x"), by="all", suppression="none")
    assert (longest.since, longest.table["n"].iloc[0]) == (850, 150)


def test_an_interval_of_the_ratio_covers_the_truth():
    """2,000 draws each of a tail and of the rest: the interval's coverage is what it says."""
    chance = np.random.default_rng(7)
    covered = []
    for n, inside, outside in ((60, 0.2, 0.1), (150, 0.3, 0.2), (400, 0.05, 0.08), (300, 0.5, 0.5)):
        rest = round(n * 0.85 / 0.15)
        truth = inside / (0.15 * inside + 0.85 * outside)
        draws = (chance.binomial(n, inside, 2000), n, chance.binomial(rest, outside, 2000), rest, 1, 1)
        sides = Sides(*(np.broadcast_to(np.asarray(each, float), 2000) for each in draws))
        # Each draw is a question by itself, as is the comparison of a group that is not recorded.
        gap, found, *_ = against(sides, np.zeros(2000, bool)).to_whole(sides.fraction)
        covered.append(np.mean((found.lower <= truth) & (truth <= found.upper)))
        gap_truth = 0.85 * (inside - outside)
        covered.append(np.mean((gap.lower <= gap_truth) & (gap_truth <= gap.upper)))
    assert min(covered) > 0.92
    assert 0.94 < np.mean(covered) < 0.97


def test_a_whole_is_not_compared_with_itself():
    table = tail(list_of(range(100), all="x"), by="all", suppression="none").table
    assert table[["ratio", "ratio_lower", "ratio_upper", "p_value"]].isna().all(axis=None)
    assert table["share"].tolist() == [1.0]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["A", "B", None])), min_size=5, max_size=60),
    st.floats(0.05, 0.5),
    st.randoms(use_true_random=False),
)
def test_parts_make_the_whole_and_order_does_not_matter(people, share, chance):
    waiting = pd.DataFrame(people, columns=["days_waiting", "team"]).assign(scope="rtt_open")
    try:
        table = tail(waiting, by="team", share=share, suppression="none").table
    except RefusedError:
        assert (waiting["days_waiting"] > waiting["days_waiting"].min()).mean() < share
        return
    assert table["listed"].sum() == len(waiting)
    assert table["n"].sum() >= share * len(waiting) - 1e-6
    assert table["share"].sum() == pytest.approx(1)
    both = table.dropna(subset=["ratio"])
    assert (both["ratio"] * both["share_of_list"]).tolist() == pytest.approx(both["share"].tolist())
    order = list(range(len(waiting)))
    chance.shuffle(order)
    again = tail(waiting.iloc[order], by="team", share=share, suppression="none").table
    pd.testing.assert_frame_equal(again, table)


def test_silences_are_rows_and_stand_apart():
    waiting = list_of(range(200), ethnicity=pd.Categorical((["A"] * 3 + ["Z", None]) * 40))
    longest = tail(waiting, by="ethnicity", suppression="none")
    assert longest.table["group"].tolist() == ["A: White British", "Not recorded (blank)", "Not stated (asked)"]
    assert longest.unknown["ethnicity"] == ("Not recorded (blank)", "Not stated (asked)")
    unknown = longest.table.iloc[1:]
    assert unknown["p_adjusted"].to_numpy() == pytest.approx(unknown["p_value"].to_numpy()), "each a test of its own"


def test_small_numbers_are_hidden_and_shares_come_from_rounded_counts():
    table = tail(crowd(3, 1200, team=[0.6, 0.39, 0.01]), by="team").table
    shown = table[~table["suppressed"]]
    assert table["suppressed"].any()
    assert table.loc[table["suppressed"], ["n", "share", "ratio", "difference", "p_value"]].isna().all(axis=None)
    assert (shown[["n", "listed"]] % 5 == 0).all(axis=None)
    assert (shown["share"] == shown["n"] / shown["n"].sum().clip(180)).all(), (
        "about 180 people are in the tail of 1,200"
    )
    assert shown["difference"].notna().all(), "a gap is never withheld for its size: its interval carries the rounding"


def test_rounding_widens_the_interval_and_moves_no_value():
    sides = [np.array([each]) for each in (40.0, 100.0, 300.0, 900.0, 1.0, 1.0)]
    exact, rounded = (against(Sides(*sides, *each), np.ones(1, bool)) for each in ((), (2.0, 2.0)))
    assert rounded.difference.value == pytest.approx(exact.difference.value)
    assert rounded.difference.lower < exact.difference.lower
    assert rounded.difference.upper > exact.difference.upper


def test_under_a_rule_the_tail_begins_at_a_whole_week_of_released_counts():
    waiting = crowd(3, 1200, team=[0.6, 0.4])
    found = tail(waiting, by="team")
    assert found.since % 7 == 1
    over = np.array([(waiting["days_waiting"] > 7 * week).sum() for week in range(200)])
    shown = np.floor(over / 5 + 0.5) * 5
    assert found.since == 7 * np.flatnonzero(shown >= 0.15 * 1200)[-1] + 1


def test_a_group_that_is_withheld_was_looked_at_all_the_same():
    events, n = np.array([40, np.nan, 30, 60.0]), np.array([100, np.nan, 90, 100.0])
    ones, rest = np.ones(4), np.array([300.0, 300, 300, 300])
    sides = Sides(events, n, rest * 0.4, rest, ones, ones)
    found = against(sides, np.ones(4, bool)).without(np.array([False, True, True, False]))
    assert np.isnan(found.p[1:3]).all()
    assert found.adjusted[[0, 3]] == pytest.approx(1 - (1 - found.p[[0, 3]]) ** 4), (
        "Šidák among four, not among the two that are shown"
    )
    alone = against(sides, np.zeros(4, bool))
    assert alone.adjusted[0] == pytest.approx(alone.p[0])
    assert alone.difference.upper[3] < found.difference.upper[3], "the interval of four is wider than that of one"


def test_the_test_and_both_intervals_of_a_row_agree():
    """Two groups are one comparison; the adjusted p is small exactly where the difference leaves 0 out."""
    chance = np.random.default_rng(5)
    n, rest = chance.integers(1, 60, 400).astype(float), chance.integers(50, 900, 400).astype(float)
    sides = Sides(
        chance.binomial(n.astype(int), 0.3), n, chance.binomial(rest.astype(int), 0.2), rest, *np.ones((2, 400))
    )  # fmt: skip
    for known in (np.ones(400, bool), np.zeros(400, bool)):
        gap, times, _, adjusted = against(sides, known)
        clear = adjusted < 0.05
        assert (clear == ((gap.lower > 0) | (gap.upper < 0))).all()
        assert ((times.lower <= 1) & (times.upper >= 1))[~clear].all()
    pair = Sides(*(each[:2] for each in sides[:6]))
    two = against(pair, np.ones(2, bool))
    assert two.adjusted == pytest.approx(two.p)


def test_repeated_people_widen_intervals():
    days, team = list(range(200)), ["A", "B"] * 100
    once = tail(list_of(days, team=team, person_id=list(map(str, range(200)))), by="team", suppression="none")
    pairs = [str(place // 4 * 2 + place % 2) for place in range(200)]
    twice = tail(list_of(days, team=team, person_id=pairs), by="team", suppression="none")
    assert once.table["ratio"].tolist() == twice.table["ratio"].tolist()
    assert (twice.table["ratio_upper"] > once.table["ratio_upper"]).all()
    assert any("several pathways" in note for note in twice.notes)


def test_the_planted_gaps_are_found():
    """Waits are planted longer in the most deprived fifth and among Pakistani people, and no different by sex."""
    waiting = ew.link_deprivation(
        ew.read_list(sample_path("adult_ptl"), snapshot="2026-10-31"),
        directory=sample_path("directory"),
        index=sample_path("index"),
    )
    longest = tail(waiting, suppression="none")
    assert longest.table["by"].unique().tolist() == ["imd_quintile", "ethnicity", "age_band", "sex"]
    for group in ("1 (most deprived)", "J: Pakistani"):
        assert row(longest.table, group=group)["ratio_lower"] > 1
    deprived, ethnic, _, sex = longest.findings
    assert "1 (most deprived) make up" in deprived
    assert "J: Pakistani make up" in ethnic
    assert "no group has more than its share" in sex
    assert any("a neighbourhood, not a person" in note for note in longest.notes)


def test_the_table_has_the_same_columns_whatever_was_asked():
    waiting = crowd(5, 300, a=[0.5, 0.5], b=[0.3, 0.7])
    tables = [tail(waiting, by=by, suppression=rule).table for by in ("a", [("a", "b")]) for rule in ("hes", "none")]
    assert len({tuple(table.columns) for table in tables}) == 1


def test_a_short_list_does_not_say_the_day():
    """In a list of under 50 the day at which the tail begins is one person's wait."""
    assert tail(list_of(range(40), all="x"), by="all").since is None
    assert tail(list_of(range(40), all="x"), by="all", suppression="none").since == 34


def test_nonsense_is_refused():
    waiting = list_of([1, 2, 3, 4], sex=["1"] * 4)
    with pytest.raises(OptionError, match=r"share=1\.5"):
        tail(waiting, share=1.5, by="sex")
    with pytest.raises(RefusedError, match="the whole list"):
        tail(list_of([7, 7, 7], sex="1"), by="sex")
    with pytest.raises(ColumnsError, match="ethnicity"):
        tail(waiting, by="ethnicity")
    with pytest.raises(RefusedError, match="Nobody"):
        tail(waiting.assign(scope="closed"), by="sex")
    with pytest.raises(RefusedError, match="England, Wales"):
        tail(waiting.assign(imd_decile=[1, 2, 3, 4], nation=["England", "Wales"] * 2), by="imd_decile")


def test_pictures_say_their_numbers():
    longest = tail(crowd(3, 1200, team=[0.6, 0.39, 0.01]), by="team")
    (chart,) = longest.charts()
    assert "Widest rise" in chart.alt or "Widest fall" in chart.alt
    ax = longest.plot(chart.name)
    said = " ".join(text.get_text() for text in ax.texts)
    assert "→" in said
    assert "hidden: 1 to 7 people" in said
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["of everybody waiting", "of the longest waiting"]
