"""Publications: their own figures as gaps, and beside ours; merged groups and what they hide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_lists import listed
from python_calamine import CalamineWorkbook

import equiwait as ew
from equiwait.counts.publications import read_published
from equiwait.errors import OptionError, RefusedError

SHEETS = {
    "Deprivation": ("imd_decile", 10), "Ethnicity": ("ethnicity", 18), "Age": ("age_band", 3), "Sex": ("sex", 2),
}  # fmt: skip
ORGANISATIONS = [
    ("ENG", "ALL"),
    ("Y60", "REGION"),
    ("QHL", "INTEGRATED CARE BOARD"),
    ("RRK", "ACUTE TRUST"),
    ("RTG", "ACUTE TRUST"),
]


@pytest.fixture(scope="module")
def workbook(shared_data):
    return next((shared_data / "waiting_lists").glob("WLMDS-Demographics-Summary-*.xlsx"))


@pytest.fixture(scope="module")
def book(workbook):
    cells = CalamineWorkbook.from_path(str(workbook))
    return {name: cells.get_sheet_by_name(f"Provider-{name}").to_python(skip_empty_area=False) for name in SHEETS}


def printed(rows, code, level, groups):
    """The shares over 52 weeks and the totals that the workbook prints for one organisation, in its order of groups."""
    line = next(row for row in rows if code in row[:6] and any(str(cell).upper() == level for cell in row[:6]))
    first = next(place for place, cell in enumerate(line) if place > 2 and isinstance(cell, float))
    cell = lambda value: float(value) if isinstance(value, float) else np.nan  # noqa: E731
    return [(cell(line[first + 7 * g]), cell(line[first + 7 * g + 6])) for g in range(groups)]


@pytest.mark.parametrize(("code", "level"), ORGANISATIONS)
def test_published_shares_come_out_as_printed(workbook, book, code, level):
    gaps = ew.disparities(read_published(workbook, organisation=code, level=level))
    assert gaps.suppression == "hes"
    assert set(gaps.table["measure"]) == {"over_18_weeks", "over_52_weeks"}, "by default, what the bands can tell"
    for sheet, (by, groups) in SHEETS.items():
        rows = gaps.table[(gaps.table["by"] == by) & (gaps.table["measure"] == "over_52_weeks")]
        found = sorted(zip(rows["n"].tolist(), rows["value"].tolist(), strict=True))
        expected = sorted(printed(book[sheet], code, level, groups))
        np.testing.assert_allclose([n for n, _ in found], [n for n, _ in expected])
        np.testing.assert_allclose([share for _, share in found], [share for _, share in expected], atol=1e-12)


def test_what_three_bands_cannot_tell_is_refused(workbook):
    waits = read_published(workbook)
    for measure in ("median_weeks", "over_65_weeks"):
        with pytest.raises(RefusedError, match="bands"):
            ew.disparities(waits, measures=[measure])
    with pytest.raises(OptionError, match="differs from what was counted"):
        ew.disparities(waits, "provider")
    assert ew.disparities(waits, "sex").table["by"].unique().tolist() == ["sex"]
    sii = ew.disparities(waits, "imd_decile").index("sii", measure="over_52_weeks")
    assert sii["value"] > 0


def test_the_regions_of_england_are_strata(workbook):
    gaps = ew.disparities(read_published(workbook, level="REGION"), "imd_decile", measures=["over_18_weeks"])
    assert set(gaps.table["within"]) == {"", "region"}
    alike = gaps.table[gaps.table["within"] == "region"]
    assert alike["difference"].notna().sum() > 5
    assert alike["note"].str.contains("weight lost").all()


def test_a_published_figure_stands_beside_ours_with_its_period(workbook):
    published = read_published(workbook)
    waiting = listed([200] * 60 + [50] * 40 + [400] * 20, sex=pd.Categorical((["1", "2"] * 60), ["1", "2"]), site="x")
    gaps = ew.disparities(waiting, ["sex", "site"], measures=["over_18_weeks", "median_weeks"], benchmark=published)
    rows = gaps.benchmark
    male = rows[(rows["group"] == "Male") & (rows["measure"] == "over_18_weeks")].iloc[0]
    shares = published.shares(18).set_index(["by", "group"])["share_over"]
    assert male["published"] == shares["sex", "Male"]
    assert male["difference"] == pytest.approx(male["ours"] - male["published"])
    assert male["period"] == "2026-01-25"
    assert "ENGLAND" in male["source"]
    everyone = rows[(rows["by"] == "everyone") & (rows["measure"] == "over_18_weeks")].iloc[0]
    assert everyone["ours"] == pytest.approx(80 / 120, abs=0.01)
    assert any("66.7% of everyone counted here" in said for said in gaps.findings)
    assert rows.loc[rows["measure"] == "median_weeks", "note"].str.contains("no median").all()
    assert (
        rows.loc[(rows["by"] == "site") & (rows["measure"] == "over_18_weeks"), "note"]
        .str.contains("not broken down")
        .all()
    )


def test_a_benchmark_that_does_not_compare_is_refused(workbook):
    waiting = listed([200] * 60, sex="1")
    with pytest.raises(OptionError, match="read_published"):
        ew.disparities(waiting, "sex", benchmark=str(workbook))
    ended = waiting.assign(
        scope="closed", clock_start=np.datetime64("2026-01-01", "s"), clock_stop=np.datetime64("2026-06-01", "s"),
        snapshot_date="2026-06-30",
    )  # fmt: skip
    with pytest.raises(RefusedError, match="do not compare"):
        ew.disparities(
            ended, "sex", estimand="completed", window=("2026-05-01", "2026-06-30"), benchmark=read_published(workbook)
        )


# --- merged groups ---

CODES = ["A", "B", "H", "K", "R", "Z", "99", None]


def people(counts):
    """``{code: (over 18 weeks, not)}``."""
    parts = [listed(np.repeat([200, 50], pair), ethnicity=code) for code, pair in counts.items()]
    waiting = pd.concat(parts, ignore_index=True)
    return waiting.assign(ethnicity=pd.Categorical(waiting["ethnicity"], [*"ABHKRZ", "99"]))


COUNTS = {"A": (400, 600), "H": (30, 70), "K": (70, 30), "R": (20, 80), "Z": (40, 60), "99": (10, 10), None: (10, 10)}


def test_merged_groups_add_up_and_silences_stay_apart():
    gaps = ew.disparities(
        people(COUNTS), ["ethnicity:nhs", "ethnicity:census"], measures=["over_18_weeks"], suppression="none"
    )
    table = gaps.table.set_index(["by", "group"])
    assert table.loc[("ethnicity:nhs", "Asian"), ["n", "events"]].tolist() == [200, 100]
    assert table.loc[("ethnicity:nhs", "Other"), ["n", "events"]].tolist() == [100, 20]
    assert table.loc[("ethnicity:census", "Asian"), ["n", "events"]].tolist() == [300, 120]
    silent = ("Not recorded (blank)", "Not stated (asked)", "Not known")
    assert gaps.unknown["ethnicity:nhs"] == silent
    assert table.loc[("ethnicity:nhs", "Not stated (asked)"), "n"] == 100


def test_what_asian_hides_is_said():
    gaps = ew.disparities(people(COUNTS), "ethnicity:nhs", measures=["over_18_weeks"])
    said = next(
        note for note in gaps.notes if note.startswith("Asian (ethnicity:nhs) merges H: Indian, K: Bangladeshi")
    )
    assert "from 30.0% (H: Indian) to 70.0% (K: Bangladeshi)" in said
    assert set(gaps.merges["detailed"]) == {"A: White British", "H: Indian", "K: Bangladeshi", "R: Chinese"}
    assert gaps.merges["group"].tolist().count("Asian") == 2


def test_merges_are_offered_and_never_made_in_silence():
    small = people(dict.fromkeys("ABHKR", (4, 9)))
    gaps = ew.disparities(small, "ethnicity", measures=["over_18_weeks"])
    assert set(gaps.table["by"]) == {"ethnicity"}
    offer = next(note for note in gaps.notes if note.startswith("Over half of the rows by ethnicity are hidden"))
    assert "by='ethnicity:nhs'" in offer
    assert "Asian = H+J+K+L" in offer
    plenty = ew.disparities(people(COUNTS), "ethnicity", measures=["over_18_weeks"])
    assert not any("Over half" in note for note in plenty.notes)


def test_a_merge_that_does_not_exist_is_refused():
    with pytest.raises(OptionError, match="ethnicity:onz"):
        ew.disparities(people(COUNTS), "ethnicity:onz")
    own = people(COUNTS).assign(**{"team:mine": "x"})
    assert set(ew.disparities(own, "team:mine").table["group"]) == {"x"}, "a column of the user's own is left alone"
