"""Cells that are spelt otherwise, or cannot be read: the same in a record as in a list, and never *no* in silence."""

from __future__ import annotations

from random import Random

import pandas as pd
import pytest
from scoring_lists import SNAPSHOT
from test_presets import child, children

from equiwait.errors import InputError, OptionError, PolicyError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring import score
from equiwait.rows.scoring.score_record import score_record, score_records

CHFT = Policy.preset("chft_learning_disability")
ENGLAND = Policy.preset("england_default")


def record(**changes: object) -> dict[str, object]:
    return {"snapshot_date": "2026-10-31", "list_type": "IRTT", "priority": "P3", "days_waiting": 90, **changes}


def own_flag() -> Policy:
    factor = {"name": "work", "kind": "equity", "source": "test", "missing": "unscored", "column": "limits_work",
              "points": {"true": 5, "false": 0}}  # fmt: skip
    return Policy.read({
        "name": "own", "title": "Own", "status": "draft", "source": "test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []}, "factors": [factor],
    })  # fmt: skip


# --- flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [True, "Y", "yes", "TRUE", "True", 1, 1.0, "1", " y "])
def test_a_flag_is_up_in_every_spelling_of_yes(spelling):
    found = score_record(record(learning_disability=spelling), CHFT)
    assert (found.tier, found.status, found.unread) == (2, "scored", ())


@pytest.mark.parametrize("spelling", [False, "N", "no", "FALSE", 0, 0.0, None, "", "  ", float("nan")])
def test_a_flag_that_is_down_or_blank_is_no(spelling):
    found = score_record(record(learning_disability=spelling), CHFT)
    assert (found.tier, found.status, found.unread) == (3, "scored", ())


