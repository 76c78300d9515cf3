"""`read_population`: who lives where, by age and sex, from a file as it is published."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from equiwait.errors import ColumnsError, InputError, headers_said, listed
from equiwait.fields import FIELDS, field_of, plain
from equiwait.files.read_table import read_table
from equiwait.frames import distinct, to_arrow

__all__ = ["OPEN_END", "read_population"]

OPEN_END = 199
"""The last year of an age band that has no end, such as 90+."""

_AGE = re.compile(
    r"(?:(m|f|males?|females?|men|women)[\s_]*)?(?:aged?[\s_]*)?(\d{1,3})"
    r"(?:\s*(?:-|–|_|to)\s*(\d{1,3})|(\s*\+|[\s_]*plus|\s*(?:and|or)[\s_]over))?(?:\s*years?)?",
    re.IGNORECASE,
)
_AREA = re.compile(r"(lsoa|datazone|dz|soa|msoa|oa|area|geography|gss|ward|lad|ltla|utla)\d*(code|cd)")
_AREAS_FIRST = (
    "lsoa",
    "datazone",
    "dz",
    "soa",
    "msoa",
    "oa",
    "area",
    "geography",
    "gss",
    "ward",
    "lad",
    "ltla",
    "utla",
)
_AGE_HEADERS = ("age", "ageyears", "singleyearofage", "ageband", "agegroup", "agerange", "agecode")
_PEOPLE_HEADERS = (
    "people", "persons", "n", "count", "obsvalue", "observation", "population", "value", "number", "residents",
    "totalpopulation", "totalresidents",
)  # fmt: skip
_TOTAL = re.compile(r"(total.*|allages|allpersons|prop|proportion|percent.*)")
_EVERY_SEX = ("persons", "all", "total", "both", "bothsexes", "allpersons", "t", "p")


def read_population(
    source: object, *, columns: Mapping[str, str] | None = None, sheet: str | None = None
) -> pd.DataFrame:
    """Read how many people live in each area, by age and sex where the file says.

    Parameters
    ----------
    source : path or table
        A CSV (also ``.csv.gz``), Excel or Parquet file, or a frame. Wide, with a column for each age (``0`` to ``90+``, or
        ``F0 … M90``), or long, with one row for each area, age and sex.
    columns : mapping, optional
        Your headers to ``area_code``, ``age``, ``sex``, ``people``, where they are not known by themselves.
    sheet : str, optional
        Which sheet of a workbook.

    Returns
    -------
    pandas.DataFrame
        Long: ``people``; ``area_code`` if the file has areas; ``age`` and ``age_to`` (first and last year, 199 = no end)
        if it has ages; ``sex`` (1 or 2) if it has sexes; other columns as they are, but totals and percentages. Give it
        to ``link_deprivation(population, index=...)`` for deprivation by area.

    Raises
    ------
    ColumnsError
        If no column can be the number of people.
    InputError
        If cells of ages, sexes or people cannot be read; the message counts them.

    Notes
    -----
    Rows for both sexes together are left out where each sex has its own. Nothing is estimated or filled in.

    Examples
    --------
    >>> raw = pd.DataFrame({"lsoa11_code": ["E01000001"], "total_population": [35], "0": [10], "1": [12], "90+": [13]})
    >>> read_population(raw)
       area_code  age  age_to  people
    0  E01000001    0       0    10.0
    1  E01000001    1       1    12.0
    2  E01000001   90     199    13.0
    """
    raw = read_table(source, sheet)
    named = _named(raw, columns or {})
    raw = raw.rename(columns=named)
    ages = {name: band for name in raw.columns if name not in named.values() and (band := _band_of_header(str(name)))}
    table = _from_wide(raw, ages) if len(ages) > 1 else _from_long(raw)
    first = [name for name in ("area_code", "sex", "age", "age_to", "people") if name in table.columns]
    return table[[*first, *(name for name in table.columns if name not in first)]]


# --- headers ---------------------------------------------------------------------------------------------------------


def _named(raw: pd.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    """Which headers mean which of our columns: as said, else the first that is known."""
    headers = [str(header) for header in raw.columns]
    wrong = [header for header in given if header not in headers]
    if wrong:
        raise ColumnsError(f"columns= names headers that are not there: {listed(wrong)}.", headers_said(headers))
    named = dict(given)
    for name, header in (
        ("area_code", _area_header(headers)),
        ("sex", _first(headers, "sex")),
        ("age", _first(headers, "age")),
    ):
        if header and name not in named.values() and header not in named:
            named[header] = name
    if "people" not in named.values():
        people = next((header for word in _PEOPLE_HEADERS for header in headers if plain(header) == word), None)
        named |= {people: "people"} if people and people not in named else {}
    return named


def _area_header(headers: Sequence[str]) -> str | None:
    """The smallest area that has a code."""
    found = {match[1]: header for header in reversed(headers) if (match := _AREA.fullmatch(plain(header)))}
    known = next((header for header in headers if field_of(header) == "area_code"), None)
    return next((found[kind] for kind in _AREAS_FIRST if kind in found), known)


def _first(headers: Sequence[str], name: str) -> str | None:
    if name == "age":
        return next((header for header in headers if plain(header) in _AGE_HEADERS), None)
    return next((header for header in headers if field_of(header) == name), None)


def _band_of_header(header: str) -> tuple[str | None, int, int] | None:
    """Sex (or None), first and last year of a header that is an age."""
    found = _AGE.fullmatch(header.strip())
    if not found:
        return None
    sex = {"m": "1", "f": "2", "w": "2"}.get((found[1] or "")[:1].lower())
    first = int(found[2])
    return sex, first, OPEN_END if found[4] else int(found[3] or first)


# --- tables ----------------------------------------------------------------------------------------------------------


def _from_wide(raw: pd.DataFrame, ages: Mapping[str, tuple[str | None, int, int]]) -> pd.DataFrame:
    """One row for each area and age (and sex), in the order of the file."""
    bands = list(ages.values())
    people = np.column_stack([_numbers(raw[name]) for name in ages])
    row, band = np.divmod(np.arange(people.size), len(bands))
    table = pd.DataFrame({"age": np.array([b[1] for b in bands], np.int16)[band], "people": people.ravel()})
    table["age_to"] = _closed([b[2] for b in bands], [b[1] for b in bands])[band]
    if all(sex is not None for sex, _, _ in bands):
        table["sex"] = pd.Categorical(np.array([b[0] for b in bands], object)[band], list(FIELDS["sex"].categories))
    for name in raw.columns:
        if name not in ages and name != "people" and not _TOTAL.fullmatch(plain(name)):
            table[name] = raw[name].astype("category").array.take(row)
    return _refuse_mixed(table, bands)


def _closed(last: Sequence[int], first: Sequence[int]) -> np.ndarray:
    """Last years; a column for the oldest age alone (as F90) stands for everybody of that age and over."""
    years = np.array(last, np.int16)
    oldest = max(first)
    return np.where((np.array(first) == oldest) & (oldest >= 85) & (years == oldest), OPEN_END, years).astype(np.int16)


def _refuse_mixed(table: pd.DataFrame, bands: Sequence[tuple[str | None, int, int]]) -> pd.DataFrame:
    """Ages for everybody beside ages by sex, or bands that overlap, would count people twice."""
    for sex in {band[0] for band in bands}:
        years = sorted((first, last) for kind, first, last in bands if kind == sex)
        if any(later[0] <= earlier[1] for earlier, later in pairwise(years)):
            raise InputError(
                "Some ages stand in the population file twice.", todo="Keep single years or bands, not both."
            )
    if len({band[0] is None for band in bands}) > 1:
        raise InputError(
            "The population file has ages for everybody beside ages by sex.",
            todo="Keep one of them, so that nobody counts twice.",
        )
    return table


def _from_long(raw: pd.DataFrame) -> pd.DataFrame:
    if "people" not in raw.columns:
        raise ColumnsError(
            "No column is known as the number of people.",
            headers_said(raw.columns),
            "Say which it is with columns={'Your header': 'people'}.",
        )
    kept = [name for name in raw.columns if name == "people" or not _TOTAL.fullmatch(plain(name))]
    table = raw[kept].assign(people=_numbers(raw["people"])).reset_index(drop=True)
    if "age" in table.columns:
        years = _read_each(
            table["age"], "ages", lambda cell: band[1:] if (band := _band_of_header(_spelt(cell))) else None
        )
        first, last = np.array([y[0] for y in years], np.int16), np.array([y[1] for y in years], np.int16)
        table = table.assign(age=first, age_to=last)
    return _by_sex(table) if "sex" in table.columns else table


def _spelt(cell: str) -> str:
    """Census words as an age: 'Aged 4 years and under' from nought, 'Aged 85 years and over' without an end."""
    words = re.sub(r"\s+", " ", cell.strip().lower().replace("years", "").replace("year", ""))
    under = re.fullmatch(r"(?:aged )?(\d+) (?:and|or) under", words.strip())
    return f"0-{under[1]}" if under else "0" if words.strip() in ("under 1", "aged under 1") else words.strip()


def _by_sex(table: pd.DataFrame) -> pd.DataFrame:
    def read(cell: str) -> str | None:
        code = FIELDS["sex"].read(cell)
        return code if code in ("1", "2") else "both" if plain(cell) in _EVERY_SEX else None

    codes = np.array(_read_each(table["sex"], "sexes", read), object)
    apart = codes != "both"
    if not apart.any():
        return table.drop(columns="sex")
    kept: pd.DataFrame = table[apart].reset_index(drop=True)
    return kept.assign(sex=pd.Categorical(codes[apart], list(FIELDS["sex"].categories)))


def _read_each(column: pd.Series[Any], what: str, read: Any) -> list[Any]:
    """Read each distinct cell once; cells that cannot be read are counted, not shown."""
    values, place = distinct(to_arrow(column))
    meant = [read(value) if value else None for value in values]
    unread = int(np.sum([meant[p] is None for p in place]))
    if unread:
        raise InputError(
            f"{unread:,} rows of the population file have {what} that cannot be read.", todo="Check that column."
        )
    return [meant[p] for p in place]


def _numbers(column: pd.Series[Any]) -> np.ndarray:
    """Numbers of people; commas are passed over."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        values, place = distinct(to_arrow(column))
        read = pd.to_numeric(
            pd.Series([value and value.replace(",", "") for value in values], dtype=object), errors="coerce"
        )
        column = pd.Series(read.to_numpy(dtype=np.float64)[place], name=column.name)
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = int(np.count_nonzero(~np.isfinite(numbers) | (numbers < 0)))
    if wrong:
        raise InputError(
            f"{wrong:,} cells of the column {str(column.name)!r} are not numbers of people.",
            todo="Check that column; nobody is written as 0.",
        )
    return numbers
