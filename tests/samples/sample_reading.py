"""A reader of the samples for these tests alone, so that the truth is not checked with what it is meant to check."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from equiwait.samples import sample_path

OVER = {"over_18_weeks": 127, "over_52_weeks": 365, "over_65_weeks": 456}
SNAPSHOT = np.datetime64("2026-10-31")
HEADERS = {
    "adult_ptl": {
        "RTT Clock Start Date": "clock_start", "Post Code": "postcode", "Ethnic Origin": "ethnicity", "Gender": "sex",
        "P Code": "priority", "LD Flag": "learning_disability", "DOB": "born",
    },
    "childrens_surgery": {
        "Clock Start": "clock_start", "Postcode": "postcode", "Ethnic Group": "ethnicity", "Sex": "sex",
        "Procedure Priority": "priority", "Learning Disability": "learning_disability", "Date of Birth": "born",
    },
    "wlmds_extract": {
        "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": "clock_start", "derLSOA2021": "area_code",
        "ETHNIC_CATEGORY": "ethnicity",
        "PERSON_STATED_GENDER_CODE": "sex", "Procedure_Priority_Code": "priority", "der_Age_WeekEndingDate": "age",
    },
}  # fmt: skip


@functools.cache
def area_of() -> dict[str, str]:
    """Postcode without its space → area, from the bundled directory."""
    table = pd.read_csv(sample_path("directory"), dtype=str)
    return dict(zip(table["pcds"].str.replace(" ", ""), table["lsoa21cd"], strict=True))


@functools.cache
def fifth_of() -> dict[str, str]:
    """Area → fifth, from the deciles of the bundled index."""
    table = pd.read_csv(sample_path("index"))
    return dict(zip(table["area_code"], ((table["decile"] + 1) // 2).astype(str), strict=True))


def tidy(cell: object) -> str | None:
    """A postcode in capitals, without spaces and stops, its second half beginning with a digit."""
    if not isinstance(cell, str):
        return None
    code = cell.upper().replace(" ", "").replace(".", "")
    return code[:-3] + code[-3:].replace("O", "0").replace("I", "1")


def clean_people(kind: str, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns that the truth is about, from a list made with ``dirt=False``: ISO dates, first spellings."""
    people = raw[list(HEADERS[kind])].rename(columns=HEADERS[kind])
    people["days"] = (SNAPSHOT - people["clock_start"].to_numpy(dtype="datetime64[D]")).astype(int)
    flag = {"Y": "yes", "N": "no"}
    if "learning_disability" in people:
        people["learning_disability"] = people["learning_disability"].map(flag)
    if "area_code" not in people:
        people["area_code"] = people["postcode"].map(tidy).map(area_of())
    years = people["age"].astype(int) if "age" in people else _years(people["born"])
    people["age_band"] = np.select([years < 19, years < 65], ["0-18", "19-64"], "65+")
    people["ethnicity"] = (
        people["ethnicity"].fillna("blank").where(~people["ethnicity"].isin(["Q", "O", "55", "?"]), "invalid")
    )
    people["imd_quintile"] = people["area_code"].map(fifth_of())
    return people


def _years(born: pd.Series) -> np.ndarray:
    day = pd.to_datetime(born, format="%Y-%m-%d")
    to_come = (day.dt.month > 10).to_numpy()  # a birthday after 31 October has not come yet
    return 2026 - day.dt.year.to_numpy() - to_come


def tally(people: pd.DataFrame, by: str, among: str = "") -> pd.DataFrame:
    """People and how many of them are over each threshold, by group; rows without a group are left out."""
    rows = people.query(among) if among else people
    over = pd.DataFrame({measure: rows["days"] >= days for measure, days in OVER.items()})
    counts = over.groupby(rows[by], observed=True).sum()
    return counts.assign(n=rows.groupby(by, observed=True).size())
