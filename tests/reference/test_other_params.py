"""The runner with other params than the default's: the answer to what is asked, or none."""

from __future__ import annotations

import pytest
import refcase_charts  # noqa: F401  (registers its handlers)
import refcase_completed  # noqa: F401
import refcase_contrasts  # noqa: F401
import refcase_funnels
import refcase_groups  # noqa: F401
import refcase_inequality  # noqa: F401
import refcase_people  # noqa: F401
import refcase_waits  # noqa: F401
from refcase_checks import Check, NotCoveredError, read_rows, run

from equiwait import statistics as st

LIST = "synthetic_waiting_list_3000.csv"
RTT = "nhse_rtt_incomplete_2015-03.csv.gz"
PBC = "pbc312.csv"
STRAT = "statsmodels_tables.json#strat2"

pytestmark = pytest.mark.usefixtures("refcases")


def answer(family: str, measure: str, name: str, params: str, stat: str) -> float:
    return run(Check("any", family, measure, name, params, stat, None, 0.0, 0.0, ""))


NOT_COVERED = [
    ("R_tab", "chisq_homogeneity", LIST, "open;>126d by imd; Yates", "chisq"),
    ("R_tab", "chisq_homogeneity", LIST, "completed;>126d by imd", "chisq"),
    ("R_tab", "chisq_homogeneity", LIST, "open;>=126d by imd", "chisq"),
    ("R_tab", "chisq_homogeneity", LIST, "open;>126d by colour", "chisq"),
    ("R_tab", "cochran_armitage_trend", LIST, "open;>126d by ethnicity", "chisq"),
    ("R_tab", "risk_ratio_wald", LIST, "open >126d: imd1 vs imd10; small-sample", "est"),
    ("R_tab", "risk_ratio_wald", LIST, "open >126d: imd1 vs imd11", "est"),
    ("R_tab", "mantel_haenszel", LIST, "same; level=.9", "rr_mh"),
    ("R_tab", "indirect_std_ratio", LIST, "ethnicity=Black; ref=ESP", "ratio"),
    ("R_tab", "kruskal_wallis", LIST, "open days by imd", "chisq"),
    ("R_tab", "median_ci_binomial_orderstat", LIST, "ethnicity=White; bootstrap", "lower"),
    ("R_rtt", "bgv", RTT, "% >18w across treatment functions", "bgv"),
    ("R_rtt", "indirect_std_ratio", RTT, "ccg=01C; ref=London", "ratio"),
    ("R_surv", "logrank", "lung.csv", "groups=sex; foo=1", "chisq"),
    ("R_surv", "logrank", "lung.csv", "groups=colour", "chisq"),
    ("R_surv", "gray_test", LIST, "groups=ethnicity;cause=died;strata=specialty", "chisq"),
    ("R_surv", "nelson_aalen", "lung.csv", "group=sex:9;t=365", "cumhaz"),
    ("R_surv", "nelson_aalen", "lung.csv", "group=all;t=365", "colour"),
    ("R_surv", "rmst", "lung.csv", "group=all;tau=365", "median"),
    ("R_surv", "rmst_ratio", PBC, "tau=10; adjusted for age", "est"),
    ("R_surv", "rmst_diff", "lung.csv", "tau=365", "est"),
    ("R_surv", "km_quantile", "lung.csv", "group=all;p=0.5;conf=log", "n"),
    ("R_surv", "aalen_johansen", "mgus2_competing.csv", "t=60;state=moved", "prob"),
    ("R_surv", "aalen_johansen", "mgus2_competing.csv", "t=60;state=death", "lower"),
    ("statsmodels", "mantel_haenszel", STRAT, "shift_zeros=True", "or_mh"),
    ("statsmodels", "mantel_haenszel", STRAT, "", "or_other"),
    ("PHE", "funnel_limits_ratio", "phe_funnel_ratio_outputs.csv", "Observed_events=1", "lower_2s_colour"),
    ("PHE", "funnel_limits_ratio", "phe_funnel_ratio_outputs.csv", "Observed_events=1; method=Byar", "lower_2s_isr"),
    ("PHE", "funnel_significance_rate", "phe_funnel_rate_inputs.csv", "40 rows", "n_rows"),
]


@pytest.mark.parametrize("question", NOT_COVERED, ids=lambda question: f"{question[1]} {question[3]} {question[4]}")
def test_another_question_is_not_covered(question: tuple[str, str, str, str, str]) -> None:
    with pytest.raises(NotCoveredError):
        answer(*question)


