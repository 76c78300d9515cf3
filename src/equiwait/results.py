"""The one shape of a result: a title, a tidy table, notes, findings in words, and charts.

Every question that equiwait answers comes back as a frozen `Result`. A report orders results by ``section`` and draws
what ``charts()`` offers; it never asks which kind of result it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, cast

import pandas as pd

from equiwait.errors import OptionError, listed

if TYPE_CHECKING:  # matplotlib is heavy and only needed to draw
    from matplotlib.axes import Axes

__all__ = ["SECTIONS", "Chart", "Result"]

SECTIONS = ("list", "missing", "gaps", "unknowns", "people", "order", "movement", "time")
"""Where a result stands in a report, in reading order."""


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
    """

    name: str
    title: str
    alt: str
    draw: Callable[[Axes], Axes]
    table: pd.DataFrame
    size: tuple[float, float] = (7.2, 3.6)


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
        The rule under which small numbers were hidden when the result was built: ``"hes"`` or ``"none"``.
    """

    section: ClassVar[str] = "list"

    title: str
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    suppression: str = field(default="hes", kw_only=True)

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

    @property
    def in_team(self) -> bool:
        """Whether the numbers are exact, and so not for release."""
        return self.suppression == "none"

    def __repr__(self) -> str:
        """Return totals only: a plain line that is safe in any log."""
        return f"<{type(self).__name__}: {self.title}; {len(self.table)} rows; suppression {self.suppression}>"

    def _repr_html_(self) -> str:
        """Return the title, findings, table and notes for a notebook."""
        from html import escape

        banner = "<p><strong>In-team, not for release: small numbers are shown.</strong></p>" if self.in_team else ""
        findings = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.findings)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        table = self.table.to_html(index=False, na_rep="", border=0, escape=True, float_format="{:.3g}".format)
        return f"<h4>{escape(self.title)}</h4>{banner}{findings}{table}<ul>{notes}</ul>"


def _new_axes(size: tuple[float, float]) -> Axes:
    import matplotlib.pyplot as plt  # heavy: only when something is drawn; pyplot, so that a notebook shows it

    _, ax = plt.subplots(figsize=size, layout="constrained")
    return cast("Axes", ax)
