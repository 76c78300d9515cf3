"""What reading a list takes: at most twice the memory of the list that it returns."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

ROWS = 1_000_000
ASKED = 2.0 if int(pd.__version__.split(".")[0]) >= 3 else 5.0  # pandas 2 holds like columns twice

# In a process of its own, after a small list has loaded all that is loaded once: the most that was ever held beyond what was
# held before, by the bytes that the list holds; what two columns share is counted once.
MEASURE = """
import sys
import numpy as np, pandas as pd, pyarrow as pa
import equiwait as ew

def held(what):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what))

def parts(column):
    if isinstance(column, pd.Categorical):
        return parts(column.codes)
    if hasattr(column, "_mask"):
        return parts(column._data) | parts(column._mask)
    if getattr(column.dtype, "storage", "") == "pyarrow":
        column = pa.array(column)
        pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        return {buffer.address: buffer.size for piece in pieces for buffer in piece.buffers() if buffer}
    array = np.asarray(column)
    return {array.__array_interface__["data"][0]: array.nbytes}

small, long = sys.argv[1:]
ew.read_list(small, snapshot="2026-10-31")
before = held("VmRSS")
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # the most that is held is counted from here on
waiting = ew.read_list(long, snapshot="2026-10-31")
most = held("VmHWM")
every = {}
for name in waiting.columns:
    every |= parts(waiting[name].array)
print(len(waiting), (most - before) / sum(every.values()))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An invented list in every kind of file, and its first rows."""
    folder, typed = tmp_path_factory.mktemp("memory"), made_up()
    text = pa.table({name: typed[name].cast(pa.string()) for name in typed.column_names})
    for name, kept in (("list", typed.column_names[:-3]), ("own", typed.column_names)):
        for rows, size in ((100, "small"), (ROWS, "long")):
            pq.write_table(typed.select(kept)[:rows], folder / f"{name}.typed.{size}.parquet", row_group_size=250_000)
            pq.write_table(text.select(kept)[:rows], folder / f"{name}.text.{size}.parquet", row_group_size=250_000)
            pacsv.write_csv(text.select(kept)[:rows], folder / f"{name}.text.{size}.csv")
    for name, (table, in_group) in others(typed.select(typed.column_names[:-3])).items():
        for rows, size in ((100, "small"), (ROWS, "long")):
            pq.write_table(table[:rows], folder / f"{name}.{size}.parquet", row_group_size=in_group)
    return folder


def others(typed):
    """Lists as other writers hold them, and of more columns or fewer; with the rows of a row group."""

    def retyped(table, kinds):
        return pa.table(
            {name: table[name].cast(kinds.get(table[name].type, table[name].type)) for name in typed.column_names}
        )

    large = retyped(typed, {pa.string(): pa.large_string()})
    few = [
        name
        for name in typed.column_names
        if name in ("Priority", "Ethnicity", "Sex", "Postcode", "Specialty", "Provider")
    ]
    of_pandas = retyped(large, {pa.date32(): pa.timestamp("ms")})
    coded = of_pandas
    for name in few:
        coded = coded.set_column(coded.column_names.index(name), name, typed[name].dictionary_encode())
    draw, whole, gaps, floats = np.random.default_rng(5), typed, typed, typed
    for number in range(15):
        drawn = draw.integers(0, 10**6, ROWS)
        whole = whole.append_column(f"my number {number}", pa.array(drawn))
        gaps = gaps.append_column(f"my number {number}", pa.array(drawn, mask=drawn % 10 == 0))
        floats = floats.append_column(f"my number {number}", pa.array(drawn / 7))
    return {
        "large": (large, 250_000),
        "of pandas": (large, ROWS),
        "of pandas, moments": (of_pandas, ROWS),
        "of pandas, categories": (coded, ROWS),
        "of polars": (large, 125_000),
        "whole numbers": (whole, 250_000),
        "numbers with gaps": (gaps, 250_000),
        "floats": (floats, 250_000),
        "two columns": (typed.select(["Pathway ID", "Clock start"]), 250_000),
    }


def made_up():
    draw = np.random.default_rng(17)

    def one_of(*codes):
        return pa.array(codes).take(pa.array(draw.integers(0, len(codes), ROWS)))

    def days(last, many):
        return pa.array(np.datetime64(last) - draw.integers(0, many, ROWS).astype("timedelta64[D]"))

    numbers = pa.array(draw.integers(9_000_000_000, 10_000_000_000, ROWS))
    postcodes = [
        f"EQ{district} {sector}{unit}Z" for district in range(1, 40) for sector in range(10) for unit in "ABDEF"
    ]
    return pa.table(
        {
            "Pathway ID": pa.array([f"PW{row:09d}" for row in range(ROWS)]),
            "NHS Number": numbers.cast(pa.string()),
            "Clock start": days("2026-10-31", 900),
            "Priority": one_of("P2", "P3", "P4", "p 4", None),
            "Ethnicity": one_of("A", "B", "Z", "99", None),
            "Sex": one_of("1", "2", "9"),
            "DOB": days("2020-01-01", 7_000),
            "Postcode": one_of(*postcodes),
            "Specialty": one_of("100", "110", "120", "X"),
            "Provider": one_of(*(f"R{trust:02d}" for trust in range(50))),
            "Learning disability": pa.array(draw.random(ROWS) < 0.03),
            "my number": pa.array(draw.random(ROWS)),
            "my words": one_of(*(f"note {note} of the row" for note in range(977))),
            "my flag": pa.array(draw.random(ROWS) < 0.5),
        }
    )


of_linux = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="what is held is asked of Linux, and kept by its C library"
)


@of_linux
@pytest.mark.parametrize("allocator", ["", "system"])
@pytest.mark.parametrize("columns", ["list", "own"])
@pytest.mark.parametrize("kind", ["typed.{}.parquet", "text.{}.parquet", "text.{}.csv"])
def test_reading_takes_at_most_twice_the_memory_of_the_list(folder, kind, columns, allocator):
    assert times(folder, f"{columns}.{kind}", allocator) <= ASKED


@of_linux
@pytest.mark.parametrize(
    "kind",
    [
        "large",
        "of pandas",
        "of pandas, moments",
        "of pandas, categories",
        "of polars",
        "whole numbers",
        "numbers with gaps",
        "floats",
        "two columns",
    ],
)
def test_so_it_does_whoever_wrote_the_file_and_whatever_else_is_in_it(folder, kind):
    assert times(folder, kind + ".{}.parquet") <= ASKED


def times(folder, file, allocator=""):
    """How many times the memory of the list reading it takes, in a process of its own."""
    small, long = (str(folder / file.format(size)) for size in ("small", "long"))
    there = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    named = {"ARROW_DEFAULT_MEMORY_POOL": allocator} if allocator else {}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, small, long], check=True, capture_output=True, text=True, env=there | named
    )
    rows, found = run.stdout.split()
    assert int(rows) == ROWS
    return float(found)
