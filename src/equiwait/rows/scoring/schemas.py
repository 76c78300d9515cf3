"""JSON Schemas of a policy, a record and a score, for tools that speak to equiwait without Python."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal

from equiwait.errors import choose
from equiwait.fields import FIELDS, Field
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.row_scores import STATUSES
from equiwait.rows.scoring.scores import ERROR, SCORE_ID, VERSION, fields_of_error

__all__ = ["made", "schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MAYBE_NUMBER = {"type": ["number", "null"]}
_NAMED = {"type": "array", "items": {"type": "string"}}
_NAMES = ("policy", "record", "score", "result")


def schema(name: Literal["policy", "record", "score", "result"]) -> dict[str, Any]:
    """Return a published JSON Schema (draft 2020-12).

    Parameters
    ----------
    name : {"policy", "record", "score", "result"}
        What it describes: a policy file as a mapping, a record for `score_record`, or what `Score.to_dict` gives
        (``"result"`` is another name for that).

    Raises
    ------
    OptionError
        If there is none of that name.

    Notes
    -----
    Each has its version in ``$id``, such as ``urn:equiwait:score:v1``; every score says which it follows. Within a version
    names are only added to records and policies, and nothing changes its meaning.
    JSON has no dates: in a policy they are text, ``"2027-01-01"``. `tomllib` reads a date of a policy file as a
    ``datetime.date``; write it as text before you hold the mapping against the schema.

    Examples
    --------
    >>> schema("record")["required"]
    ['snapshot_date']
    """
    asked = {"result": "score"}.get(choose("name", name, _NAMES), name)
    file = files("equiwait").joinpath("schemas", f"{asked}.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def made(name: str) -> dict[str, Any]:
    """Make a schema from the code; the published files are held equal to this by a test."""
    make = {"policy": Policy.model_json_schema, "record": _record, "score": _score}[name]
    return {
        "$schema": _DRAFT,
        "$id": f"urn:equiwait:{name}:{VERSION}",
        "title": f"equiwait {name}",
        **{k: v for k, v in make().items() if k != "title"},
    }


def _record() -> dict[str, Any]:
    own = {name: _cell(field) for name, field in FIELDS.items()}
    days = {"type": ["integer", "null"], "minimum": 0, "description": "Days waited; from clock_start if left out"}
    scope = {"type": ["string", "null"], "description": "rtt_open if left out"}
    return {
        "type": "object",
        "description": "One pathway in canonical columns; a column of the user's own may be given as well.",
        "properties": {**own, "days_waiting": days, "scope": scope},
        "required": ["snapshot_date"],
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    }


def _cell(field: Field) -> dict[str, Any]:
    kinds = {"flag": "boolean", "whole": "integer", "number": "number"}
    said: dict[str, Any] = {"type": [kinds.get(field.kind, "string"), "null"], "description": field.meaning}
    if field.kind == "date":
        said["format"] = "date"
    if field.codes:
        said["examples"] = list(field.codes)
    return said


def _score() -> dict[str, Any]:
    text = {"type": "string"}
    properties = {
        "id": {"type": ["string", "null"], "description": "The record's pathway_id, as given"},
        "status": {"enum": [*STATUSES, ERROR]},
        "tier": {"type": ["integer", "null"], "minimum": 1},
        "tier_name": {"type": ["string", "null"]},
        "score": _MAYBE_NUMBER,
        "score_low": {**_MAYBE_NUMBER, "description": "The lowest score that what is not recorded leaves possible"},
        "score_high": {**_MAYBE_NUMBER, "description": "The highest score that what is not recorded leaves possible"},
        "points": {"type": "object", "additionalProperties": _MAYBE_NUMBER},
        "missing": {**_NAMED, "description": "Factors whose input is not recorded"},
        "unread": {**_NAMED, "description": "Columns that hold something which cannot be read"},
        "unknown": {**_NAMED, "description": "Keys that nothing reads"},
        "warnings": {**_NAMED, "description": "What to know before using the score"},
        "why": {"type": ["string", "null"], "description": "The reasons in one line, where asked"},
        "error": {**fields_of_error(), "description": "What is wrong with a record that cannot be used"},
        "policy": {**text, "description": "Name, fingerprint, and [not approved] unless it is"},
        "policy_name": text,
        "fingerprint": text,
        "software": text,
        "schema": {"const": SCORE_ID},
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
