"""Lists written by Arrow have, cell for cell, what pandas writes of them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import equiwait as ew
from equiwait.files import csv_out
from equiwait.files.csv_out import write_csv, write_list
from equiwait.frames import to_arrow
from equiwait.reporting.cell_text import formula_safe


def same_as_by_pandas(frame, tmp_path, order=None, expected=None):
    rows = frame if order is None else frame.iloc[order]
    formula_safe(rows if expected is None else expected).to_csv(
        tmp_path / "pandas.csv", index=False, float_format="%.10g", date_format="%Y-%m-%d"
    )
    write_list(frame, tmp_path / "ours.csv", order)
    floats = [at for at, kind in enumerate(frame.dtypes) if pd.api.types.is_float_dtype(kind)]
    ours = cells(tmp_path / "ours.csv", floats)
    assert ours == cells(tmp_path / "pandas.csv", floats)
    assert len(ours) == 1 + len(rows)


def cells(path, floats):
    """The cells of a file; floats as numbers, since one writes 1e-05 and the other 0.00001."""
    head, *rows = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    for row in rows:
        for at in floats:
            row[at] = row[at] and float(row[at])
    return [head, *rows]


def test_a_scored_list_is_written_as_pandas_writes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_out, "_LINES", 500)
    waiting = ew.read_list(ew.load_sample("adult_ptl"), snapshot="2026-10-31")
    ordered = ew.score(waiting, ew.Policy.preset("england_default"))
    same_as_by_pandas(ordered, tmp_path)


def test_odd_cells_are_written_as_pandas_writes_them(tmp_path):
    frame = pd.DataFrame(
        {
            "=words, and": pd.Series(["=1", 'a "b", c', "line\nend", None, "", "é ☃"], dtype="str"),
            "float": [1.0, np.nan, 1 / 3, 1e20, -0.0, 123456789.123456],
            "nullable": pd.array([1.0, None, 1 / 3, 2.5, 0.1, 7], dtype="Float64"),
            "whole": pd.array([1, None, -3, 4, 5, 6], dtype="Int16"),
            "int": range(6),
            "flag": pd.array([True, None, False, True, True, False], dtype="boolean"),
            "plain": [True, False] * 3,
            "day": pd.to_datetime(["2026-10-31", None, "1999-01-01", "2026-10-31", "2026-10-31", "2026-10-31"]).astype(
                "datetime64[s]"
            ),
            "code": pd.Categorical(["+x", None, "b,c", "+x", "d", "d"]),
        }
    )
    same_as_by_pandas(frame, tmp_path)
    same_as_by_pandas(frame.head(0), tmp_path)


@pytest.mark.parametrize("lines", [7, 64, 1000])
def test_cells_that_repeat_themselves_side_by_side_are_written_as_pandas_writes_them(tmp_path, monkeypatch, lines):
    monkeypatch.setattr(csv_out, "_LINES", lines)
    draw = np.random.default_rng(7)
    kinds = {
        "code": lambda n: pd.Categorical.from_codes(n % 3 - 1, ["=a", 'b "c", d']),
        "text": lambda n: pd.Series([None, "-", "two  words", "\N{SNOWMAN}"], dtype="str").take(n % 4).array,
        "whole": lambda n: pd.array(np.where(n % 5, n % 7 - 3, None), dtype="Int16"),
        "float": lambda n: np.where(n % 4, n / 3, np.nan),
        "flag": lambda n: pd.array(np.where(n % 3, n % 2 == 0, None), dtype="boolean"),
        "day": lambda n: np.where(n % 3, n, np.iinfo(np.int64).min).astype("datetime64[D]").astype("datetime64[s]"),
        "own": lambda n: pd.Series(np.arange(len(n)).astype(str), dtype="str"),
    }
    wide = {
        f"{name} {many}": make(draw.integers(0, many, 300)) for many in (1, 4, 40, 4000) for name, make in kinds.items()
    }
    frame = pd.DataFrame({name: wide[name] for name in draw.permutation(list(wide))})
    same_as_by_pandas(frame, tmp_path)


def test_rows_are_written_in_the_order_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_out, "_LINES", 500)
    waiting = ew.read_list(ew.load_sample("adult_ptl"), snapshot="2026-10-31")
    ordered = ew.score(waiting, ew.Policy.preset("england_default"))
    order = np.random.default_rng(5).permutation(len(ordered))[:1300]
    same_as_by_pandas(ordered, tmp_path, order)


def _as_days(moments):
    days = moments.to_numpy().astype("datetime64[D]")  # pandas 2 leaves the noughts of the year 1 out
    return pd.Series(np.where(np.isnat(days), None, np.datetime_as_string(days)), dtype=object)


def test_numbers_and_days_at_their_ends_are_written_as_pandas_writes_them(tmp_path):
    days = np.array(["1969-12-30T23", "1970-01-01", "NaT", "0001-01-01", "9999-12-31T01", "1969-12-31"], "M8[s]")
    frame = pd.DataFrame(
        {
            "all of it": np.array([2**63 - 1, -(2**63), 0, 0, 1, 1]),
            "none below nought": np.array([2**64 - 1, 0, 2**64 - 2, 1, 1, 1], np.uint64),
            "near the end": np.array([127, -128, 0, 127, 126, -127], np.int8),
            "narrow": pd.array([2**62, 2**62 + 1, None, 2**62, 2**62, 2**62], dtype="Int64"),
            "under a mask": pd.arrays.IntegerArray(
                np.array([7, 2**31 - 1, 7, 8, 8, 7], np.int32), np.eye(6, dtype=bool)[1]
            ),
            "nothing": pd.array([None] * 6, dtype="Int32"),
            "no day": pd.Series([None] * 6, dtype="datetime64[s]"),
            "day": days,
            "few days": np.tile(days[:3], 2),
            "no names": pd.Categorical([None] * 6, categories=[]),
            "numbered": pd.Categorical([3, 1, None, 3, 1, 1]),
        }
    )
    expected = frame.assign(**{name: _as_days(frame[name]) for name in ("day", "few days")})
    same_as_by_pandas(frame, tmp_path, expected=expected)


def test_text_as_views_is_written_as_text(tmp_path):
    views = pa.array(["=1", None, "b"], pa.string_view())
    write_list(pd.DataFrame({"own": pd.Series(views, dtype=pd.ArrowDtype(views.type))}), tmp_path / "a.csv")
    assert cells(tmp_path / "a.csv", []) == [["own"], ["'=1"], [], ["b"]]


def test_a_code_for_what_is_missing_leaves_its_line_whole(tmp_path):
    coded = pa.DictionaryArray.from_arrays([0, 1, None], pa.array(["a", None]))
    write_csv(pa.table({"code": coded, "n": [1, 2, 3]}), tmp_path / "a.csv")
    assert cells(tmp_path / "a.csv", []) == [["code", "n"], ["a", "1"], ["", "2"], ["", "3"]]


NASTY = [
    "=1", "+1", "-1+1", "@x", " =x", "\t=1", "\u3000=x", "\ufeff=x", "\uff1dx", "\r", "\n", "\t", "-3.5", "-3.5\n", "-", "'q", "'=1",
    'a "b", c', '"', '""', ",", "a,b", "line\nend", "a\rb", "a\r\nb", "", None, " ", "é ☃", "<r>rich</r>", "NaN", "0012", "1e5", "\\", "a;b|c",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["str", "category"])
def test_a_stream_and_the_ordered_list_write_the_same_cells(tmp_path, kind):
    many = len(NASTY)
    at = np.arange(many)
    frame = pd.DataFrame(
        {
            '=words, "and"\nmore': pd.Series(NASTY, dtype="str").astype(kind),
            "whole": pd.array(np.where(at % 4, at - 9, None), dtype="Int32"),
            "flag": pd.array(np.where(at % 3, at % 2 == 0, None), dtype="boolean"),
            "day": pd.Series(np.where(at % 5, at * 777 - 9999, np.iinfo(np.int64).min).astype("datetime64[D]")),
            "float": np.where(at % 4, at / 3 * 10.0 ** (at - 9.0), np.nan),
        }
    )
    table = pa.table({name: to_arrow(frame[name]) for name in frame})
    table = table.set_column(3, "day", table["day"].cast(pa.timestamp("s")).cast(pa.date32()))  # as a list has them
    write_csv(table, tmp_path / "stream.csv")
    write_list(frame, tmp_path / "list.csv")
    stream = cells(tmp_path / "stream.csv", [4])
    for row in stream[1:]:
        row[4] = row[4] and float(f"{row[4]:.10g}")  # people get ten digits, programs all
    assert cells(tmp_path / "list.csv", [4]) == stream
    assert len(stream) == 1 + many


def test_days_among_categories_and_periods_have_no_time(tmp_path):
    days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", None]))
    zoned = pd.Series(pd.to_datetime(["2020-01-01 00:00", "2020-07-01 00:30", None])).dt.tz_localize("Europe/London")
    frame = {"code": days.astype("category"), "month": days.dt.to_period("M"), "seen": zoned.astype("category")}
    write_list(pd.DataFrame(frame), tmp_path / "a.csv")
    first, second, third = cells(tmp_path / "a.csv", [])[1:]
    assert first == ["2020-01-01", "2020-01-01", "2020-01-01"]
    assert second == ["2020-01-02", "2020-01-01", "2020-07-01"]
    assert third == ["", "", ""]
