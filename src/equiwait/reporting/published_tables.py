"""Tables out of files that are to be released, whoever made them: CSV, workbooks, web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from equiwait.errors import InputError
from equiwait.files.sheets import is_text, is_workbook, read_sheets

__all__ = ["Found", "read_anything"]


@dataclass(frozen=True)
class Found:
    """What a file holds: its tables as rows of text, the first row their headers, and its running text."""

    tables: tuple[list[list[str]], ...]
    text: str


def read_anything(path: Path) -> Found | None:
    """Return what a file holds; None if it is of a kind that cannot be looked into.

    Raises
    ------
    InputError
        If it is damaged.
    """
    if is_text(path) or is_workbook(path):
        sheets = [sheet.cells() for sheet in read_sheets(path)]
        tables = [table for rows in sheets for table in _apart(rows)]
        return Found(tuple(tables), "\n".join(" ".join(row) for rows in sheets for row in rows))
    if path.suffix.lower() in (".html", ".htm", ".svg"):
        page = _Page()
        page.feed(path.read_text("utf-8", errors="replace"))
        return Found(tuple(page.tables), " ".join(page.words))
    if path.suffix.lower() == ".docx":
        return _document(path)
    if path.suffix.lower() in (".json", ".md"):
        return Found((), path.read_text("utf-8", errors="replace"))
    return None


def _document(path: Path) -> Found:
    """The tables and the words of a Word file: of its text, and of the head and foot of its pages."""
    import docx  # heavy: only where there is one

    try:
        document = docx.Document(str(path))
        pages = [part for section in document.sections for part in (section.header, section.footer)]
        tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
        words = [each.text for part in (document, *pages) for each in part.paragraphs]
    except Exception:  # a damaged file fails in many ways, none of them ours; said below, outside this block
        pass
    else:
        return Found(tuple(tables), "\n".join([*words, *(" ".join(row) for table in tables for row in table)]))
    raise InputError(f"{path.name!r} is damaged, or no Word file.", todo="Save it again in Word, or give another file.")


def _apart(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """Blocks of rows with two cells or more; a row with one cell is a title or a note."""
    block: list[list[str]] = []
    for row in rows:
        if sum(bool(cell.strip()) for cell in row) > 1:
            block.append([cell.strip() for cell in row])
        elif block:
            yield block
            block = []
    if block:
        yield block


class _Page(HTMLParser):
    """The tables and the words of a web page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self._unseen += 1
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        words = re.sub(r"\s+", " ", data).strip()
        if words:
            self.words.append(words)
            if self.tables and self.tables[-1] and self.tables[-1][-1]:
                self.tables[-1][-1][-1] = f"{self.tables[-1][-1][-1]} {words}".strip()