DIFFERENT = [
    ("R_tab", "chisq_homogeneity", LIST, "chisq", "open;>126d by imd", "open;>364d by imd"),
    ("R_tab", "chisq_homogeneity", LIST, "chisq", "open;>126d by imd", "open;>126d by ethnicity"),
    ("R_tab", "cochran_armitage_trend", LIST, "chisq", "open;>126d by imd", "open;>84d by imd; scores 1..10"),
    ("R_tab", "risk_ratio_wald", LIST, "est", "open >126d: imd1 vs imd10", "open >126d: imd1-2 vs imd9-10"),
    ("R_tab", "risk_ratio_wald", LIST, "est", "open >126d: imd1 vs imd10", "open >126d: White vs Black"),
    ("R_tab", "indirect_std_ratio", LIST, "ratio", "ethnicity=Black; ref=all open", "ethnicity=Black; ref=White"),
    ("R_tab", "kruskal_wallis", LIST, "chisq", "completed days by imd", "completed days by specialty"),
    ("R_tab", "mantel_haenszel", LIST, "rr_mh", "same", ">126d imd1 vs imd10; strata=specialty"),
    ("R_rtt", "bgv", RTT, "bgv", "% >18w across CCGs", "% >26w across CCGs"),
    ("R_rtt", "indirect_std_ratio", RTT, "observed", "ccg=01C; >18w; ref=all rows", "ccg=01C; >40w; ref=all rows"),
    ("R_surv", "logrank", "lung.csv", "chisq", "groups=sex", "groups=sex; ph.ecog=1"),
    ("R_surv", "rmst", PBC, "rmst", "arm=1; tau=10", "arm=0; tau=10"),
    ("R_surv", "rmst", "lung.csv", "rmst", "group=sex:1;tau=365", "group=sex:2;tau=365"),
]


@pytest.mark.parametrize("case", DIFFERENT, ids=lambda case: f"{case[1]} {case[5]}")
def test_other_params_other_answer(case: tuple[str, str, str, str, str, str]) -> None:
    family, measure, name, stat, usual, other = case
    assert answer(family, measure, name, usual, stat) != pytest.approx(answer(family, measure, name, other, stat))


def test_the_ends_of_the_deciles_said_in_words_are_the_same() -> None:
    said = "open >126d: imd1-2 vs imd9-10; strata=specialty x urgency"
    assert answer("R_tab", "mantel_haenszel", LIST, said, "rr_mh") == answer(
        "R_tab", "mantel_haenszel", LIST, "same", "rr_mh"
    )


@pytest.mark.parametrize(("rho", "published"), [(0, 10.3), (1, 12.7)])
def test_logrank_with_rho_as_the_manual_of_r_prints_it(rho: int, published: float) -> None:
    """R's own example, ``survdiff(Surv(time, status) ~ sex, lung)``, prints 10.3, and 12.7 with ``rho = 1``."""
    assert round(answer("R_surv", "logrank", "lung.csv", f"groups=sex; rho={rho}", "chisq"), 1) == published


# As the vignette of survRM2 (Uno and others, 2015) prints them.
SURVRM2 = [
    ("rmst_diff", (-0.137, -0.939, 0.665, 0.738)),
    ("rmst_ratio", (0.981, 0.878, 1.096, 0.738)),
    ("rmtl_ratio", (1.050, 0.787, 1.402, 0.738)),
]


@pytest.mark.parametrize(("measure", "published"), SURVRM2)
def test_restricted_mean_contrasts(measure: str, published: tuple[float, ...]) -> None:
    for stat, value in zip(("est", "lower", "upper", "p"), published, strict=True):
        assert round(answer("survRM2", measure, PBC, "tau=10", stat), 3) == pytest.approx(value)
    said = answer("survRM2", measure, PBC, "(arm=1) vs (arm=0); tau=10", "lower")
    assert said == answer("survRM2", measure, PBC, "tau=10", "lower")


@pytest.mark.parametrize(("arm", "mean", "error", "lost"), [(1, 7.146, 0.283, 2.854), (0, 7.283, 0.295, 2.717)])
def test_restricted_means_of_the_arms(arm: int, mean: float, error: float, lost: float) -> None:
    for stat, value in (("rmst", mean), ("se", error), ("rmtl", lost)):
        assert round(answer("survRM2", "rmst", PBC, f"arm={arm}; tau=10", stat), 3) == value


