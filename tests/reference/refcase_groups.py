"""Handlers: measures of groups (healthequal, Fingertips), and NHS England's published cells."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from refcase_checks import Check, NotCoveredError, Simulated, handles, read_rows
from refcase_grammar import field_of

from equiwait import statistics as st

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"


def number(text: str | None) -> float:
    return float(text) if text not in (None, "", "NA", "nan") else float("nan")


def column(rows: Any, name: str) -> np.ndarray:
    return np.array([number(row.get(name)) for row in rows])


def tallied(rows: Any, name: str) -> np.ndarray:
    """Counts, a blank being nobody."""
    return np.nan_to_num(column(rows, name))


def fields(params: str) -> dict[str, str]:
    """``a=1; b: x`` as a dict, whatever the separator."""
    params = re.sub(r"^row \d+: ", "", params)
    pairs = (re.split(r"[=:]", part, maxsplit=1) for part in re.split(r"[;,] ?", params) if re.search(r"[=:]", part))
    return {key.strip(): value.strip() for key, value in pairs}


def pick(answer: Any, stat: str, names: dict[str, str]) -> float:
    field = names.get(stat) or field_of(stat, set(names.values()))
    if field is None:
        raise NotCoveredError(f"statistic {stat}")
    return float(getattr(answer, field))


_ESTIMATE = {"estimate": "value", "se": "std_error", "lowerci": "lower", "upperci": "upper"}


# The peer's own tests round 1.959964 to 1.96: the confidence that goes with it.
_ROUNDED = 0.9500042097035591


def level(check: Check) -> float:
    return 0.95 if check.params else _ROUNDED


class Dataset:
    """One of the WHO sample sets: groups in order with estimate, standard error and people."""

    def __init__(self, check: Check) -> None:
        name, _, self.variant = check.params.partition("|")
        name, _, indicator = name.partition(":")
        rows = read_rows(check.input)
        starts = {"sba": "Births attended", "u5mr": "Under-five"}.get(indicator)
        rows = tuple(row for row in rows if starts is None or row["indicator"].startswith(starts))
        self.y, self.se, self.n = (column(rows, name) for name in ("estimate", "se", "population"))
        self.top = number(rows[0]["indicator_scale"])
        self.favourable = rows[0]["favourable_indicator"] == "1"
        self.ordered = rows[0]["ordered_dimension"] == "1"
        marked = np.flatnonzero(column(rows, "reference_subgroup") == 1)
        self.reference = int(marked[0]) if marked.size else None
        self.best = int(self.y.argmax() if self.favourable else self.y.argmin())
        self.worst = int(self.y.argmin() if self.favourable else self.y.argmax())

    def pair(self) -> tuple[int, int]:
        """The two groups of a simple difference, the one with the higher value on average first."""
        if self.ordered:
            first, second = (self.y.size - 1, 0) if self.favourable else (0, self.y.size - 1)
        elif self.variant == "ref" and self.reference is not None:
            first, second = (self.reference, self.worst) if self.favourable else (self.worst, self.reference)
        else:
            first, second = int(self.y.argmax()), int(self.y.argmin())
        return first, second


@handles("healthequal", "aci", "rci")
def concentration(check: Check) -> float:
    kind = {"aci": "absolute", "rci": "relative"}[check.measure]
    if check.params.startswith("IndividualSample"):
        answer = st.concentration_index_clustered(*survey(check.input), kind=kind)
        return pick(answer, check.stat, _ESTIMATE)
    data = Dataset(check)
    kind = data.variant if data.variant in ("wagstaff", "erreygers") else kind
    answer = st.concentration_index(data.y, data.n, kind=kind, top=data.top, confidence=level(check))
    return pick(answer, check.stat, _ESTIMATE)


def survey(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted events and people by cluster and group, and the stratum of each cluster."""
    rows = read_rows(name)
    outcome = next(key for key in rows[0] if key not in ("id", "psu", "strata", "weight", "subgroup_order"))
    weight, event, group = column(rows, "weight"), column(rows, outcome), column(rows, "subgroup_order")
    places = np.stack([column(rows, "strata"), column(rows, "psu")], axis=1)
    clusters, cluster = np.unique(places, axis=0, return_inverse=True)
    groups, order = np.unique(group, return_inverse=True)
    people = np.zeros((clusters.shape[0], groups.size))
    events = np.zeros_like(people)
    np.add.at(people, (cluster.ravel(), order), weight)
    np.add.at(events, (cluster.ravel(), order), weight * event)
    return np.minimum(events, people), people, clusters[:, 0]


