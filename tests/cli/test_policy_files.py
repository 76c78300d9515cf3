"""A policy file at the command line: every fault in one message, what has expired by the snapshot among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from equiwait import errors
from equiwait.cli import EXIT_CODES, main

POLICY = """
name = "old"
title = "Old"
status = "draft"
source = "a test"
people = "everyone"
colour = "red"
[order]
then = "points"
without_tiers = "a test"
[[factors]]
name = "eth"
kind = "equity"
source = "a test"
column = "ethnicity"
points = { A = 1 }
otherwise = 0
missing = "zero"
[factors.justification]
reason = "need"
owner = "the board"
expires = 2020-01-01
"""


@pytest.mark.parametrize("day", ["2026-10-31", "2026-10-1"])
def test_what_has_expired_is_said_beside_the_other_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    rows = "\n".join(f"p{number},2026-08-05,A" for number in range(30))
    (tmp_path / "list.csv").write_text("Pathway ID,Clock start,Ethnicity\n" + rows, encoding="utf-8")
    given = ["report", str(tmp_path / "list.csv"), "--snapshot", day, "--out", str(tmp_path / "o")]
    assert main([*given, "--policy", str(tmp_path / "policy.toml")]) == EXIT_CODES[errors.PolicyError]
    said = capsys.readouterr().err
    assert "colour: is not a field here" in said
    assert "expired on 2020-01-01" in said
    assert not (tmp_path / "o").exists()
