"""The monthly RTT tables: the full extract, the workbooks, and real tables made from them, cell by published cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from equiwait.counts.publications import read_published
from equiwait.counts.publications.treatment_functions import FUNCTIONS
from equiwait.errors import InputError, OptionError, RefusedError

# --- real tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part"), [("incomplete", "incomplete"), ("admitted", "admitted"), ("nonadmitted", "non_admitted")]
)
def test_every_published_cell_of_march_2015(refcases, name, part):
    path = refcases / "inputs" / f"nhse_rtt_{name}_2015-03.csv.gz"
    theirs = pd.read_csv(path)
    theirs["specialty"] = theirs["tf_code"].str[2:]
    ours = pd.concat([measured(path, part, specialty) for specialty in (None, "Total")])
    both = theirs.merge(ours, "left", on=["ccg_code", "specialty"], validate="one_to_one")
    assert len(both) == 4240
    assert both.loc[both["pub_total"] >= 50, "n"].notna().all()
    sound = both[both["flag"] == "ok"]
    for mine, published in (("median", "pub_median_weeks"), ("p95", "pub_p95_weeks"), ("share", "pub_pct_within18")):
        np.testing.assert_allclose(sound[mine].astype(float), sound[published], rtol=0, atol=1e-6)
    few = both[both["pub_total"] < 50]
    assert few[["median", "p95", "pub_median_weeks", "pub_p95_weeks"]].isna().all(axis=None)
    assert len(sound) > 1_800


def measured(path, part, specialty):
    waits = read_published(path, part=part, level="commissioner", specialty=specialty)
    cells = waits.quantile(0.5).rename(columns={"weeks": "median"})
    cells["p95"] = waits.quantile(0.95, reproduce=True)["weeks"]
    cells["share"] = waits.shares(18)["share_up_to"].to_numpy(dtype=float, na_value=np.nan)
    codes = {"ccg_code": cells["within"].str.split(":").str[0], "specialty": cells["group"].str.split(":").str[0]}
    return cells[["n", "median", "p95", "share"]].assign(**codes)


def test_the_real_totals_stand_alone(refcases):
    waits = read_published(refcases / "inputs" / "nhse_rtt_incomplete_2015-03_ccg_totals.csv", "commissioner")
    table = pd.read_csv(refcases / "inputs" / "nhse_rtt_incomplete_2015-03_ccg_totals.csv")
    assert waits.table["people"].sum() == table["pub_total"].sum()
    assert len(waits.cube(("commissioner",))[0]) == table["ccg_code"].nunique()


def test_the_real_provider_table_of_march_2026(shared_data):
    path = shared_data / "waiting_lists" / "rtt_incomplete_provider_mar2026_clean.csv"
    theirs = pd.read_csv(path)
    total = theirs[theirs["treatment_function_code"] == "C_999"].set_index("provider_code")
    waits = read_published(path, "provider")
    assert waits.about.bands == (0, 127, 365, 456, 547)
    assert waits.about.snapshot == "2026-03-31"
    mine = waits.shares(18).assign(provider=lambda table: table["group"].str.split(":").str[0]).set_index("provider")
    there = total[total["total_incomplete_pathways"] > 0].reindex(mine.index)
    assert len(mine) == (total["total_incomplete_pathways"] > 0).sum()
    assert (mine["n"] == there["total_incomplete_pathways"]).all()
    np.testing.assert_allclose(mine["share_up_to"].astype(float), there["pct_within_18_weeks"], atol=1e-12)
    for weeks, column in ((52, "total_52_plus"), (65, "total_65_plus"), (78, "total_78_plus")):
        assert waits.shares(weeks)["over"].sum() == total[column].sum()
    with pytest.raises(RefusedError, match="no median"):
        waits.quantile(0.5)
    with pytest.raises(RefusedError, match="over 40 weeks"):
        waits.shares(40)


def test_one_provider_one_specialty_one_region(shared_data):
    path = shared_data / "waiting_lists" / "rtt_incomplete_provider_mar2026_clean.csv"
    assert read_published(path, organisation="R1H", specialty="C_101").shares(18)[
        ["n", "up_to"]
    ].to_numpy().tolist() == [[6514, 3930]]
    regions = read_published(path, "region", specialty="General Surgery")
    assert len(regions.shares(52)) == 7
    strata = read_published(path, level="region")
    assert strata.about.within == ("region",)
    assert len(strata.strata(("specialty",))) == 7
    with pytest.raises(OptionError, match="'R1Q' is not in the publication") as caught:
        read_published(path, organisation="R1Q")
    assert "provider: R1H" in str(caught.value)
    with pytest.raises(OptionError, match="ethnicity") as caught:
        read_published(path, "ethnicity")
    assert "nothing about the people" in str(caught.value)


# --- the full extract ------------------------------------------------------------------------------------------------

IDS = [
    "Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name",
    "Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name",
    "RTT Part Type", "RTT Part Description", "Treatment Function Code", "Treatment Function Name",
]  # fmt: skip
TAIL = ["Total", "Patients with unknown clock start date", "Total All"]


def heads(weeks=104):
    return [
        *IDS,
        *(f"Gt {week:02d} To {week + 1:02d} Weeks SUM 1" for week in range(weeks)),
        f"Gt {weeks:02d} Weeks SUM 1",
        *TAIL,
    ]


def row(part, function, waits, *, provider="RRK", commissioner="15E", unknown="", total=None, weeks=104):
    cells = [waits.get(week, "") for week in range(weeks + 1)]
    known = sum(waits.values())
    completed = part in ("Part_1A", "Part_1B")
    everyone = total if total is not None else known + (unknown or 0)
    return [
        "RTT-June-2026", "QHL", "NHS Birmingham", provider, f"Trust {provider}", "QHL", "NHS Birmingham", commissioner,
        f"Board {commissioner}", part, "words", function, FUNCTIONS.get(function.removeprefix("C_"), "Total"), *cells,
        known if completed else "", unknown, everyone,
    ]  # fmt: skip


ROWS = [
    row("Part_2", "C_100", {0: 60, 17: 30, 18: 10}),
    row("Part_2", "C_110", {2: 40, 52: 5, 104: 2}),
    row("Part_2", "C_999", {0: 60, 2: 40, 17: 30, 18: 10, 52: 5, 104: 2}),
    row("Part_2", "X02", {3: 7}, provider="RLQ", commissioner="NONC"),
    row("Part_2", "C_999", {3: 7}, provider="RLQ", commissioner="NONC"),
    row("Part_2", "X02", {}, provider="RLQ", total=4),
    row("Part_2", "C_999", {}, provider="RLQ", total=4),
    row("Part_2A", "C_100", {17: 20}),
    row("Part_2A", "C_999", {17: 20}),
    row("Part_1A", "C_100", {5: 50, 20: 10}, unknown=3),
    row("Part_1A", "C_999", {5: 50, 20: 10}, unknown=3),
    row("Part_1B", "C_100", {5: 9}),
    row("Part_1B", "C_999", {5: 9}),
    row("Part_3", "C_100", {}, total=300),
    row("Part_3", "C_999", {}, total=300),
]


@pytest.fixture
def extract(tmp_path):
    def write(rows=ROWS, columns=None, titles=(), name="20260630-RTT-June-2026-full-extract.csv"):
        path = tmp_path / name
        table = pd.DataFrame(rows, columns=columns or heads())
        text = "".join(f"{title}\n" for title in titles) + table.to_csv(index=False, lineterminator="\n")
        path.write_text(text, encoding="utf-8-sig")
        return path

    return write


def test_the_header_is_the_real_one(shared_data):
    real = pd.read_csv(shared_data / "waiting_lists" / "rtt_full_extract_csv_header_only_121cols.csv", nrows=0)
    assert heads() == list(real.columns)


def test_the_extract_without_its_totals_nor_parts_of_parts(extract):
    waits = read_published(extract())
    assert waits.table["people"].sum() == 147
    assert waits.about.excluded == {"commissioned_outside_england": 7, "waits_not_banded": 4}
    assert (waits.about.estimand, waits.about.snapshot, waits.about.window) == ("still_waiting", "2026-06-30", ())
    assert len(waits.about.bands) == 105
    shares = waits.shares(18).set_index("group")
    assert shares.loc["100: General Surgery", ["up_to", "over"]].tolist() == [90, 10]
    assert waits.shares(104)["over"].tolist() == [0, 2]
    assert waits.shares(52)["over"].tolist() == [0, 7]


def test_completed_parts_are_of_the_month_and_keep_unknown_clock_starts_apart(extract):
    waits = read_published(extract(), part="admitted")
    assert (waits.about.estimand, waits.about.window) == ("completed", ("2026-06-01", "2026-06-30"))
    assert waits.table[["event", "people"]].to_numpy().tolist() == [
        ["treated", 50],
        ["treated", 10],
        ["unknown_clock_start", 3],
    ]
    assert waits.shares(18)[["n", "share_over"]].to_numpy().tolist() == [[60, 10 / 60]]
    assert read_published(extract(), part="non_admitted").table["event"].tolist() == ["unknown"]
    assert read_published(extract(), part="incomplete_with_dta").table["people"].tolist() == [20]


def test_organisations_of_the_extract(extract):
    path = extract()
    assert read_published(path, organisation="RRK").table["people"].sum() == 147
    assert read_published(path, organisation="NONC").table["people"].sum() == 7
    assert read_published(path, organisation="QHL", level="provider_parent").about.source.endswith(
        "QHL: NHS Birmingham"
    )
    with pytest.raises(OptionError, match="is a provider_parent and a commissioner_parent"):
        read_published(path, organisation="QHL")
    crossed = read_published(path, [("provider", "specialty")])
    assert crossed.cube(("provider", "specialty"))[0]["group"].tolist() == [
        "RRK: Trust RRK × 100: General Surgery", "RRK: Trust RRK × 110: Trauma and Orthopaedic",
    ]  # fmt: skip


def test_older_extracts_end_at_52_weeks_and_may_have_titles(extract):
    old = [row("Part_2", "C_100", {0: 60, 52: 3}, weeks=52), row("Part_2", "C_999", {0: 60, 52: 3}, weeks=52)]
    path = extract(old, heads(52), titles=["Referral to treatment", "Full extract, England"])
    waits = read_published(path)
    assert waits.shares(52)["over"].tolist() == [3]
    with pytest.raises(RefusedError, match="over 65 weeks"):
        waits.shares(65)


def test_the_zip_that_the_extract_comes_in(extract, tmp_path):
    import zipfile

    packed = tmp_path / "Full-CSV-data-file-Jun26-ZIP-4M-97ylx5.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.write(extract(), "extract.csv")
    assert read_published(packed).table["people"].sum() == 147


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[:1] + rows[2:], "1 of 3 organisations do not add up to their total row"),
        (lambda rows: [[*rows[0][:13], 61, *rows[0][14:]], *rows[1:]], "1 of 7 rows do not add up to their total"),
        (lambda rows: [rows[0], *rows], "1 rows stand twice"),
        (lambda rows: [[*rows[0][:-1], ""], *rows[1:]], "1 of 7 rows do not add up"),
    ],
)
def test_an_extract_that_was_changed_is_refused(extract, change, words):
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_published(extract(change(ROWS)))
    assert words in caught.value.found


def test_an_extract_without_a_week_is_refused(extract):
    table = pd.DataFrame(ROWS, columns=heads()).drop(columns="Gt 30 To 31 Weeks SUM 1")
    with pytest.raises(InputError) as caught:
        read_published(extract(table.to_numpy().tolist(), list(table.columns)))
    assert "103 weekly bands" in caught.value.found


def test_parts_that_are_not_there(extract):
    only = [one for one in ROWS if one[9] in ("Part_1A", "Part_3")]
    with pytest.raises(OptionError, match="part='incomplete' is not in this file"):
        read_published(extract(only))
    with pytest.raises(RefusedError, match="nobody in them has waited"):
        read_published(extract(), part="new_periods")
    with pytest.raises(OptionError, match="part='waiting' is not understood"):
        read_published(extract(), part="waiting")
    with pytest.raises(OptionError, match="week= means nothing"):
        read_published(extract(), week="2026-06-28")
    with pytest.raises(InputError, match="headers of a publication and no rows"):
        read_published(extract([]))


# --- the workbooks ---------------------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    def write(
        sheets, name="Incomplete-Provider-Mar26-XLSX-9M-97ylx5.xlsx", summary="incomplete pathways", period="March 2026"
    ):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            for title, (columns, rows) in sheets.items():
                write_sheet(book.add_worksheet(title), columns, rows, summary, period)
        return path

    return write


def write_sheet(sheet, columns, rows, summary, period):
    """As published: titles in column B, a caption, the header in row 14, the table from column B on, a footnote."""
    titles = {"Title:": "Referral to Treatment (RTT) Waiting Times", "Summary:": f"Monthly RTT waiting times for {summary}.",
              "Period:": period, "Source:": "NHS England", "Basis:": "Provider"}  # fmt: skip
    for place, (head, text) in enumerate(titles.items(), start=1):
        sheet.write_row(place, 1, [head, text])
    sheet.write(11, 1, "Provider Level Data")
    sheet.write(11, 6, "The number of incomplete pathways by week since referral")
    sheet.write_row(13, 1, columns)
    for place, cells in enumerate(rows, start=14):
        sheet.write_row(place, 1, cells)
    sheet.write(15 + len(rows), 1, "Note: percentiles are not shown for fewer than 50 pathways.")


PROVIDER = ["Region Code", "Provider Code", "Provider Name", "Treatment Function Code", "Treatment Function"]
OLD_COMMISSIONER = ["CCG Code", "CCG Name", "Treatment Function Code", "Treatment Function"]
SUMMARY = ["Total number of incomplete pathways", "Total within 18 weeks", "% within 18 weeks",
           "Average (median) waiting time (in weeks)", "92nd percentile waiting time (in weeks)", "Total 52 plus weeks"]  # fmt: skip
WITH_DTA = ["Total number of incomplete pathways with a decision to admit for treatment", "% with a decision to admit"]
COMPLETED = ["Total number of completed pathways (all)", "Patients with unknown clock start date",
             "Total number of completed pathways (with a known clock start)", "% within 18 weeks"]  # fmt: skip


def columns(ids, summary, weeks=104):
    return [*ids, *(f">{week}-{week + 1}" for week in range(weeks)), f"{weeks} plus", *summary]


def bands(waits, weeks=104):
    return [waits.get(week, 0) for week in range(weeks + 1)]


def provider_rows():
    one = {0: 60, 17: 30, 18: 10}
    summary = ["1,00", 90, 0.9, 0.8, "-", 0]
    return [
        ["Y60", "RRK", "TRUST ONE", "C_100", "General Surgery Service", *bands(one), 100, *summary[1:]],
        ["Y60", "RRK", "TRUST ONE", "C_999", "Total", *bands(one), 100, *summary[1:]],
        ["Y59", "RLQ", "TRUST TWO", "C_100", "General Surgery Service", *bands({104: 1204}), "1,204", 0, 0, "-", "-", 1204],
        ["Y59", "RLQ", "TRUST TWO", "C_999", "Total", *bands({104: 1204}), "1,204", 0, 0, "-", "-", 1204],
    ]  # fmt: skip


def test_the_provider_workbook(workbook):
    dta = [[*cells[:5], *bands({17: 1}), 1, 0.01] for cells in provider_rows()]
    path = workbook({
        "Provider": (columns(PROVIDER, SUMMARY), provider_rows()),
        "Provider with DTA": (columns(PROVIDER, WITH_DTA), dta),
        "IS Provider": (columns(PROVIDER, SUMMARY), provider_rows()),
    })  # fmt: skip
    waits = read_published(path, "provider")
    assert waits.about.snapshot == "2026-03-31"
    assert waits.shares(18)[["group", "n", "over"]].to_numpy().tolist() == [
        ["RLQ: TRUST TWO", 1204, 1204],
        ["RRK: TRUST ONE", 100, 10],
    ]
    assert read_published(path, "region", sheet="IS Provider").table["people"].sum() == 1304
    assert read_published(path, part="incomplete_with_dta").table["people"].tolist() == [2]
    assert len(waits.about.bands) == 105


def test_an_older_commissioner_workbook(workbook):
    rows = [["15E", "NHS ONE CCG", code, name, *bands({3: 4, 52: 1}, 52), 5, 4, 0.8, "-", "-", 1]
            for code, name in (("IP110", "Trauma & Orthopaedics"), ("IP999", "Total"))]  # fmt: skip
    path = workbook(
        {"Commissioner": (columns(OLD_COMMISSIONER, SUMMARY, 52), rows)},
        "Incomplete-Commissioner-Mar15.xlsx",
        period="March 2015",
    )
    waits = read_published(path, "commissioner", specialty="all")
    assert waits.table[["group", "within", "days", "people"]].to_numpy().tolist() == [
        ["15E: NHS ONE CCG", "110: Trauma and Orthopaedic", 22, 4], ["15E: NHS ONE CCG", "110: Trauma and Orthopaedic", 365, 1],
    ]  # fmt: skip
    assert waits.about.snapshot == "2015-03-31"


@pytest.mark.parametrize(
    ("summary", "part"),
    [("completed admitted pathways", "admitted"), ("completed non-admitted pathways", "non_admitted")],
)
def test_the_workbooks_of_completed_pathways(workbook, summary, part):
    rows = [
        ["Y60", "RRK", "TRUST ONE", code, name, *bands({3: 8, 20: 2}), 11, 1, 10, 0.8]
        for code, name in (("C_100", "x"), ("C_999", "Total"))
    ]
    path = workbook({"Provider": (columns(PROVIDER, COMPLETED), rows)}, summary=summary)
    waits = read_published(path, part=part)
    assert waits.about.estimand == "completed"
    assert waits.shares(18)["share_up_to"].tolist() == [0.8]
    assert waits.table["people"].tolist() == [8, 2, 1]
    with pytest.raises(OptionError, match="Say part="):
        read_published(path)


def test_sheets_that_could_both_be_meant(workbook):
    path = workbook({name: (columns(PROVIDER, SUMMARY), provider_rows()) for name in ("National", "Region")})
    with pytest.raises(OptionError, match="Several sheets") as caught:
        read_published(path)
    assert "'National', 'Region'" in str(caught.value)
    with pytest.raises(OptionError, match="sheet='ICB' is not a sheet"):
        read_published(path, sheet="ICB")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (lambda rows: rows[1:], "1 of 2 organisations"),
        (lambda rows: rows[:-1], "1 of 2 organisations"),
        (lambda rows: [[*rows[0][:5], 59, *rows[0][6:]], *rows[1:]], "1 of 4 rows"),
        (lambda rows: [], "No rows"),
    ],
)
def test_a_workbook_that_was_changed_is_refused(workbook, rows, words):
    path = workbook({"Provider": (columns(PROVIDER, SUMMARY), rows(provider_rows()))})
    with pytest.raises(InputError, match="does not agree with itself in sheet Provider") as caught:
        read_published(path)
    assert words in caught.value.found


# --- other files -----------------------------------------------------------------------------------------------------


def test_files_of_other_kinds(tmp_path):
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "page.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "blank.csv").write_text("\n\n", encoding="utf-8")
    for name, words in (("page.pdf", "none of the publications"), ("empty.csv", "is empty"), ("page.xlsx", "could not be opened"), ("blank.csv", "is empty"), ("nowhere.csv", "There is no file 'nowhere.csv'")):  # fmt: skip
        with pytest.raises(InputError, match=words) as caught:
            read_published(tmp_path / name)
        assert caught.value.__context__ is None


def test_a_list_of_pathways_is_sent_to_its_own_door(tmp_path):
    secret = "EQ1 1AA"
    path = tmp_path / "ptl.csv"
    path.write_text(f"pathway_id,clock_start,postcode\nX1,2026-01-01,{secret}\n", encoding="utf-8")
    with pytest.raises(InputError, match="none of the publications") as caught:
        read_published(path)
    assert "read_list" in str(caught.value)
    assert "Headers of a list of pathways: pathway_id, clock_start, postcode" in caught.value.found
    assert secret not in str(caught.value)


@pytest.mark.parametrize("first", ["", "pathway,clock start,\n", "\n\n"])
@pytest.mark.parametrize(
    "somebody", ["X1,01/02/26,EQ1 1AA", "Bellweather,Rosamund,Harbour Row", "Bellweather,Female,White British"]
)
def test_a_list_without_headers_shows_no_cell(tmp_path, first, somebody):
    path = tmp_path / "ptl.csv"
    path.write_text(f"{first}{somebody}\nX2,03/02/26,EQ1 1AB\n", encoding="utf-8")
    with pytest.raises(InputError, match="none of the publications") as caught:
        read_published(path)
    for secret in somebody.split(","):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("given", [pd.DataFrame({"a": [1]}), ["Bellweather"], None, 7])
def test_what_is_no_path_is_sent_to_read_list(given):
    with pytest.raises(InputError, match="takes the path of a published file") as caught:
        read_published(given)
    assert "read_list" in caught.value.todo
    assert "Bellweather" not in str(caught.value)


# --- months, totals and stars ----------------------------------------------------------------------------------------


def test_an_extract_without_totals_is_read_and_says_so(extract):
    table = pd.DataFrame(ROWS, columns=heads()).drop(columns=["Total All"])
    waits = read_published(extract(table.to_numpy().tolist(), list(table.columns)))
    assert waits.table["people"].sum() == 147
    assert "no totals of its own" in waits.about.source
    table = table.drop(columns=["Total", "Patients with unknown clock start date"])
    waits = read_published(extract(table.to_numpy().tolist(), list(table.columns)), part="admitted")
    assert waits.table["people"].sum() == 60
    with pytest.raises(InputError, match="does not agree with itself"):
        read_published(extract(table.drop(index=0).to_numpy().tolist(), list(table.columns)))


def test_headers_without_sum_1(extract):
    table = pd.DataFrame(ROWS, columns=[head.replace(" SUM 1", "") for head in heads()])
    assert read_published(extract(table.to_numpy().tolist(), list(table.columns))).table["people"].sum() == 147


def test_months_are_not_added_up(extract):
    july = [["RTT-July-2026", *cells[1:]] for cells in ROWS]
    path = extract([*ROWS, *july])
    with pytest.raises(OptionError, match="holds 2 months") as caught:
        read_published(path)
    assert "2026-06, 2026-07" in caught.value.found
    for month, last in (("2026-06", "2026-06-30"), ("July 2026", "2026-07-31")):
        waits = read_published(path, month=month)
        assert (waits.about.snapshot, waits.table["people"].sum()) == (last, 147)
    with pytest.raises(OptionError, match="month='2026-08' is not in this file"):
        read_published(path, month="2026-08")
    with pytest.raises(OptionError, match="month='2026-07' is not in this file"):
        read_published(extract(), month="2026-07")
    with pytest.raises(OptionError, match="sheet= means nothing for a text file"):
        read_published(extract(), sheet="Provider")


def test_a_star_is_hidden_and_never_nobody(extract):
    """One form for hidden cells: a star, 1 to 7; what needs it is missing too."""
    one = row("Part_2", "C_100", {0: 60}, total=64)
    one[13 + 17] = "*"
    whole = row("Part_2", "C_999", {0: 60}, total=64)
    whole[13 + 17] = "*"
    other = row("Part_2", "C_110", {3: 5}, provider="RLQ")
    more = [other, [*other[:11], "C_999", *other[12:]]]
    waits = read_published(extract([one, whole, *more]), "provider")
    people = waits.table.set_index(["group", "days"])["people"]
    assert people["RRK: Trust RRK", 0] == 60
    assert people.isna().sum() == 1
    assert pd.isna(people["RRK: Trust RRK", 120])
    assert waits.about.suppression == "hes"
    assert waits.shares(18).set_index("group")["n"].isna().tolist() == [False, True]
    one[-1] = 68  # 8 more than what is shown: no star is so many
    with pytest.raises(InputError, match="does not agree with itself"):
        read_published(extract([one, whole, *more]), "provider")
    one[-1], one[13 + 17] = 64, "few"
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_published(extract([one, whole, *more]))
    assert "1 counts that are neither a number, nor a dash, nor a star" in caught.value.found


def test_stars_in_a_table_made_from_the_workbook(shared_data, tmp_path):
    table = (
        pd.read_csv(shared_data / "waiting_lists" / "rtt_incomplete_provider_mar2026_clean.csv").head(72).astype(object)
    )
    few = table["total_78_plus"].between(1, 7)
    assert few.any()
    table.loc[few, "total_78_plus"] = "*"
    path = tmp_path / "provider.csv"
    table.to_csv(path, index=False)
    hidden = table.loc[few & (table["treatment_function_code"] != "C_999"), "provider_code"].unique()
    shares = read_published(path, "provider").shares(78)
    missing = shares.loc[shares["over"].isna(), "group"].astype(str).str[:3]
    assert sorted(missing) == sorted(hidden)


def national(rows):
    """The rows of all providers added up, function by function."""
    table = pd.DataFrame(rows)
    sums = table.groupby(3)[[*range(5, 5 + 105)]].sum()
    return [
        [code, "x", *cells, sum(cells), 0, 0, "-", "-", 0]
        for code, cells in zip(sums.index, sums.to_numpy().tolist(), strict=True)
    ]


@pytest.mark.parametrize("lacking", [False, True])
def test_a_provider_that_is_missing_beside_the_national_sheet(workbook, lacking):
    rows = provider_rows()
    sheets = {
        "National": (columns(PROVIDER[3:], SUMMARY), national(rows)),
        "Provider": (columns(PROVIDER, SUMMARY), rows[2:] if lacking else rows),
    }
    path = workbook(sheets)
    if lacking:
        with pytest.raises(InputError, match="does not agree with itself") as caught:
            read_published(path, "provider")
        assert "own total in sheet National" in caught.value.found
    else:
        assert read_published(path, "provider").table["people"].sum() == 1304


def test_a_national_sheet_may_take_in_the_independent_providers(workbook):
    rows = provider_rows()
    path = workbook({
        "National": (columns(PROVIDER[3:], SUMMARY), national(rows)),
        "Provider": (columns(PROVIDER, SUMMARY), rows[:2]),
        "IS Provider": (columns(PROVIDER, SUMMARY), rows[2:]),
    })  # fmt: skip
    waits = read_published(path, "provider")
    assert waits.table["people"].sum() == 100
    assert "sheet Provider alone, beside IS Provider" in waits.about.source
    assert read_published(path, "provider", sheet="IS Provider").table["people"].sum() == 1204


@pytest.mark.parametrize("code", ["ENG", "England", "-", "Total"])
def test_a_row_that_adds_up_the_organisations_is_none_of_them(workbook, code):
    rows = provider_rows()
    total = [["-", code, "England", *cells[:2], *cells[2:]] for cells in national(rows)]
    path = workbook({"Provider": (columns(PROVIDER, SUMMARY), [*rows, *total])})
    waits = read_published(path, "provider")
    assert waits.table["people"].sum() == 1304
    assert len(waits.table["group"].unique()) == 2
    path = workbook({"Provider": (columns(PROVIDER, SUMMARY), [*rows[:2], *total])})
    with pytest.raises(InputError, match="does not agree with itself") as caught:
        read_published(path, "provider")
    assert "own total" in caught.value.found


def test_a_sheet_of_another_part_says_which(workbook):
    dta = [[*cells[:5], *bands({17: 1}), 1, 0.01] for cells in provider_rows()]
    path = workbook({
        "Provider": (columns(PROVIDER, SUMMARY), provider_rows()),
        "Provider with DTA": (columns(PROVIDER, WITH_DTA), dta),
    })  # fmt: skip
    with pytest.raises(OptionError, match="does not hold part='incomplete'") as caught:
        read_published(path, sheet="Provider with DTA")
    assert "part='incomplete_with_dta'" in caught.value.todo
    waits = read_published(path, part="incomplete_with_dta", sheet="Provider with DTA")
    assert waits.table["people"].tolist() == [2]
