"""The page about the planted truth says what the code plants, and what the bundled list shows."""

from __future__ import annotations

import pytest
from sample_reading import area_of, fifth_of, tally, tidy

from equiwait.rows.intake import read_list
from equiwait.samples import load_sample, planted, sample_names, sample_path
from equiwait.statistics import newcombe


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "explanation" / "planted-truth.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sample_names())
def test_the_table_of_the_page_is_the_planted_truth(page, kind):
    truth = planted(kind).query("by == 'imd_quintile'").set_index(["measure", "group"])
    cells = [f"`{kind}`"]
    for measure in ("over_18_weeks", "over_52_weeks"):
        most, least = truth.loc[(measure, "1")], truth.loc[(measure, "5")]
        cells += [f"{100 * share:.1f}" for share in (most["value"], least["value"], most["difference"])]
    assert f"| {' | '.join(cells)} |" in page


def test_the_page_says_what_the_bundled_childrens_list_shows(page):
    waiting = read_list(sample_path("childrens_surgery"), snapshot="2026-10-31")
    fifth = waiting["postcode"].map(tidy).map(area_of()).map(fifth_of())
    people = waiting.assign(imd_quintile=fifth, days=waiting["days_waiting"])[waiting["scope"] == "rtt_open"]
    counts = tally(people, "imd_quintile")
    gap = newcombe(*(counts.loc[group, column] for group in "15" for column in ("over_18_weeks", "n")))
    low, high = 100 * gap.lower, 100 * gap.upper
    said = f"found at {100 * gap.value:.1f}, with an interval from −{-low:.1f} to +{high:.1f}"
    assert said in " ".join(page.split())
    assert f"With {len(people)} open pathways" in page


@pytest.mark.parametrize("name", sample_names())
def test_the_readme_counts_the_rows(root, name):
    readme = (root / "data" / "sample_lists" / "README.md").read_text(encoding="utf-8")
    assert f"| `{sample_path(name).name}` | {len(load_sample(name)):,} |" in readme
