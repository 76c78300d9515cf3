"""What is offered where most of an answer is hidden: which question, in which words, and how many groups it would show at least."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from equiwait.disclosure import Cell, Counts, Rule, cells_of, recorded_cells, release, rule_named, tally
from equiwait.disclosure.offers import hidden_rows, most_is_hidden, offers

HES, NONE = rule_named("hes"), rule_named("none")
HIDDEN = np.nan
TEAM = "or in the team (suppression='none', all rows; on the command line --in-team)."
BESIDE = "hidden, so that a smaller number cannot be worked out"


def answer(by="ward", shown=1, hidden=2, **columns) -> pd.DataFrame:
    """An answer of which so many rows are shown and so many hidden."""
    return pd.DataFrame({"by": by, "n": [10.0] * shown + [HIDDEN] * hidden, **columns})


def counted(column, people: dict[str, int], **asked) -> Counts:
    return tally("open", column, list(people), list(people.values()), **asked)


WARDS = counted("ward", {"A": 30, "B": 3, "C": 2})


def offered(table: pd.DataFrame, counts: Counts = WARDS, wider: str = "", rule=HES) -> list[str]:
    return offers(table, release(counts, rule), wider)


@pytest.mark.parametrize(("shown", "hidden", "is_offered"), [(1, 2, True), (1, 1, False), (2, 1, False), (0, 1, True)])
def test_an_offer_is_made_where_over_half_of_the_rows_are_hidden(shown, hidden, is_offered):
    said = offered(answer(shown=shown, hidden=hidden))
    assert (
        said
        == [f"Over half of the rows by ward are hidden. To see more, ask for fewer or wider groups, {TEAM}"]
        * is_offered
    )
    assert offered(answer(shown=shown, hidden=hidden), rule=NONE) == [], "of exact counts nothing is hidden"
    assert offered(answer(shown=0, hidden=0)) == []


def test_each_question_has_its_own_offer_and_rows_within_strata_are_no_question():
    both = pd.concat([answer("ward", 0, 1), answer("site", 1, 0), answer("team", 0, 1)])
    assert [said.split()[6] for said in offered(both)] == ["ward", "team"], "in the order of the answer"
    within = pd.concat([answer("ward", 1, 0, within=""), answer("ward", 0, 5, within="sex")])
    assert offered(within) == []
    assert len(offered(within.assign(within=["", *[""] * 5]))) == 1


@pytest.mark.parametrize("table", [answer("everyone", 0, 1), answer(shown=0, hidden=1).drop(columns="by")])
def test_of_everyone_no_groups_are_offered(table):
    assert offered(table) == [f"Over half of the rows are hidden. To see more, ask {TEAM}"]


def test_what_is_hidden_beside_others_and_a_wider_question_are_said():
    noted = answer(shown=0, hidden=3, note=[BESIDE, "hidden: 1 to 7 people", BESIDE])
    (said,) = offered(noted, wider="a larger share= (from {few})")
    assert "without other questions (2 of the hidden rows are hidden only beside others)" in said
    assert "a larger share= (from 3), or in the team" in said, "a third of eight, rounded up"
    for most, few in ((8, 3), (9, 4)):
        (said,) = offered(answer(), wider="share {few},", rule=Rule("x", most, 5))
        assert f"share {few}," in said
    (plain,) = offered(answer(shown=0, hidden=1, note="hidden: 1 to 7 people"))
    assert "without other questions" not in plain


def test_merged_groups_are_offered_with_how_many_of_them_are_surely_large_enough():
    """White: 20 as shown is 18 at least; Asian: twice 4 is hidden, 1 each; what is not known is in neither."""
    people = {"A: White British": 20, "H: Indian": 4, "J: Pakistani": 4, "Z: Not stated": 40}
    (said,) = offered(answer("ethnicity", 1, 3), counted("ethnicity", people, known=[True, True, True, False]))
    assert "ask by='ethnicity:nhs' (at least 1 of its 2 groups hold enough people), by='ethnicity:census' (" in said
    assert "fewer or wider groups" not in said
    assert "Merges: ethnicity:nhs: White = A+" in said
    assert "; ethnicity:census: White = A+" in said
    assert "White = A+" not in offered(answer())[0]


@pytest.mark.parametrize(("people", "many"), [((8, 8), 2), ((8, 7), 1), ((7, 7), 0)])
def test_a_crossed_question_is_offered_by_each_of_its_columns(people, many):
    """Site P has its first group only from site A's people: at least eight are enough."""
    groups = [("F", "P"), ("M", "Q")]
    (said,) = offered(answer("sex × site", 0, 1), tally("open", ("sex", "site"), groups, people))
    for column in ("sex", "site"):
        assert f"by='{column}' (at least {many} of its 2 groups hold enough people)" in said


