"""`equiwait published`: one command from the real workbook to a report whose figures are the published ones."""

from __future__ import annotations

import re

import pytest

import equiwait as ew
from equiwait.cli import main

WORKBOOK = "WLMDS-Demographics-Summary-to-25-January-2025-v1.xlsx"


def test_england_a_region_an_icb_and_a_trust_from_one_command(shared_data, tmp_path, capsys):
    from python_calamine import CalamineWorkbook

    path = shared_data / "waiting_lists" / WORKBOOK
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Provider-Deprivation").to_python()
    first = {str(row[2]): str(row[0]) for row in reversed(rows) if re.fullmatch(r"[A-Z0-9]{3}", str(row[0]))}
    codes = ["ENG", first["REGION"], first["INTEGRATED CARE BOARD"], first["ACUTE TRUST"]]
    asked = [part for code in codes for part in ("--organisation", code)]
    assert main(["published", str(path), *asked, "--out", str(tmp_path / "published.html")]) == 0
    page = (tmp_path / "published.html").read_text(encoding="utf-8")
    for code in codes:
        assert f"{code}: Waits of people" in page
    england = ew.disparities(ew.read_published(path, organisation="ENG")).table.set_index(["measure", "by", "group"])
    assert england.loc[("over_52_weeks", "sex", "Female"), "n"] == 3_774_935
    assert "3,774,935" in page
    assert "interval" in capsys.readouterr().out
    assert "deprivation" in (tmp_path / "published.html").read_text(encoding="utf-8").lower()


def test_a_code_that_is_not_there_is_one_message(shared_data, tmp_path, capsys):
    code = main(
        [
            "published",
            str(shared_data / "waiting_lists" / WORKBOOK),
            "--organisation",
            "ZZZ",
            "--out",
            str(tmp_path / "x.html"),
        ]
    )
    assert code != 0
    assert not (tmp_path / "x.html").exists()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.xlsx"])
def test_a_missing_file_is_one_message(name, tmp_path, capsys):
    assert main(["published", str(tmp_path / name), "--out", str(tmp_path / "x.html")]) != 0
    assert name in capsys.readouterr().err
