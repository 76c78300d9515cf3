"""`stitch`: any order of files and any split give one answer; what is missing is named; nothing is counted twice."""

from __future__ import annotations

import gc
import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.rows.intake import large_files, parts, read_list

DAYS = pd.date_range("2026-01-31", periods=6, freq="ME")


def extracts(seed=1, people=400, half=None, lost=None, providers=("RAA", "RBB")):
    """Six monthly lists of two trusts: people join all the time, leave at some time; ended waits stay on the next list."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2025-03-01") + pd.to_timedelta(rng.integers(0, 485, people), "D")
    stop = start + pd.to_timedelta(rng.exponential(120, people).astype(int) + 1, "D")
    whole = pd.DataFrame({
        "pathway_id": [f"W{n:05d}" for n in range(people)], "person_id": [f"N{n // 2:05d}" for n in range(people)],
        "provider": rng.choice(providers, people), "clock_start": start, "clock_stop": stop, "sex": np.repeat(rng.choice(["1", "2"], people), 2)[:people],
    })  # fmt: skip
    made = {}
    for at, day in enumerate(DAYS):
        before = DAYS[at - 1] if at else pd.Timestamp("2026-01-01")
        here = whole[(whole["clock_start"] <= day) & (whole["clock_stop"] > before)].copy()
        here.loc[here["clock_stop"] > day, "clock_stop"] = pd.NaT
        here["rtt_status"] = np.where(here["clock_stop"].isna(), "20", "30")
        if half == at:
            here = here[(here["provider"] != "RAA") | (np.arange(len(here)) % 2 == 0)]
        if lost == at:
            here = here[here["provider"] != "RAA"]
        made[f"{day:%Y-%m-%d}"] = here.reset_index(drop=True)
    return whole, {day: read_list(frame, snapshot=day) for day, frame in made.items()}


def same(one, other):
    pd.testing.assert_frame_equal(one.pathways, other.pathways)
    pd.testing.assert_frame_equal(one.extracts, other.extracts)


def test_one_record_for_each_pathway_with_what_became_of_it():
    whole, lists = extracts()
    year = ew.stitch(*lists.values())
    last = DAYS[-1]
    seen = whole[(whole["clock_stop"] > pd.Timestamp("2026-01-01")) & (whole["clock_start"] <= last)]
    assert len(year) == len(seen)
    truth = np.where(seen["clock_stop"] > last, "still waiting", "treated")
    found = year.pathways.set_index("pathway_id")["became"].reindex(seen["pathway_id"]).astype(str)
    assert (found.to_numpy() == truth).all()
    assert list(year.days) == list(lists)
    assert (year.extracts["state"] == "whole").all()
    assert not year.findings


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_any_order_any_split_and_any_number_of_parts_give_the_same_answer(seed):
    _, lists = extracts(people=60)
    rng = np.random.default_rng(seed)
    pieces = []
    for waiting in lists.values():
        cut = rng.integers(0, len(waiting) + 1)
        shuffled = waiting.iloc[rng.permutation(len(waiting))]
        pieces += [shuffled.iloc[:cut], shuffled.iloc[cut:]]
    again = [pieces[at] for at in rng.integers(0, len(pieces), 3)]  # some are sent twice
    mixed = [*pieces, *again]
    rng.shuffle(mixed)
    mixed = [each for each in mixed if len(each)]
    same(ew.stitch(*lists.values()), ew.stitch(*mixed, parts=int(rng.integers(1, 5))))


def test_files_and_lists_give_the_same_answer(tmp_path):
    _, lists = extracts(people=150)
    paths = []
    for day, waiting in lists.items():
        raw = waiting[["pathway_id", "person_id", "provider", "clock_start", "clock_stop", "sex", "rtt_status"]]
        raw.to_csv(tmp_path / f"ptl_{day}.csv", index=False)
        waiting.to_parquet(tmp_path / f"{day}.parquet")
        paths.append(tmp_path / f"ptl_{day}.csv")
    same(ew.stitch(*paths), ew.stitch(*lists.values()))
    same(ew.stitch(*sorted(tmp_path.glob("*.parquet")), parts=3, folder=tmp_path / "kept"), ew.stitch(*lists.values()))


def test_a_trust_that_sent_half_is_named_and_nobody_is_gone_because_of_it():
    _, lists = extracts(people=900, half=3)
    year = ew.stitch(*lists.values())
    assert year.findings == ("RAA: looks incomplete: 2026-04-30.",)
    whole = ew.stitch(*extracts(people=900)[1].values())
    assert not year.pathways["became"].isin(["gone without an end", "not sent since"]).sum() > 60
    pd.testing.assert_series_equal(
        year.pathways.loc[year.pathways["became"] == "still waiting", "pathway_id"].reset_index(drop=True),
        whole.pathways.loc[whole.pathways["became"] == "still waiting", "pathway_id"].reset_index(drop=True),
    )
    assert list(year.whole_days) == [day for day in lists if day != "2026-04-30"]


@pytest.mark.parametrize(("absent", "looks"), [(10, False), (11, False), (12, False), (13, True)])
def test_whether_a_day_looks_incomplete_hangs_on_counts_as_they_may_be_shown(absent, looks):
    """A tenth of a hundred are absent: ten; eleven and twelve are shown as ten too, and one person must not turn it."""
    rows = [(f"p{number:03}", "2026-01-02") for number in range(100)]
    year = ew.stitch(*monthly(rows, rows[absent:], rows))
    assert (year.findings == ("looks incomplete: 2026-02-28.",)) == looks
    assert year.extracts["absent"].tolist()[1] == absent


@pytest.mark.parametrize("what", ["numbers", "a trust in two", "nothing", "a tenth come late"])
def test_people_who_are_gone_and_come_again_with_other_numbers_are_said(what):
    """A new system or a trust that split made everybody leave and join again, and nobody was told."""
    _, lists = extracts(people=600)
    later = {day: waiting.copy() for day, waiting in lists.items()}
    for day in list(later)[3:]:
        here = later[day]
        if what == "numbers":
            later[day] = here.assign(pathway_id="N" + here["pathway_id"])
        if what == "a trust in two":
            moved = (here["provider"] == "RAA") & here["pathway_id"].str[-1].isin(list("02468"))
            later[day] = here.assign(provider=here["provider"].astype(str).mask(moved, "RCC"))
    if what == "a tenth come late":
        day = list(later)[3]
        later = {each: rows if each >= day else rows[rows["pathway_id"].str[-1] != "1"] for each, rows in later.items()}
    said = [each for each in ew.stitch(*later.values(), parts=3).findings if "many are gone" in each]
    assert len(said) == (what in ("numbers", "a trust in two"))


def test_lists_of_open_waits_of_which_nobody_left_can_be_asked_too():
    """There was no column for an end, and `trend` broke off."""
    rows = [(f"p{number:03}", "2026-01-02", "AB"[number % 2]) for number in range(60)]
    year = ew.stitch(*monthly(rows, rows, rows, columns=("team",)))
    assert year.pathways["clock_stop"].isna().all()
    assert set(year.pathways["became"]) == {"still waiting"}
    assert ew.trend(year, "team", "over_4_weeks").table["n"].max() == 30


def test_half_a_list_on_the_last_day_makes_nobody_gone():
    _, lists = extracts(people=900, half=5)
    year = ew.stitch(*lists.values())
    assert year.findings == ("RAA: looks incomplete: 2026-06-30.",)
    absent = year.pathways[year.pathways["became"] == "not sent since"]
    assert len(absent) > 30
    assert (absent["provider"] == "RAA").all()
    assert not (year.pathways["became"] == "gone without an end").any()


def test_a_month_that_one_trust_did_not_send_and_one_that_nobody_sent():
    _, lists = extracts(people=300, lost=2)
    assert ew.stitch(*lists.values()).findings == ("RAA: missing: 2026-03-31.",)
    del lists["2026-04-30"]
    year = ew.stitch(*lists.values())
    assert [each.split(":")[0] for each in year.findings] == ["RAA", "RBB"]
    assert year.extracts.query("provider == 'RBB' and state == 'missing'")["snapshot"].dt.strftime(
        "%Y-%m"
    ).tolist() == ["2026-04"]


def monthly(*months, **more):
    """Lists of one pathway or a few: rows of (number, start, …) for each month."""
    days = [f"{day:%Y-%m-%d}" for day in DAYS]
    return [
        read_list(pd.DataFrame(rows, columns=["pathway_id", "clock_start", *more.get("columns", ())]), snapshot=day)
        for day, rows in zip(days, months, strict=False)
    ]


def test_a_corrected_start_is_one_wait_and_a_new_clock_another():
    lists = monthly(
        [("a", "2026-01-10"), ("b", "2026-01-02"), ("z", "2026-01-01")],
        [("a", "2026-01-05"), ("b", "2026-02-10"), ("z", "2026-01-01")],
        [("a", "2026-01-07"), ("b", "2026-02-10"), ("z", "2026-01-01")],
    )
    table = ew.stitch(*lists).pathways.set_index(["pathway_id", "clock_start"])
    assert table.loc["a", "start_corrections"].tolist() == [2]
    assert table.loc["a"].index.strftime("%d").tolist() == ["07"]
    assert table.loc["b", "became"].astype(str).tolist() == ["clock start changed", "still waiting"]
    history = ew.stitch(*lists).history("clock_start")
    assert history.loc[history["pathway_id"] == "a", "clock_start"].dt.day.tolist() == [10, 5, 7]


def test_a_start_that_should_have_been_on_an_earlier_list_is_back_dated():
    lists = monthly([("z", "2026-01-01")], [("z", "2026-01-01"), ("late", "2026-01-20"), ("new", "2026-02-02")])
    table = ew.stitch(*lists).pathways.set_index("pathway_id")
    assert table["back_dated"].to_dict() == {"late": True, "new": False, "z": False}
    assert table["seen_from"].dt.strftime("%m-%d").to_dict() == {"late": "02-28", "new": "02-02", "z": "01-31"}


def test_rows_without_a_number_count_on_the_last_day_and_a_shared_number_is_not_followed():
    columns = ("date_of_birth",)
    lists = monthly(
        [("", "2026-01-01", "1980-01-01"), ("s", "2026-01-02", "1980-01-01"), ("s", "2026-01-02", "1990-01-01")],
        [("", "2026-01-01", "1980-01-01"), ("s", "2026-01-02", "1980-01-01"), ("q", "2026-01-02", "1990-01-01")],
        columns=columns,
    )
    table = ew.stitch(*lists).pathways
    assert len(table) == 3
    assert (table["became"] == "still waiting").all()
    assert len(ew.stitch(*lists).on("2026-01-31")) == 3


def test_the_latest_submission_counts_whichever_file_it_is_in():
    base = {"pathway_id": "a", "clock_start": "2026-01-02", "submitted_at": "2026-02-01 09:00", "specialty": "100"}
    early, late = pd.DataFrame([base]), pd.DataFrame([{**base, "submitted_at": "2026-02-01 10:00", "specialty": "110"}])
    for frames in ([early, late], [late, early], [pd.concat([late, early])]):
        year = ew.stitch(*(read_list(each, snapshot="2026-01-31") for each in frames))
        assert year.pathways["specialty"].tolist() == ["110"]


def test_answers_take_it_as_a_list():
    _, lists = extracts(people=900)
    year = ew.stitch(*lists.values())
    several = ew.stitch(*lists.values(), parts=4)
    for estimand, window in (("still_waiting", None), ("time_to_treatment", ("2026-02-28", "2026-06-30"))):
        assert ew.count_waits(year, "sex", estimand=estimand, window=window) == ew.count_waits(
            several, "sex", estimand=estimand, window=window
        )
    on_the_day = ew.count_waits(lists["2026-06-30"], "sex")
    assert ew.count_waits(year, "sex").table.equals(on_the_day.table)
    assert ew.completeness(year).table["of"].max() > 0
    assert not ew.persistence(year, by="sex").table.empty
    left = ew.exits(year, by="sex", suppression="none").table
    assert left.loc[(left["by"] == "everyone") & (left["outcome"] == "unaccounted for"), "n"].tolist() == [0]
    assert not ew.referral_growth(year, by="sex").table.empty
    for ask in (ew.completeness, ew.persistence, ew.exits, ew.referral_growth, ew.trend):
        exact = {"by": "sex", "suppression": "none"}
        pd.testing.assert_frame_equal(ask(several, **exact).table, ask(year, **exact).table)
    with pytest.raises(ew.errors.ColumnsError, match="colour"):
        ew.completeness(year, by="colour")


def test_a_large_file_is_read_part_by_part_and_gives_what_a_small_one_gives(tmp_path, monkeypatch):
    _, lists = extracts(people=150)
    columns = ["pathway_id", "person_id", "provider", "clock_start", "clock_stop", "sex", "rtt_status"]
    files = []
    for number, (day, waiting) in enumerate(lists.items()):
        raw = pd.concat([waiting[columns], waiting[columns].head(5)])  # some rows twice
        files.append(tmp_path / f"ptl_{day}.{'csv' if number % 2 else 'parquet'}")
        raw.to_csv(files[-1], index=False) if number % 2 else raw.to_parquet(files[-1])
    small = ew.stitch(*files)
    monkeypatch.setattr(large_files, "_LARGE", 0)
    monkeypatch.setattr(parts, "_HELD", 100)
    same(small, ew.stitch(*files, parts=3, folder=tmp_path / "kept"))
    assert sorted(each.name for each in (tmp_path / "kept").iterdir()) == [f"part-000{n}" for n in range(3)]


def test_headers_that_change_in_the_year_are_named_side_by_side_and_a_file_that_cannot_be_read_is_named(tmp_path):
    _, lists = extracts(people=60)
    for number, (day, waiting) in enumerate(lists.items()):
        raw = waiting[["pathway_id", "provider", "clock_start", "clock_stop", "rtt_status"]]
        raw.rename(columns={"clock_start": "Beginn"} if number > 2 else {}).to_csv(tmp_path / f"{day}.csv", index=False)
    files = sorted(tmp_path.glob("*.csv"))
    year = ew.stitch(*files, reading={"columns": {"Beginn": "clock_start"}})
    assert len(year) == len(ew.stitch(*lists.values()))
    with pytest.raises(ew.errors.ColumnsError, match=r"In '2026-04-30\.csv': No column is known as the clock start"):
        ew.stitch(*files)
    with pytest.raises(ew.errors.ColumnsError, match="none of the extracts has: 'Bgeinn'"):
        ew.stitch(*files[:3], reading={"columns": {"Bgeinn": "clock_start"}})
    with pytest.raises(ew.errors.OptionError, match="an option in reading"):
        ew.stitch(*files, reading={"column": {"Beginn": "clock_start"}})


def test_what_is_wrong_is_said_plainly(tmp_path):
    _, lists = extracts(people=20)
    with pytest.raises(ew.errors.OptionError, match="given no extract"):
        ew.stitch()
    with pytest.raises(ew.errors.OptionError, match="day is not known"):
        ew.stitch(pd.DataFrame({"pathway_id": ["a"], "clock_start": ["2026-01-01"]}))
    (tmp_path / "ptl.csv").write_text("pathway_id,clock_start\na,2026-01-01\n")
    with pytest.raises(ew.errors.OptionError, match="name does not hold the one day"):
        ew.stitch(tmp_path / "ptl.csv")
    with pytest.raises(ew.errors.OptionError, match="No extract is of"):
        ew.stitch(*lists.values()).on("2026-01-01")
    with pytest.raises(ew.errors.ColumnsError, match="pathway's number"):
        ew.stitch(next(iter(lists.values())).drop(columns="pathway_id"))
    with pytest.raises(ew.errors.OptionError, match="has a column"):
        ew.stitch(*lists.values()).history("colour")
    assert "W0000" not in repr(ew.stitch(*lists.values()))


def test_rows_that_a_killed_run_left_go_with_the_next_and_its_own_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / ".equiwait-1-abcdefgh"
    (left / "part-0000").mkdir(parents=True)
    (left / "held").touch()
    year = ew.stitch(*extracts(people=50)[1].values(), parts=2)
    assert not left.exists()
    assert len(list(tmp_path.iterdir())) == 1
    assert len(year.pathways)
    del year
    gc.collect()
    assert not list(tmp_path.iterdir())