def test_difference_of_shares_by_hand() -> None:
    params = "open >126d: imd1 vs imd10"
    (x1, n1), (x0, n0) = (
        [answer("R_tab", "prop_gt18w_open", LIST, f"imd_decile={decile}", stat) for stat in "xn"] for decile in (1, 10)
    )
    p1, p0 = x1 / n1, x0 / n0
    half = 1.959963984540054 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) ** 0.5
    assert answer("R_tab", "risk_difference_wald", LIST, params, "lower") == pytest.approx(p1 - p0 - half)


def test_log_odds_are_on_the_scale_of_their_limits() -> None:
    import math

    odds, lower = (answer("statsmodels", "mantel_haenszel", STRAT, "", stat) for stat in ("or_mh", "or_lower"))
    log, error = (answer("statsmodels", "mantel_haenszel", STRAT, "", stat) for stat in ("logodds", "logodds_se"))
    assert log == pytest.approx(math.log(odds))
    assert math.exp(log - 1.959963984540054 * error) == pytest.approx(lower)
    assert answer("statsmodels", "mantel_haenszel", STRAT, "", "lor_mh") == log


def test_entry_is_read_from_the_column_named() -> None:
    name, people = "lifelines_psychiatric_patients.csv", read_rows("lifelines_psychiatric_patients.csv")
    ages = [(float(row["Age"]), float(row["Age"]) + float(row["T"])) for row in people]
    at_risk = sum(entry < 40 <= left for entry, left in ages)
    assert answer("lifelines", "km_left_truncated", name, "T,C,entry=Age; t=40", "n_risk") == at_risk


def test_stages_in_three_columns_are_four_groups() -> None:
    assert answer("lifelines", "logrank", "lifelines_larynx.csv", "", "df") == 3
    assert answer("lifelines", "logrank", "lifelines_larynx.csv", "group Stage_II", "df") == 1


_ENDS = [f"{end}_{sigma}_" for end in ("lower", "upper") for sigma in ("2s", "3s")]
FUNNELS = [
    ("funnel_limits_ratio", "phe_funnel_ratio_outputs.csv", "Observed_events", ("isr", "exp_events", "count")),
    ("funnel_limits_rate", "phe_funnel_rate_funnels.csv", "Events", ("limit", "population_1_year")),
    ("funnel_limits_rate", "phe_funnel_rate_funnels_2.csv", "Events", ("limit", "population_1_year")),
    ("funnel_limits_rate", "phe_funnel_rate_funnels_3.csv", "Events", ("limit", "population_1_year")),
]


@pytest.mark.parametrize("funnel", FUNNELS, ids=lambda funnel: funnel[1])
def test_every_column_of_the_funnels(funnel: tuple[str, str, str, tuple[str, ...]]) -> None:
    measure, name, key, kinds = funnel
    for row in read_rows(name)[::7]:
        for stat in (end + kind for end in _ENDS for kind in kinds):
            found = answer("PHE", measure, name, f"{key}={row[key]}", stat)
            assert found == pytest.approx(float(row[stat]), rel=2e-4, abs=1e-6), (stat, row[key])


@pytest.mark.parametrize("zeros", ["with", "without"])
@pytest.mark.parametrize("per", [100, 100000])
@pytest.mark.parametrize("kind", ["crude", "dsr"])
def test_labels_of_rates_row_by_row(kind: str, per: int, zeros: str) -> None:
    labels, expected = refcase_funnels.rate_labels("phe_funnel_rate_inputs.csv", f"{kind}_per_{per}_{zeros}_0")
    assert labels == expected


def test_a_second_confidence_that_nobody_stated_is_not_covered() -> None:
    params = "rows RecordNo 1..10; area=area1; value_type=0; transform=False; multiplier=1; conf=95; default"
    assert answer("PHE", "phe_sii_ci", "phe_sii_cases.csv", params, "sii_lowercl_1").value > 0
    with pytest.raises(NotCoveredError, match="confidence"):
        answer("PHE", "phe_sii_ci", "phe_sii_cases.csv", params, "sii_lowercl_2")


