"""What stands in a column that equiwait adds is looked at before any library meets it: one message, a kind of thing, no value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import equiwait as ew
from equiwait import derived
from equiwait.derived import days_held, flags_of, looked_at, refuse_odd
from equiwait.errors import InputError
from equiwait.reporting import how_linked, how_ordered
from test_privacy import everything_said
from test_secrets import CIRCLE, PEOPLE, SECRET, Unreadable, a_list

POPULATION = pd.DataFrame({"sex": ["1", "2"], "people": [1000, 1000]})


class Sly(str):
    """Text that answers for itself."""

    def __eq__(self, other: object) -> bool:
        raise ValueError(SECRET)

    __hash__ = str.__hash__


CELLS = {
    "bytes": SECRET.encode(), "an object that raises": Unreadable(), "a list": [SECRET], "a circle": CIRCLE, "a dict": {SECRET: SECRET},
    "a decimal": Decimal("sNaN"), "a frame": pd.DataFrame({SECRET: [SECRET]}), "a tuple": (SECRET,), "text that raises": Sly(SECRET),
    "a length of time": dt.timedelta(3), "a complex number": 1j, "a type": Unreadable,
}  # fmt: skip
ROWS = np.arange(PEOPLE)
WHOLE = {
    "intervals": pd.cut(pd.Series(ROWS), 5),
    "periods": pd.Series(pd.period_range("1900-01", periods=PEOPLE, freq="M")),
    "lengths of time": pd.Series(pd.to_timedelta(ROWS, unit="D")),
    "complex numbers": pd.Series(ROWS + 1j),
    "binary": pd.Series(pd.array([SECRET.encode()] * PEOPLE, dtype=pd.ArrowDtype(pa.binary()))),
    "lists": pd.Series(pd.array([[SECRET]] * PEOPLE, dtype=pd.ArrowDtype(pa.list_(pa.string())))),
    "no type": pd.Series(pd.array([None] * PEOPLE, dtype=pd.ArrowDtype(pa.null()))),
}
COLUMNS = (
    "scope",
    "snapshot_date",
    "days_waiting",
    "rank",
    "missing_ethnicity",
    "policy",
    "points_days_waited",
    "clock_start",
    "sex",
)


def holding(column: str, kind: str) -> pd.DataFrame:
    """The list with one odd cell in a column, or with a column that is odd as a whole."""
    if kind in WHOLE:
        return a_list().assign(**{column: WHOLE[kind].set_axis(a_list().index)})
    cells = a_list()[column].astype(object).to_numpy(object).copy()
    cells[7] = CELLS[kind]
    return a_list().assign(**{column: pd.Series(cells, index=a_list().index, dtype=object)})


def verbs(waiting: pd.DataFrame) -> dict[str, object]:
    policy, clean = ew.Policy.preset("england_default"), a_list()
    places = {name: ew.samples.sample_path(name) for name in ("directory", "index")}
    return {
        "check_list": lambda: ew.check_list(waiting), "completeness": lambda: ew.completeness(waiting, "site"),
        "disparities": lambda: ew.disparities(waiting, "site"), "tail": lambda: ew.tail(waiting),
        "unknowns": lambda: ew.unknowns(waiting, "ethnicity", measure="over_18_weeks"), "movers": lambda: ew.movers(waiting),
        "displacement": lambda: ew.displacement(waiting), "adherence": lambda: ew.adherence(waiting, ["EQP-3"], by="site"),
        "plausibility": lambda: ew.plausibility(waiting), "referral_growth": lambda: ew.referral_growth(waiting, "site"),
        "exits": lambda: ew.exits(waiting, clean), "exits, later": lambda: ew.exits(clean, waiting),
        "persistence": lambda: ew.persistence([clean, waiting]), "stages": lambda: ew.stages(waiting, "site"),
        "count_waits": lambda: ew.count_waits(waiting, "site"), "pile_up": lambda: ew.pile_up(waiting, "site"),
        "how_linked": lambda: how_linked(waiting), "how_ordered": lambda: how_ordered(waiting, policy),
        "score": lambda: ew.score(waiting, policy), "sensitivity": lambda: ew.sensitivity(waiting, policy),
        "places_that_depend": lambda: ew.places_that_depend(waiting, policy), "stitch": lambda: ew.stitch(clean, waiting),
        "explain": lambda: ew.explain(waiting, "EQP-3"),
        "flag_missing": lambda: ew.flag_missing(waiting), "link_deprivation": lambda: ew.link_deprivation(waiting, **places),
        "link_summary": lambda: ew.link_summary(waiting), "reconcile": lambda: ew.reconcile(clean, waiting),
        "representation": lambda: ew.representation(waiting, POPULATION, by="sex"),
        "funnel": lambda: ew.funnel(waiting, "site", measure="over_18_weeks"),
        "add_distance": lambda: ew.add_distance(waiting, to=(-1.9, 52.5), directory=places["directory"]),
        "record_override": lambda: ew.record_override(waiting, "EQP-3", who="x", reason="other", when="2026-11-01", note="x"),
        "outputs": lambda: ew.outputs(ew.check_list(clean), to="nowhere", waiting=waiting),
    }  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_every_verb_refuses_what_cannot_stand_in_a_column_and_says_no_value_of_it(column):
    """A sixth of all pairs of a kind and a verb, another sixth for each column. `score` replaces what an earlier one wrote."""
    anew = ("score", "sensitivity", "places_that_depend") if column in ("rank", "policy", "points_days_waited") else ()
    for at, kind in enumerate((*CELLS, *WHOLE)):
        for verb, do in list(verbs(holding(column, kind)).items())[(at + COLUMNS.index(column)) % 6 :: 6]:
            if verb in anew:
                continue
            with pytest.raises(InputError) as caught:
                do()
            said = everything_said(caught.value)
            assert f"The column {column} does not hold" in said, (kind, verb)
            assert SECRET not in said, (kind, verb)
            assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("days_waiting", [1, 2], ""), ("days_waiting", [1.0, np.nan], ""), ("days_waiting", [None, None], ""),
        ("days_waiting", pd.array([1, None], "Int32"), ""), ("days_waiting", [True, False], "true and false"),
        ("days_waiting", ["1", "2"], "text"), ("days_waiting", [1.0, np.inf], "beyond all measure"),
        ("days_waiting", pd.array([1, 2], pd.ArrowDtype(pa.int64())), ""), ("days_waiting", pd.Categorical([1, 2]), "categories"),
        ("days_waiting", pd.Series([1, "x"], dtype=object), "numbers in cells of objects, text"),
        ("snapshot_date", ["2026-10-31", None], ""), ("snapshot_date", [dt.date(2026, 10, 31), "2026-10-31"], ""),
        ("snapshot_date", pd.to_datetime(["2026-10-31", None]), ""), ("snapshot_date", pd.Categorical(["2026-10-31", None]), ""),
        ("snapshot_date", ["2026-10-31", "May"], "text that is no day"), ("snapshot_date", ["2026-13-31", ""], "text that is no day"),
        ("snapshot_date", [3, 4], "numbers"), ("scope", [1, 2], "numbers"), ("scope", pd.to_datetime(["2026-10-31"] * 2), "dates"),
        ("scope", ["rtt_open", None], ""),
        ("missing_sex", ["blank", "recorded"], ""), ("missing_sex", ["blank", "who knows"], "other words"),
        ("missing_teeth", [3, 4], ""), ("own", [b"x", {}], ""), ("age", [3, None], ""), ("age", ["3", ""], ""),
        ("imd_quintile", pd.arrays.SparseArray([1.0, 2.0]), "sparse"), ("sex", ["1", pd.Interval(1, 2)], "intervals"),
    ],
)  # fmt: skip
def test_what_each_column_may_hold(column, values, found):
    frame = pd.DataFrame({column: pd.Series(values)})
    if not found:
        refuse_odd(frame)
        return
    with pytest.raises(InputError) as caught:
        refuse_odd(frame)
    assert found in caught.value.found


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("harm_review", [True, None], ""), ("harm_review", ["yes", "no"], "text"), ("rank", ["x", "y"], "text"), ("why", [1, 2], "numbers"),
        ("points_of_contact", ["GP", "A&E"], ""), ("points_days_waited", [1, [SECRET]], "lists"),
    ],
)  # fmt: skip
def test_a_rank_is_ours_only_where_the_list_was_scored(column, values, found):
    frame = pd.DataFrame({column: pd.Series(values)})
    refuse_odd(frame)
    if not found:
        refuse_odd(frame, ordered=True)
        return
    for ours in (frame.assign(score_status="scored"), frame):
        with pytest.raises(InputError) as caught:
            refuse_odd(ours, ordered=True if ours is frame else None)
        assert found in caught.value.found


def test_row_work_reads_any_plain_value_of_the_catalogue():
    frame = pd.DataFrame({"decision_to_admit": ["31/31/2026", None], "age": ["x", 3]})
    refuse_odd(frame, raw=True)
    with pytest.raises(InputError):
        refuse_odd(frame)
    with pytest.raises(InputError):
        refuse_odd(frame.assign(age=[b"x", 3]), raw=True)


def test_a_column_of_ones_own_that_begins_like_a_flag_is_none():
    waiting = a_list().assign(missing_since="May")
    assert "missing_since" not in flags_of(waiting)
    assert "since" not in set(ew.completeness(waiting).table["field"])


def test_nobody_waits_where_no_wait_is_known():
    waiting = a_list().assign(days_waiting=np.nan)
    assert ew.completeness(waiting, "sex").table["n"].sum() == 0
    assert "how long they have waited is not known" in ew.explain(waiting, "EQP-3")


def test_days_are_read_however_they_are_held():
    days = pd.Series(["2026-10-31", None, "2026-09-30"])
    expected = np.array(["2026-10-31", "NaT", "2026-09-30"], "datetime64[D]")
    moments = pd.to_datetime(days)
    ways = [
        days,
        days.astype("category"),
        moments,
        moments.dt.tz_localize("UTC"),
        moments.astype(object),
        moments.dt.date,
    ]
    ways.append(moments.astype(pd.ArrowDtype(pa.date32())))
    for held in ways:
        np.testing.assert_array_equal(days_held(held), expected)


@pytest.mark.parametrize("kind", ["Int64", "Float64"])
def test_numbers_are_of_measure_by_what_is_known_of_them(kind):
    """What lies under a mask is nobody's number."""
    beyond = pd.array([5, 700, 2**40], dtype=kind)
    hidden = beyond.copy()
    hidden._mask[2] = True
    refuse_odd(pd.DataFrame({"days_waiting": hidden}))
    with pytest.raises(InputError, match="beyond all measure"):
        refuse_odd(pd.DataFrame({"days_waiting": beyond}))


def test_a_list_is_looked_at_once_for_all_that_is_asked_of_it_meanwhile(monkeypatch) -> None:
    looked: list[str] = []
    waiting = pd.DataFrame({"scope": ["rtt_open"], "days_waiting": [3]})
    monkeypatch.setattr(derived, "_odd", lambda column, kind: looked.append(str(column.name)) or "")
    with looked_at(waiting):
        refuse_odd(waiting)
        refuse_odd(waiting.copy())  # another frame is another list
    refuse_odd(waiting)
    assert looked == ["scope", "days_waiting"] * 3


def test_what_is_odd_is_refused_however_often_it_is_asked_for() -> None:
    odd = pd.DataFrame({"scope": [b"x"]})
    with pytest.raises(InputError), looked_at(odd):
        pass
    with looked_at(pd.DataFrame({"rank": [b"x"]})) as _, pytest.raises(InputError):
        refuse_odd(odd)


def test_a_list_of_no_order_that_was_looked_at_is_no_ordered_list() -> None:
    frame = pd.DataFrame({"rank": [b"x"]})
    with looked_at(frame), pytest.raises(InputError):
        refuse_odd(frame, ordered=True)
