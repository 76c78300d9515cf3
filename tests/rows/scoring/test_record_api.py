"""The record API: every result says whose it is, by which policy and version; a bad record has an error of its own."""

from __future__ import annotations

import datetime as dt
import json

import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_presets import child, children

import equiwait as ew
from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy, State
from equiwait.rows.scoring import score
from equiwait.rows.scoring.schemas import schema
from equiwait.rows.scoring.score_record import score_record, score_records

ENGLAND = Policy.preset("england_default")
SOCIAL = Policy.preset("paediatric_surgery_illustrative")
SOCIAL.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
SCHEMA = jsonschema.Draft202012Validator(schema("score"))


def record(**changes: object) -> dict[str, object]:
    return {
        "pathway_id": "EQ-1",
        "snapshot_date": "2026-10-31",
        "list_type": "IRTT",
        "priority": "P3",
        "days_waiting": 90,
        **changes,
    }


def test_every_result_says_whose_by_what_and_which_version():
    found = score_record(record(), ENGLAND, why=True).to_dict()
    SCHEMA.validate(found)
    assert found["id"] == "EQ-1"
    assert (found["policy_name"], found["fingerprint"]) == ("england_default", ENGLAND.fingerprint[:12])
    assert found["policy"] == ENGLAND.stamp
    assert found["software"] == f"equiwait {ew.__version__}"
    assert found["schema"] == schema("score")["$id"] == "urn:equiwait:score:v1"
    assert found["why"] == "Tier P3. Counted: days waited."
    assert found["warnings"] == ["The policy is not approved for use."]
    assert found["error"] is None


@pytest.mark.parametrize(
    ("given_id", "said"),
    [
        ("7", "7"),
        (7, "7"),
        (True, None),
        (["x"], None),
        (None, None),
        ("x" * 500, None),
        (1.5, None),
        ("\ud800", None),
        ("Ω-1", "Ω-1"),
    ],
)
def test_the_identifier_is_given_back_where_it_is_one(given_id, said):
    found = score_record(record(pathway_id=given_id), ENGLAND)
    assert found.id == said
    lost = said is None and given_id is not None
    assert ("pathway_id" in found.unread) == any("pathway_id holds" in each for each in found.warnings) == lost


def test_why_is_that_of_the_list():
    waiting = children(child(priority="P2"), child(imd_quintile=5), child(priority=None), child(scope="closed")).assign(
        imd_quintile=[1, 5, 3, 2]
    )
    ordered = score(waiting, ENGLAND)
    rows = waiting.astype(object).where(waiting.notna(), None).to_dict("records")
    assert [each.why for each in score_records(rows, ENGLAND, why=True)] == ordered["why"].tolist()
    assert [each.why for each in score_records(rows, ENGLAND)] == [None] * 4


def test_a_bad_record_has_an_error_of_its_own_and_the_batch_goes_on():
    bad = [None, [record()], "secret", 7, record(snapshot_date=None), {**record(priority=None), "Priority": "P2"}, {}]
    mixed = [record(), *bad, record(priority="P2")]
    found = score_records(mixed, ENGLAND)
    assert [each.status for each in found] == ["scored", *["error"] * len(bad), "scored"]
    for each in found:
        SCHEMA.validate(json.loads(json.dumps(each.to_dict(), allow_nan=False)))
    assert found[5].id == "EQ-1"
    assert "secret" not in json.dumps([each.to_dict() for each in found])
    assert {each.to_dict()["error"]["kind"] for each in found[1:-1]} == {"InputError"}


def test_a_policy_that_has_expired_is_the_fault_of_the_records_of_that_day_alone():
    approval = {"owner": "o", "approver": "a", "date": dt.date(2026, 1, 1), "review": dt.date(2026, 12, 1),
                "impact_assessment": "1", "fingerprint": ENGLAND.fingerprint}  # fmt: skip
    policy = Policy.read(
        {**ENGLAND.model_dump(exclude_none=True, exclude_unset=True), "status": "approved", "approval": approval}
    )
    now, later = score_records([record(), record(snapshot_date="2027-02-01")], policy)
    assert (now.status, later.status) == ("scored", "error")
    assert isinstance(later.error, PolicyError)
    assert now.warnings == ()


def test_unknown_keys_are_named_and_what_looks_like_data_is_not():
    found = score_record(record(favourite_colour="x", imd_decile=3, missing_sex="blank", points_x=1), ENGLAND)
    assert found.unknown == ("favourite_colour",)
    assert "favourite_colour" in found.warnings[0]
    for secret in ("EQ9 9ZZ", "2031-01-02", "1234567890", "x" * 200, "a\nb"):
        found = score_record({**record(), secret: 1}, ENGLAND)
        assert found.unknown == ("(a key that is not repeated here)",)
        assert secret not in json.dumps(found.to_dict())


def test_a_row_of_our_own_list_is_a_record_without_unknown_keys():
    waiting = ew.flag_missing(
        ew.read_list(
            pd.DataFrame({"clock start": ["2026-01-05"], "p code": ["P2"], "imd decile": [3]}), snapshot="2026-10-31"
        )
    )
    row = score(waiting.assign(list_type="IRTT", pathway_id="a"), ENGLAND).iloc[0].to_dict()
    found = score_record(row, ENGLAND)
    assert (found.unknown, found.score) == ((), row["score"])


def test_what_cannot_be_read_or_protects_nobody_is_warned_of():
    found = score_record(record(priority="2"), ENGLAND)
    assert found.warnings[0] == "priority holds something that cannot be read; it counts as not recorded."
    alone = score_record(record(priority=None), SOCIAL)
    assert any("since the record has no priority" in each for each in alone.warnings)
    assert not any("no priority" in each for each in score_record(record(cancer_pathway=False), SOCIAL).warnings)


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2), st.sampled_from(["P2", "Y", "2026-08-01", "1e400", 10**400, -1, 1e300]),
)  # fmt: skip
_KEYS = st.sampled_from(["pathway_id", "priority", "days_waiting", "clock_start", "imd_quintile", "learning_disability", "scope",
                         "list_type", "tci_date", "idaci_quintile", "Priority", "strange", "snapshot_date", "school_missed"])  # fmt: skip
_RECORDS = st.lists(
    st.one_of(st.dictionaries(_KEYS, _VALUES, max_size=6).map(lambda own: record(**own)), _VALUES),
    min_size=1,
    max_size=6,
)


@given(_RECORDS)
def test_whatever_comes_each_record_is_answered_as_if_it_had_come_alone(records):
    policy = Policy.preset("paediatric_surgery_illustrative")
    policy.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
    together = [each.to_dict() for each in score_records(records, policy, why=True)]
    assert together == [score_records([each], policy, why=True)[0].to_dict() for each in records]
    for each in together:
        SCHEMA.validate(json.loads(json.dumps(each, allow_nan=False)))
