"""Every sentence is held to the table of words and the numbers that allow them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_lists import listed

import equiwait as ew
from equiwait.answers.disparity.findings import findings_of
from equiwait.answers.disparity.inequality_indices import SUMMARY
from equiwait.answers.disparity.rows import COLUMNS
from equiwait.answers.disparity.verdicts import WORDS, clear_rows, verdict_of

DOCS = Path(__file__).parents[3] / "docs" / "explanation" / "gaps.md"
END = st.floats(-0.3, 0.3).map(lambda x: round(x, 3))


def rows_of(gaps, values, measure="over_18_weeks"):
    """Recorded groups of one question, with these gaps (None: not shown) and shares."""
    table = pd.DataFrame({name: [np.nan] * len(gaps) for name in COLUMNS})
    ends = [(np.nan,) * 3 if gap is None else (sorted(gap)[1], *sorted(gap)[::2]) for gap in gaps]
    return table.assign(
        estimand="still_waiting", measure=measure, by="team", group=[f"G{n}" for n in range(len(gaps))], within="",
        adjustment="none", value=values, difference=[e[0] for e in ends], difference_lower=[e[1] for e in ends],
        difference_upper=[e[2] for e in ends], reference="the rest", confidence=0.95, note="", method="",
    )  # fmt: skip


@st.composite
def tables(draw):
    size = draw(st.integers(1, 5))
    gaps = draw(st.lists(st.none() | st.tuples(END, END, END), min_size=size, max_size=size))
    shares = st.sampled_from([0.0, 1.0]) if draw(st.booleans()) else st.floats(0, 1)
    values = [np.nan if gap is None else draw(shares) for gap in gaps]
    overall = draw(st.sampled_from([0.001, 0.2, float("nan")]))
    return rows_of(gaps, values), overall, draw(st.sampled_from([None, 0.05, 0.2]))


@settings(max_examples=150, deadline=None)
@given(tables())
def test_every_sentence_says_what_its_numbers_allow_and_no_more(made):
    table, overall, smallest = made
    summary = pd.DataFrame([("over_18_weeks", "team", "overall_p", overall, np.nan, np.nan, "", "")], columns=SUMMARY)
    said = findings_of(table, summary, {}, "still_waiting", smallest)
    assert len(said) == 1
    (sentence,) = said
    gaps = table.dropna(subset=["difference"])
    excludes = (gaps["difference_lower"] > 0) | (gaps["difference_upper"] < 0)
    if "longer waits among" in sentence or "shorter waits among" in sentence:
        assert not overall >= 0.05
        named = [group for group in table["group"] if f"{group} (" in sentence]
        assert named == gaps.loc[excludes, "group"].tolist() or set(named) == set(gaps.loc[excludes, "group"])
        for word, side in (("longer", gaps["difference"] > 0), ("shorter", gaps["difference"] < 0)):
            assert (f"{word} waits among" in sentence) == (excludes & side).any()
    if "no gap as large as" in sentence:
        assert smallest is not None
        assert (gaps[["difference_lower", "difference_upper"]].abs() < smallest).all().all()
    if "too few to tell" in sentence:
        assert len(gaps)
        assert overall >= 0.05 or not excludes.any()
    if "everyone, in every group" in sentence:
        assert (table["value"].dropna() == 1).all()
    if "nobody, in every group" in sentence:
        assert (table["value"].dropna() == 0).all()
    if "not shown" in sentence:
        assert gaps.empty
    assert sum(words in sentence for words in ("waits among", *(w for w, _ in list(WORDS.values())[1:]))) == 1
    assert "no gap" not in sentence or "no gap as large as" in sentence
    assert "comes from" not in sentence


def test_the_docs_have_the_table_of_words():
    text = DOCS.read_text("utf-8")
    for words, allows in WORDS.values():
        assert f"| {words} | {allows} |" in text


def test_gaps_are_named_longest_waits_first():
    table = rows_of([(0.1, 0.05, 0.2), (0.2, 0.15, 0.3), (-0.2, -0.3, -0.1)], [0.5, 0.7, 0.1])
    assert clear_rows(table, 0.001)["group"].tolist() == ["G1", "G0", "G2"]
    assert clear_rows(table, 0.5).empty
    assert verdict_of(table, float("nan"), None) == "clear"


def said_of(days, teams, **options):
    options = {"measures": ["over_18_weeks"], "suppression": "none", **options}
    return ew.disparities(listed(days, team=teams), "team", **options).findings


@pytest.mark.parametrize(
    ("over", "words"),
    [((50, 50), "everyone, in every group"), ((0, 0), "nobody, in every group"), ((25, 26), "too few to tell")],
)
def test_everyone_nobody_and_too_few_are_sentences_of_their_own(over, words):
    days = np.concatenate([np.repeat([200, 50], [some, 50 - some]) for some in over])
    said = said_of(days, ["A"] * 50 + ["B"] * 50)
    assert any(words in sentence for sentence in said)
    assert not any("no gap" in sentence for sentence in said)


def test_where_all_is_hidden_it_is_not_shown():
    said = said_of([200, 50] * 6, ["A"] * 6 + ["B"] * 6, suppression="hes")
    assert any("not shown" in sentence for sentence in said)


def test_a_smallest_gap_is_said_only_where_the_interval_allows_it():
    wide = np.concatenate([np.repeat([200, 50], [30, 70])] * 2)
    assert any("too few to tell" in said for said in said_of(wide, ["A"] * 100 + ["B"] * 100, smallest_gap=5))
    narrow = np.concatenate([np.repeat([200, 50], [3000, 7000])] * 2)
    said = said_of(narrow, ["A"] * 10_000 + ["B"] * 10_000, smallest_gap=5)
    assert any("no gap as large as 5.0 points; all intervals lie within it" in sentence for sentence in said)
    with pytest.raises(ew.EquiwaitError, match="number of points"):
        said_of(wide, ["A"] * 100 + ["B"] * 100, smallest_gap=-1)


def test_too_few_to_tell_says_what_gap_could_have_been_shown():
    """Fleiss, Levin and Paik's table A.4: 293.15 in each group show 30% against 20% with a power of 0.80."""
    days = np.concatenate([np.repeat([200, 50], [59, 234])] * 2)
    said = said_of(days, ["A"] * 293 + ["B"] * 293)
    assert any("would have shown a gap of 10.0 points or more four times in five" in sentence for sentence in said)


def test_a_gap_at_52_weeks_is_named_where_18_weeks_tell_nothing():
    days = np.concatenate([np.repeat([400, 200, 50], each) for each in ((60, 40, 100), (10, 90, 100))])
    said = said_of(days, ["A"] * 200 + ["B"] * 200, measures=["over_18_weeks", "over_52_weeks"])
    assert "waiting over 52 weeks" in said[0]
    assert "longer waits among A" in said[0]
    assert not any("no gap" in sentence for sentence in said)


def test_people_not_recorded_are_in_the_findings_with_an_interval():
    """Nine people are not "67% against 59%": their interval reaches over 0, and the sentence says so."""
    days = np.concatenate([np.repeat([200, 50], each) for each in ((59, 41), (59, 41), (6, 3))])
    said = said_of(days, ["A"] * 100 + ["B"] * 100 + [None] * 9)
    (about,) = [sentence for sentence in said if "not recorded" in sentence]
    assert about.startswith(
        "By team: 9 people are not recorded (4.3%). Of waiting over 18 weeks, against everyone recorded: +7.7 points ("
    )
    assert about.endswith("too few to tell whether they differ.")
