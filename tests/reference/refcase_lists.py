"""The one list of checks that are not run, by exact measure (and statistic), each with its reason."""

from __future__ import annotations

import re

from refcase_checks import Check

_SCALE = "excluded: AS SHIPPED, the peer's standard error is not on the scale of its estimate"
_SQUARED = "excluded: AS SHIPPED, the peer weighs by people squared"
_COVARIATES = "excluded: a regression on several people's characteristics, not a statistic of tallies"
_SUPPRESSION = "excluded: the peer's rule, not ours (a hidden count as 0, one margin only, another search)"

# Whole measures.
MEASURES: dict[tuple[str, str], str] = {
    ("R_surv", "cox"): _COVARIATES,
    ("R_surv", "cox_zph"): _COVARIATES,
    ("R_surv", "fine_gray"): _COVARIATES,
    ("R_surv", "discrete_time_cloglog"): _COVARIATES,
    ("R_surv", "discrete_time_logit"): _COVARIATES,
    ("R_tab", "quantile_regression"): _COVARIATES,
    ("R_tab", "logistic"): _COVARIATES,
    ("R_tab", "g_computation"): _COVARIATES,
    ("R_tab", "modified_poisson"): _COVARIATES,
    ("statsmodels", "oaxaca_blinder"): _COVARIATES,
    ("R_tab", "welch_anova"): "excluded: Welch's test of means; waits are compared by rank or by restricted mean",
    ("R_tab", "rubin_pool"): "excluded: nobody's group is imputed; bounds and tipping points stand instead",
    (
        "partial_id",
        "manski_bounds",
    ): "excluded: bounds of missing groups are held against every completion in their own tests",
    ("sdc", "ehrql_apply_sdc"): _SUPPRESSION,
    ("sdc", "single_margin_secondary_suppression"): _SUPPRESSION,
}

# Kinds of measure, whatever their exact name.
KINDS: tuple[tuple[str, str, str], ...] = (
    (r"R_\w+|statsmodels|lifelines", r"(ols|lm|linear_regression|linear_model)(_.*|\(.*)?", _COVARIATES),
    (r"R_\w+|statsmodels|lifelines", r"(cox(?:ph)?(?:_\w+)?|fine_?gray|crr|logistic|glm|poisson|modified_poisson|quantile_regression|rq|"
                                     r"g_computation|discrete_time|aft|oaxaca)(_\w+)?", _COVARIATES),
    (r"R_ineq", r"(sii|rii)_(modified_)?poisson\w*", "excluded: a log-linear model of a share, which may pass 100%"),
    (r"R_ineq", r"(atkinson|s?gini)\w*(decomp|within|between|split|overlap)\w*|(decomp)\w*_(atkinson|gini)",
     "excluded: Atkinson's and Gini's indices do not part into within and between alone"),
    (r"R_tab", r"(ks|kolmogorov)\w*", "excluded: says that two distributions differ, not which waits longer"),
)  # fmt: skip

_ENDS = ("se", "lowerci", "upperci", "se_AS_SHIPPED")

# Some statistics of a measure.
STATISTICS: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("healthequal", "ti"): (_ENDS, _SCALE),
    ("healthequal", "mld"): (_ENDS, _SCALE),
    ("healthequal", "ti_x1000"): (_ENDS, _SCALE),
    ("healthequal", "mld_x1000"): (_ENDS, _SCALE),
    ("healthequal", "paf"): (_ENDS, _SCALE),
    ("sdc", "gauss_secondary_suppression"): (("n_suppressed_total",), _SUPPRESSION),
}


def reason(check: Check) -> str | None:
    """Why a check is not run; None where it is."""
    if check.key in MEASURES:
        return MEASURES[check.key]
    for family, measure, why in KINDS:
        if re.fullmatch(family, check.family) and re.fullmatch(measure, check.measure):
            return why
    statistics, why = STATISTICS.get(check.key, ((), ""))
    if check.stat in statistics:
        return why
    if check.key in (("healthequal", "sii"), ("healthequal", "rii")) and _weighs_twice(check):
        return _SQUARED
    return None


def _weighs_twice(check: Check) -> bool:
    """The peer's logit on grouped data; its linear fit and its survey fit are sound."""
    return not check.params.endswith("|linear") and not check.params.startswith("IndividualSample")
