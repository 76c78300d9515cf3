"""Ethnic groups: the code lists of the nations, the words of the censuses, and what each cell means.

England's list (2001, 16+1) is NHS Data Dictionary ETHNIC CATEGORY. Wales's is the NHS Wales Data Dictionary's *Ethnic
Group*, as copied on 10 September 2021 into UK Core ``EthnicCategoryWales`` (HL7 UK). Scotland has two: the census of 2011's
(UK Core ``EthnicCategoryScotland``, 2021) and the one before it, of the official classification of 2008 (as in the Scottish
Diabetes Research Network's documentation). The same code means different people in different lists, so a list is chosen by
name and never guessed from a cell. Nobody's ethnicity is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from equiwait.fields.missing_words import MissingReason, clean, missing_word, plain

__all__ = ["ETHNICITIES", "ETHNICITY_LISTS", "ETHNIC_GROUPS", "looks_like_a_local_code", "read_ethnicity"]

ETHNICITIES: Mapping[str, str] = MappingProxyType(
    {
        "A": "White British", "scottish": "White Scottish", "english": "White English", "welsh": "White Welsh",
        "northern_irish": "White Northern Irish", "other_british": "White Other British", "B": "White Irish",
        "gypsy_or_irish_traveller": "Gypsy or Irish Traveller", "roma": "Roma", "polish": "White Polish", "C": "Any other White",
        "white": "White, no more said", "D": "White and Black Caribbean", "E": "White and Black African", "F": "White and Asian",
        "G": "Any other mixed", "mixed": "Mixed, no more said", "H": "Indian", "J": "Pakistani", "K": "Bangladeshi",
        "L": "Any other Asian", "asian": "Asian, no more said", "M": "Black Caribbean", "N": "Black African",
        "other_african": "Other African", "P": "Any other Black", "black": "Black, no more said", "R": "Chinese", "arab": "Arab",
        "S": "Any other ethnic group", "Z": "Not stated (asked)", "99": "Not known",
    }
)  # fmt: skip
"""Code to label. One letter: the 16+1 codes; a word: a recorded group that they have no code for."""

_WHITE = ("A", "scottish", "english", "welsh", "northern_irish", "other_british", "B", "gypsy_or_irish_traveller", "roma", "polish", "C", "white")  # fmt: skip
_MIXED = ("D", "E", "F", "G", "mixed")
_ASIAN = ("H", "J", "K", "L", "asian")
_BLACK = ("M", "N", "other_african", "P", "black")

ETHNIC_GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        # The 2001 NHS grouping puts Chinese under Other; the censuses of 2011 and 2021 put it under Asian.
        "nhs": {**dict.fromkeys(_WHITE, "White"), **dict.fromkeys(_MIXED, "Mixed"), **dict.fromkeys(_ASIAN, "Asian"),
                **dict.fromkeys(_BLACK, "Black"), **dict.fromkeys(("R", "arab", "S"), "Other")},
        "census": {**dict.fromkeys(_WHITE, "White"), **dict.fromkeys(_MIXED, "Mixed"), **dict.fromkeys((*_ASIAN, "R"), "Asian"),
                   **dict.fromkeys(_BLACK, "Black"), **dict.fromkeys(("arab", "S"), "Other")},
    }
)  # fmt: skip

_ENGLAND = {
    code: code for code in ("A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Z", "99")
}
_SCOTLAND = {
    "1A": "scottish", "1K": "gypsy_or_irish_traveller", "1L": "polish", "1Z": "C", "2A": "mixed", "3F": "J", "3G": "H", "3H": "K",
    "3J": "R", "3Z": "L", "4D": "N", "98": "Z", "99": "99",
}  # fmt: skip
ETHNICITY_LISTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "england": _ENGLAND,
        "wales": {code: code for code in "DEFGHJKLMNPRSZ"} | {"A": "white", "B": "gypsy_or_irish_traveller", "T": "arab"},
        "scotland_2011": _SCOTLAND
        | {"1B": "other_british", "1C": "B", "4Y": "other_african", "5C": "M", "5D": "black", "5Y": "P", "6A": "arab", "6Z": "S"},
        "scotland_2008": _SCOTLAND
        | {"1E": "english", "1F": "welsh", "1G": "northern_irish", "1H": "A", "1J": "B", "4E": "M", "4F": "black", "4Z": "P", "5B": "arab", "5Z": "S"},
    }
)  # fmt: skip
"""The code lists by name: each list's codes, and the group that each means."""

