"""Each route answers as Python does, follows the description, and refuses in one shape."""

from __future__ import annotations

import json

import jsonschema
import pytest

import equiwait as ew
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.schemas import schema
from equiwait.rows.scoring.score_record import score_records
from equiwait.samples import sample_path
from equiwait.service.audit import verify
from equiwait.service.settings import Settings, hash_of, new_token
from service.conftest import RECORD, TOKEN

ENGLAND = Policy.preset("england_default")


def test_one_record_and_many(client) -> None:
    expected = [one.to_dict() for one in score_records([RECORD], ENGLAND)]
    for body in ({"record": RECORD}, {"records": [RECORD]}):
        found = client.post("/v1/score", json={"policy": "england_default", **body})
        assert (found.status_code, found.json()) == (200, {"results": expected})
    many = [{**RECORD, "pathway_id": f"p{at}", "days_waiting": at} for at in range(300)]
    found = client.post("/v1/score", json={"policy": "england_default", "records": many, "why": True}).json()["results"]
    assert found == [one.to_dict() for one in score_records(many, ENGLAND, why=True)]
    for one in found[:5]:
        jsonschema.validate(one, schema("score"))


def test_a_bad_record_has_its_own_error(client) -> None:
    found = client.post(
        "/v1/score", json={"policy": "england_default", "records": [RECORD, None, {"priority": "P2"}, RECORD]}
    )
    assert [one["status"] for one in found.json()["results"]] == ["scored", "error", "error", "scored"]


def test_a_policy_is_found_by_name_and_where_there_are_several_by_fingerprint(client) -> None:
    table = client.get("/v1/policies").json()["policies"]
    versions = [one["fingerprint"] for one in table if one["name"] == "nhsr_targets"]
    assert (len(table), len(versions)) == (4, 2)
    body = {"policy": "nhsr_targets", "record": RECORD}
    assert client.post("/v1/score", json=body).status_code == 404
    for version in versions:
        found = client.post("/v1/score", json={**body, "fingerprint": version}).json()["results"][0]
        assert found["fingerprint"] == version
    for lost in ({"policy": "SECRET"}, {"fingerprint": "SECRET"}):
        found = client.post("/v1/score", json={**body, **lost})
        assert found.status_code == 404
        assert "SECRET" not in found.text


def test_a_list_s_mean_that_the_file_holds_is_in_force(client) -> None:
    body = {"policy": "paediatric_surgery_illustrative", "record": {**RECORD, "priority_date": "2026-09-01"}}
    found = client.post("/v1/score", json=body).json()["results"][0]
    assert found["points"]["idaci"] == 4.0
    assert "idaci" in found["missing"]


def test_link_gives_back_what_is_added_and_nothing_that_was_sent(client) -> None:
    found = client.post(
        "/v1/link", json={"records": [{"pathway_id": "a", "postcode": "eq18gy"}, {"postcode": "ZZ99 3VZ"}, {}, 7]}
    )
    results = found.json()["results"]
    assert [one["link_status"] for one in results] == ["matched", "no_fixed_abode", "missing", None]
    assert results[3]["error"]["kind"] == "InputError"
    assert "eq18gy" not in found.text
    mine = ew.link_record("EQ1 8GY", directory=sample_path("directory"), index=sample_path("index"))
    assert {name: value for name, value in results[0].items() if name not in ("id", "error")} == {
        name: value for name, value in mine.items() if name != "postcode"
    }


@pytest.mark.parametrize("audience", ["clerk", "clinician", "family"])
def test_explain_gives_the_words_of_python(client, audience: str) -> None:
    found = client.post(
        "/v1/explain", json={"policy": "england_default", "record": RECORD, "audience": audience}
    ).json()
    assert found["text"] == str(ew.explain(RECORD, policy=ENGLAND, audience=audience))
    assert (found["id"], found["fingerprint"]) == ("EQ-1", ENGLAND.fingerprint[:12])


