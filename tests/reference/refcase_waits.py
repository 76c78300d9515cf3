"""Handlers: waits that are not over yet (survival, statsmodels, lifelines, the acceptance simulation)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from refcase_checks import Check, NotCoveredError, handles, read_json, read_rows
from refcase_groups import column, pick
from refcase_params import Params

from equiwait import statistics as st


class People:
    """Rows of one input: time, event (0 none, else which), entry, and any column as a label."""

    def __init__(
        self, time: Any, event: Any, entry: Any, labels: Callable[[str], list[str]], names: tuple[str, ...] = ()
    ) -> None:
        self.time, self.event = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
        self.entry = None if entry is None else np.asarray(entry, dtype=float)
        self.labels, self.names = labels, names

    def where(self, keep: np.ndarray) -> People:
        entry = None if self.entry is None else self.entry[keep]
        places = np.flatnonzero(keep)
        labels = {name: [self.labels(name)[place] for place in places] for name in self.names}
        return People(self.time[keep], self.event[keep], entry, labels.__getitem__, self.names)

    def labelled(self, name: str, label: list[str]) -> People:
        """The same people with one more column."""
        rest = self.labels
        return People(
            self.time, self.event, self.entry, lambda one: label if one == name else rest(one), (*self.names, name)
        )

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


# Files whose time counts from the entry: people leave at the entry and the time together.
_FROM_ENTRY = ("lifelines_psychiatric_patients.csv",)


@cache
def people(name: str, entering: str = "") -> People:
    """Whoever an input names: a file, a file with a condition, or a key of a JSON file.

    ``entering`` is the column of the time of entry, where the params name one.
    """
    file, _, key = name.partition("#")
    if key:
        if entering:
            raise NotCoveredError(f"entry={entering}")
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
    if entering and entering not in rows[0]:
        raise NotCoveredError(f"no column {entering}")
    events = [_event(row[event], file) for row in rows]
    entries = column(rows, entering or entry) if entering or entry else None
    times = column(rows, time) + (entries if entries is not None and file in _FROM_ENTRY else 0)
    names = tuple(label for label in rows[0] if label not in (time, event, entry))
    return _valid(People(times, events, entries, lambda label: [row[label] or "Unknown" for row in rows], names))


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
        return People(both, event, None, lambda _: group, ("group",))
    event = case.get("status", case.get("cause"))
    names = ("group",) if "group" in case else ()
    return _valid(People(case["times"], event, case.get("entry"), lambda _: [str(g) for g in case["group"]], names))


def _valid(who: People) -> People:
    """Nobody who enters at the very time of leaving, or later, was ever at risk."""
    return who if who.entry is None else who.where(who.entry < who.time)


Conditions = tuple[tuple[str, str], ...]


def entering(params: Params) -> str:
    """The column of the time of entry, where the params name one."""
    found = params.take(r"\bentry=(\w+)")
    return found[0] if found else ""


def conditions(params: Params, who: People) -> Conditions:
    """Every ``column=value``, written also ``group=column:value``; ``group=all`` is everybody."""
    params.take(r"\bgroup=(?=\w+:)")
    found = [(name, pair[0].strip()) for name in who.names if (pair := params.take(_condition(name)))]
    if any(name.lower() == "group" for name, _ in found):
        return tuple(found)
    params.take(r"\bgroup=all\b")
    return tuple(found)


def _condition(name: str) -> str:
    spoken = r"imd(?:_decile)?" if name == "imd_decile" else re.escape(name)
    return rf"(?<![\w.]){spoken}[=:]([^;,]+)"


def chosen(who: People, wanted: Conditions) -> People:
    """Those for whom every condition holds."""
    for name, value in wanted:
        keep = np.array([label == value for label in who.labels(name)])
        if keep.any():
            who = who.where(keep)
        elif (name.lower(), value) != ("group", "all"):
            raise NotCoveredError(f"nobody with {name}={value}")
    return who


def selected(check: Check, params: Params) -> People:
    """The people that a check is about; what is said about columns leaves the params."""
    who = people(check.input, entering(params))
    who = chosen(who, conditions(params, who))
    used = _COLUMNS.get(check.input.split(" ")[0], ())
    params.drop(*(rf"\b{re.escape(name)}\b" for name in used if name), r"\(=event\)")
    return who


def first_cause(name: str, who: People) -> People:
    """Where people leave in several ways, treatment is the event and the rest are last seen then."""
    file = name.split(" ")[0]
    if file in _COLUMNS or "#" in name or "treated" not in ways(file):
        return who
    treated = who.event == ways(file).index("treated") + 1.0
    return People(who.time, treated.astype(float), who.entry, who.labels, who.names)


def curve(check: Check, params: Params) -> Any:
    """The curve of the people that the params choose; whatever they say besides is not understood."""
    who = people(check.input, entry := entering(params))
    wanted = conditions(params, who)
    used = _COLUMNS.get(check.input.split(" ")[0], ())
    params.drop(*(rf"\b{re.escape(name)}\b" for name in used if name)).done()
    return curve_of(check.input, entry, wanted)


@cache
def curve_of(name: str, entry: str, wanted: Conditions) -> Any:
    who = first_cause(name, chosen(people(name, entry), wanted))
    grid = who.grid()
    everyone = [np.ones(who.time.size, dtype=bool)]
    entries = who.entries(grid, everyone)
    (died,), (lost,) = who.tally(who.event > 0, grid), who.tally(who.event == 0, grid)
    return st.kaplan_meier(died, lost, entries[0] if entries else None, times=grid)


_KINDS = {
    **dict.fromkeys(("asinsqrt", "arcsin", "arcsin-sqrt"), "arcsine"),
    **dict.fromkeys(("loglog", "log_log", "cloglog", "c-log-log"), "log-log"),
    **dict.fromkeys(("linear", "none", "wald"), "plain"),
}


def kind(params: Params) -> str:
    found = params.take(r"\b(?:conf|conf\.type|transform)=([a-z][\w-]*)")
    name = _KINDS.get(found[0], found[0]) if found else "log"
    if name not in ("plain", "log", "log-log", "logit", "arcsine"):
        raise NotCoveredError(f"interval {name}")
    return name


def moment(params: Params, name: str = "t") -> float:
    (found,) = params.need(rf"\b{name}=(\d*\.?\d+)(?![\d.])")
    return float(found)


_ERRORS = {"std_err_S": "std_error", "std_err": "std_error", "se": "std_error"}


@handles("*", "km_survival", "km_left_truncated")
def km(check: Check) -> float:
    params = Params(check.params)
    t, shape = moment(params), kind(params)
    found = curve(check, params)
    if check.stat == "n_risk":
        return float(found.at_risk[np.searchsorted(found.times, t - 1e-9)])
    answer = st.survival_at(found, t, kind=shape, extend=True)
    return pick(answer, check.stat, {"surv": "value", **_ERRORS, "lower": "lower", "upper": "upper"})


@handles("*", "km_quantile", "km_quantile_ci")
def km_quantile(check: Check) -> float:
    params = Params(check.params)
    order, shape = moment(params, "p"), kind(params)
    answer = st.survival_quantile(curve(check, params), order, kind=shape)
    return pick(answer, check.stat, {"quantile": "value", "lower": "lower", "upper": "upper"})


@handles("*", "nelson_aalen")
def nelson_aalen(check: Check) -> float:
    params = Params(check.params)
    t = moment(params)
    answer = st.nelson_aalen(curve(check, params), t)
    return pick(answer, check.stat, {"cumhaz": "value", "std_chaz": "std_error", **_ERRORS})


# Log-rank


# The order that R's own data keep their groups in, where it is not that of the alphabet.
_FACTORS = ("squamous", "smallcell", "adeno", "large")


def in_order(label: list[str]) -> list[str]:
    """Groups in the order of a factor in R: numbers by size, words by the alphabet."""
    return sorted(set(label), key=lambda text: (float(text), "") if text.replace(".", "", 1).isdigit() else (0.0, text))


def tallies(who: People, label: list[str], strata: list[str]) -> tuple[Any, Any, Any]:
    """Events, last sightings and entries, (strata, groups, times)."""
    grid = who.grid()
    names = [name for name in _FACTORS if name in label] or in_order(label)
    groups = [np.array([one == value for one in label]) for value in names]
    layers = [np.array([one == value for one in strata]) for value in in_order(strata)]
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


_STAGES = ("Stage_II", "Stage_III", "Stage_IV")


def label_of(check: Check, params: Params, who: People) -> list[str]:
    """The group of each person: of the column that is named, one group against the rest, or the file's own."""
    against = params.take(r"\b(\w+) (\w+) vs rest\b")
    if against:
        return [value if value == against[1] else "rest" for value in who.labels(_column(who, against[0]))]
    named = params.take(r"\bgroups?=([\w.]*\w)") or next(
        (found for name in who.names if (found := params.take(rf"(?<![\w=%])({re.escape(name)})(?![\w=%])"))), None
    )
    params.drop(r"\bgroup\b")
    if named and named[0] != "all":
        return who.labels(_column(who, named[0]))
    if set(_STAGES) <= set(who.names):
        params.drop(r"\bstages?\b")
        return ["".join(parts) for parts in zip(*(who.labels(stage) for stage in _STAGES), strict=True)]
    return who.labels(_column(who, _GROUPED.get(check.input, "group")))


