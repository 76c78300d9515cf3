"""Whole files for the tests of reading: a table written as a hospital might, and what a plain parser of the docs reads in it.

The parsers here are written from the documentation of the csv module, openpyxl and pandas, and know nothing of equiwait.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

HEADERS = ("Pathway ID", "RTT start", "P code", "Ethnicity", "Sex", "Date of birth", "Learning disability", "Notes")

_MARKS = '",;\t|\n'
LETTERS = "abcXYZ019 .-_/'&()#%é£ÄößŁ中🏥\u200b\u2028\x0c\r" + 3 * _MARKS
WINDOWS_LETTERS = "abcXYZ019 .-_/'&()#%é£Äöß\x0c\r" + 3 * _MARKS
SHEET_LETTERS = "abcXYZ019 .-_/'&()#%é£ÄößŁ中🏥\u200b\u2028" + 2 * _MARKS

_DAYS = [dt.date(2015, 1, 1) + dt.timedelta(days=17 * step) for step in range(240)]
_CODES = (
    ["P1a", "P2", "p3", "P4", "P5", "P6", "D2", "", "Q"],
    ["A", "B", "Z", "99", "", "NK", "White British"],
    ["1", "2", "9", "", "F"],
    [*(day.isoformat() for day in _DAYS[::9]), ""],
    ["Y", "N", "", "true"],
)


class _Choices:
    """Choices made by bytes, one after the other; the first choice always, when they are used up."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def below(self, many: int) -> int:
        return next(self._drawn, 0) % many

    def of(self, options: Sequence[str]) -> str:
        return options[self.below(len(options))]


def _row(choices: _Choices, place: int, letters: str) -> tuple[str, ...]:
    day = _DAYS[choices.below(len(_DAYS))]
    start = (day.isoformat(), f"{day:%d/%m/%Y}", "")[choices.below(11) // 5]
    notes = "".join(choices.of(letters) for _ in range(choices.below(14)))
    return (f"{place:03}", start, *(choices.of(codes) for codes in _CODES), notes)


def rows_of(letters: str) -> st.SearchStrategy[list[tuple[str, ...]]]:
    """Rows of a waiting list, each with an identifier of its own and notes of these letters.

    Bytes are drawn and make the choices: a hundred times as quick as a strategy for each cell, and they shrink.
    """

    def rows(drawn: bytes) -> list[tuple[str, ...]]:
        choices = _Choices(drawn)
        return [_row(choices, place, letters) for place in range(1, 2 + choices.below(8))]

    return st.binary(min_size=40, max_size=200).map(rows)


@dataclass(frozen=True)
class TextForm:
    """How a text file is written."""

    encoding: str
    separator: str
    quoting: int
    end: str
    titles: tuple[str, ...]
    blank_first: bool
    final_end: bool


_ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "utf-32")
_TITLES = ((), ("Waiting list",), ("Waiting list, October; all sites", "Printed | today"))
TEXT_FORMS = st.sampled_from(
    [
        TextForm(*form)
        for form in product(
            _ENCODINGS,
            ",;\t|",
            (csv.QUOTE_MINIMAL, csv.QUOTE_ALL),
            ("\n", "\r\n"),
            _TITLES,
            (False, True),
            (False, True),
        )
    ]
)
PLAIN_FORMS = st.sampled_from(
    [
        TextForm("utf-8", separator, quoting, end, (), False, True)
        for separator, quoting, end in product(",;\t|", (csv.QUOTE_MINIMAL, csv.QUOTE_ALL), ("\n", "\r\n"))
    ]
)


def written(rows: list[tuple[str, ...]], form: TextForm, headers: tuple[str, ...] = HEADERS) -> bytes:
    """The bytes of a table as the csv module writes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=form.separator, quoting=form.quoting, lineterminator=form.end)
    for title in form.titles:
        writer.writerow([title])
    if form.blank_first:
        out.write(form.end)
    writer.writerow(headers)
    writer.writerows(rows)
    text = out.getvalue() if form.final_end else out.getvalue().removesuffix(form.end)
    if form.encoding.endswith("-bom"):
        return ("\ufeff" + text).encode(form.encoding.removesuffix("-bom"))
    return text.encode(form.encoding)


def plainly_read(content: bytes, form: TextForm) -> tuple[list[str], list[list[str]]]:
    """Headers and rows as Python's csv module reads them, told the encoding, the separator and the header row."""
    encoding = {"utf-16-le-bom": "utf-16", "utf-16-be-bom": "utf-16"}.get(form.encoding, form.encoding)
    with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as text:
        rows = [row for row in csv.reader(text, delimiter=form.separator) if row]
    return rows[len(form.titles)], rows[len(form.titles) + 1 :]


def save_workbook(path: Path, rows: list[tuple[str, ...]], *, titles: int, decoy: bool, typed: bool) -> None:
    """Save a table as a sheet of a workbook; ``typed`` writes ISO dates as dates, as a spreadsheet does."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "PTL"
    for place in range(titles):
        sheet.append([f"Title {place}"])
    sheet.append(HEADERS)
    for row in rows:
        sheet.append([_typed(cell) if typed else cell or None for cell in row])
    if decoy:
        workbook.create_sheet("About", 0).append(["What this is"])
        old = workbook.create_sheet("Last month")
        old.sheet_state = "hidden"
        old.append(HEADERS)
        old.append(rows[0])
    workbook.save(path)


def _typed(cell: str) -> object:
    try:
        return dt.date.fromisoformat(cell)
    except ValueError:
        return cell or None


def read_workbook(path: Path, titles: int) -> tuple[list[str], list[list[str]]]:
    """Headers and rows as openpyxl reads them."""
    rows = [list(row) for row in openpyxl.load_workbook(path)["PTL"].iter_rows(values_only=True)][titles:]
    return [str(cell) for cell in rows[0]], [[_said(cell) for cell in row] for row in rows[1:]]


def _said(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def in_every_form(folder: Path, rows: list[tuple[str, ...]]) -> dict[str, object]:
    """One table in every form that `read_list` takes."""
    columns = {header: [row[place] or None for row in rows] for place, header in enumerate(HEADERS)}
    frame = pd.DataFrame(columns, dtype="str")
    table = pa.table({header: pa.array(cells, pa.string()) for header, cells in columns.items()})
    form = TextForm("utf-8", ",", csv.QUOTE_MINIMAL, "\n", (), False, True)
    (folder / "list.csv").write_bytes(written(rows, form))
    save_workbook(folder / "list.xlsx", rows, titles=0, decoy=False, typed=False)
    pq.write_table(table, folder / "list.parquet")
    forms: dict[str, object] = {name: folder / name for name in ("list.csv", "list.xlsx", "list.parquet")}
    return forms | {"pandas": frame, "objects": frame.astype(object), "arrow": table, "polars": pl.from_arrow(table)}