def test_check_says_what_cannot_be_read_or_used(client) -> None:
    odd = {**RECORD, "priority": "2", "favourite": 1}
    results = client.post("/v1/check", json={"policy": "england_default", "records": [RECORD, odd, {}]}).json()[
        "results"
    ]
    assert [one["usable"] for one in results] == [True, True, False]
    assert (results[1]["unread"], results[1]["unknown"]) == (["priority"], ["favourite"])
    assert "score" not in results[0]


def test_an_override_is_written_by_role_and_reason(client, settings) -> None:
    body = {"policy": "england_default", "role": "consultant", "reason": "clinical_change"}
    found = client.post("/v1/overrides", json=body)
    assert found.status_code == 201
    assert found.json()["entry"] == verify(settings.audit).entries
    entry = json.loads(settings.audit.read_text(encoding="utf-8").splitlines()[-1])
    assert (entry["what"], entry["role"], entry["hash"]) == ("override", "consultant", found.json()["hash"])
    for wrong in ({"role": "Dr SECRET"}, {"reason": "SECRET"}, {"note": "SECRET"}):
        refused = client.post("/v1/overrides", json={**body, **wrong})
        assert refused.status_code == 422
        assert "SECRET" not in refused.text


def test_nobody_is_in_the_audit_log(client, settings) -> None:
    secret = {**RECORD, "pathway_id": "SECRET-77", "postcode": "EQ9 9ZZ", "ethnicity": "Klingon"}
    for path, more in {
        "score": {"records": [secret]},
        "check": {"record": secret},
        "explain": {"record": secret},
    }.items():
        assert client.post(f"/v1/{path}", json={"policy": "england_default", **more}).status_code == 200
    client.post("/v1/link", json={"record": secret})
    text = settings.audit.read_text(encoding="utf-8")
    assert not [each for each in ("SECRET-77", "EQ9 9ZZ", "Klingon") if each in text]
    assert verify(settings.audit).whole


def test_a_mark_before_a_body_is_no_matter_and_nan_is_said(client) -> None:
    body = json.dumps({"policy": "england_default", "record": {}}).encode("utf-8-sig")
    json_kind = {"Content-Type": "application/json"}
    assert client.post("/v1/score", content=body, headers=json_kind).status_code == 200
    found = client.post(
        "/v1/score", content=b'{"policy": "england_default", "record": {"dna_count": NaN}}', headers=json_kind
    )
    assert "not NaN" in found.json()["error"]["todo"]


REFUSED = {
    "no JSON": (b"{", 422), "no object": (b"[1]", 422), "empty": (b"", 422), "not UTF-8": (b"\xff\xfe", 422), "NaN": (b'{"a": NaN}', 422),
    "no record": (b'{"policy": "england_default"}', 422), "both": (b'{"policy": "england_default", "record": {}, "records": [{}]}', 422),
    "no records": (b'{"policy": "england_default", "records": []}', 422), "no list": (b'{"policy": "england_default", "records": {}}', 422),
    "no policy": (b'{"record": {}}', 422), "a policy of another kind": (b'{"policy": 7, "record": {}}', 422),
    "another key": (b'{"policy": "england_default", "record": {}, "SECRET": 1}', 422),
    "why is no flag": (b'{"policy": "england_default", "record": {}, "why": "SECRET"}', 422),
    "too many": (json.dumps({"policy": "england_default", "records": [{}] * 2_001}).encode(), 422),
    "deep": (b'{"a":' * 100_000, 422), "long number": (b'{"policy": ' + b"9" * 10_000 + b"}", 422),
}  # fmt: skip


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_not_asked_properly_is_refused_in_one_shape(client, way: str) -> None:
    body, status = REFUSED[way]
    found = client.post("/v1/score", content=body, headers={"Content-Type": "application/json"})
    assert found.status_code == status
    assert set(found.json()["error"]) == {"kind", "wrong", "found", "todo"}
    assert found.json()["error"]["todo"]
    assert "SECRET" not in found.text


