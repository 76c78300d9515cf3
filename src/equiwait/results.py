"""The one shape of a result: a title, a tidy table, notes, findings in words, headlines and charts.

Every question that equiwait answers comes back as a frozen `Result`. A report orders results by ``section``, opens with
what ``headlines()`` offers and draws what ``charts()`` offers; it never asks which kind of result it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from equiwait.disclosure.cells import Cell
from equiwait.disclosure.notes import hidden_words
from equiwait.disclosure.offers import offers
from equiwait.disclosure.release import ReleasedCounts
from equiwait.errors import OptionError, listed
from equiwait.frames import arrow_pieces, provenance, snapshot_of
from equiwait.parallel import spread, threads_for
from equiwait.units import COLUMN_UNITS, Unit, printed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = [
    "SECTIONS",
    "Certainty",
    "Chart",
    "Headline",
    "Provenance",
    "Result",
    "Units",
    "in_words",
    "provenance_of",
    "provider_codes",
    "providers_said",
]

Units: TypeAlias = Mapping[str, Unit | Callable[[str], Unit]]
"""Column → unit; where a column's unit goes by the measure of the row, a function of the measure's name."""

SECTIONS = ("list", "missing", "gaps", "unknowns", "people", "order", "movement", "time")
"""Where a result stands in a report, in reading order."""


Certainty: TypeAlias = Literal[
    "clear", "too_few", "no_gap_as_large", "everyone", "nobody", "not_shown", "one_group", "holds", "could_flip", "stated"
]  # fmt: skip
"""How sure a headline is: of a gap, its verdict (`equiwait.answers.disparity.verdicts`); of what missing records could
change, *holds* or *could_flip*; *stated* is a plain count."""


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One question as it was answered: what the front page of a report shows of a result.

    Parameters
    ----------
    says : str
        The answer in a sentence.
    asked : str
        The question in a few words: "Waiting over 18 weeks, by sex".
    certainty : str
        How sure the answer is.
    value, lower, upper : float
        The gap and its interval; NaN where none is shown.
    unit : str
        What they are numbers of.
    group, reference : str
        Who is compared with whom.
    n, n_reference : float
        How many people each of them is.
    level, level_unit : float, str
        The group's own figure; the longest waits come first by it.
    by, measure : str
        As in the result's table, so that what two results say of one gap stands together.
    confidence : float
        The level of the interval.
    n_unknown, share_unknown : float
        How many people of the question are in no known group, and their share of everybody.
    records_to_fill : float
        How many records, filled, would be expected to settle it.
    chart : str
        The name of the result's chart that shows it.
    change : bool
        Whether ``value`` is how far a gap has moved, and no gap: positive towards longer waits in the group.
    """

    says: str
    asked: str = ""
    certainty: Certainty = "stated"
    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    unit: Unit = "number"
    group: str = ""
    reference: str = ""
    n: float = float("nan")
    n_reference: float = float("nan")
    level: float = float("nan")
    level_unit: Unit = "number"
    by: str = ""
    measure: str = ""
    confidence: float = float("nan")
    n_unknown: float = float("nan")
    share_unknown: float = float("nan")
    records_to_fill: float = float("nan")
    chart: str = ""
    change: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture that a result offers.

    Parameters
    ----------
    name : str
        What to ask for in ``result.plot(name)``.
    title : str
        The finding or the question, above the picture.
    alt : str
        What the picture shows, in words, for people who do not see it.
    draw : callable
        ``draw(ax) -> ax``.
    table : pandas.DataFrame
        The numbers in the picture, for the table beneath it.
    size : tuple of float
        Width and height in inches when drawn alone.
    page : callable, optional
        ``page() -> str``: the same picture as HTML, for a page: words that can be read at any width, in light and dark.
        Without it a page draws ``draw``, on a framed white sheet in light and dark alike.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[Axes], Axes]
    table: pd.DataFrame
    size: tuple[float, float] = (7.2, 3.6)
    page: Callable[[], str] | None = None


class Provenance(NamedTuple):
    """When, of whom and with which editions an answer was made: what every tidy table says of itself."""

    period: str = ""
    provider: str = ""
    edition: str = ""


_CODE = re.compile(r"[A-Z0-9]{2,8}")  # organisations have codes; anything longer may be somebody's words
_MOST_NAMED = 5


def provenance_of(*lists: object) -> Provenance:
    """Return what lists say of when they are, whose, and with which editions they were linked.

    Examples
    --------
    >>> provenance_of(pd.DataFrame({"snapshot_date": ["2026-10-31"], "provider": ["RAA"]}))
    Provenance(period='2026-10-31', provider='RAA', edition='')
    """
    frames = [each for each in lists if isinstance(each, pd.DataFrame)]
    days = sorted({day for frame in frames if (day := snapshot_of(frame))})
    editions = {
        said for frame in frames for name in ("directory_edition", "index_edition") for said in provenance(frame, name)
    }
    period = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}" if days else ""
    return Provenance(period, providers_said(provider_codes(*frames)), "; ".join(sorted(editions)))


