"""The published JSON Schemas: current, and true of what the library takes and gives."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest
from test_presets import child

import equiwait as ew
from equiwait.errors import OptionError
from equiwait.rows.policies import Policy, State
from equiwait.rows.scoring.schemas import made, schema
from equiwait.rows.scoring.score_record import score_record


@pytest.mark.parametrize("name", ["policy", "record", "score"])
def test_published_schemas_are_those_of_the_code(name, root):
    jsonschema.Draft202012Validator.check_schema(schema(name))
    for folder in (root / "src" / "equiwait" / "schemas", root / "docs" / "schemas"):
        published = (folder / f"{name}.json").read_text(encoding="utf-8")
        assert published == json.dumps(made(name), indent=1, sort_keys=True) + "\n", "run python docs/schemas.py"


@pytest.mark.parametrize("name", Policy.presets())
def test_every_preset_follows_the_schema_of_a_policy(name, root):
    text = (root / "src" / "equiwait" / "rows" / "policies" / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    jsonschema.validate(tomllib.loads(text), schema("policy"))
    jsonschema.validate(tomllib.loads(Policy.preset(name).to_toml()), schema("policy"))


def test_the_schema_of_a_policy_refuses_what_the_library_refuses():
    text = Policy.preset("england_default").to_toml()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tomllib.loads(text), "colour": "red"}, schema("policy"))


def test_records_and_scores_follow_theirs():
    given = {name: value for name, value in child().items() if isinstance(value, str | int | bool)}
    jsonschema.validate(given, schema("record"))
    policy = Policy.preset("paediatric_surgery_illustrative")
    policy.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
    for record in (given, {**given, "scope": "closed"}, {**given, "priority": None}, {**given, "priority": "soon"}):
        jsonschema.validate(score_record(record, policy).to_dict(), schema("score"))
        jsonschema.validate(json.loads(json.dumps(score_record(record, policy).to_dict())), schema("result"))


def test_schemas_are_at_the_front_door_each_with_a_name_of_its_own():
    assert ew.schema("result") == ew.schema("score")
    assert {ew.schema(name)["$id"] for name in ("policy", "record", "score")} == {
        "urn:equiwait:policy:v1",
        "urn:equiwait:record:v1",
        "urn:equiwait:score:v1",
    }
    with pytest.raises(OptionError, match="record"):
        ew.schema("records")  # type: ignore[arg-type]
