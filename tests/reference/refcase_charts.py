"""Handlers: funnels, charts over time, queues."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from refcase_checks import DEFAULT, FOLDER, Check, NotCoveredError, handles, read_checks, read_json, read_rows
from refcase_groups import column, fields, pick
from refcase_params import Params

from equiwait import statistics as st
from equiwait.disclosure.rules import rule_named


@handles("FunnelPlotR", "poisson_limits_SR")
def funnel_limits(check: Check) -> float:
    expected, level = re.search(r"E=([\d.]+); ([\d.]+)%", check.params).groups()
    return float(getattr(st.funnel_limits_ratio(float(expected), confidence=float(level) / 100), check.stat))


@handles("FunnelPlotR", "overdispersion_phi", "overdispersion_tau2")
def overdispersion(check: Check) -> float:
    case = read_json("small_inline_cases.json")[check.input.split("#")[1]]
    found, due = np.array(case["num"], dtype=float), np.array(case["denom"], dtype=float)
    answer = _overdispersion(Params(check.params), found, due)
    if check.stat not in ("phi", "tau2", "tau_squared"):
        raise NotCoveredError(f"statistic {check.stat}")
    return answer.phi if check.stat == "phi" else answer.tau_squared


def _overdispersion(params: Params, found: np.ndarray, due: np.ndarray) -> st.Overdispersion:
    """The SHMI's way unless said: log ratios, a tenth cut off at each end; the CQC's: square roots, drawn in."""
    roots = params.take(r"\bCQC\b|\bsq(?:ua)?r(?:e roo)?t\b") is not None
    drawn_in = params.take(r"\bwinsori[sz](?:ed|ation)\b") is not None or roots
    cut = params.take(r"\b(\d+(?:\.\d+)?) ?%|\btrim(?:_by)?=(\d*\.\d+)") or ("10", None)
    none = params.take(r"\b(?:no|un)[ -]?(?:truncat|trimm)\w*") is not None
    params.drop(r"\bdefaults?\b", r"\bSHMI\b", r"\blog-z\b|\blog\b", r"\bz\b", r"\btruncat\w+|\btrim\w*").done()
    trim = 0.0 if none else float(cut[0]) / 100 if cut[0] else float(cut[1])
    if roots:
        return st.overdispersion(2 * (np.sqrt(found) - np.sqrt(due)), np.ones(due.size), trim=trim, winsorise=True)
    return st.overdispersion(np.log(found / due), 1 / np.sqrt(due), trim=trim, winsorise=drawn_in)


@handles(
    "NHSRplotthedots",
    "spc_seven_one_side",
    "spc_part_of_seven",
    "spc_seven_trend",
    "spc_two_in_three",
    "spc_assurance_increase",
    "spc_assurance_decrease",
)
def chart_rule(check: Check) -> list[Any]:
    case = read_json(check.input)[int(check.params.split(" ")[1])]
    rule = check.measure.removeprefix("spc_")
    if rule.startswith("assurance"):
        better = "higher" if rule.endswith("increase") else "lower"
        return st.assurance(case["lpl"], case["upl"], case["target"], better=better)
    if rule == "two_in_three":
        return st.two_of_three(case["close"], case["side"]).astype(int).tolist()
    apply = {"seven_one_side": st.one_side, "part_of_seven": st.whole_run, "seven_trend": st.trend_run}[rule]
    return np.asarray(apply(case["input"])).astype(int).tolist()


@handles("NHSRplotthedots", "xmr_limits")
def chart_limits(check: Check) -> float:
    series = column(read_rows(check.input), "y")
    for place, value in re.findall(r"y\[(\d+)\]=(-?[\d.]+)", check.params):
        series[int(place) - 1] = float(value)
    answer = st.process_limits(series, screen="screen_outliers=TRUE" in check.params)
    return pick(answer, check.stat, {"mean": "mean", "lpl": "lower", "upl": "upper"})


def numbers(check: Check) -> dict[str, float]:
    return {key: float(value) for key, value in fields(check.params).items()}


@handles(
    "NHSRwaitinglist",
    "queue_load",
    "relief_capacity",
    "target_capacity",
    "target_mean_wait",
    "target_queue_size",
    "waiting_list_pressure",
)
def queue_formula(check: Check) -> float:
    g = numbers(check)
    match check.measure:
        case "queue_load":
            return float(st.queue_load(g["demand"], g["capacity"]))
        case "relief_capacity":
            return float(st.relief_capacity(g["demand"], g["queue"], g["target_queue"], weeks=g.get("weeks", 26)))
        case "target_mean_wait":
            return float(st.target_mean_wait(g["target_wait"], factor=g.get("factor", 4)))
        case "target_queue_size":
            return float(st.target_queue(g["demand"], g["target_wait"], factor=g.get("factor", 4)))
        case "target_capacity":
            extra = {key: g[key] for key in ("factor", "cv_demand", "cv_capacity") if key in g}
            return float(st.target_capacity(g["demand"], g["target_wait"], **extra))
    # The peer's pressure is twice the mean over the target: ours with two parts instead of four.
    return float(st.pressure(g["mean_wait"], g["target_wait"], factor=2))


def days_of(text: str) -> list[float]:
    """Days of January 2024 in a list such as ``2024-01-01,04,NA``; NA is never."""
    parts = [part.strip() for part in text.split(",")]
    return [float("inf") if part == "NA" else float(part.split("-")[-1]) for part in parts]


def journeys(check: Check) -> tuple[np.ndarray, np.ndarray]:
    """Referral and removal days; ``same`` means those of the check before it of this measure."""
    params = check.params
    if params.startswith("same"):
        everything = [*read_checks(DEFAULT), *read_checks(FOLDER)] if DEFAULT.is_dir() else read_checks(FOLDER)
        params = next(c.params for c in everything if c.key == check.key and not c.params.startswith("same"))
    found = re.search(r"referrals ([\d,NA-]+); removals ([\d,NA-]+)", params)
    if not found:
        raise NotCoveredError(check.params)
    return np.array(days_of(found[1])), np.array(days_of(found[2]))


@handles("NHSRwaitinglist", "mean_wait_open", "capacity_weekly", "queue_size")
def queue_history(check: Check) -> float:
    joined, left = journeys(check)
    if check.measure == "capacity_weekly":
        gone = left[np.isfinite(left)]
        return float(st.capacity_a_week(gone.size, (gone.max() - joined.min()) / 7))
    if check.measure == "queue_size":
        last = int(re.search(r"day (\d+)", check.params)[1])
        came, went = (np.bincount(part[part <= last].astype(int), minlength=last + 1) for part in (joined, left))
        return float(st.queue_sizes(came, went)[-1])
    census = days_of(re.search(r"census ([\d-]+)", check.params)[1])[0]
    waiting = (joined <= census) & (left > census)
    return float(st.mean_t(np.bincount((census - joined[waiting]).astype(int))).value)


@handles("NHSRwaitinglist", "banded_percentile")
def banded(check: Check) -> float:
    counts = re.search(r"NHSRtt: ([\d,NA.]+);", check.params)[1].split(",")
    order = float(re.search(r"p=([\d.]+)", check.params)[1])
    people = [0.0 if count == "NA" else float(count) for count in counts]
    return float(st.banded_quantile(people, order, rule="linear", reproduce=True))


@handles("NHSRwaitinglist", "wl_size_flow")
def flow(check: Check) -> float:
    rates, service = (
        [float(part) for part in re.search(name + r"=([\d.,]+)", check.params)[1].split(",")]
        for name in ("r", "service")
    )
    stock = float(re.search(r"referrals=([\d.]+)", check.params)[1])
    for share_leaving, treated in zip(rates, service, strict=True):
        stock = float(st.queue_sizes([0], [share_leaving * stock + treated], start=stock)[-1])
    return stock


@handles("sdc", "redact7_round5")
def redacted(check: Check) -> float | None:
    shown = float(rule_named("hes").release(float(fields(check.params)["count"])).counts)
    return None if np.isnan(shown) else shown


@handles("sdc", "gauss_secondary_suppression")
def primary_cells(check: Check) -> float:
    """How many cells of a table, margins too, the rule hides by themselves."""
    if check.stat != "n_primary" or "maxN=7" not in check.params:
        raise NotCoveredError(f"{check.stat} of {check.params!r}")
    rows = [row for row in read_rows(check.input) if row["case"] == check.params.split(";")[0]]
    return float(rule_named("hes").release(column(rows, "n")).hidden.sum())
