"""`read_published`: which publication a file is, and its counts."""

from __future__ import annotations

import os

from equiwait.counts.publications.breakdowns import is_demographics
from equiwait.counts.publications.demographics import read_demographics
from equiwait.counts.publications.layouts import read_text, read_workbook
from equiwait.counts.publications.series import read_series
from equiwait.counts.publications.sources import headers_found, not_published, sheets_of
from equiwait.counts.waits import By, Waits
from equiwait.errors import OptionError, listed


def read_published(
    path: str | os.PathLike[str],
    by: By | None = None,
    *,
    organisation: str | None = None,
    level: str | None = None,
    specialty: str | None = None,
    part: str = "incomplete",
    week: object = None,
    month: object = None,
    sheet: str | None = None,
) -> Waits:
    r"""Read NHS England's published waiting times as counts.

    Parameters
    ----------
    path : path
        The monthly RTT full extract (CSV, or the zip that it comes in), a provider or commissioner workbook of RTT
        waiting times, the demographics workbook of the waiting list minimum data set (WLMDS), the RTT overview time
        series, or a series of Wales, Scotland, Northern Ireland or England by board or trust.
    by : str, or sequence of str and tuples, optional
        WLMDS: some of ``age_band``, ``sex``, ``imd_decile``, ``ethnicity``; all of them by default. RTT: ``specialty``
        (the default), ``provider``, ``commissioner``, ``region`` and, in the extract, ``provider_parent`` and
        ``commissioner_parent``. Series: ``provider`` (the default; of England's overview ``nation``), ``specialty``,
        of Wales ``stage``.
    organisation : str, optional
        A code; ``"ENG"``, all of England, by default.
    level : str, optional
        A kind of organisation. With ``organisation``, which of several things that have this code: WLMDS has England as
        ``ALL``, ``NHS ACUTE``, ``INDEPENDENT SECTOR`` and ``OTHER``. Without, each organisation of the kind is a stratum:
        ``REGION``, ``INTEGRATED CARE BOARD`` (``icb``), ``ACUTE TRUST`` (``provider``); RTT as in ``by``.
    specialty : str, optional
        A treatment function, by code or name; ``"all"`` makes each a stratum. In WLMDS of England only.
    part : {"incomplete", "incomplete_with_dta", "admitted", "non_admitted"}
        RTT only. Pathways with a decision to admit are some of the incomplete ones: never add the two.
    week : date, optional
        WLMDS only: England in an earlier week, by age and sex.
    month : str or date, optional
        A file of several months: which, as ``"2026-03"``. Of a series the last, unless it is said; of a monthly table it
        has to be said, since several added up would count people several times.
    sheet : str, optional
        Workbooks of RTT: which of several sheets that hold the part.

    Returns
    -------
    Waits
        Counts in the publication's bands. ``still_waiting`` for incomplete pathways, ``completed`` in the month for the
        others. What bands cannot tell is refused by ``shares`` and ``quantile``.

    Raises
    ------
    InputError
        If the file is none of these, is cut short, or does not agree with itself.
    OptionError
        If it does not hold what is asked; the message lists what there is.
    RefusedError
        If new periods are asked for: nobody in them has waited.

    Notes
    -----
    Hidden counts (``*``, 1 to 7) are missing, never 0. Totals of WLMDS were rounded by themselves and include unknown
    clock starts; they are rows of their own (``published_total``), and shares divide by them. In the RTT tables a total row
    is used only where it stands alone; pathways commissioned outside England (``NONC``) are left out and counted in
    ``about.excluded``, as are rows with a total and no bands (``waits_not_banded``).

    A series without totals (England by trust) gives how many waited over 18 and 52 weeks and no shares; what it does not
    publish is missing. A workbook's independent providers stand on a sheet of their own (``sheet="IS Provider"``).

    A file is read only if it agrees with itself: bands with totals, treatment functions with total rows, published
    shares with the counts beside them, England with its parts, organisations with the file's own total.

    Layouts: full extract from April 2021 (open band over 104 weeks) and before (over 52); workbooks with titles above a
    header in about row 14. The layouts of other years are unverified.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> heads = "provider_code,treatment_function_code,total_incomplete_pathways,total_within_18_weeks,total_52_plus,reporting_month"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "provider.csv"
    ...     _ = path.write_text(f"{heads}\nR1H,C_100,4918,2804,67,2026-03-01\n")
    ...     counts = read_published(path, "provider")
    >>> counts.shares(18)[["group", "n", "over"]]
      group     n  over
    0   R1H  4918  2114
    """
    file, sheets = sheets_of(path)
    if is_demographics(sheets):
        _refuse_options({"sheet": sheet, "month": month, "part": _other_part(part)}, "the WLMDS demographics workbook")
        book = read_demographics(file, sheets)
        return book.waits(by, organisation=organisation, level=level, specialty=specialty, week=week)
    series = read_series(file, sheets)
    if series is not None:
        _refuse_options({"sheet": sheet, "week": week, "part": _other_part(part)}, "a series of waits")
        return series.waits(by, organisation=organisation, level=level, specialty=specialty, month=month)
    of_a_book = bool(sheets[0].name)
    pathways = read_workbook(file, sheets, part, sheet) if of_a_book else read_text(file, sheets[0], part, month)
    if pathways is None:
        raise not_published(file, headers_found(sheets))
    _refuse_options({"week": week}, "a monthly table")
    _refuse_options({"month": month} if of_a_book else {"sheet": sheet}, "a workbook" if of_a_book else "a text file")
    return pathways.waits(by, organisation=organisation, level=level, specialty=specialty)


def _other_part(part: str) -> str | None:
    return None if part == "incomplete" else part


def _refuse_options(given: dict[str, object], what: str) -> None:
    said = [f"{name}=" for name, value in given.items() if value is not None]
    if said:
        raise OptionError(f"{listed(said)} means nothing for {what}.", todo="Leave it out.")
