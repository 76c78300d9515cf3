"""One grammar of ``by=``: what one verb can be asked by, every verb can."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import ColumnsError, OptionError
from equiwait.rows.intake.reconcile import OUTCOMES

BROAD = {"A": "White", "H": "Asian", "M": "Black"}


@pytest.fixture(scope="module")
def lists():
    """Snapshots of one list, with a column that says in its own words what ``ethnicity:nhs`` says; and the ended waits."""
    rng = np.random.default_rng(5)
    start = pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.integers(0, 200, 400), "D")
    raw = pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(400)], "provider": "RXX", "clock_start": start,
        "ethnicity": rng.choice(list(BROAD), 400, p=[0.5, 0.3, 0.2]), "sex": rng.choice(["1", "2"], 400),
    })  # fmt: skip
    raw["broad"] = raw["ethnicity"].map(BROAD)
    waits = pd.to_timedelta(rng.integers(20, 200, 400), "D")
    ended = raw.assign(first_attendance=start + waits / 4, clock_stop=start + waits, rtt_status="30")
    days = ("2026-08-31", "2026-09-30", "2026-10-31")
    every = [ew.read_list(raw.iloc[5 * n :].astype(str), snapshot=day) for n, day in enumerate(days)]
    order = every[0].assign(rank=np.arange(1, 401), policy="old")
    return {
        "every": every, "last": every[-1], "order": order, "done": ew.read_list(ended.astype(str), snapshot=days[-1]),
        "other": order.assign(rank=rng.permutation(400) + 1, policy="new"),
        "settled": every[-1].assign(sex_settled=pd.Categorical(rng.choice(["agreed", "conflict"], len(every[-1])), OUTCOMES)),
    }  # fmt: skip


POPULATION = pd.DataFrame({"ethnicity": list(BROAD), "broad": list(BROAD.values()), "people": [30000, 20000, 9000]})
VERBS = {
    "adherence": lambda of, by: ew.adherence(of["order"], of["order"]["pathway_id"][::9], by, within=[]),
    "completeness": lambda of, by: ew.completeness(of["last"], by),
    "count_waits": lambda of, by: ew.count_waits(of["last"], by),
    "disparities": lambda of, by: ew.disparities(of["last"], by, measures=["over_18_weeks"]),
    "displacement": lambda of, by: ew.displacement(of["order"], of["other"], by),
    "exits": lambda of, by: ew.exits(of["every"][0], of["last"], by),
    "funnel": lambda of, by: ew.funnel(of["last"], by=by, measure="over_18_weeks"),
    "persistence": lambda of, by: ew.persistence(of["every"], by),
    "pile_up": lambda of, by: ew.pile_up(of["done"], by, weeks=18, within=9),
    "plausibility": lambda of, by: ew.plausibility(of["last"], by),
    "reconciliation": lambda of, by: ew.reconciliation(of["settled"], by=by),
    "referral_growth": lambda of, by: ew.referral_growth(of["last"], by, before=of["every"][0]),
    "representation": lambda of, by: ew.representation(of["last"], POPULATION, by=by),
    "stages": lambda of, by: ew.stages(of["done"], by),
    "tail": lambda of, by: ew.tail(of["last"], by=by),
    "test_of_change": lambda of, by: ew.test_of_change(of["every"], by, "over_4_weeks", change="2026-09-15"),
    "trend": lambda of, by: ew.trend(of["every"], by, "over_18_weeks"),
    "unknowns": lambda of, by: ew.unknowns(of["last"], by, measure="over_18_weeks"),
}


def test_every_verb_that_takes_by_is_here():
    asked = {
        name for name in ew.__all__
        if inspect.isfunction(getattr(ew, name)) and "by" in inspect.signature(getattr(ew, name)).parameters
    }  # fmt: skip
    assert asked - {"read_published"} == set(VERBS)  # publications have questions of their own


@pytest.mark.parametrize("verb", VERBS)
def test_broad_groups_are_asked_by_name_everywhere(lists, verb):
    named, written = (VERBS[verb](lists, by).table for by in ("ethnicity:nhs", "broad"))
    both = [each.drop(columns=["by", "note"], errors="ignore") for each in (named, written)]
    pd.testing.assert_frame_equal(*both, check_categorical=False)
    assert {"White", "Asian", "Black"} <= set(named["group"])


@pytest.mark.parametrize("verb", VERBS)
def test_what_no_list_can_be_asked_is_said_in_the_same_words_everywhere(lists, verb):
    with pytest.raises(OptionError, match="no merged grouping ethnicity:nsh"):
        VERBS[verb](lists, "ethnicity:nsh")
    with pytest.raises(ColumnsError, match="needs the column shoe_size"):
        VERBS[verb](lists, "shoe_size")


def test_months_and_strata_are_asked_by_name_too(lists):
    months = ew.count_waits(lists["last"], "clock_start:month", within=["ethnicity:census"])
    assert set(months.table["group"].str[:5]) == {"2026-"}
    assert {"White", "Asian", "Black"} == set(months.table["within"])
    assert ew.displacement(lists["order"], lists["other"], "clock_start:month").table["people"].iloc[1:].sum() == 400
