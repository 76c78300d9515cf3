"""The manifest says what a run was made from, and holds no small number, no folder and no clock."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from equiwait.reporting import manifest, outputs


@pytest.fixture
def waiting() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scope": ["rtt_open"] * 93 + ["closed"] * 3,
            "snapshot_date": pd.Categorical(["2026-10-31"] * 96),
            "index_edition": pd.Categorical(["imd2025 abc123"] * 95 + [None]),
        }
    )


def test_says_sources_editions_policy_snapshot_and_counts(tmp_path: Path, waiting: pd.DataFrame) -> None:
    source = tmp_path / "secret-folder" / "list.csv"
    source.parent.mkdir()
    source.write_bytes(b"abc")
    policy = SimpleNamespace(name="mine", status="illustrative", fingerprint="0123456789ab")
    found = manifest(waiting, sources={"list": source, "index imd": source}, policy=policy, key="k")
    # SHA-256 of "abc": FIPS 180-2, appendix B.1. HMAC of it under "k": printf abc | openssl dgst -sha256 -hmac k
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    keyed = "342e519ce0ad6c03a36b98eeb3f1d130db4813b9df4d1160eda488d712dc78ee"
    assert found["sources"] == [
        {"use": "list", "hmac_sha256": keyed},
        {"use": "index imd", "name": "list.csv", "bytes": 3, "sha256": digest},
    ]
    assert manifest(waiting, sources={"list": source})["sources"] == [{"use": "list"}], "no key, no hash"
    assert found["snapshot"] == ["2026-10-31"]
    assert found["editions"] == {"index_edition": ["imd2025 abc123"]}
    assert found["policy"] == {"name": "mine", "status": "illustrative", "fingerprint": "0123456789ab"}
    assert "counts" not in found, "they would not be audited with the report's"
    assert "secret-folder" not in json.dumps(found)


def test_exact_only_when_asked(waiting: pd.DataFrame) -> None:
    assert manifest(waiting, suppression="none")["counts"]["scope"] == {"rtt_open": 93, "closed": 3}


def test_outputs_are_listed_with_their_checksums(tmp_path: Path, waiting: pd.DataFrame, gaps) -> None:
    made = outputs(gaps, to=tmp_path / "out", waiting=waiting)
    assert made[0].name == "report.html"
    found = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    team = ["waiting-list-IN-TEAM.csv", "waiting-list-IN-TEAM.xlsx"]
    assert [each["name"] for each in found["files"]] == ["report.html", "tidy/gaps.csv", *team, "workbook.xlsx"]
    key = (tmp_path / "out" / "manifest-key-IN-TEAM.txt").read_text(encoding="utf-8").strip().encode()
    for each in found["files"]:
        data = (tmp_path / "out" / each["name"]).read_bytes()
        plain = hashlib.sha256(data).hexdigest()
        if each["name"] in team:
            assert each == {
                "name": each["name"],
                "made_by": "outputs",
                "hmac_sha256": hmac.digest(key, data, "sha256").hex(),
            }
            assert plain not in json.dumps(found), "whoever guesses the list could test the guess"
        else:
            assert each["sha256"] == plain


def test_the_same_run_gives_the_same_folder(tmp_path: Path, waiting: pd.DataFrame, gaps) -> None:
    outputs(gaps, to=tmp_path / "a", waiting=waiting)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()}
    outputs(gaps, to=tmp_path / "a", waiting=waiting)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()}


def test_exact_outputs_are_named_in_team(tmp_path: Path, waiting: pd.DataFrame, exact) -> None:
    made = outputs(exact, to=tmp_path / "out", waiting=waiting, allow_unsuppressed=True)
    assert sorted(path.name for path in made) == [
        "gaps-IN-TEAM.csv", "manifest.json", "report-IN-TEAM.html", "waiting-list-IN-TEAM.csv",
        "waiting-list-IN-TEAM.xlsx", "workbook-IN-TEAM.xlsx",
    ]  # fmt: skip
