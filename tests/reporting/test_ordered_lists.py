"""The ordered list: in its order, stamped, and silent about what would tell tales."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import equiwait as ew
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
            "points_plan": pd.array([8.0, 0.0, 8.0, 0.0, None], dtype="Float64"),
            "score_status": pd.Categorical(["scored"] * 4 + ["unscored"]),
            "policy": pd.Categorical(["mine 0123456789ab [not approved]"] * 5),
        },
        index=[9, 9, 3, 4, 5],
    )


@pytest.fixture
def policy() -> ew.Policy:
    plan = {
        "kind": "equity",
        "source": "s",
        "column": "visits",
        "points": {"true": 1, "false": 0},
        "missing": "zero",
    }
    wait = {"name": "days_waited", "kind": "time", "source": "s", "column": "days_waiting", "knots": [[0, 0], [9, 9]]}
    return ew.Policy.read({
        "name": "t", "title": "T", "status": "draft", "source": "s", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test"},
        "factors": [
            {**wait, "missing": "zero"},
            {**plan, "name": "protected", "sensitive": True},
            {**plan, "name": "plan"},  # reads what is sensitive elsewhere
        ],
    })  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_stands_in_its_order_group_by_group_the_unranked_last(tmp_path: Path, scored: pd.DataFrame) -> None:
    made = ordered_list(scored, to=tmp_path / "o")
    assert [path.name for path in made] == ["ordered-list-IN-TEAM.csv", "ordered-list-IN-TEAM.xlsx"]
    rows = read(made[0])
    assert [row["pathway_id"] for row in rows] == ["'=p3", "p2", "p4", "p1", "p5"]
    assert rows[-1]["score_status"] == "unscored"


def rows_of(sheet) -> list[dict[str, object]]:
    """The rows of a sheet's one table, by heading."""
    (table,) = sheet.tables.values()
    head, *rows = ([cell.value for cell in row] for row in sheet[table.ref])
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_is_stamped_in_the_first_column_and_on_every_sheet_and_printed_page(
    tmp_path: Path, scored: pd.DataFrame
) -> None:
    table, book = ordered_list(scored, to=tmp_path / "o")
    assert next(iter(read(table)[0])) == "in_team"
    assert {row["in_team"] for row in read(table)} == {STAMP}
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["Ordered list", "Not in this order", "What the columns say"]
    assert {sheet["A2"].value for sheet in sheets} == {STAMP}
    assert {sheet.oddHeader.right.text for sheet in sheets} == {STAMP}
    assert "Policy: mine 0123456789ab [not approved]." in [cell.value for cell in sheets["Ordered list"]["A"]]


def test_open_people_stand_first_and_the_others_on_the_next_sheet_with_the_reason(
    tmp_path: Path, scored: pd.DataFrame
) -> None:
    statuses = ["scored", "scored", "booked", "out_of_scope", "not_open"]
    why = ["Tier P2.", "Tier P3.", "Listed apart: booked.", "Listed apart: not among those.", "Listed apart: not open."]
    scored = scored.assign(
        rank=pd.array([1, 2, None, None, None], dtype="Int32"),
        score_status=pd.Categorical(statuses),
        why=why,
        scope=["rtt_open"] * 4 + ["closed"],
        held_by=[None, "max_places_moved_down", None, None, None],
        tier_name=["P2", "P3", "P2", None, None],
    )
    book = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])
    first, other = rows_of(book["Ordered list"]), rows_of(book["Not in this order"])
    assert [(row["Pathway"], row["Place"], row["Tier"], row["Why"], row["Held by"]) for row in first] == [
        ("p2", 2, "P3", "Tier P3.", "has lost the most places allowed"),
        ("p1", 1, "P2", "Tier P2.", None),
        ("=p3", None, "P2", "Listed apart: booked.", None),
    ]
    assert [(row["Pathway"], row["Why"], row["Why not counted"]) for row in other] == [
        ("p4", "Listed apart: not among those.", None),
        ("p5", "Listed apart: not open.", "Pathways that have ended: not counted as waiting."),
    ]


