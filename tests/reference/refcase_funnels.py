"""Handlers: Fingertips' funnels: their limits, and where every row stands."""

from __future__ import annotations

import re

import numpy as np
from refcase_checks import Check, NotCoveredError, handles, read_rows
from refcase_groups import column, fields, number

from equiwait import statistics as st

_LABELS = {-2.0: "Low (0.001)", -1.0: "Low (0.025)", 0.0: "Not significant", 1.0: "High (0.025)", 2.0: "High (0.001)"}


@handles("PHE", "funnel_significance_prop", "funnel_significance_ratio")
def funnel_labels(check: Check) -> float:
    labels, expected = funnel_rows(check.input, ratio=check.measure.endswith("ratio"))
    return float(sum(label == other for label, other in zip(labels, expected, strict=True)))


def funnel_rows(name: str, *, ratio: bool) -> tuple[list[str], list[str]]:
    """Where every row of a file stands, and where its publisher says that it does."""
    rows = read_rows(name)
    if ratio:
        found, due = column(rows, "obs"), column(rows, "expected")
        bands = [st.standardised_ratio(found, due, confidence=level) for level in (0.95, 0.998)]
        whole = 1.0
    else:
        found, due = column(rows, "numerator"), column(rows, "denominator")
        bands = [st.wilson(found, due, confidence=level) for level in (0.95, 0.998)]
        whole = found.sum() / due.sum()
    labels = [_LABELS[float(place)] for place in st.funnel_position(bands[0], bands[1], whole)]
    return labels, [row["significance"] for row in rows]


_TOO_FEW = "Not applicable for events less than 10 for dsrs"
_RATE_LABEL = r"(crude|dsr)_per_(100|100000)_(with|without)_0"


@handles("PHE", "funnel_significance_rate")
def funnel_rate_labels(check: Check) -> float:
    """How many of a rate's labels, in the column that the params or the statistic name, are found as published."""
    named = re.search(_RATE_LABEL, f"{check.params} {check.stat}")
    if not named or check.stat not in ("n_rows", named[0]):
        raise NotCoveredError(f"{check.stat} of {check.params!r}")
    labels, expected = rate_labels(check.input, named[0])
    return float(sum(label == other for label, other in zip(labels, expected, strict=True)))


def rate_labels(name: str, label: str) -> tuple[list[str], list[str]]:
    """Where every rate stands, and where its publisher says it does.

    A standardised rate stands for as many events among the people that would give it, and is not judged under ten
    events. A row without events has no such people, and either way may be asked to say nothing.
    """
    kind, _, zeros = re.fullmatch(_RATE_LABEL, label).groups()
    rows = read_rows(name)
    events, people = column(rows, "count"), column(rows, "pop")
    if kind == "dsr":
        people = np.where(events > 0, 1e5 * events / column(rows, "rate_dsr"), people)
    known = events > 0 if zeros == "without" or kind == "dsr" else events >= 0
    whole = events[known].sum() / people[known].sum()
    bands = [st.rate(events, people, confidence=level) for level in (0.95, 0.998)]
    labels = [_LABELS.get(float(place), "") for place in st.funnel_position(bands[0], bands[1], whole)]
    if zeros == "without":
        labels = ["Not significant" if none else one for none, one in zip(events == 0, labels, strict=True)]
    elif kind == "dsr":
        labels = [_TOO_FEW if few else one for few, one in zip(events < 10, labels, strict=True)]
    return labels, [row[label] for row in rows]


_SIGMAS = {"2s": 0.95, "3s": 0.998}


def funnel_stat(check: Check, *kinds: str) -> tuple[str, float, str]:
    """``lower_2s_limit`` as the end, its confidence, and what is asked of it."""
    found = re.fullmatch(r"(lower|upper)_(2s|3s)_(\w+)", check.stat)
    if not found or found[3] not in kinds:
        raise NotCoveredError(f"statistic {check.stat}")
    return found[1], _SIGMAS[found[2]], found[3]


def said(check: Check, *allowed: str) -> dict[str, str]:
    """The params, none of which may be other than those allowed."""
    given = fields(check.params)
    unknown = [part for part in re.split(r"; ?", check.params) if re.split(r"[=:]", part)[0].strip() not in allowed]
    if any(unknown):
        raise NotCoveredError(f"params {unknown}")
    return given


@handles("PHE", "funnel_limits_prop")
def funnel_share(check: Check) -> float:
    end, confidence, _ = funnel_stat(check, "limit")
    given = said(check, "Population", "baseline")
    share = float(given["baseline"]) / 100
    return 100 * float(getattr(st.funnel_limits_share(float(given["Population"]), share, confidence=confidence), end))


# The peer's own tests have three years of events over the people of one year.
_YEARS = 3


@handles("PHE", "funnel_limits_rate")
def funnel_rate(check: Check) -> float:
    end, confidence, asked = funnel_stat(check, "limit", "population_1_year")
    given = said(check, "Events", "Observed_events", "baseline", "years", "years_of_data")
    events = float(given.get("Events") or given["Observed_events"])
    row = next((row for row in read_rows(check.input) if number(row["Events"]) == events), None)
    if row is None or "per 100,000" not in row["statistic"]:
        raise NotCoveredError(f"{events} events per 100,000 not in {check.input}")
    baseline = float(given.get("baseline") or row["baseline"])
    limit = baseline * float(getattr(st.funnel_limits_events(events, confidence=confidence), end))
    years = float(given.get("years") or given.get("years_of_data") or _YEARS)
    return limit if asked == "limit" else 1e5 * events / limit / years


@handles("PHE", "funnel_limits_ratio")
def funnel_events(check: Check) -> float:
    """The ratio at the limit, the expected events that would give it, and how far it is from one."""
    end, confidence, asked = funnel_stat(check, "isr", "exp_events", "count")
    events = float(said(check, "Observed_events")["Observed_events"])
    ratio = float(getattr(st.funnel_limits_events(events, confidence=confidence), end))
    return {"isr": 100 * ratio, "exp_events": events / ratio, "count": ratio - 1}[asked]
