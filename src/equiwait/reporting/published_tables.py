"""Tables out of files that are to be released, whoever made them: CSV, workbooks, web pages, Word, Parquet, JSON."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from equiwait.errors import InputError, attempt
from equiwait.files.sheets import is_text, is_workbook, read_sheets
from equiwait.files.workbooks import open_book
from equiwait.frames import written

__all__ = ["Found", "read_anything"]

_MOST_ROWS = 20_000


@dataclass(frozen=True)
class Found:
    """What a file holds: its tables as rows of text, the first row their headers, and its running text.

    Parameters
    ----------
    tables : tuple
    text : str
        What a reader sees.
    unseen : str
        What travels along unseen: scripts, comments, attributes.
    behind : tuple of str
        What a workbook holds behind its cells: hidden sheets, the rows behind a pivot table, notes on cells.
    """

    tables: tuple[list[list[str]], ...]
    text: str
    unseen: str = ""
    behind: tuple[str, ...] = ()


def read_anything(path: Path) -> Found | None:
    """Return what a file holds; None if it is of a kind that cannot be looked into.

    Raises
    ------
    InputError
        If it is damaged.
    """
    if is_text(path) or is_workbook(path):
        return _sheets(path)
    kind = path.suffix.lower()
    if kind in (".html", ".htm", ".svg"):
        page = _Page()
        page.feed(_words(path))
        return Found(tuple(page.tables), " ".join(page.words), " ".join(page.unseen))
    if kind == ".docx":
        return _document(path)
    if kind == ".parquet":
        return _frame(path)
    if kind in (".json", ".jsonl", ".ndjson"):
        return _json(path)
    return _plain(path) if kind in (".md", ".toml") else None


def _plain(path: Path) -> Found:
    """Text with tables in it: lines with strokes, commas, semicolons or tabs."""
    text = _words(path)
    ruled = re.compile(r"[\s|:+-]*")
    cells = [[cell.strip() for cell in re.split(r"[|,;\t]", line.strip().strip("|"))] for line in text.splitlines()]
    rows = [
        row for row, line in zip(cells, text.splitlines(), strict=True) if not line.strip() or not ruled.fullmatch(line)
    ]
    return Found(tuple(_apart(rows)), text)


def _words(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _read(path: Path, do: Callable[[], Any], what: str) -> Any:
    return attempt(do, lambda name: InputError(f"{path.name!r} is no {what} that can be read ({name})."))


# --- workbooks and text ----------------------------------------------------------------------------------------------

_BEHIND = {
    "xl/pivotCache/": "the rows behind a pivot table",
    "xl/comments": "notes on cells",
    "xl/threadedComments/": "notes on cells",
    "xl/embeddings/": "another file inside it",
    "xl/externalLinks/": "figures of other workbooks",
    "xl/vbaProject": "a program",
    "word/comments": "comments",
    "word/embeddings/": "another file inside it",
    "word/vbaProject": "a program",
}


def _sheets(path: Path) -> Found:
    sheets = [sheet.cells() for sheet in read_sheets(path)]
    tables = [table for rows in sheets for table in _apart(rows)]
    behind: list[str] = []
    if is_workbook(path):
        behind = ["a hidden sheet"] if open_book(path).hidden else []
        behind += _parts_behind(path)
    text = "\n".join(" ".join(row) for rows in sheets for row in rows)
    return Found(tuple(tables), text, behind=tuple(dict.fromkeys(behind)))


def _parts_behind(path: Path) -> list[str]:
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return [says for start, says in _BEHIND.items() if any(name.startswith(start) for name in names)]


# --- Word ------------------------------------------------------------------------------------------------------------


def _document(path: Path) -> Found:
    """The tables and the words of a Word file: of its text, and of the head and foot of its pages."""
    import docx  # heavy: only where there is one

    def opened() -> tuple[list[list[list[str]]], list[str]]:
        document = docx.Document(str(path))
        pages = [part for section in document.sections for part in (section.header, section.footer)]
        tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
        return tables, [each.text for part in (document, *pages) for each in part.paragraphs]

    tables, words = _read(path, opened, "Word file")
    cells = [" ".join(row) for table in tables for row in table]
    return Found(tuple(tables), "\n".join([*words, *cells]), behind=tuple(_parts_behind(path)))


# --- Parquet and JSON ------------------------------------------------------------------------------------------------


def _frame(path: Path) -> Found:
    table = _read(path, lambda: pd.read_parquet(path), "Parquet file")
    rows = [[str(name) for name in table.columns]]
    rows += [
        ["" if pd.isna(cell) is True else written(cell) for cell in row]
        for row in table.head(_MOST_ROWS).to_numpy(object)
    ]
    behind = (f"over {_MOST_ROWS:,} rows, more than a table of groups has",) if len(table) > _MOST_ROWS else ()
    return Found((rows,), "\n".join(" ".join(row) for row in rows), behind=behind)


def _json(path: Path) -> Found:
    text = _words(path)
    lines = path.suffix.lower() != ".json"
    value = _read(
        path, lambda: [json.loads(each) for each in text.splitlines() if each] if lines else json.loads(text), "JSON"
    )
    return Found(tuple(_read(path, lambda: list(_records(value)), "JSON")), text)


def _records(value: Any) -> Iterator[list[list[str]]]:
    """Tables in JSON: a list of objects, or an object whose values are lists of one length."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(each, dict) for each in value):
        names = list(dict.fromkeys(str(name) for each in value for name in each))
        yield [names, *([_cell(each.get(name)) for name in names] for each in value)]
    elif isinstance(value, dict):
        lists = {
            str(name): each for name, each in value.items() if isinstance(each, list) and not any(map(_nested, each))
        }
        if len(lists) > 1 and len({len(each) for each in lists.values()}) == 1:
            yield [list(lists), *(list(map(_cell, row)) for row in zip(*lists.values(), strict=True))]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if _nested(each):
            yield from _records(each)


