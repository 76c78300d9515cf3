"""A trust sends counts instead of rows: what comes back is what was sent, both ends check, and dates never add."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.counts.waits import counts_file
from equiwait.errors import InputError, OptionError, RefusedError


def counts(provider="RAA", day="2026-10-31", people=80, seed=1):
    rng = np.random.default_rng(seed)
    raw = pd.DataFrame({
        "pathway_id": [f"{provider}{n}" for n in range(people)], "provider": provider, "sex": rng.choice(["1", "2", ""], people),
        "clock_start": pd.Timestamp("2026-09-01") - pd.to_timedelta(rng.integers(0, 400, people), "D"),
    })  # fmt: skip
    return ew.count_waits(ew.read_list(raw, snapshot=day), "sex")


def test_what_comes_back_is_what_was_sent(tmp_path):
    sent = counts()
    back = ew.Waits.load(sent.save(tmp_path / "raa.json"))
    assert back.about.providers == ("RAA",)
    assert back.about.excluded == sent.about.excluded
    pd.testing.assert_frame_equal(back.table, sent.table)
    assert "not for release" in (tmp_path / "raa.json").read_text("utf-8")


def test_counts_of_several_trusts_add_on_one_date_and_the_same_file_only_once(tmp_path):
    one, two = counts(), counts("RBB", seed=2)
    first, second = (ew.Waits.load(each.save(tmp_path / name)) for each, name in ((one, "a.json"), (two, "b.json")))
    both = first + second
    assert both.about.providers == ("RAA", "RBB")
    assert both.table["people"].sum() == one.table["people"].sum() + two.table["people"].sum()
    gaps = ew.disparities(both, suppression="none")
    assert gaps.provenance.provider == "RAA; RBB"
    with pytest.raises(RefusedError, match="added twice"):
        both + second
    with pytest.raises(RefusedError, match="differ in snapshot"):
        first + counts(day="2026-09-30")


def test_released_counts_never_add():
    sent = counts()
    released = type(sent)(sent.table, sent.about.__class__(**{**sent.about.__dict__, "suppression": "hes"}))
    with pytest.raises(RefusedError, match="sums of rounded counts are wrong"):
        released + released


def test_dates_stand_side_by_side():
    days = ("2026-10-31", "2026-09-30", "2026-08-31")
    series = ew.Waits.series(counts(day=day) for day in days)
    assert series.days == tuple(sorted(days))
    assert series.table["snapshot"].nunique() == 3
    both = series + ew.Waits.series(counts("RBB", day=day) for day in days)
    assert both["2026-09-30"].table["people"].sum() == 160
    assert len(both.shares(18)) == len(series.shares(18))
    with pytest.raises(RefusedError, match="Two counts are of one date"):
        ew.Waits.series(counts(), counts("RBB"))
    with pytest.raises(RefusedError, match="Only one of the two has"):
        series + ew.Waits.series(counts("RBB"))
    with pytest.raises(OptionError, match="no counts of"):
        series["2031-01-31"]
    with pytest.raises(OptionError, match="made of counts"):
        ew.Waits.series()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda found: found.update(version=1), "another version"),
        (lambda found: found.update(format="something"), "no counts file"),
        (lambda found: found["rows"][0].__setitem__(-1, 99), "changed since it was written"),
        (lambda found: found["about"].update(estimand="all"), "changed since it was written"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(tmp_path, change, match):
    path = counts().save(tmp_path / "a.json")
    found = json.loads(path.read_text("utf-8"))
    change(found)
    path.write_text(json.dumps(found), "utf-8")
    with pytest.raises(InputError, match=match):
        ew.Waits.load(path)


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match="could not be read"):
        ew.Waits.load(tmp_path / "a.json")
    with pytest.raises(OptionError, match="written as JSON"):
        counts().save(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["by", "group", "within", "event"])
@pytest.mark.parametrize("word", [None, 1, ["White"]])
def test_names_that_are_no_text_are_refused_though_the_sum_of_the_file_is_right(tmp_path, name, word):
    path = counts().save(tmp_path / "a.json")
    found = json.loads(path.read_text("utf-8"))
    found["rows"][0][found["columns"].index(name)] = word
    found["checksum"] = counts_file._checksum({each: found[each] for each in ("about", "columns", "rows")})
    path.write_text(json.dumps(found), "utf-8")
    with pytest.raises(InputError, match="names in it that are no text"):
        ew.Waits.load(path)