def _column(who: People, word: str) -> str:
    name = {"imd": "imd_decile", "eth": "ethnicity"}.get(word, word)
    if name not in who.names:
        raise NotCoveredError(f"no column {word}")
    return name


def strata_of(params: Params, who: People) -> list[str]:
    every = params.take(r"strata index%(\d+)")
    if every:
        return [str(int(place) % int(every[0])) for place in who.labels("__index__")]
    named = params.take(r"\bstrata=([\w.]+(?: x [\w.]+)*)")
    if not named:
        return [""] * who.time.size
    names = [_column(who, part) for part in named[0].split(" x ")]
    return ["|".join(parts) for parts in zip(*(who.labels(name) for name in names), strict=True)]


def grouped(check: Check, params: Params) -> tuple[People, list[str], list[str]]:
    """People, the group and the stratum of each: everything that the params say about them."""
    who = first_cause(check.input, people(check.input, entering(params)))
    who = who.labelled("__index__", [str(place) for place in range(who.time.size)])
    every_group = params.take(r"\ball \d groups(?: incl ALL)?\b|\bincl ALL\b")
    without = params.take(r"\bexcl(?:uding|\.)? (\w+)")
    params.drop(r"\bincl(?:uding|\.)? Unknown", r"\bcontrol vs treat\b", r"\(k groups\)", r"\(=event\)")
    said = params.take(r"(?<=\w)\((\d+)\)|(?<=;)\((\d+)\)")
    # Strata and groups are named like conditions are, and come out first.
    strata, label = strata_of(params, who), label_of(check, params, who)
    who = who.labelled("__label__", label).labelled("__strata__", strata)
    who = chosen(who, conditions(params, who))
    used = _COLUMNS.get(check.input.split(" ")[0], ())
    params.drop(*(rf"\b{re.escape(name)}\b" for name in used if name))
    # One peer leaves out the first group of the file unless it says that it is in.
    left_out = {"NA", "ALL" if check.input == "statsmodels_bmt.csv" and not every_group else "", *(without or ())}
    who = who.where(np.array([one not in left_out for one in who.labels("__label__")]))
    count = next((int(number) for number in said or () if number), None)
    label = who.labels("__label__")
    if len(set(label)) < 2 or count not in (None, len(set(label))):
        raise NotCoveredError(f"{len(set(label))} groups in {check.params!r}")
    return who, label, who.labels("__strata__")


