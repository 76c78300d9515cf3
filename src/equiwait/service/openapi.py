"""What the service says of itself: OpenAPI 3.1 made from the published schemas, and a page of it that needs no internet."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from html import escape
from typing import Any

import equiwait
from equiwait.answers.reordering.overrides import OVERRIDE_REASONS
from equiwait.rows.places import LINK_STATUSES
from equiwait.rows.scoring.schemas import schema
from equiwait.rows.scoring.scores import VERSION, fields_of_error
from equiwait.service.settings import ROLES, Settings

__all__ = ["described", "page"]

_TEXT = {"type": "string"}
_NAMED = {"type": "array", "items": _TEXT}
_BY = dict.fromkeys(("policy", "policy_name", "fingerprint", "software"), _TEXT)
_REFUSALS = {
    401: "no token, or another one",
    408: "the request took too long",
    413: "the body is too long",
    415: "the body is not said to be JSON",
    421: "asked by another name than this machine's own",
    422: "the body is not what the path takes; no value of it is repeated",
}


def described(settings: Settings, policies: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Return the OpenAPI description of a service that has these policies, each with its fingerprints."""
    components = {name: _without_id(schema(name)) for name in ("record", "score")}
    components["refusal"] = _object({"error": {**fields_of_error(), "type": "object"}})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "equiwait",
            "version": equiwait.__version__,
            "description": "Scores, links, explains and checks records of a waiting list. A suggested order is not a decision; "
            "no clinical-safety assurance has been done.",
        },
        "paths": _paths(settings, policies),
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        **({"security": [{"token": []}]} if settings.token_hash else {}),
    }


def _paths(settings: Settings, policies: Mapping[str, Collection[str]]) -> dict[str, Any]:
    versions = [fingerprint for each in policies.values() for fingerprint in each]
    policy = {"policy": {"enum": list(policies)}, "fingerprint": {"enum": list(dict.fromkeys(versions))}}
    records = {"record": _ref("record"), "records": {**_many(_ref("record")), "maxItems": settings.most_records}}
    one_or_many = {"oneOf": [{"required": ["record"]}, {"required": ["records"]}]}
    checked = {
        "usable": {"type": "boolean"}, "id": _maybe("string"), **dict.fromkeys(("missing", "unread", "unknown", "warnings"), _NAMED),
        "error": fields_of_error(),
    }  # fmt: skip
    linked = {"id": _maybe("string"), "link_status": {"enum": [*LINK_STATUSES, None]}, "error": fields_of_error()}
    audience = {"enum": ["clerk", "clinician", "family"]}
    override = {**policy, "role": {"enum": list(ROLES)}, "reason": {"enum": list(OVERRIDE_REASONS)}}
    asked: dict[str, tuple[dict[str, Any], list[str], dict[str, Any]]] = {
        "score": ({**policy, **records, "why": {"type": "boolean"}}, ["policy"], one_or_many),
        "link": (records, [], one_or_many),
        "explain": ({**policy, "record": _ref("record"), "audience": audience}, ["policy", "record"], {}),
        "check": ({**policy, **records}, ["policy"], one_or_many),
        "overrides": (override, ["policy", "role", "reason"], {}),
    }  # fmt: skip
    given = {
        "score": _object({"results": _many(_ref("score"))}),
        "link": _object({"results": _many({"type": "object", "properties": linked, "required": list(linked)})}),
        "explain": _object({"id": _maybe("string"), "audience": audience, "text": _TEXT, **_BY}),
        "check": _object({"results": _many(_object(checked)), **_BY}),
        "overrides": _object({"entry": {"type": "integer"}, "hash": _TEXT, **_BY}),
    }
    paths = {f"/{VERSION}/{name}": {"post": _post(name, *asked[name], given[name])} for name in asked}
    one = {
        "name": _TEXT,
        "fingerprint": _TEXT,
        "title": _TEXT,
        "status": _TEXT,
        "approved": {"type": "boolean"},
        "policy": _TEXT,
    }
    gets = {
        f"/{VERSION}/policies": (
            "The policies that records may be scored by",
            _object({"policies": _many(_object(one))}),
        ),
        "/healthz": (
            "Whether the service answers",
            _object({"status": {"const": "ok"}, "software": _TEXT, "api": _TEXT}),
        ),
        "/openapi.json": ("This description", {"type": "object"}),
    }
    return {**paths, **{path: {"get": _get(*said)} for path, said in gets.items()}}


