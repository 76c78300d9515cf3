"""`read_population`: published files, wide and long; nobody counted twice, no cell shown."""

from __future__ import annotations

import pandas as pd
import pytest

from equiwait.answers.population import read_population
from equiwait.errors import ColumnsError, InputError


def test_single_years_of_age_as_published(shared_data):
    population = read_population(shared_data / "population" / "ons_mid2020_lsoa2011_single_year_of_age.csv")
    assert list(population.columns) == ["area_code", "age", "age_to", "people", "lsoa11_name"]
    assert population["people"].sum() == 59_719_724, "the published total of England and Wales"
    assert len(population) == 34_753 * 91
    first = population[population["area_code"] == "E01011949"]
    assert first["people"].sum() == 1944
    assert first.iloc[[0, 1, -1]][["age", "age_to", "people"]].to_numpy().tolist() == [
        [0, 0, 20],
        [1, 1, 32],
        [90, 199, 7],
    ]


def test_a_packed_long_file_with_a_column_of_its_own(shared_data):
    population = read_population(shared_data / "population" / "census2021_disability_lsoa2021.csv.gz")
    assert list(population.columns) == ["area_code", "people", "disability"]
    assert population["people"].iloc[:2].tolist() == [152, 1323]


def test_ages_by_sex_in_columns():
    raw = pd.DataFrame(
        {
            "LSOA 2021 Code": ["E01000001"],
            "LAD 2021 Code": ["E09000001"],
            "Total": [60],
            "F0": [10],
            "F90": [20],
            "M0": [12],
            "M90": [18],
        }
    )
    population = read_population(raw)
    assert population["area_code"].tolist() == ["E01000001"] * 4, "the smallest area that has a code"
    assert population[["sex", "age", "age_to", "people"]].to_numpy().tolist() == [
        ["2", 0, 0, 10], ["2", 90, 199, 20], ["1", 0, 0, 12], ["1", 90, 199, 18],
    ]  # fmt: skip


def test_bands_and_census_words():
    cells = [
        "Aged 4 years and under",
        "Aged 5 to 9 years",
        "10-14",
        "15–17",
        "Aged 18 years",
        "85+",
        "Aged 90 years and over",
        "under 1",
    ]
    raw = pd.DataFrame({"area_code": "E01000001", "Age group": cells, "Observation": range(8)})
    population = read_population(raw)
    assert population[["age", "age_to"]].to_numpy().tolist() == [
        [0, 4], [5, 9], [10, 14], [15, 17], [18, 18], [85, 199], [90, 199], [0, 0],
    ]  # fmt: skip


def test_rows_for_both_sexes_are_left_out_where_each_has_its_own():
    raw = pd.DataFrame({"sex": ["Male", "F", "Persons"], "age": ["0", "0", "0"], "count": ["1,200", "1,100", "2,300"]})
    population = read_population(raw)
    assert population[["sex", "people"]].to_numpy().tolist() == [["1", 1200], ["2", 1100]]
    assert "sex" not in read_population(raw.tail(1)).columns


def test_headers_of_your_own():
    raw = pd.DataFrame({"where": ["E01000001"], "how many": [7]})
    population = read_population(raw, columns={"where": "area_code", "how many": "people"})
    assert population[["area_code", "people"]].to_numpy().tolist() == [["E01000001", 7]]


@pytest.mark.parametrize(
    ("raw", "error", "says"),
    [
        ({"area_code": ["E01000001"], "shops": ["3"]}, ColumnsError, "number of people"),
        ({"area_code": ["E01000001"], "people": ["Zqx7"]}, InputError, "1 cells of the column 'people'"),
        ({"area_code": ["E01000001"], "people": ["-3"]}, InputError, "not numbers of people"),
        ({"age": ["Zqx7"], "people": ["3"]}, InputError, "1 rows of the population file have ages"),
        ({"sex": ["Zqx7"], "people": ["3"]}, InputError, "1 rows of the population file have sexes"),
        ({"0": ["1"], "0-4": ["5"], "5-9": ["5"]}, InputError, "twice"),
        ({"0": ["1"], "1": ["1"], "F0": ["5"], "F1": ["5"]}, InputError, "beside ages by sex"),
    ],
)
def test_what_cannot_be_read_is_counted_and_not_shown(raw, error, says):
    with pytest.raises(error, match=says) as caught:
        read_population(pd.DataFrame(raw))
    assert "Zqx7" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_header_that_is_not_there():
    with pytest.raises(ColumnsError, match="headers that are not there: nowhere"):
        read_population(pd.DataFrame({"people": [1]}), columns={"nowhere": "area_code"})
