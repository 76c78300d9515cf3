"""`Voice`: what somebody who waits has said, beside the number that it speaks to. It is never scored or counted."""

from __future__ import annotations

from dataclasses import dataclass

from equiwait.errors import OptionError

__all__ = ["Voice"]


@dataclass(frozen=True)
class Voice:
    """What somebody who waits has said.

    Parameters
    ----------
    quotation : str
        Their words.
    source : str
        Where they were said, and by whom as that person wishes to be named: "a mother, listening session, March 2026".
    consent : str
        What they agreed to: "agreed to be quoted in board papers, 12 March 2026".
    about : str
        What it speaks to: a group or a question as the report names it ("J: Pakistani", "ethnicity"), or a subject in words.

    Raises
    ------
    OptionError
        If one of the four is blank: nobody is quoted without their consent.

    Examples
    --------
    >>> Voice("Nobody told us that we could ask.", "a father, March 2026", "agreed to be quoted", "ethnicity").about
    'ethnicity'
    """

    quotation: str
    source: str
    consent: str
    about: str

    def __post_init__(self) -> None:
        blank = [name for name in ("quotation", "source", "consent", "about") if not str(getattr(self, name)).strip()]
        if blank:
            raise OptionError(
                f"A voice needs its {' and its '.join(blank)}.",
                todo="Give Voice(quotation, source, consent, about); without consent nobody is quoted.",
            )