@pytest.mark.parametrize(("method", "path", "kind", "status"), [
    ("GET", "/v1/nothing", None, 404), ("GET", "/v1/score", None, 405), ("DELETE", "/healthz", None, 405),
    ("POST", "/v1/score", "text/plain", 415), ("POST", "/v1/score", None, 415), ("GET", "/v1/policies/", None, 307),
])  # fmt: skip
def test_another_path_method_or_kind(client, method: str, path: str, kind: str | None, status: int) -> None:
    found = client.request(method, path, headers={"Content-Type": kind} if kind else {}, follow_redirects=False)
    assert found.status_code in (status, 404)


def test_the_token(client, settings) -> None:
    body = {"policy": "england_default", "record": RECORD}
    for wrong in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {hash_of(TOKEN)}", "Bearer \xe9"):
        found = client.post("/v1/score", json=body, headers={"Authorization": wrong.encode("latin-1")})
        assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer"), wrong
    for path in ("/docs", "/openapi.json", "/v1/policies"):
        assert client.get(path, headers={"Authorization": "x"}).status_code == 401
    assert client.get("/healthz", headers={"Authorization": ""}).status_code == 200
    assert new_token() != new_token()
    assert len(new_token()) >= 43


def test_another_host_name_is_refused_where_only_this_machine_may_ask(client) -> None:
    """A page from elsewhere whose name was pointed at this machine brings its own name."""
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
    for name in ("localhost", "localhost:8350", "127.0.0.1:99", "[::1]", "[::1]:8350"):
        assert client.get("/healthz", headers={"Host": name}).status_code == 200


def test_what_listens_beyond_this_machine_wants_a_token_and_a_log(tmp_path) -> None:
    with pytest.raises(ew.EquiwaitError, match=r"--token-hash and --audit"):
        Settings(host="0.0.0.0")
    with pytest.raises(ew.EquiwaitError, match=r"wants --audit"):
        Settings(host="10.0.0.5", token_hash="a" * 64)
    assert not Settings(host="10.0.0.5", token_hash="a" * 64, audit=tmp_path / "a").loopback
    assert all(Settings(host=host).loopback for host in ("localhost", "127.0.0.1", "127.0.0.9", "::1"))
    with pytest.raises(ew.EquiwaitError, match="SHA-256"):
        Settings(token_hash="a-token-itself")
    with pytest.raises(ew.EquiwaitError, match="limit"):
        Settings(most_records=0)


def test_the_pages_fetch_nothing_from_elsewhere(client) -> None:
    page = client.get("/docs").text
    assert "/v1/score" in page
    assert not [each for each in ("<script", "src=", "href=", "@import", "url(", "https://") if each in page]
    description = client.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) >= {
        "/v1/score",
        "/v1/link",
        "/v1/explain",
        "/v1/check",
        "/v1/policies",
        "/healthz",
    }


def test_whatever_breaks_inside_is_told_without_its_words(client, monkeypatch, caplog) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("could not convert SECRET-77")

    monkeypatch.setattr("equiwait.service.app.score_records", fail)
    found = client.post("/v1/score", json={"policy": "england_default", "record": RECORD})
    assert found.status_code == 500
    assert "ValueError" in found.text
    assert "SECRET" not in found.text + caplog.text


@pytest.mark.parametrize("wrong", ["no folder", "an empty folder", "a fault", "the same twice"])
def test_a_folder_that_is_no_shelf_stops_the_start(tmp_path, wrong: str) -> None:
    from equiwait.service.shelf import Shelf

    folder = tmp_path / "p"
    if wrong != "no folder":
        folder.mkdir()
    if wrong == "a fault":
        (folder / "a.toml").write_text("name =", encoding="utf-8")
    if wrong == "the same twice":
        for name in "ab":
            ENGLAND.save(folder / f"{name}.toml")
    with pytest.raises(ew.EquiwaitError) as caught:
        Shelf(folder)
    assert caught.value.todo


def test_without_a_folder_the_presets_are_served() -> None:
    from equiwait.service.shelf import Shelf

    assert {"england_default", "paediatric_surgery_illustrative"} <= set(Shelf(None).policies)
