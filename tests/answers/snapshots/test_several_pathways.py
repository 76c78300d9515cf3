"""People with several pathways: no value moves, intervals widen, and chance is not taken for a gap more often than said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from equiwait import exits, persistence
from equiwait.statistics import two_proportion_p
from people_lists import read

BEFORE, AFTER = "2026-09-30", "2026-10-31"
QUESTIONS = [f"coin_{number}" for number in range(50)]


@pytest.fixture(scope="module")
def lists():
    """240 people with one to four pathways, all of one fate; 50 groupings of the people by coin."""
    chance = np.random.default_rng(13)
    several = chance.integers(1, 5, 240)
    person = np.repeat(np.arange(240), several)
    coins = {name: np.array(["heads", "tails"])[chance.integers(0, 2, 240)][person] for name in QUESTIONS}
    rows = pd.DataFrame(
        {
            "pathway_id": [f"w{place}" for place in range(len(person))],
            "person_id": [f"p{number}" for number in person],
            "clock_start": "2026-03-02",
            "clock_stop": "",
            "rtt_status": "20",
            **coins,
        }
    )
    treated = (chance.random(240) < 0.4)[person]
    later = rows.assign(
        clock_stop=np.where(treated, "2026-10-10", ""), rtt_status=np.where(treated, "30", "20")
    )  # fmt: skip
    return rows, later


def asked(lists, answer, by, drop=()):
    before, after = (each.drop(columns=list(drop)) for each in lists)
    first, last = read(before, BEFORE), read(after, AFTER)
    if answer is exits:
        return exits(first, last, by, suppression="none")
    return persistence([first, last], by, match="pathway", suppression="none")


ROWS = {exits: ("outcome", "treated", "share"), persistence: ("measure", "share_still_waiting", "value")}


@pytest.mark.parametrize("answer", [exits, persistence])
def test_no_value_moves_and_intervals_widen(lists, answer):
    kind, chosen, value = ROWS[answer]
    with_people, without = (asked(lists, answer, QUESTIONS[:2], drop) for drop in ((), ("person_id",)))
    wide, narrow = (each.table[each.table[kind] == chosen].reset_index(drop=True) for each in (with_people, without))
    gap = "difference" if answer is exits else "ratio"
    for column in ("n", value):
        assert wide[column].tolist() == narrow[column].tolist()
    assert wide[gap].to_numpy() == pytest.approx(narrow[gap].to_numpy(), nan_ok=True)
    assert (wide["upper"] - wide["lower"] > narrow["upper"] - narrow["lower"]).all()
    groups = narrow[gap].notna()
    widths = [(each[f"{gap}_upper"] - each[f"{gap}_lower"])[groups] for each in (wide, narrow)]
    assert (widths[0] > widths[1]).all()
    assert any("pathways of 240 people" in note for note in with_people.notes)
    assert "pathways" in with_people.findings[0]
    assert "people" in without.findings[0]


@pytest.mark.parametrize("answer", [exits, persistence])
def test_a_coin_is_not_taken_for_a_gap_more_often_than_said(lists, answer):
    kind, chosen, _ = ROWS[answer]
    table = asked(lists, answer, QUESTIONS).table
    rows, others = (
        table[(table[kind] == chosen) & (table["group"] == side)].reset_index(drop=True) for side in ("heads", "tails")
    )
    assert len(rows) == len(others) == len(QUESTIONS)
    # A binomial of 50 with 5% stays at five or under in 96 of 100 seeds.
    assert (rows["p_value"] < 0.05).sum() <= 5
    as_if_all_were_strangers = two_proportion_p(rows["n"], rows["of"], others["n"], others["of"])
    assert (as_if_all_were_strangers < 0.05).sum() > 5, "the test can fail"