def _nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _cell(value: Any) -> str:
    return "" if value is None else written(value)


# --- rows into tables ------------------------------------------------------------------------------------------------


def _apart(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """Blocks of rows with two cells or more; a row with one cell is a title or a note, and so is a sentence above the headers."""
    block: list[list[str]] = []
    for row in rows:
        if sum(bool(cell.strip()) for cell in row) > 1 and (block or not _is_sentence(row)):
            block.append([cell.strip() for cell in row])
        elif block:
            yield block
            block = []
    if block:
        yield block


def _is_sentence(row: list[str]) -> bool:
    """Whether a row is a sentence that a comma or a semicolon has cut."""
    return row[-1].strip().endswith(".") or bool(re.search(r"\b(are|is|were|was) \w", " ".join(row)))


# --- web pages -------------------------------------------------------------------------------------------------------

_DRAWN = ("d", "points", "transform", "style", "id", "class", "href", "xlink:href")  # numbers of a drawing


class _Page(HTMLParser):
    """The tables and the words of a web page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.words: list[str] = []
        self.unseen: list[str] = []
        self._inside = 0
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += [
            value for name, value in attrs if value and name not in _DRAWN and not value.startswith("data:")
        ]
        if tag in ("style", "script"):
            self._inside += 1
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
        self._cell = tag in ("td", "th") or (self._cell and tag not in ("tr", "table"))

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in ("style", "script")
        self._cell = self._cell and tag not in ("td", "th", "tr", "table")

    def handle_comment(self, data: str) -> None:
        self.unseen.append(data)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.unseen.append(data)
            return
        words = re.sub(r"\s+", " ", data).strip()
        if words:
            self.words.append(words)
            if self._cell and self.tables and self.tables[-1] and self.tables[-1][-1]:
                self.tables[-1][-1][-1] = f"{self.tables[-1][-1][-1]} {words}".strip()
