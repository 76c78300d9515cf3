"""The runner itself: what is wrong fails, what nobody handles is not covered, and nothing is known by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import refcase_charts  # noqa: F401  (registers its handlers)
import refcase_completed  # noqa: F401
import refcase_contrasts  # noqa: F401
import refcase_funnels  # noqa: F401
import refcase_groups  # noqa: F401
import refcase_inequality  # noqa: F401
import refcase_people  # noqa: F401
from refcase_checks import Check, agrees, outcomes, read_checks
from refcase_lists import reason

CHECK = Check("any", "NHSRwaitinglist", "queue_load", "inline", "demand=30; capacity=25", "value", 1.2, 1e-7, 0.0, "")


def outcome(check: Check) -> str:
    return next(outcomes([check], reason))[1]


def test_right_passes_and_wrong_fails() -> None:
    assert outcome(CHECK) == "passed"
    assert outcome(replace(CHECK, expected=1.3)) == "failed"
    assert outcome(replace(CHECK, expected=None)) == "failed"


def test_other_params_give_another_answer() -> None:
    assert outcome(replace(CHECK, params="demand=50; capacity=25", expected=2.0)) == "passed"


def test_a_name_nobody_handles_is_not_covered() -> None:
    assert outcome(replace(CHECK, measure="queue_colour")) == "not covered"


def test_an_input_that_is_nowhere_is_said_to_be() -> None:
    check = replace(CHECK, family="R_tab", measure="risk_ratio_wald", input="nowhere.csv", params="imd1 vs imd10")
    assert outcome(check) == "input absent"


def test_the_list_is_by_exact_measure() -> None:
    check = replace(CHECK, family="R_surv", measure="cox")
    assert outcome(check).startswith("excluded: ")
    assert outcome(replace(check, measure="cox2")) == "not covered"
    paf = replace(CHECK, family="healthequal", measure="paf")
    assert reason(replace(paf, stat="estimate")) is None
    assert "AS SHIPPED" in (reason(replace(paf, stat="se")) or "")


def test_kinds_that_are_not_run_are_known_whatever_their_exact_name() -> None:
    for family, measure in (
        ("R_tab", "ols"), ("R_tab", "ols_hc1"), ("R_ineq", "rii_poisson"), ("R_ineq", "atkinson_decomposition"),
        ("R_ineq", "gini_decomposition"), ("R_tab", "ks_two_sample"), ("R_tab", "g_computation_rd"),
    ):  # fmt: skip
        assert (reason(replace(CHECK, family=family, measure=measure)) or "").startswith("excluded: "), measure
    for family, measure in (
        ("R_ineq", "gini"),
        ("R_ineq", "atkinson"),
        ("R_surv", "logrank"),
        ("R_tab", "kruskal_wallis"),
    ):
        assert reason(replace(CHECK, family=family, measure=measure)) is None, measure


def test_withheld_means_no_number() -> None:
    check = replace(CHECK, expected=None)
    assert agrees(check, float("nan"))
    assert agrees(check, float("inf"))
    assert not agrees(check, 0.0)
    assert not agrees(CHECK, float("nan"))


@pytest.mark.parametrize("text", ["NA", "[1, null]", "0.5", '["pass"]'])
def test_reading_expected_values(tmp_path: Path, text: str) -> None:
    header = "check_id,family,measure,input,params,stat,expected,rtol,atol,provenance,source,note,second_source"
    quoted = '"' + text.replace('"', '""') + '"'
    (tmp_path / "checks.csv").write_text(f"{header}\nX1,f,m,i,p,s,{quoted},1e-6,0,E,,,\n", encoding="utf-8")
    (check,) = read_checks(tmp_path)
    assert check.expected == {"NA": None, "[1, null]": [1, None], "0.5": 0.5, '["pass"]': ["pass"]}[text]
