"""The small grammar of params: many spellings of one question, each turned into the one that handlers read.

A check says in a few words who is compared, over what threshold, within which strata, with or without continuity. Every
author says it otherwise. What stands here changes no question; a word that nobody knows is left where it is, and the
handler then says that it does not understand.
"""

from __future__ import annotations

import re

_COLUMN = r"[A-Za-z_][\w.]*"
_JOINED = rf"{_COLUMN}(?:\s*(?: x |×|\+|\*|&|/| and )\s*{_COLUMN})*"
_SOFTWARE = (
    r"R|base R|stats|scipy|numpy|statsmodels|lifelines|coin|DescTools|epiR|epitools|survival|cmprsk|survRM2|IC2|dineq|"
    r"rineq|ineq|quantreg|vcd|sandwich|boot|Stata|SAS|SPSS"
)

# One spelling → the one that is read; in this order.
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"≥", ">="), (r"≤", "<="), (r"[–−]", "-"),
    # Words about the software, which change nothing.
    (rf"\((?:{_SOFTWARE})(?:[ :]+[\w.:]+(?: alpha=\d)?)?\)", " "),
    (r"\b(?:two[- ]sided|asymptotic|approximate|unadjusted|mid-?ranks?|ties averaged|tie[- ]corrected|normal approximation)\b", " "),
    # Continuity: with it or without.
    (r"\b(?:no|without|w/o) (?:Yates'?s? )?cont(?:inuity)?\.?(?: corr(?:ection|\.)?)?|\b(?:continuity )?uncorrected\b|\bcorrect ?= ?F(?:ALSE)?\b", " nocc "),
    (r"\b(?:with )?(?:Yates'?s?|continuity)(?: continuity)?[- ]?(?:corr(?:ection|ected|\.)?)?(?= |;|,|\)|$)|\bcorrect ?= ?T(?:RUE)?\b", " cc "),
    # Sides.
    (r"\b(?:versus|against|v\.?)(?= )|\bvs\.", "vs"),
    (r"\b(?:IMD )?deciles? (?=\d)|\bimd(?:_decile)?s? (?=\d)|\bimd[ =](?=\d+(?:-\d+)? vs )", "imd"),
    (r"\b(imd(?:_decile)?)(<=|>=|=|)(\d+(?:-\d+)?) vs (?=[<>=\d])", r"\1\2\3 vs \1"),
    # Thresholds: over 126 days.
    (r"\b(?:over|beyond|more than|longer than) (\d+) ?(?=d|w)", r">\1"),
    (r"> ?(\d+) ?(?:days?)\b", r">\1d"), (r"> ?(\d+) ?(?:weeks?|wks?)\b", r">\1w"),
    # Strata.
    (rf"\b(?:within|stratified by|strata(?: by)?:?) +(?!index|dropped|has\b)({_JOINED})", r"strata=\1"),
    (rf"\| ?({_JOINED})", r"strata=\1"),
    # Groups.
    (r"(>\d+[dw]) x (?=imd|eth|specialty|urgency)", r"\1 by "),
    (r"\b(?:grouped by|per group of|between groups of)\b", "by"),
    (r"\b(?:excluding|without|excl\.|exclude) (?=\w)", "excl "),
    (r"\b(?:including|incl\.|with) Unknown\b", "incl Unknown"),
)  # fmt: skip


def normal(text: str) -> str:
    """The params in the spelling that handlers read."""
    for pattern, instead in _SPELLINGS:
        text = re.sub(pattern, instead, text, flags=re.IGNORECASE)
    return re.sub(r"strata=([^;]*)", lambda found: "strata=" + _joined(found[1]), text)


def _joined(columns: str) -> str:
    """``specialty+urgency`` as ``specialty x urgency``."""
    return re.sub(r"\s*(?:×|\+|\*|&|/| and | x )\s*", " x ", columns)


# What a statistic is called, and the field of our answers that holds it.
_FIELDS = {
    "statistic": ("chisq", "chi2", "x2", "xsq", "x-squared", "chi-squared", "stat", "test_statistic", "z", "f"),
    "p_value": ("p", "pvalue", "p-value", "p.value", "pval"),
    "df": ("dof", "parameter"),
    "value": ("est", "estimate", "point", "ratio", "diff", "difference"),
    "std_error": ("se", "stderr", "std_err", "std.err", "std_error"),
    "lower": ("lowerci", "lcl", "ci_lower", "ci_low", "lower95", "lower_95", "lowercl", "conf.low"),
    "upper": ("upperci", "ucl", "ci_upper", "ci_high", "upper95", "upper_95", "uppercl", "conf.high"),
}  # fmt: skip
_MEANT = {name: field for field, names in _FIELDS.items() for name in (field, *names)}


def field_of(stat: str, allowed: set[str]) -> str | None:
    """The field that a statistic's name means, if it is one that this answer gives under some name."""
    field = _MEANT.get(stat.lower())
    return field if field in allowed else None


# ``prop_gt52w_open_wilson998``: the threshold and the confidence in a measure's own name.
_SHARE = re.compile(r"prop_gt(\d+)(w|d)_open(?:_(wilson|clopper_pearson|exact)(\d+(?:[._]\d+)?)?)?")


def share_asked(measure: str) -> tuple[int, str, float] | None:
    """Days that must be passed, the method, and the confidence that a measure of a share names."""
    found = _SHARE.fullmatch(measure)
    if not found:
        return None
    days = int(found[1]) * (7 if found[2] == "w" else 1)
    return (364 if days == 364 else days), found[3] or "", _level(found[4])


def _level(text: str | None) -> float:
    """``95``, ``99_8`` and ``998`` as a confidence."""
    if not text:
        return 0.95
    number = float(text.replace("_", "."))
    while number > 100:
        number /= 10
    return number / 100