_SAYS = {
    "score": "Score one record or many by a policy. A record that cannot be used has its own error among the results.",
    "link": "Link a postcode or an area code to area, regions, rank and decile. What was sent is not given back.",
    "explain": "Say why one record scores as it does, for a clerk, a clinician or a family.",
    "check": "Say what of records cannot be read or used.",
    "overrides": "Record in the audit log that a person decided otherwise, by role and reason; nobody is named.",
}


def _post(
    name: str, properties: Mapping[str, Any], required: list[str], more: Mapping[str, Any], gives: Mapping[str, Any]
) -> dict[str, Any]:
    body = {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}
    refusals = {**_REFUSALS, **({404: "no policy of that name and fingerprint"} if "policy" in properties else {})}
    refusals |= {409: "the service was started without what this needs"} if name in ("link", "overrides") else {}
    return {
        "summary": _SAYS[name],
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "201" if name == "overrides" else "200": _answer("What was asked for", gives),
            **_refused(refusals),
        },
    }


def _get(says: str, gives: Mapping[str, Any]) -> dict[str, Any]:
    own = {status: _REFUSALS[status] for status in (401, 408, 413, 421)}
    return {"summary": says, "responses": {"200": _answer(says, gives), **_refused(own)}}


def _refused(refusals: Mapping[int, str]) -> dict[str, Any]:
    return {str(status): _answer(says, _ref("refusal")) for status, says in sorted(refusals.items())}


def _answer(says: str, gives: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": gives}}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _many(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


def _maybe(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _without_id(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("$id", "$schema")}


# --- the page ---------------------------------------------------------------------------------------------------------

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f3f4f6;padding:.8rem;overflow:auto}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#16181c}pre{background:#22252b}}"""
_EXAMPLE = {"policy": "england_default", "record": {"pathway_id": "EQ-1", "snapshot_date": "2026-10-31", "clock_start": "2026-08-02",
            "priority": "P2", "list_type": "IRTT"}}  # fmt: skip


def page(description: Mapping[str, Any]) -> str:
    """Return the description as a page: nothing of it is fetched from anywhere."""
    parts = [
        f"<h1>equiwait {escape(description['info']['version'])}</h1><p>{escape(description['info']['description'])}</p>"
    ]
    parts.append(f"<h2>Try it</h2><pre>{escape(_curl('security' in description))}</pre>")
    for path, methods in description["paths"].items():
        for method, about in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(about['summary'])}</p>")
            parts.append(_shown(about))
    style = f"<style>{_STYLE}</style>"
    head = f'<head><meta charset="utf-8"><title>equiwait service</title><meta name="viewport" content="width=device-width">{style}</head>'
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>'


def _curl(token: bool) -> str:
    header = ' -H "Authorization: Bearer $TOKEN"' if token else ""
    return f"curl -s http://localhost:8350/v1/score -H 'Content-Type: application/json'{header} -d '{json.dumps(_EXAMPLE)}'"


def _shown(about: Mapping[str, Any]) -> str:
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    sent = f"<h3>Body</h3><pre>{escape(json.dumps(body, indent=1))}</pre>" if body else ""
    rows = "".join(
        f"<tr><td>{code}</td><td>{escape(one['description'])}</td></tr>" for code, one in about["responses"].items()
    )
    return f"{sent}<h3>Answers</h3><table>{rows}</table>"