@pytest.mark.parametrize("unreadable", ["Q", "perhaps", 7, "invalid"])
def test_a_flag_that_cannot_be_read_is_open_and_never_no(unreadable):
    found = score_record(record(learning_disability=unreadable), CHFT)
    assert (found.tier, found.status, found.unread) == (None, "unscored", ("learning_disability",))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 0, None, 1], dtype="Int64"),
        pd.Series([1.0, 0.0, None, 1.0]),
        pd.Series(["Y", "N", None, "Y"], dtype="category"),
        pd.Series(["True", "False", None, "True"]),
        pd.Series([True, False, None, True], dtype="boolean"),
        pd.Series([True, False, None, True], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_a_list_reads_flags_of_every_type(column):
    waiting = children(*[child()] * 3, child(priority="P2")).assign(learning_disability=column)
    assert score(waiting, CHFT)["tier"].tolist() == [2, 3, 3, 1]
    assert [each.tier for each in score_records(waiting.to_dict("records"), CHFT)] == [2, 3, 3, 1]


def lenient(policy: Policy) -> Policy:
    """The policy with no line that must be recorded for anybody."""
    lax = {"coverage": 0.0, "coverage_because": "a test"}
    tiers = tuple(each.model_copy(update=lax) if each.kind == "equity" else each for each in policy.tiers)
    factors = tuple(each.model_copy(update=lax) for each in policy.factors)
    return policy.model_copy(update={"factors": factors, "tiers": tiers})


def test_a_list_leaves_open_what_it_cannot_read():
    waiting = children(child(), child(days_waiting=300)).assign(learning_disability=["perhaps", "no"])
    with pytest.raises(PolicyError, match="tier Learning disability: recorded for 50% of the list"):
        score(waiting, CHFT)
    ordered = score(waiting, lenient(CHFT))
    assert ordered["score_status"].tolist() == ["unscored", "scored"]
    assert ordered["rank_best"].tolist() == [1, 1]
    assert ordered["rank_worst"].tolist() == [2, 2]


def test_a_cancer_flag_that_cannot_be_read_may_protect():
    tiers = [
        {"name": "cancer", "when": {"cancer_pathway": True}, "blank_means": "no"},
        {"name": "rest", "takes_unknown": True},
    ]
    factor = {"name": "imd", "kind": "equity", "source": "test", "missing": "zero", "column": "imd_quintile", "coverage": 0,
              "coverage_because": "a test", "points": {str(n): 6 - n for n in range(1, 6)}}  # fmt: skip
    policy = Policy.read({
        "name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone", "tiers": tiers,
        "order": {"then": "points", "rank_within": []}, "factors": [factor],
    })  # fmt: skip
    waiting = children(child(cancer_pathway="?"), child(imd_quintile=1), child(imd_quintile=2)).assign(
        imd_quintile=[5, 1, 2]
    )
    ordered = score(waiting.astype({"cancer_pathway": str}), policy)
    assert ordered["tier"].tolist() == [2, 2, 2]
    assert ordered.loc[0, "rank_best"] == 1


def test_a_flag_of_the_users_own_is_read_as_any_other():
    for spelling, points in [("Y", 5.0), (1, 5.0), (True, 5.0), ("No", 0.0), (0.0, 0.0)]:
        assert score_record(record(limits_work=spelling), own_flag()).score == points
    odd = score_record(record(limits_work="perhaps"), own_flag())
    assert (odd.status, odd.missing, odd.unread) == ("unscored", ("work",), ("limits_work",))


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bare", ["1", "2", "3", 2, 2.0, " 3 "])
def test_a_bare_priority_could_be_either_code_and_is_neither(bare):
    found = score_record(record(priority=bare), ENGLAND)
    assert (found.status, found.tier, found.unread) == ("unscored", None, ("priority",))
    assert score(children(child(priority=bare)), ENGLAND)["score_status"].tolist() == ["unscored"]


@pytest.mark.parametrize(("spelling", "tier"), [("p2", 4), ("P-2", 4), ("P1A", 1), ("priority 3", 5), ("4", 6)])
def test_a_priority_in_another_spelling_is_the_same_in_a_record_and_in_a_list(spelling, tier):
    assert score_record(record(priority=spelling), ENGLAND).tier == tier
    assert score(children(child(priority=spelling)), ENGLAND)["tier"].tolist() == [tier]


def test_a_level_that_does_not_exist_is_not_recorded():
    policy = Policy.read({
        "name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone",
        "order": {"then": "points", "without_tiers": "a test", "rank_within": []},
        "factors": [{"name": "imd", "kind": "equity", "source": "test", "missing": "zero", "column": "imd_quintile",
                     "points": {"1": 5}, "otherwise": 1}],
    })  # fmt: skip
    found = score_record(record(imd_quintile=9), policy)
    assert (found.score, found.missing, found.unread) == (0.0, ("imd",), ("imd_quintile",))


def matrix(missing: str) -> Policy:
    outcomes = {"P3": {"none": "P3", "moderate": "P2", "severe": ["P2", "P1b"]}}
    tiers = [{"name": code, "when": {"priority": code}} for code in ("P1b", "P2", "P3")]
    return Policy.read({
        "name": "t", "title": "T", "status": "draft", "source": "test", "people": "everyone", "tiers": tiers,
        "order": {"then": "days_waited", "rank_within": []},
        "retier": {"column": "harm", "outcomes": outcomes, "missing": missing, "source": "test"},
    })  # fmt: skip


@pytest.mark.parametrize(("harm", "tier"), [("moderate", 2), ("Moderate", 2), (" MODERATE ", 2), ("none", 3)])
def test_a_matrix_reads_its_levels_whatever_their_case(harm, tier):
    found = score_record(record(harm=harm), matrix("unscored"))
    assert (found.status, found.tier, found.unread) == ("scored", tier, ())


def test_a_level_that_the_matrix_does_not_name_is_not_recorded():
    strict, lax = (score_record(record(harm="catastrophic"), matrix(missing)) for missing in ("unscored", "as_it_is"))
    assert (strict.status, strict.unread) == ("unscored", ("harm",))
    assert (lax.status, lax.tier, lax.unread) == ("scored", 3, ("harm",))
    listed = score(children(child()).assign(harm="catastrophic"), matrix("unscored"))
    assert listed["score_status"].tolist() == ["unscored"]


# --- numbers and dates ------------------------------------------------------------------------------------------------


def test_fewer_than_no_days_is_a_mistake():
    found = score_record(record(days_waiting=-5), ENGLAND)
    assert (found.status, found.score, found.unread) == ("unscored", None, ("days_waiting",))
    ordered = score(children(child(days_waiting=-5), *[child()] * 9), ENGLAND)
    assert ordered["score_status"].tolist() == ["unscored", *["scored"] * 9]


def test_a_date_that_cannot_be_read_is_said():
    found = score_record(record(days_waiting=None, clock_start="02/08/2026"), ENGLAND)
    assert (found.status, found.unread) == ("unscored", ("clock_start",))


def test_days_and_weeks_follow_from_the_clock_start():
    assert score_record(record(days_waiting=None, clock_start="2026-08-02"), ENGLAND).score == 90
    assert score_record(record(days_waiting=None, clock_start=SNAPSHOT), ENGLAND).score == 0
    assert score_record(record(days_waiting=None, clock_start="2026-12-01"), ENGLAND).status == "unscored"
    policy = own_flag().model_copy(update={"factors": (
        own_flag().factors[0].model_copy(update={"column": "weeks_waiting", "points": {}, "knots": ((0.0, 0.0), (52.0, 52.0))}),
    )})  # fmt: skip
    assert score_record(record(days_waiting=70), policy).score == 10


# --- what is no record ------------------------------------------------------------------------------------------------


def test_what_is_not_a_policy_or_not_a_record_is_said():
    with pytest.raises(OptionError, match=r"Policy\.preset"):
        score_record(record(), "england_default")  # type: ignore[arg-type]
    for nothing in (None, "x", 7, record()):
        with pytest.raises(InputError, match="not several records"):
            score_records(nothing, ENGLAND)  # type: ignore[arg-type]
    for nothing in ([], "secret", None):
        with pytest.raises(InputError, match="The record is not a mapping") as caught:
            score_record(nothing, ENGLAND)  # type: ignore[arg-type]
        assert "secret" not in str(caught.value)


def test_a_key_under_another_name_is_told_and_not_lost():
    given = record()
    given["Priority"] = given.pop("priority")
    with pytest.raises(InputError, match="Write: priority"):
        score_record(given, ENGLAND)
    assert score_record(record(Hospital="x"), ENGLAND).status == "scored"  # not a column that the policy reads


def test_a_key_under_another_name_is_told_of_its_own_record():
    slip = record()
    slip["Learning Disability"] = True
    for bad in (slip, pd.Series(slip)):
        found = score_records([record(learning_disability=False), record(), bad], CHFT)
        assert [each.status for each in found] == ["scored", "scored", "error"]
        assert found[2].error.found == "Learning Disability."
        assert found[2].error.todo == "Write: learning_disability."
    both = score_records([record(), {**slip, "learning_disability": True}], CHFT)
    assert [each.tier_name for each in both] == ["Everyone else", "Learning disability"]
    closed = score_records([record(scope="rtt_open"), record(Scope="closed")], ENGLAND)[1]
    assert closed.error.todo == "Write: scope."  # a record that says nothing of its scope would be open
    assert [each.status for each in score_records([record(), record(Hospital="x")], ENGLAND)] == ["scored"] * 2


@pytest.mark.parametrize("spelling", ["Limits Work", "LIMITS_WORK", "limits-work", "limitsWork"])
def test_a_column_of_the_users_own_under_another_spelling_is_told(spelling):
    found = score_records([record(limits_work=True), record(**{spelling: True})], own_flag())
    assert [each.status for each in found] == ["scored", "error"]
    assert found[1].error.todo == "Write: limits_work."


def test_no_value_is_taken_for_a_key():
    assert score_records([pd.Series(record(comment="Priority"))], ENGLAND)[0].tier == 5


def test_what_has_no_hash_and_what_python_holds_equal_are_kept_apart():
    policy = own_flag().model_copy(update={"factors": (
        own_flag().factors[0].model_copy(update={"points": {"1": 3.0, "true": 5.0, "other": 0.0}}),
    )})  # fmt: skip
    several = score_records([record(limits_work=value) for value in (True, 1, ["a"], 1.0)], policy)
    assert [each.score for each in several] == [5.0, 3.0, None, 3.0]


@pytest.mark.parametrize("day", [None, "", "2026-13-45", "secret 31/10/2026", 20261031, ["2026-10-31"]])
def test_a_record_without_a_snapshot_is_told_and_the_others_are_scored(day):
    found = score_records([record(), {**record(), "snapshot_date": day}], ENGLAND)
    assert [each.status for each in found] == ["scored", "error"]
    assert "snapshot_date" in found[1].error.wrong
    with pytest.raises(InputError, match="snapshot_date") as caught:
        score_record({**record(), "snapshot_date": day}, ENGLAND)
    assert "secret" not in str(caught.value)


def test_many_records_are_the_records_one_by_one():
    several = [record(priority=code, learning_disability=flag, days_waiting=days, scope=scope)
               for code in ("P1a", "P2", "P3", None, "2") for flag in (True, None, "?") for days in (5, None, -1)
               for scope in ("rtt_open", "closed", None)]  # fmt: skip
    together = score_records(several, CHFT)
    assert together == [score_record(each, CHFT) for each in several]
    assert together == score_records(iter(several), CHFT)
    assert len({id(each.points) for each in together}) == len(together)  # nobody's points are another's


def test_a_score_says_nothing_of_the_patient():
    found = score_record(record(priority="secret"), ENGLAND)
    for text in (repr(found), str(found), f"{found}", f"{[found]}"):
        assert "secret" not in text
        assert "90" not in text


ODD = {
    "priority": ["P2", "p3", "P-4", "2", "soon", None, "P1A", "P5"], "learning_disability": ["Y", "n", " ", "0", "?", None],
    "looked_after": ["Y", None, "x", "N"], "child_protection": ["N", "N", "y", "?"], "cancer_pathway": ["N", "Y", None, "?"],
    "idaci_quintile": ["1", "5", "6", None], "imd_quintile": ["1", "5", "9", None], "link_status": ["matched", "no_fixed_abode"],
    "school_missed": ["none", "persistent", "??", None], "clinical_harm": ["None", "moderate", "SEVERE", "odd", None],
    "decision_to_admit": ["2026-05-01", None, "01/05/2026"], "priority_date": [None, "2026-08-01", "bad"],
    "tci_date": [None, None, "2026-12-01", "later"], "list_type": ["IRTT", "inpatient", None, "ORTT"],
    "patient_choice": [None, None, "P5", "p6", "z"], "days_waiting": ["10", "400", "30", "77", "90", "180", "200", "-3"],
    "developmental_window": [None, "2027-01-01"], "interpreter_needed": ["N", "Y"], "scope": ["rtt_open", "rtt_open", "closed"],
}  # fmt: skip


@pytest.mark.parametrize("name", ["chft_learning_disability", "england_default", "imperial_matrix",
                                  "paediatric_surgery_illustrative", "weighted_lottery"])  # fmt: skip
def test_odd_cells_score_the_same_in_a_list_and_alone(name):
    random = Random(name)
    policy = Policy.preset(name)
    policy = lenient(policy)
    rows = [{**{column: random.choice(cells) for column, cells in ODD.items()}, "pathway_id": f"p{number}",
             "snapshot_date": "2026-10-31"} for number in range(150)]  # fmt: skip
    ordered = score(pd.DataFrame(rows), policy)
    for (_, row), one in zip(ordered.iterrows(), score_records(rows, policy), strict=True):
        mine = [one.status, one.tier, one.score, one.score_low, one.score_high, *one.points.values()]
        parts = [f"points_{part}" for part in one.points]
        theirs = row[["score_status", "tier", "score", "score_low", "score_high", *parts]]
        assert mine == [None if pd.isna(each) else each for each in theirs]
