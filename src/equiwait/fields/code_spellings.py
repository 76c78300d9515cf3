"""How the codes of a waiting list are spelt: a code is the whole cell, or the code and words that agree with it.

A first letter or a first number is not enough: "4 weeks" is no P4, "2-Mar" no P2, and ``30/03/2026`` no status 30.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from equiwait.fields.missing_words import clean, plain

__all__ = [
    "RTT_STATUSES",
    "PriorityCodes",
    "choice_code",
    "diagnostic_priority",
    "imd_decile",
    "imd_quintile",
    "imd_rank",
    "list_type",
    "patient_choice",
    "priority",
    "priority_codes",
    "referral_priority",
    "rtt_status",
    "school_missed",
    "sex",
    "specialty",
    "stop_reason",
]


# --- clinical priority -----------------------------------------------------------------------------------------------


class PriorityCodes(NamedTuple):
    """What one cell of a priority column holds; None where it says nothing of that kind."""

    urgency: str | None = None
    """P1a to P4: how soon."""
    postponed: str | None = None
    """P5 or P6: the person asked to wait. It is not an urgency."""
    test: str | None = None
    """D1 to D6: the priority of a diagnostic test."""
    choice: str | None = None
    """C1 to C4: a choice of the person's, beside the P-code. It is not an urgency."""


_BARE = re.compile(r"0?([1-6])(?:\.0)?\s*([ab])?(?:\s*[-:(,–—]\s*(.*?)\)?)?")
_NAMED = re.compile(
    r"\b(?:(p)riority|(p)|(d)|(c))[\s._-]*(?:level|code)?[\s._-]*0?([1-6])(?:\.0)?(?:\s*([ab])(?![a-z]))?(?![\w.])"
)
_WITHIN = {
    "1": (),
    "1a": ("24hours", "24hrs", "24h", "1day"),
    "1b": ("72hours", "72hrs", "72h", "3days"),
    "2": ("4weeks", "4wks", "4w", "28days", "1month", "onemonth", "fourweeks", "month"),
    "3": ("3months", "3mths", "12weeks", "13weeks", "12wks", "84days", "90days", "91days", "threemonths"),
    "4": ("3months", "3mths", "12weeks", "13weeks", "12wks", "6months", "threemonths"),
}
_NEUTRAL = set(
    "priority level code category cat within less than under up to over more can wait be for by the a an or of at and surgery surgical"
    " procedure operation treatment treat performed required needed weeks week wks wk w months month mths mth days day hours hour hrs hr h"
    " clinical clinically high medium low one four three".split()
)
_CHOICE_WORDS = set(
    "patient patients person choice choices chosen chooses chose initiated requested request postponed postpone postponement defer deferred"
    " deferral delay delayed wish wishes wait waiting covid related non concern concerns reason reasons other active monitoring declined offer"
    " offers code".split()
)
_WORDS = {
    "P1": set("emergency urgent immediate immediately".split()),
    "P2": set("urgent expedited soon cancer".split()),
    "P3": set("soon intermediate delayed semi delay".split()),
    "P4": set("routine delayed standard delay elective".split()),
    "P5": _CHOICE_WORDS,
    "P6": _CHOICE_WORDS,
    "C": _CHOICE_WORDS,
    "D": set("diagnostic diagnostics test tests imaging endoscopy urgent routine emergency soon".split()),
}
"""The words that may stand behind a code: those of its own meaning, and no others."""


def priority_codes(cell: str) -> PriorityCodes | None:
    """Return the codes that a cell of a priority column holds, or None if it holds anything else.

    Examples
    --------
    >>> priority_codes("p 1A").urgency, priority_codes("2 - within 4 weeks").urgency, priority_codes("P2/C2")
    ('P1a', 'P2', PriorityCodes(urgency='P2', postponed=None, test=None, choice='C2'))
    >>> priority_codes("4 weeks"), priority_codes("2-Mar"), priority_codes("P2-P3")
    (None, None, None)
    """
    text = clean(cell).lower()
    if bare := _BARE.fullmatch(text):
        words = bare[3] or ""
        return _of([("p", bare[1], bare[2])]) if not words or _says_when(bare[1], bare[2], words) else None
    named = list(_NAMED.finditer(text))
    if not named or named[0].start():
        return None
    rest = _NAMED.sub(" ", text)
    found = _of([(one[1] or one[2] or one[3] or one[4], one[5], one[6]) for one in named])
    return found if found and _agrees(found, rest) else None


