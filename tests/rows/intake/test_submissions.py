"""The latest submission counts, however its moment is spelt."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import SNAPSHOT, problems, read

import equiwait as ew
from equiwait.engines.passes import HOME
from equiwait.rows.intake.duplicates import _candidates
from equiwait.rows.intake.submissions import order_of_submissions

LATER = [  # older, newer
    ("2026-10-30 09:30:00", "2026-10-30 10:00:00"), ("2026-10-30 9:30", "2026-10-30 10:00"), ("9", "10"), ("SUB9", "SUB10"),
    ("31/10/2026 9:30 AM", "31/10/2026 1:05 PM"), ("31/12/2025 10:00", "01/02/2026 09:00"), ("2026-10-30T10:00:00.12", "2026-10-30T10:00:00.9"),
    ("2026-10-30T12:30:00+02:00", "2026-10-30T11:00:00Z"), ("2026-06-30T10:00:00 BST", "2026-06-30T09:30:00Z"), ("30-OCT-26 11.00.00.000000 PM", "31-OCT-26 01.00.00.000000 AM"),
    ("20261030093000", "20261030100000"), ("2026-W9", "2026-W10"), ("46325.9", "46326.1"), ("batch 2/9", "batch 2/10"), ("12:00 am, no", "12:00 am, no"),
    ("99999999999999999998", "99999999999999999999"), ("2026-10-30 12:10 AM", "2026-10-30 12:05 PM"), ("Oct 30 2026 11:59PM", "Oct 31 2026 12:01AM"),
]  # fmt: skip


@pytest.mark.parametrize(("older", "newer"), LATER)
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_later_moment_counts(older, newer, newest_first):
    cells = [newer, older] if newest_first else [older, newer]
    waiting = read(pathway_id=["a", "a"], submitted_at=cells)
    latest = 0 if newest_first and older != newer else 1
    assert waiting["scope"].tolist()[latest] == "rtt_open"
    assert waiting["scope"].tolist()[1 - latest] == "duplicate"


def test_what_cannot_be_ordered_is_said():
    waiting = read(pathway_id=["a", "a", "b"], submitted_at=["first", "2026-10-30", "never"])
    assert waiting["scope"].tolist() == ["duplicate", "rtt_open", "rtt_open"]
    assert ["submitted_at_invalid" in each for each in problems(waiting)] == [True, False, False], (
        "b has one row: its order decides nothing"
    )


def test_typed_moments_keep_their_fractions():
    moments = pd.to_datetime(["2026-10-30 10:00:00.900", "2026-10-30 10:00:00.120"])
    frames = [
        pd.DataFrame({"pathway_id": ["a", "a"], "clock_start": ["2026-04-01"] * 2, "submitted_at": moments}),
        pl.DataFrame(
            {"pathway_id": ["a", "a"], "clock_start": ["2026-04-01"] * 2, "submitted_at": pl.Series(moments.to_list())}
        ),
        pa.table(
            {
                "pathway_id": ["a", "a"],
                "clock_start": ["2026-04-01"] * 2,
                "submitted_at": pa.array(moments, pa.timestamp("ns")),
            }
        ),
    ]
    for frame in frames:
        assert ew.read_list(frame, snapshot=SNAPSHOT)["scope"].tolist() == ["rtt_open", "duplicate"]


LONDON = ZoneInfo("Europe/London")
WAYS = [
    lambda m: m.strftime("%Y-%m-%d %H:%M:%S"),
    lambda m: m.strftime("%d/%m/%Y %H:%M:%S"),
    lambda m: m.strftime("%d/%m/%Y %I:%M:%S %p"),
    lambda m: m.strftime("%d %b %Y %H:%M:%S"),
    lambda m: m.strftime("%Y%m%dT%H%M%S"),
    lambda m: m.strftime("%Y-%m-%dT%H:%M:%S") + ".000000",
    lambda m: m.replace(tzinfo=LONDON).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda m: m.replace(tzinfo=LONDON).astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).isoformat(),
    lambda m: f"{m.day}/{m.month}/{m.year} {m.hour}:{m.minute:02}:{m.second:02}",
]


@given(
    st.lists(
        st.tuples(st.datetimes(dt.datetime(2021, 1, 1), dt.datetime(2027, 1, 1)), st.integers(0, len(WAYS) - 1)),
        min_size=2,
        max_size=12,
    )
)
def test_any_spelling_of_moments_sorts_in_time_order(drawn):
    moments = [moment.replace(microsecond=0, fold=0) for moment, _ in drawn]
    moments = [
        m for m in moments if m.replace(tzinfo=LONDON).astimezone(dt.UTC).astimezone(LONDON).replace(tzinfo=None) == m
    ]
    cells = [WAYS[way](moment) for moment, (_, way) in zip(moments, drawn, strict=False)]
    ranks, unread = order_of_submissions(pa.array(cells, pa.string()))
    assert not unread.any()
    true = [m.replace(tzinfo=LONDON).timestamp() for m in moments]
    assert [sorted(set(true)).index(each) + 1 for each in true] == ranks.tolist()


def test_looking_for_duplicates_in_a_short_list_takes_no_room_for_a_long_one():
    rows = [{"pathway_id": f"P{n % 40}", "clock_start": "2026-03-02", "snapshot_date": SNAPSHOT} for n in range(50)]
    ew.read_list(pd.DataFrame(rows), snapshot=SNAPSHOT)  # what is loaded at first
    tracemalloc.start()
    try:
        waiting = ew.read_list(pd.DataFrame(rows), snapshot=SNAPSHOT)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (waiting["scope"] == "duplicate").sum() == 10
    assert most < 4e6, "bytes"


@given(st.lists(st.integers(0, 12) | st.integers(65_536, 65_540), max_size=60))
def test_rows_that_share_an_identifier_are_found_and_no_other(homes):
    found = _candidates(pa.table({HOME: pa.array(homes, pa.uint64())}))
    assert found.tolist() == [at for at, home in enumerate(homes) if home and homes.count(home) > 1]
