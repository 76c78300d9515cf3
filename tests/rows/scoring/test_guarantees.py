"""The promises of scoring, over random policies and lists."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scoring_lists import CODES, NO_PROTECTION, PAIN, SNAPSHOT, lists, policies

from equiwait.errors import PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.score_record import score_records

MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def scored(waiting: pd.DataFrame, policy: Policy, **options: object) -> pd.DataFrame:
    """Score, passing over lists so empty that a mean cannot be taken."""
    return score(waiting, policy, **options)  # type: ignore[arg-type]


def changed(policy: Policy, **guards: object) -> Policy:
    return policy.model_copy(update={"guards": type(policy.guards).model_validate(guards)})


def parts_of(ordered: pd.DataFrame) -> list[str]:
    return [name for name in ordered.columns if name.startswith("points_")]


@MANY
@given(lists(), policies())
def test_parts_sum_to_the_score(waiting, policy):
    ordered = scored(waiting, policy)
    has = ordered["score"].notna()
    total = ordered.loc[has, parts_of(ordered)].astype(float).sum(axis=1)
    np.testing.assert_allclose(total, ordered.loc[has, "score"].astype(float), atol=1e-9)
    assert (ordered["score_status"] != "scored").eq(ordered["rank"].isna()).all()


@MANY
@given(lists(), policies(), st.randoms(use_true_random=False))
def test_shuffling_rows_changes_nothing_but_their_order(waiting, policy, random):
    order = random.sample(range(len(waiting)), len(waiting))
    straight, shuffled = scored(waiting, policy), scored(waiting.iloc[order], policy)
    pd.testing.assert_frame_equal(shuffled.sort_index(), straight)


@MANY
@given(lists(), policies())
def test_a_record_alone_scores_as_in_its_list(waiting, policy):
    ordered = scored(waiting, policy)
    try:
        alone = score_records(waiting.to_dict("records"), policy)
    except PolicyError:
        assume(False)
    for (_, row), one in zip(ordered.iterrows(), alone, strict=True):
        assert one.status == row["score_status"]
        for mine, theirs in [
            (one.tier, row["tier"]),
            (one.score, row["score"]),
            (one.score_low, row["score_low"]),
            (one.score_high, row["score_high"]),
            *((one.points[name.removeprefix("points_")], row[name]) for name in parts_of(ordered)),
        ]:
            assert mine == theirs if mine is not None else pd.isna(theirs)


@MANY
@given(lists(), policies())
def test_places_are_a_total_order_of_those_who_are_scored(waiting, policy):
    ordered = scored(waiting, policy)
    for _, group in ordered.groupby("specialty"):
        assert sorted(group["rank"].dropna()) == list(range(1, group["rank"].notna().sum() + 1))


@MANY
@given(lists(), policies())
def test_nothing_crosses_a_tier(waiting, policy):
    ordered = scored(waiting, policy)
    for _, group in ordered[ordered["rank"].notna()].groupby("specialty"):
        assert group.sort_values("rank")["tier"].is_monotonic_increasing


@MANY
@given(lists(gaps=False), policies(), st.data())
def test_more_days_never_lower_a_place(waiting, policy, data):
    row = data.draw(st.integers(0, len(waiting) - 1))
    longer = waiting.copy()
    longer.loc[row, "days_waiting"] += data.draw(st.integers(1, 400))
    before, after = scored(waiting, policy), scored(longer, policy)
    if before.loc[row, "score_status"] == after.loc[row, "score_status"] == "scored":
        assert after.loc[row, "rank"] <= before.loc[row, "rank"]


@MANY
@given(lists(), policies(), st.integers(0, 6))
def test_nobody_loses_more_places_than_the_cap(waiting, policy, most):
    protect = policy.guards.protect.model_dump()
    base = scored(waiting, changed(policy, max_places_moved_down=0, protect=protect))
    capped = scored(waiting, changed(policy, max_places_moved_down=most, protect=protect))
    assert (capped["rank"] - base["rank"]).dropna().le(most).all()


@MANY
@given(lists(), policies())
def test_no_places_to_lose_is_the_order_without_social_points(waiting, policy):
    none = scored(waiting, changed(policy, max_places_moved_down=0, protect=NO_PROTECTION))
    silent = [
        factor.model_copy(update={"points": dict.fromkeys(factor.points, 0.0), "specials": tuple(
            special.model_copy(update={"points": 0.0}) for special in factor.specials), "missing": factor.missing
                                  if factor.missing in ("unscored", "list_mean") else "zero"})
        if factor.kind == "equity" else factor
        for factor in policy.factors
    ]  # fmt: skip
    bare = scored(waiting, changed(policy.model_copy(update={"factors": tuple(silent)}), protect=NO_PROTECTION))
    pd.testing.assert_series_equal(none["rank"], bare["rank"])


@MANY
@given(lists(), policies())
def test_a_cap_of_the_whole_list_is_no_cap(waiting, policy):
    free = scored(waiting, changed(policy, protect=NO_PROTECTION))
    wide = scored(waiting, changed(policy, max_places_moved_down=len(waiting), protect=NO_PROTECTION))
    pd.testing.assert_series_equal(free["rank"], wide["rank"])


@MANY
@given(lists(gaps=False, most=12), policies())
def test_equity_never_moves_down_those_it_may_not(waiting, policy):
    base = scored(waiting, changed(policy, max_places_moved_down=0))
    free = scored(waiting, changed(policy))
    waited = (pd.Timestamp(SNAPSHOT) - waiting["decision_to_admit"]).dt.days
    kept = waiting["priority"].isin(["P1a", "P1b", "P1"]) | waiting["cancer_pathway"]
    kept = kept | (waiting["priority"].eq("P2") & (waited >= 28 - 7))
    assert (free["rank"] <= base["rank"])[kept.astype(bool)].all()


LEVELS = {
    "priority": CODES,
    "imd_quintile": [1, 2, 3, 4, 5],
    "carer": [True, False],
    "looked_after": [True, False],
    "child_protection": [True, False],
    "pain": PAIN,
    "decision_to_admit": [pd.Timestamp(SNAPSHOT), pd.Timestamp(SNAPSHOT - dt.timedelta(days=1000))],
    "days_waiting": [0, 36_525],
}


def completions(waiting: pd.DataFrame, policy: Policy) -> list[pd.DataFrame]:
    """Every list that filling in what the policy reads could give."""
    read = {name for factor in policy.factors for name in factor.reads} | {"priority", "days_waiting"}
    guarded = bool(policy.equity_lines)  # who is protected hangs on codes and dates too
    read |= {"decision_to_admit"} if guarded or any(factor.percent_of_target for factor in policy.factors) else set()
    if not guarded and not policy.tiers and not any(factor.percent_of_target for factor in policy.factors):
        read -= {"priority"}
    holes = [(row, name) for name in LEVELS if name in read for row in waiting.index if pd.isna(waiting.loc[row, name])]
    size = np.prod([len(LEVELS[name]) for _, name in holes], dtype=float)
    assume(len(holes) > 0 and size <= 80)
    filled = []
    for values in itertools.product(*(LEVELS[name] for _, name in holes)):
        whole = waiting.copy().astype({"priority": object, "pain": object})
        for (row, name), value in zip(holes, values, strict=True):
            whole.loc[row, name] = value
        filled.append(whole)
    return filled


def ranked_over_completions(waiting: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The places in every completion: each is ranked apart, as if it were a specialty of its own."""
    several = completions(waiting, policy)
    stacked = pd.concat(
        [whole.assign(specialty=whole["specialty"] + f"-{number}") for number, whole in enumerate(several)]
    )
    ranks = scored(stacked, policy, ranges=False)["rank"].to_numpy(float, na_value=np.nan)
    return pd.DataFrame(ranks.reshape(len(several), len(waiting)).T, index=waiting.index)


@MANY
@given(lists(most=4), policies(guarded=False))
def test_ranges_are_what_brute_force_finds(waiting, policy):
    every = ranked_over_completions(waiting, policy)
    ordered = scored(waiting, policy)
    assert ordered["rank_best"].tolist() == every.min(axis=1).tolist()
    assert ordered["rank_worst"].tolist() == every.max(axis=1).tolist()


@MANY
@given(lists(most=4), policies())
def test_ranges_bracket_brute_force_whatever_the_guards(waiting, policy):
    every = ranked_over_completions(waiting, policy)
    ordered = scored(waiting, policy)
    assert (ordered["rank_best"] <= every.min(axis=1)).all()
    assert (ordered["rank_worst"] >= every.max(axis=1)).all()