def _of(codes: list[tuple[str, str, str | None]]) -> PriorityCodes | None:
    """Sort codes by what they say; two of one kind, or a code that there is not, say nothing."""
    said: dict[str, str] = {}
    for letter, number, part in codes:
        if part and (letter != "p" or number != "1"):
            return None
        kind = {"d": "test", "c": "choice"}.get(letter, "urgency" if number in "1234" else "postponed")
        if kind in said or (kind == "choice" and number not in "1234"):
            return None
        said[kind] = f"{letter.upper()}{number}{part or ''}"
    return PriorityCodes(**said)


def _says_when(number: str, part: str | None, words: str) -> bool:
    """Whether words behind a bare number say the time that the P-code stands for: a number alone could be anything."""
    said = plain(words)
    return any(time in said for time in _WITHIN.get(number + (part or ""), ())) and not _other_times(number, part, said)


def _agrees(found: PriorityCodes, rest: str) -> bool:
    """Whether what stands beside the codes are words and times of their own, and nothing else."""
    if re.search(r"[^\w\s()/,;:.&+<>≤≥=–—-]", rest):
        return False
    codes = [code for code in found if code]
    allowed = _NEUTRAL.union(*(_WORDS.get(code[:2]) or _WORDS[code[0]] for code in codes))
    if not set(re.findall(r"[a-z]+", rest)) <= allowed:
        return False
    number, part = (found.urgency[1], found.urgency[2:] or None) if found.urgency else ("1", "-")
    return not _other_times(number, part, plain(rest))


def _other_times(number: str, part: str | None, said: str) -> bool:
    """Whether words hold figures other than those of the code's own time."""
    for time in sorted({*_WITHIN[number], *_WITHIN.get(number + (part or ""), ())}, key=len, reverse=True):
        said = said.replace(time, "")
    if number == "1" and not part:
        said = re.sub(r"(24|72)h(ours|rs)?", "", said)
    return bool(re.search(r"\d", said))


def priority(cell: str) -> str | None:
    """P-codes of urgency in any spelling: P2, p2, 2, 'P 2', 'Priority 2', '2 - within 4 weeks'; P1 unsplit stays P1."""
    found = priority_codes(cell)
    return found.urgency if found else None


def patient_choice(cell: str) -> str | None:
    """P5 and P6: the person asked to wait."""
    found = priority_codes(cell)
    return found.postponed if found else None


def diagnostic_priority(cell: str) -> str | None:
    """D-codes of a diagnostic test; in their own column a bare number too."""
    text = clean(cell).lower()
    if bare := re.fullmatch(r"0?([1-6])(?:\.0)?", text):
        return f"D{bare[1]}"
    found = priority_codes(text)
    return found.test if found else None


def choice_code(cell: str) -> str | None:
    """C-codes of a person's choice; in their own column a bare number too."""
    text = clean(cell).lower()
    if bare := re.fullmatch(r"0?([1-4])(?:\.0)?", text):
        return f"C{bare[1]}"
    found = priority_codes(text)
    return found.choice if found else None


def referral_priority(cell: str) -> str | None:
    """1 routine, 2 urgent, 3 two-week wait or suspected cancer; a code behind which other words stand is none."""
    text = clean(cell)
    if found := re.fullmatch(r"([1-3])(?:\.0)?(?:\s*[-:=(–—]\s*(.+?)\)?)?", text):
        return found[1] if not found[2] or _REFERRAL_WORDS.get(plain(found[2])) == found[1] else None
    return _REFERRAL_WORDS.get(plain(text))


_REFERRAL_WORDS = {
    "routine": "1", "urgent": "2", "soon": "2", "twoweekwait": "3", "2ww": "3", "2weekwait": "3", "tww": "3",
    "usc": "3", "suspectedcancer": "3", "urgentsuspectedcancer": "3", "cancer": "3", "twoweekrule": "3", "2weekrule": "3",
    "urgentsuspectedcancerorbreastsymptomatic": "3", "twoweeks": "3", "2wkwait": "3",
}  # fmt: skip


# --- status, list, sex, and how a wait ended -------------------------------------------------------------------------

