"""The one list of words and marks that say nothing is recorded, for every column, and how a cell is cleaned before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["ERROR_CELLS", "INVISIBLE", "MISSING_WORDS", "MissingReason", "clean", "letters", "missing_word", "plain"]

MissingReason: TypeAlias = Literal["recorded", "blank", "not_stated", "not_known", "invalid"]

INVISIBLE = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters
    r"\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}"
    r"\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff9}-\x{fffb}\x{e0000}-\x{e0fff}]"
)
"""Characters that nobody sees (zero-width spaces, byte-order marks, direction marks), as a pattern of RE2."""

_INVISIBLE = re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{found[1]:0>8}", INVISIBLE))

ERROR_CELLS = frozenset(
    {"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#getting_data", "#spill!", "#calc!"}
)
"""What a spreadsheet writes where a formula failed: something was there, and it is invalid, never blank."""

_WORDS: Mapping[MissingReason, str] = {
    "blank": "null | (null) | none | nil | nan | nat | n/a | na | n.a. | not applicable | - | -- | --- | . | .. | blank | (blank) | empty"
    " | no value | no entry",
    "not_known": "unknown | not known | nk | n/k | n.k. | unk | u/k | not recorded | nr | n/r | unrecorded | not asked | unspecified"
    " | not specified | not available | unavailable | tbc | t.b.c. | to be confirmed | tba | tbd | to be advised | not given | ng | n/g"
    " | dk | d/k | don't know | dont know | do not know | does not know | no information | no data | missing | data missing | not entered"
    " | unable to ask | not obtained | not collected | not coded | uncoded | information not available | not yet known | not yet asked"
    " | ethnicity not known | ethnic group not known | ethnicity unknown | unknown ethnicity | sex not known | gender not known"
    " | not known (not asked) | unknown or not recorded | not known or not recorded | not prioritised | unprioritised"
    " | not yet prioritised | awaiting prioritisation | age not known | age unknown | date not known | date unknown",
    "not_stated": "not stated | ns | n/s | not stated (asked) | not stated or undefined | refused | rf | refusal | patient refused"
    " | person refused | client refused | refused by patient | refused/not provided by patient | refused to say | refused to answer"
    " | refused to state | refused to disclose | information refused | declined | patient declined | declined to say | declined to state"
    " | declined to answer | declined to provide | declined to disclose | prefer not to say | prefers not to say | preferred not to say"
    " | pnts | prefer not to answer | prefer not to state | prefer not to disclose | rather not say | would rather not say"
    " | not disclosed | undisclosed | nd | n/d | withheld | information withheld | not willing to say | unwilling to say"
    " | does not wish to say | does not wish to disclose | did not wish to say | do not wish to say | not provided by patient"
    " | ethnicity not stated | ethnic group not stated | ethnic category not stated | ethnicity refused | patient unwilling",
}


def plain(header: object) -> str:
    """Return a header without case, accents of spelling or marks, for matching.

    Examples
    --------
    >>> plain(" RTT_Clock-Start Date"), plain("rttclockstartdate")
    ('rttclockstartdate', 'rttclockstartdate')
    """
    return re.sub(r"[^a-z0-9]", "", str(header).lower())


def letters(words: str) -> str:
    """Return words without case, marks and spaces, for comparing what is written in words; marks alone stay as they are."""
    return plain(words) or words.strip()


MISSING_WORDS: Mapping[str, MissingReason] = MappingProxyType(
    {letters(word): reason for reason, words in _WORDS.items() for word in words.split(" | ")}
)
"""What each word or mark says: ``blank``, ``not_known`` (nobody asked, or the answer was lost) or ``not_stated`` (asked, not answered)."""


def clean(cell: str | None) -> str:
    r"""Return a cell without what nobody sees: invisible marks, wide letters, doubled spaces and spaces round it.

    Examples
    --------
    >>> clean(" Cardio\u200blogy\u00a0 "), clean(None)
    ('Cardiology', '')
    """
    if not cell:
        return ""
    if cell.isascii() and cell.isprintable():
        return cell.strip() if "  " not in cell else " ".join(cell.split())
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", cell)).split())


@lru_cache(4096)  # block after block of a list has the same few cells
def missing_word(cell: str) -> MissingReason | None:
    """Return what a cell that is a word for *nothing recorded* says, or None if it is no such word.

    Words behind a code decide as well: "R - Refused" is a refusal.

    Examples
    --------
    >>> [missing_word(cell) for cell in ("NULL", "n/k", "Prefer not to say", "P - Prefer not to say", "Pakistani")]
    ['blank', 'not_known', 'not_stated', 'not_stated', None]
    """
    whole = MISSING_WORDS.get(letters(cell))
    if whole or not cell:
        return whole
    behind = _CODE_AND_WORDS.fullmatch(cell)
    reason = MISSING_WORDS.get(letters(behind[2])) if behind and len(letters(behind[2])) > 2 else None
    return None if reason == "blank" else reason


_CODE_AND_WORDS = re.compile(r"\(?([a-z0-9]{1,3})\)?\s*[-:=.,;/–—)( ]\s*(.+)", re.IGNORECASE)