_SLOPES = {
    "sii": {"estimate": "value", "se": "std_error", "lowerci": "lower", "upperci": "upper"},
    "rii": {"estimate": "ratio", "lowerci": "ratio_lower", "upperci": "ratio_upper"},
}


@handles("healthequal", "sii", "rii")
def slopes(check: Check) -> float:
    survey_sample = check.params.startswith("IndividualSample")
    if survey_sample:
        answer = st.slope_index_clustered(*survey(check.input))
    else:
        data = Dataset(check)
        # The peer counts people up to whole ones.
        answer = st.slope_index(data.y, np.ceil(data.n))
    if check.stat == "se" and check.measure == "rii":
        return float(np.log(answer.ratio_upper / answer.ratio_lower) / (2 * 1.959963984540054))
    # The peer prints a slope per hundred beside a standard error per one.
    per = 1 if survey_sample or check.stat != "se" else 100
    return pick(answer, check.stat, _SLOPES[check.measure]) / per


@handles("healthequal", "d", "r")
def pair(check: Check) -> float:
    data = Dataset(check)
    first, second = data.pair()
    contrast = st.difference if check.measure == "d" else st.ratio
    answer = contrast(data.y[first], data.se[first], data.y[second], data.se[second], confidence=level(check))
    return pick(answer, check.stat, _ESTIMATE)


@handles("healthequal", "bgv", "bgsd", "covar", "cov", "idisu", "idisw")
def spread(check: Check) -> float:
    data = Dataset(check)
    options: dict[str, Any] = {"weighted": check.measure == "idisw"} if check.measure.startswith("idis") else {}
    if check.stat == "estimate":
        measures = {"bgv": st.between_group_variance, "bgsd": st.between_group_sd, "cov": st.coefficient_of_variation}
        measure = measures.get(check.measure, st.index_of_disparity) if check.measure != "covar" else measures["cov"]
        answer = measure(data.y, data.n, data.se, **options)
    else:
        # The peer draws the groups again: that interval is a function of its own here, apart from those that cover.
        name = {"bgv": "bgv", "bgsd": "bgsd", "covar": "bgsd", "cov": "bgsd"}.get(check.measure, "index_of_disparity")
        answer = st.resampling_interval(data.y, data.n, data.se, measure=name, confidence=level(check), **options)
        if check.measure.startswith("cov"):
            answer = type(answer)(*(np.asarray(answer) / abs(np.average(data.y, weights=data.n))))
    return pick(answer, check.stat, _ESTIMATE) * (100 if check.measure[0] in "ci" else 1)


@handles("healthequal", "mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw")
def mean_differences(check: Check) -> float:
    data = Dataset(check)
    best = "highest" if data.favourable else "lowest"
    against = {"m": "mean", "b": best, "r": data.reference}[check.measure[2]]
    if against is None:
        raise NotCoveredError("no reference group")
    options: dict[str, Any] = {"against": against, "weighted": check.measure[3] == "w"}
    if check.stat == "estimate":
        return float(st.mean_difference(data.y, data.n, data.se, **options).value)
    answer = st.resampling_interval(
        data.y, data.n, data.se, measure="mean_difference", confidence=level(check), **options
    )
    return pick(answer, check.stat, _ESTIMATE)