RTT_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "10": "First activity", "11": "First activity after active monitoring", "12": "New consultant referral",
        "20": "Further activity expected", "21": "Transferred to another provider", "30": "First treatment",
        "31": "Active monitoring, patient's choice", "32": "Active monitoring, clinician's decision",
        "33": "Did not attend the first appointment", "34": "Decision not to treat", "35": "Treatment declined",
        "36": "Died before treatment", "90": "After treatment", "91": "During active monitoring",
        "92": "Not yet referred", "98": "Not a referral-to-treatment activity", "99": "Not yet known",
    }
)  # fmt: skip
_STATUS_WORDS = {
    "10": "first referral start", "11": "monitoring", "12": "referral consultant", "20": "subsequent further continuing ongoing",
    "21": "transfer transferred", "30": "treatment treated", "31": "monitoring", "32": "monitoring", "33": "attend attended dna",
    "34": "treat treatment discharge discharged", "35": "declined refused treatment", "36": "died death deceased rip",
    "90": "after previous treatment treated", "91": "monitoring", "92": "referred diagnostic diagnostics referral",
    "98": "applicable activity", "99": "known unknown",
}  # fmt: skip


def rtt_status(cell: str) -> str | None:
    """The two digits alone, or followed by a word of their description; a date, a list of codes or a longer number is none."""
    found = re.fullmatch(r"0{0,2}(\d\d)(?:\.0)?(?:\s*[-:=(–—]?\s*([a-z].*?)\)?)?", clean(cell).lower())
    if not found or found[1] not in RTT_STATUSES:
        return None
    words = set(re.findall(r"[a-z]+", found[2] or ""))
    return (
        found[1]
        if not found[2] or (words & set(_STATUS_WORDS[found[1]].split()) and not re.search(r"\d\d", found[2]))
        else None
    )


def list_type(cell: str) -> str | None:
    """The eight documented codes and the usual words; a zero or a one for O or I is mended only where the exact spelling fails."""
    text = clean(cell)
    code = text.upper()
    for spelling in (code, code.replace("0", "O").replace("1", "I")):
        if spelling in _LIST_TYPES:
            return _LIST_TYPES[spelling]
    if whole := _LIST_WORDS.get(plain(text)):
        return whole
    if found := re.fullmatch(r"([A-Z]{2,4})\s*[-:=(–—]\s*(.+?)\)?", code):
        first, words = _LIST_TYPES.get(found[1]) or _LIST_WORDS.get(plain(found[1])), _LIST_WORDS.get(plain(found[2]))
        return first if first and words == first else None
    return None


_LIST_TYPES = {
    "ORTT": "ORTT", "PTLO": "ORTT", "RTTO": "ORTT", "IRTT": "IRTT", "PTLI": "IRTT", "RTTI": "IRTT",
    "ONON": "ONON", "INON": "INON", "IP": "IRTT", "DC": "IRTT", "EL": "IRTT", "OP": "ORTT",
}  # fmt: skip
_LIST_WORDS = {
    plain(word): code
    for code, words in {
        "ORTT": "outpatient | outpatients | out patient | out patients | non admitted | not admitted | new outpatient | outpatient new"
        " | outpatient follow up | OPD | OPWL | OP waiting list | outpatient waiting list | nonadm | non admitted pathway | first outpatient"
        " | outpatient RTT | RTT outpatient",
        "IRTT": "inpatient | inpatients | in patient | daycase | day cases | day case | admitted | inpatient day case | IPDC | IP DC | IP/DC"
        " | inpatient or day case | elective | elective inpatient | elective day case | elective admission | elective waiting list | EL IP | EL DC"
        " | ordinary elective | inpatient waiting list | IPWL | IP waiting list | day surgery | day case waiting list | admitted pathway"
        " | inpatient RTT | RTT inpatient | elective ordinary | for admission",
        "planned": "planned | surveillance | planned admission | elective planned | planned waiting list | planned elective | PLAN | planned surveillance",
        "diagnostic": "diagnostic | diagnostics | diagnostic test | diagnostic waiting list | DM01 | DIAG",
        "ONON": "non RTT | not RTT | outpatient non RTT | non RTT outpatient | outpatient no clock",
        "INON": "inpatient non RTT | non RTT inpatient | admitted non RTT | inpatient no clock",
    }.items()
    for word in words.split(" | ")
}