SAME_QUESTION = [
    ("R_tab", "mantel_haenszel", LIST, "or_mh", "same", "open >18w: imd<=2 vs imd>=9; strata=specialty+urgency"),
    ("R_tab", "mantel_haenszel", LIST, "or_mh", "same", ">126d; imd1-2 versus imd9-10 within specialty x urgency"),
    ("R_tab", "mantel_haenszel", LIST, "or_mh", "same", "open over 126 days: deciles 1-2 vs 9-10 | specialty × urgency"),
    ("R_tab", "mantel_haenszel", LIST, "rr_lower", "same", "imd1-2 vs. imd9-10; strata: specialty & urgency (R epiR::epi.2by2)"),
    ("R_tab", "chisq_homogeneity", LIST, "p.value", "open;>126d by imd", ">18 weeks by imd_decile (R chisq.test)"),
    ("R_tab", "chisq_homogeneity", LIST, "statistic", "open;>126d by imd", "open; >126d x imd"),
    ("R_tab", "wilcoxon_mann_whitney", LIST, "p", "imd1 vs imd10; no continuity corr", "imd1 vs imd10; correct=FALSE"),
    ("R_tab", "wilcoxon_mann_whitney", LIST, "p", "imd1 vs imd10", "imd1 vs imd10; with continuity correction"),
    ("R_tab", "prop_gt18w_open", LIST, "x", "imd_decile=3", "imd_decile=3; >126d"),
    ("R_tab", "risk_ratio_wald", LIST, "ucl", "open >126d: imd1 vs imd10", "open >18w: decile 1 vs 10"),
    ("R_surv", "logrank", LIST, "chisq", "groups=imd(10);strata=specialty x urgency", "groups=imd; stratified by specialty × urgency"),
    ("statsmodels", "km_quantile_ci", "statsmodels_bmt.csv", "lower", "Group=ALL; p=.25; transform=log-log", "Group=ALL; p=.25; transform=cloglog"),
    ("statsmodels", "logrank_weighted", "statsmodels_bmt.csv", "chisq", "Gehan-Breslow; strata index%8", "gb; strata index%8"),
]  # fmt: skip


@pytest.mark.parametrize("case", SAME_QUESTION, ids=lambda case: f"{case[1]} {case[5]}")
def test_the_same_question_in_other_words(case: tuple[str, str, str, str, str, str]) -> None:
    family, measure, name, stat, usual, other = case
    plain = {"p.value": "p", "statistic": "chisq", "ucl": "upper"}.get(stat, stat)
    assert answer(family, measure, name, other, stat) == answer(family, measure, name, usual, plain)


def test_deciles_come_in_the_order_of_their_numbers() -> None:
    """Group 2 of ten is decile 2, not decile 10: the events of each, counted row by row."""
    rows = read_rows(LIST)
    for place in (1, 2, 10):
        treated = sum(row["imd_decile"] == str(place) and row["status"] == "treated" for row in rows)
        assert answer("R_surv", "logrank", LIST, "groups=imd(10)", f"obs_{place}") == treated


def test_continuity_is_corrected_where_the_peer_would() -> None:
    """R's wilcox.test takes a half off unless told otherwise; scipy says by how much."""
    from scipy import stats

    rows = [row for row in read_rows(LIST) if row["status"] == "treated"]
    one, ten = ([float(row["days"]) for row in rows if row["imd_decile"] == decile] for decile in ("1", "10"))
    for params, corrected in (("imd1 vs imd10", True), ("imd1 vs imd10; no continuity corr", False)):
        expected = stats.mannwhitneyu(one, ten, use_continuity=corrected, method="asymptotic").pvalue
        assert answer("R_tab", "wilcoxon_mann_whitney", LIST, params, "p") == pytest.approx(expected)
    table = [[45, 55], [30, 70]]
    expected = stats.chi2_contingency(table, correction=True)
    assert float(st.chi_square(table, correction=True).p_value) == pytest.approx(expected.pvalue)


def test_what_a_funnel_is_said_to_do_is_read() -> None:
    with pytest.raises(NotCoveredError):
        answer("FunnelPlotR", "overdispersion_phi", "small_inline_cases.json#funnelplotr_phi", "bootstrap", "phi")


def test_thresholds_and_confidence_in_the_name_of_a_measure() -> None:
    x, n = (answer("R_tab", "prop_gt52w_open", LIST, "imd_decile=3", stat) for stat in "xn")
    found = answer("R_tab", "prop_gt52w_open_wilson99_8", LIST, "imd_decile=3", "lower")
    assert found == pytest.approx(float(st.wilson(x, n, confidence=0.998).lower))
