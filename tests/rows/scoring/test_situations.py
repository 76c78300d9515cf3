"""Where somebody may stand once blanks are filled in: the same as going through every way of filling them in."""

from __future__ import annotations

from itertools import product
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

from equiwait.fields import INVALID
from equiwait.rows.policies import Policy
from equiwait.rows.policies.columns import levels_of, missing_codes
from equiwait.rows.scoring import score
from equiwait.rows.scoring.score_record import score_record
from equiwait.rows.scoring.tiers import Place, Situations


def policy(**parts: object) -> Policy:
    order = {"then": "days_waited", "rank_within": []}
    said = {"name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone", "order": order}
    return Policy.read({**said, **parts})


REST = {"name": "rest", "takes_unknown": True}
DECILES = policy(
    tiers=[
        {"name": "worst", "when": {"pain_decile": [1, 2], "sleep_decile": 1}},
        {"name": "bad", "when": [{"pain_decile": [1, 2, 3]}, {"work_decile": [9, 10]}]},
        REST,
    ]
)
TARGETS = policy(
    tiers=[
        {"name": "soon", "when": {"priority": ["P1a", "P1b", "P2"]}},
        {"name": "own", "when": {"colour": "red"}},
        REST,
    ],
    targets={"days": {"P2": 28, "P3": 84}, "from_clock_start": {"P4": 126}, "source": "test"},
)
MATRIX = policy(
    tiers=[{"name": code, "when": {"priority": code}} for code in ("P1b", "P2", "P3")] + [REST],
    retier={"column": "harm", "missing": "as_it_is", "source": "test",
            "outcomes": {"P3": {"none": "P3", "moderate": "P2", "severe": ["P2", "P1b"]}, "P4": {"severe": "P3"}}},
)  # fmt: skip
LEVELS = {"colour": ("red", "blue"), "harm": ("none", "moderate", "severe")}


def levels(column: str) -> list[str]:
    return [each for each in LEVELS.get(column) or levels_of(column) if each not in missing_codes(column)]


@pytest.mark.parametrize("rules", [DECILES, TARGETS, MATRIX], ids=["deciles", "targets", "matrix"])
def test_the_places_left_open_are_those_of_every_way_of_filling_in(rules):
    situations = Situations(rules)
    choices = {name: [None, INVALID, *levels(name)[:4]] for name in situations.columns}
    for codes in product(*choices.values()):
        given = dict(zip(choices, codes, strict=True))
        ways = [[code] if code not in (None, INVALID) else levels(name) for name, code in given.items()]
        every: set[Place] = set()
        for whole in product(*ways):
            every |= set(situations.of(dict(zip(given, whole, strict=True))).possible)
        assert set(situations.of(given).possible) == every


def test_many_blanks_take_no_time():
    names = [f"need{number}_decile" for number in range(6)]
    rules = policy(tiers=[*({"name": name, "when": {name: [1, 2]}} for name in names), REST])
    began = perf_counter()
    found = score_record({"snapshot_date": "2026-10-31", "days_waiting": 9}, rules)
    assert perf_counter() - began < 0.5  # a million ways of filling them in would take many seconds
    assert found.tier == 7
    assert len(Situations(rules).of({}).possible) == 7


class Growing(list):
    """A list that has one more each time that somebody has gone over it, as where another thread adds to it."""

    def __iter__(self):
        yield from super().__iter__()
        self.append(self[0])


def test_the_places_of_all_situations_belong_together_while_others_are_found():
    situations = Situations(Policy.preset("england_default"))
    situations.found = Growing([situations.of({"priority": "P2"}), situations.of({"priority": None})])
    count, every = situations.possibilities()
    assert count.sum() == len(every)


def test_a_column_that_has_more_situations_by_then_is_no_hindrance(monkeypatch):
    waiting = pd.DataFrame({
        "pathway_id": ["a", "b"], "snapshot_date": "2026-10-31", "scope": "rtt_open", "list_type": "IRTT",
        "priority": ["P2", None], "days_waiting": [30, 90],
    })  # fmt: skip
    expected, known, seen = score(waiting, Policy.preset("england_default")), Situations.column, []

    def later(self, name):
        seen.append(name)
        return np.append(known(self, name), np.zeros(len(seen), np.int32))

    monkeypatch.setattr(Situations, "column", later)
    pd.testing.assert_frame_equal(score(waiting, Policy.preset("england_default")), expected)
