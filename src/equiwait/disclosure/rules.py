"""Small-number rules as values: which counts are hidden, what the others are rounded to, and who says so.

A rule knows numbers only. Counts pass through one in `equiwait.disclosure.release`; whoever builds a result asks it for
the words of its notes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equiwait.errors import OptionError, choose, listed

__all__ = ["RULES", "Released", "Rule", "load_rule", "rule_named"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Released:
    """Counts as they may be shown.

    Parameters
    ----------
    counts : ndarray of float
        Rounded counts; NaN where hidden.
    hidden : ndarray of bool
        Where a count is hidden.
    """

    counts: Floats
    hidden: NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """A small-number rule.

    Parameters
    ----------
    name : str
        What it is called: ``"hes"``, ``"opensafely"``, ``"five"``, ``"none"``, or a name of one's own.
    most_hidden : int
        The largest count that is hidden; 0 hides nothing.
    base : int
        Other counts are rounded to the nearest multiple of this; 1 rounds nothing.
    hides_zero : bool
        Whether 0 is hidden with the small counts; otherwise it is shown, for nobody can be known from it.
    source : str
        Who says so.

    Examples
    --------
    >>> rule_named("hes").release([0, 3, 8, 123]).counts
    array([  0.,  nan,  10., 125.])
    >>> rule_named("five").says
    'Counts of 1 to 4 are hidden and others are rounded to the nearest 5.'
    """

    name: str
    most_hidden: int
    base: int
    hides_zero: bool = False
    source: str = ""

    # --- what is done to a count ---

    def release(self, counts: ArrayLike) -> Released:
        """Return counts rounded and small ones hidden; a count that came hidden (NaN) stays hidden."""
        exact = np.asarray(counts, dtype=np.float64)
        hidden = ((exact >= self.fewest) & (exact <= self.most_hidden)) | np.isnan(exact)
        rounded = np.floor(exact / self.base + 0.5) * self.base
        return Released(np.where(hidden, np.nan, rounded), hidden)

    @property
    def exact(self) -> bool:
        """Whether counts pass as they are, so that what is made of them stays in the team."""
        return self.most_hidden == 0 and self.base == 1

    @property
    def fewest(self) -> int:
        """The smallest count that is hidden."""
        return 0 if self.hides_zero else 1

    @property
    def possible(self) -> int:
        """How many values of a hidden count must stay possible: as many as of a shown one, and never one alone."""
        return max(2, min(self.base, self.most_hidden - self.fewest + 1))

    def between(self, shown: ArrayLike) -> tuple[Floats, Floats]:
        """Return the smallest and the largest count that each shown one may stand for.

        Examples
        --------
        >>> [ends.tolist() for ends in rule_named("hes").between([0, 10, 125])]
        [[0.0, 8.0, 123.0], [0.0, 12.0, 127.0]]
        """
        value = np.asarray(shown, np.float64)
        below, above = self.base // 2, (self.base - 1) // 2
        low = np.maximum(value - below, self.most_hidden + 1) if self.most_hidden else np.maximum(value - below, 0)
        zero = (value == 0) & (not self.hides_zero) & (self.most_hidden > 0)
        return np.where(zero, 0.0, low), np.where(zero, 0.0, value + above)

    def allowed(self, shown: ArrayLike, marks: NDArray[np.int8]) -> tuple[Floats, Floats]:
        """Return the smallest and the largest count that each shown or marked one may stand for; inf where none is known."""
        least, most = self.between(np.nan_to_num(shown))
        few = float(self.most_hidden)
        low = np.choose(marks, [least, float(self.fewest), 0.0, few + 1, 0.0, 1.0])
        high = np.choose(marks, [most, few, few, np.inf, np.inf, np.inf])
        return np.asarray(low, np.float64), np.asarray(high, np.float64)

    @property
    def slack(self) -> float:
        """How far a shown count may stand from the true one (2 when rounded to 5)."""
        return float(self.base // 2)

    def off(self, shown: ArrayLike) -> Floats:
        """Return how far each shown count may stand from the true one; a shown 0 is 0.

        Examples
        --------
        >>> rule_named("hes").off([0, 10]).tolist()
        [0.0, 2.0]
        """
        return np.where(np.asarray(shown, np.float64) > 0, self.slack, 0.0)

    @property
    def variance(self) -> float:
        """The variance of rounding one count, every remainder as likely: 2 when rounded to 5."""
        return (self.base**2 - 1) / 12

    def share_error(self, events: ArrayLike, n: ArrayLike) -> Any:
        """Return how far a share of two shown counts may stand from the true share, as a share.

        With both counts within ``slack`` of the truth, the share lies between ``(e - s)/(n + s)`` and
        ``(e + s)/(n - s)``; the larger of the two distances is returned.
        """
        e, m = np.asarray(events, np.float64), np.asarray(n, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = e / m
            low = (e - self.slack) / (m + self.slack)
            high = np.minimum((e + self.slack) / (m - self.slack), 1)
            return (
                np.where(m > self.slack, np.maximum(share - low, high - share), np.nan)
                if self.slack
                else np.zeros_like(share)
            )

    # --- how it is said ---

    @property
    def mark(self) -> str:
        """What stands in place of a hidden count: ``1–7``."""
        return f"{self.fewest}–{self.most_hidden}"

    @property
    def small(self) -> str:
        """The counts that are hidden, in words: ``1 to 7``."""
        return f"{self.fewest} to {self.most_hidden}"

    @property
    def says(self) -> str:
        """The rule in a sentence."""
        if self.exact:
            return "Counts are exact: in-team, not for release."
        hidden = f"Counts of {self.small} are hidden" if self.most_hidden else "No count is hidden"
        others = f"others are rounded to the nearest {self.base}" if self.base > 1 else "others are exact"
        return f"{hidden} and {others}."

    def text(self, count: float) -> str:
        """Return a count as it may be printed in a sentence.

        Examples
        --------
        >>> rule_named("hes").text(3), rule_named("hes").text(1203)
        ('1–7', '1,205')
        """
        released = self.release(count)
        return self.mark if bool(released.hidden) else f"{float(released.counts):,.0f}"


_HES = (
    "NHS Digital, change to disclosure control methodology for HES and ECDS from September 2018; restated in the notes of "
    "NHS England's waiting-list publications (sub-national counts)"
)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "hes": Rule("hes", 7, 5, source=_HES),
        "opensafely": Rule(
            "opensafely",
            7,
            5,
            hides_zero=True,
            source="OpenSAFELY, updated disclosure control guidance, as ehrQL's measures apply it (opensafely-core/ehrql #1746, "
            "November 2023): counts up to 7 redacted (0 is not told from them), others to the nearest 5",
        ),
        "five": Rule(
            "five",
            4,
            5,
            source="NHS Digital, Mental Health Services Dataset, data quality dashboard (counts of 0 to 4 suppressed, others rounded "
            "to the nearest 5); the same band in the Data Quality Maturity Index for CSDS, MHSDS, IAPT and MSDS. Here a 0 stays, as "
            "it does under hes",
        ),
        "none": Rule("none", 0, 1, source="the team's own copy"),
    }
)


def rule_named(suppression: str | Rule) -> Rule:
    """Return the rule of that name; a rule, or the path of one in TOML, is taken as it is.

    Raises
    ------
    OptionError
        If there is none.
    """
    if isinstance(suppression, Rule):
        return suppression
    if isinstance(suppression, str | PathLike) and str(suppression).endswith(".toml"):
        return load_rule(suppression)
    return RULES[choose("suppression", suppression, list(RULES))]


_FIELDS = {"name": str, "most_hidden": int, "round_to": int, "hides_zero": bool, "source": str}


def load_rule(path: str | Path) -> Rule:
    r"""Read a rule of one's own from TOML.

    Parameters
    ----------
    path : path
        A file with ``name``, ``most_hidden`` (the largest count that is hidden), ``round_to`` (5 for the nearest 5),
        ``source`` (who says so) and, if it is so, ``hides_zero = true``.

    Raises
    ------
    OptionError
        With everything that is wrong with it, at once.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "ours.toml"
    >>> _ = path.write_text('name = "trust"\nmost_hidden = 9\nround_to = 10\nsource = "Our governance group, 2026"')
    >>> load_rule(path).says
    'Counts of 1 to 9 are hidden and others are rounded to the nearest 10.'
    """
    found = _read_toml(Path(path))
    wrong = _faults(found)
    if wrong:
        raise OptionError(
            f"{Path(path).name!r} is not a small-number rule.",
            found=" ".join(wrong),
            todo='Write: name = "trust", most_hidden = 7, round_to = 5, source = "who says so".',
        )
    return Rule(found["name"], found["most_hidden"], found["round_to"], found.get("hides_zero", False), found["source"])


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as failure:
        kind = type(failure).__name__
    raise OptionError(
        f"{path.name!r} could not be read as a rule ({kind}).", todo="Give a TOML file in UTF-8 that is there."
    )


def _faults(found: Mapping[str, Any]) -> list[str]:
    wrong = [f"{name} is missing." for name in _FIELDS if name not in found and name != "hides_zero"]
    wrong += [
        f"{name} is not {'a whole number' if kind is int else 'true or false' if kind is bool else 'text'}."
        for name, kind in _FIELDS.items()
        if name in found and type(found[name]) is not kind
    ]
    if unknown := sorted(set(found) - set(_FIELDS)):
        wrong.append(f"Not known: {listed(unknown)}.")
    if wrong:
        return wrong
    if found["name"] in RULES or not _is_line(found["name"], 40):
        wrong.append("name is that of a built-in rule, blank, or over 40 letters.")
    if not _is_line(found["source"], 300):
        wrong.append("source is blank, over 300 letters or several lines: say who decided this.")
    if found["most_hidden"] < 1 or found["round_to"] < 1:
        wrong.append("most_hidden and round_to must be 1 or more; a rule that hides nothing is 'none'.")
    if found["round_to"] > 2 * (found["most_hidden"] + 1):
        wrong.append("round_to is over twice the smallest count that is shown, which would be rounded to 0.")
    if max(found["most_hidden"], found["round_to"]) > 1000:
        wrong.append("most_hidden and round_to must be 1,000 or less.")
    return wrong


def _is_line(text: str, most: int) -> bool:
    return 0 < len(text.strip()) <= most and text.isprintable()