_BROAD: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "White": (_WHITE, ("White",)),
    "Mixed": (_MIXED, ("Mixed", "Mixed or multiple ethnic groups", "Mixed or multiple ethnic group", "Mixed / multiple ethnic groups",
                       "Mixed / multiple ethnic group", "Mixed or multiple", "Mixed multiple")),
    "Asian": ((*_ASIAN, "R"), ("Asian", "Asian or Asian British", "Asian / Asian British", "Asian, Asian British or Asian Welsh",
                               "Asian, Asian Scottish or Asian British", "Asian, Asian British")),
    "Black": (_BLACK, ("Black", "Black or Black British", "Black / Black British", "Black, Black British, Black Welsh, Caribbean or African",
                       "Black, African, Caribbean or Black British", "Black / African / Caribbean / Black British",
                       "Black, Black British, Caribbean or African", "African, Caribbean or Black", "Caribbean or Black", "African")),
    "Other": (("R", "arab", "S"), ("Other", "Other ethnic group", "Other ethnic groups")),
}  # fmt: skip

_WAYS: Mapping[str, str] = {
    "A": "White British | British | English, Welsh, Scottish, Northern Irish or British | British, Mixed British"
    " | English / Welsh / Scottish / Northern Irish / British | Welsh, English, Scottish, Northern Irish or British"
    " | British (White) | English, Scottish, Welsh, Northern Irish or British",
    "scottish": "Scottish | White Scottish",
    "english": "English | White English",
    "welsh": "Welsh | White Welsh",
    "northern_irish": "Northern Irish | White Northern Irish",
    "other_british": "Other British | White Other British",
    "B": "Irish | White Irish | Irish (White)",
    "gypsy_or_irish_traveller": "Gypsy or Irish Traveller | Gypsy / Irish Traveller | Gypsy, Irish Traveller | Gypsy Traveller"
    " | Gypsy / Traveller | Irish Traveller | Traveller | Gypsy | White Gypsy or Irish Traveller | Gypsy or Traveller | Traveller of Irish heritage",
    "roma": "Roma | White Roma",
    "polish": "Polish | White Polish",
    "C": "Any other White background | any other White | Other White | White other | Other White background"
    " | Any other white ethnic group | Other white ethnic group",
    "white": "White | Any White background | White (not detailed) | White, no more said"
    " | Any White background, including Welsh, English, Scottish, Northern Irish, Irish, British",
    "D": "White and Black Caribbean | White & Black Caribbean",
    "E": "White and Black African | White & Black African",
    "F": "White and Asian | White & Asian",
    "G": "Any other mixed background | any other mixed | Other mixed | Mixed other | Other mixed background"
    " | Other mixed or multiple ethnic groups | Any other mixed or multiple ethnic background"
    " | Any other mixed background / multiple ethnic background",
    "mixed": "Any mixed or multiple ethnic groups | Any mixed background | Mixed, no more said",
    "H": "Indian | Indian or British Indian | Indian, Indian Scottish or Indian British",
    "J": "Pakistani | Pakistani or British Pakistani | Pakistani, Pakistani Scottish or Pakistani British",
    "K": "Bangladeshi | Bangladeshi or British Bangladeshi | Bangladeshi, Bangladeshi Scottish or Bangladeshi British",
    "L": "Any other Asian background | any other Asian | Other Asian | Asian other | Other Asian background"
    " | Other Asian, Asian Scottish or Asian British",
    "asian": "Asian, no more said",
    "M": "Caribbean | Black Caribbean | Caribbean, Caribbean Scottish or Caribbean British",
    "N": "African | Black African | African, African Scottish or African British",
    "other_african": "Other African",
    "P": "Any other Black background | any other Black | Other Black | Black other | Other Black background"
    " | Any other Black, Black British or Caribbean background | Any other Black / African / Caribbean background"
    " | Other Caribbean or Black",
    "black": "Black, Black Scottish or Black British | Black, no more said",
    "R": "Chinese | Chinese, Chinese Scottish or Chinese British",
    "arab": "Arab | Arab, Arab Scottish or Arab British",
    "S": "Any other ethnic group | any other | Other ethnic group | Other ethnic groups | Other | Any other ethnic background",
}

