"""Which column of a postcode file is which: years move in the headers with every edition, so they match by pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from equiwait.errors import PlacesError, did_you_mean, headers_said, listed
from equiwait.fields import plain

__all__ = ["AREA_COLUMNS", "CONCEPTS", "columns_of", "is_postcode_file"]

AREA_COLUMNS = ("area_2021", "area_2011", "area")
"""Columns that can hold a small area: of the geography of 2021, of 2011 (Northern Ireland: 2001), or of either."""

# In each list the first pattern that finds a header wins; among headers of one pattern, the one with the latest year.
CONCEPTS: Mapping[str, tuple[str, ...]] = {
    "postcode": (r"pcds", r"postcode|postcodes", r"pcd8|pcd2", r"pcd7|pcd", r"postcode[0-9]|unitpostcode"),
    "area_2011": (r"lsoa(20)?11(cd|code)?", r"(dz|datazone)(20)?11(cd|code)?", r"soa(20)?01(cd|code)?"),
    "area_2021": (r"lsoa(20)?21(cd|code)?", r"(dz|datazone)(20)?2[12](cd|code)?"),
    "area": (r"areacode|area", r"lsoa(cd|code)?", r"(datazone|dz|soa|smallarea|sa)(cd|code)?"),
    "ended": (r"doterm", r"dateofterm\w*|termination\w*|terminated|enddate|dateended"),
    "begun": (r"dointr", r"dateofintr\w*|introduced|startdate"),
    "in_use": (r"inuse",),
    "split": (r"split(ind|indicator)?|splitpostcode",),
    "lad": (r"oslaua|laua|lad\d\dcd|ladcd|lad|ltla\d\dcode|lgd\d\dcode",),
    "sub_icb": (r"sicbl(\d\dcd)?|subicb(code)?", r"ccg"),
    "icb": (r"icb(\d\dcd)?|icbcode", r"stp"),
    "country": (r"ctry(\d\dcd)?|country|nation",),
    "rural_urban": (r"ruc\d\dind|ru\d\dind|ruc|ruralurban",),
    "grid": (r"gridind|osgrdind",),
    "latitude": (r"lat|latitude",),
    "longitude": (r"long|longitude|lon|lng",),
}


def columns_of(headers: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the header of each concept that a file has.

    Parameters
    ----------
    headers : sequence of str
        As they stand in the file.
    given : mapping, optional
        Headers said by the user, by concept: ``{"postcode": "PC", "area": "LSOA of home"}``.

    Raises
    ------
    PlacesError
        If there is no column of postcodes or none of areas, or a header that was said is not there.

    Examples
    --------
    >>> columns_of(["pcd7", "pcds", "lad24cd", "lad25cd", "lsoa21cd"])
    {'postcode': 'pcds', 'area_2021': 'lsoa21cd', 'lad': 'lad25cd'}
    """
    said = dict(given or {})
    _refuse_unknown(said, headers)
    found = {concept: _best(patterns, headers) for concept, patterns in CONCEPTS.items()}
    columns = {concept: header for concept, header in {**found, **said}.items() if header}
    lacking = [
        *([] if "postcode" in columns else ["postcodes (pcds, postcode)"]),
        *([] if any(name in columns for name in AREA_COLUMNS) else ["areas (lsoa21cd, lsoa11cd, area_code)"]),
    ]
    if lacking:
        raise PlacesError(
            f"The file has no column of {listed(lacking)}.",
            found=_said(headers),
            todo="Say which is which with columns={'postcode': 'your header', 'area': 'your header'}.",
        )
    return columns


def is_postcode_file(headers: Sequence[str]) -> bool:
    """Return whether a file has postcodes and areas, by its headers: a folder as published holds other files too."""
    return _best(CONCEPTS["postcode"], headers) is not None and any(
        _best(CONCEPTS[name], headers) is not None for name in AREA_COLUMNS
    )


def _refuse_unknown(said: Mapping[str, str], headers: Sequence[str]) -> None:
    for concept, header in said.items():
        if concept not in CONCEPTS:
            raise PlacesError(
                f"columns= knows no {concept!r}.{did_you_mean(concept, CONCEPTS)}", todo=f"Use: {listed(CONCEPTS, 20)}."
            )
        if header not in headers:
            near = did_you_mean(header, headers) if _has_headers(headers) else ""
            raise PlacesError(f"There is no column {header!r}.{near}", found=_said(headers))


def _has_headers(headers: Sequence[str]) -> bool:
    """Return whether the first row of a file is one of headers, judged by those that are known."""
    known = sum(_best(patterns, headers) is not None for patterns in CONCEPTS.values())
    return known >= (2 if len(headers) > 3 else 1)


def _said(headers: Sequence[str]) -> str:
    """Headers for a message: said only if some are known, since the first row of a file without headers may be anybody's."""
    if _has_headers(headers):
        return headers_said(headers, 60)
    return f"{len(headers)} columns, and hardly one is known; they are not repeated here, in case the file has no header row."


def _best(patterns: Sequence[str], headers: Sequence[str]) -> str | None:
    for pattern in patterns:
        hits = [header for header in headers if re.fullmatch(pattern, plain(header))]
        if hits:
            return max(hits, key=_year)
    return None


def _year(header: str) -> int:
    return max((int(digits) for digits in re.findall(r"\d\d", header)), default=0)
