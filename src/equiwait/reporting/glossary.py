"""What the words on a page mean: each abbreviation and term that the page uses, explained once; docs/glossary.md says the same and more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TERMS", "terms_in"]

TERMS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "CORE20": (r"\bcore20\b", "the fifth of areas that are the most deprived nationally."),
    "Design effect": (r"design effect", "how much wider an interval is because some people are on the list several times."),
    "ICB": (r"\bICBs?\b", "integrated care board: the body that plans NHS services for an area of England."),
    "IDACI": (r"\bIDACI\b", "income deprivation affecting children: ranks areas by the children in families on low income."),
    "IMD": (r"\bIMD\b", "index of multiple deprivation: ranks small areas, not people, from the most to the least deprived."),
    "Interval": (r"\bintervals?\b", "how far chance alone could move a number."),
    "LSOA": (r"\bLSOAs?\b", "lower-layer super output area: a neighbourhood of about 1,500 people."),
    "Median": (r"\bmedian\b", "half of the people have waited less than this, half have waited longer."),
    "P-code": (r"\bP-codes?\b|\bP[1-6]\b", "clinical priority, from P1 (most urgent) to P4; P5 and P6: the person asked to wait."),
    "Pathway": (r"\bpathways?\b", "one wait of one person for one thing: some people have several."),
    "Points": (r"\bpoints\b", "percentage points: from 40% to 46% is 6 points."),
    "Quintile, fifth": (r"\bquintiles?\b|\bfifth\b", "a fifth of all areas of a nation, in order of deprivation; 1 is the most deprived."),
    "Reference": (r"\bagainst\b", "the group that others are compared with."),
    "RTT": (r"\bRTT\b", "referral to treatment: the clock from referral to the first treatment."),
    "SII, RII": (r"\bSII\b|\bRII\b|slope index", "slope and relative index of inequality: from the least to the most deprived area."),
    "TCI": (r"\bTCI\b", "to come in: the date on which somebody is booked."),
    "Tier": (r"\btiers?\b", "a level of clinical urgency: nothing social moves anybody from one to another unless the policy says so."),
})  # fmt: skip
"""Term → how it is found on a page, and what it means."""


def terms_in(text: str) -> list[tuple[str, str]]:
    """Return the terms that a page uses, with what they mean.

    Examples
    --------
    >>> [name for name, _ in terms_in("By IMD quintile, the median wait.")]
    ['IMD', 'Median', 'Quintile, fifth']
    """
    # Most of a page is tags and numbers that stand there many times; capitals are looked past sooner when there are none.
    said = "\n".join(dict.fromkeys(re.split("[<>]", text))).lower()
    words = " ".join(dict.fromkeys(said.split()))
    return [
        (name, means)
        for name, (found, means) in TERMS.items()
        if re.search(found.lower(), said if " " in found else words)
    ]
