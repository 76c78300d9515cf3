"""`exits`: what became of the people on one list by the day of the next; every one of them has one outcome."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait import exits
from equiwait.answers.snapshots.exits import APPEARED, JOINED, OUTCOMES
from equiwait.errors import ColumnsError, RefusedError
from people_lists import read, row

BEFORE, AFTER = "2026-09-30", "2026-10-31"


def pathway(number, start="2026-03-02", **columns):
    return {
        "pathway_id": number,
        "clock_start": start,
        "clock_stop": "",
        "rtt_status": "20",
        "list_type": "",
        **columns,
    }


def ended(number, status, **columns):
    return pathway(number, clock_stop="2026-10-10", rtt_status=status, **columns)


def counted(result, by="everyone", group="everyone"):
    rows = result.table[(result.table["by"] == by) & (result.table["group"] == group)]
    return dict(zip(rows["outcome"], rows["n"].astype(int), strict=True))


def test_every_outcome():
    before = [pathway(number) for number in "abcdefghij"]
    after = [
        ended("a", "30"), ended("b", "34"), ended("c", "31"), ended("d", "36"),
        pathway("e", start="2026-10-05"),  # the same pathway with another start
        pathway("f", list_type="planned"),
        pathway("h"), pathway("i"),  # g and j are gone
        pathway("new", start="2026-10-12"), ended("seen", "30", start="2026-10-01"),
        pathway("late", start="2026-01-12"),  # started long ago, and was not there
    ]  # fmt: skip
    result = exits(read(before, BEFORE), read(after, AFTER), suppression="none")
    assert counted(result) == {
        "treated": 1, "left otherwise": 2, "died": 1, "ended, reason not recorded": 0, "clock start changed": 1,
        "off the clock": 1, "unaccounted for": 2, "still waiting": 2, "joined": 2, "appeared with an earlier start": 1,
    }  # fmt: skip
    assert row(result.table, outcome="still waiting")["share"] == pytest.approx(0.2)
    assert row(result.table, outcome=JOINED)["share"] == pytest.approx(0.2), "two for each ten on the first list"


def test_a_stop_without_a_reason_is_not_treatment():
    result = exits(read([pathway("a")], BEFORE), read([ended("a", ""), pathway("b")], AFTER), suppression="none")
    assert counted(result)["ended, reason not recorded"] == 1


def test_an_open_list_cannot_tell_how_waits_ended():
    before = read([pathway(f"w{number}") for number in range(100)], BEFORE)
    after = read([pathway(f"w{number}") for number in range(70)], AFTER)
    result = exits(before, after)
    assert counted(result)["unaccounted for"] == 30
    assert any("holds no ended waits" in note for note in result.notes)
    assert result.findings == ("Of 100 people on the first list: 30% unaccounted for, 70% still waiting.",)


def test_groups_are_compared_with_everyone_else():
    """Sixty of a hundred men are treated and forty of a hundred women: a gap of 20 points, Newcombe's interval."""
    before = [pathway(f"{sex}{number}", sex=sex) for sex in "12" for number in range(100)]
    treated = {"1": 60, "2": 40}
    after = [
        ended(each["pathway_id"], "30", sex=each["sex"]) if int(each["pathway_id"][1:]) < treated[each["sex"]] else each
        for each in before
    ]
    result = exits(read(before, BEFORE), read(after, AFTER), "sex", suppression="none")
    men = row(result.table, outcome="treated", group="Male")
    assert men["difference"] == pytest.approx(0.2)
    # Newcombe's method 10 for 60 of 100 against 40 of 100, from Wilson's limits (0.5020, 0.6906) and (0.3094, 0.4980).
    assert [men["difference_lower"], men["difference_upper"]] == pytest.approx(
        [
            0.2 - ((0.6 - 0.5020) ** 2 + (0.4980 - 0.4) ** 2) ** 0.5,
            0.2 + ((0.6906 - 0.6) ** 2 + (0.4 - 0.3094) ** 2) ** 0.5,
        ],
        abs=2e-4,
    )
    assert men["reference"] == "everyone else recorded"
    assert any("more people were treated among Male (60.0%)" in sentence for sentence in result.findings)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(["30", "34", "36", "20", "gone"]), min_size=1, max_size=25), st.integers(0, 6))
def test_outcomes_add_up_and_the_lists_balance(fates, joiners):
    """Every outcome of the first list sums to it, and who is open on the second list stayed or came."""
    before = [pathway(f"w{number}", sex="12"[number % 2]) for number in range(len(fates))]
    after = [
        each if fate == "20" else ended(each["pathway_id"], fate, sex=each["sex"])
        for each, fate in zip(before, fates, strict=True)
        if fate != "gone"
    ]
    after += [pathway(f"n{number}", start="2026-10-20", sex="1") for number in range(joiners)]
    if not after:
        after = [pathway("n", start="2026-10-20", sex="1")]
    later = read(after, AFTER)
    result = exits(read(before, BEFORE), later, "sex", suppression="none")
    table = result.table[result.table["outcome"].isin(OUTCOMES)]
    for (_, _), rows in table.groupby(["by", "group"]):
        assert rows["n"].sum() == rows["of"].iloc[0]
    everyone = counted(result)
    assert everyone["still waiting"] + everyone[JOINED] + everyone[APPEARED] == (later["scope"] == "rtt_open").sum()
    by_sex = table[table["by"] == "sex"].groupby("outcome")["n"].sum()
    assert all(by_sex[outcome] == everyone[outcome] for outcome in OUTCOMES)


def test_people_who_join_may_be_a_group_that_was_not_there():
    before = read([pathway(f"w{number}", sex="1") for number in range(30)], BEFORE)
    after = read([pathway("n", start="2026-10-20", sex="2")], AFTER)
    result = exits(before, after, "sex", suppression="none")
    women = row(result.table, outcome=JOINED, group="Female")
    assert (women["n"], women["of"]) == (1, 0)
    assert pd.isna(women["share"])


def test_small_numbers_are_hidden():
    before = [pathway(f"w{number}", sex="1" if number < 60 else "2") for number in range(64)]
    after = [ended(each["pathway_id"], "30", sex=each["sex"]) for each in before[:5]] + before[5:]
    result = exits(read(before, BEFORE), read(after, AFTER), "sex")
    assert row(result.table, outcome="treated", by="everyone")["suppressed"]
    hidden = result.table[result.table["suppressed"]]
    assert hidden[["n", "share", "lower", "upper", "difference", "p_value"]].isna().all(axis=None)
    assert (result.table["n"].dropna() % 5 == 0).all()
    assert "treated" not in " ".join(result.findings)


def test_pictures():
    before = read([pathway(f"w{number}", sex="12"[number % 2]) for number in range(100)], BEFORE)
    after = read([pathway(f"w{number}", sex="12"[number % 2]) for number in range(70)], AFTER)
    result = exits(before, after, "sex")
    assert [chart.name for chart in result.charts()] == ["what became of everyone", "unaccounted for by sex"]
    assert result.plot().get_xlabel() == "Share of those on the first list"


def test_nonsense_is_refused():
    before, after = read([pathway("a", sex="1")], BEFORE), read([pathway("a")], AFTER)
    with pytest.raises(RefusedError, match="oldest first"):
        exits(after, before)
    with pytest.raises(ColumnsError, match="sex"):
        exits(before, after, "sex")
