"""Small lists deserve an answer: offers of what would show more, never applied in silence, and the team's own report."""

from __future__ import annotations

import re

import pytest

import equiwait as ew
from disclosure.attack_lists import random_list
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
        promised = int(re.search(rf"by='{merged}', which shows at least (\d+) of", offer)[1])
        shown = ew.disparities(waiting, merged, measures=["over_18_weeks"]).table["n"].notna().sum()
        assert 0 < promised <= shown


def test_a_list_that_shows_most_of_itself_gets_no_offer():
    gaps = ew.disparities(random_list(1, 3000), "sex", measures=["over_18_weeks"])
    assert not [note for note in gaps.notes if note.startswith("Over half")]


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
