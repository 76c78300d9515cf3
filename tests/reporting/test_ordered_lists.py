"""The ordered list: in its order, stamped, and silent about what would tell tales."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from equiwait.errors import ColumnsError
from equiwait.reporting import ordered_list, team_list

STAMP = "IN-TEAM: patient-level, not for release"


@pytest.fixture
def scored() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pathway_id": ["p1", "p2", "=p3", "p4", "p5"],
            "provider": pd.Categorical(["B", "A", "A", "A", None]),
            "specialty": ["100", "100", "100", "110", "100"],
            "ethnicity": ["A", "B", "C", "D", "E"],
            "postcode": ["EQ1 1AA"] * 5,
            "date_of_birth": pd.to_datetime(["1990-01-01"] * 5),
            "child_protection": pd.array([True, False, None, False, False], dtype="boolean"),
            "days_waiting": pd.array([10, 20, 30, 40, None], dtype="Int32"),
            "tier": pd.array([1, 2, 1, 1, None], dtype="Int8"),
            "rank": pd.array([1, 2, 1, 1, None], dtype="Int32"),
            "score": pd.array([5.0, 4.0, 6.0, -1.5, None], dtype="Float64"),
            "points_days_waited": pd.array([5.0, 4.0, 6.0, 1.0, None], dtype="Float64"),
            "points_protected": pd.array([8.0, 0.0, 8.0, 0.0, None], dtype="Float64"),
            "score_status": pd.Categorical(["scored"] * 4 + ["unscored"]),
            "policy": pd.Categorical(["mine abc [not approved]"] * 5),
        },
        index=[9, 9, 3, 4, 5],
    )


@pytest.fixture
def policy() -> SimpleNamespace:
    factors = (SimpleNamespace(name="days_waited", sensitive=False), SimpleNamespace(name="protected", sensitive=True))
    return SimpleNamespace(parts=factors, order=SimpleNamespace(rank_within=("provider", "specialty")))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_stands_in_its_order_group_by_group_the_unranked_last(tmp_path: Path, scored: pd.DataFrame) -> None:
    made = ordered_list(scored, to=tmp_path / "o")
    assert [path.name for path in made] == ["ordered-list-IN-TEAM.csv", "ordered-list-IN-TEAM.xlsx"]
    rows = read(made[0])
    assert [row["pathway_id"] for row in rows] == ["'=p3", "p2", "p4", "p1", "p5"]
    assert rows[-1]["score_status"] == "unscored"


def test_is_stamped_in_the_first_column_and_the_first_sheet(tmp_path: Path, scored: pd.DataFrame) -> None:
    table, book = ordered_list(scored, to=tmp_path / "o")
    assert next(iter(read(table)[0])) == "in_team"
    assert {row["in_team"] for row in read(table)} == {STAMP}
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["IN-TEAM", "Ordered list"]
    cover = [cell.value for cell in sheets["IN-TEAM"]["A"]]
    assert cover[0] == STAMP
    assert "Policy: mine abc [not approved]" in cover


def test_the_workbook_holds_the_same_rows_and_runs_nothing(tmp_path: Path, scored: pd.DataFrame) -> None:
    sheet = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])["Ordered list"]
    column = [cell.value for cell in sheet[1]].index("pathway_id")
    cells = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["=p3", "p2", "p4", "p1", "p5"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    score = [cell.value for cell in sheet[1]].index("score")
    assert [row[score].value for row in sheet.iter_rows(min_row=2)] == [6, 4, -1.5, 5, None]


def test_holds_only_what_is_needed(tmp_path: Path, scored: pd.DataFrame, policy: SimpleNamespace) -> None:
    columns = set(read(ordered_list(scored, to=tmp_path / "o", policy=policy)[0])[0])
    assert "points_days_waited" in columns
    assert not columns & {"ethnicity", "postcode", "date_of_birth", "child_protection", "points_protected"}


def test_says_how_each_pathway_was_linked_and_what_is_not_recorded(tmp_path: Path, scored: pd.DataFrame) -> None:
    scored = scored.assign(
        area_code="E01", link_status="matched", imd_decile=3, idaci_quintile=2, missing_sex="blank", imd_rank=9
    )
    row = read(ordered_list(scored, to=tmp_path / "o")[0])[0]
    assert [row[name] for name in ("area_code", "link_status", "imd_decile", "idaci_quintile", "missing_sex")] == [
        "E01", "matched", "3", "2", "blank",
    ]  # fmt: skip
    assert "imd_rank" not in row


def test_without_an_order_the_rows_stand_as_they_came(tmp_path: Path, scored: pd.DataFrame) -> None:
    plain = scored.drop(columns=["rank", "score_status", "pathway_id"]).assign(scope="rtt_open", missing_sex="blank")
    rows = team_list.team_rows(plain)
    team_list.save_ordered(rows, tmp_path)
    table, book = tmp_path / "waiting-list-IN-TEAM.csv", tmp_path / "waiting-list-IN-TEAM.xlsx"
    found = read(table)
    assert [row["row"] for row in found] == ["1", "2", "3", "4", "5"]
    assert [row["days_waiting"] for row in found] == ["10", "20", "30", "40", ""]
    assert next(iter(found[0])) == "in_team"
    assert not set(found[0]) & {"ethnicity", "postcode", "date_of_birth", "child_protection", "tier", "score"}
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["IN-TEAM", "Waiting list"]
    assert "no order is suggested" in sheets["IN-TEAM"]["A2"].value


def test_without_the_policy_no_points_are_named(tmp_path: Path, scored: pd.DataFrame) -> None:
    columns = read(ordered_list(scored, to=tmp_path / "o")[0])[0]
    assert not [name for name in columns if name.startswith("points_")]


def test_every_row_of_the_list_is_there(tmp_path: Path, scored: pd.DataFrame) -> None:
    assert len(read(ordered_list(scored, to=tmp_path / "o", rank_within=[])[0])) == len(scored)


def test_a_long_list_is_csv_only(tmp_path: Path, scored: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_list, "MOST_ROWS", 4)
    assert [path.name for path in ordered_list(scored, to=tmp_path / "o")] == ["ordered-list-IN-TEAM.csv"]


def test_a_list_that_was_not_scored_is_refused(tmp_path: Path, scored: pd.DataFrame) -> None:
    with pytest.raises(ColumnsError, match="rank"):
        ordered_list(scored.drop(columns="rank"), to=tmp_path / "o")
    assert list(tmp_path.iterdir()) == []
