"""A paper as a Word file: real headings, tables whose headings come again on each page, boxes to write in."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from equiwait.reporting.governance.parts import Blank, Grid, Heading, Paper, Points, Text

__all__ = ["save_word"]

_FIXED_DAY = dt.datetime(2000, 1, 1)  # a Word file must name a day of making; a fixed one keeps its bytes the same
_SMALL = 9
_PAGE, _LONG, _TO_WRITE = (
    17.0,
    60,
    20,
)  # cm of text across a page; characters that a long cell and an empty one are given
_NARROW = 5  # a table with more columns is written smaller


def save_word(paper: Paper, banner: str, path: Path) -> None:
    """Write a paper as a Word file."""
    import docx  # heavy: only when a paper is written

    document = docx.Document()
    _set_up(document, f"{paper.title} (draft)", banner)
    document.add_heading(f"{paper.title} (draft)", level=0)
    for part in paper.parts:
        if isinstance(part, Heading):
            document.add_heading(part.text, level=1)
        elif isinstance(part, Text):
            document.add_paragraph(_plain(part.text))
        elif isinstance(part, Points):
            for sentence in part.sentences:
                document.add_paragraph(_plain(sentence), style="List Bullet")
        elif isinstance(part, Grid):
            _grid(document, part)
        else:
            _blank(document, part)
    held = BytesIO()
    document.save(held)
    _save_the_same_each_time(held, path)


def _plain(text: str) -> str:
    """Text without the control characters that no XML can hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def _set_up(document: Any, title: str, banner: str) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    told = document.core_properties
    told.title, told.author, told.comments, told.language = (
        title,
        "equiwait",
        "A draft: nothing in it is approved.",
        "en-GB",
    )
    told.created = told.modified = _FIXED_DAY
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin = page.bottom_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
        style = document.styles[name]
        style.font.name = "Arial"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:hAnsi"), "Arial")
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Title"].font.size = Pt(20)
    page.header.paragraphs[0].text = " · ".join(filter(None, [banner, title]))
    if banner:
        document.add_paragraph().add_run(banner).bold = True


def _grid(document: Any, grid: Grid) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document.add_paragraph(_plain(grid.caption), style="Caption").paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(grid.headings), style="Table Grid")
    again = OxmlElement("w:tblHeader")
    again.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(again)
    table.autofit = False
    rows = [table.rows[0], *(table.add_row() for _ in grid.rows)]
    widths = _widths([grid.headings, *grid.rows])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for place, (row, cells) in enumerate(zip(rows, [grid.headings, *grid.rows], strict=True)):
        _keep_whole(row)
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(_plain(text))
            run.bold = place == 0
            run.font.size = Pt(_SMALL - (len(cells) > _NARROW))
    document.add_paragraph()


def _keep_whole(row: Any) -> None:
    """Let no page end inside a row."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return how wide each column is, in cm: by its longest cell, but no column takes it all."""
    longest = [_wanted(column) for column in zip(*rows, strict=True)]
    return [_PAGE * each / sum(longest) for each in longest]


def _wanted(column: Sequence[str]) -> int:
    """Return the room that a column wants, in characters; one to be filled in by hand wants some too."""
    if len(column) > 1 and not any(column[1:]):
        return _TO_WRITE
    return 4 + min(max(9, *(len(cell) for cell in column)), _LONG)


def _blank(document: Any, blank: Blank) -> None:
    table = document.add_table(rows=1, cols=1, style="Table Grid")
    _keep_whole(table.rows[0])
    cell = table.rows[0].cells[0]
    words = cell.paragraphs[0]
    words.add_run(f"To be written by: {blank.who}. ").bold = True
    words.add_run(blank.question)
    if blank.verify:
        words.add_run(f" Verify: {blank.verify}.").italic = True
    for _ in range(3):
        cell.add_paragraph()
    document.add_paragraph()


def _save_the_same_each_time(held: BytesIO, path: Path) -> None:
    """Write the parts of the file with a fixed day, since a zip notes when each was packed."""
    with zipfile.ZipFile(held) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), source.read(name), zipfile.ZIP_DEFLATED)