@handles("healthequal", "ti", "mld", "ti_x1000", "mld_x1000")
def entropy(check: Check) -> float:
    data = Dataset(check)
    order = np.argsort(data.y, kind="stable")
    values, place = np.unique(data.y[order], return_inverse=True)
    counts = np.bincount(place, weights=data.n[order])
    measure = st.theil if check.measure.startswith("ti") else st.mean_log_deviation
    return 1000 * float(measure(counts, values))


@handles("healthequal", "par", "paf")
def attributable(check: Check) -> float:
    data = Dataset(check)
    reference = data.y.size - 1 if data.ordered else data.best
    answer = st.population_attributable(data.y / data.top * data.n, data.n, reference, confidence=level(check))
    if check.measure == "paf":
        return 100 * pick(answer, check.stat, {"estimate": "fraction"})
    names = {"estimate": "risk", "se": "risk_std_error", "lowerci": "risk_lower", "upperci": "risk_upper"}
    return data.top * pick(answer, check.stat, names)


# Fingertips


def limit(stat: str, confidence: float | None = None) -> tuple[str, float]:
    """``lower99_8cl`` as the field and the confidence it asks for."""
    found = re.fullmatch(r"(lower|upper)(?:(\d+)_(\d))?cl", stat)
    if stat == "value":
        return "value", 0.95
    if not found:
        raise NotCoveredError(f"statistic {stat}")
    stated = float(f"{found[2]}.{found[3]}") / 100 if found[2] else confidence
    if stated is None:
        raise NotCoveredError(f"confidence of {stat}")
    return found[1], stated


def row_of(check: Check) -> dict[str, str]:
    place = re.match(r"row (\d+)", check.params)
    if not place:
        raise NotCoveredError(check.params)
    return read_rows(check.input)[int(place[1]) - 1]


def percent(text: str) -> float:
    return float(text.rstrip("%")) / 100


@handles("PHE", "phe_proportion", "phe_proportion (grouped sum)", "phe_rate", "phe_rate (grouped sum)")
def shares_and_rates(check: Check) -> float:
    given = fields(check.params)
    stated = row_of(check).get("confidence")
    field, confidence = limit(check.stat, percent(stated) if stated else None)
    events, people, per = (float(given[key]) for key in ("Numerator", "Denominator", "multiplier"))
    if check.measure.startswith("phe_rate"):
        return float(getattr(st.rate(events, people, per=per, confidence=confidence), field))
    return per * float(getattr(st.wilson(events, people, confidence=confidence), field))


@handles("PHE", "byars_wilson")
def byar_or_wilson(check: Check) -> float:
    given = fields(check.params)
    field, confidence = limit(check.stat, percent(given["confidence"]))
    if given["method"] == "Wilson":
        return float(getattr(st.wilson(float(given["x"]), float(given["n"]), confidence=confidence), field))
    return float(getattr(st.byar(float(given["x"]), confidence=confidence), field))


@handles("PHE", "phe_mean")
def mean(check: Check) -> float:
    area = fields(check.params)["area"]
    rows = [row for row in read_rows(check.input) if row["area"] == area or area not in AREAS(check.input)]
    values, place = np.unique(column(rows, "values"), return_inverse=True)
    counts = np.bincount(place)
    n = counts.sum()
    if check.stat in ("value_sum", "value_count"):
        return float(counts @ values if check.stat == "value_sum" else n)
    if check.stat == "stdev":
        return float(st.mean_t(counts, values).std_error * np.sqrt(n))
    field, confidence = limit(check.stat)
    return float(getattr(st.mean_t(counts, values, confidence=confidence), field))


def AREAS(name: str) -> set[str]:
    return {row["area"] for row in read_rows(name)}