def sex(cell: str) -> str | None:
    """1 male, 2 female, 9 indeterminate, X and 0 not known, other and non-binary as they are; a code and words must agree."""
    text = clean(cell)
    code = text.lower().removesuffix(".0")
    if code in _SEX_CODES:
        return _SEX_CODES[code]
    if found := re.fullmatch(r"([0-9a-z])\s*[-:=( –—]\s*(.+?)\)?", code):
        first, words = _SEX_CODES.get(found[1]), _SEX_WORDS.get(plain(found[2]))
        return words if first and (words == first or {first, words} <= {"X", "0"}) else None
    return _SEX_WORDS.get(plain(text))


_SEX_CODES = {"1": "1", "2": "2", "9": "9", "0": "0", "x": "X", "m": "1", "f": "2", "i": "9", "u": "X"}
_SEX_WORDS = {
    plain(word): code
    for code, words in {
        "1": "male | man | boy | male (including trans man) | trans man",
        "2": "female | woman | girl | female (including trans woman) | trans woman",
        "9": "indeterminate | not specified | indeterminate or not specified | intersex | indeterminate (unable to be classified as either male or female)",
        "X": "unknown | not known | not recorded",
        "other": "other | another | other gender | another gender | other (not listed) | gender other | self described | prefer to self describe"
        " | transgender | different identity | another gender identity",
        "non_binary": "non binary | nonbinary | nb | enby | non binary person | gender non binary",
    }.items()
    for word in words.split(" | ")
}


def stop_reason(cell: str) -> str | None:
    """How a wait ended, in the usual words."""
    words = {
        "treated": "treated", "treatment": "treated", "firsttreatment": "treated", "admitted": "treated",
        "left": "left_otherwise", "leftotherwise": "left_otherwise", "removed": "left_otherwise", "discharged": "left_otherwise",
        "declined": "left_otherwise", "died": "died", "death": "died", "deceased": "died", "unknown": "unknown", "notknown": "unknown",
    }  # fmt: skip
    return words.get(plain(cell))


def school_missed(cell: str) -> str | None:
    """A band of school sessions missed."""
    return {"none": "none", "no": "none", "0": "none", "under10": "under_10", "lessthan10": "under_10",
            "10to49": "10_to_49", "persistent": "10_to_49", "50ormore": "50_or_more", "severe": "50_or_more"}.get(plain(cell))  # fmt: skip


def specialty(cell: str) -> str | None:
    """A treatment function as its code is written: capitals, without ``C_`` and without a spreadsheet's ``.0``."""
    code = clean(cell).upper().removeprefix("C_").removesuffix(".0")
    return code or None


# --- deprivation that the list itself brings -------------------------------------------------------------------------


def imd_decile(cell: str) -> str | None:
    """Which tenth of the nation's areas, 1 the most deprived: 3, 'Decile 1', '1 (most deprived)'.

    Examples
    --------
    >>> [imd_decile(cell) for cell in ("3", "Decile 1", "1 (most deprived)", "10 - least deprived", "D2", "0", "99", "1 (least)")]
    ['3', '1', '1', '10', '2', None, None, None]
    """
    return _part(cell, 10, r"(?:imd[\s_-]*)?(?:decile|dec|d)")


def imd_quintile(cell: str) -> str | None:
    """Which fifth of the nation's areas, 1 the most deprived: 'Q1', 'Quintile 5 (least deprived)', '1 - most deprived 20%'."""
    return _part(cell, 5, r"(?:imd[\s_-]*)?(?:quintile|quint|q)")


def imd_rank(cell: str) -> str | None:
    """A rank among the nation's areas, with or without a thousands separator."""
    found = re.fullmatch(r"(\d{1,5}|\d{1,2},\d{3})(?:\.0+)?", clean(cell))
    return found[1].replace(",", "") if found else None


def _part(cell: str, parts: int, name: str) -> str | None:
    found = re.fullmatch(
        rf"(?:(?:{name}|imd)[\s:_-]*)?0?(\d{{1,2}})(?:\.0+)?(?:st|nd|rd|th)?(?:\s*{name})?(?:\s*[-:,(–—]?\s*([a-z].*?)\)?)?",
        clean(cell).lower(),
    )
    if not found or not 1 <= int(found[1]) <= parts:
        return None
    ends = {1: "most", parts: "least"}
    words = re.fullmatch(
        r"(?:the)?(most|least)?(?:deprived)?(?:10|20)?(?:percent)?(?:ofareas|oflsoas)?", plain(found[2] or "")
    )
    return str(int(found[1])) if words and words[1] in (None, ends.get(int(found[1]))) else None
