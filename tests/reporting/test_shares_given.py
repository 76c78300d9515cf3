"""`release_check`: what shares give away, and rows of people in files however short; our own files pass."""

from __future__ import annotations

import pandas as pd
import pytest

import equiwait as ew
from disclosure.test_noninterference import ANSWERS, people

RULE = "Counts of 1 to 7 are hidden and others are rounded to the nearest 5.\n"


def reasons(tmp_path, name, text):
    (tmp_path / name).write_text(f"{RULE}\n{text}", "utf-8")
    return [each.reason for each in ew.release_check(tmp_path / name).reasons]


@pytest.mark.parametrize(
    "table",
    [
        "Ward,Patients,Over 52 weeks\nA,100,3.0%\nB,200,10.0%\n",
        "Ward,Patients,% over 52 weeks\nA,100,3\nB,200,10\n",
        "Ward,Patients,Over 52 weeks,Share\nA,100,*,0.04\nB,200,20,0.10\n",
        "Ward,Patients,Rate per 1000\nA,100,30\nB,200,100\n",
        "Ward,Patients,Per cent waiting\nA,300,1\nB,200,10\n",
        "Ward,Over 52 weeks\nA,4 in 50\nB,20 in 200\n",
        "Ward,Over 52 weeks\nA,4/50\nB,20/200\n",
        "Ward,Over 52 weeks\nA,6 of 120\nB,20 of 200\n",
    ],
)
def test_a_share_beside_its_number_gives_a_small_count_away(tmp_path, table):
    assert any("give away counts of 1 to 7" in each for each in reasons(tmp_path, "a.csv", table))


@pytest.mark.parametrize(
    "text",
    [
        "Of them 4 in 50 patients waited.", "3.0% of 100 patients waited.", "5 of the 120 people had no postcode.",
        "1.5% of all 200 waited.", "2 out of 60 children were seen.",
    ],
)  # fmt: skip
def test_a_sentence_gives_a_small_count_away(tmp_path, text):
    said = reasons(tmp_path, "a.md", text)
    assert any("so many people" in each for each in said), said


@pytest.mark.parametrize(
    "text",
    [
        "Ward,Patients,Over 52 weeks,Share\nA,100,10,10.0%\nB,200,20,10.0%\n",  # explained by the counts of its row
        "Ward,Patients,Share of list\nA,100,25.0%\nB,300,75.0%\nTotal,400,100.0%\n",  # of another row's number
        "Ward,Patients,Share of list\nA,30,3.4%\nB,300,33.7%\nC,100,11.2%\n",  # of one total that does not stand there
        "Ward,Patients,Lower limit %,Upper limit %\nA,100,3,30\nB,200,2,20\n",
        "Ward,Patients,Change in share\nA,100,3.0%\nB,200,4.0%\n",
        "Ward,Patients,Share\nA,100,0.0%\nB,200,60.0%\n",
        "Month,Patients\n2026-03-31,100\n2026-04-30,105\n2026-05-31,110\n",
        "1 in 4 people waits over a year; 3 in 100 patients over two. We asked 2 of 5 questions. 10% of 200 people.",
        "The wards were born of a merger in 1998. Date of birth, 5% of 200 not recorded.",
    ],
)
def test_no_false_alarm(tmp_path, text):
    said = reasons(tmp_path, "a.md" if ". " in text else "a.csv", text)
    assert not [
        each for each in said if "give away" in each or "so many people" in each or "birth" in each or "rows of" in each
    ]


@pytest.mark.parametrize(
    "table",
    [
        "Born,Sex\n2014-05-03,1\n2011-11-30,2\n2016-02-14,1\n",
        "DOB (dd/mm/yyyy),Missed\n03/05/2014,10\n30/11/2011,20\n",
        "Date of birth,Weeks\n03/05/2014,30\n",
        "When,Sex,Missed\n2014-05-03,F,10\n2011-11-30,M,15\n2016-02-14,F,10\n",
        "Date,Sex\n2014-05-03,F\n2011-11-30,M\n2016-02-14,F\n",
        "Age,Sex,Ethnicity,Ward\n7,F,A,North\n12,M,H,South\n9,F,A,North\n",
        "Sex,Days waiting\nF,210\nM,33\n",
        "Patient initials,Weeks\nAB,30\nCD,44\n",
        "Hospital number,Weeks\nK12,30\n",
        "Decision to admit,Ward\n2026-05-03,North\n",
    ],
)
def test_rows_of_people_are_seen_in_a_file_of_any_length(tmp_path, table):
    assert any("rows of single people" in each for each in reasons(tmp_path, "a.csv", table))


def test_a_day_of_birth_in_a_sentence_is_seen(tmp_path):
    for text in (
        "Born on 3 May 2014.",
        "DOB: 03/05/2014",
        "date of birth 2014-05-03",
        "his birthday is the 3rd of May 2014",
    ):
        assert any("day of birth" in each for each in reasons(tmp_path, "a.md", text)), text


def test_rows_of_people_are_not_taken_for_counts_and_their_words_are_repeated_nowhere(tmp_path):
    path = tmp_path / "list.csv"
    pd.DataFrame({"Surname": ["Zqx7Secret", "Other"], "Ward": ["Zqx7Secret ward", "B"], "DNAs": [3, 4]}).to_csv(
        path, index=False
    )
    check = ew.release_check(path)
    assert not check.passed
    assert not len(check.to_hide)
    assert "Zqx7Secret" not in repr(check) + str(check.record)


def test_our_own_files_pass(tmp_path):
    results = [ANSWERS[name](people(1, 600)) for name in ("tail",)]
    ew.report(*results, to=tmp_path / "report.html")
    ew.tidy(*results, to=tmp_path / "tidy")
    assert ew.release_check(tmp_path).passed, ew.release_check(tmp_path)
