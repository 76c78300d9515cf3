"""Non-interference: two lists with equal released figures give equal answers, of every verb and of a whole report.

Pairs are made by moving people inside rounding: a day more or less, a group or a place changed between two people.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import equiwait as ew
from equiwait import adherence, displacement
from equiwait.reporting.release_gate import audited_results
from equiwait.results import Result

BEFORE, AFTER = "2026-09-30", "2026-10-31"
PLACES = 60


def people(seed: int, count: int = 360) -> pd.DataFrame:
    """Rows with skewed groups, some of it not recorded, some ended, some of people who are there twice."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(count)],
        "person_id": [f"n{n if n % 19 else n + 1}" for n in range(count)],
        "days": rng.gamma(2, 90, count).astype(int) + 1,
        "sex": rng.choice(["1", "2", "9"], count, p=[0.55, 0.41, 0.04]),
        "ethnicity": rng.choice([*"AHM", "Z", ""], count, p=[0.6, 0.2, 0.1, 0.06, 0.04]),
        "site": rng.choice(["North", "South", "East"], count, p=[0.5, 0.3, 0.2]),
        "team": rng.choice(["One", "Two", "Three", "Four"], count),
        "ended": rng.random(count) < 0.3,
        "place": rng.permutation(count),
    })  # fmt: skip


