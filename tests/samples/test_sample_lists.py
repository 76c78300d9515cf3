"""The lists: the same from the same seed, the bundled files current, nobody real, and every kind of dirt there."""

from __future__ import annotations

import importlib.util
import re

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from equiwait.counts.publications import read_published
from equiwait.errors import ColumnsError, InputError, OptionError, PlacesError
from equiwait.fields import field_of
from equiwait.files.read_table import read_table
from equiwait.files.sheets import read_sheets
from equiwait.rows.intake import read_list
from equiwait.samples import PEOPLE, SEED, load_sample, make_list, planted, sample_names, sample_path
from equiwait.samples.example_files import EXAMPLES
from equiwait.samples.layouts import TITLES

NAMES = sample_names()


@pytest.fixture(scope="module")
def written(root, tmp_path_factory):
    """The samples as data/make_samples.py writes them now."""
    spec = importlib.util.spec_from_file_location("make_samples", root / "data" / "make_samples.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.write_samples(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def cells():
    """Every cell of every bundled list that is not empty."""
    return pd.concat([load_sample(name).melt(var_name="header", value_name="cell") for name in NAMES]).dropna()


def test_bundled_text_files_are_what_the_script_writes(written):
    text = [path for path in written if path.suffix != ".xlsx"]
    assert len(text) == 6
    for path in text:
        bundled = sample_path("areas" if path.stem == "areas" else path.stem)
        assert bundled.read_bytes() == path.read_bytes(), f"{path.name} is out of date: run python data/make_samples.py"


def test_the_bundled_workbook_holds_what_the_script_writes(written):
    books = {path.stem: path for path in written if path.suffix == ".xlsx"}
    pd.testing.assert_frame_equal(
        read_table(sample_path("childrens_surgery")), read_table(books.pop("childrens_surgery"))
    )
    (publication,) = books.values()
    for one, two in zip(*(read_sheets(path) for path in (sample_path("published"), publication)), strict=True):
        assert (one.name, one.cells()) == (two.name, two.cells())


def test_the_invented_publication_is_read_as_published_and_its_parts_add_up():
    country = read_published(sample_path("published"), "imd_decile").shares(18)
    trusts = [
        read_published(sample_path("published"), "imd_decile", organisation=code).shares(18) for code in ("EQ0", "EQ1")
    ]
    assert list(country["group"])[::9] == ["1 (most deprived)", "10 (least deprived)"]
    assert country["share_over"].is_monotonic_decreasing
    assert (country["n"] > trusts[0]["n"] + trusts[1]["n"]).all()  # others provide care too


@pytest.mark.parametrize("name", NAMES)
def test_bundled_lists_are_what_make_list_makes_from_the_documented_seed(name):
    assert SEED == 20261031
    pd.testing.assert_frame_equal(load_sample(name), make_list(name, people=PEOPLE[name]))


@pytest.mark.parametrize(("name", "about"), [("adult_ptl", 2000), ("childrens_surgery", 600), ("wlmds_extract", 3000)])
def test_lists_have_about_as_many_rows_as_documented(name, about):
    assert abs(len(load_sample(name)) / about - 1) < 0.05


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_makes_one_list(name):
    once, again = (make_list(name, people=80, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(make_list(name, people=80, seed=6))


def test_lists_of_other_kinds_from_the_same_seed_are_of_other_people():
    adults, children = (
        make_list("adult_ptl", people=80, seed=5, dirt=False),
        make_list("childrens_surgery", people=80, seed=5, dirt=False),
    )
    assert not adults["Post Code"].equals(children["Postcode"])


def test_a_clean_list_has_one_open_pathway_a_person():
    clean = make_list("adult_ptl", people=300, dirt=False)
    assert len(clean) == 300
    assert clean["Pathway ID"].is_unique
    assert clean["Hospital No"].is_unique
    assert (read_list(clean, snapshot="2026-10-31")["scope"] == "rtt_open").all()


# --- nobody real -----------------------------------------------------------------------------------------------------

_ODD_ADDRESSES = {"EQ", "EQ4", "NOT GIVEN", "EQ2 12345"}


def test_no_postcode_is_of_a_real_postcode_area(cells):
    postcodes = cells.loc[cells["header"].isin(["Post Code", "Postcode"]), "cell"].str.strip().str.upper()
    assert len(postcodes) > 2000
    assert postcodes.str.match(r"EQ|ZZ99").mask(postcodes.isin(_ODD_ADDRESSES), True).all()


def test_area_codes_are_not_those_of_real_areas(cells, shared_data):
    codes = set(cells.loc[cells["header"] == "derLSOA2021", "cell"])
    real = set(pd.read_csv(shared_data / "lookups" / "rural_urban_2021_lsoa2021.csv")["lsoa21_code"])
    assert len(real) > 30_000
    assert not codes & real


def test_nothing_looks_like_an_nhs_number(cells):
    number = r"\d{3}[ -]?\d{3}[ -]?\d{4}(?:\D|$)"  # no look-ahead: Arrow's search, which pandas 2 uses, knows none
    assert cells["cell"].str.contains(r"\d{4}(?:\D|$)").any()
    assert not cells["cell"].str.contains(number).any()


def test_nobody_has_a_name():
    headers = {header.lower() for name in NAMES for header in load_sample(name).columns}
    assert not [header for header in headers if re.search(r"name|forename|address|phone|e-?mail", header)]


# --- every kind of dirt ----------------------------------------------------------------------------------------------

_POSTCODES = {
    "lower case": r"eq\d \d[a-z]{2}", "no space": r"EQ\d\d[A-Z]{2}", "two spaces": r"EQ\d  \d[A-Z]{2}",
    "a stop": r"EQ\d \d[A-Z]{2}\.", "O for nought": r"EQ\d O[A-Z]{2}", "I for one": r"EQ\d I[A-Z]{2}",
    "spaces round it": r" EQ\d \d[A-Z]{2} ", "no fixed abode": r"ZZ99 3VZ", "not known": r"ZZ99 3WZ",
    "overseas": r"ZZ99 [67][AC]Z", "not in the directory": r"EQ[12]\d \dAB",
    "not a postcode": r"NOT GIVEN|EQ|EQ4|EQ2 12345",
}  # fmt: skip
_DATES = {
    "day first": r"\d\d/\d\d/20\d\d", "month in words": r"\d\d-[A-Z][a-z]{2}-20\d\d", "ISO": r"20\d\d-\d\d-\d\d",
    "serial": r"4[56]\d{3}", "midnight": r"20\d\d-\d\d-\d\d 00:00:00",
}  # fmt: skip


@pytest.mark.parametrize("what", _POSTCODES)
def test_postcodes_come_in_every_spelling(what):
    assert load_sample("adult_ptl")["Post Code"].str.fullmatch(_POSTCODES[what]).any()


@pytest.mark.parametrize("what", _DATES)
def test_dates_are_mixed_within_a_column(what):
    for header in ("RTT Clock Start Date", "DTA Date"):
        assert load_sample("adult_ptl")[header].str.fullmatch(_DATES[what]).any()


def test_no_date_can_be_read_in_two_ways(cells):
    numbers = cells["cell"].str.extract(r"^(\d\d)/(\d\d)/\d{4}$").dropna().astype(int)
    assert len(numbers) > 1000
    assert ((numbers[0] > 12) | numbers[0].eq(0)).all()


@pytest.mark.parametrize("code", ["P2", "P3", "P4"])
def test_p_codes_come_in_five_spellings(code):
    found = load_sample("adult_ptl")["P Code"].dropna()
    spellings = {cell for cell in found if re.fullmatch(rf"(p|priority)?[ -]?{code[1]}", cell, re.IGNORECASE)}
    assert len(spellings) == 5


def test_what_is_not_recorded_comes_in_every_kind():
    ethnicity = load_sample("adult_ptl")["Ethnic Origin"]
    assert ethnicity.isna().any()
    assert {"Z", "99", "Q"} <= set(ethnicity)
    assert ethnicity.str.fullmatch(r"[A-S]1").any()
    assert load_sample("adult_ptl")["LD Flag"].isna().any()
    assert set(load_sample("adult_ptl")["Carer Flag"].dropna()) == {"Y"}


@pytest.mark.parametrize("name", NAMES)
def test_every_scope_is_there(name):
    waiting = read_list(sample_path(name), snapshot="2026-10-31")
    scopes = set(waiting["scope"].cat.categories) - {"unknown_snapshot"}
    scopes -= {"other_snapshot"} if name != "wlmds_extract" else set()
    assert scopes == set(waiting["scope"])


def test_the_rest_of_the_dirt_is_there():
    adults, national = load_sample("adult_ptl"), load_sample("wlmds_extract")
    waiting = read_list(adults, snapshot="2026-10-31")
    assert adults["RTT Stop Date"].eq("31/12/9999").any()
    assert national["REFERRAL_TO_TREATMENT_PERIOD_END_DATE"].eq("9999-12-31").any()
    assert adults["RTT Clock Start Date"].isin(["TBC", "31/02/2026", "00/00/0000"]).any()
    assert adults["Admin Note"].str.startswith(("=", "+", "-", "@"), na=False).any()
    assert {"PTL0", "OTHR"} <= set(national["Waiting_List_Type"])
    assert {"P5", "P6"} <= set(waiting["patient_choice"].dropna())
    assert waiting.loc[waiting["scope"] == "rtt_open", "person_id"].duplicated().any()
    assert waiting["tci_date"].notna().any()
    assert waiting["cancer_pathway"].any()


@pytest.mark.parametrize("name", NAMES)
def test_every_header_is_known_but_the_one_of_the_hospitals_own(name):
    unknown = [header for header in load_sample(name).columns if field_of(header) is None]
    assert unknown == ([] if name == "wlmds_extract" else ["Admin Note"])


def test_the_workbook_has_two_lines_of_title_and_real_dates():
    rows = CalamineWorkbook.from_path(str(sample_path("childrens_surgery"))).get_sheet_by_index(0).to_python()
    assert tuple(row[0] for row in rows[:2]) == TITLES
    assert rows[2][0] == "Waiting List ID"
    assert {type(row[rows[2].index("Clock Start")]).__name__ for row in rows[3:]} >= {"date", "float", "str"}


# --- what cannot be made ---------------------------------------------------------------------------------------------

HOMES = pd.DataFrame(
    {"postcode": [f"EQ{i} 1AA" for i in range(1, 6)], "area_code": "E01990001", "quintile": range(1, 6)}
)


def test_people_live_where_they_are_told_to():
    made = make_list("adult_ptl", people=60, places=HOMES, dirt=False)
    assert set(made["Post Code"]) == set(HOMES["postcode"])


def test_places_without_po_boxes_still_make_a_dirty_list():
    assert len(make_list("adult_ptl", people=400, places=HOMES)) > 400


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: make_list("adults"), OptionError, "adult_ptl"),
        (lambda: make_list("adult_ptl", people=0), OptionError, "people=0"),
        (lambda: make_list("adult_ptl", people=2.5), OptionError, r"people=2\.5"),
        (lambda: make_list("adult_ptl", seed=-1), OptionError, "seed=-1"),
        (lambda: make_list("adult_ptl", places=HOMES.drop(columns="quintile")), ColumnsError, "quintile"),
        (lambda: make_list("adult_ptl", places=HOMES[HOMES["quintile"] != 4]), PlacesError, "fifths 4"),
        (lambda: planted("children"), OptionError, "childrens_surgery"),
        (lambda: load_sample("index"), OptionError, "wlmds_extract"),
        (lambda: sample_path("adult"), OptionError, "Did you mean 'adult_ptl'"),
    ],
)
def test_what_cannot_be_made_says_what_to_type(call, error, says):
    with pytest.raises(error, match=says) as caught:
        call()
    assert caught.value.__context__ is None


def test_an_installation_without_data_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("equiwait.samples.example_files.__file__", str(tmp_path / "a" / "b" / "c" / "d" / "files.py"))
    with pytest.raises(InputError, match="did not come with this installation"):
        sample_path("adult_ptl")


def test_some_people_give_postcodes_that_have_ended_or_lie_in_no_area():
    directory = pd.read_csv(sample_path("directory"), dtype=str, keep_default_na=False)
    given = set(load_sample("adult_ptl")["Post Code"].dropna())
    assert given & set(directory.loc[directory["doterm"] != "", "pcds"])
    assert given & set(directory.loc[directory["lsoa21cd"] == "", "pcds"])


def test_every_notebook_and_example_of_the_project_is_among_those_that_are_written(root):
    there = {f"notebooks/{path.name}" for path in (root / "notebooks").glob("*.ipynb")}
    there |= {f"examples/{path.name}" for path in (root / "examples").iterdir() if path.is_file()}
    assert there == {source for source in EXAMPLES.values() if source.startswith(("notebooks/", "examples/"))}
