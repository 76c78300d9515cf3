"""The real WLMDS demographics workbook: every published share comes out of the counts; what it cannot say is refused."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from equiwait.counts.publications import read_published
from equiwait.counts.publications.demographics import Wanted, read_demographics
from equiwait.counts.waits import count_waits, group_named
from equiwait.errors import InputError, OptionError, RefusedError
from equiwait.files.sheets import Sheet

CODES = {
    "Age": ("age_band", ["0-18", "19-64", "65+"]),
    "Sex": ("sex", ["2", "1"]),
    "Deprivation": ("imd_decile", [str(decile) for decile in range(1, 11)]),
    "Ethnicity": ("ethnicity", [*"ABCDEFGHJKLMNPRSZ", "99"]),
}
LEVELS = ["ALL", "NHS ACUTE", "INDEPENDENT SECTOR", "OTHER", "REGION", "INTEGRATED CARE BOARD", "ACUTE TRUST"]


@pytest.fixture(scope="module")
def cells(wlmds_path):
    """The workbook as it stands, read without our code."""
    book = CalamineWorkbook.from_path(str(wlmds_path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def published(rows, first, dimension):
    """Every published share: row, group, within 18 weeks, over 52 weeks; NaN where the publisher printed none."""
    column, codes = CODES[dimension]
    found = {}
    for key, row in rows:
        for place, code in enumerate(codes):
            shares = [cell if cell != "" else np.nan for cell in row[first + 7 * place + 5 : first + 7 * place + 7]]
            found[key, group_named(column, code)[0]] = shares
    return found


def ours(waits, dimension):
    column, _ = CODES[dimension]
    within, over = (waits.shares(weeks).set_index("by").loc[[column]] for weeks in (18, 52))
    parts = within["share_up_to"], over["share_over"]
    values = zip(*(part.to_numpy(dtype=float, na_value=np.nan) for part in parts), strict=True)
    return dict(zip(zip(within["within"], within["group"], strict=True), values, strict=True))


def assert_same(waits, rows, first, dimension):
    expected, found = published(rows, first, dimension), ours(waits, dimension)
    assert set(found) == set(expected)
    np.testing.assert_allclose(
        [found[key] for key in expected], list(expected.values()), rtol=0, atol=1e-12, equal_nan=True
    )
    return 2 * len(expected)


@pytest.mark.parametrize("level", LEVELS)
def test_every_published_share_of_every_organisation(wlmds, cells, level):
    waits = wlmds.waits(level=level)
    checked = 0
    for dimension in CODES:
        rows = [row for row in cells[f"Provider-{dimension}"][14:] if row[3] == level]
        keyed = [(f"{row[1]}: {row[2]}" if waits.about.within else "", row) for row in rows]
        checked += assert_same(waits, keyed, 4, dimension)
    assert checked == 2 * 33 * len(keyed)


def test_every_published_share_of_every_specialty(wlmds, cells):
    waits = wlmds.waits(specialty="all")
    names = dict(zip(*(wlmds.families["Treatment-Function"][0].rows[name] for name in ("name", "label")), strict=True))
    for dimension in CODES:
        rows = [(names[row[1]], row) for row in cells[f"Treatment-Function-{dimension}"][14:] if row[2] != ""]
        assert assert_same(waits, rows, 2, dimension) == 2 * 24 * len(CODES[dimension][1])
    assert sum(name[0].isdigit() or name[0] == "X" for name in names.values()) == 23, "every function has its code"


def test_every_published_share_of_every_week(wlmds, cells):
    waits = wlmds.of(Wanted("England", "Time-Series", stratum="week"))
    for dimension in ("Age", "Sex"):
        rows = [(str(row[1]), row) for row in cells[f"Time-Series-{dimension}"][14:] if isinstance(row[1], dt.date)]
        assert assert_same(waits, rows, 2, dimension) == 2 * 228 * len(CODES[dimension][1])


def test_one_week_is_that_week(wlmds, wlmds_path):
    waits = read_published(wlmds_path, "sex", week=dt.date(2021, 9, 19))
    assert waits.about.snapshot == "2021-09-19"
    female = waits.shares(18).set_index("group").loc["Female"]
    assert (female["n"], female["up_to"]) == (2879420, 1867690)  # as printed in the sheet's first row
    assert wlmds.waits("sex", week="2021-09-19").about == waits.about


def test_counts_say_what_they_are(wlmds_path):
    waits = read_published(wlmds_path)
    about = waits.about
    assert about.by == (("age_band",), ("sex",), ("imd_decile",), ("ethnicity",))
    assert (about.estimand, about.snapshot, about.bands, about.suppression) == (
        "still_waiting",
        "2026-01-25",
        (0, 127, 365),
        "hes",
    )
    assert about.source.endswith("week ending 2026-01-25: ENGLAND (ALL)")
    unknown = waits.table[(waits.table["by"] == "age_band") & (waits.table["event"] == "unknown_clock_start")]
    assert unknown["people"].tolist() == [250, 3355, 2295]
    assert unknown["days"].isna().all()


def test_groups_bear_the_names_that_a_list_gives_them(wlmds):
    waits = wlmds.waits(["ethnicity", "imd_decile", "sex"])
    columns = {"ethnicity": CODES["Ethnicity"][1], "imd_decile": list(range(1, 11)), "sex": ["1", "2"]}
    for column, codes in columns.items():
        kind = "Int8" if column == "imd_decile" else "category"
        waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": 3, column: pd.Series(codes, dtype=kind)})
        mine = count_waits(waiting, column).table[["group", "known"]].astype(object).drop_duplicates()
        theirs = waits.cube((column,))[0]
        assert mine.to_numpy().tolist() == theirs.to_numpy().tolist()


def test_a_trust_that_sent_nothing_is_missing_and_not_nobody(wlmds):
    """The sheet Submission-DQ names RYR for sex alone; its row there is noughts."""
    assert wlmds.waits("sex", organisation="RYR").table["people"].isna().all()
    assert wlmds.waits("age_band", organisation="RYR").table["people"].notna().any()


def test_hidden_counts_are_missing_and_never_nought(wlmds, cells):
    starred = sum(cell == "*" for row in cells["Provider-Ethnicity"][14:] for cell in row)
    counts = pd.concat([wlmds.waits("ethnicity", level=level).table for level in LEVELS])
    silent = len(wlmds.waits("ethnicity", organisation="RHQ").table)  # RHW sent everybody as not known
    assert counts["people"].isna().sum() == starred + silent


def test_what_three_bands_cannot_give_is_refused_in_one_sentence(wlmds):
    waits = wlmds.waits()
    for ask, words in ((lambda: waits.quantile(0.5), "no median"), (lambda: waits.shares(65), "over 65 weeks")):
        with pytest.raises(RefusedError, match=words) as caught:
            ask()
        assert caught.value.wrong.count(". ") == 0


def test_two_weeks_are_not_added(wlmds):
    with pytest.raises(RefusedError, match="snapshot, source"):
        wlmds.waits("sex", week="2026-01-25") + wlmds.waits("sex", week="2026-01-18")


def test_one_organisation_at_each_of_its_levels(wlmds):
    acute = wlmds.waits("sex", organisation="eng", level="NHS ACUTE").shares(18)
    assert acute["n"].tolist() == [2640835, 3516990]  # as printed in the sheet
    trust = wlmds.waits("sex", organisation="RLQ")
    assert trust.about.source.endswith("WYE VALLEY NHS TRUST (ACUTE TRUST)")
    assert wlmds.waits("sex", level="icb").about.within == ("icb",)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"organisation": "XXX"}, "REGION: Y61"),
        ({"level": "county"}, "ALL, NHS ACUTE"),
        ({"organisation": "RLQ", "level": "REGION"}, "ACUTE TRUST"),
        ({"specialty": "Astrology"}, "Cardiology Service"),
        ({"week": "2026-01-24"}, "from 2021-09-19 to 2026-01-25"),
        ({"week": "last"}, "from 2021-09-19 to 2026-01-25"),
        ({"by": "nation"}, "age_band, sex, imd_decile, ethnicity"),
        ({"by": "ethnicity", "week": "2026-01-18"}, "age_band, sex"),
        ({"by": [("sex", "age_band")]}, "age_band, sex"),
        ({"specialty": "all", "level": "REGION"}, "one of specialty="),
        ({"part": "admitted"}, "Leave it out"),
        ({"sheet": "Provider-Age"}, "Leave it out"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(wlmds_path, asked, words):
    with pytest.raises(OptionError) as caught:
        read_published(wlmds_path, **asked)
    assert words in str(caught.value)


# --- workbooks that were cut short or changed ---


def changed_book(sheets, name, change):
    return [Sheet(one.name, change(one.frame.copy()) if one.name == name else one.frame) for one in sheets]


def without_row(text):
    return lambda frame: frame[~(frame == text).any(axis=1)].reset_index(drop=True)


def with_cell(row, column, value):
    def change(frame):
        frame.iat[row, column] = str(value)
        return frame

    return change


def on_every_sheet_row(frame):
    return frame.iloc[:14]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("Provider-Sex", with_cell(20, 5, 12345.0), "shares that are not their counts divided"),
        ("Provider-Sex", with_cell(20, 9, 0.5), "1 shares that are not their counts divided"),
        ("Provider-Sex", with_cell(20, 6, "many"), "1 counts that are neither a number nor a star"),
        ("Provider-Age", without_row("RLQ"), "do not add up to NHS ACUTE"),
        ("Provider-Age", without_row("OTHER"), "do not add up to ALL"),
        ("Provider-Age", without_row("ALL"), "do not add up to ALL"),
        ("Provider-Ethnicity", lambda frame: frame.iloc[:100], "do not add up to NHS ACUTE"),
        ("Provider-Age", on_every_sheet_row, "No rows under the headers"),
        ("Provider-Deprivation", with_cell(13, 4, "Total"), "header rows are not as published"),
        (
            "Provider-Deprivation",
            lambda frame: frame.iloc[14:].reset_index(drop=True),
            "header rows are not as published",
        ),
        ("Treatment-Function-Sex", without_row("Urology Service"), "treatment functions do not add up to England"),
        ("Time-Series-Sex", lambda frame: frame.iloc[:230], "last week is not that of the other sheets"),
        ("Provider-Age", with_cell(4, 2, "Week ending some day"), "No 'Period:'"),
    ],
)
def test_a_workbook_that_was_changed_is_refused(wlmds_sheets, name, change, words):
    file, sheets = wlmds_sheets
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_demographics(file, changed_book(sheets, name, change))
    assert words in caught.value.found
    assert caught.value.__context__ is None


def test_a_workbook_without_a_sheet_is_refused(wlmds_sheets):
    file, sheets = wlmds_sheets
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_demographics(file, [sheet for sheet in sheets if sheet.name != "Provider-Sex"])
    assert "No sheet Provider-Sex" in caught.value.found


def test_a_group_that_is_not_known_is_refused(wlmds_sheets):
    file, sheets = wlmds_sheets
    changed = changed_book(sheets, "Provider-Age", with_cell(12, 4, "Incomplete Pathways - 0 to 17 years"))
    with pytest.raises(InputError, match="a group that is not known: '0 to 17 years'"):
        read_demographics(file, changed)


def test_a_workbook_cut_short_in_the_copying_is_refused(wlmds_path, tmp_path):
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(wlmds_path.read_bytes()[:200_000])
    with pytest.raises(InputError, match="could not be opened") as caught:
        read_published(cut)
    assert caught.value.__context__ is None
