"""Handlers: waits that are not over yet (survival, statsmodels, lifelines, the acceptance simulation)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from refcase_checks import Check, NotCoveredError, handles, read_json, read_rows
from refcase_groups import column, fields

from equiwait import statistics as st


class People:
    """Rows of one input: time, event (0 none, else which), entry, and any column as a label."""

    def __init__(self, time: Any, event: Any, entry: Any, labels: Callable[[str], list[str]]) -> None:
        self.time, self.event = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
        self.entry = None if entry is None else np.asarray(entry, dtype=float)
        self.labels = labels

    def where(self, keep: np.ndarray) -> People:
        entry = None if self.entry is None else self.entry[keep]
        places = np.flatnonzero(keep)
        return People(self.time[keep], self.event[keep], entry, lambda name: [self.labels(name)[j] for j in places])

    def grid(self) -> np.ndarray:
        return np.unique(self.time if self.entry is None else np.concatenate([self.time, self.entry]))

    def tally(self, keep: np.ndarray, grid: np.ndarray, groups: list[np.ndarray] | None = None) -> list[np.ndarray]:
        """Counts at each time of the people in each group (everybody unless given) for whom ``keep`` holds."""
        places = np.searchsorted(grid, self.time)
        return [
            np.bincount(places[keep & group], minlength=grid.size) for group in groups or [np.ones(keep.size, bool)]
        ]

    def entries(self, grid: np.ndarray, groups: list[np.ndarray]) -> list[np.ndarray] | None:
        if self.entry is None:
            return None
        places = np.searchsorted(grid, self.entry)
        return [np.bincount(places[group], minlength=grid.size) for group in groups]


_COLUMNS = {
    "lung.csv": ("time", "ev", None),
    "veteran.csv": ("time", "status", None),
    "channing.csv": ("exit", "cens", "entry"),
    "pbc312.csv": ("time_years", "status", None),
    "mgus2_competing.csv": ("etime", "state", None),
    "statsmodels_bmt.csv": ("T", "Status", None),
    "lifelines_lymphoma.csv": ("Time", "Censor", None),
    "lifelines_dd.csv": ("duration", "observed", None),
    "lifelines_g3.csv": ("time", "event", None),
    "lifelines_waltons_dataset.csv": ("T", "E", None),
    "lifelines_larynx.csv": ("time", "death", None),
    "lifelines_psychiatric_patients.csv": ("T", "C", None),
    "lifelines_multicenter_aids_cohort.tsv": ("T", "D", "W"),
}
_STAYING = {"waiting", "(s0)", "censor", "censored", "0", "False"}


@cache
def people(name: str) -> People:
    """Whoever an input names: a file, a file with a condition, or a key of a JSON file."""
    file, _, key = name.partition("#")
    if key:
        return _inline(read_json(file)[key])
    file, windowed = file.split(" ")[0], "in_window" in name
    rows = read_rows(file)
    if "in_window" in rows[0]:
        rows = tuple(row for row in rows if not windowed or row["in_window"] == "1")
        time, event, entry = "days", "status", "entry" if windowed else None
    elif file in _COLUMNS:
        time, event, entry = _COLUMNS[file]
    else:
        raise NotCoveredError(f"columns of {file}")
    events = [_event(row[event], file) for row in rows]
    entries = column(rows, entry) if entry else None
    return _valid(People(column(rows, time), events, entries, lambda label: [row[label] or "Unknown" for row in rows]))


def _event(text: str, file: str) -> float:
    """0 for somebody still there; otherwise 1, or a number for the way of leaving."""
    if text in _STAYING:
        return 0.0
    return 1.0 if text.replace(".", "").isdigit() or text == "True" else float(ways(file).index(text) + 1)


@cache
def ways(file: str) -> list[str]:
    """The ways of leaving that a file with words for them knows."""
    rows = read_rows(file.split(" ")[0])
    name = "status" if "status" in rows[0] else "state"
    return sorted({row[name] for row in rows} - _STAYING)


def _inline(case: dict[str, Any]) -> People:
    if "control" in case:
        both = case["control"] + case["treat"]
        event = [1] * len(case["control"]) + case["treat_event"]
        group = ["control"] * len(case["control"]) + ["treat"] * len(case["treat"])
        return People(both, event, None, lambda _: group)
    event = case.get("status", case.get("cause"))
    return _valid(People(case["times"], event, case.get("entry"), lambda _: [str(g) for g in case.get("group", [])]))


def _valid(who: People) -> People:
    """Nobody who enters at the very time of leaving, or later, was ever at risk."""
    return who if who.entry is None else who.where(who.entry < who.time)


def chosen(source: str, params: str) -> People:
    who = people(source)
    condition = re.search(r"group=([^;]+)", params, re.IGNORECASE)
    name, value = None, None
    if condition and condition[1] != "all":
        name, _, value = condition[1].partition(":")
        name, value = (name, value) if value else ("Group", name)
    for part in ("urgency", "sex"):
        if part in fields(params):
            name, value = part, fields(params)[part]
    if name is None or value is None:
        return who
    return who.where(np.array([label == value for label in who.labels(name)]))


def first_cause(name: str, who: People) -> People:
    """Where people leave in several ways, treatment is the event and the rest are last seen then."""
    file = name.split(" ")[0]
    if file in _COLUMNS or "#" in name or "treated" not in ways(file):
        return who
    treated = who.event == ways(file).index("treated") + 1.0
    return People(who.time, treated.astype(float), who.entry, who.labels)


def curve(check: Check) -> Any:
    condition = re.search(r"group=[^;]+", check.params, re.IGNORECASE)
    return _curve(check.input, condition[0] if condition else "")


@cache
def _curve(name: str, condition: str) -> Any:
    who = first_cause(name, chosen(name, condition))
    grid = who.grid()
    everyone = [np.ones(who.time.size, dtype=bool)]
    entries = who.entries(grid, everyone)
    (died,), (lost,) = who.tally(who.event > 0, grid), who.tally(who.event == 0, grid)
    return st.kaplan_meier(died, lost, entries[0] if entries else None, times=grid)


_KINDS = {"asinsqrt": "arcsine", "loglog": "log-log", "linear": "plain"}


def kind(params: str, name: str = "conf") -> str:
    found = re.search(name + r"=([\w-]+)", params)
    return _KINDS.get(found[1], found[1]) if found else "log"


def moment(params: str, name: str = "t") -> float:
    found = re.search(rf"\b{name}=([\d.]+)", params)
    if not found:
        raise NotCoveredError(params)
    return float(found[1])


@handles("*", "km_survival", "km_left_truncated")
def km(check: Check) -> float:
    found, t = curve(check), moment(check.params)
    if check.stat == "n_risk":
        return float(found.at_risk[np.searchsorted(found.times, t - 1e-9)])
    answer = st.survival_at(found, t, kind=kind(check.params), extend=True)
    names = {"surv": "value", "std_err_S": "std_error", "se": "std_error", "lower": "lower", "upper": "upper"}
    if check.stat not in names:
        raise NotCoveredError(check.stat)
    return float(getattr(answer, names[check.stat]))


@handles("*", "km_quantile", "km_quantile_ci")
def km_quantile(check: Check) -> float:
    name = "transform" if "transform" in check.params else "conf"
    order = moment(check.params.replace("p=.", "p=0."), "p")
    answer = st.survival_quantile(curve(check), order, kind=kind(check.params, name))
    return float(getattr(answer, "value" if check.stat == "quantile" else check.stat))


@handles("*", "nelson_aalen")
def nelson_aalen(check: Check) -> float:
    answer = st.nelson_aalen(curve(check), moment(check.params))
    return float(answer.value if check.stat == "cumhaz" else answer.std_error)


@handles("*", "rmst")
def rmst(check: Check) -> float:
    answer = st.restricted_mean(curve(check), moment(check.params, "tau"), extend=True)
    return float(answer.value if check.stat == "rmst" else answer.std_error)


# Log-rank


# The order that R's own data keep their groups in, where it is not that of the alphabet.
_FACTORS = ("squamous", "smallcell", "adeno", "large")


def tallies(who: People, label: list[str], strata: list[str]) -> tuple[Any, Any, Any]:
    """Events, last sightings and entries, (strata, groups, times)."""
    grid = who.grid()
    names = [name for name in _FACTORS if name in label] or sorted(set(label))
    groups = [np.array([one == value for one in label]) for value in names]
    layers = [np.array([one == value for one in strata]) for value in sorted(set(strata))]
    cells = [[layer & group for group in groups] for layer in layers]
    died = np.array([who.tally(who.event > 0, grid, row) for row in cells])
    lost = np.array([who.tally(who.event == 0, grid, row) for row in cells])
    entries = None if who.entry is None else np.array([who.entries(grid, row) for row in cells])
    return died, lost, entries


_GROUPED = {
    "lifelines_lymphoma.csv": "Stage_group",
    "lifelines_dd.csv": "regime",
    "lifelines_g3.csv": "group",
    "statsmodels_bmt.csv": "Group",
    "lifelines_waltons_dataset.csv": "group",
    "lifelines_psychiatric_patients.csv": "sex",
}


def label_of(check: Check, who: People) -> list[str]:
    named = re.search(r"groups?=(\w+)", check.params)
    if named:
        name = {"imd": "imd_decile"}.get(named[1], named[1])
        return who.labels(name)
    return who.labels(_GROUPED.get(check.input, "group"))


def strata_of(check: Check, who: People) -> list[str]:
    every = re.search(r"strata index%(\d+)", check.params)
    if every:
        return [str(int(place) % int(every[1])) for place in who.labels("__index__")]
    named = re.search(r"strata=([\w .]+)", check.params)
    if not named:
        return [""] * who.time.size
    names = [part.strip() for part in named[1].split(" x ")]
    return ["|".join(parts) for parts in zip(*(who.labels(name) for name in names), strict=True)]


@handles("*", "logrank", "logrank_weighted", "logrank_left_truncated")
def logrank(check: Check) -> float:
    who = first_cause(check.input, people(check.input))
    index = [str(place) for place in range(who.time.size)]
    plain = who.labels
    who = People(who.time, who.event, who.entry, lambda name: index if name == "__index__" else plain(name))
    label = label_of(check, who)
    if check.input == "statsmodels_bmt.csv" and "incl ALL" not in check.params:
        # The peer leaves out the first group of the file unless it says that it is in.
        keep = np.array([one != "ALL" for one in label])
        who = who.where(keep)
        label = [one for one in label if one != "ALL"]
    answer = st.log_rank(*tallies(who, label, strata_of(check, who)), **weights(check.params))
    place = re.fullmatch(r"(obs|exp)_(\d+)", check.stat)
    if place:
        return float((answer.observed if place[1] == "obs" else answer.expected)[int(place[2]) - 1])
    names = {"chisq": "statistic", "df": "df", "p": "p_value"}
    if check.stat not in names:
        raise NotCoveredError(check.stat)
    return float(getattr(answer, names[check.stat]))


@handles("*", "logrank_trend")
def logrank_trend(check: Check) -> float:
    who = first_cause(check.input, people(check.input))
    label = label_of(check, who)
    died, lost, entries = tallies(who, [part.zfill(3) for part in label], strata_of(check, who))
    answer = st.log_rank_trend(died, lost, entries)
    return float({"chisq": answer.statistic, "df": answer.df, "p": answer.p_value}[check.stat])


def weights(params: str) -> dict[str, Any]:
    text = params.lower()
    harrington = re.search(r"(?:fh|fleming-harrington) ?(?:p=)?([\d.]+)", text)
    if harrington:
        return {"weights": "fleming-harrington", "rho": float(harrington[1])}
    for word in ("gehan", "tarone-ware", "peto"):
        if word in text:
            return {"weights": word}
    return {"weights": "tarone-ware"} if "tarone" in text else {}


# Several ways of leaving


@handles("*", "aalen_johansen")
def incidence(check: Check) -> float:
    who = chosen(check.input, check.params)
    grid = who.grid()
    causes = sorted(set(who.event) - {0.0})
    died = np.array([who.tally(who.event == cause, grid)[0] for cause in causes])
    found = st.aalen_johansen(died, who.tally(who.event == 0, grid)[0], times=grid)
    place = np.searchsorted(grid, moment(check.params) + 1e-9, side="right") - 1
    error = check.stat in ("std_err", "se_delta", "se")
    state = re.search(r"state=([\w()]+)", check.params)
    if state and state[1] == "(s0)":
        return float((found.waiting_std_error if error else found.waiting)[place])
    cause = ways(check.input).index(state[1]) if state else int(moment(check.params, "cause")) - 1
    return float((found.left_std_error if error else found.left)[cause, place])


@handles("*", "gray_test")
def gray(check: Check) -> float:
    who = people(check.input)
    name = re.search(r"groups=(\w+)", check.params)[1]
    label = who.labels({"imd": "imd_decile"}.get(name, name))
    cause = ways(check.input).index(re.search(r"cause=(\w+)", check.params)[1]) + 1.0
    grid = who.grid()
    groups = [np.array([one == value for one in label]) for value in sorted(set(label))]
    parts = (who.event == cause, (who.event > 0) & (who.event != cause), who.event == 0)
    answer = st.gray_test(*(np.array(who.tally(part, grid, groups)) for part in parts))
    return float({"chisq": answer.statistic, "p": answer.p_value, "df": answer.df}[check.stat])


@handles("bias_sim", "left_truncated_window_S126")
def acceptance(check: Check) -> float:
    """The window curve of a simulated list must land on the truth: what it misses by is forgiven up to ``atol``."""
    name, _, group = check.params.rpartition("; group ")
    case = next(case for case in read_json(check.input)["cases"] if case["name"] == name)
    spec = case[group]
    rng = np.random.default_rng(1)
    span, window, people_in = 1095.0, 90.0, 400_000
    growth, draws = spec["g"], rng.random(people_in)
    referred = span * (np.log1p(draws * np.expm1(growth)) / growth if growth else draws)
    wait = spec["scale"] * rng.weibull(1.2, people_in)
    leaves = np.where(rng.random(people_in) < spec.get("drop", 0), rng.exponential(120, people_in), np.inf)
    exit_day, treated = np.ceil(np.minimum(wait, leaves)), wait <= leaves
    entry = np.maximum(np.ceil(span - window - referred), 0)
    last = np.floor(span - referred)
    stay = np.minimum(exit_day, last)
    seen = (stay > entry) & (last > 0)
    days = int(span) + 1
    died, lost = (
        np.bincount(stay[seen & part].astype(int), minlength=days) for part in _parts(treated, exit_day, last)
    )
    came = np.bincount(entry[seen].astype(int), minlength=days)
    found = st.kaplan_meier(died, lost, came)
    return float(st.survival_at(found, 126).value)


def _parts(treated: np.ndarray, exit_day: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    happened = treated & (exit_day <= last)
    return happened, ~happened
