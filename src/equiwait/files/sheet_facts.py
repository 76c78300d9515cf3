"""What calamine does not tell of a workbook: how far its cells reach, which are in error, and from when its days count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["ERROR_CODES", "MOST_CELLS", "BookFacts", "SheetFacts"]

MOST_CELLS = 40_000_000  # a full sheet of 38 columns; calamine makes room for every cell from the first to the last

ERROR_CODES: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The numbers of cells in error ([MS-XLS] 2.5.10, [MS-XLSB] 2.5.97.2), and what people see."""


@dataclass(frozen=True)
class SheetFacts:
    """How far the cells of a sheet reach, and which are in error.

    Parameters
    ----------
    rows, columns : int
        How many there are from the first to the last with a cell, or a few more.
    errors : mapping
        What people see in the cells in error, by row and column from 0; calamine takes them for empty.
    """

    rows: int = 0
    columns: int = 0
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)


class BookFacts(Protocol):
    """The facts of one workbook."""

    @property
    def counts_from_1904(self) -> bool:
        """Whether bare numbers of days count from 1 January 1904."""

    @property
    def read_at_once(self) -> Sequence[str]:
        """The sheets that calamine reads as soon as it opens the workbook, asked or not."""

    def of_sheet(self, name: str) -> SheetFacts:
        """Return the facts of a sheet."""