def provider_codes(*frames: pd.DataFrame) -> list[str]:
    """Return the codes of the providers that lists are of; nothing where a list has words instead of codes."""
    pieces = [piece for frame in frames if "provider" in frame.columns for piece in arrow_pieces(frame["provider"])]
    met = spread(lambda piece: piece.unique(), pieces, threads=threads_for(sum(map(len, pieces))))
    every = {str(value) for each in met for value in each.drop_null().to_pylist()}
    return sorted(every) if all(_CODE.fullmatch(each) for each in every) else []


def providers_said(providers: Sequence[str]) -> str:
    """Return the codes of providers, or how many they are.

    Examples
    --------
    >>> providers_said(["RBB", "RAA"]), providers_said([f"R{n:02}" for n in range(9)])
    ('RAA; RBB', '9 providers')
    """
    named = sorted(set(providers))
    return "; ".join(named) if len(named) <= _MOST_NAMED else f"{len(named)} providers"


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """An answer: frozen, and safe to show as it was built.

    A kind of result says ``@dataclass(frozen=True, eq=False, repr=False)``, so that its repr stays this one.

    Parameters
    ----------
    title : str
        What the result is about.
    table : pandas.DataFrame
        The numbers, with the same columns whatever was asked.
    notes : tuple of str
        What must be read with the numbers: exclusions, methods, editions, rules.
    findings : tuple of str
        The sentences that the numbers allow, and none that they do not.
    suppression : str
        The name of the rule under which small numbers were hidden when the result was built: ``"hes"``, ``"none"`` …
    released : ReleasedCounts, optional
        The released counts that the answer was made from.
    answer : callable, optional
        ``answer(released) -> Result``: the same answer from other released counts, such as with more of them hidden.
    as_of : str
        The day or the stretch of time that it is about, as it stands in a heading.
    provenance : Provenance
        When, of whom and with which editions it was made.
    """

    section: ClassVar[str] = "list"

    units: ClassVar[Units] = MappingProxyType({})
    """The units of the columns that `equiwait.units.COLUMN_UNITS` does not name, or that mean something else here."""

    wider: ClassVar[str] = ""
    """What to ask so that more people are counted together: offered where most rows are hidden (`disclosure.offers`)."""

    main: ClassVar[tuple[str, ...]] = ()
    """The columns that a notebook shows first; none names them: the first that vary."""

    title: str
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    suppression: str = field(default="hes", kw_only=True)
    released: ReleasedCounts | None = field(default=None, kw_only=True)
    answer: Callable[[ReleasedCounts], Result] | None = field(default=None, kw_only=True)
    as_of: str = field(default="", kw_only=True)
    provenance: Provenance = field(default=Provenance(), kw_only=True)

    def headlines(self) -> Sequence[Headline]:
        """Return what the front page of a report may show of this result, most telling first: by default its findings."""
        return tuple(Headline(says=sentence, asked=self.title) for sentence in self.findings)

    def charts(self) -> Sequence[Chart]:
        """Return the pictures that this result offers, best first."""
        return ()

    def plot(self, name: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one of `charts` and return its axes.

        Parameters
        ----------
        name : str, optional
            Which chart; by default the first.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.

        Raises
        ------
        OptionError
            If the result offers no chart of that name.
        """
        offered = self.charts()
        for chart in offered:
            if name in (None, chart.name):
                return chart.draw(ax if ax is not None else _new_axes(chart.size))
        raise OptionError(
            f"There is no chart {name!r} here." if offered else "This result has no chart.",
            todo=f"Ask for one of: {listed(chart.name for chart in offered)}." if offered else "Read its table.",
        )

    def unit_of(self, column: str, measure: str = "") -> Unit:
        """Return what the numbers of a column are numbers of, in a row of that measure.

        A column that no unit is declared for holds text or plain numbers.
        """
        unit = self.units.get(column) or COLUMN_UNITS.get(column, "number")
        return unit(measure) if callable(unit) else unit

    @property
    def in_team(self) -> bool:
        """Whether it is not for release: by how it was made, whatever it says of itself.

        Only what was made from released counts may leave, and only under a rule that hides something.
        """
        return self.released is None or self.answer is None or self.released.rule.exact

    @property
    def as_made(self) -> bool:
        """Whether it is what its released counts gave, with nothing written into its tables since; of a copy nobody can tell."""
        made = _AS_MADE.get(self)
        return made is not None and all(getattr(self, name).equals(table) for name, table in made.items())

    @property
    def hidden(self) -> str:
        """What a picture writes where a number is hidden, in the words of the rule."""
        return hidden_words() if self.released is None else hidden_words(self.released.rule)

    def made_again(self, released: ReleasedCounts) -> Result:
        """Return the same answer from other released counts; unchanged if it was made from none."""
        if self.answer is None:
            return self
        return answered(self.answer, released, self.provenance)

    def with_hidden(self, cells: Iterable[Cell]) -> Result:
        """Return the same answer with more counts hidden; unchanged if it was not made from released counts."""
        return self if self.released is None else self.made_again(self.released.hide(cells))

    def __repr__(self) -> str:
        """Return totals only: a plain line that is safe in any log."""
        return f"<{type(self).__name__}: {self.title}; {len(self.table)} rows; suppression {self.suppression}>"

    def _repr_html_(self) -> str:
        """Return the title, findings and about seven columns for a notebook, with all of them folded away beneath."""
        from html import escape

        banner = "<p><strong>In-team, not for release: small numbers are shown.</strong></p>" if self.in_team else ""
        findings = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.findings)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        few = _html(self.table[self.main_columns()].head(_ROWS_SHOWN), self.unit_of)
        rows = len(self.table)
        cut = f"The first {_ROWS_SHOWN} of {rows:,} rows. " if rows > _ROWS_SHOWN else ""
        all_of_it = f"{cut}All {len(self.table.columns)} columns are in <code>.table</code>"
        every = f"<details><summary>{all_of_it}</summary>{_html(self.table.head(_ROWS_FOLDED), self.unit_of)}</details>"
        return f"<h4>{escape(self.title)}</h4>{banner}{findings}{few}{every}<ul>{notes}</ul>"

    def main_columns(self) -> list[str]:
        """Return about seven columns that say most: those that the kind of result names, else the first that vary."""
        named = [name for name in self.main if name in self.table]
        if named:
            return named
        told = [name for name in map(str, self.table) if name != "suppressed" and self.table[name].notna().any()]
        varies = [name for name in told if self.table[name].nunique(dropna=False) > 1 or len(self.table) < 2]
        return (varies or told or list(map(str, self.table)))[:_COLUMNS_SHOWN]


_COLUMNS_SHOWN, _ROWS_SHOWN, _ROWS_FOLDED = 7, 20, 200


def _html(table: pd.DataFrame, unit_of: Callable[[str, str], Unit]) -> str:
    return str(in_words(table, unit_of).to_html(index=False, na_rep="", border=0, escape=True))


def in_words(table: pd.DataFrame, unit_of: Callable[[str, str], Unit]) -> pd.DataFrame:
    """Return a table with every number printed in its unit; what is not a number stays as it is.

    Examples
    --------
    >>> table = pd.DataFrame({"measure": ["over_18_weeks"], "group": ["A"], "share": [0.08], "n": [1240.0]})
    >>> in_words(table, Result("Waits", table).unit_of).iloc[0].tolist()
    ['over_18_weeks', 'A', '8.0%', '1,240']
    """
    measures = table["measure"].astype(str).tolist() if "measure" in table else [""] * len(table)
    columns = {
        name: [_printed(cell, unit_of(str(name), measure)) for cell, measure in zip(table[name], measures, strict=True)]
        for name in table.columns
    }
    return pd.DataFrame(columns, columns=table.columns, dtype=object)


def _printed(cell: Any, unit: Unit) -> Any:
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return ""
    number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool | np.bool_)
    return printed(float(cell), unit) if number else cell


R = TypeVar("R", bound=Result)


def answered(answer: Callable[[ReleasedCounts], R], released: ReleasedCounts, told: Provenance | None = None) -> R:
    """Return the answer that released counts give, with all that it takes to make it again from others.

    Parameters
    ----------
    answer : callable
        A pure function of released counts: no exact number is in it.
    released : ReleasedCounts
    told : Provenance
        When, of whom and with which editions it is made.
    """
    return as_answered(answer(released), answer, released, told)


def as_answered(
    made: R, answer: Callable[[ReleasedCounts], R], released: ReleasedCounts, told: Provenance | None = None
) -> R:
    """Return what ``answer(released)`` gave with all that it takes to make it again: for who has called it already."""
    known = told if told and any(told) else made.provenance
    notes = tuple(dict.fromkeys([*made.notes, *offers(made.table, released, made.wider)]))
    whole = replace(
        made, suppression=released.rule.name, released=released, answer=answer, provenance=known, notes=notes
    )
    tables = {each.name: getattr(whole, each.name) for each in fields(whole)}
    _AS_MADE[whole] = {name: table.copy() for name, table in tables.items() if isinstance(table, pd.DataFrame)}
    return whole


_AS_MADE: WeakKeyDictionary[Result, dict[str, pd.DataFrame]] = WeakKeyDictionary()
"""Results as they were made, for whoever is asked to write them."""


def _new_axes(size: tuple[float, float]) -> Axes:
    import matplotlib.pyplot as plt  # heavy: only when something is drawn; pyplot, so that a notebook shows it

    _, ax = plt.subplots(figsize=size, layout="constrained")
    return cast("Axes", ax)
