"""Every answer about people goes into a report, hides small numbers, and says nobody's number, postcode or date."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait import exits, persistence, referral_growth, representation, tail
from equiwait.disclosure.rules import rule_named
from people_lists import read

BEFORE, AFTER = "2026-09-30", "2026-10-31"
SECRET = "Zqx7Secret"
POPULATION = pd.DataFrame(
    {"area_code": ["E01000001", "E01000002"] * 2, "sex": list("1122"), "people": [900, 2000, 1000, 1900]}
)


def pathways(people):
    return [
        {
            "pathway_id": f"{SECRET}{number}", "person_id": f"{SECRET}{number // 2}", "sex": "12"[number % 2],
            "clock_start": f"2026-0{1 + number % 8}-{1 + number % 28:02d}", "area_code": f"E0100000{1 + number % 3 % 2}",
            "clock_stop": "2026-10-09" if number % 4 == 0 else "", "rtt_status": "30" if number % 4 == 0 else "20",
        }
        for number in range(people)
    ]  # fmt: skip


def answers():
    rows = pathways(160)
    before = read([{**each, "clock_stop": "", "rtt_status": "20"} for each in rows], BEFORE)
    after = read(rows[:150], AFTER)
    window = ("2026-01-01", AFTER)
    return [
        tail(after), persistence([before, after]), exits(before, after), referral_growth(after, window=window),
        representation(after, POPULATION, by=["area_code", "sex"]),
    ]  # fmt: skip


def test_a_report_takes_every_answer(tmp_path):
    results = answers()
    page = ew.report(*results, to=tmp_path / "people.html").read_text(encoding="utf-8")
    for result in results:
        assert result.title in page
        assert result.section in ("people", "time")
        assert len(result.charts())
        assert all(chart.alt for chart in result.charts())
    assert SECRET not in page
    assert ew.tidy(*results, to=tmp_path / "tables")


def test_the_rule_is_in_the_notes_and_nothing_shows_a_small_number():
    for result in answers():
        assert rule_named("hes").says in result.notes
        for name in {"n", "of", "listed", "earlier", "later"} & set(result.table.columns):
            counts = result.table[name].dropna()
            assert ((counts == 0) | (counts >= 8)).all(), f"{result.title}: {name}"
            assert (counts % 5 == 0).all()


def everything_said(answer):
    return repr(answer) + " ".join((answer.title, *answer.notes, *answer.findings))


STEPS = {
    "tail": lambda before, after: tail(after, by=["sex", "ethnicity"]),
    "persistence": lambda before, after: persistence([before, after], "sex"),
    "persistence out of order": lambda before, after: persistence([after, before], "sex"),
    "persistence by person": lambda before, after: persistence([before, after], "sex", match="person"),
    "exits": lambda before, after: exits(before, after, "sex"),
    "growth": lambda before, after: referral_growth(after, "sex", before=before),
    "growth of one": lambda before, after: referral_growth(after, "sex"),
    "a reference that is not there": lambda before, after: referral_growth(
        after, "sex", before=before, reference="nobody"
    ),
    "representation": lambda before, after: representation(after, POPULATION, by=["area_code", "sex"]),
    "joined": lambda before, after: representation(after, POPULATION, by="sex", joined=("2026-01-01", AFTER)),
    "warnings": lambda before, after: ew.disparities(after, "sex"),
}


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_secrets_are_never_said(step, data):
    cells = st.sampled_from([SECRET, "", "1", "2", "Z", "E01000001", "2026-04-01", "2026-08-08"])
    columns = ["pathway_id", "person_id", "sex", "ethnicity", "area_code", "clock_stop", "rtt_status"]
    row = st.fixed_dictionaries(
        {**dict.fromkeys(columns, cells), "clock_start": st.sampled_from(["2026-04-01", "2026-08-08"])}
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    before, after = (ew.read_list(pd.DataFrame(rows), snapshot=day) for day in (BEFORE, AFTER))
    try:
        answer = STEPS[step](before, after)
    except ew.EquiwaitError as error:
        assert SECRET not in str(error)
        assert error.__cause__ is None
        assert error.__context__ is None
    else:
        assert SECRET not in (everything_said(answer) if isinstance(answer, ew.Result) else " ".join(answer))
