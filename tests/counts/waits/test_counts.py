"""What counts can be asked: bands, hidden counts, strata, order, size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.counts.waits import About, Waits, count_waits, crossed, group_named, groups_of, settled
from equiwait.counts.waits.count_waits import Asked, count_block
from equiwait.counts.waits.groups import silent_rows
from equiwait.counts.waits.tally import _dense, _sorted, tally
from equiwait.errors import OptionError, RefusedError
from equiwait.statistics import banded_quantile, weekly_bands


def listed(days, **columns):
    return pd.DataFrame({"scope": "rtt_open", "days_waiting": days, **columns})


def published(bands, people, unknown=None, total=None):
    """Counts as of a publication: one group ``a``, in bands, hidden where None."""
    days = [*bands, None, None]
    events = ["open"] * len(bands) + ["unknown_clock_start", "published_total"]
    rows = pd.DataFrame({
        "by": "team", "group": "a", "known": True, "within": "", "days": pd.array(days, "Int32"), "event": events,
        "people": pd.array([*people, unknown, total], "Int64"),
    })  # fmt: skip
    kept = rows[(rows["event"] != "published_total") | (total is not None)]
    return Waits(
        settled([kept], [("team",)], ()),
        About("still_waiting", (("team",),), bands=tuple(bands), suppression="hes", source="NHSE"),
    )


# --- one pass ---


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=60))
def test_a_tally_counts_each_combination(rows):
    places = [np.array([row[axis] for row in rows], np.int8) for axis in (0, 1)]
    axes, people = tally(places, [4, 41])
    expected = pd.Series(rows, dtype=object).value_counts()
    assert (
        dict(zip(zip(*(axis.tolist() for axis in axes), strict=True), people.tolist(), strict=True))
        == expected.to_dict()
    )


def test_both_ways_of_counting_agree_over_many_blocks(monkeypatch):
    from equiwait.counts.waits import tally

    monkeypatch.setattr(tally, "BLOCK", 100)
    chance = np.random.default_rng(1)
    places = [chance.integers(0, 5, 5_000).astype(np.int8), chance.integers(0, 700, 5_000).astype(np.int16)]
    for one, other in zip(_dense(places, [5, 700], None), _sorted(places, [5, 700], None), strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("kind", ["str", "category", "object"])
def test_groups_do_not_depend_on_how_a_column_is_kept(kind):
    codes = pd.Series(["Z", None, "B", "A", "99", "A"], dtype=kind)
    groups = groups_of(pd.DataFrame({"ethnicity": codes}), "ethnicity")
    assert groups.names == (
        "A: White British",
        "B: White Irish",
        "Not recorded (blank)",
        "Not stated (asked)",
        "Not known",
    )
    assert groups.known.tolist() == [True, True, False, False, False]
    assert groups.place.tolist() == [3, 2, 1, 0, 4, 0]


@pytest.mark.parametrize("kind", ["Int8", "float64", "category"])
def test_deciles_are_in_order_however_kept(kind):
    values = pd.Series([10, 2, 1, None], dtype="Int8")
    deciles = values.astype("float64") if kind == "float64" else values.astype(kind)
    names = groups_of(pd.DataFrame({"imd_decile": deciles}), "imd_decile").names
    if kind == "float64":  # as text a float has a point; a user's own column keeps it
        assert len(names) == 4
    else:
        assert names == ("1 (most deprived)", "2", "10 (least deprived)", "Not linked")


def test_flags_are_yes_and_no():
    groups = groups_of(pd.DataFrame({"carer": pd.array([False, True, None], "boolean")}), "carer")
    assert groups.names == ("Yes", "No", "Not recorded (blank)")


def test_crossing_many_groups_needs_wider_numbers():
    rows = pd.DataFrame({"a": [str(i) for i in range(300)], "b": [str(i) for i in range(300)]})
    groups = crossed(rows, ["a", "b"])
    assert len(groups.names) == 90_000
    assert [groups.names[place] for place in groups.place[[0, 299]]] == ["0 × 0", "299 × 299"]


def test_strata_are_kept_apart_and_add_up():
    waiting = listed([10, 200, 200, 30], sex=["1", "1", "2", "2"], priority=["P2", "P3", "P3", None])
    waits = count_waits(waiting, "sex", within=["priority"])
    question = ("sex",)
    assert waits.strata(question) == [group_named("priority", code)[0] for code in ("P2", "P3", None)]
    _, apart = waits.cube(question, strata=True)
    _, together = waits.cube(question)
    assert apart.shape == (2, 3, 201)
    assert (apart.sum(1) == together).all()
    assert apart[0, 1, 200] == 1


def test_order_is_the_same_whatever_came_first():
    whole = listed([5] * 6, ethnicity=["Z", "B", None, "A", "J", "99"])
    added = count_waits(whole.iloc[:1], "ethnicity")
    for row in range(1, 6):
        added = added + count_waits(whole.iloc[[row]], "ethnicity")
    pd.testing.assert_frame_equal(added.table, count_waits(whole, "ethnicity").table)


def test_a_question_that_was_not_counted():
    waits = count_waits(listed([5], sex="1"), "sex")
    with pytest.raises(OptionError, match="'ethnicity' was not counted"):
        waits.cube(("ethnicity",))


def test_unequal_about_is_refused_by_name():
    waiting = listed([5, 6], sex="1")
    with pytest.raises(RefusedError, match="by, bands, suppression"):
        count_waits(waiting, "sex") + published([0, 127, 365], [10, 10, 10])
    with pytest.raises(RefusedError, match="within"):
        count_waits(waiting, "sex") + count_waits(waiting, "sex", within=["scope"])


def test_repr_says_what_and_no_number_of_people():
    waits = count_waits(listed([5] * 7919, sex="1"), "sex")
    assert repr(waits) == "<Waits: still_waiting by sex; snapshot not given; 1 cells>"


# --- bands ---

THREE = [0, 127, 365]


def test_shares_divide_by_the_published_total():
    """Rounded by themselves, the parts add to 85 and the total is 90; unknown clock starts are in it."""
    row = published(THREE, [50, 20, 10], unknown=5, total=90).shares(18).iloc[0]
    assert (row["n"], row["up_to"], row["over"]) == (90, 50, 30)
    assert (row["share_up_to"], row["share_over"]) == (50 / 90, 30 / 90)


def test_without_a_published_total_shares_divide_by_known_waits():
    assert published(THREE, [50, 20, 10], unknown=5).shares(52)["share_over"].tolist() == [10 / 80]


def test_hidden_counts_hide_what_needs_them():
    row = published(THREE, [50, 20, None], unknown=5, total=80).shares(52).iloc[0]
    assert row["share_up_to"] == 70 / 80
    assert row[["over", "share_over"]].isna().all()
    _, cube = published(THREE, [50, 20, None], total=80).cube(("team",))
    assert np.isnan(cube[0, 365])
    assert cube[0, 0] == 50


def test_nobody_has_no_share():
    assert (
        published(THREE, [0, 0, 0], unknown=0, total=0).shares(18)[["share_up_to", "share_over"]].isna().all(axis=None)
    )


def test_a_hidden_part_hides_the_sum():
    one, other = published(THREE, [50, None, 10], total=60), published(THREE, [5, 5, 5], total=15)
    opened = (one + other).table.query("event == 'open'")
    assert opened["people"].tolist() == [55, pd.NA, 15]


@pytest.mark.parametrize("weeks", [17, 65])
def test_shares_that_bands_cannot_tell_are_refused(weeks):
    with pytest.raises(
        RefusedError, match=f"begin after 0, 18 and 52 weeks, so it cannot say who has waited over {weeks} weeks"
    ):
        published(THREE, [50, 20, 10]).shares(weeks)


def test_quantiles_that_bands_cannot_give_are_refused():
    waits = published(THREE, [50, 20, 10])
    for ask in (lambda: waits.quantile(0.5), lambda: waits.weekly(("team",))):
        with pytest.raises(RefusedError, match="which give no median"):
            ask()


def test_weekly_bands_keep_their_open_end():
    first_days = [0, *range(8, 7 * 53, 7)]
    people = [1] * 52 + [60]
    waits = published(first_days, people)
    _, weeks = waits.weekly(("team",))
    assert weeks.tolist() == [people]
    assert waits.quantile(0.92)["weeks"].tolist() == [np.inf]
    assert waits.quantile(0.92, reproduce=True)["weeks"].iloc[0] == pytest.approx(
        banded_quantile(people, 0.92, reproduce=True)
    )
    waits.refuse_unless_band(365)
    with pytest.raises(RefusedError, match="over 65 weeks"):
        waits.refuse_unless_band(456)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 800), min_size=50, max_size=90))
def test_quantiles_of_exact_days_are_those_of_their_weeks(days):
    waits = count_waits(listed(days, team="x"), "team")
    tally = weekly_bands(np.bincount(days), bands=200)
    assert waits.quantile(0.5)["weeks"].iloc[0] == pytest.approx(float(banded_quantile(tally, 0.5)))
    over = np.mean(np.array(days) > 126)
    assert waits.shares(18)["share_over"].iloc[0] == pytest.approx(over)


def test_quantiles_are_withheld_under_fifty_and_kept_by_stratum():
    waiting = listed([30] * 49 + [60] * 51, team="x", priority=["P2"] * 49 + ["P3"] * 51)
    table = count_waits(waiting, "team", within=["priority"]).quantile(0.5)
    assert table["n"].tolist() == [49, 51]
    assert np.isnan(table["weeks"].iloc[0])
    assert table["weeks"].iloc[1] == pytest.approx(8 + 26 / 51)


def test_the_benchmark_runs(root):
    import runpy

    made = runpy.run_path(str(root / "benchmarks" / "waits.py"))["made_up"](5_000)
    assert count_waits(made, "ethnicity", within=["specialty"]).table["people"].sum() == 5_000
    assert ew.count_waits is count_waits


CELLS = {
    "sex": pd.Series(["1", "2", "9", "0", "X", None, "", "1"], dtype="str"),
    "ethnicity": pd.Series(["A", "Z", "99", None, "J", "zz", "", "A"], dtype="str"),
    "date_of_birth": pd.Series(["2001-01-01", None, "1990-05-05", None, *["1990-05-05"] * 4]).astype("datetime64[s]"),
    "site": pd.Series(["RW3MR", "", None, "Not recorded", "recorded", "RW3MR", "", None], dtype="str"),
    "team": pd.Series(pd.Categorical(["a", "b", None, "a", None, "b", "b", "a"])),
    "carer": pd.array([True, False, None, True, True, False, None, True], "boolean"),
    "age": pd.array([1, 2, None, 1, 1, 2, 2, None], "Int8"),
    "consultant": pd.Series(["C1"] * 8, dtype="str"),
}


@pytest.mark.parametrize("column", CELLS)
def test_who_is_in_a_group_that_says_nothing_is_told_without_a_name_for_every_other(column):
    for rows in (slice(0, 8), slice(0, 1), slice(2, 3), slice(0, 0)):
        waiting = pd.DataFrame({column: CELLS[column][rows]})
        groups, silent = groups_of(waiting, column), silent_rows(waiting, column)
        unknown = [name for place, name in enumerate(groups.names) if not groups.known[place] and len(waiting)]
        assert sorted(silent) == sorted(unknown)
        assert all((silent[name] == (groups.place == groups.names.index(name))).all() for name in unknown)


@pytest.mark.parametrize("many", [3, 200])
def test_a_group_that_hardly_anybody_is_in_is_found_among_many_rows(many):
    names = [f"Ward {number}" for number in range(many)]
    codes = np.zeros(10_000, np.int16)
    codes[9_000], codes[9_500], codes[9_999] = many - 1, 1, -1
    groups = groups_of(pd.DataFrame({"ward": pd.Categorical.from_codes(codes, names)}), "ward")
    people = dict(zip(groups.names, groups.people().tolist(), strict=True))
    assert people == {"Ward 0": 9_997, "Ward 1": 1, f"Ward {many - 1}": 1, "Not recorded (blank)": 1}


def pieces_of(rows, monkeypatch):
    """Make `count_waits` cut a list into pieces of at least so many rows."""
    import sys

    counting = sys.modules["equiwait.counts.waits.count_waits"]
    monkeypatch.setattr(counting, "BLOCK", rows)
    monkeypatch.setattr(counting, "cores", lambda: 3)


@pytest.mark.parametrize("estimand", ["still_waiting", "completed", "time_to_treatment"])
def test_a_list_counted_in_pieces_has_the_counts_of_the_list_counted_whole(monkeypatch, estimand):
    chance = np.random.default_rng(5)
    start = pd.Timestamp("2026-10-31") - pd.to_timedelta(chance.integers(0, 500, 900), unit="D")
    closed = np.arange(900) > 300  # no piece has what another has
    waiting = pd.DataFrame({
        "scope": np.where(closed, "closed", "rtt_open"), "sex": np.repeat(["1", "2", "9"], 300),
        "days_waiting": chance.integers(0, 500, 900), "clock_start": start.astype("datetime64[s]"),
        "clock_stop": pd.Series(start + pd.to_timedelta(chance.integers(0, 90, 900), unit="D")).where(closed),
        "team": pd.Series(chance.choice(["red", "blue", None], 900), dtype=object), "snapshot_date": "2026-10-31",
        "provider": np.where(closed, "RBB", "RAA"),
    })  # fmt: skip
    window = None if estimand == "still_waiting" else ("2026-06-01", "2026-10-01")
    asked = {"by": ["sex", ("team", "sex")], "estimand": estimand, "window": window}
    whole = count_waits(waiting, **asked)
    pieces_of(100, monkeypatch)
    assert count_waits(waiting, **asked) == whole
    of = {
        "still_waiting": ("RAA",),
        "completed": ("RBB",),
        "time_to_treatment": ("RAA", "RBB"),
    }  # whose people are counted
    assert whole.about.providers == of[estimand]


def test_what_objects_of_several_kinds_are_called_does_not_hang_on_how_many_cores_there_are(monkeypatch):
    waiting = listed(range(900), team=pd.Series([1] * 300 + [True] * 300 + [1.0] * 300, dtype=object))
    whole = count_waits(waiting, "team")
    pieces_of(100, monkeypatch)
    assert count_waits(waiting, "team") == whole


def test_a_question_has_the_counts_that_it_has_alone_whatever_finer_one_is_asked_beside_it():
    chance = np.random.default_rng(6)
    waiting = listed(chance.integers(0, 99, 500), **{name: chance.choice(["1", "2", "9"], 500) for name in "abc"})
    questions = ["b", ("a", "b", "c"), ("c", "a"), "a", ("b", "a")]
    together = count_waits(waiting, questions, within=["c"]).table
    for one in questions:
        alone = count_waits(waiting, [one], within=["c"]).table
        name = alone["by"].iloc[0]
        here = together[together["by"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(here.astype(alone.dtypes), alone)


@pytest.mark.parametrize(
    "numbers", [[1, 3, 2, 1], [-128, 127, 0, -128], [0, 4_096, 1, 0], [2**20, 2**20 + 1, 2**20, 2**20]]
)
def test_numbers_name_the_same_groups_however_they_are_kept(numbers):
    gone = [False, False, False, True]
    kept = [np.where(gone, np.nan, numbers).astype(float), [*numbers[:-1], None]]
    kinds = [
        pd.Series(kept[0]).astype("Int64"),
        pd.Series(kept[1], dtype=object),
        pd.Series(kept[1]).astype("Int64").astype("category"),
    ]
    kinds += [pd.Series(numbers, dtype="Int8").mask(gone)] if max(numbers) < 128 else []
    found = [groups_of(pd.DataFrame({"ward": each}), "ward") for each in kinds]
    for groups in found:
        assert groups.names == found[0].names
        assert [groups.names[place] for place in groups.place] == [*map(str, numbers[:-1]), "Not recorded (blank)"]


@pytest.mark.parametrize("flags", [[True, False], [True, True], [False, None], [None, None]])
def test_flags_name_the_same_groups_however_they_are_kept(flags):
    names = {True: "Yes", False: "No", None: "Not recorded (blank)"}
    for kind in ("boolean", object):
        groups = groups_of(pd.DataFrame({"ward": pd.Series(flags, dtype=kind)}), "ward")
        assert [groups.names[place] for place in groups.place] == [names[each] for each in flags]


def test_cells_of_every_part_are_of_one_type_however_many_combinations_there_could_be():
    sixty = [f"ward {number}" for number in range(60)]
    wide = listed([1_000_000] * 60, ward=sixty, team=sixty)  # over 2**31 combinations
    narrow = listed([1] * 60, ward="ward 1", team="ward 1")
    asked = Asked((("ward", "team"),), (), "still_waiting", ())
    (one, _), (other, _) = count_block(wide, asked), count_block(narrow, asked)
    assert one.schema == other.schema
    assert one.num_rows == 60


def test_every_second_row_of_a_list_is_counted_as_a_list_of_its_own():
    codes = pd.Categorical.from_codes(np.arange(-1, 299) % 4 - 1, ["1", "2", "9"])
    every = listed(range(300), sex=codes).iloc[::2]
    assert not every["sex"].array.codes.flags.c_contiguous
    assert count_waits(every, "sex") == count_waits(pd.DataFrame(every.to_dict("list")), "sex")
