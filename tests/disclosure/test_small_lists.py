"""Small lists deserve an answer: offers of what would show more, never applied in silence, and the team's own report."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import equiwait as ew
from disclosure.attack_lists import random_list
from disclosure.test_noninterference import ANSWERS, people, read
from equiwait.disclosure.offers import hidden_rows
from equiwait.errors import DisclosureError


@pytest.fixture(scope="module")
def waiting():
    """A children's list of 490 people."""
    return random_list(0, 490)


def test_offers_say_what_they_would_show_and_are_not_applied(waiting):
    gaps = ew.disparities(waiting, "ethnicity", measures=["over_52_weeks"])
    assert gaps.table["suppressed"].mean() > 0.5
    (offer,) = [note for note in gaps.notes if note.startswith("Over half of the rows by ethnicity are hidden.")]
    assert set(gaps.table["by"]) == {"ethnicity"}, "an offer is not applied"
    for word in ("by='ethnicity:nhs'", "by='ethnicity:census'", "three months together", "--in-team"):
        assert word in offer
    for merged in ("ethnicity:nhs", "ethnicity:census"):
        promised = int(re.search(rf"by='{merged}' \(at least (\d+) of", offer)[1])
        shown = ew.disparities(waiting, merged, measures=["over_18_weeks"]).table["n"].notna().sum()
        assert 0 < promised <= shown


def test_a_list_that_shows_most_of_itself_gets_no_offer():
    gaps = ew.disparities(random_list(1, 3000), "sex", measures=["over_18_weeks"])
    assert not [note for note in gaps.notes if note.startswith("Over half")]


def few(seed: int = 1, count: int = 54) -> pd.DataFrame:
    """So few people that most rows of any answer are hidden."""
    return people(seed, count)


@pytest.mark.parametrize(
    ("verb", "says"),
    {
        "completeness": "fewer fields",
        "tail": "a larger share=",
        "referral_growth": "three months together",
        "exits": "three months apart",
        "persistence": "fewer or wider groups",
        "displacement": "fewer or wider groups",
        "adherence": "three months of people treated",
        "representation": "a larger area",
        "unknowns": "by='ethnicity:nhs'",
        "stages": "three months together",
        "trend": "fewer or wider groups",
        "reconciliation": "fewer or wider groups",
    }.items(),
)
def test_any_answer_that_is_mostly_hidden_says_what_would_show_more(verb, says):
    answer = next(answer for count in (54, 40, 24, 12) if _mostly(answer := ANSWERS[verb](few(count=count))))
    offered = [note for note in answer.notes if note.startswith("Over half of the rows")]
    assert says in " ".join(offered)
    assert all("in the team" in note for note in offered)
    again = answer.made_again(answer.released)
    assert again.notes == answer.notes, "said once, and from released figures"


def _mostly(answer: ew.Result) -> bool:
    hidden = pd.Series(hidden_rows(answer.table))
    return bool((hidden.groupby(answer.table["by"].to_numpy()).mean() > 0.5).any())


def test_a_crossed_question_is_offered_column_by_column():
    rows = few()
    answer = ew.tail(read(rows), by=[("sex", "site")])
    (offer,) = [note for note in answer.notes if "by sex × site" in note]
    enough = dict(re.findall(r"by='(\w+)' \(at least (\d+) of its \d+ groups hold enough people", offer))
    assert list(enough) == ["sex", "site"]
    for column, groups in enough.items():
        assert 0 < int(groups) <= (rows[column].value_counts() > 7).sum(), "never more than is so"


def test_a_report_that_is_mostly_hidden_says_so_on_top_and_the_teams_own_does_not(tmp_path):
    rows = read(few())
    for rule, says in (("hes", True), ("none", False)):
        answer = ew.tail(rows, by=["sex", "site", "team"], suppression=rule)
        page = ew.report(answer, to=tmp_path / f"{rule}.html", in_team=True).read_text("utf-8")
        assert ("--in-team on the command line" in page.partition("<main")[0]) is says
        book = ew.workbook(answer, to=tmp_path / f"{rule}.xlsx", in_team=True)
        cover = pd.read_excel(book, sheet_name="Cover", header=None, engine="openpyxl").to_string()
        assert ("too few people for a file that others may read" in cover) is says


def test_the_teams_own_report_is_one_option_and_says_so_everywhere(waiting, tmp_path):
    exact = ew.disparities(waiting, "sex", measures=["over_18_weeks"], suppression="none")
    with pytest.raises(DisclosureError):
        ew.report(exact, to=tmp_path / "october.html")
    path = ew.report(exact, to=tmp_path / "october.html", in_team=True)
    assert path.name == "october-IN-TEAM.html"
    page = path.read_text("utf-8")
    assert "@page { @top-center" in page
    assert page.count("not for release") >= 2
    hidden = ew.disparities(waiting, "sex", measures=["over_18_weeks"])
    assert ew.report(hidden, to=tmp_path / "november.html", in_team=True).name == "november.html", (
        "nothing exact is in it"
    )