def test_dates_are_dates_identifiers_are_text_and_nothing_runs(tmp_path: Path, scored: pd.DataFrame) -> None:
    scored = scored.assign(
        pathway_id=["007", "2", "=1+1", "4", "5"],
        tci_date=pd.to_datetime(["2026-11-05", None, "2026-12-01", None, None]),
        clock_start=pd.to_datetime(["1899-05-01", None, "2026-12-01", None, None]),
        past_target=pd.array([True, False, None, None, None], dtype="boolean"),
    )
    sheet = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])["Ordered list"]
    by_id = {row["Pathway"]: row for row in rows_of(sheet)}
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert by_id["007"]["Booked for"] == dt.datetime(2026, 11, 5)
    assert by_id["007"]["Clock start"] == "1899-05-01"  # a day that Excel cannot count
    assert by_id["=1+1"]["Booked for"] == dt.datetime(2026, 12, 1)
    assert [by_id[name]["Past target"] for name in ("007", "2", "=1+1")] == ["yes", "no", None]
    assert [by_id[name]["Score"] for name in ("=1+1", "2", "4", "007")] == [6, 4, -1.5, 5]


def test_dates_with_a_time_zone_are_the_days_that_are_written(tmp_path: Path, scored: pd.DataFrame) -> None:
    zoned = scored.assign(tci_date=pd.to_datetime(["2026-11-05 00:30"] * 5).tz_localize("Europe/London"))
    sheet = openpyxl.load_workbook(ordered_list(zoned, to=tmp_path / "o")[1])["Ordered list"]
    assert {row["Booked for"] for row in rows_of(sheet)} == {dt.datetime(2026, 11, 5)}


def test_stays_in_sight_and_prints_what_a_meeting_needs(tmp_path: Path, scored: pd.DataFrame) -> None:
    scored = scored.assign(why="Tier P2.", site="EQ001", consultant="C1")
    sheet = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])["Ordered list"]
    (table,) = sheet.tables.values()
    top = int(table.ref.split(":")[0][1:])
    head = [cell.value for cell in sheet[top]]
    assert sheet.freeze_panes == f"B{top + 1}"
    assert head[:3] == ["Pathway", "Place", "Why"]
    assert sheet.print_title_rows == f"${top}:${top}"
    last = sheet.print_area.split(":")[1].split("$")[1]
    printed = head[: openpyxl.utils.column_index_from_string(last)]
    assert set(printed) == {"Pathway", "Place", "Why", "Days waiting", "Provider", "Specialty"}


def test_every_column_is_explained(tmp_path: Path, scored: pd.DataFrame) -> None:
    book = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])
    said = {row["Column"]: row["What it says"] for row in rows_of(book["What the columns say"])}
    for name in ("Ordered list", "Not in this order"):
        assert set(rows_of(book[name])[0]) <= set(said)
    assert all(said.values())


def test_what_is_not_recorded_stands_in_one_column(tmp_path: Path, scored: pd.DataFrame) -> None:
    scored = scored.assign(
        missing_ethnicity=["recorded", "not_stated", "recorded", None, "blank"],
        missing_sex=["recorded", "blank", "recorded", "recorded", "recorded"],
    )
    book = openpyxl.load_workbook(ordered_list(scored, to=tmp_path / "o")[1])
    told = {row["Pathway"]: row["Not recorded"] for row in rows_of(book["Ordered list"])}
    assert told == {
        "=p3": None,
        "p2": "ethnicity (not stated), sex (blank)",
        "p4": None,
        "p1": None,
        "p5": "ethnicity (blank)",
    }


def test_holds_only_what_is_needed(tmp_path: Path, scored: pd.DataFrame, policy: ew.Policy) -> None:
    columns = set(read(ordered_list(scored, to=tmp_path / "o", policy=policy)[0])[0])
    assert "points_days_waited" in columns
    assert not columns & {
        "ethnicity",
        "postcode",
        "date_of_birth",
        "child_protection",
        "points_protected",
        "points_plan",
    }


def test_scores_are_shown_with_two_decimals(tmp_path: Path, scored: pd.DataFrame, policy: ew.Policy) -> None:
    scored = scored.assign(score=2 / 3, points_days_waited=100 / 3)
    row = read(ordered_list(scored, to=tmp_path / "o", policy=policy)[0])[0]
    assert (row["score"], row["points_days_waited"]) == ("0.67", "33.33")
    sheet = openpyxl.load_workbook(tmp_path / "o" / "ordered-list-IN-TEAM.xlsx")["Ordered list"]
    cell = next(each for line in sheet.iter_rows() for each in line if each.value == 0.67)
    assert cell.number_format == "General"  # "0.##" would show 6 as "6."


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
    assert sheets.sheetnames == ["Waiting list", "What the columns say"]
    assert "no order is suggested" in sheets["Waiting list"]["A3"].value
    assert [row["Row"] for row in rows_of(sheets["Waiting list"])] == [1, 2, 3, 4, 5]


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
