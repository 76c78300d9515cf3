"""`representation`: the list against the people who live there, checked by hand on the real population of Birmingham."""

from __future__ import annotations

import csv
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import equiwait as ew
from equiwait.answers.population import read_population, representation
from equiwait.answers.population.direct_ratios import direct_ratios
from equiwait.answers.population.sentences import UNMET_NEED
from equiwait.errors import ColumnsError, OptionError, RefusedError
from people_lists import list_of, row

POPULATION = "population/ons_mid2020_lsoa2011_single_year_of_age.csv"


@pytest.fixture(scope="module")
def birmingham(shared_data):
    """Codes of Birmingham's areas, and for each its people by year of age, straight from the files."""
    with (shared_data / "lookups" / "lsoa2011_to_sicbl2022_icb2022_lad2022.csv").open(encoding="utf-8") as file:
        codes = {line["lsoa11_code"] for line in csv.DictReader(file) if line["ltla22_code"] == "E08000025"}
    with (shared_data / POPULATION).open(encoding="utf-8") as file:
        years = {
            line["lsoa11_code"]: [int(line[str(age)]) for age in range(90)] + [int(line["90+"])]
            for line in csv.DictReader(file)
            if line["lsoa11_code"] in codes
        }
    assert len(years) == 639
    return years


@pytest.fixture(scope="module")
def quintiles(shared_data, birmingham):
    with (shared_data / "deprivation" / "imd2015_england_lsoa11.csv").open(encoding="utf-8") as file:
        deciles = {line["lsoa11_code"]: int(float(line["IMD_decile"])) for line in csv.DictReader(file)}
    return {code: (deciles[code] + 1) // 2 for code in birmingham}


@pytest.fixture(scope="module")
def population(shared_data, birmingham, quintiles):
    whole = read_population(shared_data / POPULATION)
    part = whole[whole["area_code"].isin(birmingham)].reset_index(drop=True)
    return part.assign(imd_quintile=part["area_code"].astype(str).map(quintiles).astype("Int8"))


@pytest.fixture(scope="module")
def waiting(birmingham, quintiles):
    """Somebody of every 40th year of life or so; older people oftener, and people of the most deprived fifth less often."""
    rows, owed = [], 0.0
    for code, years in birmingham.items():
        for age, people in enumerate(years):
            owed += people * (0.01 + 0.0006 * age) * (0.7 if quintiles[code] == 1 else 1.1)
            rows += [(code, age, quintiles[code])] * int(owed)
            owed -= int(owed)
    frame = pd.DataFrame(rows, columns=["area_code", "age", "imd_quintile"])
    return list_of(np.arange(len(frame)) % 400, **frame.astype({"age": "Int32", "imd_quintile": "Int8"}))


def by_hand(birmingham, quintiles, waiting):
    """Observed and expected by fifth: rates of all of Birmingham by five years of age."""
    lives, lists, observed = defaultdict(int), defaultdict(int), defaultdict(int)
    for code, years in birmingham.items():
        for age, people in enumerate(years):
            lives[quintiles[code], min(age // 5, 18)] += people
    for quintile, age in zip(waiting["imd_quintile"], waiting["age"], strict=True):
        lists[min(age // 5, 18)] += 1
        observed[quintile] += 1
    whole = defaultdict(int)
    for (_, band), people in lives.items():
        whole[band] += people
    expected = defaultdict(float)
    for (quintile, band), people in lives.items():
        expected[quintile] += people * lists[band] / whole[band]
    return observed, expected


def test_birmingham_by_hand(birmingham, quintiles, population, waiting):
    observed, expected = by_hand(birmingham, quintiles, waiting)
    assert sum(expected.values()) == pytest.approx(len(waiting))
    result = representation(waiting, population, by="imd_quintile", suppression="none")
    table = result.table.set_index(result.table["group"].str[0].astype(int))
    assert sorted(table.index) == sorted(observed)
    for quintile, found in table.iterrows():
        count = observed[quintile]
        assert found["n"] == count
        assert found["population"] == sum(
            sum(years) for code, years in birmingham.items() if quintiles[code] == quintile
        )
        assert found["expected"] == pytest.approx(expected[quintile], abs=0.5)
        assert found["ratio"] == pytest.approx(count / expected[quintile], rel=1e-12)
        # Byar's interval is the exact Poisson one within a thousandth at these counts.
        exact = stats.chi2.ppf([0.025, 0.975], [2 * count, 2 * count + 2]) / 2 / expected[quintile]
        assert [found["ratio_lower"], found["ratio_upper"]] == pytest.approx(exact.tolist(), rel=1e-3)
        assert found["rate_per_1000"] == pytest.approx(1000 * count / found["population"])
    assert table.loc[1, "ratio"] < 1 < table.loc[5, "ratio"]
    assert table.loc[1, "crude_ratio"] < table.loc[1, "ratio"], "people of the most deprived fifth are younger"


def directly_by_hand(birmingham, quintiles, waiting):
    """Each fifth's own rates by five years of age, weighed by all of Birmingham, over Birmingham's rate."""
    lives, listed = defaultdict(int), defaultdict(int)
    for code, years in birmingham.items():
        for age, people in enumerate(years):
            lives[quintiles[code], min(age // 5, 18)] += people
    for quintile, age in zip(waiting["imd_quintile"], waiting["age"], strict=True):
        listed[quintile, min(age // 5, 18)] += 1
    whole = defaultdict(int)
    for (_, band), people in lives.items():
        whole[band] += people
    everybody, overall = sum(whole.values()), len(waiting) / sum(whole.values())
    return {
        quintile: sum(whole[band] / everybody * listed[quintile, band] / lives[quintile, band] for band in whole)
        / overall
        for quintile in range(1, 6)
    }


def test_direct_ratios_by_hand(birmingham, quintiles, population, waiting):
    expected = directly_by_hand(birmingham, quintiles, waiting)
    result = representation(waiting, population, by="imd_quintile", standardise="direct", suppression="none")
    table = result.table.set_index(result.table["group"].str[0].astype(int))
    for quintile, found in table.iterrows():
        assert found["ratio"] == pytest.approx(expected[quintile], rel=1e-12)
        assert found["ratio_lower"] < found["ratio"] < found["ratio_upper"]
        assert np.isnan(found["expected"])
        assert found["method"].startswith("direct; Dobson")
    indirect = representation(waiting, population, by="imd_quintile", suppression="none").table
    assert result.table["rate_per_1000"].tolist() == indirect["rate_per_1000"].tolist(), (
        "the crude rate stays beside it"
    )
    assert result.table["ratio"].tolist() == pytest.approx(indirect["ratio"].tolist(), rel=0.05), (
        "ages differ little here"
    )
    assert "were their age everybody's" in result.findings[0]
    assert any("can be compared" in note for note in result.notes)


def test_direct_ratios_of_two_by_two():
    """A: rates 0.01 and 0.06; B: 0.04 and 0.04; everybody's ages are 2,000 and 1,000; 100 of 3,000 are on the list."""
    found = direct_ratios(np.array([[10.0, 30], [40, 20]]), np.array([[1000.0, 500], [1000, 500]]))
    hand = [(2 / 3 * 0.01 + 1 / 3 * 0.06) * 30, (2 / 3 * 0.04 + 1 / 3 * 0.04) * 30]
    assert found.ratio.value == pytest.approx(hand)
    # Dobson: the rate, and √(variance / events) times Byar's limits of the events less the events.
    low, high = 40 * (1 - 1 / 360 - 1.959964 / (3 * 40**0.5)) ** 3, 41 * (1 - 1 / 369 + 1.959964 / (3 * 41**0.5)) ** 3
    variance = (2 / 3) ** 2 * 10 / 1000**2 + (1 / 3) ** 2 * 30 / 500**2
    ends = [hand[0] + 30 * (variance / 40) ** 0.5 * (end - 40) for end in (low, high)]
    assert [found.ratio.lower[0], found.ratio.upper[0]] == pytest.approx(ends, rel=1e-6)


def test_a_direct_ratio_that_cannot_be_is_not_given():
    few = direct_ratios(np.array([[3.0, 4], [40, 20]]), np.array([[1000.0, 500], [1000, 500]]))
    assert np.isnan(few.ratio.value).tolist() == [True, False]
    assert "fewer than 10" in few.why_not[0]
    gone = direct_ratios(np.array([[30.0, 4], [40, 20]]), np.array([[1000.0, 0], [1000, 500]]))
    assert np.isnan(gone.ratio.value).tolist() == [True, False]
    assert "some ages" in gone.why_not[0]


def test_direct_ratios_are_for_the_team(population, waiting):
    with pytest.raises(OptionError, match="most of these counts are small"):
        representation(waiting, population, by="imd_quintile", standardise="direct")
    with pytest.raises(OptionError, match="standardise"):
        representation(waiting, population, by="imd_quintile", standardise="dirct", suppression="none")
    aged = representation(waiting, population, by="age_band", standardise="direct", suppression="none").table
    assert aged["standardised_for"].unique().tolist() == ["nothing"]
    assert aged["ratio"].tolist() == pytest.approx(aged["crude_ratio"].tolist())


def test_the_caveat_stands_by_the_ratios(population, waiting):
    result = representation(waiting, population, by="imd_quintile")
    assert result.notes[0] == UNMET_NEED
    assert "may mean unmet need" in UNMET_NEED
    low = next(sentence for sentence in result.findings if "1 (most deprived)" in sentence)
    assert "at everybody's rates by age" in low
    assert low.endswith("Fewer people on a list does not say that fewer need to be.")


def test_age_bands_of_the_population_are_those_of_the_list(birmingham, population, waiting):
    table = representation(waiting, population, by="age_band", suppression="none").table.set_index("group")
    assert table.index.tolist() == ["0-18", "19-64", "65+"]
    assert table.loc["65+", "population"] == sum(sum(years[65:]) for years in birmingham.values())
    assert table.loc["65+", "n"] == (waiting["age"] >= 65).sum()
    assert table["standardised_for"].unique().tolist() == ["nothing"]
    at_one_rate = table["population"] * len(waiting) / table["population"].sum()
    assert table["ratio"].tolist() == pytest.approx((table["n"] / at_one_rate).tolist())


def test_rounded_counts_stay_within_the_stated_error(population, waiting):
    small = waiting.iloc[::7]
    exact = representation(small, population, by="imd_quintile", suppression="none").table
    shown = representation(small, population, by="imd_quintile").table
    assert (shown["n"] % 5 == 0).all()
    assert (shown["rounding_error"] > 0).all()
    assert ((shown["ratio"] - exact["ratio"]).abs() <= shown["rounding_error"]).all()


def test_areas_served_are_taken_on_both_sides(birmingham, population, waiting):
    served = sorted(birmingham)[:200]
    result = representation(waiting, population, by="imd_quintile", area=served, suppression="none")
    assert result.table["population"].sum() == sum(sum(birmingham[code]) for code in served)
    assert result.table["n"].sum() == waiting["area_code"].isin(served).sum()
    elsewhere = (~waiting["area_code"].isin(served)).sum()
    assert any(f"{elsewhere:,} live elsewhere" in note for note in result.notes)


def test_a_population_that_is_not_the_one_served_is_refused(shared_data, population, waiting):
    with pytest.raises(RefusedError, match="far more than chance would leave"):
        representation(waiting[waiting["area_code"] < "E01009000"], population, by="imd_quintile")
    with pytest.raises(RefusedError, match="Nobody on the list lives"):
        representation(waiting.assign(area_code="S01006506"), population, by="imd_quintile")


def test_deprivation_of_the_population_is_linked_like_that_of_a_list(shared_data, population, waiting):
    index = ew.load_index(shared_data / "deprivation" / "File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx")
    linked = ew.link_deprivation(population.drop(columns="imd_quintile"), index=index)
    people = ew.link_deprivation(waiting.drop(columns="imd_quintile"), index=index)
    result = representation(people, linked, by="imd_quintile", suppression="none")
    assert result.table["population"].sum() == population["people"].sum()
    assert any("a neighbourhood, not a person" in note for note in result.notes)


# --- small ones, made by hand ----------------------------------------------------------------------------------------


def two_areas(**more):
    return pd.DataFrame({"area_code": ["E01000001", "E01000002"], "people": [1000.0, 3000.0], **more})


def test_sex_is_standardised_for_and_asked_about():
    """Men 2,000 with 30 on the list, women 2,000 with 50; area 1 has 200 men and 800 women."""
    population = pd.DataFrame({
        "area_code": ["E01000001"] * 2 + ["E01000002"] * 2, "sex": pd.Categorical(["1", "2"] * 2), "people": [200, 800, 1800, 1200],
    })  # fmt: skip
    people = [("E01000001", "1", 5), ("E01000001", "2", 30), ("E01000002", "1", 25), ("E01000002", "2", 20)]
    rows = [(area, sex) for area, sex, count in people for _ in range(count)]
    waiting = list_of(9, **pd.DataFrame(rows, columns=["area_code", "sex"]))
    table = representation(waiting, population, by=["area_code", "sex"], suppression="none").table
    first = row(table, group="E01000001")
    assert first["standardised_for"] == "sex"
    assert first["expected"] == pytest.approx(200 * 30 / 2000 + 800 * 50 / 2000)
    assert first["ratio"] == pytest.approx(35 / 23)
    men = row(table, group="Male")
    assert (men["n"], men["population"], men["expected"]) == (30, 2000, 40)


def test_people_who_cannot_be_compared_are_rows_and_notes():
    areas = ["E01000001"] * 20 + ["E01000002"] * 40 + ["E01999999"] * 9 + [None] * 8
    sexes = (["1", "2"] * 30 + ["1"] * 17)[: len(areas)]
    sexes[0] = None
    waiting = list_of(9, area_code=areas, sex=sexes)
    population = pd.concat([two_areas(sex="1"), two_areas(sex="2")])
    result = representation(waiting, population, by="sex", suppression="none")
    silent = row(result.table, group="Not recorded (blank)")
    assert (silent["n"], silent["note"]) == (1, "no population to compare with")
    assert np.isnan(silent["ratio"])
    assert result.unknown["sex"] == ("Not recorded (blank)",)
    assert "9 live elsewhere, 8 have no area that is known" in " ".join(result.notes)
    assert result.table["n"].sum() == 60


def test_a_person_counts_once():
    waiting = list_of([5, 9, 9], area_code=["E01000001", "E01000001", "E01000002"], person_id=["p", "p", None])
    table = representation(waiting, two_areas(), by="area_code", suppression="none").table
    assert table["n"].tolist() == [1, 1]


def test_new_referrals_are_counted_whether_still_waiting_or_not():
    starts = pd.to_datetime(["2026-09-01", "2026-10-15", "2026-10-20", "2026-10-20"]).astype("datetime64[s]")
    waiting = list_of(9, area_code=["E01000001", "E01000001", "E01000002", "E01000002"], clock_start=starts)
    waiting["scope"] = ["rtt_open", "rtt_open", "closed", "planned"]
    result = representation(
        waiting, two_areas(), by="area_code", joined=("2026-10-01", "2026-10-31"), suppression="none"
    )
    assert result.table["n"].tolist() == [1, 1]
    assert result.title.startswith("People referred from 2026-10-01 to 2026-10-31")
    with pytest.raises(RefusedError, match="Nobody's clock started"):
        representation(waiting, two_areas(), by="area_code", joined=("2020-10-01", "2020-10-31"))
    with pytest.raises(OptionError, match="not two dates"):
        representation(waiting, two_areas(), by="area_code", joined=("soon", "later"))


def test_a_list_with_bands_in_place_of_ages():
    population = pd.DataFrame({"age": [0, 19, 65], "age_to": [18, 64, 199], "people": [500, 1000, 500]})
    waiting = list_of(9, age_band=["0-18"] * 10 + ["19-64"] * 20 + ["65+"] * 30)
    table = representation(waiting, population, by="age_band", suppression="none").table
    assert table["ratio"].tolist() == pytest.approx([10 / 15, 20 / 30, 30 / 15])
    with pytest.raises(RefusedError, match="do not fit"):
        representation(waiting, population.assign(age_to=[19, 64, 199]), by="age_band")


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(8, 60), min_size=4, max_size=4), st.lists(st.integers(500, 4000), min_size=4, max_size=4))
def test_what_is_expected_adds_up_to_what_is_observed(counts, lives):
    """Over the groups of a question, expected adds up to observed; equal rates give ratios of 1."""
    cells = [("E01000001", "1"), ("E01000001", "2"), ("E01000002", "1"), ("E01000002", "2")]
    rows = [cell for cell, count in zip(cells, counts, strict=True) for _ in range(count)]
    waiting = list_of(9, **pd.DataFrame(rows, columns=["area_code", "sex"]))
    population = pd.DataFrame(cells, columns=["area_code", "sex"]).assign(people=lives)
    table = representation(waiting, population, by="area_code", suppression="none").table
    assert (table["n"] / table["ratio"]).sum() == pytest.approx(sum(counts))
    even = representation(
        waiting, population.assign(people=[10.0 * count for count in counts]), by="area_code", suppression="none"
    )
    assert even.table["ratio"].tolist() == pytest.approx([1.0, 1.0])


def test_small_numbers_are_hidden():
    waiting = list_of(9, area_code=["E01000001"] * 3 + ["E01000002"] * 60)
    table = representation(waiting, two_areas(), by="area_code").table
    few = row(table, group="E01000001")
    assert few["suppressed"]
    assert few[["n", "rate_per_1000", "expected", "ratio", "ratio_lower", "crude_ratio"]].isna().all()


def test_the_expected_cannot_tell_what_is_hidden():
    """Lists that differ by one person in a small stratum are shown alike: rates come from counts as they may be shown."""
    population = pd.concat([two_areas(sex=sex) for sex in "12"])
    shown = []
    for women in (3, 5):
        sexes, areas = ["1"] * 60 + ["2"] * women, ["E01000001", "E01000002"] * 30 + ["E01000002"] * women
        table = representation(list_of(9, area_code=areas, sex=sexes), population, by="area_code").table
        shown.append(table["expected"].tolist())
    assert shown[0] == shown[1]


def test_nonsense_is_refused():
    waiting = list_of(9, area_code=["E01000001"] * 20 + ["E01000002"] * 20)
    with pytest.raises(ColumnsError, match="the population needs"):
        representation(waiting.assign(imd_quintile=1), two_areas(), by="imd_quintile")
    with pytest.raises(ColumnsError, match="people"):
        representation(waiting, two_areas().drop(columns="people"), by="area_code")
    with pytest.raises(OptionError, match="1 of the 2 areas of area= are not in the population"):
        representation(waiting, two_areas(), by="area_code", area=["E01000001", "E01777777"])
    with pytest.raises(OptionError, match="age_bands='decades'"):
        representation(waiting, two_areas(), by="area_code", age_bands="decades")
    with pytest.raises(OptionError, match="by= is empty"):
        representation(waiting, two_areas())


def test_pictures(population, waiting):
    result = representation(waiting, population, by=["imd_quintile", "age_band"])
    assert [chart.name for chart in result.charts()] == [
        "against the population by imd_quintile", "against the population by age_band",
    ]  # fmt: skip
    assert "as expected 1.00" in [text.get_text() for text in result.plot().texts]


def test_labels_that_match_nothing_are_refused_with_both_lists_of_them():
    """All ratios were empty, and the finding said that none stood clear of chance."""
    waiting = pd.DataFrame({"scope": "rtt_open", "days_waiting": 9, "team": ["White"] * 60 + ["Black"] * 40})
    living = pd.DataFrame({"team": ["White British", "Black African"], "people": [5000, 5000]})
    with pytest.raises(RefusedError, match="named differently") as refused:
        representation(waiting, living, by="team")
    for label in ("White", "Black", "White British", "Black African", "labels="):
        assert label in str(refused.value)
    named = {"White British": "White", "Black African": "Black"}
    ratios = representation(waiting, living, by="team", labels=named, suppression="none").table.set_index("group")[
        "ratio"
    ]
    assert ratios.to_dict() == pytest.approx({"White": 1.2, "Black": 0.8})
