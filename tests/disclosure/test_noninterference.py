"""Two lists with equal released figures give equal answers: nothing but the door decides what is said.

Pairs are made by moving people inside rounding: somebody's wait, group or place is changed, and where the released
figures are the same as before, so must be every table, sentence and note.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.answers.reordering import adherence, displacement


def people(seed: int, count: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "pathway_id": [f"p{n}" for n in range(count)],
        "days": rng.gamma(2, 90, count).astype(int) + 1,
        "sex": rng.choice(["1", "2", "9"], count, p=[0.55, 0.41, 0.04]),
        "ethnicity": rng.choice([*"AHM", "Z", ""], count, p=[0.6, 0.2, 0.1, 0.06, 0.04]),
        "place": rng.permutation(count),
    })  # fmt: skip


def read(rows: pd.DataFrame, day: str = "2026-10-31") -> pd.DataFrame:
    start = pd.Timestamp("2026-10-31") - pd.to_timedelta(rows["days"], unit="D")
    raw = rows[["pathway_id", "sex", "ethnicity"]].assign(clock_start=start)
    began = raw[start <= pd.Timestamp(day)]
    return ew.flag_missing(ew.read_list(began, snapshot=day), ["ethnicity"])


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


ANSWERS = {
    "problems": lambda rows: ew.check_list(read(rows)),
    "completeness": lambda rows: ew.completeness(read(rows), "sex"),
    "displacement": lambda rows: displacement(*orders(rows), by="sex"),
    "adherence": lambda rows: adherence(
        orders(rows)[0], rows.loc[rows["place"] < 60, "pathway_id"].tolist(), by="sex", within=[]
    ),
    "tail": lambda rows: ew.tail(read(rows), by=["sex", "ethnicity"]),
    "growth": lambda rows: ew.referral_growth(read(rows), "sex", before=read(rows.iloc[::2], "2026-09-30")),
    "representation": lambda rows: ew.representation(
        read(rows), pd.DataFrame({"sex": ["1", "2"], "people": [30000, 31000]}), by="sex"
    ),
    "persistence": lambda rows: ew.persistence([read(rows, "2026-09-30"), read(rows.iloc[::2])], by="sex"),
    "exits": lambda rows: ew.exits(read(rows, "2026-09-30"), read(rows.iloc[::2]), by=["sex", "ethnicity"]),
    "stages": lambda rows: ew.stages(treated(rows), "sex"),
    "trend": lambda rows: ew.trend(
        [read(rows, "2026-08-31"), read(rows.iloc[5:], "2026-09-30"), read(rows.iloc[9:])], "sex", "over_8_weeks"
    ),
    "disparities": lambda rows: ew.disparities(read(rows), "sex", measures=["over_18_weeks"]),
}


COUNTED = {"displacement": ["place"], "adherence": ["sex", "place"], "problems": ["days", "ethnicity"]}
"""What an answer looks at, where it is not the wait and the groups."""


def changed(rows: pd.DataFrame, rng: np.random.Generator, columns: list[str]) -> pd.DataFrame:
    """The same list with one thing another for one person, or changed between two who differ in it."""
    other = rows.copy()
    column = rng.choice(columns)
    one = rng.choice(len(rows))
    away = np.flatnonzero(rows[column] != rows.loc[one, column])
    two = (
        rng.choice(away)
        if column != "place"
        else np.flatnonzero((rows["place"] - rows.loc[one, "place"]).abs() == 1)[0]
    )
    if column == "days":
        other.loc[one, "days"] = max(int(other.loc[one, "days"]) + int(rng.integers(5, 10)), 1)
    else:
        other.loc[[one, two], column] = other.loc[[two, one], column].to_numpy()
    return other


def said(answer) -> tuple[object, ...]:
    return (
        answer.title,
        answer.table.to_csv(),
        answer.findings,
        answer.notes,
        tuple(each.alt for each in answer.charts()),
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_equal_released_figures_give_equal_answers(name):
    rng = np.random.default_rng(3)
    rows = people(1)
    first = ANSWERS[name](rows)
    pairs = 0
    for _ in range(7):
        answer = ANSWERS[name](changed(rows, rng, COUNTED.get(name, ["days", "sex", "ethnicity"])))
        one, two = first.released, answer.released
        same = one.cells == two.cells and np.array_equal(one.shown, two.shown, equal_nan=True)
        if same and np.array_equal(one.marks, two.marks) and one.facts == two.facts:
            pairs += 1
            assert said(answer) == said(first)
    assert pairs > 1, "no pair was made: the test says nothing"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_made_again_from_its_released_figures_alone(name):
    answer = ANSWERS[name](people(2))
    assert said(answer.made_again(answer.released)) == said(answer)
    one = next(cell for cell, mark in zip(answer.released.cells, answer.released.marks, strict=True) if mark == 0)
    assert answer.with_hidden([one]).released.hidden(one)
