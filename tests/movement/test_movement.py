"""Who moves between two orders, whether an order was kept, and what an order hangs on."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from equiwait.errors import ColumnsError, OptionError, RefusedError
from equiwait.movement import adherence, displacement, sensitivity
from equiwait.policies import Policy
from equiwait.scoring import score

mpl.use("agg")


def orders(people: int = 400, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A list under two orders that differ at random, with a group that gains."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["1", "2"], people)
    before = pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(people)], "sex": sex, "specialty": rng.choice(["100", "110"], people),
        "rank": np.arange(1, people + 1), "policy": "old",
    })  # fmt: skip
    wish = before["rank"] - np.where(sex == "2", 40, 0) + rng.normal(0, 60, people)
    return before, before.assign(rank=wish.rank().astype(int), policy="new")


def test_movement_equals_a_plain_count():
    before, after = orders()
    found = displacement(before, after, by=["sex", ("sex", "specialty")], per_week=14, suppression="none")
    moved = after["rank"] - before["rank"]
    women = before["sex"] == "2"
    row = found.table[found.table["group"] == "Female"].iloc[0]
    assert row["people"] == women.sum()
    assert row["moved_up"] == (moved[women] < 0).sum()
    assert row["moved_down"] == (moved[women] > 0).sum()
    assert row["places_up"] == pytest.approx(-moved[women & (moved < 0)].mean())
    assert row["most_down"] == moved[women].max() or np.isnan(row["most_down"])
    assert row["days_gained"] == pytest.approx(row["places_up"] / 2)
    top = found.overlap.set_index("top").loc[50]
    assert top["same_people"] == ((before["rank"] <= 50) & (after["rank"] <= 50)).sum()
    assert len(found.table) == 1 + 2 + 4
    assert any("moving down is most common among Male" in line for line in found.findings)


def test_shown_numbers_are_rounded_and_a_small_cell_never_stands_alone():
    before, after = orders(60)
    before.loc[:2, "sex"] = "9"
    found = displacement(before, after.assign(sex=before["sex"]), by="sex").table
    cells = found[["moved_up", "moved_down", "people"]]
    assert (cells.stack().dropna() % 5 == 0).all()
    groups = cells[found["by"] == "sex"]
    assert (groups.isna().sum() != 1).all()
    assert found.loc[found["moved_down"].isna(), ["share_down", "places_down", "most_down"]].isna().all(axis=None)


def test_the_same_order_moves_nobody():
    before, _ = orders()
    found = displacement(before, before, suppression="none").table.iloc[0]
    assert found["people"] == 400
    assert found["moved_up"] == found["moved_down"] == 0


def test_people_in_one_order_only_are_said():
    before, after = orders()
    after["rank"] = after["rank"].astype("Int32").mask(after["rank"] <= 100)
    found = displacement(before, after)
    assert any("100 places are in one of the two orders only" in note for note in found.notes)


def test_charts_draw_and_say_what_they_show():
    before, after = orders()
    chart = displacement(before, after, by="sex").charts()[0]
    assert "% move down" in chart.alt
    assert displacement(before, after, by="sex").plot(chart.name) is not None


def test_adherence_equals_a_plain_count():
    before, _ = orders()
    treated = pd.DataFrame(
        {
            "pathway_id": [f"p{n}" for n in [*range(30), *range(200, 220)]],
            "override_reason": [None] * 35 + ["harm"] * 15,
        }
    )
    found = adherence(before, treated, by="sex", within=[], suppression="none").table.iloc[0]
    assert found[
        ["treated_in_turn", "treated_early_with_reason", "treated_early_without_reason", "passed_over"]
    ].tolist() == [30, 15, 5, 20]
    assert found["share_of_treated_in_turn"] == pytest.approx(0.6)
    assert found["share_passed_over"] == pytest.approx(0.4)
    assert found["people"] == 400


def test_turns_are_counted_within_the_ranked_group():
    ordered = pd.DataFrame({"pathway_id": list("abcd"), "rank": [1, 2, 1, 2], "specialty": ["x", "x", "y", "y"]})
    kept = adherence(ordered, ["a", "c"], suppression="none").table.iloc[0]
    assert kept["treated_in_turn"] == 2
    assert kept["passed_over"] == 0


def test_what_cannot_be_compared_is_refused_without_naming_anyone():
    before, after = orders(10)
    with pytest.raises(RefusedError, match="Nobody has a place in both"):
        displacement(before, after.assign(pathway_id="other").iloc[:1])
    with pytest.raises(RefusedError, match="share pathway_id") as caught:
        displacement(pd.concat([before, before]), after)
    assert "p1" not in str(caught.value)
    with pytest.raises(RefusedError, match="Nobody with a place"):
        adherence(before, ["secret"])
    with pytest.raises(ColumnsError):
        displacement(before.drop(columns="rank"), after)
    with pytest.raises(OptionError):
        displacement(before, after, per_week=0)


def paediatric(people: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(people)], "snapshot_date": "2026-10-31", "scope": "rtt_open",
        "list_type": "IRTT", "days_waiting": rng.integers(1, 360, people), "priority": rng.choice(["P3", "P4"], people),
        "decision_to_admit": pd.Timestamp("2026-10-31") - pd.to_timedelta(rng.integers(0, 200, people), unit="D"),
        "developmental_window": pd.NaT, "school_missed": rng.choice(["none", "under_10"], people),
        "learning_disability": rng.random(people) < 0.2, "looked_after": False, "child_protection": False,
        "idaci_quintile": rng.integers(1, 6, people), "link_status": "matched",
    })  # fmt: skip


def test_sensitivity_names_the_number_that_places_depend_on():
    policy = Policy.preset("paediatric_surgery_illustrative")
    found = sensitivity(paediatric(), policy, suppression="none").table.set_index(["factor", "change"])
    without = score(paediatric(), policy.model_copy(update={"factors": tuple(
        factor for factor in policy.factors if factor.name != "learning_disability")}))  # fmt: skip
    expected = (without["rank"] != score(paediatric(), policy)["rank"]).sum()
    assert found.loc[("learning_disability", "without"), "places_changed"] == expected > 0
    assert found.loc[("safeguarding", "without"), "places_changed"] == 0
    assert "interpreter" not in found.index.get_level_values("factor")