_TEST = {"chisq": "statistic", "df": "df", "p": "p_value"}


@handles("*", "logrank", "logrank_weighted", "logrank_left_truncated")
def logrank(check: Check) -> float:
    params = Params(check.params)
    weighing = weights(params)
    who, label, strata = grouped(check, params)
    if check.measure == "logrank_left_truncated":
        params.drop(r"\bwith entry\b")
    params.done()
    if check.measure == "logrank_weighted" and not weighing and "logrank" not in check.params.lower():
        raise NotCoveredError(f"no weights in {check.params!r}")
    answer = st.log_rank(*tallies(who, label, strata), **weighing)
    place = re.fullmatch(r"(obs|exp)_(\d+)", check.stat)
    if place:
        counted = answer.observed if place[1] == "obs" else answer.expected
        if not 1 <= int(place[2]) <= len(counted):
            raise NotCoveredError(f"statistic {check.stat}")
        return float(counted[int(place[2]) - 1])
    return pick(answer, check.stat, _TEST)


@handles("*", "logrank_trend")
def logrank_trend(check: Check) -> float:
    params = Params(check.params)
    who, label, strata = grouped(check, params)
    params.done()
    if not all(part.isdigit() for part in label):
        raise NotCoveredError("a trend over groups without an order")
    died, lost, entries = tallies(who, label, strata)
    return pick(st.log_rank_trend(died, lost, entries), check.stat, _TEST)