def read(rows: pd.DataFrame, day: str = AFTER, *, ended: bool = False) -> pd.DataFrame:
    """The list of a day; with ``ended``, the waits that have ended by then too."""
    start = pd.Timestamp(AFTER) - pd.to_timedelta(rows["days"], unit="D")
    raw = rows[["pathway_id", "person_id", "sex", "ethnicity", "site", "team"]].assign(clock_start=start)
    if ended:
        stop = start + pd.to_timedelta(rows["days"] - rows["days"] // 4, unit="D")
        raw["clock_stop"] = stop.where(rows["ended"])
        raw["rtt_status"] = np.where(rows["ended"], "30", "20")
    return ew.flag_missing(ew.read_list(raw[start <= pd.Timestamp(day)], snapshot=day), ["ethnicity"])


def orders(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    before = rows[["pathway_id", "sex"]].assign(rank=np.arange(1, len(rows) + 1), policy="old")
    return before, before.assign(rank=rows["place"].rank(method="first").astype(int).to_numpy(), policy="new")


def treated(rows: pd.DataFrame) -> pd.DataFrame:
    """Three in four were seen after a third of their wait and treated at its end."""
    start = pd.Timestamp("2026-10-31") - pd.to_timedelta(rows["days"] + 9, unit="D")
    stop = (start + pd.to_timedelta(rows["days"], unit="D")).where(np.arange(len(rows)) % 4 > 0)
    seen = start + pd.to_timedelta(rows["days"] // 3, unit="D")
    raw = rows[["pathway_id", "sex", "ethnicity"]].assign(clock_start=start, clock_stop=stop, first_attendance=seen)
    return ew.read_list(raw.assign(rtt_status=np.where(stop.isna(), "20", "30")), snapshot="2026-10-31")


def half_recorded(rows: pd.DataFrame) -> pd.DataFrame:
    """Three in four of those treated have a decision to admit that somebody wrote down."""
    waiting = treated(rows)
    decided = waiting["first_attendance"] + pd.to_timedelta(rows["days"].to_numpy() // 5, unit="D")
    return waiting.assign(decision_to_admit=decided.where(rows["place"].to_numpy() % 4 > 0))


def settled(rows: pd.DataFrame) -> pd.DataFrame:
    """A list whose ethnicity is settled between two sources."""
    other = rows.drop_duplicates("person_id")
    other = read(other.assign(ethnicity=other["ethnicity"].where(other["place"] % 3 > 0, "A"), days=400), BEFORE)
    return ew.reconcile(read(rows), other, names=["list", "before"])


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    waiting = read(rows)
    return waiting.assign(need_points=rows["place"].to_numpy()[: len(waiting)] % 40)


def told(rows: pd.DataFrame, column: str, words: dict[str, str]) -> pd.DataFrame:
    """A list with a column of its own, by team."""
    waiting = read(rows)
    return waiting.assign(**{column: waiting["team"].astype(str).map(words)})


LINKS = {"One": "matched", "Two": "repaired", "Three": "missing", "Four": "not_found"}
STATUSES = {"One": "scored", "Two": "no_tier", "Three": "out_of_scope", "Four": "scored"}
POPULATION = pd.DataFrame({"sex": ["1", "2"], "people": [30000, 31000]})
WINDOW = ("2026-06-30", AFTER)
Case = Callable[[pd.DataFrame], Result]

ANSWERS: dict[str, Case] = {
    "check_list": lambda rows: ew.check_list(read(rows)),
    "completeness": lambda rows: ew.completeness(read(rows), "sex"),
    "displacement": lambda rows: displacement(*orders(rows), by="sex"),
    "adherence": lambda rows: adherence(
        orders(rows)[0], rows.loc[rows["place"] < PLACES, "pathway_id"].tolist(), by="sex", within=[]
    ),
    "tail": lambda rows: ew.tail(read(rows), by=["sex", "ethnicity"]),
    "referral_growth": lambda rows: ew.referral_growth(read(rows), "sex", before=read(rows.iloc[::2], BEFORE)),
    "representation": lambda rows: ew.representation(read(rows), POPULATION, by="sex"),
    "persistence": lambda rows: ew.persistence([read(rows, BEFORE), read(rows.iloc[::2])], by="sex"),
    "exits": lambda rows: ew.exits(read(rows, BEFORE), read(rows.iloc[::2], ended=True), by=["sex", "ethnicity"]),
    "disparities": lambda rows: ew.disparities(
        read(rows), ["sex", "ethnicity"], measures=["over_18_weeks", "median_weeks"]
    ),
    "disparities, like with like": lambda rows: ew.disparities(
        read(rows), "sex", measures=["over_18_weeks", "p92_weeks"], within="site"
    ),
    "pile_up": lambda rows: ew.pile_up(treated(rows), "sex", weeks=20, within=10),
    "stages": lambda rows: ew.stages(treated(rows), "sex"),
    "stages, a milestone of half the people": lambda rows: ew.stages(half_recorded(rows), "sex"),
    "test_of_change": lambda rows: ew.test_of_change(
        [read(rows, "2026-08-31"), read(rows.iloc[5:], "2026-09-30"), read(rows.iloc[9:])],
        "sex",
        "over_4_weeks",
        change="2026-09-15",
    ),
    "trend": lambda rows: ew.trend(
        [read(rows, "2026-08-31"), read(rows.iloc[5:], BEFORE), read(rows.iloc[9:])], "sex", "over_8_weeks"
    ),
    "trend, half a list": lambda rows: ew.trend(
        [read(rows, "2026-08-31"), read(rows[rows["place"] % 2 > 0], BEFORE), read(rows)], "sex", "over_8_weeks"
    ),
    "disparities, completed": lambda rows: ew.disparities(
        read(rows, ended=True), "sex", measures=["median_weeks"], estimand="completed", window=WINDOW
    ),
    "disparities, merged": lambda rows: ew.disparities(read(rows), "ethnicity:nhs", measures=["over_18_weeks"]),
    "disparities, growth": lambda rows: ew.disparities(read(rows, ended=True), "sex", measures=["over_18_weeks"]),
    "disparities, time to treatment": lambda rows: ew.disparities(
        read(rows, ended=True),
        "sex",
        measures=["over_18_weeks", "median_weeks"],
        estimand="time_to_treatment",
        window=WINDOW,
    ),
    "unknowns": lambda rows: ew.unknowns(
        read(rows), "ethnicity", measure=["over_18_weeks", "median_weeks"], split="site"
    ),
    "funnel": lambda rows: ew.funnel(read(rows), by="team", measure="over_18_weeks"),
    "how_linked": lambda rows: ew.how_linked(told(rows, "link_status", LINKS)),
    "how_ordered": lambda rows: ew.how_ordered(
        told(rows, "score_status", STATUSES), ew.Policy.preset("dynamic_accumulation")
    ),
    "plausibility": lambda rows: ew.plausibility(read(rows), by="site"),
    "reconciliation": lambda rows: ew.reconciliation(settled(rows), by="sex"),
    "sensitivity": lambda rows: ew.sensitivity(scored(rows), ew.Policy.preset("dynamic_accumulation")),
}
"""Every verb of the front door that gives a result, by its name; a case of it has a comma after the name."""

IN_TEAM = {"price_of_the_promise"}
"""Verbs whose answers are exact, and never for release."""

LOOKS_AT = {
    "displacement": ["place"], "adherence": ["sex", "place"], "sensitivity": ["place", "days"],
    "reconciliation": ["ethnicity", "sex", "place"], "stages, a milestone of half the people": ["days", "sex", "place"],
    "trend, half a list": ["days", "sex", "place"], "plausibility": ["site", "sex", "ethnicity"],
    "funnel": ["days", "team"], "how_linked": ["team"], "how_ordered": ["team"], "disparities, like with like": ["days", "sex", "site"],
}  # fmt: skip
"""What an answer looks at, where it is not the wait and the groups."""


SLOW = ("unknowns", "displacement", "disparities", "exits")


def changed(rows: pd.DataFrame, rng: np.random.Generator, columns: list[str]) -> pd.DataFrame:
    """The same list, with one to four people moved a little."""
    other = rows.copy()
    for _ in range(int(rng.integers(1, 5))):
        column = str(rng.choice(columns))
        one = int(rng.choice(len(rows)))
        if column == "days":
            other.loc[one, "days"] = max(int(other.loc[one, "days"]) + int(rng.choice([-3, -2, -1, 1, 2, 3])), 1)
            continue
        if column == "place":
            near = np.flatnonzero((other["place"] - other.loc[one, "place"]).abs() == 1)
        else:  # somebody of another group who has waited about as long
            away = np.flatnonzero(other[column] != other.loc[one, column])
            near = away[np.argsort((other["days"].to_numpy()[away] - other.loc[one, "days"]).__abs__(), kind="stable")]
        other.loc[[one, near[0]], column] = other.loc[[near[0], one], column].to_numpy()
    return other


def said(answer: Result) -> tuple[object, ...]:
    """All that a reader may see of an answer."""
    return (
        answer.title, answer.table.to_csv(), answer.findings, answer.notes, tuple(each.alt for each in answer.charts()),
        tuple(each.table.to_csv() for each in answer.charts()), tuple(more.to_csv() for more in _tables_beside(answer)),
    )  # fmt: skip


def _tables_beside(answer: Result) -> list[pd.DataFrame]:
    return [value for name, value in vars(answer).items() if name != "table" and isinstance(value, pd.DataFrame)]


def equal(one: Result, two: Result) -> bool:
    """Whether two answers were made from the same released figures."""
    a, b = one.released, two.released
    return (
        a.cells == b.cells and np.array_equal(a.marks, b.marks) and np.array_equal(a.shown, b.shown, equal_nan=True)
        and a.facts.keys() == b.facts.keys()
        and all(repr(a.facts[name]) == repr(b.facts[name]) for name in a.facts)
    )  # fmt: skip


@cache
def first_answer(name: str) -> Result:
    """The answer that pairs are held against; a result is frozen, so tests share it."""
    return ANSWERS[name](people(1))


def verbs() -> set[str]:
    """The verbs of the front door that give a result."""
    functions = {name: getattr(ew, name) for name in ew.__all__ if inspect.isfunction(getattr(ew, name))}

    def gives(function: Callable[..., object]) -> object:
        stated = function.__annotations__.get("return")
        return function.__globals__.get(stated) if isinstance(stated, str) else stated

    kinds = {name: gives(function) for name, function in functions.items()}
    return {name for name, kind in kinds.items() if inspect.isclass(kind) and issubclass(kind, Result)}


def test_every_verb_has_a_case():
    assert {name.partition(",")[0] for name in ANSWERS} | IN_TEAM == verbs()


@pytest.mark.parametrize("name", ANSWERS)
def test_equal_released_figures_give_equal_answers(name):
    rows, pairs = people(1), []
    first = first_answer(name)
    assert not first.in_team
    assert all(chart.page for chart in first.charts())  # a page reads them in the dark and on a telephone
    looks = LOOKS_AT.get(name, ["days", "sex", "ethnicity"])

    @settings(
        max_examples=3 if name in SLOW else 9, deadline=None, database=None, derandomize=True, phases=[Phase.generate]
    )
    @given(seed=st.integers(0, 2**32 - 1))
    def pair(seed):
        answer = ANSWERS[name](changed(rows, np.random.default_rng(seed), looks))
        if equal(answer, first):
            pairs.append(seed)
            assert said(answer) == said(first)

    pair()
    assert pairs, "no pair was made: the test says nothing"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_made_again_from_its_released_figures_alone(name):
    answer = first_answer(name)
    assert said(answer.made_again(answer.released)) == said(answer)
    one = next(cell for cell, mark in zip(answer.released.cells, answer.released.marks, strict=True) if mark == 0)
    assert answer.with_hidden([one]).released.hidden(one)


WHOLE = ["check_list", "disparities, growth", "completeness", "tail"]


def test_a_whole_report_is_made_from_released_figures(tmp_path):
    """Its results are audited together, which hides more: the choice of that passes too."""
    rows = people(1)
    first = [first_answer(name) for name in WHOLE]
    rng, pairs = np.random.default_rng(4), []
    while len(pairs) < 2:
        pairs.append([ANSWERS[name](changed(rows, rng, ["days"])) for name in WHOLE])
        if not all(map(equal, pairs[-1], first)):
            pairs.pop()
    written = []
    for number, results in enumerate([first, *pairs]):
        safe = audited_results(results)
        written.append([said(each) for each in safe])
        assert all(map(equal, safe, audited_results(first)))
        paths = ew.tidy(*results, to=tmp_path / str(number))
        written[-1].append([path.read_bytes() for path in paths])
    assert written[0] == written[1] == written[2]


def test_whole_files_are_the_same_byte_by_byte(tmp_path):
    """Page, workbook, tidy files, figures and manifest of two lists with equal released figures; the team's own differ."""
    rows, rng, names = people(1, 280), np.random.default_rng(4), ("completeness", "tail")
    other, first = rows, [ANSWERS[name](rows) for name in names]
    second = first
    while other.equals(rows) or not all(map(equal, second, first)):
        other = changed(rows, rng, ["days"])
        second = [ANSWERS[name](other) for name in names]
    for of, results, waiting in (("one", first, rows), ("two", second, other)):
        ew.outputs(*results, to=tmp_path / of / "out", waiting=read(waiting))
    written = {of: {path.name: path for path in (tmp_path / of).rglob("*") if path.is_file()} for of in ("one", "two")}
    assert (
        written["one"].keys()
        == written["two"].keys()
        >= {"report.html", "workbook.xlsx", "manifest.json", "people.csv"}
    )
    differ = {name for name, path in written["one"].items() if path.read_bytes() != written["two"][name].read_bytes()}
    assert {name for name in differ if "IN-TEAM" not in name} == {"manifest.json"}
    one, two = (json.loads(written[of]["manifest.json"].read_text("utf-8")) for of in ("one", "two"))
    for entry in (*one["files"], *two["files"]):
        assert ("hmac_sha256" in entry) == ("IN-TEAM" in entry["name"])
        entry.pop("hmac_sha256", None)  # its key stays with the team, and is new in each folder
    assert one == two
    assert "waiting-list-IN-TEAM.csv" in differ
