"""`Field`: what is known of one column, and how its cells are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from equiwait.fields.missing_words import MissingReason, clean

__all__ = ["INVALID", "REASONS", "Field", "Kind", "Protection", "read_flag"]

Kind: TypeAlias = Literal["code", "text", "date", "whole", "number", "flag"]
Protection: TypeAlias = Literal["characteristic", "proxy", "disability", "age", ""]
INVALID = "invalid"
"""The value of a coded column whose cell holds something that is none of its codes."""

REASONS: tuple[MissingReason, ...] = ("recorded", "blank", "not_stated", "not_known", "invalid")


@dataclass(frozen=True)
class Field:
    """One column of a waiting list.

    Parameters
    ----------
    name : str
        Canonical name.
    kind : {"code", "text", "date", "whole", "number", "flag"}
        What its cells are. Codes become categories, dates ``datetime64[s]``, whole numbers ``Int32``, flags ``boolean``.
    meaning : str
        What it says, in plain words.
    aliases : tuple of str
        Other headers that mean the same, preferred first.
    codes : mapping
        Code to label, in the order of the categories (``kind="code"``).
    spellings : callable
        Reads a cell (cleaned, not empty) as one of ``codes``, or None; of a whole number, as its digits.
    missing_codes : mapping
        Codes that say that nothing is recorded, with the reason.
    limits : tuple of int, optional
        Least and greatest whole number that the column can hold; outside, the cell is invalid.
    protected : {"characteristic", "proxy", "disability", "age", ""}
        Whether it is a characteristic protected by the Equality Act 2010, or a close proxy of one; disability and age are said
        apart, because they may count for more with a reason.
    social : bool
        Whether it is a social circumstance: nothing clinical, and no part of a clinical tier.
    sensitive : bool
        Whether it must not be named to a clerk or a family.
    """

    name: str
    kind: Kind
    meaning: str
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    spellings: Callable[[str], str | None] | None = None
    missing_codes: Mapping[str, MissingReason] = field(default_factory=dict)
    limits: tuple[int, int] | None = None
    protected: Protection = ""
    social: bool = False
    sensitive: bool = False

    @property
    def categories(self) -> tuple[str, ...]:
        """The fixed categories of a coded column, ``"invalid"`` last."""
        return (*self.codes, INVALID) if self.codes else ()

    @property
    def wlmds(self) -> tuple[str, ...]:
        """The aliases that are names of the Waiting List Minimum Data Set, written as the data dictionary writes them."""
        return tuple(
            alias for alias in self.aliases if alias.startswith("der") or ("_" in alias and alias[0].isupper())
        )

    def read(self, cell: str) -> str | None:
        """Return the code that ``cell`` means (``"true"`` or ``"false"`` of a flag), or None if it means none.

        Examples
        --------
        >>> from equiwait.fields import FIELDS
        >>> FIELDS["priority"].read("p 1A"), FIELDS["priority"].read("Priority 2"), FIELDS["priority"].read("soon")
        ('P1a', 'P2', None)
        >>> FIELDS["carer"].read("Y"), FIELDS["carer"].read("0"), FIELDS["carer"].read("perhaps")
        ('true', 'false', None)
        """
        cell = clean(cell)
        if self.kind == "flag":
            return read_flag(cell)
        if cell in self.codes:
            return cell
        if "?" in cell:  # somebody doubts it
            return None
        return self.spellings(cell) if self.spellings else None

    def reason(self, code: str | None) -> MissingReason:
        """Return what a value of the column says about itself: recorded, or which silence.

        Examples
        --------
        >>> from equiwait.fields import FIELDS
        >>> [FIELDS["ethnicity"].reason(code) for code in ("A", "Z", "99", None, "invalid")]
        ['recorded', 'not_stated', 'not_known', 'blank', 'invalid']
        """
        if code is None or code == "":
            return "blank"
        if code == INVALID:
            return "invalid"
        return self.missing_codes.get(code, "recorded" if not self.codes or self.read(code) else "invalid")

    def missing_code(self, reason: MissingReason) -> str | None:
        """Return the code by which the column says *not stated* or *not known*, or None where it has none."""
        return next((code for code, says in self.missing_codes.items() if says == reason), None)


def read_flag(cell: str) -> Literal["true", "false"] | None:
    """Return yes or no as a flag spells it, or None if the cell says neither.

    Examples
    --------
    >>> read_flag("Yes"), read_flag("0.0"), read_flag("Q")
    ('true', 'false', None)
    """
    word = clean(cell).lower()
    if word in ("y", "yes", "1", "1.0", "true", "t"):
        return "true"
    return "false" if word in ("n", "no", "0", "0.0", "false", "f") else None