_WEIGHTS = {
    "gehan": r"\bgehan(?:[- ]\w+)?|\bwilcoxon\b|\bgb\b|\bbreslow\b",
    "tarone-ware": r"\btarone(?:[- ]ware)?|\btw\b",
    "peto": r"\bpeto(?:-peto)?",
}


def weights(params: Params) -> dict[str, Any]:
    """How the times are weighed: ``FH p=.5``, ``rho=1``, a name, or all alike."""
    number = r"(\d*\.?\d+)(?![\d.])"
    harrington = params.take(rf"\b(?:fh|fleming-harrington) ?(?:p=|rho=)?{number}") or params.take(rf"\brho=?{number}")
    if harrington:
        gamma = params.take(rf"\b(?:q|gamma)={number}")
        params.drop(r"\(peto\)")
        return {
            "weights": "fleming-harrington",
            "rho": float(harrington[0]),
            "gamma": float(gamma[0]) if gamma else 0.0,
        }
    for word, pattern in _WEIGHTS.items():
        if params.take(pattern):
            return {"weights": word}
    params.drop(r"\blog-?rank\b")
    return {}


# Several ways of leaving


_INCIDENCE = {"prob": "left", "est": "left", "cif": "left", "std_err": "left_std_error", "se_delta": "left_std_error"}


@handles("*", "aalen_johansen", "cuminc", "cif", "cumulative_incidence")
def incidence(check: Check) -> float:
    params = Params(check.params)
    t, state, cause = moment(params), params.take(r"\bstate=([\w()]+)"), params.take(r"\bcause=(\w+)")
    who = selected(check, params)
    params.done()
    names = {**_INCIDENCE, "se": "left_std_error"}
    if check.stat not in names:
        raise NotCoveredError(f"statistic {check.stat}")
    grid = who.grid()
    # Every way of leaving that the input knows, also those by which nobody of this group left.
    causes = sorted(set(people(check.input).event) - {0.0})
    died = np.array([who.tally(who.event == one, grid)[0] for one in causes])
    found = st.aalen_johansen(died, who.tally(who.event == 0, grid)[0], times=grid)
    place = np.searchsorted(grid, t + 1e-9, side="right") - 1
    if state and state[0] == "(s0)":
        return float(getattr(found, names[check.stat].replace("left", "waiting"))[place])
    return float(getattr(found, names[check.stat])[causes.index(way(check, state or cause, causes)), place])


def way(check: Check, said: tuple[str, ...] | None, causes: list[float]) -> float:
    """The number of the way of leaving that the params name, by its word or its number."""
    if said is None:
        raise NotCoveredError(f"no way of leaving in {check.params!r}")
    words = [] if "#" in check.input else ways(check.input)
    found = words.index(said[0]) + 1.0 if said[0] in words else float(said[0]) if said[0].isdigit() else -1.0
    if found not in causes:
        raise NotCoveredError(f"nobody leaves by {said[0]}")
    return found


@handles("*", "gray_test")
def gray(check: Check) -> float:
    params = Params(check.params)
    said, (name,), number = params.need(r"\bcause=(\w+)"), params.need(r"\bgroups=(\w+)"), params.take(r"\((\d+)\)")
    who = selected(check, params)
    params.done()
    label = who.labels(_column(who, name))
    if number and int(number[0]) != len(set(label)):
        raise NotCoveredError(f"{number[0]} groups asked for, {len(set(label))} found")
    cause = way(check, said, sorted(set(who.event) - {0.0}))
    grid = who.grid()
    groups = [np.array([one == value for one in label]) for value in in_order(label)]
    parts = (who.event == cause, (who.event > 0) & (who.event != cause), who.event == 0)
    answer = st.gray_test(*(np.array(who.tally(part, grid, groups)) for part in parts))
    return pick(answer, check.stat, _TEST)


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
