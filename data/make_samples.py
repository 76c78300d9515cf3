"""Write the bundled samples again: `python data/make_samples.py`. A test holds the files to what this writes."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pandas as pd
import xlsxwriter

from equiwait.samples import PEOPLE, make_list, town
from equiwait.samples.layouts import TITLES
from equiwait.samples.publication import save_publication

HERE = Path(__file__).resolve().parent
WRITTEN = dt.datetime(2026, 10, 31)  # a fixed day, so that the same list is the same file


def write_samples(folder: Path) -> list[Path]:
    """Write the three lists, the four files about the town and the publication under ``folder``; return their paths."""
    lists, places, published = (folder / name for name in ("sample_lists", "sample_places", "sample_published"))
    for each in (lists, places, published):
        each.mkdir(parents=True, exist_ok=True)
    made = {kind: make_list(kind, people=people) for kind, people in PEOPLE.items()}
    return [
        _csv(made["adult_ptl"], lists / "adult_ptl.csv"),
        _workbook(made["childrens_surgery"], lists / "childrens_surgery.xlsx"),
        _csv(made["wlmds_extract"], lists / "wlmds_extract.csv"),
        _csv(town.directory(), places / "directory.csv"),
        _csv(town.index(), places / "index.csv"),
        _csv(town.index("children"), places / "index_children.csv"),
        _geojson(places / "areas.geojson"),
        save_publication(published / "invented_demographics.xlsx", WRITTEN),
    ]


def _csv(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False, lineterminator="\n")
    return path


def _geojson(path: Path) -> Path:
    path.write_text(json.dumps(town.boundaries(), separators=(",", ":")) + "\n", encoding="utf-8")
    return path


def _workbook(frame: pd.DataFrame, path: Path) -> Path:
    """Write a sheet as a ward keeps it: two lines of title, numbers as numbers, ISO dates as real dates."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": WRITTEN, "title": TITLES[0]})
    sheet = book.add_worksheet("Waiting list")
    for row, title in enumerate(TITLES):
        sheet.write_string(row, 0, title)
    for column, (header, cells) in enumerate(frame.items()):
        sheet.write_string(len(TITLES), column, str(header))
        for row, cell in enumerate(cells, start=len(TITLES) + 1):
            _write_cell(sheet, row, column, cell)
    book.close()
    return path


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: object) -> None:
    if not isinstance(cell, str):
        return  # an empty cell
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        sheet.write_datetime(row, column, dt.datetime.fromisoformat(cell))
    elif re.fullmatch(r"0|[1-9]\d*", cell):
        sheet.write_number(row, column, int(cell))
    else:
        sheet.write_string(row, column, cell)  # also what looks like a formula


if __name__ == "__main__":
    write_samples(HERE)
