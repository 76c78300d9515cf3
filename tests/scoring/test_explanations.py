"""Explanations: what each reader is told, and what none is."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from test_presets import child, children, england

from equiwait.errors import ColumnsError, OptionError, PolicyError, RefusedError
from equiwait.policies import Policy
from equiwait.scoring import explain, score

SENSITIVE = re.compile(r"looked|protection|safeguard|local authority|in care", re.IGNORECASE)


@pytest.fixture
def ordered() -> pd.DataFrame:
    several = [
        child(looked_after=True, learning_disability=True),
        child(),
        child(priority=None),
        child(idaci_quintile=None),
    ]
    return score(children(*several, *[child()] * 8), Policy.preset("paediatric_surgery_illustrative"))


@pytest.mark.parametrize("audience", ["clerk", "family"])
def test_no_clerk_or_family_is_told_a_sensitive_factor(ordered, audience):
    told = explain(ordered, "c0", audience=audience)
    assert "other recorded needs" in told
    assert not SENSITIVE.search(told)
    assert not SENSITIVE.search(told.parts.to_string())
    assert "points" not in told.parts
    assert "not approved" in told


def test_a_clerk_reads_one_line(ordered):
    told = explain(ordered, "c0")
    assert "\n" not in told
    assert "Suggested place 1" in told
    assert "learning disability" in told


def test_a_clinician_reads_every_part_with_its_source_and_range(ordered):
    told = explain(ordered, "c3", audience="clinician")
    assert "not recorded, could be 0 to 8" in told
    assert "Looked after" in told
    assert told.parts["points"].sum() == pytest.approx(float(ordered.loc[3, "score"]))
    assert told.parts.loc[told.parts["factor"].str.contains("IDACI"), "high"].item() == 8


def test_a_family_reads_plain_words_and_nothing_about_others(ordered):
    told = explain(ordered, "c1", audience="family")
    assert not re.search(r"P3|tier|IDACI|quintile|points|pathway|score|rank|place \d", told)


def test_those_listed_apart_are_told_why(ordered):
    assert "the codes that decide the tier" in explain(ordered, "c2")
    apart = score(children(england(tci_date="2026-11-30")), Policy.preset("england_default"))
    assert "keeps the date" in explain(apart, "c0")


def test_what_is_asked_must_be_on_the_list_and_is_never_repeated(ordered):
    with pytest.raises(OptionError) as caught:
        explain(ordered, "secret-id")
    assert "secret-id" not in str(caught.value)
    with pytest.raises(OptionError, match="clerk"):
        explain(ordered, "c0", audience="surgeon")  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="2 open rows"):
        explain(pd.concat([ordered, ordered]), "c0")
    with pytest.raises(ColumnsError):
        explain(children(child()), "c0")
    assert "c0" not in repr(explain(ordered, "c0"))


def test_a_policy_that_is_not_at_hand_must_be_given(ordered):
    elsewhere = ordered.assign(policy="my_policy 0123456789ab")
    with pytest.raises(PolicyError, match="policy="):
        explain(elsewhere, "c0")
    assert "Suggested place" in explain(elsewhere, "c0", policy=Policy.preset("paediatric_surgery_illustrative"))


def test_a_waterfall_is_drawn_for_a_clinician_alone(ordered):
    ax = explain(ordered, "c3", audience="clinician").plot()
    assert "together" in ax.get_xlabel()
    assert any("not recorded" in text.get_text() for text in ax.texts)
    for audience in ("clerk", "family"):
        with pytest.raises(RefusedError, match="no points"):
            explain(ordered, "c3", audience=audience).plot()
