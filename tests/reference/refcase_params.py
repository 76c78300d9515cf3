"""Reading params to the last word: what nobody understands is another question, and is not answered.

A handler takes what it knows out of the text and then says that it is ``done``: any word left over means that the check
asks something else, and that our number would be the answer to another question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce

import numpy as np
from refcase_checks import NotCoveredError
from refcase_grammar import normal

Who = Mapping[str, np.ndarray]

_OTHER_NAMES = {"imd": "imd_decile", "eth": "ethnicity", "ethnicity": "eth", "imd_decile": "imd"}
_GROUPINGS = ("imd_decile", "ethnicity", "eth", "specialty", "urgency")
_SIDE = r"[\w<>=-]+"


class Params:
    """The params of a check; what has been understood is taken out."""

    def __init__(self, text: str) -> None:
        self.text, self.left = text, normal(text)

    def take(self, pattern: str) -> tuple[str, ...] | None:
        """The groups of the first match (or the match itself), which leaves the text; None where there is none."""
        found = re.search(pattern, self.left, re.IGNORECASE)
        if found is None:
            return None
        self.left = f"{self.left[: found.start()]};{self.left[found.end() :]}"
        return found.groups() or (found[0],)

    def need(self, pattern: str) -> tuple[str, ...]:
        found = self.take(pattern)
        if found is None:
            raise NotCoveredError(f"params {self.text!r} without {pattern}")
        return found

    def drop(self, *patterns: str) -> Params:
        """Take out words that change nothing."""
        for pattern in patterns:
            self.take(pattern)
        return self

    def done(self) -> None:
        if re.search(r"[\w%<>=+]", self.left):
            raise NotCoveredError(f"params {self.text!r}: {self.left.strip('; ')!r} not understood")


def named(who: Who, word: str) -> str:
    """The column that a word names."""
    name = word if word in who else _OTHER_NAMES.get(word, "")
    if name not in who:
        raise NotCoveredError(f"no column {word}")
    return name


def members(who: Who, text: str) -> np.ndarray:
    """The people of ``imd1``, ``imd1-2``, ``imd<=2``, ``ethnicity=White`` or ``White``."""
    deciles = re.fullmatch(r"(?:imd(?:_decile)?)?(<=|>=|=|)(\d+)(?:-(\d+))?", text)
    if deciles and "imd_decile" in who:
        sign, first, last = deciles[1], int(deciles[2]), int(deciles[3] or deciles[2])
        low, high = {"<=": (1, first), ">=": (first, 10)}.get(sign, (first, last))
        mine = (who["imd_decile"].astype(int) >= low) & (who["imd_decile"].astype(int) <= high)
    else:
        name, _, value = text.rpartition("=")
        columns = [named(who, name)] if name else [column for column in _GROUPINGS if column in who]
        mine = reduce(np.logical_or, (who[column] == value for column in columns))
    if not mine.any():
        raise NotCoveredError(f"nobody in {text}")
    return mine


def sides(params: Params, who: Who) -> tuple[np.ndarray, np.ndarray]:
    """The two groups set against each other."""
    first, second = params.need(rf"({_SIDE}) vs ({_SIDE})")
    return members(who, first), members(who, second)


def one_group(params: Params, who: Who) -> np.ndarray:
    """The people for whom every ``column=value`` holds; everybody for ``group=all``."""
    mine = np.ones(next(iter(who.values())).size, dtype=bool)
    everybody = params.take(r"\bgroup=all\b")
    found = [pair for name in who for pair in [params.take(rf"\b({name})[=:]([^;,]+)")] if pair]
    if not found and not everybody:
        raise NotCoveredError(f"no group in {params.text!r}")
    for name, value in found:
        mine &= members(who, f"{name}={value.strip()}") if name != "imd_decile" else members(who, value.strip())
    return mine


def over_groups(params: Params, who: Who) -> tuple[np.ndarray, np.ndarray]:
    """Label of each person by the column that is named, and who is in it."""
    (word,) = params.need(r"(?:\b(?:by|vs|across)\s+|\bgroups?=)(\w+)")
    label = who[named(who, word)]
    kept = np.ones(label.size, dtype=bool)
    without = params.take(r"\bexcl(?:uding|\.)? (\w+)")
    if without:
        kept = label != without[0]
        if kept.all():
            raise NotCoveredError(f"nobody in {without[0]}")
    said = params.drop(r"\bincl(?:uding|\.)? Unknown").take(r"\((\d+)[;, ]*\)")
    if said and int(said[0]) != len(set(label[kept])):
        raise NotCoveredError(f"{said[0]} groups asked for, {len(set(label[kept]))} found")
    return label, kept


def continuity(params: Params, *, usual: bool) -> bool:
    """Whether a test is to be corrected for continuity: as said, or as the peer does unless told."""
    without = params.take(r"\bnocc\b")
    return not without and (bool(params.take(r"\bcc\b")) or usual)


def scores(params: Params, groups: int) -> np.ndarray | None:
    """Scores ``1..10`` of the groups."""
    found = params.take(r"scores?[ =]+(\d+)\.\.(\d+)")
    if found is None:
        return None
    given = np.arange(int(found[0]), int(found[1]) + 1.0)
    if given.size != groups:
        raise NotCoveredError(f"{given.size} scores for {groups} groups")
    return given


def over_days(params: Params, usual: int = 126) -> int:
    """Days that a wait must exceed: as said, or the 18 weeks of the open list."""
    found = params.take(r"(?<![=<])>\s?(\d+)\s?(d|w)\b")
    return usual if found is None else int(found[0]) * (7 if found[1] == "w" else 1)


def over_weeks(params: Params, usual: int = 18) -> int:
    """Weekly band from which a wait is counted."""
    found = params.take(r"(?<![=<])>\s?(\d+)\s?w\b")
    weeks = usual if found is None else int(found[0])
    if not 0 < weeks <= 52:
        raise NotCoveredError(f"{weeks} weeks are not the edge of a band")
    return weeks


def strata_columns(params: Params, usual: tuple[str, ...] = ("specialty", "urgency")) -> tuple[str, ...]:
    found = params.take(r"\bstrata[ =]+([A-Za-z]\w*(?: x [A-Za-z]\w*)*)")
    return usual if found is None else tuple(found[0].split(" x "))