@handles("PHE", "dsr (Dobson/Byar)", "dsr")
def directly_standardised(check: Check) -> float:
    given = fields(check.params)
    events, people, standard, squares = _dsr_strata(given["area"])
    if check.stat == "total_count":
        return float(events.sum())
    if check.stat == "total_pop":
        return float(people.sum())
    field, confidence = limit(check.stat)
    per = re.search(r"per (\d+)", given.get("statistic", ""))
    answer = st.direct_rate(
        events, people, standard, per=float(per[1]) if per else 1e5, squares=squares, confidence=confidence
    )
    return float(getattr(answer, field))


def _dsr_strata(area: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    if "nonind" in area:
        rows = [row for row in read_rows("phe_dsr_nonindependent.csv") if row["area"] == area]
        bands = sorted({row["ageband"] for row in rows})
        by_band = [[row for row in rows if row["ageband"] == band] for band in bands]
        power = [
            [sum(float(r["persons"] or 0) * number(r["freq"]) ** k for r in band) for band in by_band] for k in (1, 2)
        ]
        firsts = [band[0] for band in by_band]
        return np.array(power[0]), column(firsts, "pop"), column(firsts, "esp2013"), np.array(power[1])
    single = area.endswith("1976")
    rows = read_rows("phe_dsr_1976.csv" if single else "phe_dsr_multiarea.csv")
    rows = tuple(row for row in rows if single or row["area"] == area)
    standard = column(rows, "esp1976" if single else "esp2013")
    return tallied(rows, "count"), column(rows, "pop"), standard, None


@handles("PHE", "isr")
def indirectly_standardised(check: Check) -> float:
    given = fields(check.params)
    area = given["area"]
    file = "phe_isr_two_areas.csv" if area in AREAS("phe_isr_two_areas.csv") else "phe_isr_multiarea.csv"
    rows = [row for row in read_rows(file) if row["area"] == area]
    reference = read_rows("phe_isr_refdata.csv")
    cases, people = column(reference, "refcount"), column(reference, "refpop")
    observed, expected = tallied(rows, "count").sum(), st.expected_events(column(rows, "pop"), cases, people)
    if check.stat in ("observed", "expected"):
        return float(observed if check.stat == "observed" else expected)
    kind = re.search(r"(rate|ratio)(?: (?:per|x) (\d+))?", given["statistic"])
    if not kind:
        raise NotCoveredError(given["statistic"])
    per = float(kind[2] or 1) * (cases.sum() / people.sum() if kind[1] == "rate" else 1)
    if check.stat == "ref_rate":
        return float(per)
    field, confidence = limit(check.stat)
    return float(getattr(st.standardised_ratio(observed, expected, per=per, confidence=confidence), field))


@handles("PHE", "phe_sii", "phe_rii", "phe_sii_ci", "phe_rii_ci", "phe_intercept")
def fingertips_slope(check: Check) -> float | Simulated:
    first, last = (int(part) for part in re.search(r"RecordNo (\d+)\.\.(\d+)", check.params).groups())
    rows = [row for row in read_rows(check.input) if first <= number(row["RecordNo"]) <= last]
    # The last case of a kind is followed by rows for the peer's error messages.
    rows = [row for row in rows if all(row[key] == rows[0][key] for key in ("TestDescription", "Area"))]
    rows.sort(key=lambda row: number(row["Quantile"]))
    given = fields(check.params)
    kind, multiplier = given["value_type"], float(given["multiplier"])
    scale = {"1": "log", "2": "logit"}[kind] if given["transform"] == "True" else "linear"
    values, people = column(rows, "Value"), column(rows, "Population")
    answer = st.slope_index(
        values, people, _std_errors(rows, scale), scale=scale, confidence=_confidence(check.params, check.stat)
    )
    found = _scaled(answer, check.stat, multiplier)
    if not check.measure.endswith("_ci"):
        return found
    ends = [_scaled(answer, check.stat.replace(end, other), multiplier) for end, other in _BOTH]
    return Simulated(found, abs(ends[1] - ends[0]) / 2)


_BOTH = (("upper", "lower"), ("lower", "upper"))


def _confidence(params: str, stat: str) -> float:
    """Of the interval that the statistic counts: the first, or ``sii_lowercl_2`` the second."""
    stated, place = _confidences(params), 2 if stat.endswith("_2") else 1
    if place > len(stated):
        raise NotCoveredError(f"no confidence stated for {stat}")
    return stated[place - 1]


def _confidences(params: str) -> list[float]:
    """The confidence in force: that of the sentence (98%, 95 and 98) over that of the column."""
    stated = re.search(r"conf=(c\([^)]*\)|[\d.]+)", params)[1]
    sentence = params.rsplit(";", 1)[-1]
    spoken = re.findall(r"\b(9\d(?:\.\d)?)(?=%| and|\))", sentence)
    numbers = spoken or re.findall(r"\d+(?:\.\d+)?", stated)
    return [float(part) / 100 for part in numbers]


def _std_errors(rows: Any, scale: str) -> np.ndarray:
    """Of the values, from their limits, symmetric on the scale of the fit."""
    values, lower, upper = (column(rows, name) for name in ("Value", "LowerCL", "UpperCL"))
    if scale == "linear":
        given = column(rows, "StandardError")
        spans = (upper - lower) / (2 * 1.959963984540054)
        return np.where(np.isnan(lower), given, spans)
    there = np.log if scale == "log" else (lambda p: np.log(p / (1 - p)))
    slope = values if scale == "log" else values * (1 - values)
    return (there(upper) - there(lower)) / (2 * 1.959963984540054) * slope


def _scaled(answer: Any, stat: str, multiplier: float) -> float:
    """A multiplier scales the slope; a negative one turns the ratio over, and every pair of ends with it."""
    base = re.sub(r"cl_\d$", "", stat)
    turned = {"sii_lower": "sii_upper", "sii_upper": "sii_lower", "rii_lower": "rii_upper", "rii_upper": "rii_lower"}
    base = turned.get(base, base) if multiplier < 0 else base
    if base == "intercept":
        return float(answer.intercept)
    if base.startswith("sii"):
        return multiplier * float({"sii": answer.value, "sii_lower": answer.lower, "sii_upper": answer.upper}[base])
    ratio = float({"rii": answer.ratio, "rii_lower": answer.ratio_lower, "rii_upper": answer.ratio_upper}[base])
    return ratio if multiplier > 0 else 1 / ratio


@handles("PHE", "phe_quantile")
def quantile_rows(check: Check) -> float:
    from refcase_files import quantile_matches

    return float(quantile_matches(check.input).sum())


# NHS England


@handles("NHSE_RTT", "pct_within_18w", "banded_median", "banded_p95", "banded_p95_open_band", "banded_p92")
def published_cell(check: Check) -> float:
    from refcase_files import bands_of

    given = fields(check.params)
    row = next(r for r in read_rows(check.input) if r["ccg_code"] == given["ccg"] and r["tf_code"] == given["tf"])
    counts = bands_of([row])[0]
    if check.measure == "pct_within_18w":
        return float(st.wilson(counts[:18].sum(), counts.sum()).value)
    order = re.match(r"banded_p(\d+)", check.measure)
    q = float(order[1]) / 100 if order else 0.5
    return float(st.banded_quantile(counts, q, reproduce=True))


@handles("NHSE_RTT", "rule_check")
def published_rows(check: Check) -> float:
    from refcase_files import rows_reproduced, rows_withheld

    if check.stat.startswith("n_suppressed"):
        return float(rows_withheld(check.input))
    return float(rows_reproduced(check.input))


@handles("sdc", "percentile_min_n")
def withheld(check: Check) -> float | None:
    below = int(re.search(r"n<(\d+)", check.params)[1]) - 1
    found = st.banded_quantile([below, 0], [0.5, 0.95])
    return None if np.isnan(found).all() else float(found[0])
