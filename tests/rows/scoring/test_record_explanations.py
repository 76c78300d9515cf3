"""A record is explained as its row on a list would be, but for the place."""

from __future__ import annotations

import pytest
from test_presets import child, children

from equiwait.errors import InputError, OptionError
from equiwait.rows.policies import Policy, State
from equiwait.rows.scoring import score
from equiwait.rows.scoring.explain import explain

POLICY = Policy.preset("paediatric_surgery_illustrative")
POLICY.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
RECORDS = [
    child(),
    child(child_protection=True, age="7"),
    child(priority=None),
    child(scope="closed"),
    child(school_missed="?", age="none"),
]


@pytest.mark.parametrize("audience", ["clerk", "clinician", "family"])
@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_the_words_are_those_of_the_list_but_for_the_place(record, audience):
    mine = str(explain(record, policy=POLICY, audience=audience))
    assert "child protection" not in mine.lower() or audience == "clinician"
    assert POLICY.fingerprint[:12] in mine or audience == "family"


def test_a_family_is_told_the_same_of_a_record_as_of_its_row():
    waiting = children(*[child()] * 5)
    ordered = score(waiting, POLICY)
    row = {name: value for name, value in waiting.iloc[0].to_dict().items() if value == value}
    told = explain(ordered, str(waiting["pathway_id"].iloc[0]), audience="family", policy=POLICY)
    assert str(explain(row, audience="family", policy=POLICY)) == str(told)


def test_what_is_needed_is_said():
    with pytest.raises(OptionError, match="policy=policy"):
        explain(child())
    with pytest.raises(InputError, match="snapshot_date"):
        explain({"priority": "P2"}, policy=Policy.preset("england_default"))
    with pytest.raises(OptionError, match="pathway_id"):
        explain(score(children(child()), Policy.preset("england_default")))
