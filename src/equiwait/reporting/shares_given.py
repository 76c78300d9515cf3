"""Small counts that a share gives away: beside the number of people that it is a share of, in a table or in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from equiwait.disclosure.rules import Rule
from equiwait.disclosure.strangers import is_count_column

__all__ = ["counts_given_by_shares", "counts_given_in_words"]

_SHARES = re.compile(r"%|\b(percent(age)?|per cent|share|proportion|rate|value)\b", re.I)
_NO_SHARE = re.compile(
    r"\b(lower|upper|limits?|interval|ci|difference|gap|change|ratio|from|to|median|mean|p value|confidence|expected|error|"
    r"inner|outer|bound|low|high|growth|rounding)\b",
    re.I,
)
_PER = re.compile(r"\bper[ _]?(1,?000|10,?000|100,?000|100)\b", re.I)
_FIGURE = re.compile(r"(\d+(?:\.(\d+))?) ?(%?)")
_SO_MANY_OF = re.compile(r"(\d+) ?(?:/|in|of|out of) ?([\d,]+)")
_NOUN = r"(?:people|patients|persons|children|adults|women|men|pathways|referrals|babies|staff)"
_OF_IN_WORDS = re.compile(rf"(?<![\d,.–-])(\d{{1,3}}) (?:in|of|out of) (?:the |all |every )?(\d[\d,]*) {_NOUN}\b", re.I)
_SHARE_IN_WORDS = re.compile(
    rf"(?<![\d,.–-])(\d+(?:\.(\d+))?) ?% of (?:the |all |our )?(\d[\d,]*)(?: {_NOUN}\b)?", re.I
)
_ROUND_RATES = (100, 1_000, 10_000, 100_000)  # "3 in 100" is a way to say 3%
_FEWEST_OF = 20


class _Share(NamedTuple):
    """A printed share, and how far the one behind it may stand from it."""

    value: float
    off: float


def counts_given_by_shares(headers: Sequence[str], columns: Sequence[Sequence[str]], rule: Rule) -> int:
    """Return how many small counts the shares of a table give away.

    A share that a shown count of its row explains (`events` of `n`, or `n` of the number of another row) says no more than they do.

    Examples
    --------
    >>> from equiwait.disclosure.rules import rule_named
    >>> hes = rule_named("hes")
    >>> counts_given_by_shares(["Ward", "Patients", "Over 52 weeks"], [["A", "B"], ["100", "200"], ["3.0%", "10.0%"]], hes)
    1
    >>> counts_given_by_shares(["Ward", "n", "of", "share"], [["A"], ["10"], ["200"], ["5.0%"]], hes)
    0
    """
    counted = [at for at, header in enumerate(headers) if is_count_column(header, columns[at])]
    people = [[_people(cell) for cell in columns[at]] for at in counted]
    anywhere = {number for column in people for number in column if number}
    given = 0
    for at, (header, cells) in enumerate(zip(headers, columns, strict=True)):
        if at in counted:
            continue
        given += sum(_so_many_of(header, cell, rule) for cell in cells)
        shares = [_share(header, cell) for cell in cells]
        if any(_of_one_total(shares, column, rule) for column in people):
            continue
        for row, share in enumerate(shares):
            here = [number for column in people if (number := column[row]) is not None]
            if share is not None and not _explained(share, here, anywhere, rule):
                given += any(_gives(share, number, rule) for number in here)
    return given


def counts_given_in_words(text: str, rule: Rule) -> Iterator[str]:
    """Yield what sentences give away: so many of so many, or so many per cent of so many."""
    of = [(int(few), int(many.replace(",", ""))) for few, many in _OF_IN_WORDS.findall(text)]
    if any(rule.fewest <= few <= rule.most_hidden and _is_a_number(many) for few, many in of):
        yield f"Its text speaks of {rule.small} of so many people."
    shares = [
        (_Share(float(figure) / 100, _off(digits, 100)), int(many.replace(",", "")))
        for figure, digits, many in _SHARE_IN_WORDS.findall(text)
    ]
    if any(_gives(share, many, rule) for share, many in shares):
        yield f"Its text gives a share of so many people that comes to {rule.small}."


def _so_many_of(header: str, cell: str, rule: Rule) -> bool:
    found = _SO_MANY_OF.fullmatch(cell.strip())
    if found is None or re.search(r"\b(page|date|day|score|ratio|version)\b", header, re.I):
        return False
    few, many = int(found[1]), int(found[2].replace(",", "") or 0)
    return few < many and rule.fewest <= few <= rule.most_hidden and _is_a_number(many)


def _is_a_number(many: int) -> bool:
    """Whether it is a number of people, and no way to say a rate: 1 in 4, 3 in 100."""
    return many >= _FEWEST_OF and many not in _ROUND_RATES


def _share(header: str, cell: str) -> _Share | None:
    """A cell as a share; None where it is none, or is the end of an interval, a difference or the like."""
    named = header.replace("_", " ")
    found = _FIGURE.fullmatch(cell.strip())
    if found is None or _NO_SHARE.search(named):
        return None
    per = _PER.search(named)
    if per:
        unit = float(per[1].replace(",", ""))
    elif found[3] or "%" in named or re.search(r"\bper ?cent(age)?\b", named, re.I):
        unit = 100.0
    elif _SHARES.search(named) and "." in cell:
        unit = 1.0
    else:
        return None
    value = float(found[1]) / unit
    return _Share(value, _off(found[2] or "", unit)) if value <= 1 else None


def _off(digits: str, unit: float) -> float:
    """Half a step of the last printed digit."""
    return 0.5 * 10.0 ** -len(digits) / unit


def _of_one_total(shares: Sequence[_Share | None], people: Sequence[float | None], rule: Rule) -> bool:
    """Whether shares are those of a column of numbers in one total: then they are of it, and of no number of their row."""
    pairs = [(share, number) for share, number in zip(shares, people, strict=True) if share and number and share.value]
    least = max(((number - rule.slack) / (share.value + share.off) for share, number in pairs), default=0.0)
    most = min(((number + rule.slack) / max(share.value - share.off, 1e-9) for share, number in pairs), default=0.0)
    return len(pairs) > 1 and least <= most


def _explained(share: _Share, here: Sequence[float], anywhere: set[float], rule: Rule) -> bool:
    """Whether it is a shown count of its row over another of the table, by counts as they are shown."""
    return any(
        abs(few - share.value * many) <= share.off * many + 1e-6
        for few in here
        if few > rule.most_hidden
        for many in anywhere
        if many >= few
    )


def _gives(share: _Share, many: float, rule: Rule) -> bool:
    """Whether a share of so many can only be a small count."""
    low, high = (share.value - share.off) * (many - rule.slack), (share.value + share.off) * (many + rule.slack)
    whole = range(max(int(-(-low // 1)), 0), int(high // 1) + 1)
    return bool(whole) and min(whole) >= 1 and max(whole) <= rule.most_hidden


def _people(cell: str) -> float | None:
    plain = cell.replace(",", "").strip()
    return float(plain) if plain.replace(".", "", 1).isdigit() else None