@pytest.mark.parametrize(("parts", "enough"), [(7, 0), (8, 1)])
def test_hidden_parts_are_taken_for_one_person_each(parts, enough):
    """Seven of them are seven people at least, and eight are eight: enough to be shown."""
    groups = [(f"s{part}", "P") for part in range(parts)]
    (said,) = offered(answer("sex × site", 0, 1), tally("open", ("sex", "site"), groups, [4] * parts))
    assert f"by='site' (at least {enough} of its 1 groups" in said


def test_deciles_are_offered_as_quintiles_without_a_number_that_nobody_counted():
    (said,) = offered(answer("imd_decile", 0, 1), counted("imd_decile", {"1": 20, "2": 3}))
    assert "ask by='imd_quintile', or in the team" in said
    assert "Merges" not in said


def test_people_however_long_they_have_waited_are_counted_if_they_are_there():
    """Not those over 126 days, not those treated, not another population, not the recorded ones together."""
    names = ["A: White British", "H: Indian"]
    waits = tally("open", "ethnicity", names, [[40, 30], [20, 3]], overs=[-1, 126], known=[True, True])
    treated = tally("open", "ethnicity", names, [3, 2], event="treated")
    elsewhere = tally("left", "ethnicity", names, [3, 2])
    said = "by='ethnicity:nhs' (at least 2 of its 2 groups hold enough people)"
    for counts in (waits + treated + elsewhere, treated + waits + elsewhere):
        assert said in offered(answer("ethnicity", 0, 1), counts)[0]
    only = Counts(tuple(cells_of("open", "ethnicity", names, event="treated").ravel()), np.array([30.0, 3]))
    assert "(at least 1 of its 2 groups" in offered(answer("ethnicity", 0, 1), only)[0]
    recorded = Counts(tuple(recorded_cells("open", "ethnicity")), np.array([30.0]))
    assert "ask by='ethnicity:nhs', by='ethnicity:census', or" in offered(answer("ethnicity", 0, 1), recorded)[0]
    nobody = Counts((Cell("open"),), np.array([30.0]))
    assert "ask by='sex', by='site', or" in offered(answer("sex × site", 0, 1), nobody)[0]


def test_rows_are_hidden_as_they_say_or_where_nobody_is_counted():
    said = pd.DataFrame({"suppressed": [True, False, None], "n": [10.0, HIDDEN, HIDDEN]})
    assert hidden_rows(said).tolist() == [True, False, False]
    assert hidden_rows(pd.DataFrame({"n": [10.0, HIDDEN]})).tolist() == [False, True]
    assert hidden_rows(pd.DataFrame({"value": [1.0, HIDDEN]})).tolist() == [False, False]


def test_a_file_says_on_top_that_most_of_it_is_hidden():
    assert most_is_hidden([answer(shown=2, hidden=1), answer(shown=0, hidden=2)]).startswith(
        "3 of the 5 rows in this file are"
    )
    assert most_is_hidden([answer(shown=2, hidden=2)]) == "", "half is not most"
    assert most_is_hidden([]) == ""
    assert most_is_hidden([answer(shown=0, hidden=3), answer(shown=2, hidden=0)]).startswith("3 of the 5 rows")
