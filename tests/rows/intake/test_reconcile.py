"""Several sources about the same people: settled by a named rule, whatever the order of rows or sources."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait.errors import ColumnsError, OptionError
from equiwait.rows.intake.reconcile import OUTCOMES, RULES


def source(rows, snapshot="2026-10-31"):
    frame = pd.DataFrame(rows, columns=["person_id", "ethnicity"]).assign(clock_start="2026-03-01")
    return ew.read_list(frame, snapshot=snapshot)


# One person, four codes in three sources: the list says B once, last month's list P twice and A once, SUS says K.
LIST = source([("7", "B")])
BEFORE = source([("7", "P"), ("7", "P"), ("7", "A")], "2026-09-30")
SUS = source([("7", "K")], "2026-08-31")
SETTLED = {"nhse": "K", "modal": "P", "latest": "B", "most_specific": "B"}


@pytest.mark.parametrize("rule", RULES)
def test_four_codes_in_three_sources_settle_as_the_rule_says(rule):
    found = ew.reconcile(LIST, BEFORE, SUS, names=["list", "before", "sus"], rule=rule)
    assert found["ethnicity"].tolist() == [SETTLED[rule]]
    assert found["ethnicity_settled"].tolist() == ["conflict"]
    assert found["ethnicity_in_list"].tolist() == ["B"]
    assert found["ethnicity_in_sus"].tolist() == ["K"]
    assert found["ethnicity_in_before"].tolist() == ["A" if rule == "most_specific" else "P"]


def test_without_sus_the_rule_of_nhs_england_looks_at_the_list_first():
    found = ew.reconcile(LIST, BEFORE, names=["list", "before"], rule="nhse")
    assert found["ethnicity"].tolist() == ["B"]


def test_what_was_once_recorded_and_is_silent_now_is_told_apart():
    now = source([("1", ""), ("2", "Z"), ("3", "99"), ("4", "A"), ("5", ""), ("6", "A"), ("", "")])
    then = source([("1", "J"), ("2", "A"), ("3", ""), ("4", "A"), ("6", "")], "2026-09-30")
    found = ew.reconcile(now, then, names=["list", "before"])
    assert found["ethnicity"].astype(object).where(found["ethnicity"].notna(), None).tolist() == [
        "J", "A", "99", "A", None, "A", None,
    ]  # fmt: skip
    assert found["ethnicity_settled"].tolist() == [
        "recorded_elsewhere", "recorded_elsewhere", "not_recorded", "agreed", "not_recorded", "one_record", "not_recorded",
    ]  # fmt: skip


def test_nothing_of_the_list_is_lost_and_its_frame_is_left_alone():
    before = LIST.copy()
    found = ew.reconcile(LIST, SUS, names=["list", "sus"])
    pd.testing.assert_frame_equal(LIST, before)
    assert found["ethnicity_in_list"].equals(LIST["ethnicity"])
    assert found["ethnicity"].dtype == LIST["ethnicity"].dtype
    assert set(LIST.columns) < set(found.columns)


def test_strangers_without_an_identifier_are_never_one_person():
    now = source([("NULL", "A"), ("", "B"), ("-", "")])
    found = ew.reconcile(now)
    assert found["ethnicity"].astype(object).where(found["ethnicity"].notna(), None).tolist() == ["A", "B", None]
    assert not (found["ethnicity_settled"] == "conflict").any()


def test_dates_of_birth_and_sex_settle_too_and_a_full_date_is_more_specific():
    def born(day, sex, snapshot):
        rows = {"person_id": "7", "clock_start": "2026-03-01", "date_of_birth": day, "sex": sex}
        return ew.read_list(pd.DataFrame([rows]), snapshot=snapshot)

    found = ew.reconcile(
        born("1980-01-01", "9", "2026-10-31"), born("1980-06-17", "2", "2026-09-30"), rule="most_specific"
    )
    assert str(found["date_of_birth"].iloc[0].date()) == "1980-06-17"
    assert found["sex"].tolist() == ["2"]
    assert found["date_of_birth_settled"].tolist() == ["conflict"]


def expected(rows, rule):
    """The same rule row by row, written plainly: rows are (person, code, month, source)."""
    best = {}
    order = {"sus": 0, "list": 1, "other": 2}
    for person in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == person]
        recorded = [row for row in mine if row[1] not in ("", "Z", "99")]
        among = recorded or [row for row in mine if row[1] == "Z"] or [row for row in mine if row[1] == "99"] or mine

        def key(row, mine=mine):
            many = -sum(other[1] == row[1] for other in mine)
            vague = row[1] in ("C", "G", "L", "P", "S")
            return {
                "nhse": (order[row[3]], -row[2], many), "modal": (many, -row[2]), "latest": (-row[2], many),
                "most_specific": (vague, many, -row[2]),
            }[rule] + (row[1],)  # fmt: skip

        best[person] = min(among, key=key)[1] or None
    return best


ROW = st.tuples(
    st.sampled_from("123"), st.sampled_from(["A", "B", "J", "P", "S", "Z", "99", ""]), st.integers(1, 3),
    st.sampled_from(["list", "sus", "other"]),
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(ROW, min_size=1, max_size=12), st.sampled_from(sorted(RULES)), st.randoms(use_true_random=False))
def test_any_order_of_rows_and_sources_gives_what_a_plain_reading_of_the_rule_gives(rows, rule, chance):
    rows = [*rows, ("1", "", 1, "list")]
    answers = []
    for _ in range(2):
        chance.shuffle(rows)
        frames = {}
        for name in ("list", "sus", "other"):
            mine = [row for row in rows if row[3] == name]
            frame = pd.DataFrame(
                {"person_id": pd.Series([row[0] for row in mine], dtype="str"), "ethnicity": pd.Series([row[1] or None for row in mine], dtype="str"),
                 "snapshot_date": pd.to_datetime([f"2026-{row[2]:02}-28" for row in mine])}
            )  # fmt: skip
            frames[name] = frame.astype(
                {"ethnicity": pd.CategoricalDtype(sorted({"A", "B", "J", "P", "S", "Z", "99"}))}
            )
        others = ["sus", "other"]
        chance.shuffle(others)
        found = ew.reconcile(frames["list"], *(frames[name] for name in others), names=["list", *others], rule=rule)
        by_person = dict(zip(found["person_id"], found["ethnicity"].astype(object), strict=True))
        answers.append({person: None if value != value else value for person, value in by_person.items()})
    assert answers[0] == answers[1]
    plain = expected(rows, rule)
    assert answers[0] == {person: plain[person] for person in answers[0]}


def test_says_what_is_wrong():
    with pytest.raises(OptionError, match="rule"):
        ew.reconcile(LIST, rule="guess")
    with pytest.raises(OptionError, match="name of its own"):
        ew.reconcile(LIST, SUS, names=["list", "list"])
    with pytest.raises(ColumnsError):
        ew.reconcile(LIST, SUS.drop(columns="person_id"))
    with pytest.raises(OptionError, match="no source"):
        ew.reconcile()


def test_conflicts_are_counted_by_group():
    chance = np.random.default_rng(3)
    people = [str(number) for number in range(600)]
    now = source([(person, chance.choice(["A", "B", ""])) for person in people])
    then = source([(person, chance.choice(["A", "B"])) for person in people], "2026-09-30")
    found = ew.reconcile(now.assign(site=["one", "two"] * 300), then, names=["list", "before"])
    counted = ew.reconciliation(found, by="site", suppression="none").table
    rows = counted[(counted["by"] == "site") & (counted["group"] == "one")].iloc[0]
    mine = found[found["site"] == "one"]["ethnicity_settled"]
    assert {name: int(rows[name]) for name in OUTCOMES} == {name: int((mine == name).sum()) for name in OUTCOMES}
    assert int(rows["n"]) == 300
