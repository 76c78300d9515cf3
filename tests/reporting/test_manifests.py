"""The manifest says what a run was made from, and holds no small number, no folder and no clock."""

from __future__ import annotations

import hashlib
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
    found = manifest(waiting, sources={"list": source}, policy=policy)
    # SHA-256 of "abc": FIPS 180-2, appendix B.1.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found["sources"] == [{"use": "list", "name": "list.csv", "bytes": 3, "sha256": digest}]
    assert found["snapshot"] == ["2026-10-31"]
    assert found["editions"] == {"index_edition": ["imd2025 abc123"]}
    assert found["policy"] == {"name": "mine", "status": "illustrative", "fingerprint": "0123456789ab"}
    assert found["counts"] == {"rows": "95", "scope": {"closed": "1–7", "rtt_open": "95"}}
    assert "secret-folder" not in json.dumps(found)


def test_exact_only_when_asked(waiting: pd.DataFrame) -> None:
    assert manifest(waiting, suppression="none")["counts"]["scope"] == {"closed": "3", "rtt_open": "93"}


def test_outputs_are_listed_with_their_checksums(tmp_path: Path, waiting: pd.DataFrame, gaps) -> None:
    made = outputs(gaps, to=tmp_path / "out", waiting=waiting)
    assert made[0].name == "report.html"
    found = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    team = ["waiting-list-IN-TEAM.csv", "waiting-list-IN-TEAM.xlsx"]
    assert [each["name"] for each in found["files"]] == ["report.html", "tidy/gaps.csv", *team, "workbook.xlsx"]
    for each in found["files"]:
        data = (tmp_path / "out" / each["name"]).read_bytes()
        assert each["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_same_run_gives_the_same_folder(tmp_path: Path, waiting: pd.DataFrame, gaps) -> None:
    for name in ("a", "b"):
        outputs(gaps, to=tmp_path / name, waiting=waiting)
    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()


def test_exact_outputs_are_named_in_team(tmp_path: Path, waiting: pd.DataFrame, exact) -> None:
    made = outputs(exact, to=tmp_path / "out", waiting=waiting, allow_unsuppressed=True)
    assert sorted(path.name for path in made) == [
        "gaps-IN-TEAM.csv", "manifest.json", "report-IN-TEAM.html", "waiting-list-IN-TEAM.csv",
        "waiting-list-IN-TEAM.xlsx", "workbook-IN-TEAM.xlsx",
    ]  # fmt: skip
