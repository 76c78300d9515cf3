"""What is wrong with one file that is to leave: rows of single people, stamps, small counts, and what cannot be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from equiwait.counts.waits.group_values import is_code
from equiwait.counts.waits.persons import is_of_a_person
from equiwait.disclosure.rules import Rule
from equiwait.disclosure.strangers import is_count_column
from equiwait.fields import FIELDS, field_of
from equiwait.files.whole_files import IN_TEAM, is_in_team
from equiwait.reporting.own_files import MANIFEST
from equiwait.reporting.published_tables import Found
from equiwait.reporting.release_gate import BANNER, FIGURES
from equiwait.reporting.shares_given import counts_given_by_shares, counts_given_in_words

__all__ = ["PERSONAL", "faults_of_file"]

_OF_ONE_PERSON = frozenset(
    ("pathway_id", "person_id", "referral_id", "postcode", *(each.name for each in FIELDS.values() if each.kind == "date"))
) - {"snapshot_date"}  # fmt: skip
_OWN_MEASURES = ("age", "age_at_clock_start", "days_waiting", "weeks_waiting", "days_waited", "weeks_waited")
_BORN = re.compile(
    r"\b(born|d\.?o\.?b\.?|date of birth|birth ?day)\W{0,3}((is|on|the) ){0,2}"
    r"(\d{4}-\d\d-\d\d|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}(st|nd|rd|th)? (of )?[a-z]{3,9} \d{4})",
    re.I,
)
_A_NAME = re.compile(
    r"^(patient|(patient|full|first|last|given|family|pupil|child)?[ _]?name|surname|forename|address|.*e-?mail.*|.*phone.*|mobile)$",
    re.I,
)
_NAMED = re.compile(
    r"\b((patient|child|pupil)('s|’s)? (full )?name|name of (the )?(patient|child|pupil))\**\s*([:=–-]|\bis\b)\s*\**\s*(?-i:[^\W\d_a-z])"
    r"|\b(patient|child|pupil)s?,?( called| named)? (Mr|Mrs|Miss|Ms|Mx|Master)\b\.? +(?-i:[^\W\d_a-z])",
    re.I,
)
_A_TIME = re.compile(r"\b(year|quarter|month|period|week|date|day|snapshot|since|census|as (at|of))\b", re.I)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_TEN_DIGITS = re.compile(r"(?<![\da-fA-F.,])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\da-fA-F.])")  # and not within a hash
_IDENTIFIER = re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z]{0,6}[-_/ ]?\d[\w/-]{3,20}")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4})([T ].*)?")
_FEWEST_ROWS = 10
_SHARE = re.compile(r"|hidden|suppressed|nobody|everyone|nearly all|\*+|[–-]|<?\d+(\.\d+)?%|0?\.\d+")  # no one person's
_PEOPLE_IN_WORDS = re.compile(
    r"(?<![\d,.–-])(?<!to )(\d{1,3}) (?:people|patients|persons|children|adults|women|men|pathways)\b(?!(?: \w+){0,4} or (?:fewer|less))",
    re.I,
)

# --- one file --------------------------------------------------------------------------------------------------------


STAMPED, HAS_POSTCODE, HAS_NUMBER, HAS_BIRTH, HAS_NAME, ROWS = (
    "It is stamped in-team.",
    "It holds what looks like a full postcode.",
    "It holds what looks like an NHS number.",
    "It holds what looks like somebody's day of birth.",
    "It holds what looks like a patient's name.",
    "It holds rows of single people",
)
PERSONAL = (STAMPED, HAS_POSTCODE, HAS_NUMBER, HAS_BIRTH, HAS_NAME, ROWS)


def faults_of_file(path: Path, found: Found, rule: Rule) -> Iterator[str]:
    """Yield every reason why one file may not leave; none repeats a value of it."""
    if is_in_team(path.name) or f"{IN_TEAM}: " in found.text or BANNER in found.text:
        yield STAMPED
    everything = f"{found.text}\n{found.unseen}"
    if _POSTCODE.search(everything):
        yield HAS_POSTCODE
    if any(_is_nhs_number(each) for each in _TEN_DIGITS.findall(everything)):
        yield HAS_NUMBER
    if _BORN.search(everything):
        yield HAS_BIRTH
    if _NAMED.search(everything):
        yield HAS_NAME
    for each in found.behind:
        yield f"It holds {each}: what cannot be seen cannot be checked."
    if any(rule.fewest <= int(each) <= rule.most_hidden for each in _PEOPLE_IN_WORDS.findall(found.text)):
        yield f"Its text speaks of {rule.small} people."
    yield from counts_given_in_words(found.text, rule)
    if path.name not in (MANIFEST, FIGURES):
        for table in found.tables:
            yield from _of_one_table(table, rule)


def _of_one_table(table: Sequence[Sequence[str]], rule: Rule) -> Iterator[str]:
    headers, *rows = table
    columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(len(headers))]
    counted = any(is_count_column(*each) for each in zip(headers, columns, strict=True))
    personal = [
        header
        for header, column in zip(headers, columns, strict=True)
        if (field_of(header) in _OF_ONE_PERSON and not all(_SHARE.fullmatch(cell) for cell in column))
        or (_A_NAME.search(header) and not counted)
        or (is_of_a_person(header) and not all(_SHARE.fullmatch(cell) for cell in column))
        or _are_own_days(header, column)
    ]
    if personal:
        yield f"{ROWS}: its columns include {len(personal)} that tell persons apart."
    elif _is_row_level(headers, columns, len(rows)):
        yield f"{ROWS}, as it seems: no column counts people, and rows are no groups, or have an identifier or day of their own."
    small = unrounded = 0
    for header, column in zip(headers, columns, strict=True):
        if is_count_column(header, column):
            numbers = [
                float(cell.replace(",", "")) for cell in column if cell.replace(",", "").replace(".", "").isdigit()
            ]
            small += sum(rule.fewest <= number <= rule.most_hidden for number in numbers)
            unrounded += sum(number > rule.most_hidden and number % rule.base != 0 for number in numbers)
    if small:
        yield f"It shows counts of {rule.small}: {small}."
    if given := counts_given_by_shares(headers, columns, rule):
        yield f"Its shares give away counts of {rule.small}, beside the number of people that they are of: {given}."
    if unrounded:
        yield f"It shows counts that are not rounded to {rule.base}: {unrounded}."


def _is_row_level(headers: Sequence[str], columns: Sequence[Sequence[str]], rows: int) -> bool:
    """Whether a table looks as if each row were a person: nothing is counted, and words repeat or an identifier tells rows apart."""
    if any(is_count_column(*each) for each in zip(headers, columns, strict=True)):
        return False
    if rows > 1 and any((field_of(header) or _spelt(header)) in _OWN_MEASURES for header in headers):
        return True
    if rows < _FEWEST_ROWS:
        return False
    keys = [
        column
        for header, column in zip(headers, columns, strict=True)
        if _A_TIME.search(header) or any(map(_is_word, column))
    ]
    if keys and len(set(zip(*keys, strict=True))) < 0.9 * rows:  # no row is a group of its own
        return True
    return any(
        sum(bool(_IDENTIFIER.fullmatch(cell) or _DAY.fullmatch(cell)) for cell in column) > 0.9 * rows
        and len(set(column)) > 0.5 * rows
        and not all(is_code("area_code", cell) for cell in column if cell)
        for column in columns
    )


def _spelt(header: str) -> str:
    return re.sub(r"[\W_]+", "_", header.strip().lower())


def _are_own_days(header: str, column: Sequence[str]) -> bool:
    """Whether a column holds a day for each row, and none of a calendar: in no order, or under a header that is of no time."""
    days = [cell for cell in column if _DAY.fullmatch(cell)]
    if len(days) < 2 or len(days) < 0.9 * sum(map(bool, column)) or len(set(days)) <= 0.5 * len(column):
        return False
    return not _A_TIME.search(header.replace("_", " ")) or (
        days != sorted(days) and days != sorted(days, reverse=True) and len(set(days)) == len(days)
    )


def _is_nhs_number(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(set(digits)) > 1 and check % 11 == digits[9]


def _is_word(cell: str) -> bool:
    return bool(re.search(r"[^\W\d]", cell)) and not _DAY.fullmatch(cell) and not _IDENTIFIER.fullmatch(cell)