_UNSAID = {"White": "white", "Mixed": "mixed", "Asian": "asian", "Black": "black"}


def _ways() -> Iterator[tuple[str, str]]:
    """Every description that names one group, alone or behind a name of its broad group; what the broad groups alone mean."""
    for broad, (_, names) in _BROAD.items():
        if broad in _UNSAID:
            yield from ((plain(name), _UNSAID[broad]) for name in names if name != "African")
    for code, ways in _WAYS.items():
        for way in ways.split(" | "):
            yield from (
                (plain(f"{name} {way}"), code) for codes, names in _BROAD.values() if code in codes for name in names
            )
    for code, ways in _WAYS.items():
        yield from ((plain(way), code) for way in ways.split(" | "))


_GROUP_OF_WORDS = dict(_ways())
_WORDS_OF_GROUP: dict[str, list[str]] = {}
for _words, _code in _GROUP_OF_WORDS.items():
    _WORDS_OF_GROUP.setdefault(_code, []).append(_words)

_NOT_KNOWN = frozenset({"99", "99.0", "9", "9.0", "X", "XX", "NA"})  # 9 and X are older forms of 99
_SILENT: Mapping[MissingReason, str] = {"not_stated": "Z", "not_known": "99"}
_CODE_THEN_WORDS = re.compile(r"\(?([A-Z0-9]{1,2})[*#]?\)?\s*[-:=.,;/–—)( ]\s*(.+?)\)?")
_FEWEST_LETTERS = 4  # of a description that was cut short, behind its own code


def read_ethnicity(cell: str, nation: str = "england") -> str | None:
    """Return the group that a cell means, ``Z`` or ``99`` for a silence, or None if it means none.

    Parameters
    ----------
    cell : str
        A cell: a code alone, a code with a local second character (England), a code and words that agree, or words.
    nation : {"england", "wales", "scotland_2011", "scotland_2008"}
        The code list that the cell's codes are of.

    Examples
    --------
    >>> [read_ethnicity(cell) for cell in ("A", "a1", "A - White British", "A - Pakistani", "NK", "R - Refused", "Roma")]
    ['A', 'A', 'A', None, '99', 'Z', 'roma']
    >>> read_ethnicity("B"), read_ethnicity("B", "wales"), read_ethnicity("1K", "scotland_2011")
    ('B', 'gypsy_or_irish_traveller', 'gypsy_or_irish_traveller')
    """
    cell, codes = clean(cell), ETHNICITY_LISTS[nation]
    upper = cell.upper()
    if upper in codes:
        return codes[upper]
    if cell in ETHNICITIES and len(cell) > 2:
        return cell
    if "?" in cell:  # somebody doubts it
        return None
    if (reason := missing_word(cell)) and reason != "blank":
        return _SILENT[reason]
    if upper in _NOT_KNOWN:
        return "99"
    if nation == "england" and re.fullmatch(r"[A-HJ-NPRSZ][A-Z0-9*#]", upper):
        return upper[0]
    if found := _CODE_THEN_WORDS.fullmatch(upper):
        return _agreed(codes, found[1], plain(found[2])) or _GROUP_OF_WORDS.get(plain(cell))
    return _GROUP_OF_WORDS.get(plain(cell))


def _agreed(codes: Mapping[str, str], code: str, words: str) -> str | None:
    """The group of a code whose words agree with it, if need be cut short."""
    group = codes.get(code) or (codes.get(code[0]) if codes is _ENGLAND else None)
    if group is None or group in _SILENT.values():
        return None
    described = _WORDS_OF_GROUP[group]
    short = (
        len(words) >= _FEWEST_LETTERS
        and words not in _GROUP_OF_WORDS
        and any(each.startswith(words) for each in described)
    )
    return group if words in described or short else None


def looks_like_a_local_code(cell: str, nation: str = "england") -> bool:
    """Whether a cell was read as a silence though it could be a local code of two letters (NK, NS, RF): people must be told.

    Examples
    --------
    >>> looks_like_a_local_code("NK"), looks_like_a_local_code("N1"), looks_like_a_local_code("Not known")
    (True, False, False)
    """
    upper = clean(cell).upper()
    two = nation == "england" and re.fullmatch(r"[A-HJ-NPRS][A-Z]", upper)
    return bool(two) and read_ethnicity(upper, nation) in ("Z", "99")
