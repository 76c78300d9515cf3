"""What a policy may say of a column that the law protects or that is social: the doors, from what the catalogue says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from equiwait.fields import about
from equiwait.rows.policies.validation import Fault, Path

__all__ = ["is_sensitive", "lawful_faults", "must_be_equity", "protection_of", "social_of"]


def protection_of(column: str) -> Literal["strict", "reason", ""]:
    """Return how a column may be scored: ``"strict"`` wants owner and expiry, ``"reason"`` owner and review date.

    Examples
    --------
    >>> protection_of("ethnicity"), protection_of("learning_disability"), protection_of("carer")
    ('strict', 'reason', '')
    """
    kinds = about(column)
    if kinds & {"characteristic", "proxy"}:
        return "strict"
    return "reason" if kinds & {"disability", "age"} else ""


def social_of(column: str) -> str:
    """Return what makes a column more than clinical, in words; nothing if it is not known to be.

    Examples
    --------
    >>> social_of("sex"), social_of("main_language"), social_of("imd_quintile"), social_of("pain")
    ('a protected characteristic', 'a close proxy of a protected characteristic', 'a social circumstance', '')
    """
    return _said(about(column))


def _said(kinds: Iterable[str]) -> str:
    words = {
        "characteristic": "a protected characteristic",
        "disability": "a protected characteristic",
        "age": "a protected characteristic",
        "proxy": "a close proxy of a protected characteristic",
        "social": "a social circumstance",
    }
    return next((said for kind, said in words.items() if kind in kinds), "")


def must_be_equity(columns: Iterable[str]) -> str:
    """Return the first column that no clinical line may read, with what it is; age can be a clinical reason.

    Examples
    --------
    >>> must_be_equity(["age_band", "age_of_carer"])
    'age_of_carer is a social circumstance'
    """
    found = ((column, _said(about(column) - {"age"})) for column in columns)
    return next((f"{column} is {what}" for column, what in found if what), "")


def lawful_faults(column: str, path: Path, because: str) -> Iterable[Fault]:
    """Yield a fault if a column that nothing social may stand in is social, with ``because`` saying why it may not."""
    if what := social_of(column):
        yield path, f"is {what}; {because}"


def is_sensitive(column: str) -> bool:
    """Return whether naming the column to a clerk or a family would tell tales."""
    return "sensitive" in about(column)
