"""What a notebook shows: about seven columns and a way to all of them, a view of everything, and where files were written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest

import equiwait as ew
from equiwait.errors import OptionError
from equiwait.samples import SNAPSHOT, sample_path
from reporting.test_front_page import waiting


def columns_in(html: str) -> list[str]:
    """The headings of the first table."""
    return re.findall(r"<th>([^<]*)</th>", html[: html.index("</thead>")])


@pytest.fixture(scope="module")
def listed() -> pd.DataFrame:
    return waiting()


@pytest.fixture(scope="module")
def ordered() -> pd.DataFrame:
    return ew.score(ew.read_list(sample_path("adult_ptl"), snapshot=SNAPSHOT), ew.Policy.preset("england_default"))


@pytest.mark.parametrize("verb", [
    lambda rows: ew.disparities(rows, "sex"), lambda rows: ew.unknowns(rows, "sex", measure="over_18_weeks"), ew.completeness,
    lambda rows: ew.tail(rows, by="sex"), ew.check_list,
])  # fmt: skip
def test_a_result_shows_about_seven_columns_and_a_way_to_all(listed, verb) -> None:
    result = verb(listed)
    html = result._repr_html_()
    assert 2 <= len(columns_in(html)) <= 8
    assert f"All {len(result.table.columns)} columns are in <code>.table</code>" in html
    folded = html[html.index("<details>") :]
    assert set(columns_in(folded)) == set(map(str, result.table.columns))
    assert "In-team" not in html


def test_exact_figures_say_that_they_stay_in_the_team(listed) -> None:
    assert "In-team, not for release" in ew.disparities(listed, "sex", suppression="none")._repr_html_()
    assert "In-team, not for release" in ew.count_waits(listed, "sex")._repr_html_()


def test_counts_have_a_view(listed) -> None:
    html = ew.count_waits(listed, ["sex", ("sex", "site")])._repr_html_()
    assert "still waiting on 2026-10-31, by sex and sex × site" in html.replace(", sex ×", " and sex ×")
    assert html.count("<tr") <= 14


def test_a_policy_has_a_view_and_one_line() -> None:
    policy = ew.Policy.preset("england_default")
    assert repr(policy) == f"<Policy: {policy.stamp}>"
    html = policy._repr_html_()
    assert "<h4>England: clinical priority, then the longest wait</h4>" in html
    assert "Nothing social is counted." in html


def test_an_explanation_has_a_view_and_its_repr_says_nothing_of_the_person(ordered) -> None:
    placed = str(ordered.loc[ordered["score_status"] == "scored", "pathway_id"].iloc[0])
    for audience in ("clerk", "clinician", "family"):
        said = ew.explain(ordered, placed, audience=audience)
        html = said._repr_html_()
        assert all(line in html for line in str(said).splitlines() if line.isalpha())
        assert "for those who may see the record" in html
        assert ("<table" in html) == (audience == "clinician")
        assert placed not in repr(said)


def test_a_linked_list_has_a_view() -> None:
    linked = ew.link_deprivation(
        ew.read_list(sample_path("adult_ptl"), snapshot=SNAPSHOT),
        directory=sample_path("directory"),
        index=sample_path("index"),
    )
    html = ew.how_linked(linked)._repr_html_()
    assert "were linked to an area" in html
    assert "Linked to an area as written." in html


@pytest.mark.parametrize("asked", ["imd_quintile+sex", "imd_quintile, sex", "imd_quintile × sex", "imd_quintile & sex"])
def test_several_columns_in_one_name_are_refused_with_what_to_type(listed, asked: str) -> None:
    with pytest.raises(OptionError, match=r"by=\[\('imd_quintile', 'sex'\)\] for them crossed") as found:
        ew.disparities(listed, asked)
    assert "by=['imd_quintile', 'sex'] for one after the other" in str(found.value)


def test_a_column_with_a_plus_in_its_values_is_no_such_name(listed) -> None:
    assert len(ew.disparities(listed.assign(band="65+"), "band").table)


def test_files_that_are_written_say_where(listed, tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        gaps = ew.disparities(listed, "sex")
        made = [ew.report(gaps, to="r.html"), ew.workbook(gaps, to="r.xlsx"), *ew.tidy(gaps, to="tidy")]
    finally:
        os.chdir(before)
    assert all(path.is_absolute() and path.is_file() for path in made)
