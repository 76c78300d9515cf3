"""What must hold of any file, each as a property of what Hypothesis draws: used by the tests, and on many more by `many_files`."""

from __future__ import annotations

import atexit
import csv
import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
from hypothesis import assume
from hypothesis import strategies as st

import equiwait as ew
from equiwait import frames
from equiwait.errors import EquiwaitError
from equiwait.files.read_table import read_table

from .whole_files import (
    HEADERS,
    LETTERS,
    PLAIN_FORMS,
    SHEET_LETTERS,
    TEXT_FORMS,
    WINDOWS_LETTERS,
    in_every_form,
    plainly_read,
    read_workbook,
    rows_of,
    save_workbook,
    written,
)

SNAPSHOT = "2026-10-31"
SECRET = "Zqx7Secret"


@cache
def _folder() -> Path:
    """One folder for all the files of a run, each written over the last."""
    kept = tempfile.TemporaryDirectory(prefix="whole-files-")
    atexit.register(kept.cleanup)
    return Path(kept.name)


def said_of(do: Callable[[], object]) -> str:
    """What the one error says, and that nothing of a library travels with it; empty where there is none."""
    try:
        do()
    except EquiwaitError as error:
        assert error.__cause__ is None
        assert error.__context__ is None
        assert SECRET not in str(error)
        return str(error)
    return ""


def without_white(rows: list[list[str]]) -> list[list[str]]:
    """A cell of nothing but white space is empty: a workbook may lose it on the way (XML 1.0, 2.10)."""
    return [[cell if cell.strip() else "" for cell in row] for row in rows]


def cells_in(frame: pd.DataFrame) -> list[list[str]]:
    return [["" if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy(dtype=object).tolist()]


def text_file_is_right(data: st.DataObject) -> None:
    """A text file is read as the csv module reads it, or refused where that finds rows of another width."""
    form = data.draw(TEXT_FORMS)
    rows = data.draw(rows_of(WINDOWS_LETTERS if form.encoding == "cp1252" else LETTERS))
    content = written(rows, form)
    assume(form.encoding != "cp1252" or content.isascii() or not _is_utf8(content))
    headers, expected = plainly_read(content, form)
    path = _folder() / "list.csv"
    path.write_bytes(content)
    if any(len(row) != len(headers) for row in expected):
        assert "not fit its header" in said_of(lambda: read_table(path))
        return
    frame = read_table(path)
    assert list(frame.columns) == headers
    assert cells_in(frame) == expected


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def workbook_is_right(data: st.DataObject) -> None:
    """A workbook is read as openpyxl reads it, whatever stands above the table, beside it, or hidden."""
    rows = data.draw(rows_of(SHEET_LETTERS))
    titles, decoy, typed = data.draw(st.tuples(st.integers(0, 2), st.booleans(), st.booleans()))
    path = _folder() / "list.xlsx"
    save_workbook(path, rows, titles=titles, decoy=decoy, typed=typed)
    headers, expected = read_workbook(path, titles)
    frame = read_table(path)
    assert list(frame.columns) == headers
    assert without_white(cells_in(frame)) == without_white(expected)


def source_changes_nothing(data: st.DataObject) -> None:
    """One list as CSV, workbook, Parquet, pandas, Arrow and polars: one answer, or one refusal."""
    rows = data.draw(rows_of(SHEET_LETTERS))
    answers = {name: _answer(source) for name, source in in_every_form(_folder(), rows).items()}
    first = answers.pop("list.csv")
    for name, answer in answers.items():
        _same(first, answer, name)


def blocks_and_order_change_nothing(data: st.DataObject) -> None:
    """One list in blocks of any size and rows in any order: each row's answer is the same."""
    rows = data.draw(rows_of(SHEET_LETTERS))
    frame = pd.DataFrame(rows, columns=list(HEADERS)).replace("", None).astype(object)
    whole = _answer(frame)
    order = data.draw(st.permutations(range(len(frame))))
    with _blocks_of(data.draw(st.integers(1, 4))):
        _same(whole, _answer(frame), "in small blocks")
        other = _answer(frame.iloc[list(order)])
    _same(whole, other if isinstance(other, str) else other.sort_index(), "in another order")


class _blocks_of:
    """Blocks of so many rows, for a while."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __enter__(self) -> None:
        self._usual = frames.blocks.__defaults__
        frames.blocks.__defaults__ = (self._rows,)

    def __exit__(self, *_raised: object) -> None:
        frames.blocks.__defaults__ = self._usual


def _answer(source: object) -> pd.DataFrame | str:
    try:
        return ew.flag_missing(ew.read_list(source, snapshot=SNAPSHOT))
    except EquiwaitError as error:
        return error.wrong


def _same(one: pd.DataFrame | str, other: pd.DataFrame | str, what: str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert isinstance(one, str), what
        assert isinstance(other, str), what
        return
    own = [name for name in one.columns if name == "Notes"]  # the user's own column keeps the type it came with
    pd.testing.assert_frame_equal(one.drop(columns=own), other.drop(columns=own), obj=what)
    assert without_white(cells_in(one[own])) == without_white(cells_in(other[own])), what


def damaged_file_is_refused_or_read(data: st.DataObject) -> None:
    """Bytes changed below the header: refused without a cell in the message, or read as the strict csv module reads them."""
    form = data.draw(PLAIN_FORMS)
    rows = [(*row[:-1], row[-1] + SECRET) for row in data.draw(rows_of(LETTERS))]
    whole = written(rows, form)
    start = len(written([], form))
    damaged, drawn = bytearray(whole), data.draw(st.binary(min_size=8, max_size=16))
    for far, odd, gone in zip(drawn[1::3], drawn[2::3], drawn[3::3], strict=False):
        place = start + far * (len(whole) - start) // 255
        damaged[place : place + gone % 3] = _ODD[odd % len(_ODD)]
    content = bytes(damaged[: len(damaged) - drawn[0] // 2])
    path = _folder() / "list.csv"
    path.write_bytes(content)
    if said_of(lambda: read_table(path)):
        return
    frame = read_table(path)
    if _is_utf8(content):
        strict = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=form.separator, strict=True)
        assert cells_in(frame) == [row for row in strict if any(map(str.strip, row))][1:]


_ODD = [b'"', b'""', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xe9", b"\x81", b"x", b";", b"\t", b"|", b"\x0c"]

CHECKS: dict[str, tuple[Callable[[st.DataObject], None], float]] = {
    "text files, against the csv module": (text_file_is_right, 0.55),
    "damaged text files": (damaged_file_is_refused_or_read, 0.40),
    "workbooks, against openpyxl": (workbook_is_right, 0.03),
    "blocks and order of rows": (blocks_and_order_change_nothing, 0.015),
    "sources of one list": (source_changes_nothing, 0.005),
}
"""Each check, and its share of the inputs."""
