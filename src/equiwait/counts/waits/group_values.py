"""Which values may name a group: codes that are known, and words that do not look like one person's own."""

from __future__ import annotations

import re

from equiwait.fields import FIELDS

__all__ = ["NATIONS", "NOT_SHOWN", "is_code", "value_named"]

NATIONS = ("England", "Wales", "Scotland", "Northern Ireland", "Channel Islands", "Isle of Man")
NOT_SHOWN = "Not shown (written like one person's own)"
"""The group of values that look like an identifier, an address or a sentence: typed into the wrong field."""

_ORGANISATION = re.compile(r"(?=.*[A-Z])[A-Z0-9]{3}|(?=.*[A-Z])(?=.*\d)[A-Z0-9]{4,6}")
_AGES = re.compile(r"\d{1,3} ?(-|–|to) ?\d{1,3}|\d{1,3} ?(\+|and over|or over)|(under|over) \d{1,3}", re.IGNORECASE)
_CODES = {
    "site": _ORGANISATION,
    "provider": _ORGANISATION,
    "commissioner": _ORGANISATION,
    "specialty": re.compile(r"([CX]_?)?\d{3}"),
    "age_band": _AGES,
    "nation": re.compile("|".join(NATIONS)),
    "area_code": re.compile(r"[EWSN]\d{8}|\d\d[A-Z]{2}\d\d([A-Z]\d)?"),
}
_RANKS = {"_decile": 10, "_quintile": 5}

_LONGEST_NAME = 60
_POSTCODE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])")
_IN_SMALL = re.compile(r"(?<![a-z0-9])[a-z]{1,2}\d[a-z\d]? ?\d(?!st|nd|rd|th)[abd-hjlnp-uw-z]{2}(?![a-z0-9])")
_NUMBER = re.compile(r"\d(?:[ .()/\u2010-\u2015-]{0,3}\d){9,}")
_OF_CARE = "(clinic|surgery|hospital|hospice|health|medical|practice|pharmacy|dental|hub|centre|center|ward|unit)s?"
_ADDRESS = re.compile(
    r"\S@\S|[(\[] ?at ?[)\]]|\bhttps?:|\bwww\.|\bflat \d"
    rf"|^(?!.*\b{_OF_CARE}\b)\d+[a-z]?,? [\w' ]+ (street|road|rd|avenue|ave|lane|close|drive|way|court|crescent|terrace|gardens)\b",
    re.IGNORECASE,
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = re.compile(
    rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\d{{4}}-\d\d-\d\d.*|\d{{1,2}}(st|nd|rd|th)? ({_MONTHS})[a-z]* \d{{2,4}}|.*\b(dob|born)\b.*",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(Mr|Mrs|Miss|Ms|Mx)\b\.? +[A-Z]|, ?(Mr|Mrs|Miss|Ms|Mx)\b")


def is_code(column: str, value: str) -> bool:
    """Whether a value of a column is one of the codes that the column is known to have.

    Examples
    --------
    >>> is_code("site", "RW3MR"), is_code("site", "Mrs Smith"), is_code("imd_quintile", "5"), is_code("imd_quintile", "7")
    (True, False, True, False)
    """
    each = FIELDS.get(column)
    if each is not None and (each.codes or each.kind == "flag"):
        return True  # anything else that stands there is called invalid, never by its name
    for ending, last in _RANKS.items():
        if column.endswith(ending):
            return value in {str(rank) for rank in range(1, last + 1)}
    return column in _CODES and bool(_CODES[column].fullmatch(value))


def value_named(value: str, *, staff: bool = False) -> str:
    """Return a value as the name of a group: on one line, and not at all where it looks like one person's own.

    A surgeon is *Mr* or *Miss* too: in a column of ``staff`` a title is no patient's.

    Examples
    --------
    >>> value_named("North  ward"), value_named("943 476 5919"), value_named("lives at SW1A 1AA")
    ('North ward', "Not shown (written like one person's own)", "Not shown (written like one person's own)")
    """
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    looks = (
        _POSTCODE.search(plain)
        or _POSTCODE.fullmatch(plain.upper())
        or _IN_SMALL.search(plain)
        or _NUMBER.search(plain)
        or _ADDRESS.search(plain)
        or _DAY.fullmatch(plain)
        or (_TITLE.search(plain) and not staff)
    )
    return NOT_SHOWN if looks or len(plain) > _LONGEST_NAME or not plain else plain.replace("×", "x")
