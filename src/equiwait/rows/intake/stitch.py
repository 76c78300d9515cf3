"""`stitch`: monthly or weekly extracts of one or several trusts become one record for each pathway."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from equiwait.errors import OptionError, choose
from equiwait.files.hidden_folders import beside
from equiwait.rows.intake.columns import SaidOfSeveral
from equiwait.rows.intake.extract_dates import calendar, seen_counts
from equiwait.rows.intake.extracts import in_parts, refuse_empty, sources_of
from equiwait.rows.intake.parts import Parts
from equiwait.rows.intake.renumbering import renumbered, spans_of
from equiwait.rows.intake.same_pathway import followed, kept_once
from equiwait.rows.intake.stitched import GONE_MEANS, Stitched

__all__ = ["MOST_PARTS", "stitch"]

_PART = 1_000_000  # rows that are put together at a time
MOST_PARTS = 512


def stitch(
    *extracts: object,
    gone_means: str = "unknown",
    reading: Mapping[str, Any] | None = None,
    folder: str | PathLike[str] | None = None,
    parts: int | None = None,
) -> Stitched:
    """Put extracts of many days, of one or several trusts, together into one record for each pathway.

    Parameters
    ----------
    *extracts : path, table, or mapping
        Lists from `read_list`, each of one day; files, whose day stands in their name (``ptl_2026-10-31.csv``) or that
        `read_list` made; or ``{"2026-10-31": file}``. In any order, in as many pieces as they come; one that is given
        twice changes nothing.
    gone_means : {"unknown", "treated"}
        What it means that a pathway is on a list and not on the next: nobody knows, unless your extracts hold no ended
        waits and you know that people leave them by being treated.
    reading : mapping, optional
        Options of `read_list` for files, such as ``{"columns": {...}}``; headers that changed in the year are named side by
        side, and each file need not have them all.
    folder : path, optional
        Where the parts are kept; by default a temporary folder, if there are several.
    parts : int, optional
        In how many parts the pathways are put together, one at a time: more parts need less memory and give the same
        answer. By default one for each million rows of files.

    Returns
    -------
    Stitched
        ``pathways``: one row each, as last seen, with ``first_listed``, ``last_listed``, ``seen_from``, ``times_listed``,
        ``became``, ``start_corrections``, ``back_dated``. ``extracts``: each provider's days, whole, incomplete or
        missing.

    Raises
    ------
    OptionError
        If there is nothing to put together, a file's day is not known, or an option is not understood.
    InputError, ColumnsError
        If an extract cannot be read, or has no pathway numbers.

    Notes
    -----
    A pathway is found again by issuer, number, referral and provider. Another clock start on the same number is a correction if it
    takes the place of a wait that was still open and lies before the day on which that was last seen; else it is another
    wait. A number that different people share (by birth date or sex) is not followed. Several rows of one pathway and
    day: the latest submission counts; where nothing says which is the latest, the choice depends on what is in the rows and not on
    the order of the files.

    A day looks incomplete where a provider sent fewer than three quarters of the open pathways that it sent on the days
    around it, or where more than a tenth of the pathways seen before and after are not there. Nobody counts as gone
    because of such a day.

    Where numbers changed between two days, or a provider's code, the same people are gone and come again as others. That is said
    where more than a twentieth of a list are gone without an end, and as many have come with a start before it.

    Examples
    --------
    >>> import pandas as pd
    >>> from equiwait.rows.intake import read_list
    >>> may = pd.DataFrame({"pathway_id": ["a", "b"], "clock_start": ["2026-04-01", "2026-05-05"]})
    >>> june = pd.DataFrame({"pathway_id": ["b", "c"], "clock_start": ["2026-05-04", "2026-06-09"]})
    >>> year = stitch(read_list(june, snapshot="2026-06-30"), read_list(may, snapshot="2026-05-31"))
    >>> year.pathways[["pathway_id", "clock_start", "became", "start_corrections"]]
      pathway_id clock_start                became  start_corrections
    0          a  2026-04-01  gone without an end                  0
    1          b  2026-05-04         still waiting                  1
    2          c  2026-06-09         still waiting                  0
    """
    choose("gone_means", gone_means, GONE_MEANS)
    said = SaidOfSeveral(_checked(reading).get("columns") or {})
    sources = sources_of(extracts, {**(reading or {}), "columns": said})
    if not sources:
        raise OptionError(
            "stitch was given no extract.", todo='Give lists or files: stitch("ptl_2026-10-31.csv", ...).'
        )
    count = _parts(parts, sum(each.rows for each in sources))
    rows = Parts(count, Path(folder) if folder is not None else None)
    if count > 1 and rows.folder is None:
        ending = ExitStack()
        rows.folder = ending.enter_context(beside(Path(tempfile.gettempdir()) / "stitched"))
        weakref.finalize(rows, ending.close)  # rows of people: not left behind
    in_parts(sources, rows)
    said.refuse()
    counted, spans = [], []
    for part in range(count):
        together = followed(kept_once(rows.load(part)))
        counted.append(seen_counts(together))
        spans.append(spans_of(together))
        rows.replace(part, together)
    refuse_empty(sum(map(len, counted)))
    year = Stitched(rows, calendar(counted), gone_means)
    return replace(year, doubtful=renumbered(spans, year.whole_days))


def _checked(reading: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return options of reading that `read_list` takes, beside the day that the extract itself says."""
    known = ("columns", "profile", "blank_means", "codes", "date_order", "sheet")
    if not isinstance(reading or {}, Mapping):
        raise OptionError(
            "reading= is not a mapping.", todo='Write reading={"columns": {"Their header": "clock_start"}}.'
        )
    for name in reading or {}:
        choose("an option in reading", name, known)
    if not isinstance((reading or {}).get("columns") or {}, Mapping):
        raise OptionError(
            "The columns in reading= are no mapping.", todo='Write {"columns": {"Their header": "clock_start"}}.'
        )
    return reading or {}


def _parts(given: int | None, rows: int) -> int:
    if given is None:
        return min(-(-rows // _PART), MOST_PARTS) or 1
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST_PARTS:
        raise OptionError(f"parts={given!r} is not a number of parts.", todo=f"Give 1 to {MOST_PARTS}.")
    return given
