"""Handlers: waits that are over: means, quantiles and ranks."""

from __future__ import annotations

import numpy as np
from refcase_checks import Check, NotCoveredError, handles
from refcase_groups import pick
from refcase_params import Params, continuity, one_group, over_groups, sides
from refcase_people import completed, tally

from equiwait import statistics as st

_TEST = {"chisq": "statistic", "df": "df", "p": "p_value"}


@handles("R_tab", "mean_wait_completed")
def mean_wait(check: Check) -> float:
    counts, values = one_tally(check.input, Params(check.params))
    answer = st.mean_t(counts, values)
    if check.stat == "n":
        return float(counts.sum())
    return pick(answer, check.stat, {"mean": "value", "se": "std_error", "t95_lower": "lower", "t95_upper": "upper"})


def one_tally(name: str, params: Params) -> tuple[np.ndarray, np.ndarray]:
    who = completed(name)
    mine = one_group(params, who)
    params.drop(r"\bcompleted\b").done()
    counts, values, _ = tally({"days": who["days"][mine]})
    return counts[0], values


@handles("R_tab", "sample_quantile_completed")
def sample_quantile(check: Check) -> float:
    params = Params(check.params)
    (order,), (rule,) = params.need(r"\bp=(\d*\.?\d+)(?!\d)"), params.need(r"\bR type=(\d+)")
    if check.stat != "q" or not 1 <= int(rule) <= 9:
        raise NotCoveredError(f"statistic {check.stat}, type {rule}")
    counts, values = one_tally(check.input, params)
    return float(st.quantile(counts, float(order), values, rule=f"type{rule}"))


@handles("R_tab", "median_ci_binomial_orderstat")
def median_interval(check: Check) -> float:
    params = Params(check.params)
    params.need(r"ranks l=qbinom\(0?\.025,n,0?\.5\), u=n-l\+1")
    counts, values = one_tally(check.input, params)
    return pick(st.quantile_interval(counts, 0.5, values), check.stat, {"lower": "lower", "upper": "upper"})


@handles("R_tab", "kruskal_wallis")
def kruskal_wallis(check: Check) -> float:
    who, params = completed(check.input), Params(check.params)
    label, kept = over_groups(params, who)
    params.drop(r"\bcompleted\b", r"\bdays\b").done()
    counts, _, _ = tally({"days": who["days"][kept]}, label[kept])
    return pick(st.kruskal_wallis(counts), check.stat, _TEST)


@handles("R_tab", "wilcoxon_mann_whitney", "prob_superiority")
def mann_whitney(check: Check) -> float:
    who, params = completed(check.input), Params(check.params)
    first, second = sides(params.drop(r"P\(X\w*>X\w*\) ?\+ ?0?\.5 ?P\(=\)"), who)
    corrected = continuity(params, usual=True)
    params.drop(r"\bcompleted\b", r"\bdays\b").done()
    both = first | second
    counts, values, names = tally({"days": who["days"][both]}, np.where(first, "1", "2")[both])
    one, other = (counts[names.index(name)] for name in "12")
    if check.stat in ("p", "z", "Z"):
        test = st.mann_whitney(one, other, correction=corrected)
        return float(test.p_value if check.stat == "p" else test.statistic)
    measures = {"W": st.superior_pairs, "est": st.probability_longer}
    if check.stat == "hodges_lehmann":
        return float(st.hodges_lehmann(one, other, values))
    if check.stat not in measures:
        raise NotCoveredError(f"statistic {check.stat}")
    return float(measures[check.stat](one, other))


@handles("R_tab", "spearman", "kendall_tau_b", "rank_linear_trend(coin)", "jonckheere", "jonckheere_terpstra")
def rank_association(check: Check) -> float:
    who, params = completed(check.input), Params(check.params)
    label, kept = over_groups(params, who)
    params.drop(r"\bcompleted\b", r"rank\(days\)", r"\bdays\b", r"\bscores\b").done()
    if not all(name.isdigit() for name in label):
        raise NotCoveredError("a trend over groups without an order")
    counts, _, _ = tally({"days": who["days"][kept]}, label[kept])
    if check.measure == "spearman":
        rho = st.spearman(counts)
        found = {"rho": rho, "p": st.spearman_p(rho, counts.sum())}
    else:
        test = (st.rank_trend if check.measure.startswith("rank_linear") else st.kendall_test)(counts)
        found = {
            "tau": st.kendall(counts),
            "p": test.p_value,
            "Z": test.statistic,
            "z": test.statistic,
            "chisq": test.statistic**2,
        }
    if check.stat not in found:
        raise NotCoveredError(f"statistic {check.stat}")
    return float(found[check.stat])
