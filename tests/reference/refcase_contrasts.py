"""Handlers: restricted means, alone and one group against another (difference, ratio, time lost and its ratio)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from refcase_checks import Check, NotCoveredError, handles
from refcase_params import Params
from refcase_waits import Conditions, conditions, curve_of, entering, moment, people
from scipy import special

from equiwait import statistics as st

_FIELDS = {
    "": "value",
    "est": "value",
    "estimate": "value",
    "value": "value",
    "se": "std_error",
    "stderr": "std_error",
    "lower": "lower",
    "lower95": "lower",
    "upper": "upper",
    "upper95": "upper",
    "p": "p",
    "pvalue": "p",
}


@handles(
    "*",
    "rmst",
    "rmtl",
    "rmst_diff",
    "rmst_difference",
    "rmtl_diff",
    "rmtl_difference",
    "rmst_ratio",
    "rmtl_ratio",
    "rmst2",
    "rmst_contrast",
)
def restricted(check: Check) -> float:
    """What is asked stands in the measure and the statistic together: ``rmst`` with ``rmtl_ratio_lower``, say."""
    words = f"{check.measure}_{check.stat}".lower()
    lost, against = "rmtl" in words, next((word for word in ("ratio", "diff") if word in words), None)
    # ``rmst_arm1``: one of the two groups.
    arm = re.search(r"_arm(\d)", words)
    end = re.sub(r"rmst2?|rmtl|difference|diff|ratio|contrast|_arm\d|_", "", words)
    if end not in _FIELDS:
        raise NotCoveredError(f"statistic {check.stat}")
    params = Params(check.params)
    entry, horizon = entering(params), moment(params, "tau")
    if against is None:
        chosen = ((("arm", arm[1]),) if arm else ()) + _alone(check, params, entry)
        answer: Any = _mean(check.input, entry, chosen, horizon, lost=lost)
    else:
        groups = _pair(check, params, entry)
        parts = [part for group in groups for part in _mean(check.input, entry, group, horizon, lost=lost)[:2]]
        answer = (st.ratio if against == "ratio" else st.difference)(*parts)
    if _FIELDS[end] != "p":
        return float(getattr(answer, _FIELDS[end]))
    if against is None:
        raise NotCoveredError("a p-value of one group")
    shift = np.log(answer.value) if against == "ratio" else answer.value
    return float(2 * special.ndtr(-abs(shift / answer.std_error)))


def _mean(name: str, entry: str, wanted: Conditions, horizon: float, *, lost: bool) -> st.Estimate:
    """Restricted mean of a group, or the time it lost of the horizon."""
    mean = st.restricted_mean(curve_of(name, entry, wanted), horizon, extend=True)
    if not lost:
        return mean
    return st.Estimate(horizon - mean.value, mean.std_error, horizon - mean.upper, horizon - mean.lower)


def _alone(check: Check, params: Params, entry: str) -> Conditions:
    wanted = conditions(params, people(check.input, entry))
    params.done()
    return wanted


def _pair(check: Check, params: Params, entry: str) -> tuple[Conditions, Conditions]:
    """``arm=1 vs arm=0``, ``(arm=1)/(arm=0)``, ``groups=sex``; the arms of a trial unless said."""
    who = people(check.input, entry)
    names = "|".join(map(re.escape, sorted(who.names, key=len, reverse=True)))
    said = params.take(rf"(?:group=)?\(?(?<![\w.])({names})[=: ]?(\w+)\)? ?(?:vs|minus|[-/]) ?\(?(?:\1[=: ]?)?(\w+)\)?")
    if said is None:
        by = params.take(rf"(?:groups?=|by )({names})\b") or ("arm",)
        if by[0] not in who.names or len(values := sorted(set(who.labels(by[0])))) != 2:
            raise NotCoveredError(f"no two groups in {check.params!r}")
        said = (by[0], values[1], values[0])
    rest = _alone(check, params, entry)
    name, first, other = said
    return ((name, first), *rest), ((name, other), *rest)
