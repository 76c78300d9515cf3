"""Tidy tables: the same columns every time, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import equiwait
from equiwait.errors import DisclosureError
from equiwait.reporting import tidy
from equiwait.reporting.cell_text import formula_safe, safe_text, unique_names
from equiwait.results import Result
from made_up import made_up

DANGEROUS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "=cmd|' /C calc'!A0",
    "\u200b=1",
    "\uff1d1",
)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_one_file_for_each_section_in_reading_order(tmp_path: Path, gaps, silences, listed) -> None:
    made = tidy(gaps, silences, listed, to=tmp_path / "t")
    assert [path.name for path in made] == ["list.csv", "missing.csv", "gaps.csv"]


OURS = ["section", "result", "period", "provider", "edition", "rule", "version"]


def test_columns_are_those_of_the_result_after_seven_of_ours(tmp_path: Path, gaps) -> None:
    [path] = tidy(gaps, to=tmp_path / "t")
    assert rows(path)[0] == [*OURS, *gaps.table.columns]
    assert rows(path)[1][:2] == ["gaps", "Waits"]
    assert rows(path)[1][5:7] == ["hes", version("equiwait")]


def test_every_result_says_when_and_of_whom_it_is_and_a_year_of_runs_stacks(tmp_path: Path) -> None:
    raw = pd.DataFrame(
        {
            "pathway_id": [f"p{n}" for n in range(60)],
            "clock_start": pd.Timestamp("2026-03-01") - pd.to_timedelta(range(60), "D"),
            "sex": ["1", "2"] * 30,
            "provider": "RAA",
        }
    )
    made = []
    for day in ("2026-09-30", "2026-10-31"):
        waiting = equiwait.read_list(raw, snapshot=day)
        results = [
            equiwait.disparities(waiting, "sex"),
            equiwait.tail(waiting, by="sex"),
            equiwait.completeness(equiwait.flag_missing(waiting, ["sex"])),
            equiwait.check_list(waiting),
        ]
        made.append([pd.read_csv(path) for path in tidy(*results, to=tmp_path / day)])
        for table in made[-1]:
            assert table["provider"].dropna().unique().tolist() == ["RAA"]
            assert table["period"].unique().tolist() == [day]
    for one, other in zip(*made, strict=True):
        assert list(one.columns) == list(other.columns)
        assert pd.concat([one, other])["period"].nunique() == 2


def test_results_alike_share_a_file_and_others_do_not(tmp_path: Path, gaps) -> None:
    other = made_up(type(gaps)("Other", pd.DataFrame({"group": ["A"]})))
    made = tidy(gaps, gaps, other, to=tmp_path / "t")
    assert [path.name for path in made] == ["gaps.csv", "gaps-2.csv"]
    assert len(rows(made[0])) == 1 + 2 * len(gaps.table)


def test_hidden_numbers_are_empty_and_shares_stay_shares(tmp_path: Path, gaps) -> None:
    back = pd.read_csv(tidy(gaps, to=tmp_path / "t")[0])
    np.testing.assert_array_equal(back["value"], gaps.table["value"])
    assert back.loc[3, ["n", "value", "lower", "upper"]].isna().all()


def test_again_gives_the_same_bytes(tmp_path: Path, gaps) -> None:
    first = tidy(gaps, to=tmp_path / "t")[0].read_bytes()
    assert tidy(gaps, to=tmp_path / "t")[0].read_bytes() == first


def test_exact_numbers_are_refused_or_named(tmp_path: Path, exact) -> None:
    with pytest.raises(DisclosureError):
        tidy(exact, to=tmp_path / "t")
    [path] = tidy(exact, to=tmp_path / "t", allow_unsuppressed=True)
    assert path.name == "gaps-IN-TEAM.csv"


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_is_kept_as_text(text: str) -> None:
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["-3", "-3.5", "P2", "a=b", "", "1-2", "Ångström", "3 = 3"])
def test_other_text_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(max_size=12))
def test_no_text_starts_as_a_formula(text: str) -> None:
    safe = safe_text(text)
    assert safe.lstrip()[:1] not in ("=", "+", "@")
    assert safe in (text, "'" + text)


def test_every_kind_of_text_column_and_header_is_made_safe(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "=head": ["=a", None],
            "coded": pd.Categorical(["+b", "fine"]),
            "arrow": pd.array(["@c", "ok"], dtype="string[pyarrow]"),
            "mixed": pd.Series(["-d", -4], dtype=object),
            "n": [-1.5, 2.0],
            "whole": pd.array([-1, None], dtype="Int32"),
            "day": pd.to_datetime(["2026-10-31", None]).as_unit("s"),
        }
    )
    safe = formula_safe(table)
    assert next(iter(safe.columns)) == "'=head"
    assert safe.iloc[0, :4].tolist() == ["'=a", "'+b", "'@c", "'-d"]
    assert safe["mixed"].iloc[1] == -4
    found = rows(tidy(made_up(Result("T", table)), to=tmp_path / "t")[0])
    assert found[1][7:] == ["'=a", "'+b", "'@c", "'-d", "-1.5", "-1", "2026-10-31"]
    assert found[2][7:] == ["", "fine", "ok", "-4", "2", "", ""]


@given(st.lists(st.text(alphabet="abAB ", min_size=1, max_size=8).map(lambda t: "x" + t), max_size=30))
def test_names_are_made_unique_within_their_length(names: list[str]) -> None:
    made = unique_names(names, 5)
    assert len({name.lower() for name in made}) == len(names)
    assert all(len(name) <= 5 for name in made)
