"""The status of a link: what becomes of a row by what its postcode is, where that lies, and whether it has ended.

The rules stand in one table with three named axes; `StatusTable.of` reads it for many rows at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from equiwait.plain_columns import taken_by_byte
from equiwait.rows.places.postcodes import KINDS

__all__ = [
    "ENDS",
    "FOUND",
    "LINKED",
    "LINK_NOTES",
    "LINK_STATUSES",
    "NOTE",
    "OPEN_TO_AREA",
    "STATUS",
    "STATUS_TABLE",
    "Found",
    "StatusTable",
]

LINK_STATUSES = (
    "matched",
    "matched_terminated",
    "repaired",
    "no_fixed_abode",
    "address_unknown",
    "overseas",
    "crown_dependency",
    "forces",
    "not_found",
    "malformed",
    "missing",
    "no_area",
    "outside_index",
)
"""What became of each row, in the order of the ``link_status`` column."""

LINK_NOTES = (
    "",
    "from_area_code",
    "area_code_disagrees",
    "merged_area",
    "no_decile_split_area",
    "no_decile_redrawn_area",
    "no_decile_merged_areas_differ",
    "split_postcode",
)
"""What there is to say of a link beside its status; the first is nothing."""

STATUS = MappingProxyType({name: place for place, name in enumerate(LINK_STATUSES)})
NOTE = MappingProxyType({name: place for place, name in enumerate(LINK_NOTES)})

LINKED = ("matched", "matched_terminated", "repaired", "outside_index")
"""Statuses of rows whose postcode says where they are."""

OPEN_TO_AREA = ("not_found", "malformed", "missing", "no_area")
"""Statuses of rows that the list's own area code may fill: the postcode settles nothing, and is no pseudo-postcode."""


class Found:
    """Where a postcode was found: places among `FOUND`."""

    NOT_HERE, NO_AREA, UNRANKED, RANKED = range(4)


FOUND = ("not in the directory", "in no area", "in an area that no index ranks", "in an area that an index ranks")
ENDS = ("live", "terminated")

_WRITTEN: Mapping[str, tuple[str, str, str, str, str]] = MappingProxyType(
    {
        # kind        not in the directory  in no area  no index ranks it  ranked, live  ranked, terminated
        "postcode": ("not_found", "no_area", "outside_index", "matched", "matched_terminated"),
        "repaired": ("not_found", "no_area", "outside_index", "repaired", "repaired"),
    }
)
"""What becomes of a postcode that can be read. Every other kind is its own status, wherever a directory puts it."""


@dataclass(frozen=True, eq=False)
class StatusTable:
    """A status for every kind of postcode, by where it was found and whether it has ended.

    Parameters
    ----------
    cells : numpy.ndarray of int8
        Places among `LINK_STATUSES`; the axes are ``kind`` (as `KINDS`), ``found`` (as `FOUND`), ``ended`` (as
        `ENDS`).
    """

    cells: np.ndarray

    @classmethod
    def written(cls) -> StatusTable:
        """Return the table as the rules above say it."""
        cells = np.empty((len(KINDS), len(FOUND), len(ENDS)), np.int8)
        for kind, name in enumerate(KINDS):
            if name in _WRITTEN:
                *unranked, live, terminated = (STATUS[status] for status in _WRITTEN[name])
                cells[kind, : Found.RANKED] = np.array(unranked)[:, None]
                cells[kind, Found.RANKED] = live, terminated
            else:
                cells[kind] = STATUS[name]
        return cls(cells)

    def of(self, kind: np.ndarray, found: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Return the status of each row, as places among `LINK_STATUSES`."""
        _, places, ends = self.cells.shape
        where = (kind.astype(np.uint8) * np.uint8(places) + found.astype(np.uint8)) * np.uint8(ends)
        return taken_by_byte(self.cells.ravel(), where + ended.astype(np.uint8))

    def status(self, kind: str, found: str, ended: str) -> str:
        """Return the status in one cell by the names of its axes.

        Examples
        --------
        >>> STATUS_TABLE.status("postcode", "in an area that an index ranks", "terminated")
        'matched_terminated'
        >>> STATUS_TABLE.status("no_fixed_abode", "not in the directory", "live")
        'no_fixed_abode'
        """
        return LINK_STATUSES[self.cells[KINDS.index(kind), FOUND.index(found), ENDS.index(ended)]]


STATUS_TABLE = StatusTable.written()
